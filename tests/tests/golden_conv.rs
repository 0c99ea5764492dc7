//! Convolution, max-pooling and up-sampling, forward and backward, against PyTorch (f64) and
//! TensorFlow (f32), which agree: `conv.json`.
//!
//! The inputs are short binary fractions: every product and sum is exact in f32, in any order.
//! Hence equality.

use ae_autodiff::{Tape, Var};
use ae_tensor::kernels::conv::{self, Conv2d};
use ae_tensor::kernels::gemm::Epilogue;
use ae_tensor::kernels::{pool, upsample};
use ae_tensor::{Activation, Padding, Tensor, Window};
use ae_tests::{Array, read, run};
use serde::Deserialize;
use std::sync::LazyLock;

static GOLDEN: LazyLock<Golden> = LazyLock::new(|| read("conv.json"));

#[derive(Deserialize)]
struct Golden {
    conv2d: Vec<Conv>,
    max_pool2d: Vec<Pool>,
    up_sampling2d: Vec<UpSample>,
}

#[derive(Deserialize)]
struct Conv {
    name: String,
    stride: [usize; 2],
    padding: PaddingName,
    relu: bool,
    x: Array,
    kernel: Array,
    bias: Array,
    dy: Array,
    y: Array,
    dx: Array,
    dkernel: Array,
    dbias: Array,
}

#[derive(Deserialize)]
struct Pool {
    name: String,
    size: [usize; 2],
    stride: [usize; 2],
    padding: PaddingName,
    x: Array,
    dy: Array,
    y: Array,
    winners: Array,
    dx: Array,
}

#[derive(Deserialize)]
struct UpSample {
    name: String,
    factor: [usize; 2],
    x: Array,
    dy: Array,
    y: Array,
    dx: Array,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PaddingName {
    Same,
    Valid,
}

fn window(size: [usize; 2], stride: [usize; 2], padding: PaddingName) -> Window {
    let padding = match padding {
        PaddingName::Same => Padding::Same,
        PaddingName::Valid => Padding::Valid,
    };
    Window { size, stride, padding }
}

/// Height, width and channels of a batch of images.
fn image(array: &Array) -> ([usize; 2], usize) {
    let &[_, h, w, channels] = &array.shape[..] else { panic!("images: {:?}", array.shape) };
    ([h, w], channels)
}

impl Conv {
    fn window(&self) -> Window {
        window([self.kernel.shape[0], self.kernel.shape[1]], self.stride, self.padding)
    }

    fn activation(&self) -> Activation {
        if self.relu { Activation::Relu } else { Activation::Linear }
    }
}

#[track_caller]
fn assert_same(name: &str, found: &Tensor, expected: &Array) {
    assert_eq!(found, &expected.tensor(), "{name}");
}

#[test]
fn convolution_on_the_tape() {
    assert_eq!(GOLDEN.conv2d.len(), 19);
    for case in &GOLDEN.conv2d {
        let inputs = [&case.x, &case.kernel, &case.bias].map(Array::tensor);
        let (y, grads) = run(&inputs.each_ref(), &[], &case.dy.tensor(), |tape, v| {
            tape.conv2d(v[0], v[1], v[2], case.window(), case.activation())
        });
        assert_same(&case.name, &y, &case.y);
        for (found, expected) in grads.iter().zip([&case.dx, &case.dkernel, &case.dbias]) {
            assert_same(&case.name, found, expected);
        }
    }
}

/// The gradients of the kernels alone are for the sum that goes into the activation.
#[test]
fn convolution_by_its_kernels() {
    for case in &GOLDEN.conv2d {
        let ([h, w], channels) = image(&case.x);
        let placement = case.window().over([h, w]).expect("the window fits");
        assert_eq!(placement.output, image(&case.y).0, "{}", case.name);
        let conv = Conv2d::new(placement, channels, case.bias.data.len());
        let (x, kernel, bias) =
            (case.x.exact_f32(), case.kernel.exact_f32(), case.bias.exact_f32());
        let mut y = vec![f32::NAN; case.y.data.len()];
        let epilogue = Epilogue { bias: Some(&bias), activation: case.activation() };
        conv::forward(&conv, &x, &kernel, epilogue, &mut y);
        assert_eq!(y, case.y.exact_f32(), "{}", case.name);

        let blocked = |(&dy, &y): (&f32, &f32)| if case.relu && y <= 0.0 { 0.0 } else { dy };
        let dz: Vec<f32> = case.dy.exact_f32().iter().zip(&y).map(blocked).collect();
        let mut dx = vec![f32::NAN; x.len()];
        conv::backward_input(&conv, &dz, &kernel, &mut dx);
        assert_eq!(dx, case.dx.exact_f32(), "{}", case.name);
        let mut dkernel = vec![f32::NAN; kernel.len()];
        conv::backward_kernel(&conv, &x, &dz, &mut dkernel);
        assert_eq!(dkernel, case.dkernel.exact_f32(), "{}", case.name);
    }
}

#[test]
fn max_pooling_on_the_tape() {
    assert_eq!(GOLDEN.max_pool2d.len(), 12);
    for case in &GOLDEN.max_pool2d {
        let window = window(case.size, case.stride, case.padding);
        let x = case.x.tensor();
        let (y, grads) =
            run(&[&x], &[], &case.dy.tensor(), |tape, v| tape.max_pool2d(v[0], window));
        assert_same(&case.name, &y, &case.y);
        assert_same(&case.name, &grads[0], &case.dx);
    }
}

#[test]
fn max_pooling_by_its_kernels() {
    for case in &GOLDEN.max_pool2d {
        let (extents, channels) = image(&case.x);
        let window = window(case.size, case.stride, case.padding);
        let placement = window.over(extents).expect("the window fits");
        let len = case.y.data.len();
        let (mut y, mut winners) = (vec![f32::NAN; len], vec![f32::NAN; len]);
        pool::max_pool(&placement, channels, &case.x.exact_f32(), &mut y, &mut winners);
        assert_eq!(y, case.y.exact_f32(), "{}", case.name);
        assert_eq!(winners, case.winners.exact_f32(), "{}", case.name);
        let mut dx = vec![f32::NAN; case.x.data.len()];
        pool::max_pool_backward(&placement, channels, &winners, &case.dy.exact_f32(), &mut dx);
        assert_eq!(dx, case.dx.exact_f32(), "{}", case.name);
    }
}

#[test]
fn up_sampling() {
    assert_eq!(GOLDEN.up_sampling2d.len(), 3);
    for case in &GOLDEN.up_sampling2d {
        let (x, dy) = (case.x.tensor(), case.dy.tensor());
        let up = |tape: &mut Tape<'_>, v: &[Var]| tape.up_sample2d(v[0], case.factor);
        let (y, grads) = run(&[&x], &[], &dy, up);
        assert_same(&case.name, &y, &case.y);
        assert_same(&case.name, &grads[0], &case.dx);

        let (extents, channels) = image(&case.x);
        let (mut y, mut dx) = (vec![f32::NAN; dy.len()], vec![f32::NAN; x.len()]);
        upsample::up_sample(extents, channels, case.factor, x.data(), &mut y);
        upsample::up_sample_backward(extents, channels, case.factor, dy.data(), &mut dx);
        assert_eq!((y, dx), (case.y.exact_f32(), case.dx.exact_f32()), "{}", case.name);
    }
}
