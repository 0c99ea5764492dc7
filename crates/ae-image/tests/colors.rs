//! Every color type at every depth of PNG, converted to gray and read as color.

mod common;

use ae_image::{Channels, GrayImage, ImageFile, Limits, Options, read};
use common::{GRAY, GRAY_ALPHA, INDEXED, Png, RGB, RGBA, gray};

fn pixels_over(file: &[u8], background: u8) -> Vec<u8> {
    let options = Options { background, ..Options::default() };
    read(file, "file", &options).unwrap_or_else(|error| panic!("{error}")).into_pixels()
}

fn pixels(file: &[u8]) -> Vec<u8> {
    // Opaque images do not depend on the background.
    let found = pixels_over(file, 0);
    assert_eq!(pixels_over(file, 255), found);
    found
}

#[test]
fn gray_of_every_depth() {
    // Eight pixels of one bit, four of two, two of four; the deepest gray is always white.
    let of = |depth, cols, line: &[u8]| pixels(&Png::new(cols, 1, depth, GRAY).lines([line]));
    assert_eq!(of(1, 8, &[0b1010_0110]), [255, 0, 255, 0, 0, 255, 255, 0]);
    assert_eq!(of(2, 4, &[0b00_01_10_11]), [0, 85, 170, 255]);
    assert_eq!(of(4, 3, &[0x0f, 0x70]), [0, 255, 119]);
    assert_eq!(of(8, 3, &[0, 77, 255]), [0, 77, 255]);
    // 16 bits are rounded: 0x4d80 / 257 = 77.2, 0x4dff / 257 = 77.7.
    assert_eq!(of(16, 4, &[0, 0, 0x4d, 0x80, 0x4d, 0xff, 0xff, 0xff]), [0, 77, 78, 255]);
}

#[test]
fn colors_weigh_as_the_eye_sees_them() {
    // Rec. 709: 0.2126 R + 0.7152 G + 0.0722 B, times 255: 54.2, 182.4 and 18.4.
    let primaries = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 90, 90, 90];
    assert_eq!(pixels(&Png::new(5, 1, 8, RGB).lines([&primaries[..]])), [54, 182, 18, 255, 90]);
    let deep: Vec<u8> = primaries.iter().flat_map(|&v| [v, v]).collect();
    assert_eq!(pixels(&Png::new(5, 1, 16, RGB).lines([&deep[..]])), [54, 182, 18, 255, 90]);
}

#[test]
fn a_palette_of_every_depth() {
    let palette = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];
    let of = |depth, cols, line: &[u8]| {
        pixels(&Png::new(cols, 1, depth, INDEXED).with(b"PLTE", &palette).lines([line]))
    };
    assert_eq!(of(1, 3, &[0b0100_0000]), [54, 182, 54]);
    assert_eq!(of(2, 4, &[0b00_01_10_11]), [54, 182, 18, 255]);
    assert_eq!(of(4, 3, &[0x32, 0x10]), [255, 18, 182]);
    assert_eq!(of(8, 4, &[3, 0, 1, 2]), [255, 54, 182, 18]);
}

#[test]
fn what_is_transparent_lets_the_background_through() {
    // 200 at 255, 128 and 0 of 255.
    let file = Png::new(3, 1, 8, GRAY_ALPHA).lines([&[200, 255, 200, 128, 200, 0][..]]);
    assert_eq!(pixels_over(&file, 0), [200, 100, 0]);
    assert_eq!(pixels_over(&file, 255), [200, 227, 255]);

    let deep =
        Png::new(2, 1, 16, GRAY_ALPHA).lines([&[0xc8, 0xc8, 0x80, 0x80, 0xc8, 0xc8, 0, 0][..]]);
    assert_eq!(pixels_over(&deep, 255), [227, 255]);

    let rgba = Png::new(2, 1, 8, RGBA).lines([&[0, 255, 0, 255, 0, 255, 0, 0][..]]);
    assert_eq!(pixels_over(&rgba, 7), [182, 7]);

    let green = [0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0, 0, 0];
    assert_eq!(pixels_over(&Png::new(2, 1, 16, RGBA).lines([&green[..]]), 7), [182, 7]);
}

