//! Draws photographs of drawings, with gray paper, shadows, a thin pen and noise. The results are
//! compared with those of the same drawings in thick white on black.

use ae_image::GrayImage;
use std::f32::consts::PI;

/// A stroke: points in the unit square, the first coordinate to the right, the second down.
type Stroke = Vec<(f32, f32)>;

/// A part of an ellipse around `center`, from one angle to another, in turns from the right.
fn arc(center: (f32, f32), radii: (f32, f32), from: f32, to: f32) -> Stroke {
    let at = |i: usize| {
        let angle = 2.0 * PI * (from + (to - from) * i as f32 / 24.0);
        (center.0 + radii.0 * angle.cos(), center.1 + radii.1 * angle.sin())
    };
    (0..=24).map(at).collect()
}

/// The digits 0 to 9, as a person may write them.
fn digit(number: usize) -> Vec<Stroke> {
    match number {
        0 => vec![arc((0.5, 0.5), (0.28, 0.4), 0.0, 1.0)],
        1 => vec![vec![(0.58, 0.1), (0.45, 0.9)]],
        2 => vec![
            [arc((0.5, 0.3), (0.25, 0.2), -0.5, 0.08), vec![(0.25, 0.9), (0.8, 0.88)]].concat(),
        ],
        3 => vec![
            arc((0.47, 0.3), (0.25, 0.2), -0.45, 0.25),
            arc((0.47, 0.7), (0.28, 0.2), -0.25, 0.4),
        ],
        4 => vec![vec![(0.45, 0.1), (0.2, 0.6), (0.8, 0.58)], vec![(0.65, 0.35), (0.6, 0.9)]],
        5 => vec![
            vec![(0.75, 0.1), (0.35, 0.12), (0.3, 0.45)],
            arc((0.45, 0.65), (0.27, 0.22), -0.32, 0.4),
        ],
        6 => {
            vec![vec![(0.6, 0.1), (0.4, 0.35), (0.3, 0.65)], arc((0.5, 0.68), (0.2, 0.2), 0.5, 1.5)]
        }
        7 => vec![vec![(0.22, 0.13), (0.78, 0.12), (0.42, 0.9)]],
        8 => vec![arc((0.5, 0.3), (0.2, 0.18), 0.0, 1.0), arc((0.5, 0.69), (0.24, 0.2), 0.0, 1.0)],
        _ => vec![arc((0.5, 0.33), (0.22, 0.2), 0.0, 1.0), vec![(0.72, 0.33), (0.62, 0.9)]],
    }
}

/// Returns how much of each pixel is covered by strokes of a pen `width` pixels wide: `side` pixels
/// for the unit square, moved to `at` on a sheet of `size`, columns and rows.
fn covered(
    strokes: &[Stroke],
    width: f32,
    side: f32,
    at: (f32, f32),
    size: (usize, usize),
) -> Vec<f32> {
    let place = |(x, y): (f32, f32)| (at.0 + side * x, at.1 + side * y);
    let mut cover = vec![0f32; size.0 * size.1];
    for pair in strokes.iter().flat_map(|stroke| stroke.windows(2)) {
        let (a, b) = (place(pair[0]), place(pair[1]));
        let reach = width / 2.0 + 1.0;
        let range = |a: f32, b: f32, most: usize| {
            let (low, high) = ((a.min(b) - reach).max(0.0), (a.max(b) + reach).max(0.0));
            low as usize..(high as usize + 1).min(most)
        };
        for row in range(a.1, b.1, size.1) {
            for col in range(a.0, b.0, size.0) {
                let (x, y) = (col as f32 + 0.5 - a.0, row as f32 + 0.5 - a.1);
                let (dx, dy) = (b.0 - a.0, b.1 - a.1);
                let along = ((x * dx + y * dy) / (dx * dx + dy * dy).max(1e-9)).clamp(0.0, 1.0);
                let distance = (x - along * dx).hypot(y - along * dy);
                let level = (width / 2.0 + 0.5 - distance).clamp(0.0, 1.0);
                let pixel = &mut cover[row * size.0 + col];
                *pixel = pixel.max(level);
            }
        }
    }
    cover
}

