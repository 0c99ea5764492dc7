//! Shared by the parts on images: the number of images, the notebook's two models, and training
//! images.

use ae_autodiff::Params;
use ae_layers::{Activation, Sequential, Window, conv2d, dense, max_pool2d, up_sample2d};

/// The number of images per kernel call: as many as training gives to a thread at a time.
pub const IMAGES: usize = 8;
/// The number of pixels of an image.
pub const PIXELS: usize = 784;

/// `count` images of gray blobs, 28 x 28: the work does not depend on the pixels.
#[must_use]
pub fn blobs(count: usize) -> Vec<u8> {
    (0..count * PIXELS).map(|i| ((i * 7) % 256 * (i % 3) / 2) as u8).collect()
}

/// The dense model, 784 -> 10 -> 784.
///
/// Never: its shapes match.
#[must_use]
pub fn dense_model() -> (Sequential, Params) {
    let mut params = Params::new();
    let layers = [dense(10, Activation::Relu), dense(PIXELS, Activation::Sigmoid)];
    let model = Sequential::build([PIXELS], &layers, &mut params, 1).expect("the shapes fit");
    (model, params)
}

/// The floating-point operations of training [`dense_model`] on one image: five products (the
/// images are not parameters, so they have no gradient).
pub const DENSE_FLOPS: f64 = (5 * 2 * PIXELS * 10) as f64;

/// The convolutional model.
///
/// Never: its shapes match.
#[must_use]
pub fn denoising_model() -> (Sequential, Params) {
    let conv = || conv2d(32, Window::same([3, 3]), Activation::Relu);
    let halve = || max_pool2d(Window::same([2, 2]).with_stride([2, 2]));
    let double = || up_sample2d([2, 2]);
    let last = conv2d(1, Window::same([3, 3]), Activation::Sigmoid);
    let layers = [conv(), halve(), conv(), halve(), conv(), double(), conv(), double(), last];
    let mut params = Params::new();
    let model = Sequential::build([28, 28, 1], &layers, &mut params, 1).expect("the shapes fit");
    (model, params)
}

/// The same for [`denoising_model`], with its convolutions in direct form: 26.6 million.
#[must_use]
pub fn denoising_flops() -> f64 {
    let layers = [(28, 1, 32), (14, 32, 32), (7, 32, 32), (14, 32, 32), (28, 32, 1)];
    let forward: f64 = layers.iter().map(|&(side, i, o)| convolution_flops(side, i, o)).sum();
    // Two gradients for each forward pass, but none for the images.
    3.0 * forward - convolution_flops(28, 1, 32)
}

/// The floating-point operations of a 3 x 3 convolution of one image, and of each of its gradients,
/// padding included.
#[must_use]
pub fn convolution_flops(side: usize, inputs: usize, outputs: usize) -> f64 {
    (2 * side * side * 9 * inputs * outputs) as f64
}