#[test]
fn a_transparent_color_is_transparent() {
    let gray = Png::new(2, 1, 8, GRAY).with(b"tRNS", &[0, 200]).lines([&[200, 199][..]]);
    assert_eq!(pixels_over(&gray, 3), [3, 199]);

    let rgb =
        Png::new(2, 1, 8, RGB).with(b"tRNS", &[0, 9, 0, 9, 0, 9]).lines([&[9, 9, 9, 8, 8, 8][..]]);
    assert_eq!(pixels_over(&rgb, 3), [3, 8]);

    let palette = Png::new(2, 1, 8, INDEXED)
        .with(b"PLTE", &[50, 50, 50, 60, 60, 60])
        .with(b"tRNS", &[0])
        .lines([&[0, 1][..]]);
    assert_eq!(pixels_over(&palette, 3), [3, 60]);
}

/// An interlaced file contains seven passes from coarse to fine, each of which is a small image.
#[test]
fn interlaced_pixels_find_their_places() {
    const PASSES: [(usize, usize, usize, usize); 7] = [
        (0, 0, 8, 8),
        (0, 4, 8, 8),
        (4, 0, 8, 4),
        (0, 2, 4, 4),
        (2, 0, 4, 2),
        (0, 1, 2, 2),
        (1, 0, 2, 1),
    ];
    let (plain, expected) = gray(11, 9);
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for (top, left, down, right) in PASSES {
        for r in (top..9).step_by(down) {
            lines.push((left..11).step_by(right).map(|c| expected[r * 11 + c]).collect());
        }
    }
    let png = Png { interlaced: true, ..Png::new(11, 9, 8, GRAY) };
    let file = png.lines(lines.iter().map(|line| &line[..]));
    assert_eq!(pixels(&file), expected);
    assert_eq!(pixels(&plain), expected);

    let color = |grays: &[u8]| -> Vec<u8> {
        grays.iter().flat_map(|&gray| [gray, 255 - gray, gray / 2]).collect()
    };
    let lines: Vec<Vec<u8>> = lines.iter().map(|line| color(line)).collect();
    let png = Png { interlaced: true, ..Png::new(11, 9, 8, RGB) };
    assert_eq!(color_over(&png.lines(lines.iter().map(|line| &line[..])), 0), color(&expected));
}

#[test]
fn rows_and_columns_are_those_of_the_file() {
    let (file, expected) = gray(5, 3);
    assert_eq!(
        read(&file[..], "file", &Options::default()).unwrap(),
        GrayImage::new(3, 5, expected)
    );
}

/// Pictures as written by other programs: many chunks, filters and texts.
#[test]
fn a_picture_of_this_project_is_read() {
    let picture = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/pictures/reconstruction.png");
    let image = ae_image::read_file(picture, &Options::default()).unwrap();
    assert_eq!((image.rows(), image.cols()), (282, 970));
    assert_eq!(image.pixels()[0], 255);
    assert!(image.pixels().contains(&0));
}

fn color_over(file: &[u8], background: u8) -> Vec<u8> {
    let image = ImageFile::from_reader(file, "file", &Limits::default()).unwrap();
    let raster = image.read_raster(Channels::Rgb, background).unwrap();
    assert_eq!((raster.rows(), raster.cols()), (image.rows(), image.cols()));
    // The rows give the same values as the whole.
    let mut rows = image.color_rows(background).unwrap();
    let mut row = vec![0; 3 * image.cols()];
    for expected in raster.values().chunks_exact(3 * image.cols()) {
        rows.next_into(&mut row).unwrap();
        assert_eq!(row, expected);
    }
    raster.into_values()
}

