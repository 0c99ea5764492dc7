//! What MNIST's makers did to their digits, done again to their result: nothing may change.

use std::path::Path;

use ae_idx::{Dataset, MNIST};
use ae_image::GrayImage;

#[test]
fn centring_leaves_mnist_as_it_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/mnist");
    let test = Dataset::load_known(&MNIST, folder).expect("MNIST is in the repository").test;
    assert_eq!(test.count(), 10_000);
    let moved: Vec<usize> = (0..test.count())
        .filter(|&i| {
            let image = GrayImage::new(28, 28, test.image(i).to_vec());
            image.centre_as_mnist(0).as_ref() != Some(&image)
        })
        .collect();
    assert!(
        moved.is_empty(),
        "{} images changed: {:?} ...",
        moved.len(),
        &moved[..moved.len().min(10)]
    );
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
        let off = |(a, b): (&u8, &u8)| f64::from(a.abs_diff(*b));
        let mean = again.pixels().iter().zip(digit).map(off).sum::<f64>() / 784.0;
        // The triangle of a reduction by 5 reaches over the next pixels: a little softer, at the same place. A
        // digit moved by one pixel is off by 15 and more.
        assert!(mean < 12.0, "image {i}: off by {mean} on average");
    }
}
