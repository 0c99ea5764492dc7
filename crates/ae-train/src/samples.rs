//! The data: numbers, or bytes that are converted to numbers when they are needed, and that may
//! stay in a file until then.

use crate::Examples;
use ae_files::StoredRows;
use ae_tensor::kernels::convert::{gather_unit_rows, unit_from_u8};
use ae_tensor::{Shape, Tensor};

/// A set of samples, all of one shape: bytes, f32 numbers, or bytes that are not in memory.
///
/// Bytes are pixels, 0 to 255 for 0 to 1, and take a quarter of the memory. Numbers are used
/// unchanged.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a> {
    values: Values<'a>,
    shape: Shape,
}

#[derive(Clone, Copy, Debug)]
enum Values<'a> {
    Bytes(&'a [u8]),
    Numbers(&'a [f32]),
    Stored(&'a dyn StoredRows),
}

/// The number of stored bytes that are read at a time where nothing reads ahead.
const READ_LEN: usize = 1 << 16;

/// The numbers of one sample as they are stored.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pixels<'a> {
    /// 0 to 255 for 0 to 1.
    Bytes(&'a [u8]),
    Numbers(&'a [f32]),
}

impl Values<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Numbers(numbers) => numbers.len(),
            Self::Stored(rows) => rows.count() * rows.row_len(),
        }
    }
}

impl<'a> Samples<'a> {
    /// The samples in `bytes`, each of this `shape` (without the batch).
    ///
    /// # Panics
    /// If a sample has no elements, or more than three extents, or the length of `bytes` is not a
    /// multiple of a sample's.
    #[must_use]
    pub fn new(bytes: &'a [u8], shape: impl Into<Shape>) -> Self {
        Self::checked(Values::Bytes(bytes), "bytes", shape.into())
    }

    /// The samples in `numbers`, each of this `shape` (without the batch). They do not have to be
    /// from 0 to 1, but a loss may require it: see
    /// [`Loss::wants_unit_targets`](crate::Loss::wants_unit_targets).
    ///
    /// # Panics
    /// If a sample has no elements, or more than three extents, or the length of `numbers` is not a
    /// multiple of a sample's.
    #[must_use]
    pub fn from_f32(numbers: &'a [f32], shape: impl Into<Shape>) -> Self {
        Self::checked(Values::Numbers(numbers), "numbers", shape.into())
    }

