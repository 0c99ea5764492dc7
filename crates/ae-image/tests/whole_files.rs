//! Tests the metadata of PNG files, passes over their rows, and writing.

mod common;

use ae_files::WriteError;
use ae_image::{Channels, Display, GrayImage, ImageFile, Limits, write_rows};
use common::{GRAY, GRAY_ALPHA, Png, RGB, RGBA, chunk, gray, zlib};
use std::fs;
use std::io::Read;

fn opened(bytes: &[u8]) -> ImageFile {
    ImageFile::from_reader(bytes, "file", &Limits::default()).unwrap_or_else(|e| panic!("{e}"))
}

/// The content of a chunk `eXIf` with this orientation.
fn exif(value: u8) -> Vec<u8> {
    [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", &[value, 0, 0][..], &[0; 4]].concat()
}

/// The content of a chunk `pHYs`, in pixels per meter.
fn phys(across: u32, down: u32) -> Vec<u8> {
    [&across.to_be_bytes()[..], &down.to_be_bytes(), &[1]].concat()
}

/// The chunks of a file, in their order.
fn chunks(mut file: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    file = &file[8..];
    while let Some((length, rest)) = file.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let kind = String::from_utf8(rest[..4].to_vec()).unwrap();
        found.push((kind, rest[4..4 + length].to_vec()));
        file = &rest[8 + length..];
    }
    found
}

/// Copies the image row by row in gray, as the program writes its results.
fn copied(image: &ImageFile) -> Vec<u8> {
    copied_with(image, Channels::Gray)
}

/// The same, gray or in color.
fn copied_with(image: &ImageFile, channels: Channels) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.png");
    let mut rows = image.pixel_rows(channels, 0).unwrap();
    let mut row = vec![0; image.cols() * channels.count()];
    write_rows(&path, [image.rows(), image.cols()], channels, image.display(), |writer| {
        for _ in 0..image.rows() {
            rows.next_into(&mut row).unwrap();
            writer.row(&row)?;
        }
        Ok::<(), WriteError>(())
    })
    .unwrap();
    fs::read(path).unwrap()
}

#[test]
fn an_image_that_was_taken_on_its_side_is_upright() {
    let lines = [&[1u8, 2, 3][..], &[4, 5, 6]];
    let (whole, sideways) = ([1, 2, 3, 4, 5, 6], [4, 1, 5, 2, 6, 3]);
    for (value, size, expected) in [(1, (2, 3), whole), (6, (3, 2), sideways)] {
        let image = opened(&Png::new(3, 2, 8, GRAY).with(b"eXIf", &exif(value)).lines(lines));
        assert_eq!((image.rows(), image.cols()), size);
        assert_eq!(image.read(0).unwrap(), GrayImage::new(size.0, size.1, expected.to_vec()));
        let again = opened(&copied(&image));
        assert_eq!(again.read(0).unwrap().pixels(), expected);
        // The copy is upright: nothing must turn it again.
        assert!(chunks(&copied(&image)).iter().all(|(kind, _)| kind != "eXIf"));
    }
    // The chunk may also stand behind the pixels.
    let mut file = Png::new(3, 2, 8, GRAY).lines(lines);
    let end = file.len() - chunk(b"IEND", &[]).len();
    file.splice(end..end, chunk(b"eXIf", &exif(6)));
    assert_eq!(opened(&file).read(0).unwrap().pixels(), sideways);
}

#[test]
fn a_wrong_orientation_is_ignored() {
    for content in [&exif(0)[..], &exif(9), &exif(6)[..9], b"", b"MM\0*\xff\xff\xff\xff", &[7; 300]]
    {
        let image = opened(&Png::new(3, 1, 8, GRAY).with(b"eXIf", content).lines([&[1, 2, 3][..]]));
        assert_eq!(image.read(0).unwrap(), GrayImage::new(1, 3, vec![1, 2, 3]), "{content:?}");
    }
}

