//! Galleries, read back from their PNG files and compared pixel by pixel.

use crate::decoded::decode;
use ae_plot::{Gallery, PlotError, largest_magnitude};

// Repeated on purpose: the README documents these numbers.
const MARGIN: usize = 20;
const GAP: usize = 10;
const CAPTION: usize = 32;
const TITLE: usize = 46;
const WHITE: [u8; 3] = [255; 3];

/// A different gray at every position, and never the white of the page.
fn ramp(n: usize) -> Vec<f32> {
    (0..n).map(|i| (i * 37 % 251) as f32 / 255.0).collect()
}

#[test]
fn every_pixel_of_every_tile_is_where_the_arithmetic_says() {
    for (h, w, auto) in [(1, 1, 84), (8, 8, 10), (28, 28, 3), (5, 3, 16), (200, 100, 1)] {
        for columns in [1, 2, 3, 7, 12] {
            for forced in [None, Some(1), Some(2)] {
                let values = ramp(columns * h * w);
                let mut gallery = Gallery::new(h, w).row("", &values);
                if let Some(scale) = forced {
                    gallery = gallery.scale(scale);
                }
                let s = forced.unwrap_or(auto);
                let picture = decode(&gallery.to_image().unwrap().encode_png().unwrap());
                assert_eq!(picture.color, png::ColorType::Grayscale);
                assert_eq!(picture.width, 2 * MARGIN + columns * w * s + (columns - 1) * GAP);
                assert_eq!(picture.height, 2 * MARGIN + h * s);

                for column in 0..columns {
                    let left = MARGIN + column * (w * s + GAP);
                    for y in 0..h * s {
                        for x in 0..w * s {
                            let index = (column * h + y / s) * w + x / s;
                            let gray = (index * 37 % 251) as u8;
                            assert_eq!(picture.at(left + x, MARGIN + y), [gray; 3]);
                        }
                    }
                    // The hairline touches the tile; one pixel further out is paper.
                    for (x, y) in [(left - 1, MARGIN - 1), (left + w * s, MARGIN + h * s)] {
                        assert_eq!(picture.at(x, y), [0xc4; 3]);
                    }
                    assert_eq!(picture.at(left - 2, MARGIN), WHITE);
                    assert_eq!(picture.at(left + w * s + 1, MARGIN), WHITE);
                }
            }
        }
    }
}

#[test]
fn a_color_pixel_is_its_three_values() {
    let (h, w, columns, s) = (5, 3, 4, 2);
    let values = ramp(columns * h * w * 3);
    let gallery = Gallery::new(h, w).channels(3).scale(s).row("", &values);
    let picture = decode(&gallery.to_image().unwrap().encode_png().unwrap());
    assert_eq!(picture.color, png::ColorType::Rgb);
    assert_eq!(picture.width, 2 * MARGIN + columns * w * s + (columns - 1) * GAP);
    for column in 0..columns {
        let left = MARGIN + column * (w * s + GAP);
        for (y, x) in (0..h * s).flat_map(|y| (0..w * s).map(move |x| (y, x))) {
            let first = 3 * ((column * h + y / s) * w + x / s);
            let color = [0, 1, 2].map(|channel| ((first + channel) * 37 % 251) as u8);
            assert_eq!(picture.at(left + x, MARGIN + y), color);
        }
    }
}

#[test]
fn a_gray_image_in_three_channels_gives_the_same_file() {
    let gray = ramp(2 * 28 * 28);
    let color: Vec<f32> = gray.iter().flat_map(|&value| [value; 3]).collect();
    let bytes = |gallery: Gallery<'_>| gallery.title("T").to_image().unwrap().encode_png().unwrap();
    let colored = Gallery::new(28, 28).channels(3).row("row", &color);
    assert!(bytes(colored) == bytes(Gallery::new(28, 28).row("row", &gray)));
}

#[test]
fn a_gallery_has_one_channel_or_three() {
    let values = [0.5; 12];
    for channels in [0, 2, 4] {
        let error = Gallery::new(2, 1).channels(channels).row("", &values).layout().unwrap_err();
        let expected =
            format!("expected tiles of 1 channel (gray) or 3 (red, green, blue), found {channels}");
        assert_eq!(error.to_string(), expected);
    }
    let error = Gallery::new(5, 1).channels(3).row("", &values).layout().unwrap_err();
    assert!(matches!(error, PlotError::PartialTile { tile: 15, found: 12, .. }), "{error}");
}

#[test]
fn rows_may_have_captions_or_none_and_fewer_tiles() {
    let (long, short) = (vec![0.0; 5 * 784], vec![0.0; 2 * 784]);
    let gallery = Gallery::new(28, 28).title("T").row("inputs", &long).row("", &short);
    let layout = gallery.layout().unwrap();
    let first = MARGIN + TITLE + CAPTION;
    assert_eq!(layout.row_tops, [first, first + 84 + GAP]);
    assert_eq!(layout.column_lefts, [20, 114, 208, 302, 396]);

    let picture = decode(&gallery.to_image().unwrap().encode_png().unwrap());
    assert_eq!((picture.width, picture.height), (layout.width, layout.height));
    assert_eq!(picture.height, first + 84 + GAP + 84 + MARGIN);
    // Title and caption have ink in their bands, and nothing outside.
    let dark = |ys: std::ops::Range<usize>| -> usize {
        let pixels = ys.flat_map(|y| (0..picture.width).map(move |x| (x, y)));
        pixels.filter(|&(x, y)| picture.at(x, y)[0] < 128).count()
    };
    assert!(dark(MARGIN..MARGIN + TITLE - 5) > 20, "no title");
    assert!(dark(MARGIN + TITLE..first - 2) > 60, "no caption");
    assert_eq!(dark(0..MARGIN - 1), 0);
    // Black tiles where the row has some, and paper where the short row ends.
    assert_eq!(picture.count([0; 3], 0..picture.width, first..first + 84), 5 * 84 * 84);
    let second = first + 84 + GAP;
    assert_eq!(picture.count([0; 3], 0..picture.width, second..second + 84), 2 * 84 * 84);
    assert_eq!(picture.at(250, second + 40), WHITE);
}

