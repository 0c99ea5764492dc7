//! Convolution and its gradients: over random shapes against the naive reference, and by properties
//! of any bilinear map and its adjoints.

mod common;

use ae_tensor::kernels::conv::{Conv2d, backward_input, backward_kernel, forward};
use ae_tensor::kernels::gemm::Epilogue;
use ae_tensor::{Activation, Window, with_threads};
use ae_testkit::Sampler;
use ae_testkit::naive::{self, widen};
use common::{Scene, channels, exact, scenes, unwritten};
use proptest::prelude::*;

/// One convolution with operands.
struct Case {
    scene: Scene,
    conv: Conv2d,
    inputs: usize,
    outputs: usize,
    x: Vec<f32>,
    kernel: Vec<f32>,
    dy: Vec<f32>,
}

impl Case {
    /// `None` if the window does not fit.
    fn new(
        scene: Scene,
        [inputs, outputs]: [usize; 2],
        numbers: impl Fn(u64, usize) -> Vec<f32>,
    ) -> Option<Self> {
        let conv = Conv2d::new(scene.window.over(scene.image)?, inputs, outputs);
        Some(Self {
            scene,
            conv,
            inputs,
            outputs,
            x: numbers(1, scene.batch * conv.input_len()),
            kernel: numbers(2, conv.kernel_len()),
            dy: numbers(3, scene.batch * conv.output_len()),
        })
    }

    fn forward(&self, x: &[f32], epilogue: Epilogue<'_>) -> Vec<f32> {
        let mut y = unwritten(self.dy.len());
        forward(&self.conv, x, &self.kernel, epilogue, &mut y);
        y
    }

    fn backward_input(&self, dy: &[f32]) -> Vec<f32> {
        let mut dx = unwritten(self.x.len());
        backward_input(&self.conv, dy, &self.kernel, &mut dx);
        dx
    }

    fn backward_kernel(&self, x: &[f32], dy: &[f32]) -> Vec<f32> {
        let mut dkernel = unwritten(self.kernel.len());
        backward_kernel(&self.conv, x, dy, &mut dkernel);
        dkernel
    }

    /// The value without bias and activation, and both gradients.
    fn all(&self) -> [Vec<f32>; 3] {
        [
            self.forward(&self.x, Epilogue::default()),
            self.backward_input(&self.dy),
            self.backward_kernel(&self.x, &self.dy),
        ]
    }

    /// As [`Case::all`], with the naive reference.
    fn reference(&self) -> [Vec<f64>; 3] {
        self.reference_of(&widen(&self.x), &widen(&self.kernel), &widen(&self.dy))
    }

    fn reference_of(&self, x: &[f64], kernel: &[f64], dy: &[f64]) -> [Vec<f64>; 3] {
        let (inputs, outputs) = (self.inputs, self.outputs);
        let window = self.scene.naive().expect("the window fits");
        [
            naive::conv2d(x, kernel, window, inputs, outputs),
            naive::conv2d_backward_input(dy, kernel, window, inputs, outputs),
            naive::conv2d_backward_kernel(x, dy, window, inputs, outputs),
        ]
    }

    /// How far a result may be from `expected`. Sums of these tests' numbers are exact, so no
    /// tolerance is needed, except where large tiles may be used: their matrices contain thirds.
    fn tolerance(&self, expected: &[f64]) -> f64 {
        let large_tiles = self.scene.window.size == [3, 3]
            && self.scene.window.stride == [1, 1]
            && self.inputs.is_multiple_of(16)
            && self.outputs.is_multiple_of(16);
        if large_tiles { 5e-6 * expected.iter().fold(1.0, |m, e| e.abs().max(m)) } else { 0.0 }
    }

    /// The first number of `found` that is not as `expected`.
    fn first_difference(&self, found: &[f32], expected: &[f64]) -> Option<(usize, f32, f64)> {
        assert_eq!(found.len(), expected.len());
        let tolerance = self.tolerance(expected);
        let pairs = found.iter().zip(expected).enumerate();
        let mut pairs = pairs.map(|(i, (&f, &e))| (i, f, e));
        let same = |f: f64, e: f64| f == e || (f - e).abs() <= tolerance;
        pairs.find(|&(_, f, e)| !same(f64::from(f), e))
    }

    /// Whether the scalar product `found` is `expected`. The operands are at most 2.
    fn same_dot(&self, found: f64, expected: f64) -> bool {
        let most = 8.0 * self.products() as f64;
        found == expected || (found - expected).abs() <= self.tolerance(&[most])
    }

    /// The number of multiplications in the convolution, including taps on the padding.
    fn products(&self) -> usize {
        self.dy.len() * self.kernel.len() / self.outputs
    }
}

fn scene(batch: usize, image: [usize; 2], window: Window) -> Scene {
    Scene { batch, image, window }
}

