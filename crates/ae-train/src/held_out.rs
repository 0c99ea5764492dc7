//! Samples that are not trained on, chosen at random.

use ae_tensor::random::{Purpose, permutation, stream};

const HELD_OUT: Purpose = Purpose::custom("ae-train/held-out");

/// Divides the indices `0..count`: `wanted` of them, chosen at random, are held out, and the others
/// are for training. Both lists are in ascending order, and depend only on the arguments. If
/// `wanted` is larger than `count`, all are held out.
///
/// ```
/// let [training, held_out] = ae_train::hold_out(10, 3, 1);
/// assert_eq!((training.len(), held_out.len()), (7, 3));
/// ```
#[must_use]
pub fn hold_out(count: usize, wanted: usize, seed: u64) -> [Vec<usize>; 2] {
    let mut order = Vec::new();
    permutation(&mut stream(seed, HELD_OUT, 0, 0), count, &mut order);
    let mut training = order.split_off(wanted.min(count));
    training.sort_unstable();
    order.sort_unstable();
    [training, order]
}

/// Returns at most `most` of the indices `0..count`, at equal distances. So data that are sorted by
/// class give some of every large class.
///
/// ```
/// assert_eq!(ae_train::spread_out(10, 4), [0, 2, 5, 7]);
/// assert_eq!(ae_train::spread_out(3, 4), [0, 1, 2]);
/// ```
#[must_use]
pub fn spread_out(count: usize, most: usize) -> Vec<usize> {
    let taken = most.min(count);
    let place = |i: usize| (i as u128 * count as u128 / taken as u128) as usize;
    (0..taken).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_index_is_on_one_side_and_the_seed_decides() {
        let [training, held_out] = hold_out(50, 10, 1);
        let mut all = [training, held_out.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..50).collect::<Vec<_>>());
        assert_eq!(hold_out(50, 10, 1)[1], held_out);
        assert_ne!(hold_out(50, 10, 2)[1], held_out);
        assert_eq!(hold_out(2, 3, 1), [vec![], vec![0, 1]]);
    }

    #[test]
    fn sorted_classes_all_give_some() {
        let taken = spread_out(1000, 10);
        assert_eq!(taken.iter().filter(|&&i| i >= 500).count(), 5);
        assert!(spread_out(0, 3).is_empty() && spread_out(3, 0).is_empty());
    }
}
