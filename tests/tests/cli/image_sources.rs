//! Tests the sources and the metadata of a user's images: pipes, large pages, rotated images, names
//! that are too long.

use crate::common::files::picture;
use crate::common::{DATA, DENOISE, Outcome, SHORT_RUN, Sandbox, USAGE};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

/// The small data set, and a denoising model of it in `model`.
fn with_denoiser() -> Sandbox {
    let sandbox = Sandbox::with_data();
    let args = ["--epochs", "2", "-q", "--out", "model"];
    sandbox.run(DENOISE.iter().chain(&args)).assert_success();
    sandbox
}

/// A gray PNG file of 8 bits with more chunks before its pixels.
fn png_with(size: (u32, u32), pixels: &[u8], chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, size.0, size.1);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    for (kind, content) in chunks {
        writer.write_chunk(png::chunk::ChunkType(**kind), content).unwrap();
    }
    writer.write_image_data(pixels).unwrap();
    writer.finish().unwrap();
    file
}

/// A bright slanting bar on black.
fn bar(cols: u32, rows: u32) -> Vec<u8> {
    let bright = |i: u32| (i % cols).abs_diff(i / cols) <= cols / 8;
    (0..cols * rows).map(|i| if bright(i) { 230 } else { 0 }).collect()
}

/// Runs the program with these bytes on its standard input.
fn piped(sandbox: &Sandbox, args: &[&str], input: &[u8]) -> Outcome {
    let mut command = sandbox.command(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // If the program refuses its arguments, it does not read standard input.
    drop(child.stdin.take().unwrap().write_all(input));
    Outcome::from(child.wait_with_output().unwrap())
}

fn written(sandbox: &Sandbox, path: &str) -> Vec<u8> {
    fs::read(sandbox.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn standard_input_is_an_image_like_any_other_and_is_read_once() {
    let sandbox = with_denoiser();
    let file = png_with((40, 30), &bar(40, 30), &[]);
    fs::write(sandbox.path("x.png"), &file).unwrap();
    sandbox.run(["denoise-image", "model", "x.png", "--out", "file"]).assert_success();
    let expected = written(&sandbox, "file/x-denoised.png");

    let args = ["denoise-image", "model", "-", "x.png", "--out", "dash"];
    let outcome = piped(&sandbox, &args, &file);
    assert!(outcome.assert_success().stdout.contains("  stdin-denoised.png"));
    assert!(written(&sandbox, "dash/stdin-denoised.png") == expected);

    if cfg!(unix) {
        let args = ["denoise-image", "model", "/dev/stdin", "--out", "device"];
        piped(&sandbox, &args, &file).assert_success();
        assert!(written(&sandbox, "device/stdin-denoised.png") == expected);
    }
    for again in ["-", "/dev/stdin"] {
        let line = sandbox.assert_refused(["denoise-image", "model", "-", "x.png", again], USAGE);
        let message = "is given twice: it is not a file, and can be read only once";
        assert_eq!(line, format!("error: {again} {message}"));
    }
    // The error names an empty input, a truncated image and a file of another kind.
    for (input, message) in [
        (&b""[..], "standard input: cut: expected more after 0 bytes"),
        (&file[..60], "standard input: cut: expected more after 60 bytes"),
        (b"%PDF-1.7", "standard input: expected a PNG or JPEG file, found a PDF file"),
    ] {
        let outcome = piped(&sandbox, &["denoise-image", "model", "-"], input);
        assert_eq!(outcome.status, Some(DATA), "{}", outcome.stderr);
        assert!(outcome.stderr.starts_with(&format!("error: {message}")), "{}", outcome.stderr);
    }

    sandbox.run(SHORT_RUN.iter().chain(&["-q", "--out", "dense"])).assert_success();
    piped(&sandbox, &["reconstruct", "dense", "-", "--out", "r"], &file).assert_success();
    sandbox.run(["reconstruct", "dense", "x.png", "--out", "s"]).assert_success();
    assert!(written(&sandbox, "r/reconstruction.png") == written(&sandbox, "s/reconstruction.png"));
}

/// A named pipe, such as the shell's `<(...)`, cannot be opened twice: the second time it has no
/// writer.
#[cfg(unix)]
#[test]
fn a_named_pipe_is_read_once() {
    let sandbox = with_denoiser();
    let file = png_with((40, 30), &bar(40, 30), &[]);
    let made = std::process::Command::new("mkfifo").arg(sandbox.path("pipe.png")).status();
    assert!(made.unwrap().success());
    // The second time would wait for another writer, perhaps forever.
    let outcome = sandbox.run(["reconstruct", "model", "pipe.png", "pipe.png"]);
    let line = outcome.assert_error(USAGE);
    assert!(line.starts_with("error: pipe.png is given twice: "), "{line}");
    let path = sandbox.path("pipe.png");
    let writer = std::thread::spawn(move || fs::write(path, file));
    sandbox.run(["denoise-image", "model", "pipe.png", "--out", "out"]).assert_success();
    writer.join().unwrap().unwrap();
    assert_eq!(picture(&written(&sandbox, "out/pipe-denoised.png")).0, 40);
}

/// The eight values of Exif turn the image; the result is upright, keeps its dots per inch, and
/// does not ask to be turned again.
#[test]
fn an_image_taken_on_its_side_is_turned_and_its_density_with_it() {
    let sandbox = with_denoiser();
    let pixels = bar(40, 24);
    let density = [11_811u32.to_be_bytes(), 5_906u32.to_be_bytes()].concat();
    let density = [&density[..], &[1]].concat();
    let denoised = |name: &str, chunks: &[(&[u8; 4], &[u8])], pixels: &[u8], size| {
        fs::write(sandbox.path(format!("{name}.png")), png_with(size, pixels, chunks)).unwrap();
        let image = format!("{name}.png");
        sandbox.run(["denoise-image", "model", &image, "--out", name]).assert_success();
        written(&sandbox, &format!("{name}/{name}-denoised.png"))
    };
    let upright = picture(&denoised("upright", &[], &pixels, (40, 24)));
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let file = denoised(
        "turned",
        &[(b"pHYs", &density), (b"eXIf", exif)],
        &stored_for_6(&pixels),
        (24, 40),
    );
    let turned = picture(&file);
    assert_eq!((turned.0, turned.1), (40, 24));
    assert!(turned.3 == upright.3);
    let info = png::Decoder::new(std::io::Cursor::new(&file)).read_info().unwrap();
    let dims = info.info().pixel_dims.expect("the density");
    assert_eq!((dims.xppu, dims.yppu, dims.unit), (5_906, 11_811, png::Unit::Meter));
    assert!(info.info().exif_metadata.is_none());
    // A chunk that is not Exif changes nothing.
    let odd = picture(&denoised("odd", &[(b"eXIf", b"II*\0\xff\xff\xff\xff")], &pixels, (40, 24)));
    assert!(odd.3 == upright.3);
}

/// Returns the rows of an image of 40 x 24 as stored in a file with orientation 6, which a phone
/// held upright writes: the first row is the last column.
fn stored_for_6(upright: &[u8]) -> Vec<u8> {
    (0..40).rev().flat_map(|col| (0..24).map(move |row| upright[row * 40 + col])).collect()
}

/// An A4 page at 600 dots per inch was once refused. It is denoised in bands, and its parts equal
/// those of a small image.
#[test]
fn a_page_at_600_dots_per_inch_is_denoised_and_a_larger_one_asks_for_an_option() {
    let sandbox = with_denoiser();
    let (cols, rows) = (4960u32, 7016u32);
    // The page is blank, except for a bar in a corner at the top.
    let small = bar(40, 40);
    let mut page = vec![0u8; (cols * rows) as usize];
    for (line, from) in page.chunks_mut(cols as usize).zip(small.chunks(40)) {
        line[..40].copy_from_slice(from);
    }
    fs::write(sandbox.path("page.png"), png_with((cols, rows), &page, &[])).unwrap();
    let corner: Vec<u8> =
        (0..200 * 200).map(|i| page[(i / 200) * cols as usize + i % 200]).collect();
    fs::write(sandbox.path("corner.png"), png_with((200, 200), &corner, &[])).unwrap();
    let args = ["denoise-image", "model", "page.png", "corner.png", "--out", "out"];
    let outcome = sandbox.run(args);
    let said = &outcome.assert_success().stdout;
    assert!(said.contains("  page-denoised.png     4960 x 7016 pixels"), "{said}");
    let (width, height, _, denoised) = picture(&written(&sandbox, "out/page-denoised.png"));
    assert_eq!((width, height), (cols, rows));
    let (_, _, _, expected) = picture(&written(&sandbox, "out/corner-denoised.png"));
    for row in 0..100 {
        let found = &denoised[row * cols as usize..][..100];
        assert!(found == &expected[row * 200..][..100], "row {row}");
    }

    // The limit is a number of pixels, and the error names the option that raises it.
    fs::write(sandbox.path("small.png"), png_with((300, 200), &bar(300, 200), &[])).unwrap();
    for command in [["denoise-image", "model"], ["reconstruct", "model"]] {
        let limited = ["small.png", "--max-pixels", "59999"];
        let line = sandbox.assert_refused(command.iter().chain(&limited), DATA);
        let message = "small.png: expected at most 59999 pixels, found 300x200";
        assert!(line.starts_with(&format!("error: {message}")), "{line}");
        assert!(line.contains("--max-pixels"), "{line}");
        sandbox.run(command.iter().chain(&["small.png", "--max-pixels", "60000"])).assert_success();
    }
    let mut huge = fs::read(sandbox.path("small.png")).unwrap();
    huge[16..24].copy_from_slice(&[0, 0, 0x40, 0, 0, 0, 0x40, 0]);
    fs::write(sandbox.path("huge.png"), huge).unwrap();
    let line = sandbox.assert_refused(["denoise-image", "model", "huge.png"], DATA);
    assert!(line.contains("at most 100000000 pixels, found 16384x16384"), "{line}");
}

#[test]
fn a_result_whose_name_is_too_long_is_refused_before_the_work() {
    let sandbox = with_denoiser();
    let image = png_with((40, 30), &bar(40, 30), &[]);
    // The file's own name fits into 255 bytes, but the names of its results do not.
    let long = format!("{}.png", "漢".repeat(81));
    fs::write(sandbox.path("x.png"), &image).unwrap();
    fs::write(sandbox.path(&long), &image).unwrap();
    let args = ["denoise-image", "model", "x.png", &long, "--out", "out"];
    let line = sandbox.assert_refused(args, DATA);
    assert!(line.contains("-denoised.png cannot be made: "), "{line}");
    assert!(!Path::new(&sandbox.path("out")).exists());
    // The attempt has left nothing, so the command succeeds without the long name.
    fs::remove_file(sandbox.path(&long)).unwrap();
    sandbox.run(["denoise-image", "model", "x.png", "--out", "out"]).assert_success();
    sandbox.assert_files("out", &["x-denoised.png", "x-gallery.png"]);
}

/// The error names the kind of files that people mistake for images.
#[test]
fn a_file_of_another_kind_is_named() {
    let sandbox = with_denoiser();
    for (content, kind) in [
        (&b"%PDF-1.7\n"[..], "a PDF file"),
        (b"\0\0\0\x24ftypheic\0\0\0\0mif1", "a HEIC file"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "an SVG file"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n",
            "a Git LFS pointer",
        ),
        (b"\x1f\x8b\x08\0\0\0\0\0", "a gzip file"),
        (b"\xff\xfeh\0i\0", "a text file in UTF-16"),
    ] {
        fs::write(sandbox.path("x.png"), content).unwrap();
        for command in ["denoise-image", "reconstruct"] {
            let line = sandbox.assert_refused([command, "model", "x.png"], DATA);
            let expected = format!("error: x.png: expected a PNG or JPEG file, found {kind}");
            assert!(line.starts_with(&expected), "{line}");
        }
    }
}