#[test]
fn dots_per_inch_are_kept_and_turn_with_the_image() {
    let density = |orientation: u8| {
        let png = Png::new(3, 1, 8, GRAY).with(b"pHYs", &phys(11_811, 5_906));
        let image = opened(&png.with(b"eXIf", &exif(orientation)).lines([&[1, 2, 3][..]]));
        let copy = chunks(&copied(&image));
        copy.into_iter().find(|(kind, _)| kind == "pHYs").map(|(_, content)| content)
    };
    for (orientation, expected) in [(1, phys(11_811, 5_906)), (3, phys(11_811, 5_906))] {
        assert_eq!(density(orientation), Some(expected));
    }
    for orientation in 5..=8 {
        assert_eq!(density(orientation), Some(phys(5_906, 11_811)), "{orientation}");
    }
    let (plain, _) = gray(3, 1);
    assert!(chunks(&copied(&opened(&plain))).iter().all(|(kind, _)| kind != "pHYs"));
}

/// Samples are taken as they are stored, as Pillow takes them; a copy is shown as the original is.
#[test]
fn gamma_and_color_space_change_no_pixel_and_are_copied() {
    let line = [&[0u8, 77, 200, 255][..]];
    let profile = [b"name\0\0", &zlib(&[1; 200])[..]].concat();
    let plain = Png::new(4, 1, 8, GRAY).lines(line);
    for (kind, content) in
        [(b"gAMA", 100_000u32.to_be_bytes().to_vec()), (b"sRGB", vec![1]), (b"iCCP", profile)]
    {
        let image = opened(&Png::new(4, 1, 8, GRAY).with(kind, &content).lines(line));
        assert_eq!(image.read(0).unwrap(), opened(&plain).read(0).unwrap());
        let name = String::from_utf8(kind.to_vec()).unwrap();
        let copy = chunks(&copied(&image)).into_iter().find(|(found, _)| *found == name);
        // A color profile describes colors, and the copy is gray.
        let kept = (name != "iCCP").then_some((name, content));
        assert_eq!(copy, kept);
    }
    let wrong = Png::new(4, 1, 8, GRAY).with(b"gAMA", &[0; 4]).with(b"sRGB", &[9]);
    let wrong = wrong.with(b"pHYs", &[1; 9]).lines(line);
    assert_eq!(opened(&wrong).read(0).unwrap(), opened(&plain).read(0).unwrap());
}

/// The description of the colors goes with them.
#[test]
fn a_copy_in_color_keeps_the_profile_and_a_copy_in_gray_does_not() {
    let profile = [7; 200];
    let chrm: Vec<u8> = [31_270u32, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000]
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect();
    let png = Png::new(1, 2, 8, RGB)
        .with(b"cHRM", &chrm)
        .with(b"iCCP", &[b"name\0\0", &zlib(&profile)[..]].concat())
        .with(b"pHYs", &phys(5, 6));
    let image = opened(&png.lines([&[1, 2, 3][..], &[4, 5, 6]]));
    let copy = copied_with(&image, Channels::Rgb);
    let again = opened(&copy).read_raster(Channels::Rgb, 0).unwrap();
    assert_eq!(again.values(), [1, 2, 3, 4, 5, 6]);
    let content = |file: &[u8], kind: &str| {
        chunks(file).into_iter().find(|(found, _)| found == kind).map(|(_, content)| content)
    };
    assert_eq!(content(&copy, "cHRM"), Some(chrm));
    assert_eq!(content(&copy, "pHYs"), Some(phys(5, 6)));
    let mut decoder = png::Decoder::new(std::io::Cursor::new(&copy[..]));
    decoder.set_transformations(png::Transformations::IDENTITY);
    let reader = decoder.read_info().unwrap();
    assert_eq!(reader.info().icc_profile.as_deref(), Some(&profile[..]));
    for kind in ["cHRM", "iCCP"] {
        assert_eq!(content(&copied(&image), kind), None, "{kind}");
    }
}

