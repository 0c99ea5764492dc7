//! Up-sampling and the convolution after it in one operation: over random shapes against the naive
//! references of the two in sequence.

mod common;

use ae_tensor::kernels::conv::enlarged::{self, EnlargedConv2d};
use ae_tensor::kernels::gemm::Epilogue;
use ae_tensor::{Activation, with_threads};
use ae_testkit::Sampler;
use ae_testkit::naive::{self, Window2d, widen};
use common::{channels, exact, unwritten};
use proptest::prelude::*;

/// One operation with operands.
struct Case {
    image: [usize; 2],
    factor: [usize; 2],
    size: [usize; 2],
    inputs: usize,
    outputs: usize,
    conv: EnlargedConv2d,
    x: Vec<f32>,
    kernel: Vec<f32>,
    bias: Vec<f32>,
    dy: Vec<f32>,
}

impl Case {
    fn new(
        batch: usize,
        [image, factor, size, [inputs, outputs]]: [[usize; 2]; 4],
        numbers: impl Fn(u64, usize) -> Vec<f32>,
    ) -> Self {
        let conv = EnlargedConv2d::new(image, factor, size, [inputs, outputs]);
        let x = numbers(1, batch * conv.input_len());
        let (kernel, bias) = (numbers(2, conv.kernel_len()), numbers(3, outputs));
        let dy = numbers(4, batch * conv.output_len());
        Self { image, factor, size, inputs, outputs, conv, x, kernel, bias, dy }
    }

    /// The value with bias and `activation`, and both gradients of the convolution.
    fn all(&self, x: &[f32], dy: &[f32], activation: Activation) -> [Vec<f32>; 3] {
        let mut y = unwritten(dy.len());
        let epilogue = Epilogue { bias: Some(&self.bias), activation };
        enlarged::forward(&self.conv, x, &self.kernel, epilogue, &mut y);
        let mut dx = unwritten(x.len());
        enlarged::backward_input(&self.conv, dy, &self.kernel, &mut dx);
        let mut dkernel = unwritten(self.kernel.len());
        enlarged::backward_kernel(&self.conv, x, dy, &mut dkernel);
        [y, dx, dkernel]
    }

    fn reference(&self, activation: Activation) -> [Vec<f64>; 3] {
        let &Self { image, factor, size, inputs, outputs, .. } = self;
        let window = Window2d::same([image[0] * factor[0], image[1] * factor[1]], size, [1, 1]);
        let [x, kernel, bias, dy] = [&self.x, &self.kernel, &self.bias, &self.dy].map(|v| widen(v));
        let large = naive::up_sample2d(&x, image, inputs, factor);
        let mut y = naive::conv2d(&large, &kernel, window, inputs, outputs);
        for (i, y) in y.iter_mut().enumerate() {
            *y += bias[i % outputs];
            *y = naive::activation(&activation.to_string(), *y);
        }
        let dlarge = naive::conv2d_backward_input(&dy, &kernel, window, inputs, outputs);
        let dx = naive::up_sample2d_backward(&dlarge, image, inputs, factor);
        [y, dx, naive::conv2d_backward_kernel(&large, &dy, window, inputs, outputs)]
    }

    fn check(&self, activation: Activation) -> Result<(), String> {
        // Leaves NaN in all memory that is reused.
        let nan = vec![f32::NAN; self.x.len().max(self.dy.len())];
        self.all(&nan[..self.x.len()], &nan[..self.dy.len()], activation);
        let found = self.all(&self.x, &self.dy, activation);
        for (what, (f, e)) in
            ["y", "dx", "dkernel"].iter().zip(found.iter().zip(self.reference(activation)))
        {
            if widen(f) != e {
                return Err(format!("{what} of {:?}", self.conv));
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Taps that are added up in advance are exact too.
    #[test]
    fn any_shape_is_the_two_steps(
        batch in 0..=4usize, image in [1..=9usize, 1..=9], factor in [1..=4usize, 1..=4],
        size in [1..=7usize, 1..=7], inputs in channels(), outputs in channels(), which in 0..3usize,
    ) {
        let mut shape = [image, factor, size, [inputs, outputs]];
        let products: usize = shape.as_flattened().iter().product::<usize>() * batch;
        if products > 4_000_000 {
            // The reference is slow.
            shape[0] = shape[0].map(|n| n.min(3));
        }
        // The exact activations, with and without a second pass.
        let exact_ones = [Activation::Linear, Activation::Relu, Activation::LeakyRelu(0.25)];
        let activation = exact_ones[which];
        prop_assert_eq!(Case::new(batch, shape, exact).check(activation), Ok(()));
    }
}

/// Large enough for several threads in each of the three; beyond 8192 pixels of the small image the
/// kernel's gradient is a sum of partial sums.
const LARGE: [(usize, [[usize; 2]; 4]); 4] = [
    (5, [[41, 43], [2, 2], [3, 3], [1, 17]]),
    (4, [[47, 49], [2, 2], [3, 3], [16, 1]]),
    (3, [[1, 3100], [2, 1], [2, 3], [3, 2]]),
    (9, [[31, 33], [1, 3], [3, 2], [2, 33]]),
];

#[test]
fn many_pixels_are_the_two_steps() {
    for (batch, shape) in LARGE {
        assert_eq!(Case::new(batch, shape, exact).check(Activation::Linear), Ok(()));
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let rounded = |seed, len| Sampler::new(seed).vec(len, -1.0, 1.0);
    for (batch, shape) in LARGE {
        let case = Case::new(batch, shape, rounded);
        let run = |threads| {
            with_threads(threads, || case.all(&case.x, &case.dy, Activation::Sigmoid))
                .expect("threads start")
        };
        let one = run(1);
        for threads in [2, 3, 7] {
            assert!(run(threads) == one, "{threads} threads, {shape:?}");
        }
    }
}
