//! The data: bytes until the moment they are needed as numbers.

use ae_tensor::kernels::convert::gather_unit_rows;
use ae_tensor::random::{Purpose, permutation, stream};
use ae_tensor::{Shape, Tensor};

/// A set of samples as bytes, all of one shape: a quarter of the memory that f32 would take.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a> {
    bytes: &'a [u8],
    shape: Shape,
}

impl<'a> Samples<'a> {
    /// The samples in `bytes`, each of this `shape` (without the batch).
    ///
    /// # Panics
    /// If a sample has no elements, or more than three extents, or `bytes` is no whole number of samples.
    #[must_use]
    pub fn new(bytes: &'a [u8], shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        assert!(
            !shape.is_empty() && shape.rank() <= 3 && bytes.len().is_multiple_of(shape.len()),
            "Samples: {} bytes for samples of shape {shape}",
            bytes.len()
        );
        Self { bytes, shape }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.bytes.len() / self.shape.len()
    }

    /// All of them, one after another.
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The shape of one sample.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The shape of `count` samples as one tensor, `[count, ...sample shape]`.
    #[must_use]
    pub fn batch_shape(&self, count: usize) -> Shape {
        self.shape.with_batch(count)
    }

    /// The samples of these numbers, in this order, as gray levels in [0, 1].
    ///
    /// # Panics
    /// If there is no sample of such a number.
    #[must_use]
    pub fn gather(&self, indices: &[usize]) -> Tensor {
        let mut out = vec![0.0; indices.len() * self.shape.len()];
        gather_unit_rows(self.bytes, self.shape.len(), indices, &mut out);
        Tensor::new(self.batch_shape(indices.len()), out)
    }

    /// The numbers of `count` different samples in random order, or of all if there are fewer: what a
    /// gallery shows. They depend on `seed` and on how many samples there are, alone.
    #[must_use]
    pub fn choose(&self, count: usize, seed: u64) -> Vec<usize> {
        let mut order = Vec::new();
        permutation(&mut stream(seed, Purpose::Gallery, 0, 0), self.count(), &mut order);
        order.truncate(count);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten samples of two pixels; sample `i` is `[i, 255 - i]`.
    fn bytes() -> Vec<u8> {
        (0..10).flat_map(|i| [i, 255 - i]).collect()
    }

    #[test]
    fn pixels_become_gray_levels_in_their_order() {
        let bytes = bytes();
        let samples = Samples::new(&bytes, [1, 2]);
        let x = samples.gather(&[3, 0]);
        assert_eq!(x.shape(), Shape::from([2, 1, 2]));
        assert_eq!(x.data(), [3.0 / 255.0, 252.0 / 255.0, 0.0, 1.0]);
    }

    #[test]
    fn a_gallery_shows_different_samples() {
        let bytes = bytes();
        let samples = Samples::new(&bytes, [2]);
        let mut chosen = samples.choose(6, 3);
        assert_eq!(chosen, samples.choose(6, 3));
        assert_ne!(chosen, samples.choose(6, 4));
        chosen.sort_unstable();
        chosen.dedup();
        assert_eq!(chosen.len(), 6);
        assert_eq!(samples.choose(99, 0).len(), 10);
    }

    #[test]
    #[should_panic(expected = "Samples: 20 bytes for samples of shape (3,)")]
    fn a_broken_sample() {
        let _ = Samples::new(&bytes(), [3]);
    }
}
