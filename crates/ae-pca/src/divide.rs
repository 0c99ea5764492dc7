//! All eigenvalues and eigenvectors of a tridiagonal matrix, by dividing it in two.
//!
//! J. J. M. Cuppen, "A divide and conquer method for the symmetric tridiagonal eigenproblem",
//! Numerische Mathematik 36 (1981), in the stable form of M. Gu and S. C. Eisenstat, "A
//! divide-and-conquer algorithm for the symmetric tridiagonal eigenproblem", SIAM J. Matrix Anal.
//! Appl. 16 (1995). LAPACK's `dstedc` is the same method. The README derives it.

use crate::merge::{Part, merge};
use crate::{PcaError, symmetric_eigen};
use ae_tensor::kernels::parallel::{current_threads, for_each_with};

/// Parts of at most this many rows are solved by Jacobi's method.
const LEAF: usize = 24;

/// Solves the tridiagonal matrix with this diagonal, and these entries beside it.
pub(crate) fn solve_tridiagonal(diagonal: &[f64], beside: &[f64]) -> Result<Part, PcaError> {
    let n = diagonal.len();
    // Halves of halves, of nearly equal sizes.
    let leaves = n.div_ceil(LEAF).next_power_of_two();
    let cuts: Vec<usize> = (0..=leaves).map(|i| i * n / leaves).collect();
    // T = (blocks on the diagonal) + |e| u u^T for every cut, where u has two entries: 1, and 1
    // with the sign of e.
    let mut diagonal = diagonal.to_vec();
    for &cut in &cuts[1..leaves] {
        let e = beside[cut - 1].abs();
        diagonal[cut - 1] -= e;
        diagonal[cut] -= e;
    }
    let mut tasks: Vec<_> = cuts.windows(2).map(|cut| (cut[0]..cut[1], None)).collect();
    let lanes = current_threads();
    for_each_with(&mut vec![(); lanes], &mut tasks, |(), _, (rows, result)| {
        let beside = &beside[rows.start..(rows.end - 1).max(rows.start)];
        *result = Some(leaf(&diagonal[rows.clone()], beside));
    });
    let parts = tasks.into_iter().map(|(_, result)| result.expect("every leaf is solved"));
    let mut parts: Vec<Part> = parts.collect::<Result<_, _>>()?;

    let mut step = 1;
    while parts.len() > 1 {
        let mut pairs: Vec<Pair> = Vec::new();
        let mut rest = parts.into_iter();
        while let (Some(left), Some(right)) = (rest.next(), rest.next()) {
            let cut = cuts[(2 * pairs.len() + 1) * step];
            pairs.push(Pair { halves: Some((left, right)), e: beside[cut - 1], whole: None });
        }
        for_each_with(&mut vec![(); lanes], &mut pairs, |(), _, pair| {
            pair.whole = pair.halves.take().map(|(left, right)| merge(left, right, pair.e));
        });
        parts = pairs.into_iter().filter_map(|pair| pair.whole).collect();
        step *= 2;
    }
    Ok(parts.pop().expect("one part is left"))
}

/// Two neighbors, and then their merger.
struct Pair {
    halves: Option<(Part, Part)>,
    /// The entry beside the diagonal that was cut.
    e: f64,
    whole: Option<Part>,
}

/// Solves a small tridiagonal matrix.
fn leaf(diagonal: &[f64], beside: &[f64]) -> Result<Part, PcaError> {
    let n = diagonal.len();
    let mut matrix = vec![0.0; n * n];
    for (i, d) in diagonal.iter().enumerate() {
        matrix[i * n + i] = *d;
        if i + 1 < n {
            matrix[i * n + i + 1] = beside[i];
        }
    }
    let eigen = symmetric_eigen(&matrix, n)?;
    let values = eigen.values.iter().rev().copied().collect();
    let rows = eigen.vectors.chunks_exact(n.max(1)).rev().map(<[f64]>::to_vec).collect();
    Ok(Part { values, rows })
}