#[test]
fn a_color_image_on_its_side_is_upright() {
    let lines = [&[1u8, 0, 9, 2, 0, 9, 3, 0, 9][..], &[4, 0, 9, 5, 0, 9, 6, 0, 9]];
    let image = opened(&Png::new(3, 2, 8, RGB).with(b"eXIf", &exif(6)).lines(lines));
    let raster = image.read_raster(Channels::Rgb, 0).unwrap();
    assert_eq!([raster.rows(), raster.cols()], [3, 2]);
    let planes = raster.planes();
    assert_eq!(planes[0].pixels(), [4, 1, 5, 2, 6, 3]);
    assert!(planes[1].pixels().iter().all(|&v| v == 0));
    assert!(planes[2].pixels().iter().all(|&v| v == 9));
    let copy = opened(&copied_with(&image, Channels::Rgb));
    assert_eq!(copy.read_raster(Channels::Rgb, 0).unwrap(), raster);
}

#[test]
fn rows_one_by_one_are_those_of_the_whole_image() {
    for cols in [1, 7, 300] {
        let (file, pixels) = gray(cols, 41);
        for orientation in 1..=8 {
            let png = Png::new(cols, 41, 8, GRAY).with(b"eXIf", &exif(orientation));
            let turned = opened(&png.lines(pixels.chunks(cols as usize)));
            let whole = turned.read(0).unwrap();
            let again = opened(&copied(&turned));
            assert_eq!(again.read(0).unwrap(), whole, "{orientation}");
        }
        assert_eq!(opened(&file).read(0).unwrap().pixels(), pixels);
    }
}

/// The pictures of earlier versions were written at once: the same bytes.
#[test]
fn a_picture_of_a_usual_size_has_the_bytes_of_one_written_at_once() {
    for (cols, rows) in [(1, 1), (28, 28), (333, 500), (2000, 1500)] {
        let mut state = 1u32;
        let noise = |i: u32, state: &mut u32| {
            *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if i.is_multiple_of(3) { (*state >> 24) as u8 } else { (i % cols) as u8 }
        };
        let pixels: Vec<u8> = (0..cols * rows).map(|i| noise(i, &mut state)).collect();
        let mut expected = Vec::new();
        let mut encoder = png::Encoder::new(&mut expected, cols, rows);
        encoder.set_compression(png::Compression::Balanced);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&pixels).unwrap();
        writer.finish().unwrap();
        let lines = pixels.chunks(cols as usize);
        let image = opened(&Png::new(cols, rows, 8, GRAY).lines(lines));
        assert!(copied(&image) == expected, "{cols} x {rows}");
    }
}

