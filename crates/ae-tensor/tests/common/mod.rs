//! Helpers for the tests over random images.
#![allow(dead_code, reason = "each test file is a separate program and uses only some of these")]

use ae_tensor::{Padding, Window};
use ae_testkit::Sampler;
use ae_testkit::naive::Window2d;
use proptest::prelude::*;

/// A window and the images it moves over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    /// The number of images.
    pub(crate) batch: usize,
    /// Their height and width.
    pub(crate) image: [usize; 2],
    /// The window.
    pub(crate) window: Window,
}

impl Scene {
    /// The same window in the references' form; its extents must match those of the kernels.
    ///
    /// # Panics
    /// If they do not match.
    pub(crate) fn naive(&self) -> Option<Window2d> {
        let Window { size, stride, padding } = self.window;
        let expected = match padding {
            Padding::Same => Some(Window2d::same(self.image, size, stride)),
            Padding::Valid => Window2d::valid(self.image, size, stride),
        };
        let found = self.window.over(self.image);
        assert_eq!(found.map(|p| (p.output, p.before)), expected.map(|w| (w.output, w.before)));
        expected
    }
}

/// Batches of 0 to 5 images of 1 to 20 pixels a side; windows of 1 to 7 pixels a side, sometimes
/// larger than the image, in steps of 1 to 3. A valid window may not fit at all.
pub(crate) fn scenes() -> impl Strategy<Value = Scene> {
    let pair = |range: std::ops::RangeInclusive<usize>| [range.clone(), range];
    // Twice as many ones, since nearly all convolutions have them.
    let stride = || prop::sample::select(vec![1, 1, 2, 3]);
    (0..=5usize, pair(1..=20), pair(1..=7), [stride(), stride()], any::<bool>()).prop_map(
        |(batch, image, size, stride, same)| {
            let window = if same { Window::same(size) } else { Window::valid(size) };
            Scene { batch, image, window: window.with_stride(stride) }
        },
    )
}

/// A few, many, and one off a whole number of vectors.
pub(crate) fn channels() -> impl Strategy<Value = usize> {
    prop::sample::select(vec![1, 2, 3, 5, 8, 9, 15, 16, 17, 32, 33])
}

/// Multiples of 1/8 from -2 to 2. Products are multiples of 1/64 below 4; sums of up to 65,536 of
/// them are exact in f32, in any order.
pub(crate) fn exact(seed: u64, len: usize) -> Vec<f32> {
    let mut sampler = Sampler::new(seed);
    (0..len).map(|_| (sampler.bits() % 33) as f32 / 8.0 - 2.0).collect()
}

/// The memory of a result before it is computed.
pub(crate) fn unwritten(len: usize) -> Vec<f32> {
    vec![f32::NAN; len]
}