/// Noise of standard deviation 1, the same for every call.
fn noise(count: usize) -> impl Iterator<Item = f32> {
    let mut state = 7u64;
    let mut uniform = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    (0..count).map(move |_| (0..12).map(|_| uniform()).sum::<f32>() - 6.0)
}

/// A photograph: the paper's gray by place, in shares of the sheet; the ink's gray; the pen's width
/// in pixels; the deviation of the noise.
struct Photo {
    paper: fn(f32, f32) -> f32,
    ink: f32,
    pen: f32,
    noise: f32,
    size: (usize, usize),
    /// The drawing's size and place.
    side: f32,
    at: (f32, f32),
}

const PHOTO: Photo = Photo {
    paper: |x, y| 190.0 - 30.0 * x - 20.0 * y,
    ink: 50.0,
    pen: 2.5,
    noise: 6.0,
    size: (400, 400),
    side: 320.0,
    at: (40.0, 40.0),
};

impl Photo {
    fn of(&self, strokes: &[Stroke]) -> GrayImage {
        let (cols, rows) = self.size;
        let cover = covered(strokes, self.pen, self.side, self.at, self.size);
        let pixels = cover.iter().zip(noise(cols * rows)).enumerate().map(|(i, (cover, noise))| {
            let (x, y) = ((i % cols) as f32 / cols as f32, (i / cols) as f32 / rows as f32);
            let paper = (self.paper)(x, y);
            // Ink is darker in the shadow too.
            let ink = self.ink * paper / 190.0;
            (paper + cover * (ink - paper) + self.noise * noise).round().clamp(0.0, 255.0) as u8
        });
        GrayImage::new(rows, cols, pixels.collect())
    }
}

/// The same drawing as MNIST has it: white on black, with strokes a tenth as wide as it is high.
fn clean(strokes: &[Stroke]) -> GrayImage {
    let cover = covered(strokes, 34.0, 320.0, (40.0, 40.0), (400, 400));
    let pixels = cover.iter().map(|cover| (cover * 255.0).round() as u8).collect();
    GrayImage::new(400, 400, pixels).centre_as_mnist(0).expect("a drawing")
}

/// The share of pixels that are ink in both images, of those that are ink in either.
fn overlap(a: &GrayImage, b: &GrayImage) -> f64 {
    let is_ink = |image: &GrayImage, i: usize| image.pixels()[i] > 96;
    let count = |f: &dyn Fn(usize) -> bool| (0..784).filter(|&i| f(i)).count() as f64;
    count(&|i| is_ink(a, i) && is_ink(b, i)) / count(&|i| is_ink(a, i) || is_ink(b, i))
}

/// The mean squared difference, for values in [0, 1].
fn difference(a: &GrayImage, b: &GrayImage) -> f64 {
    let square = |(a, b): (&u8, &u8)| (f64::from(a.abs_diff(*b)) / 255.0).powi(2);
    a.pixels().iter().zip(b.pixels()).map(square).sum::<f64>() / 784.0
}

/// Returns the best overlap of the image, unmoved or moved by a pixel: the center of mass may be
/// between two pixels, and a small difference in gray decides to which it is rounded.
fn near_overlap(seen: &GrayImage, expected: &GrayImage) -> f64 {
    let moved = |by: usize, back: bool| {
        let mut pixels = seen.pixels().to_vec();
        if back {
            pixels.rotate_left(by)
        } else {
            pixels.rotate_right(by)
        }
        overlap(&GrayImage::new(28, 28, pixels), expected)
    };
    let steps = [0, 1, 27, 28, 29];
    steps.iter().flat_map(|&by| [moved(by, true), moved(by, false)]).fold(0.0, f64::max)
}

/// Returns what `reconstruct --invert` shows to a model.
fn seen(photo: &Photo, number: usize) -> Option<GrayImage> {
    photo.of(&digit(number)).invert().drawing(None)
}

