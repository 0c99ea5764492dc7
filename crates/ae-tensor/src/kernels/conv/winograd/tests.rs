//! Winograd's scheme against the direct form, and both against the definition in f64.

use super::super::super::parallel::with_threads;
use super::super::super::window::Window;
use super::super::{Conv2d, kernel_gradient as direct_gradient, product as direct_product};
use super::*;
use ae_testkit::{Sampler, naive};

/// A convolution with 3 x 3 taps, its operands, and the old content of memory.
struct Case {
    conv: Conv2d,
    x: Vec<f32>,
    kernel: Vec<f32>,
    dy: Vec<f32>,
}

impl Case {
    fn new(
        window: Window,
        image: [usize; 2],
        images: usize,
        [inputs, outputs]: [usize; 2],
        number: impl Fn(&mut Sampler) -> f32,
    ) -> Self {
        let conv = Conv2d::new(window.over(image).expect("the window fits"), inputs, outputs);
        let mut sampler = Sampler::new((image[0] * 100 + image[1]) as u64);
        let mut numbers = |len: usize| (0..len).map(|_| number(&mut sampler)).collect();
        let x = numbers(images * conv.input_len());
        let kernel = numbers(conv.kernel_len());
        let dy = numbers(images * conv.output_len());
        Self { conv, x, kernel, dy }
    }

    fn suits(&self) -> bool {
        suits(&self.conv.patches(&self.x), self.conv.outputs)
    }

    /// The value and the kernel gradient, with Winograd's scheme as it is chosen.
    fn fast(&self) -> [Vec<f32>; 2] {
        let (patches, outputs) = (self.conv.patches(&self.x), self.conv.outputs);
        let (mut y, mut dk) = self.unwritten();
        product(&patches, &self.kernel, outputs, Epilogue::default(), &mut y);
        kernel_gradient(&patches, &self.dy, outputs, &mut dk);
        [y, dk]
    }

    /// The same with a scheme.
    fn by<S: Scheme<M, N, PLACES>, const M: usize, const N: usize, const PLACES: usize>(
        &self,
    ) -> [Vec<f32>; 2] {
        let (patches, outputs) = (self.conv.patches(&self.x), self.conv.outputs);
        let (mut y, mut dk) = self.unwritten();
        product_by::<S, M, N, PLACES>(&patches, &self.kernel, outputs, Epilogue::default(), &mut y);
        kernel_gradient_by::<S, M, N, PLACES>(&patches, &self.dy, outputs, &mut dk);
        [y, dk]
    }

    fn small_tiles(&self) -> [Vec<f32>; 2] {
        self.by::<Two, 2, 4, 16>()
    }

    fn large_tiles(&self) -> [Vec<f32>; 2] {
        self.by::<Four, 4, 6, 36>()
    }

    /// The same by the definition, in f64.
    fn definition(&self, window: naive::Window2d) -> [Vec<f64>; 2] {
        let [x, kernel, dy] = [&self.x, &self.kernel, &self.dy].map(|v| naive::widen(v));
        let Conv2d { inputs, outputs, .. } = self.conv;
        [
            naive::conv2d(&x, &kernel, window, inputs, outputs),
            naive::conv2d_backward_kernel(&x, &dy, window, inputs, outputs),
        ]
    }

    /// The same with the direct form.
    fn direct(&self) -> [Vec<f32>; 2] {
        let (patches, outputs) = (self.conv.patches(&self.x), self.conv.outputs);
        let (mut y, mut dk) = self.unwritten();
        direct_product::direct(&patches, &self.kernel, outputs, Epilogue::default(), &mut y);
        direct_gradient::direct(&patches, &self.dy, outputs, &mut dk);
        [y, dk]
    }

    fn unwritten(&self) -> (Vec<f32>, Vec<f32>) {
        (vec![f32::NAN; self.dy.len()], vec![f32::NAN; self.kernel.len()])
    }
}

/// Multiples of 1/4 from -2 to 2: all sums, halves and products of them that occur are exact in
/// either form.
fn exact(sampler: &mut Sampler) -> f32 {
    (sampler.bits() % 17) as f32 / 4.0 - 2.0
}

#[test]
fn small_tiles_equal_the_direct_form_to_the_bit_where_nothing_is_rounded() {
    let mut cases = 0;
    for image in [[2, 2], [4, 4], [7, 7], [5, 6], [6, 5], [14, 14], [13, 9], [12, 31]] {
        for channels in [[16, 16], [32, 48], [48, 16], [32, 32]] {
            for window in [Window::same([3, 3]), Window::valid([3, 3])] {
                if window.over(image).is_none() {
                    continue;
                }
                for images in [1, 3] {
                    let case = Case::new(window, image, images, channels, exact);
                    if case.suits() {
                        cases += 1;
                        assert!(case.small_tiles() == case.direct(), "{:?} {images}", case.conv);
                    }
                }
            }
        }
    }
    assert!(cases >= 80, "{cases}");
}

