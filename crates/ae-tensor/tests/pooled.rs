//! A convolution and the max pooling after it in one operation: to the bit the two in sequence,
//! which other files compare with the naive references.

mod common;

use ae_tensor::kernels::conv::pooled::{self, PooledConv2d};
use ae_tensor::kernels::conv::{self, Conv2d};
use ae_tensor::kernels::gemm::Epilogue;
use ae_tensor::kernels::pool::{max_pool, max_pool_backward};
use ae_tensor::{Activation, Placement, Window, with_threads};
use ae_testkit::Sampler;
use ae_testkit::naive::{self, Window2d, widen};
use common::{channels, exact, unwritten};
use proptest::prelude::*;

const HALVES: Window = Window::same([2, 2]).with_stride([2, 2]);

/// One operation with operands.
struct Case {
    conv: Conv2d,
    pool: Placement,
    x: Vec<f32>,
    kernel: Vec<f32>,
    bias: Vec<f32>,
    dy: Vec<f32>,
}

impl Case {
    /// `None` if a window does not fit.
    fn new(
        batch: usize,
        image: [usize; 2],
        [window, pool]: [Window; 2],
        [inputs, outputs]: [usize; 2],
        numbers: impl Fn(u64, usize) -> Vec<f32>,
    ) -> Option<Self> {
        let placement = window.over(image)?;
        let conv = Conv2d::new(placement, inputs, outputs);
        let pool = pool.over(placement.output)?;
        let x = numbers(1, batch * conv.input_len());
        let (kernel, bias) = (numbers(2, conv.kernel_len()), numbers(3, outputs));
        let dy = numbers(4, batch * pool.output[0] * pool.output[1] * outputs);
        Some(Self { conv, pool, x, kernel, bias, dy })
    }

    fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// The value, the winners and the kernel gradient.
    fn fused(&self, activation: Activation) -> [Vec<f32>; 3] {
        let conv = PooledConv2d::new(self.conv, self.pool);
        let (mut y, mut winners) = (unwritten(self.dy.len()), unwritten(self.dy.len()));
        let epilogue = Epilogue { bias: Some(&self.bias), activation };
        pooled::forward(&conv, &self.x, &self.kernel, epilogue, &mut y, &mut winners);
        let mut dkernel = unwritten(self.kernel.len());
        pooled::backward_kernel(&conv, &self.x, &winners, &self.dy, &mut dkernel);
        [y, winners, dkernel]
    }

    fn apart(&self, activation: Activation) -> [Vec<f32>; 3] {
        let batch = self.x.len() / self.conv.input_len();
        let mut z = unwritten(batch * self.conv.output_len());
        let epilogue = Epilogue { bias: Some(&self.bias), activation };
        conv::forward(&self.conv, &self.x, &self.kernel, epilogue, &mut z);
        let (mut y, mut winners) = (unwritten(self.dy.len()), unwritten(self.dy.len()));
        max_pool(&self.pool, self.outputs(), &z, &mut y, &mut winners);
        max_pool_backward(&self.pool, self.outputs(), &winners, &self.dy, &mut z);
        let mut dkernel = unwritten(self.kernel.len());
        conv::backward_kernel(&self.conv, &self.x, &z, &mut dkernel);
        [y, winners, dkernel]
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Half of the cases have the shape of an auto-encoder's first layer.
    #[test]
    fn any_shape_is_the_two_steps(
        batch in 0..=3usize, scene in common::scenes(), outputs in channels(), inputs in channels(),
        first in any::<bool>(), pool in common::scenes(), which in 0..3usize,
    ) {
        let padding = scene.window.padding;
        let (inputs, windows) = if first {
            (1, [Window { padding, ..Window::same([3, 3]) }, HALVES])
        } else {
            (inputs, [scene.window, pool.window])
        };
        let activation = [Activation::Linear, Activation::Relu, Activation::LeakyRelu(0.25)][which];
        if let Some(case) = Case::new(batch, scene.image, windows, [inputs, outputs], exact) {
            prop_assert!(case.fused(activation) == case.apart(activation), "{:?}", case.conv);
        }
    }
}

/// Rounded numbers too: the sums of the fused form have the same order.
#[test]
fn the_value_has_the_bits_of_the_two_steps_and_the_gradient_is_that_of_the_reference() {
    let rounded = |seed, len| Sampler::new(seed).vec(len, -1.0, 1.0);
    for (image, outputs) in [([28, 28], 32), ([2, 2], 1), ([6, 10], 17), ([4, 2], 48)] {
        let case =
            Case::new(3, image, [Window::same([3, 3]), HALVES], [1, outputs], rounded).unwrap();
        let ([y, winners, dkernel], apart) =
            (case.fused(Activation::Relu), case.apart(Activation::Relu));
        assert!(y == apart[0] && winners == apart[1], "{image:?} {outputs}");
        let indices: Vec<usize> = winners.iter().map(|&w| w as usize).collect();
        let pool = Window2d::same(image, [2, 2], [2, 2]);
        let dz = naive::max_pool2d_backward(&indices, &widen(&case.dy), pool, outputs);
        let window = Window2d::same(image, [3, 3], [1, 1]);
        let expected = naive::conv2d_backward_kernel(&widen(&case.x), &dz, window, 1, outputs);
        ae_testkit::assert_close(&dkernel, &expected, 1e-5, 1e-4);
    }
}

#[test]
fn nan_wins_and_the_first_of_equals() {
    let windows = [Window::same([3, 3]), HALVES];
    let mut case = Case::new(1, [4, 6], windows, [1, 18], |_, len| vec![0.0; len]).unwrap();
    case.kernel.iter_mut().for_each(|w| *w = 1.0);
    case.x[6 + 1] = f32::NAN; // row 1, column 1
    let [y, winners, _] = case.fused(Activation::Relu);
    for (pixel, (y, winners)) in y.chunks(18).zip(winners.chunks(18)).enumerate() {
        // Windows 0, 1, 3 and 4 of 2 x 3 see it; the last NaN of each wins.
        let expected = [Some(3.0), Some(2.0), None, Some(1.0), Some(0.0), None][pixel];
        assert!(y.iter().all(|y| y.is_nan() == expected.is_some()), "{pixel}");
        assert!(winners.iter().all(|&w| w == expected.unwrap_or(0.0)), "{pixel} {winners:?}");
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let rounded = |seed, len| Sampler::new(seed).vec(len, -1.0, 1.0);
    for (inputs, outputs) in [(1, 32), (1, 5), (16, 16)] {
        let windows = [Window::same([3, 3]), HALVES];
        let case = Case::new(70, [14, 14], windows, [inputs, outputs], rounded).unwrap();
        let run = |threads| {
            with_threads(threads, || case.fused(Activation::Relu)).expect("threads start")
        };
        let one = run(1);
        for threads in [2, 3, 7] {
            assert!(run(threads) == one, "{threads} threads, {inputs} {outputs}");
        }
    }
}