/// The scalar product, exact for the numbers of [`exact`].
fn dot(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

fn add(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    /// The sums of these numbers are exact, so no tolerance is needed.
    #[test]
    fn any_shape_is_the_definition(mut scene in scenes(), inputs in channels(), outputs in channels()) {
        let Some(mut case) = Case::new(scene, [inputs, outputs], exact) else {
            prop_assert_eq!(scene.naive(), None);
            return Ok(());
        };
        if case.products() > 4_000_000 {
            // The reference is slow.
            scene.batch = 1;
            case = Case::new(scene, [inputs, outputs], exact).unwrap();
        }
        // Leaves NaN in all memory that is reused.
        let nan = vec![f32::NAN; case.x.len().max(case.dy.len())];
        case.forward(&nan[..case.x.len()], Epilogue::default());
        case.backward_input(&nan[..case.dy.len()]);
        case.backward_kernel(&nan[..case.x.len()], &nan[..case.dy.len()]);
        for (what, (found, expected)) in
            ["y", "dx", "dkernel"].iter().zip(case.all().iter().zip(case.reference()))
        {
            let difference = case.first_difference(found, &expected);
            prop_assert!(difference.is_none(), "{}: {:?}", what, difference);
        }
    }

    #[test]
    fn bias_and_activation_come_after(
        scene in scenes(), inputs in channels(), outputs in channels(), with_bias in any::<bool>(),
    ) {
        let Some(case) = Case::new(scene, [inputs, outputs], exact) else { return Ok(()) };
        let z = case.forward(&case.x, Epilogue::default());
        let bias = exact(4, outputs);
        let z: Vec<f32> =
            z.iter().enumerate().map(|(i, z)| z + if with_bias { bias[i % outputs] } else { 0.0 }).collect();
        let run = |activation| {
            case.forward(&case.x, Epilogue { bias: with_bias.then_some(&bias[..]), activation })
        };
        prop_assert!(run(Activation::Linear) == z);
        prop_assert!(run(Activation::Relu) == z.iter().map(|z| z.max(0.0)).collect::<Vec<_>>());
        // The other activations give the same bits as on their own; `vectors.rs` compares those
        // with their formulas.
        for activation in Activation::ALL {
            let mut expected = z.clone();
            activation.apply(&mut expected);
            prop_assert!(run(activation) == expected, "{}", activation);
        }
    }

    /// `<x * k, dy> = <x, dx> = <k, dk>`: the property that makes them gradients, without any
    /// reference. Images may be larger here.
    #[test]
    fn gradients_are_adjoints(
        mut scene in scenes(), inputs in channels(), outputs in channels(), scale in 1..=4usize,
    ) {
        scene.image = scene.image.map(|n| n * scale);
        let Some(case) = Case::new(scene, [inputs, outputs], exact) else { return Ok(()) };
        let [y, dx, dkernel] = case.all();
        let expected = dot(&y, &case.dy);
        for found in [dot(&case.x, &dx), dot(&case.kernel, &dkernel)] {
            prop_assert!(case.same_dot(found, expected), "{} {}", found, expected);
        }
    }

    /// Images are independent of each other, and sums run over all of them.
    #[test]
    fn linear_and_image_by_image(mut scene in scenes(), inputs in channels(), outputs in channels()) {
        let Some(case) = Case::new(scene, [inputs, outputs], exact) else { return Ok(()) };
        let [y, dx, dkernel] = case.all();
        let (more_x, more_dy) = (exact(5, case.x.len()), exact(6, case.dy.len()));
        let sum = case.forward(&add(&case.x, &more_x), Epilogue::default());
        let expected = add(&y, &case.forward(&more_x, Epilogue::default()));
        prop_assert_eq!(case.first_difference(&sum, &widen(&expected)), None);
        let sum = case.backward_input(&add(&case.dy, &more_dy));
        let expected = add(&dx, &case.backward_input(&more_dy));
        prop_assert_eq!(case.first_difference(&sum, &widen(&expected)), None);

        scene.batch = 1;
        let mut one = Case::new(scene, [inputs, outputs], exact).unwrap();
        one.kernel.clone_from(&case.kernel);
        let mut dkernel_sum = vec![0.0; dkernel.len()];
        let (x, dy) = (case.conv.input_len(), case.conv.output_len());
        for ((x, dx), (y, dy)) in
            case.x.chunks(x).zip(dx.chunks(x)).zip(y.chunks(dy).zip(case.dy.chunks(dy)))
        {
            prop_assert!(one.forward(x, Epilogue::default()) == y);
            prop_assert!(one.backward_input(dy) == dx);
            dkernel_sum = add(&dkernel_sum, &one.backward_kernel(x, dy));
        }
        prop_assert_eq!(case.first_difference(&dkernel_sum, &widen(&dkernel)), None);
    }
}

/// Large enough for several threads in each of the three: beyond 8192 pixels even the kernel
/// gradient is a sum of partial sums. Both forms of every product occur.
fn large() -> impl Iterator<Item = (Scene, [usize; 2])> {
    let same = Window::same([3, 3]);
    let strided = Window::same([2, 3]).with_stride([1, 2]);
    let valid = Window::valid([3, 2]);
    [
        (scene(7, [37, 41], same), [1, 32]),
        (scene(5, [43, 45], same), [32, 1]),
        (scene(3, [57, 61], valid), [3, 17]),
        (scene(3, [57, 61], same), [17, 5]),
        (scene(5, [60, 61], strided), [2, 9]),
        (scene(1, [3, 3500], same), [2, 3]),
        (scene(30, [17, 19], Window::valid([1, 1])), [16, 16]),
        (scene(9, [33, 35], same), [16, 32]),
    ]
    .into_iter()
}

#[test]
fn many_pixels_are_the_definition() {
    for (scene, channels) in large() {
        let case = Case::new(scene, channels, exact).unwrap();
        for (found, expected) in case.all().iter().zip(case.reference()) {
            assert_eq!(case.first_difference(found, &expected), None, "{scene:?} {channels:?}");
        }
    }
}

/// Numbers that need rounding, so that a different summation order would be noticed.
fn rounded(seed: u64, len: usize) -> Vec<f32> {
    Sampler::new(seed).vec(len, -1.0, 1.0)
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    for (scene, channels) in large() {
        let case = Case::new(scene, channels, rounded).unwrap();
        let run = |threads| with_threads(threads, || case.all()).expect("threads start");
        let one = run(1);
        for threads in [2, 3, 7] {
            assert!(run(threads) == one, "{threads} threads, {scene:?} {channels:?}");
        }
    }
}

/// A sum of n products, in any order, is off by at most n 2^-24 times the sum of their magnitudes
/// (N. J. Higham, Accuracy and Stability of Numerical Algorithms, section 3.1).
#[test]
fn rounding_is_that_of_the_sums() {
    for (scene, channels) in large().chain([
        (scene(2, [28, 28], Window::same([3, 3])), [32, 32]),
        (scene(2, [9, 8], Window::same([5, 7]).with_stride([2, 3])), [33, 15]),
    ]) {
        let case = Case::new(scene, channels, rounded).unwrap();
        let abs = |x: &[f32]| -> Vec<f64> { x.iter().map(|&x| f64::from(x).abs()).collect() };
        let magnitudes = case.reference_of(&abs(&case.x), &abs(&case.kernel), &abs(&case.dy));
        let taps = case.kernel.len() / (case.inputs * case.outputs);
        let terms = [taps * case.inputs, taps * case.outputs, case.dy.len() / case.outputs];
        for (i, (found, expected)) in case.all().iter().zip(case.reference()).enumerate() {
            let unit = terms[i] as f64 * 2.0f64.powi(-24);
            for (j, (&f, e)) in found.iter().zip(expected).enumerate() {
                let off = (f64::from(f) - e).abs();
                assert!(off <= unit * magnitudes[i][j], "{scene:?} {channels:?}: {i} {j}: {f} {e}");
            }
        }
    }
}

/// A NaN or infinite pixel reaches exactly the outputs whose window contains it.
#[test]
fn a_nan_stays_in_its_windows() {
    for (inputs, outputs) in [(1, 32), (17, 17), (16, 1), (3, 2)] {
        let scene = scene(2, [6, 7], Window::same([3, 2]).with_stride([1, 2]));
        let mut case = Case::new(scene, [inputs, outputs], exact).unwrap();
        let pixel = 42 + 2 * 7 + 3; // of the second image, row 2, column 3
        case.x[pixel * inputs] = f32::NAN;
        let y = case.forward(&case.x, Epilogue::default());
        let [_, width] = scene.naive().unwrap().output;
        for (i, pixel) in y.chunks(outputs).enumerate() {
            let (image, row, column) = (i / (6 * width), i / width % 6, i % width);
            let sees = image == 1 && (1..=3).contains(&row) && column == 1;
            assert!(pixel.iter().all(|y| y.is_nan() == sees), "{inputs} {outputs} {i}");
        }
    }
}

#[test]
#[should_panic(expected = "conv2d: 17 elements in, 16 out and 9 in the kernel")]
fn lengths_are_checked() {
    let placement = Window::same([3, 3]).over([4, 4]).unwrap();
    let conv = Conv2d::new(placement, 1, 1);
    forward(&conv, &[0.0; 17], &[0.0; 9], Epilogue::default(), &mut [0.0; 16]);
}