#[test]
fn suits_whole_vectors_of_channels_and_three_taps_side_by_side() {
    let same = Window::same([3, 3]);
    let suited =
        |window: Window, image, channels| Case::new(window, image, 1, channels, exact).suits();
    assert!(suited(same, [14, 14], [32, 32]));
    assert!(suited(same, [7, 7], [16, 48]));
    assert!(!suited(same, [3, 3], [32, 32]), "more tile than image");
    assert!(!suited(same, [14, 14], [1, 32]));
    assert!(!suited(same, [14, 14], [32, 8]));
    assert!(!suited(same.with_stride([1, 2]), [14, 14], [32, 32]));
    assert!(!suited(Window::same([3, 2]), [14, 14], [32, 32]));
}

/// The root mean square of the error, relative to the root mean square of the exact values.
fn relative_error(found: &[f32], exact: &[f64]) -> f64 {
    let square: f64 = found.iter().zip(exact).map(|(&f, e)| (f64::from(f) - e).powi(2)).sum();
    let norm: f64 = exact.iter().map(|e| e * e).sum();
    (square / norm).sqrt()
}

/// All sizes at the edge: less than a tile, one, and every number of pixels more.
#[test]
fn large_tiles_are_the_definition_for_any_size() {
    for image in [[1, 1], [3, 2], [4, 4], [5, 9], [6, 7], [7, 7], [14, 14], [8, 31]] {
        for (channels, images) in [([16, 16], 1), ([32, 48], 2), ([48, 16], 5)] {
            let window = Window::same([3, 3]);
            let case = Case::new(window, image, images, channels, |s| s.uniform(-1.0, 1.0));
            let expected = case.definition(naive::Window2d::same(image, [3, 3], [1, 1]));
            for (found, expected) in case.large_tiles().iter().zip(expected) {
                let error = relative_error(found, &expected);
                assert!(error < 4e-6, "{:?} {images}: {error:e}", case.conv);
            }
        }
    }
}

#[test]
fn large_tiles_are_used_where_they_save_products() {
    let large = |image| {
        let case = Case::new(Window::same([3, 3]), image, 1, [16, 16], exact);
        super::large_tiles(&case.conv.patches(&case.x))
    };
    assert!(large([14, 14]) && large([7, 7]) && large([28, 28]) && large([8, 100]));
    // Two tiles in each direction have as many places as nine small ones.
    assert!(!large([6, 6]) && !large([5, 5]) && !large([2, 2]));
}

/// The errors of both schemes and of the direct form, for the sizes of the denoising model: those
/// that the module's documentation states. Both gradients of a convolution are such products too.
#[test]
fn rounding_errors_are_those_of_the_documentation() {
    for image in [[14, 14], [7, 7]] {
        let same = Window::same([3, 3]);
        let case = Case::new(same, image, 8, [32, 32], |sampler| sampler.uniform(-1.0, 1.0));
        let exact = case.definition(naive::Window2d::same(image, [3, 3], [1, 1]));
        let errors = [case.direct(), case.small_tiles(), case.large_tiles()]
            .map(|found| [0, 1].map(|i| relative_error(&found[i], &exact[i])));
        let [direct, small, large] = errors;
        println!("{image:?}: direct {direct:?}, small tiles {small:?}, large {large:?}");
        for i in [0, 1] {
            assert!(small[i] < 1.2 * direct[i] && small[i] < 3e-7, "{i}: {small:?} {direct:?}");
        }
        assert!(large[0] < 8e-7 && large[1] < 8e-7, "{large:?} {direct:?}");
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let same = Window::same([3, 3]);
    let images = 2 * Tiles { rows: 4, width: 4, together: 1 }.images_per_sum() + 5;
    let case = Case::new(same, [14, 14], images, [16, 16], |s| s.uniform(-1.0, 1.0));
    let run = |threads| {
        with_threads(threads, || [case.small_tiles(), case.large_tiles()]).expect("threads start")
    };
    let one = run(1);
    for threads in [2, 3, 7] {
        assert!(run(threads) == one, "{threads} threads");
    }
}

#[test]
fn a_nan_reaches_its_windows_and_stays_in_its_image() {
    let mut case = Case::new(Window::same([3, 3]), [6, 6], 3, [16, 16], exact);
    case.x[(36 + 2 * 6 + 3) * 16] = f32::NAN; // of the second image, row 2, column 3
    let [y, _] = case.fast();
    for (i, pixel) in y.chunks(16).enumerate() {
        let (image, row, column) = (i / 36, i / 6 % 6, i % 6);
        let sees = image == 1 && (1..=3).contains(&row) && (2..=4).contains(&column);
        assert!(!sees || pixel.iter().all(|y| y.is_nan()), "{i}");
        assert!(image == 1 || pixel.iter().all(|y| y.is_finite()), "{i}");
    }
}
