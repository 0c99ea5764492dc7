//! Memory that goes from one step to the next.

/// Spare vectors for the values and gradients of a [`Tape`](crate::Tape).
///
/// A training step needs the same dozen buffers as the step before. The tape takes them from here and gives them
/// back when it ends, so that from the second step on nothing large is allocated (and no page is
/// touched for the first time, which costs more than the allocation).
#[derive(Debug, Default)]
pub struct Buffers {
    spare: Vec<Vec<f32>>,
    allocations: usize,
}

impl Buffers {
    /// No spare vectors yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How often a vector had to be allocated because none that was spare sufficed.
    #[must_use]
    pub fn allocations(&self) -> usize {
        self.allocations
    }

    /// How many vectors are spare.
    #[cfg(test)]
    pub(crate) fn spare(&self) -> usize {
        self.spare.len()
    }

    /// A vector of `len` elements of arbitrary value: the smallest spare one that suffices, or a new one.
    pub(crate) fn take(&mut self, len: usize) -> Vec<f32> {
        let fitting = self.spare.iter().enumerate().filter(|(_, v)| v.capacity() >= len);
        let best = fitting.min_by_key(|(_, v)| v.capacity()).map(|(i, _)| i);
        let mut buffer = match best {
            Some(i) => self.spare.swap_remove(i),
            None => {
                self.allocations += 1;
                Vec::with_capacity(len)
            }
        };
        buffer.resize(len, 0.0);
        buffer
    }

    /// Takes a vector back.
    pub(crate) fn give(&mut self, buffer: Vec<f32>) {
        if buffer.capacity() > 0 {
            self.spare.push(buffer);
        }
    }
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
}
