//! Placing the digits of MNIST again must not change them.

use std::path::Path;

use ae_idx::{Dataset, MNIST};
use ae_image::GrayImage;

#[test]
fn centering_leaves_mnist_as_it_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/mnist");
    let test = Dataset::load_known(&MNIST, folder).expect("MNIST is in the repository").test;
    assert_eq!(test.count(), 10_000);
    let moved: Vec<usize> = (0..test.count())
        .filter(|&i| {
            let image = GrayImage::new(28, 28, test.image(i).to_vec());
            image.centre_as_mnist(0).as_ref() != Some(&image)
        })
        .collect();
    // Three have lost a faint line at the edge of their box, which is 19 pixels long now, and are
    // enlarged.
    assert_eq!(moved, [4530, 9300, 9302]);
}

/// Almost none of the digits is thickened, because their strokes have the right width.
#[test]
fn a_digit_of_mnist_is_taken_as_a_drawing_that_needs_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/mnist");
    let test = Dataset::load_known(&MNIST, folder).expect("MNIST is in the repository").test;
    let changed = (0..test.count()).filter(|&i| {
        let image = GrayImage::new(28, 28, test.image(i).to_vec());
        image.drawing(None) != image.centre_as_mnist(image.paper())
    });
    let changed: Vec<usize> = changed.collect();
    assert!(changed.len() <= 10, "{changed:?}");
}

#[test]
fn a_digit_moved_and_enlarged_finds_its_way_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/mnist");
    let test = Dataset::load_known(&MNIST, folder).expect("MNIST is in the repository").test;
    for i in 0..100 {
        let digit = test.image(i);
        // Five times as large, in the corner of a larger sheet.
        let mut sheet = vec![0; 200 * 300];
        for (r, line) in sheet.chunks_exact_mut(300).take(140).enumerate() {
            for (c, pixel) in line[160..].iter_mut().enumerate() {
                *pixel = digit[r / 5 * 28 + c / 5];
            }
        }
        let again = GrayImage::new(200, 300, sheet).centre_as_mnist(0).expect("ink");
        let off = |a: &[u8], b: &[u8]| -> u32 {
            a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b))).sum()
        };
        // The triangle of a reduction by 5 reaches over the next pixels: slightly softer, but at
        // the same position. Every other position fits worse. (A digit leaves four pixels free on
        // each side, so nothing wraps around.)
        let found = off(again.pixels(), digit);
        for step in [1, 27, 28, 29] {
            let forth = off(&again.pixels()[step..], &digit[..784 - step]);
            let back = off(&again.pixels()[..784 - step], &digit[step..]);
            assert!(
                found < forth.min(back),
                "image {i}: {found} in place, {forth} and {back} at {step}"
            );
        }
    }
}
