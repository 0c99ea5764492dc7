//! The random numbers of this crate. Each use has its own stream.
//!
//! All streams have [`Purpose::Generation`]. There are no epochs here, so the epoch of a stream is
//! the number of a [`Draw`]; the index counts rows. So the code in row 7 is the same whether ten or
//! a thousand are drawn.

use ae_tensor::Tensor;
use ae_tensor::random::{Purpose, permutation, standard_normal, stream, uniform};

/// The use of random numbers. The number 0 is reserved for programs that draw codes themselves.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Draw {
    Uniform,
    PcaUniform,
    PcaGaussian,
    PcaEmpirical,
    /// The component of a mixture for a row.
    Component,
    /// The position in the component.
    Mixture,
    Prior,
    /// The first centers of k-means.
    Centers,
    /// The codes that a mixture is fitted to.
    Codes,
    /// The held-out images that are compared.
    HeldOut,
    /// The generated images that are compared.
    Generated,
}

impl Draw {
    /// The numbers are explicit, so that reordering the enum does not change results.
    fn epoch(self) -> u64 {
        match self {
            Self::Uniform => 1,
            Self::PcaUniform => 2,
            Self::PcaGaussian => 3,
            Self::PcaEmpirical => 4,
            Self::Component => 5,
            Self::Mixture => 6,
            Self::Prior => 7,
            Self::Centers => 8,
            Self::Codes => 9,
            Self::HeldOut => 10,
            Self::Generated => 11,
        }
    }
}

/// Draws `[count, columns]` numbers, uniform in `[low, high)`.
pub(crate) fn uniform_rows(
    [count, columns]: [usize; 2],
    (low, high): (f32, f32),
    seed: u64,
    draw: Draw,
) -> Tensor {
    rows([count, columns], |row, out| {
        let mut rng = stream(seed, Purpose::Generation, draw.epoch(), row);
        out.fill_with(|| uniform(&mut rng, low, high));
    })
}

/// Draws `[count, columns]` standard normal numbers.
pub(crate) fn normal_rows([count, columns]: [usize; 2], seed: u64, draw: Draw) -> Tensor {
    rows([count, columns], |row, out| {
        let mut rng = stream(seed, Purpose::Generation, draw.epoch(), row);
        out.fill_with(|| standard_normal(&mut rng));
    })
}

/// A tensor whose rows are filled one by one.
pub(crate) fn rows([count, columns]: [usize; 2], mut fill: impl FnMut(u64, &mut [f32])) -> Tensor {
    let mut out = Tensor::zeros([count, columns]);
    let whole = out.data_mut().chunks_exact_mut(columns.max(1));
    whole.enumerate().for_each(|(row, out)| fill(row as u64, out));
    out
}

/// Numbers uniform in [0, 1), multiples of 2^-48. The 24 bits of an f32 would favor some of 60,000
/// rows by 0.4 percent.
pub(crate) fn units(seed: u64, draw: Draw, index: u64) -> impl FnMut() -> f64 {
    let mut rng = stream(seed, Purpose::Generation, draw.epoch(), index);
    move || {
        let mut bits = || f64::from(uniform(&mut rng, 0.0, 1.0));
        bits() + bits() / f64::from(1 << 24)
    }
}

/// The index where the running sum of `weights` passes `unit` times their total. The probability of
/// each index is proportional to its weight.
///
/// # Panics
/// If there are no weights.
pub(crate) fn choose(weights: &[f64], unit: f64) -> usize {
    let target = unit * weights.iter().sum::<f64>();
    let mut sum = 0.0;
    let passed = weights.iter().position(|w| {
        sum += w;
        target < sum
    });
    // Rounding may leave the sum at the target itself. Then the last index with a positive weight
    // is chosen.
    passed
        .or_else(|| weights.iter().rposition(|&w| w > 0.0))
        .unwrap_or(weights.len().checked_sub(1).expect("a weight to choose"))
}

/// At most `limit` rows of `x`, chosen at random without repetition, in their order; all rows if
/// there are no more.
pub(crate) fn subsample(x: &Tensor, limit: usize, seed: u64, draw: Draw) -> Tensor {
    let (n, d) = x.shape().matrix("subsample");
    if n <= limit {
        return x.clone();
    }
    let mut order = Vec::new();
    let mut rng = stream(seed, Purpose::Generation, draw.epoch(), 0);
    permutation(&mut rng, n, &mut order);
    order.truncate(limit);
    order.sort_unstable();
    Tensor::new([limit, d], order.iter().flat_map(|&i| x.row(i)).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_pinned_and_fill_the_interval() {
        let mut unit = units(1, Draw::Centers, 0);
        let x: Vec<f64> = (0..10_000).map(|_| unit()).collect();
        assert!(x.iter().all(|x| (0.0..1.0).contains(x)));
        let mean = x.iter().sum::<f64>() / 1e4;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        // More than the 24 bits of an f32.
        assert!(x.iter().any(|x| (x * f64::from(1 << 24)).fract() != 0.0));
        assert!(x.iter().all(|x| (x * 2f64.powi(48)).fract() == 0.0));
    }

    #[test]
    fn places_are_chosen_as_often_as_they_weigh() {
        let weights = [0.0, 1.0, 0.0, 3.0, 0.0];
        assert_eq!([0.0, 0.2499, 0.25, 0.99].map(|u| choose(&weights, u)), [1, 1, 3, 3]);
        // A unit of 1 does not occur, but rounding may lead to it.
        assert_eq!(choose(&weights, 1.0), 3);
        assert_eq!(choose(&[0.0, 0.0], 0.5), 1);
    }

    #[test]
    fn a_subsample_has_rows_once_and_in_order() {
        let x = Tensor::from_fn([100, 2], |i| i as f32);
        let some = subsample(&x, 30, 1, Draw::HeldOut);
        assert_eq!(some.shape().dims(), [30, 2]);
        let firsts: Vec<f32> = some.data().iter().step_by(2).copied().collect();
        assert!(firsts.is_sorted_by(|a, b| a < b));
        assert!(some.data().chunks(2).all(|row| row[1] == row[0] + 1.0 && row[0] % 2.0 == 0.0));
        assert_ne!(firsts[29], 58.0, "not merely the first ones");
        assert_ne!(some, subsample(&x, 30, 2, Draw::HeldOut));
        assert_ne!(some, subsample(&x, 30, 1, Draw::Generated));
        assert_eq!(subsample(&x, 100, 1, Draw::HeldOut), x);
    }

    #[test]
    fn a_row_does_not_depend_on_how_many_there_are() {
        let few = normal_rows([3, 4], 1, Draw::Prior);
        let many = normal_rows([9, 4], 1, Draw::Prior);
        assert_eq!(few.data(), &many.data()[..12]);
        assert_eq!(rows([0, 4], |_, _| unreachable!()).shape().dims(), [0, 4]);
    }
}
