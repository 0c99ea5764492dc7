//! PNG images.

use ae_image::{Channels, GrayImage, ImageFile, Limits, MNIST_SIDE, Options, Raster, read};

use crate::read::{NAME, both_ways};

/// Small, so that thousands of inputs can be tested per second.
const LIMITS: Limits = Limits { max_file_bytes: 1 << 20, max_side: 512, max_pixels: 1 << 16 };

/// Reads any bytes as a PNG image. An image that is read respects the limits, a lighter background
/// makes a transparent image lighter everywhere, and every operation accepts every image that was
/// read. In color it has the same size and, up to rounding, the same luma.
///
/// # Panics
///
/// When the property does not hold.
pub fn png_image(bytes: &[u8]) {
    let over = |background| {
        let options = Options { limits: LIMITS, background };
        both_ways(bytes, |from| read(from, NAME, &options), GrayImage::eq)
    };
    let (black, white) = match (over(0), over(255)) {
        (Ok(black), Ok(white)) => (black, white),
        (Err(black), Err(white)) => return assert_eq!(black.to_string(), white.to_string()),
        _ => panic!("whether an image is sound depends on what is behind it"),
    };
    assert!(black.rows().max(black.cols()) <= LIMITS.max_side as usize);
    assert_eq!(black.pixels().len(), black.rows() * black.cols());
    assert!(black.pixels().len() as u64 <= LIMITS.max_pixels);
    assert_eq!((black.rows(), black.cols()), (white.rows(), white.cols()));
    assert!(black.pixels().iter().zip(white.pixels()).all(|(b, w)| b <= w));

    check_color(bytes, &white);
    assert_eq!(black.resize(black.rows(), black.cols()), black);
    assert_eq!(black.clone().invert().invert(), black);
    let paper = bytes.last().copied().unwrap_or(0);
    for (image, paper) in [(&black, 0), (&white.clone().invert(), paper)] {
        let small = image.resize(9, 14);
        let (least, most) = range(image);
        assert!(
            small.pixels().iter().all(|p| (least..=most).contains(p)),
            "beyond {least} to {most}"
        );
        match image.centre_as_mnist(paper) {
            Some(centered) => {
                assert_eq!((centered.rows(), centered.cols()), (MNIST_SIDE, MNIST_SIDE));
                assert!((1..=most).contains(&range(&centered).1));
            }
            // Only faint ink, or ink in a box that shrinks, may vanish.
            None => assert!(most <= paper || most < 4 || image.rows().max(image.cols()) > 20),
        }
        for drawing in [image.drawing(None), image.drawing(Some(paper))].into_iter().flatten() {
            assert_eq!((drawing.rows(), drawing.cols()), (MNIST_SIDE, MNIST_SIDE));
        }
    }
}

/// Checks the same image in color over white.
fn check_color(bytes: &[u8], white: &GrayImage) {
    let file = ImageFile::from_reader(bytes, NAME, &LIMITS).expect("a file that was read in gray");
    let color = file.read_raster(Channels::Rgb, 255).expect("a file that was read in gray");
    assert_eq!((color.rows(), color.cols()), (white.rows(), white.cols()));
    let planes = color.planes();
    for (i, &gray) in white.pixels().iter().enumerate() {
        let pixel = [0, 1, 2].map(|channel: usize| f64::from(planes[channel].pixels()[i]));
        let luma = 0.212_647_84 * pixel[0] + 0.715_179_2 * pixel[1] + 0.072_173_04 * pixel[2];
        // Each channel is rounded, and so is the gray.
        assert!((luma - f64::from(gray)).abs() < 1.01, "{pixel:?} and {gray}");
        assert!(file.is_colored() || pixel == [pixel[0]; 3], "a color in a gray image: {pixel:?}");
    }
    assert_eq!(Raster::from_planes(&planes), color);
    assert_eq!(color.resize(color.rows(), color.cols()), color);
}

fn range(image: &GrayImage) -> (u8, u8) {
    let pixels = image.pixels();
    // An image has at least one pixel.
    (*pixels.iter().min().unwrap_or(&0), *pixels.iter().max().unwrap_or(&0))
}
