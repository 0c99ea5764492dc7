//! The values of images or vectors, wherever they are.

use ae_files::RowFile;
use std::sync::Arc;

/// Where the values are.
#[derive(Clone, Debug)]
pub(super) enum Values {
    Memory(Vec<u8>),
    /// The numbers of vectors, all of them finite.
    Numbers(Vec<f32>),
    /// The rows of a file that are the images, in the order of the images.
    Stored(Arc<RowFile>, Vec<u32>),
}

/// Values in memory are compared. Those in a file are equal if they are the same rows of one file.
impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Memory(values), Self::Memory(others)) => values == others,
            (Self::Numbers(values), Self::Numbers(others)) => values == others,
            (Self::Stored(file, rows), Self::Stored(other, others)) => {
                Arc::ptr_eq(file, other) && rows == others
            }
            _ => false,
        }
    }
}

impl Eq for Values {}

impl Values {
    /// Puts row `from` in the place of row `to`. A row in memory has `len` values.
    pub(super) fn move_row(&mut self, from: usize, to: usize, len: usize) {
        match self {
            Self::Memory(values) => values.copy_within(from * len..(from + 1) * len, to * len),
            Self::Numbers(values) => values.copy_within(from * len..(from + 1) * len, to * len),
            Self::Stored(_, rows) => rows[to] = rows[from],
        }
    }

    /// Returns these rows, in this order.
    pub(super) fn select(&self, indices: &[usize], len: usize) -> Self {
        match self {
            Self::Memory(values) => Self::Memory(rows(values, indices, len)),
            Self::Numbers(values) => Self::Numbers(rows(values, indices, len)),
            Self::Stored(file, rows) => {
                Self::Stored(Arc::clone(file), indices.iter().map(|&i| rows[i]).collect())
            }
        }
    }

    /// Keeps the first rows, and frees the memory of the others.
    pub(super) fn truncate(&mut self, count: usize, len: usize) {
        match self {
            Self::Memory(values) => shorten(values, count * len),
            Self::Numbers(values) => shorten(values, count * len),
            Self::Stored(_, rows) => shorten(rows, count),
        }
    }
}

/// Keeps the first elements, and frees the memory of the others.
pub(super) fn shorten<T>(list: &mut Vec<T>, count: usize) {
    list.truncate(count);
    list.shrink_to_fit();
}

fn rows<T: Copy>(values: &[T], indices: &[usize], len: usize) -> Vec<T> {
    let mut chosen = Vec::with_capacity(indices.len() * len);
    indices.iter().for_each(|&i| chosen.extend_from_slice(&values[i * len..][..len]));
    chosen
}
