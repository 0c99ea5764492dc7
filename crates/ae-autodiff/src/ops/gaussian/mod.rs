//! The code of a variational auto-encoder (D. P. Kingma and M. Welling, "Auto-encoding variational
//! Bayes", arXiv:1312.6114): a normal distribution for each sample instead of a point. A row of `x`
//! holds its parameters, `n` means `m` and then the logarithms `l` of `n` variances.
//!
//! **Drawing from it.** `h` drawn from N(m, e^l) has no derivative by `m`: a draw is not a function
//! of its distribution's parameters. But `h = m + e^(l/2) ε` with `ε` from N(0, 1) has that
//! distribution, and for given noise `ε` it is a function:
//!
//! ```text
//! dh/dm = 1        dh/dl = e^(l/2) ε / 2
//! ```
//!
//! **The distance from N(0, 1).** The Kullback-Leibler divergence of two normal distributions, for
//! each number of the code (appendix B of the paper), summed over a code and averaged over the rows
//! of a batch:
//!
//! ```text
//! y = 1/rows sum (m^2 + e^l - 1 - l) / 2      dy/dm = m / rows      dy/dl = (e^l - 1) / (2 rows)
//! ```
//!
//! It is 0 for `m = 0, l = 0` and positive elsewhere.

pub mod divergence;
pub mod means;
pub mod sample;

use crate::{Tape, Var};
use ae_tensor::kernels::math::exp;

/// Cuts the rows of `x`, `2 n` long, into means and log-variances.
fn halves(x: &[f32], n: usize) -> impl Iterator<Item = (&[f32], &[f32])> {
    x.chunks_exact(2 * n).map(move |row| row.split_at(n))
}

/// Cuts the rows of a gradient in the same way.
fn halves_mut(dx: &mut [f32], n: usize) -> impl Iterator<Item = (&mut [f32], &mut [f32])> {
    dx.chunks_exact_mut(2 * n).map(move |row| row.split_at_mut(n))
}

/// Writes the standard deviations `e^(l/2)` of a row.
fn deviations(logs: &[f32], half: &mut [f32], out: &mut [f32]) {
    half.iter_mut().zip(logs).for_each(|(half, l)| *half = 0.5 * l);
    exp(half, out);
}

fn check(what: &str, parameters: usize, numbers: usize) {
    assert!(
        parameters == 2 * numbers,
        "{what}: {parameters} parameters of {numbers} normal distributions"
    );
}

impl Tape<'_> {
    /// The rows of `x [rows, 2 n]`, and `n`.
    #[track_caller]
    fn gaussians(&self, op: &str, x: Var) -> (usize, usize) {
        let (rows, columns) = self.shape(x).matrix(op);
        assert!(
            columns > 0 && columns.is_multiple_of(2),
            "{op}: {}, where the columns must be n means and n log-variances",
            self.shape(x)
        );
        (rows, columns / 2)
    }
}
