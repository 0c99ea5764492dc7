//! One test for each kind of file that must be refused: the error's variant and its message.

mod common;

use ae_files::ReadError;
use ae_image::{ImageError, Limits, Options, read, read_file};
use common::{GRAY, INDEXED, Png, RGB, chunk, gray, zlib};
use std::fs;

fn refused(bytes: &[u8]) -> ImageError {
    refused_within(bytes, Limits::default())
}

fn refused_within(bytes: &[u8], limits: Limits) -> ImageError {
    let options = Options { limits, ..Options::default() };
    let error = read(bytes, "a\nb.png", &options).unwrap_err();
    let message = error.to_string();
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.starts_with("a\\nb.png: "), "{message}");
    error
}

#[test]
fn a_file_that_is_not_there_and_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let error = read_file(folder.path().join("none.png"), &Options::default()).unwrap_err();
    assert!(matches!(error, ImageError::Read(ReadError::NotFound { .. })), "{error}");
    let error = read_file(folder.path(), &Options::default()).unwrap_err();
    assert!(matches!(error, ImageError::Read(ReadError::Directory { .. })), "{error}");

    // Otherwise every error here might have another reason.
    let path = folder.path().join("sound.png");
    fs::write(&path, gray(3, 2).0).unwrap();
    assert!(read_file(&path, &Options::default()).is_ok());
    // A path through a file is refused even for the administrator.
    let error = read_file(path.join("beneath"), &Options::default()).unwrap_err();
    assert!(matches!(error, ImageError::Read(ReadError::Unreadable { .. })), "{error}");
}

#[test]
fn a_reader_that_fails() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("disk on fire"))
        }
    }
    let error = read(Broken, "p", &Options::default()).unwrap_err();
    assert_eq!(error.to_string(), "p: cannot read: disk on fire");
}

#[test]
fn another_format_is_named() {
    for (start, expected) in [
        (&b"\xff\xd8\xff\xe0\0\x10JFIF"[..], "a JPEG file"),
        (b"GIF89a", "a GIF file"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "a WebP file"),
        (b"II*\0\x08\0\0\0", "a TIFF file"),
        (b"BM\x46\0\0\0\0\0\0\0", "a BMP file"),
        (b"\n <!DOCTYPE html><html>", "an HTML page (did the download fail?)"),
        (b"\0\0\x08\x03\0\0\xea\x60\0\0", "an IDX file"),
        (b"\0\0\0\x24ftypheic\0\0\0\0", "a HEIC file"),
        (b"%PDF-1.7\n", "a PDF file"),
        (b"<?xml version='1.0'?><svg></svg>", "an SVG file"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
            "a Git LFS pointer (run 'git lfs pull')",
        ),
        (b"\x1f\x8b\x08\0\0\0\0\0", "a gzip file"),
        (b"\xff\xfea\0b\0", "a text file in UTF-16 (save it as UTF-8)"),
        (b"\xa7\x03\xf1\x99\0\x01\x02\x03\x04", "a7 03 f1 99 00 01 02 03"),
        // The signature after a transfer in text mode.
        (b"\x89PNG\n\x1a\n\0\0\0\rIHDR", "89 50 4e 47 0a 1a 0a 00"),
    ] {
        let error = refused(start);
        assert!(matches!(&error, ImageError::NotPng { found, .. } if found == expected), "{error}");
    }
    assert_eq!(refused(b"GIF89a").to_string(), "a\\nb.png: expected a PNG file, found a GIF file");
}

#[test]
fn a_file_cut_anywhere_before_its_end_mark() {
    let (whole, _) = gray(9, 7);
    let end_mark = chunk(b"IEND", &[]).len();
    for length in 0..whole.len() - end_mark {
        let error = refused(&whole[..length]);
        assert!(
            matches!(error, ImageError::Cut { found, .. } if found == length as u64),
            "{length}: {error}"
        );
    }
    assert_eq!(
        refused(&whole[..60]).to_string(),
        "a\\nb.png: cut: expected more after 60 bytes, found the end of the file"
    );
}

#[test]
fn a_damaged_byte_before_the_end_mark() {
    let (whole, _) = gray(9, 7);
    let end_mark = chunk(b"IEND", &[]).len();
    for at in 0..whole.len() - end_mark {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x20;
        refused(&bytes);
    }
}

#[test]
fn another_chunk_than_the_header_first() {
    let mut bytes = gray(3, 3).0;
    bytes[12..16].copy_from_slice(b"ID\x1bT");
    let error = refused(&bytes);
    assert!(matches!(error, ImageError::Corrupt { .. }));
    assert_eq!(
        error.to_string(),
        "a\\nb.png: corrupt PNG data: expected the chunk IHDR of 13 bytes first, found ID\\u{1b}T"
    );
}

#[test]
fn an_image_of_nothing() {
    for (cols, rows) in [(0, 5), (5, 0), (0, 0)] {
        let error = refused(&Png::new(cols, rows, 8, GRAY).file(&zlib(&[])));
        assert!(matches!(error, ImageError::NoPixels { .. }), "{error}");
    }
    let error = refused(&Png::new(0, 5, 8, GRAY).file(&zlib(&[])));
    assert_eq!(error.to_string(), "a\\nb.png: expected an image of at least 1x1 pixels, found 0x5");
}