#[test]
fn a_photographed_digit_is_the_drawing_and_not_its_paper() {
    let shadow = Photo { paper: |x, y| 200.0 - 60.0 * x - 50.0 * y, ..PHOTO };
    let edge = Photo { paper: |x, y| if x + y > 1.1 { 120.0 } else { 185.0 }, ..PHOTO };
    let round = |x: f32, y: f32| 195.0 - 90.0 * ((x - 0.5).powi(2) + (y - 0.5).powi(2));
    let squared = |x: f32, y: f32| {
        let line = |share: f32| (share * 400.0) as i32 % 40 < 2;
        if line(x) || line(y) { 150.0 } else { 190.0 }
    };
    let table = |x: f32, y: f32| if x < 0.06 || y > 0.93 { 60.0 } else { 190.0 - 30.0 * x };
    let hand = |x: f32, y: f32| if (x - 1.0).hypot(y - 1.0) < 0.7 { 90.0 } else { 200.0 };
    for (name, photo) in [
        ("gray", PHOTO),
        ("dark", Photo { paper: |x, _| 150.0 - 40.0 * x, ..PHOTO }),
        ("light", Photo { paper: |_, _| 200.0, ..PHOTO }),
        ("shadow", shadow),
        ("edge of a shadow", edge),
        ("vignette", Photo { paper: round, ..PHOTO }),
        ("fine pen", Photo { pen: 2.0, noise: 8.0, ..PHOTO }),
        ("pale ink", Photo { ink: 110.0, ..PHOTO }),
        ("noise", Photo { noise: 15.0, pen: 3.0, ..PHOTO }),
        ("squared paper", Photo { paper: squared, ..PHOTO }),
        ("a table's edge", Photo { paper: table, at: (50.0, 20.0), ..PHOTO }),
        ("the shadow of a hand", Photo { paper: hand, ..PHOTO }),
        ("in a corner", Photo { side: 150.0, at: (230.0, 20.0), ..PHOTO }),
    ] {
        for number in 0..10 {
            let seen = seen(&photo, number).unwrap_or_else(|| panic!("{name}, {number}: nothing"));
            let expected = clean(&digit(number));
            let found = near_overlap(&seen, &expected);
            assert!(found > 0.75, "{name}, {number}: an overlap of {found}");
            // Even a pixel away, it is nearer to this digit than to a black image.
            let nothing = GrayImage::new(28, 28, vec![0; 784]);
            let (far, off) = (difference(&nothing, &expected), difference(&seen, &expected));
            assert!(off < 0.6 * far, "{name}, {number}: off by {off}, and {far} from black");
            // A block has half of its pixels bright, a digit a fifth.
            let bright = seen.pixels().iter().filter(|&&pixel| pixel > 96).count();
            assert!(bright < 784 * 3 / 10, "{name}, {number}: {bright} bright pixels");
        }
    }
}

#[test]
fn a_thick_pen_and_a_large_photograph_are_taken_too() {
    let large = Photo { size: (2400, 1800), side: 1200.0, at: (700.0, 300.0), pen: 14.0, ..PHOTO };
    for number in [2, 5] {
        let expected = clean(&digit(number));
        assert!(near_overlap(&seen(&large, number).unwrap(), &expected) > 0.85);
        // A marker's strokes are not thickened.
        let marker = seen(&Photo { pen: 24.0, ..PHOTO }, number).unwrap();
        assert!(near_overlap(&marker, &expected) > 0.6);
        assert!(marker.pixels().iter().filter(|&&pixel| pixel > 96).count() > 60);
    }
}

#[test]
fn paper_without_a_drawing_has_none() {
    let blank = |noise: f32, paper| Photo { noise, paper, ..PHOTO }.of(&[]).invert();
    for noise in [0.0, 2.0, 6.0, 15.0] {
        assert_eq!(blank(noise, PHOTO.paper).drawing(None), None, "{noise}");
        assert_eq!(blank(noise, |x, _| 190.0 - 60.0 * x).drawing(None), None, "{noise}");
    }
}

/// A thin line on clean white paper once became a faint gray in 28 x 28 pixels.
#[test]
fn a_thin_line_of_a_drawing_program_is_as_thick_as_those_of_mnist() {
    for number in 0..10 {
        let clean_photo = Photo { paper: |_, _| 255.0, ink: 0.0, noise: 0.0, ..PHOTO };
        let found = near_overlap(&seen(&clean_photo, number).unwrap(), &clean(&digit(number)));
        assert!(found > 0.8, "{number}: an overlap of {found}");
    }
}