/// More than 2^25 pixels are not kept in memory: the packed pixels are in several chunks.
#[test]
fn a_large_picture_is_packed_as_its_rows_come() {
    let (rows, cols) = (5_000, 7_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.png");
    let line = |row: usize| (0..cols).map(|c| (row * c % 251) as u8).collect::<Vec<u8>>();
    write_rows(&path, [rows, cols], Channels::Gray, &Display::default(), |writer| {
        (0..rows).try_for_each(|row| writer.row(&line(row)))
    })
    .unwrap();
    let file = fs::read(&path).unwrap();
    assert!(chunks(&file).iter().filter(|(kind, _)| kind == "IDAT").count() > 1);
    let image = ImageFile::open(&path, &Limits::default()).unwrap();
    let (mut again, mut row) = (image.gray_rows(0).unwrap(), vec![0; cols]);
    for r in 0..rows {
        again.next_into(&mut row).unwrap();
        assert!(row == line(r), "row {r}");
    }
}

#[test]
fn a_picture_that_is_given_up_leaves_what_was_there() {
    #[derive(Debug, PartialEq)]
    struct Stopped;
    impl From<WriteError> for Stopped {
        fn from(_: WriteError) -> Self {
            Stopped
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    fs::write(&path, "old").unwrap();
    let given_up = write_rows(&path, [9, 3], Channels::Gray, &Display::default(), |writer| {
        writer.row(&[1, 2, 3])?;
        Err(Stopped)
    });
    assert_eq!(given_up, Err(Stopped));
    // Rows are missing.
    let short = write_rows(&path, [9, 3], Channels::Gray, &Display::default(), |writer| {
        writer.row(&[1, 2, 3])
    });
    assert!(short.unwrap_err().to_string().contains("a.png"));
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// A pipe cannot be read twice, so it is read once and to its end.
#[test]
fn a_reader_is_read_once_and_serves_any_number_of_passes() {
    struct Once<'a>(&'a [u8], bool);
    impl Read for Once<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            assert!(!self.1, "read after the end");
            let n = self.0.read(&mut buffer[..1.min(self.0.len())])?;
            self.1 = n == 0;
            Ok(n)
        }
    }
    let (file, pixels) = gray(50, 40);
    let image = ImageFile::from_reader(Once(&file, false), "-", &Limits::default()).unwrap();
    for _ in 0..3 {
        assert_eq!(image.read(0).unwrap().pixels(), pixels);
    }
}

#[test]
fn pieces_of_an_image_are_parts_of_it_and_a_small_image_is_continued() {
    let (file, pixels) = gray(10, 7);
    let image = opened(&file);
    let at = |top: usize, left: usize| (0..6).map(move |i| (top + i / 2) * 10 + left + i % 2);
    let lefts = [0, 2, 4, 6, 8];
    let tops = [0, 4];
    let places = tops.iter().flat_map(|&top| lefts.iter().flat_map(move |&left| at(top, left)));
    let expected: Vec<u8> = places.map(|i| pixels[i]).collect();
    assert_eq!(image.pieces([3, 2], Channels::Gray, 0).unwrap().into_values(), expected);
    let (small, pixels) = gray(2, 2);
    let [a, b, c, d] = pixels[..] else { panic!() };
    let expected = [a, b, b, c, d, d, c, d, d];
    let color = opened(&small).pieces([3, 3], Channels::Rgb, 0).unwrap();
    assert!(color.planes().iter().all(|plane| plane.pixels() == expected));
    assert_eq!(opened(&small).pieces([3, 3], Channels::Gray, 0).unwrap().into_values(), expected);
}

/// A drawing with the same gray everywhere: only its opacity is visible.
#[test]
fn a_drawing_in_the_opacity_alone_is_told_from_others() {
    let ink = |line: &[u8]| opened(&Png::new(3, 1, 8, GRAY_ALPHA).lines([line])).ink();
    assert_eq!(ink(&[0, 255, 0, 0, 0, 80]), Some(0));
    assert_eq!(ink(&[255, 255, 255, 0, 255, 128]), Some(255));
    // The color of invisible pixels does not matter, and neither does a little noise.
    assert_eq!(ink(&[10, 255, 255, 0, 20, 200]), Some(15));
    // Two grays, an opaque image, an empty one.
    assert_eq!(ink(&[0, 255, 90, 255, 0, 0]), None);
    assert_eq!(ink(&[7, 255, 7, 255, 7, 255]), None);
    assert_eq!(ink(&[7, 0, 7, 0, 7, 0]), None);
    let red = Png::new(2, 1, 8, RGBA).lines([&[255, 0, 0, 255, 255, 0, 0, 0][..]]);
    assert_eq!(opened(&red).ink(), Some(54));

    // Black ink lies on white, white ink on black, and other images on the preferred background.
    let background = |gray: u8, preferred: u8| {
        let line = [gray, 255, gray, 0];
        opened(&Png::new(2, 1, 8, GRAY_ALPHA).lines([&line[..]])).background(preferred)
    };
    assert_eq!([background(0, 0), background(0, 255)], [255, 255]);
    assert_eq!([background(255, 0), background(255, 255)], [0, 0]);
    let (opaque, _) = gray(3, 3);
    assert_eq!([0, 255].map(|gray| opened(&opaque).background(gray)), [0, 255]);
}
