//! The data: bytes until the moment they are needed as numbers.

use ae_tensor::kernels::convert::{gather_unit_rows, unit_from_u8};
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

    /// All samples in order, at most `size` at a time.
    ///
    /// # Panics
    /// If `size` is 0.
    pub fn chunks(&self, size: usize) -> impl Iterator<Item = Tensor> + use<'a> {
        let samples = *self;
        self.bytes.chunks(size * self.shape.len()).map(move |bytes| {
            let mut out = vec![0.0; bytes.len()];
            unit_from_u8(bytes, &mut out);
            Tensor::new(samples.batch_shape(bytes.len() / samples.shape.len()), out)
        })
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

/// The batches of an epoch, in a new random order each time: the one place where training data becomes f32.
///
/// Like Keras, it shuffles all indices and keeps the last batch, which may be smaller.
#[derive(Debug)]
pub struct Batches<'a> {
    samples: Samples<'a>,
    size: usize,
    order: Vec<usize>,
    next: usize,
    batch: Tensor,
}

impl<'a> Batches<'a> {
    /// Batches of `size` samples; [`Batches::start_epoch`] comes next.
    ///
    /// # Panics
    /// If `size` is 0.
    #[must_use]
    pub fn new(samples: Samples<'a>, size: usize) -> Self {
        assert!(size > 0, "Batches: a batch of 0 samples");
        Self { samples, size, order: Vec::new(), next: 0, batch: Tensor::zeros([0]) }
    }

    /// Shuffles for an epoch. The order depends on `seed` and `epoch` alone, so that a resumed run goes on as
    /// the first would have.
    pub fn start_epoch(&mut self, seed: u64, epoch: usize) {
        let mut rng = stream(seed, Purpose::Shuffle, epoch as u64, 0);
        permutation(&mut rng, self.samples.count(), &mut self.order);
        self.next = 0;
    }

    /// The next batch, `[at most size, ...sample shape]`; none at the end of the epoch. Its memory is that of
    /// the batch before.
    pub fn next_batch(&mut self) -> Option<&Tensor> {
        let indices = self.order.get(self.next..)?;
        let indices = &indices[..indices.len().min(self.size)];
        if indices.is_empty() {
            return None;
        }
        self.next += indices.len();
        let mut data = std::mem::replace(&mut self.batch, Tensor::zeros([0])).into_data();
        let len = self.samples.shape.len();
        data.resize(indices.len() * len, 0.0);
        gather_unit_rows(self.samples.bytes, len, indices, &mut data);
        self.batch = Tensor::new(self.samples.batch_shape(indices.len()), data);
        Some(&self.batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten samples of two pixels; sample `i` is `[i, 255 - i]`.
    fn bytes() -> Vec<u8> {
        (0..10).flat_map(|i| [i, 255 - i]).collect()
    }

    fn epoch_order(batches: &mut Batches<'_>) -> (Vec<usize>, Vec<usize>) {
        let (mut sizes, mut order) = (Vec::new(), Vec::new());
        while let Some(batch) = batches.next_batch() {
            sizes.push(batch.shape().dims()[0]);
            order.extend((0..batch.shape().dims()[0]).map(|i| (batch.row(i)[0] * 255.0) as usize));
        }
        (sizes, order)
    }

    #[test]
    fn an_epoch_visits_every_sample_once_and_keeps_the_rest() {
        let bytes = bytes();
        let mut batches = Batches::new(Samples::new(&bytes, [2]), 4);
        assert!(batches.next_batch().is_none(), "no epoch has begun");
        batches.start_epoch(1, 0);
        let (sizes, mut first) = epoch_order(&mut batches);
        assert_eq!(sizes, [4, 4, 2]);
        batches.start_epoch(1, 1);
        let (_, second) = epoch_order(&mut batches);
        assert_ne!(first, second);
        batches.start_epoch(1, 0);
        assert_eq!(epoch_order(&mut batches).1, first);
        first.sort_unstable();
        assert_eq!(first, (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn pixels_become_gray_levels_in_their_order() {
        let bytes = bytes();
        let samples = Samples::new(&bytes, [1, 2]);
        let x = samples.gather(&[3, 0]);
        assert_eq!(x.shape(), Shape::from([2, 1, 2]));
        assert_eq!(x.data(), [3.0 / 255.0, 252.0 / 255.0, 0.0, 1.0]);
        let chunks: Vec<usize> = samples.chunks(4).map(|x| x.shape().dims()[0]).collect();
        assert_eq!(chunks, [4, 4, 2]);
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