#[test]
fn colors_of_every_type_and_depth_come_out_as_colors() {
    let colors = [255, 0, 0, 1, 2, 3, 200, 100, 50];
    assert_eq!(color_over(&Png::new(3, 1, 8, RGB).lines([&colors[..]]), 9), colors);
    // 16 bits are rounded.
    let deep: Vec<u8> = colors.iter().flat_map(|&v| [v, v]).collect();
    assert_eq!(color_over(&Png::new(3, 1, 16, RGB).lines([&deep[..]]), 9), colors);
    let rounded = [0x4d, 0x80, 0x4d, 0xff, 0, 0];
    assert_eq!(color_over(&Png::new(1, 1, 16, RGB).lines([&rounded[..]]), 9), [77, 78, 0]);
    // A palette, and grays.
    let palette = Png::new(3, 1, 2, INDEXED).with(b"PLTE", &colors);
    assert_eq!(color_over(&palette.lines([&[0b10_00_01_00][..]]), 9)[..3], colors[6..]);
    assert_eq!(color_over(&Png::new(2, 1, 8, GRAY).lines([&[7, 8][..]]), 9), [7, 7, 7, 8, 8, 8]);
    let gray_alpha = Png::new(2, 1, 8, GRAY_ALPHA).lines([&[200, 255, 200, 0][..]]);
    assert_eq!(color_over(&gray_alpha, 9), [200, 200, 200, 9, 9, 9]);
}

#[test]
fn the_background_shows_through_a_color() {
    // Over black and white, half of each channel is the background's.
    let file =
        Png::new(3, 1, 8, RGBA).lines([&[200, 100, 0, 255, 200, 100, 0, 128, 200, 100, 0, 0][..]]);
    assert_eq!(color_over(&file, 0), [200, 100, 0, 100, 50, 0, 0, 0, 0]);
    assert_eq!(color_over(&file, 255), [200, 100, 0, 227, 177, 127, 255, 255, 255]);
    let deep: Vec<u8> = [200, 100, 0, 128].iter().flat_map(|&v| [v, v]).collect();
    let deep = Png::new(1, 1, 16, RGBA).lines([&deep[..]]);
    assert_eq!(color_over(&deep, 255), [227, 177, 127]);
    let transparent = Png::new(2, 1, 8, RGB).with(b"tRNS", &[0, 9, 0, 8, 0, 7]);
    let transparent = transparent.lines([&[9, 8, 7, 9, 8, 8][..]]);
    assert_eq!(color_over(&transparent, 3), [3, 3, 3, 9, 8, 8]);
}

#[test]
fn an_image_has_colors_if_a_visible_pixel_has_one() {
    let colored = |png: Png, line: &[u8]| {
        let file = png.lines([line]);
        ImageFile::from_reader(&file[..], "file", &Limits::default()).unwrap().is_colored()
    };
    assert!(colored(Png::new(2, 1, 8, RGB), &[5, 5, 5, 5, 6, 5]));
    assert!(!colored(Png::new(2, 1, 8, RGB), &[5, 5, 5, 6, 6, 6]), "gray, stored in color");
    assert!(!colored(Png::new(1, 1, 8, GRAY), &[5]));
    assert!(!colored(Png::new(1, 1, 8, RGBA), &[5, 6, 7, 0]), "transparent");
    assert!(colored(Png::new(1, 1, 8, RGBA), &[5, 6, 7, 1]));
    assert!(colored(Png::new(1, 1, 16, RGB), &[5, 5, 5, 5, 5, 6]));
    assert!(!colored(Png::new(1, 1, 16, RGBA), &[5, 5, 5, 6, 5, 5, 0, 0]));
    let palette =
        |line: &[u8]| colored(Png::new(1, 1, 8, INDEXED).with(b"PLTE", &[4, 4, 4, 1, 2, 3]), line);
    assert!(palette(&[1]) && !palette(&[0]), "of the palette only what is used counts");
}