#[test]
fn captions_widen_a_narrow_gallery_but_only_so_far() {
    let tile = vec![0.5; 64];
    let width = |caption: &str| Gallery::new(8, 8).row(caption, &tile).layout().unwrap().width;
    assert_eq!(width("x"), 120);
    let wide = width("a caption wider than its tile");
    assert!(wide > 120 && wide < 520, "{wide}");
    let long = "a very long caption ".repeat(50);
    assert_eq!(width(&long), 520);
    // The shortened caption does not reach into the right margin.
    let image = Gallery::new(8, 8).row(long, &tile).to_image().unwrap();
    for y in 0..MARGIN + CAPTION - 1 {
        assert!((500..520).all(|x| image.pixel(x, y) == WHITE), "text in the margin, line {y}");
    }
}

#[test]
fn values_beyond_black_and_white_are_clamped() {
    let image = Gallery::new(1, 4).scale(1).row("", &[-3.0, 0.5, 1.0, 1e30]).to_image().unwrap();
    let grays: Vec<u8> = (20..24).map(|x| image.pixel(x, 20)[0]).collect();
    assert_eq!(grays, [0, 128, 255, 255]);
}

#[test]
fn signs_lie_around_the_middle_gray() {
    let grays = |values: &[f32], limit: f32| -> Vec<u8> {
        let gallery = Gallery::new(1, values.len()).scale(1).symmetric(limit).row("", values);
        let image = gallery.to_image().unwrap();
        (20..20 + values.len()).map(|x| image.pixel(x, 20)[0]).collect()
    };
    let values = [-0.5, -0.25, 0.0, 0.25, 0.5];
    assert_eq!(largest_magnitude(&values), 0.5);
    assert_eq!(grays(&values, 0.5), [0, 64, 128, 191, 255]);
    // Another limit gives another scale, and values beyond it are clamped.
    assert_eq!(grays(&values, 1.0), [64, 96, 128, 159, 191]);
    assert_eq!(grays(&values, 0.25), [0, 0, 128, 255, 255]);
    // Only zeros, and limits that are not positive and finite.
    assert_eq!(largest_magnitude(&[0.0, -0.0]), 0.0);
    assert_eq!(largest_magnitude(&[-3.0, 2.0]), 3.0);
    for limit in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert_eq!(grays(&[0.0, 0.5, -0.5], limit), [128; 3], "{limit}");
    }
    // Even the smallest numbers are distinguished.
    assert_eq!(grays(&[-1e-40, 1e-40], 1e-40), [0, 255]);
}

#[test]
fn broken_input_gives_a_typed_error() {
    let tile = vec![0.0f32; 784];
    let gallery = Gallery::new(28, 28);
    let error = |g: &Gallery| g.to_image().unwrap_err();
    assert!(matches!(error(&gallery), PlotError::Empty { .. }));
    assert!(matches!(error(&gallery.clone().row("a", &[])), PlotError::Empty { .. }));
    assert!(matches!(error(&Gallery::new(0, 5).row("a", &tile)), PlotError::Empty { .. }));

    let partial = error(&gallery.clone().row("a", &tile).row("b", &tile[1..]));
    assert!(matches!(partial, PlotError::PartialTile { found: 783, tile: 784, .. }));
    assert!(partial.to_string().contains("row 2 (\"b\")"), "{partial}");

    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut values = tile.clone();
        values[700] = bad;
        let error = error(&gallery.clone().row("decoded", &values));
        assert!(matches!(error, PlotError::NotDrawable { index: 700, .. }), "{error}");
        assert!(error.to_string().contains("decoded"));
    }
}

#[test]
fn huge_pictures_are_refused_before_they_are_allocated() {
    let values = vec![0.0f32; 784];
    let error = |g: Gallery| g.to_image().unwrap_err();
    for scale in [600, 10_000_000, usize::MAX / 28, usize::MAX] {
        let error = error(Gallery::new(28, 28).row("", &values).scale(scale));
        assert!(matches!(error, PlotError::TooLarge { .. }), "{scale}: {error}");
    }
    // Each side is within its limit, but the total is not.
    let error_both = error(Gallery::new(28, 28).row("", &values).scale(300));
    assert!(matches!(error_both, PlotError::TooLarge { width: 8440, height: 8440 }));
    // More columns than a side has pixels.
    let many = vec![0.0f32; 2000];
    assert!(matches!(error(Gallery::new(1, 1).row("", &many)), PlotError::TooLarge { .. }));
    // A tile whose size overflows cannot be in memory.
    let overflow = error(Gallery::new(usize::MAX, 2).row("", &values));
    assert!(matches!(overflow, PlotError::PartialTile { .. }));
}