    /// The samples in `rows`, a row of bytes for each sample of this `shape` (without the batch).
    /// They are read when they are needed, and give the same numbers, bit by bit, as the same bytes
    /// in memory. [`Fit`](crate::Fit) reads the next batches in the background.
    ///
    /// A row that cannot be read is zeros. [`Samples::fault`] says so, and `Fit` ends with
    /// [`FitError::Data`](crate::FitError::Data).
    ///
    /// # Panics
    /// If a sample has no elements, or more than three extents, or a row has another length.
    #[must_use]
    pub fn stored(rows: &'a dyn StoredRows, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        assert!(
            rows.row_len() == shape.len(),
            "Samples: rows of {} bytes for samples of shape {shape}",
            rows.row_len()
        );
        Self::checked(Values::Stored(rows), "stored bytes", shape)
    }

    fn checked(values: Values<'a>, what: &str, shape: Shape) -> Self {
        assert!(
            !shape.is_empty() && shape.rank() <= 3 && values.len().is_multiple_of(shape.len()),
            "Samples: {} {what} for samples of shape {shape}",
            values.len()
        );
        Self { values, shape }
    }

    /// The number of samples.
    #[must_use]
    pub fn count(&self) -> usize {
        self.values.len() / self.shape.len()
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

    /// The samples with these indices, in this order: bytes as gray levels in [0, 1], numbers
    /// unchanged.
    ///
    /// # Panics
    /// If an index is not below the number of samples.
    #[must_use]
    pub fn gather(&self, indices: &[usize]) -> Tensor {
        let mut out = vec![0.0; indices.len() * self.shape.len()];
        self.gather_into(indices, &mut out);
        Tensor::new(self.batch_shape(indices.len()), out)
    }

    /// All samples, in their order, as [`Samples::gather`] returns them.
    #[must_use]
    pub fn all(&self) -> Tensor {
        self.gather(&(0..self.count()).collect::<Vec<_>>())
    }

    /// The first fault of reading stored samples, in one line, if there was one: then some samples
    /// were zeros. Ask after [`Samples::gather`] and after all that computes with stored samples
    /// and returns no error.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        self.rows().and_then(StoredRows::fault)
    }

    /// The rows that are not in memory.
    pub(crate) fn rows(&self) -> Option<&'a dyn StoredRows> {
        match self.values {
            Values::Stored(rows) => Some(rows),
            _ => None,
        }
    }

    /// Writes the samples with these indices to `out`.
    pub(crate) fn gather_into(&self, indices: &[usize], out: &mut [f32]) {
        let len = self.shape.len();
        match self.values {
            Values::Bytes(bytes) => gather_unit_rows(bytes, len, indices, out),
            Values::Numbers(numbers) => {
                for (row, &index) in out.chunks_exact_mut(len).zip(indices) {
                    row.copy_from_slice(&numbers[index * len..][..len]);
                }
            }
            Values::Stored(rows) => {
                // A few rows at a time: their bytes are still in the cache when they are converted.
                let at_a_time = (READ_LEN / len).clamp(1, indices.len().max(1));
                let mut bytes = vec![0; at_a_time * len];
                for (out, indices) in out.chunks_mut(at_a_time * len).zip(indices.chunks(at_a_time))
                {
                    let bytes = &mut bytes[..out.len()];
                    rows.read(indices, bytes);
                    unit_from_u8(bytes, out);
                }
            }
        }
    }

    /// The sample of this index, without conversion; read into `buffer` if it is not in memory.
    pub(crate) fn pixels<'b>(&'b self, index: usize, buffer: &'b mut Vec<u8>) -> Pixels<'b> {
        let place = index * self.shape.len()..(index + 1) * self.shape.len();
        match self.values {
            Values::Bytes(bytes) => Pixels::Bytes(&bytes[place]),
            Values::Numbers(numbers) => Pixels::Numbers(&numbers[place]),
            Values::Stored(rows) => {
                buffer.resize(self.shape.len(), 0);
                rows.read(&[index], buffer);
                Pixels::Bytes(buffer)
            }
        }
    }

    /// The first element for which the condition does not hold, if there is one. Bytes are always
    /// from 0 to 1, wherever they are.
    pub(crate) fn first_not(&self, as_it_should: impl Fn(f32) -> bool) -> Option<f32> {
        match self.values {
            Values::Bytes(_) | Values::Stored(_) => None,
            Values::Numbers(numbers) => numbers.iter().copied().find(|&x| !as_it_should(x)),
        }
    }

    /// The indices of `count` different samples in random order, or of all samples if there are
    /// fewer, for a gallery. They depend only on `seed` and on the number of samples.
    #[must_use]
    pub fn choose(&self, count: usize, seed: u64) -> Vec<usize> {
        Examples::clean(*self).choose(count, seed)
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
    fn numbers_stay_as_they_are_and_equal_bytes_over_255() {
        let bytes = bytes();
        let numbers: Vec<f32> = bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect();
        let (samples, same) = (Samples::new(&bytes, [2]), Samples::from_f32(&numbers, [2]));
        assert_eq!((same.count(), same.shape()), (10, samples.shape()));
        assert_eq!(same.gather(&[3, 0, 3]), samples.gather(&[3, 0, 3]));
        assert_eq!(same.all(), samples.all());
        assert_eq!(same.all().data(), numbers);
        let any = Samples::from_f32(&[-3.5, 1e9], [1]);
        assert_eq!(any.gather(&[1, 0]).data(), [1e9, -3.5]);
        assert_eq!(any.first_not(|x| x >= 0.0), Some(-3.5));
        assert_eq!(same.first_not(|x| (0.0..=1.0).contains(&x)), None);
    }

    #[test]
    #[should_panic(expected = "Samples: 3 numbers for samples of shape (2,)")]
    fn a_broken_sample_of_numbers() {
        let _ = Samples::from_f32(&[0.0; 3], [2]);
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