#[test]
fn a_header_that_asks_for_too_much() {
    // Each is a file of 70 bytes.
    let ask = |cols, rows| refused(&Png::new(cols, rows, 16, RGB).file(&zlib(&[])));
    for (cols, rows) in [(u32::MAX, u32::MAX), (1 << 31, 1), (1, 65_537), (65_537, 65_537)] {
        assert!(matches!(ask(cols, rows), ImageError::LongSide { .. }), "{cols}x{rows}");
    }
    assert!(matches!(ask(65_536, 65_536), ImageError::ManyPixels { .. }));
    assert_eq!(
        ask(65_537, 9).to_string(),
        "a\\nb.png: expected sides of at most 65536 pixels, found 65537x9"
    );
    assert_eq!(
        ask(10_000, 10_001).to_string(),
        "a\\nb.png: expected at most 100000000 pixels, found 10000x10001"
    );

    let (file, _) = gray(20, 10);
    let tight = Limits { max_file_bytes: file.len() as u64, max_side: 20, max_pixels: 200 };
    let options = |limits| Options { limits, ..Options::default() };
    assert!(read(&file[..], "exactly", &options(tight)).is_ok());
    let error = refused_within(&file, Limits { max_side: 19, ..tight });
    assert!(matches!(error, ImageError::LongSide { rows: 10, cols: 20, .. }), "{error}");
    let error = refused_within(&file, Limits { max_pixels: 199, ..tight });
    assert!(matches!(error, ImageError::ManyPixels { rows: 10, cols: 20, .. }), "{error}");
    let error = refused_within(&file, Limits { max_file_bytes: file.len() as u64 - 1, ..tight });
    assert!(matches!(error, ImageError::LongFile { .. }), "{error}");
}

#[test]
fn an_endless_reader() {
    let limits = Limits { max_file_bytes: 1000, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let (image, _) = gray(9, 7);
    let endless = std::io::Read::chain(&image[..], std::io::repeat(0));
    let error = read(endless, "zeros", &options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "zeros: expected a file of at most 1000 bytes, found a longer one"
    );
    // What is not an image is refused by its first bytes.
    let error = read(std::io::repeat(0x89), "p", &options).unwrap_err();
    assert!(matches!(error, ImageError::NotPng { .. }), "{error}");
}

/// A decompression bomb besides the pixels: a color profile of 64 MB in 64 KB. Its memory is not
/// allocated; the profile is dropped, or the file is refused.
#[test]
fn a_bomb_beside_the_pixels() {
    let profile = [b"name\0\0", &zlib(&vec![0; 64 << 20])[..]].concat();
    let bomb = Png::new(2, 1, 8, GRAY).with(b"iCCP", &profile).lines([&[1, 2][..]]);
    match read(&bomb[..], "bomb", &Options::default()) {
        Ok(image) => assert_eq!(image.pixels(), [1, 2]),
        Err(error) => assert!(matches!(error, ImageError::OverBudget { .. }), "{error}"),
    }
    // Data that is stored uncompressed counts too.
    let text = [b"Comment\0", &vec![b'x'; 9 << 20][..]].concat();
    let error = refused(&Png::new(2, 1, 8, GRAY).with(b"tEXt", &text).lines([&[1, 2][..]]));
    assert!(matches!(error, ImageError::OverBudget { .. }), "{error}");
}

/// 64 MB of pixels beyond the last one, in 64 KB: they are unpacked in small pieces and dropped, or
/// the file is refused.
#[test]
fn a_bomb_behind_the_pixels() {
    let bomb = Png::new(2, 1, 8, GRAY).file(&zlib(&[&[0, 1, 2][..], &vec![0; 64 << 20]].concat()));
    match read(&bomb[..], "bomb", &Options::default()) {
        Ok(image) => assert_eq!(image.pixels(), [1, 2]),
        Err(error) => assert!(matches!(error, ImageError::Corrupt { .. }), "{error}"),
    }
}

#[test]
fn fewer_pixels_than_announced() {
    let error = refused(&Png::new(4, 4, 8, GRAY).lines([&[1, 2, 3, 4][..]; 3]));
    assert!(matches!(error, ImageError::Corrupt { .. }), "{error}");
    assert!(error.to_string().starts_with("a\\nb.png: corrupt PNG data: "), "{error}");
}

#[test]
fn headers_that_contradict_the_specification() {
    for (depth, color) in [(3, GRAY), (4, RGB), (16, INDEXED), (8, 1), (8, 7), (0, GRAY)] {
        let error = refused(&Png::new(2, 1, depth, color).lines([&[0; 12][..]]));
        assert!(matches!(error, ImageError::Corrupt { .. }), "{depth} {color}: {error}");
    }
    // The palette is missing.
    let error = refused(&Png::new(2, 1, 8, INDEXED).lines([&[0, 1][..]]));
    assert!(matches!(error, ImageError::Corrupt { .. }), "{error}");
}
