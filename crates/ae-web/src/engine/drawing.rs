//! A drawing, placed as the digits of MNIST are.

use super::EngineError;
use ae_image::{GrayImage, MNIST_SIDE};

/// The largest side of a drawing, in pixels.
const MOST: usize = 4096;

/// A drawing of this width and height, white on black, in 28 x 28 numbers from 0 to 1, sized and
/// centered like a digit of MNIST. All are 0 if nothing was drawn.
///
/// # Errors
/// If the number of pixels is not `width * height`, or a side is 0 or above 4096.
pub fn centered(gray: &[u8], width: usize, height: usize) -> Result<Vec<f32>, EngineError> {
    let sides = 1..=MOST;
    if !sides.contains(&width) || !sides.contains(&height) || gray.len() != width * height {
        let found = format_args!("{width} x {height} with {} pixels", gray.len()).to_string();
        let expected = format_args!("as many pixels as {MOST} x {MOST} at most have").to_string();
        return Err(EngineError::new("drawing", expected, found));
    }
    let drawing = GrayImage::new(height, width, gray.to_vec()).centre_as_mnist(0);
    Ok(match drawing {
        Some(image) => image.pixels().iter().map(|&gray| f32::from(gray) / 255.0).collect(),
        None => vec![0.0; MNIST_SIDE * MNIST_SIDE],
    })
}
