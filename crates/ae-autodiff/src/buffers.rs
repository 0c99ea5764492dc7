//! Memory that is reused from step to step.

/// Spare vectors for the values and gradients of a [`Tape`](crate::Tape).
///
/// A training step needs the same dozen buffers as the step before. The tape takes them from here
/// and returns them when it is dropped, so that from the second step on no large vector is
/// allocated (and no page is touched for the first time, which costs more than the allocation).
///
/// Only vectors that were taken from here are kept. Memory from elsewhere, such as that of a tensor
/// given to [`Tape::constant`](crate::Tape::constant), is freed when the tape is dropped; otherwise
/// the number of spare vectors would grow with every step.
#[derive(Debug, Default)]
pub struct Buffers {
    spare: Vec<Vec<f32>>,
    /// The addresses of the vectors that the current tape has taken and not yet returned.
    lent: Vec<usize>,
    allocations: usize,
}

impl Buffers {
    /// A pool without spare vectors.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How often a vector had to be allocated because no spare one was large enough.
    #[must_use]
    pub fn allocations(&self) -> usize {
        self.allocations
    }

    /// The number of spare vectors.
    #[must_use]
    pub fn spare(&self) -> usize {
        self.spare.len()
    }

    /// A vector of `len` elements of arbitrary value: the smallest spare one that is large enough,
    /// or a new one.
    pub(crate) fn take(&mut self, len: usize) -> Vec<f32> {
        if len == 0 {
            return Vec::new();
        }
        let large_enough = self.spare.iter().enumerate().filter(|(_, v)| v.capacity() >= len);
        let best = large_enough.min_by_key(|(_, v)| v.capacity()).map(|(i, _)| i);
        let mut buffer = match best {
            Some(i) => self.spare.swap_remove(i),
            None => {
                self.allocations += 1;
                Vec::with_capacity(len)
            }
        };
        buffer.resize(len, 0.0);
        self.lent.push(address(&buffer));
        buffer
    }

    /// Takes a vector back; frees it if it did not come from here.
    pub fn give(&mut self, buffer: Vec<f32>) {
        // The last vectors taken are the first to come back.
        if let Some(i) = self.lent.iter().rposition(|&lent| lent == address(&buffer)) {
            self.lent.swap_remove(i);
            self.spare.push(buffer);
        }
    }

    /// Forgets the vectors that have not been returned when a tape is dropped: they have left the
    /// tape and will not come back.
    pub(crate) fn forget_lent(&mut self) {
        self.lent.clear();
    }
}

fn address(buffer: &[f32]) -> usize {
    buffer.as_ptr().addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_that_suffices_is_reused() {
        let mut buffers = Buffers::new();
        let (large, small) = (buffers.take(100), buffers.take(10));
        let small_at = small.as_ptr();
        buffers.give(large);
        buffers.give(small);
        let again = buffers.take(7);
        assert_eq!((again.as_ptr(), again.len()), (small_at, 7));
        assert_eq!(buffers.take(50).len(), 50);
        assert_eq!(buffers.allocations(), 2);
    }

    #[test]
    fn memory_from_elsewhere_is_not_kept() {
        let mut buffers = Buffers::new();
        let own = buffers.take(10);
        buffers.give(vec![0.0; 10]);
        assert_eq!(buffers.spare(), 0);
        buffers.give(own);
        buffers.give(Vec::new());
        assert_eq!(buffers.spare(), 1);
        // A vector that left for good is forgotten, so that its address means nothing later.
        let _left = buffers.take(10);
        buffers.forget_lent();
        assert!(buffers.lent.is_empty());
    }
}
