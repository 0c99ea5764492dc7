//! The order of the samples in an epoch.

use ae_tensor::random::{Purpose, permutation, stream};

/// The indices of all samples, in a new order for each epoch.
///
/// As in Keras, all of them are shuffled, and batches are cut from the result.
#[derive(Debug, Default)]
pub(crate) struct Order(Vec<usize>);

impl Order {
    /// Shuffles the indices below `count` for an epoch, counted from 0. The order depends only on
    /// `seed` and `epoch`, so that a resumed run continues as the first would have.
    pub(crate) fn shuffle(&mut self, count: usize, seed: u64, epoch: usize) {
        permutation(&mut stream(seed, Purpose::Shuffle, epoch as u64, 0), count, &mut self.0);
    }

    /// The batches of `size` samples; the last may be smaller.
    pub(crate) fn batches(&self, size: usize) -> impl ExactSizeIterator<Item = &[usize]> {
        self.0.chunks(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_visits_every_sample_once_and_keeps_the_rest() {
        let mut order = Order::default();
        assert_eq!(order.batches(4).len(), 0, "no epoch has begun");
        order.shuffle(10, 1, 0);
        assert_eq!(order.batches(4).map(<[usize]>::len).collect::<Vec<_>>(), [4, 4, 2]);
        let mut first = order.batches(4).collect::<Vec<_>>().concat();
        order.shuffle(10, 1, 1);
        assert_ne!(order.0, first);
        order.shuffle(10, 1, 0);
        assert_eq!(order.0, first);
        order.shuffle(10, 2, 0);
        assert_ne!(order.0, first);
        first.sort_unstable();
        assert_eq!(first, (0..10).collect::<Vec<_>>());
    }
}
