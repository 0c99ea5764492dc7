//! All eigenvalues and eigenvectors of a symmetric matrix, by the cyclic Jacobi method.
//!
//! The pivots `(p, q)` are visited row by row, as in G. E. Forsythe and P. Henrici, "The cyclic
//! Jacobi method for computing the principal values of a complex matrix", Trans. AMS 94 (1960), who
//! prove that it converges if no angle is above pi/4. The rule for skipping a pivot is from J.
//! Demmel and K. Veselic, "Jacobi's method is more accurate than QR", SIAM J. Matrix Anal. Appl. 13
//! (1992).
//!
//! # Why blocks
//!
//! A rotation changes rows and columns `p` and `q`. Rows are contiguous; a column of a 784 x 784
//! matrix touches 784 cache lines, and there are 307,000 rotations in a sweep. So pivots are taken
//! in blocks: those of `BLOCK` rows against `BLOCK` columns together. Their angles depend only on
//! the small matrix where these rows and columns cross; it is rotated on both sides, in cache, and
//! the rotations are recorded. Then they are applied to the rows of the large matrix, a strip of
//! columns at a time, and the result is copied into the columns once for the whole block, because
//! the matrix is symmetric. It is stored strip by strip, so that a strip of a block's rows is read
//! and written in place.
//!
//! The eigenvectors are the product of all rotations. Nothing depends on them, so their rotations
//! are kept until a row of blocks is complete; other threads then apply them, each to separate
//! strips, while the first thread continues with the matrix. No result depends on how the threads
//! are scheduled.
//!
//! This changes the order of work in memory, not the method. Rotations of disjoint planes commute,
//! and any two that share a row keep their row-by-row order, so that in exact arithmetic the result
//! is the same (E. R. Hansen, "On cyclic Jacobi methods", J. SIAM 11, 1963). A test compares it
//! with the method without blocks.

use crate::PcaError;
use crate::rotation::{Rotation, STRIP, rotate_strip};
use crate::strips::{Strips, pieces};
use crate::symmetric::{Symmetric, power_of_two};
use ae_tensor::kernels::parallel::{current_threads, for_each_with};
use std::ops::Range;

/// The number of sweeps after which [`symmetric_eigen`] gives up. Six to twelve are usual, twenty
/// with many eigenvalues of zero.
pub const MAX_SWEEPS: usize = 60;

/// The number of rows in a block. A strip of two blocks takes 12 KB and their crossing 18 KB: both
/// stay in an L1 cache of 32 KB.
const BLOCK: usize = 24;

/// Smaller matrices are solved on one thread.
const WORTH_SHARING: usize = 128;

/// Off-diagonal entries up to this fraction of the matrix's norm count as zero.
///
/// This is a safety net for matrices with eigenvalues of zero, for which the relative rule compares
/// noise with noise. No test found one that never ends, but nothing rules it out, and the net
/// sometimes saves a sweep. It costs no accuracy: epsilon squared is far below the rounding of the
/// input, epsilon times the norm, and skipping `a_pq` changes an eigenvalue by about `a_pq^2`
/// divided by its distance to the next.
const FLOOR: f64 = f64::EPSILON * f64::EPSILON;

/// The eigenvalues and eigenvectors of a symmetric matrix, and the work needed to find them.
#[derive(Clone, Debug, PartialEq)]
pub struct Eigen {
    /// `[n]`, descending. Equal values of a diagonal matrix keep their order.
    pub values: Vec<f64>,
    /// `[n, n]`, row-major: row `i` is the eigenvector of `values[i]`, of length 1 and orthogonal
    /// to the others. Its sign is arbitrary.
    pub vectors: Vec<f64>,
    /// The number of passes over all pivots, including the last one, which found nothing to do.
    pub sweeps: usize,
    /// The total number of rotations: 0 for a diagonal matrix.
    pub rotations: usize,
}

/// Solves `A v = lambda v` for the symmetric `matrix`, `[n, n]`, row-major.
///
/// Only the upper triangle is read. The matrix is first scaled by a power of two, so entries near
/// 1e300 or 1e-300 neither overflow nor underflow; an eigenvalue that is itself above `f64::MAX`
/// becomes infinite. The same matrix gives the same bits every time.
///
/// Each eigenvalue of a positive definite matrix has a relative error of about `n * epsilon` times
/// the condition number of the matrix scaled to a unit diagonal: small eigenvalues of graded
/// matrices have full precision. For other matrices the error is relative to the norm, as with any
/// method.
///
/// # Special values
/// NaN and infinity are refused in the upper triangle; the entries below it are ignored. Subnormal
/// numbers are used with the digits they have.
///
/// # Errors
/// [`PcaError::NotFinite`] for NaN or infinity in the upper triangle, [`PcaError::NotConverged`]
/// after [`MAX_SWEEPS`] sweeps.
///
/// # Panics
/// If `matrix` does not have `n * n` elements.
pub fn symmetric_eigen(matrix: &[f64], n: usize) -> Result<Eigen, PcaError> {
    solve(matrix, n, BLOCK, MAX_SWEEPS)
}

fn solve(matrix: &[f64], n: usize, block: usize, max_sweeps: usize) -> Result<Eigen, PcaError> {
    let (mut work, mut vectors, scale) = Work::new(matrix, n)?;
    let mut rotations = 0;
    // The rotations of the last row of blocks, which have not been applied to the vectors yet.
    let mut pending = Vec::new();
    for sweeps in 1..=max_sweeps {
        let before = rotations;
        for first in (0..n).step_by(block) {
            advance(&mut work, first..n.min(first + block), block, &mut vectors, &pending);
            std::mem::swap(&mut work.rotations, &mut pending);
            rotations += pending.len();
        }
        if rotations == before {
            return Ok(work.finish(&vectors, scale, sweeps, rotations));
        }
    }
    Err(PcaError::NotConverged { n, sweeps: max_sweeps })
}

/// Visits the pivots of a row of blocks, and meanwhile applies the rotations of the previous row to
/// the vectors.
///
/// The matrix cannot wait, because it determines the next rotations. The vectors can: they are work
/// for other threads, strip by strip.
fn advance(
    work: &mut Work,
    first: Range<usize>,
    block: usize,
    vectors: &mut Strips,
    pending: &[Rotation],
) {
    enum Task<'a> {
        Pivots(&'a mut Work),
        Vectors(&'a mut [[f64; STRIP]]),
    }
    let n = work.n;
    let mut tasks = vec![Task::Pivots(work)];
    if !pending.is_empty() {
        tasks.extend(vectors.strips.chunks_exact_mut(n).map(Task::Vectors));
    }
    let lanes = if n < WORTH_SHARING { 1 } else { current_threads() };
    for_each_with(&mut vec![(); lanes], &mut tasks, |(), _, task| match task {
        Task::Pivots(work) => work.visit(&first, block),
        Task::Vectors(strip) => rotate_strip(strip, pending),
    });
}

/// The matrix while it is being diagonalized.
struct Work {
    n: usize,
    /// Symmetric, scaled.
    a: Strips,
    /// Entries up to this magnitude count as zero.
    floor: f64,
    /// The rotations of a row of blocks.
    rotations: Vec<Rotation>,
    /// Buffers of a block: the crossing of its rows and columns, and part of a strip.
    crossing: Vec<f64>,
    copy: Vec<[f64; STRIP]>,
}

/// The rows, and columns, that one block of pivots rotates: two ranges, or the same range twice on
/// the diagonal.
struct Panel {
    first: Range<usize>,
    second: Range<usize>,
}

impl Panel {
    /// The number of rows.
    fn len(&self) -> usize {
        self.first.len() + self.second.len()
    }

    /// The rows of the matrix, in order.
    fn rows(&self) -> impl Iterator<Item = usize> {
        self.first.clone().chain(self.second.clone())
    }
}

impl Work {
    /// The scaled matrix, the initial vectors, and the power of two that undoes the scaling.
    fn new(matrix: &[f64], n: usize) -> Result<(Self, Strips, f64), PcaError> {
        let input = Symmetric::checked(matrix, n, "symmetric_eigen")?;
        // This order saves a sweep or two.
        let order = input.order();
        let exponent = input.exponent();
        let factor = power_of_two(-exponent);
        let mut squares = 0.0;
        let a = Strips::new(n, |i, j| {
            let x = input.entry(order[i], order[j]) * factor;
            squares += x * x;
            x
        });
        let vectors = Strips::new(n, |i, j| f64::from(u8::from(order[i] == j)));
        let work = Self {
            n,
            a,
            floor: FLOOR * squares.sqrt(),
            rotations: Vec::new(),
            crossing: Vec::new(),
            copy: Vec::new(),
        };
        Ok((work, vectors, power_of_two(exponent)))
    }

    /// Visits every pivot of these rows once, and records the rotations.
    fn visit(&mut self, first: &Range<usize>, block: usize) {
        self.rotations.clear();
        for second in (first.start..self.n).step_by(block) {
            // On the diagonal the second range equals the first, and is not listed twice.
            let end = if second == first.start { second } else { self.n.min(second + block) };
            let panel = Panel { first: first.clone(), second: second..end };
            let planned = self.rotations.len();
            self.plan(&panel);
            if self.rotations.len() > planned {
                self.rotate(&panel, planned);
            }
        }
    }

    /// Chooses the rotations of a panel, and rotates the small matrix where its rows and columns
    /// cross.
    fn plan(&mut self, panel: &Panel) {
        let m = panel.len();
        self.crossing.clear();
        for i in panel.rows() {
            for columns in [&panel.first, &panel.second] {
                self.a.pieces(i, columns).for_each(|part| self.crossing.extend_from_slice(part));
            }
        }
        // Maps the index of a row within the panel to its index in the matrix.
        let place = |i: usize| match i.checked_sub(panel.first.len()) {
            None => panel.first.start + i,
            Some(i) => panel.second.start + i,
        };
        let c = &mut self.crossing[..];
        let edge = panel.first.len();
        for p in 0..edge {
            // Pairs within the first range have been rotated on the diagonal.
            let from = if edge == m { p + 1 } else { edge };
            for q in from..m {
                let (a_pp, a_qq, a_pq) = (c[p * m + p], c[q * m + q], c[p * m + q]);
                if negligible(a_pp, a_qq, a_pq, self.floor) {
                    continue;
                }
                let rotation = Rotation::annihilating(p, q, a_pp, a_qq, a_pq);
                let (head, tail) = c.split_at_mut(q * m);
                rotation.apply(&mut head[p * m..][..m], &mut tail[..m]);
                for k in 0..m {
                    c[k * m + p] = c[p * m + k];
                    c[k * m + q] = c[q * m + k];
                }
                // Where rows and columns p and q cross, both sides are rotated; the result is known
                // in closed form.
                let shift = rotation.shift(a_pq);
                c[p * m + p] = a_pp - shift;
                c[q * m + q] = a_qq + shift;
                c[p * m + q] = 0.0;
                c[q * m + p] = 0.0;
                self.rotations.push(rotation.between(place(p), place(q)));
            }
        }
    }

    /// Applies the rotations from index `planned` on to the panel's rows, and to its columns by
    /// symmetry.
    fn rotate(&mut self, panel: &Panel, planned: usize) {
        let n = self.n;
        for (s, start) in (0..n).step_by(STRIP).enumerate() {
            let strip = &mut self.a.strips[s * n..][..n];
            rotate_strip(strip, &self.rotations[planned..]);
            // The entries of the rows in this strip are those of the columns in the rows with the
            // strip's indices.
            for rows in [&panel.first, &panel.second] {
                self.copy.clear();
                self.copy.extend_from_slice(&self.a.strips[s * n..][rows.clone()]);
                let mut done = 0;
                for (target, places) in pieces(rows) {
                    let copy = &self.copy[done..][..places.len()];
                    done += places.len();
                    let out = &mut self.a.strips[target * n..][start..n.min(start + STRIP)];
                    for (column, out) in out.iter_mut().enumerate() {
                        for (out, copy) in out[places.clone()].iter_mut().zip(copy) {
                            *out = copy[column];
                        }
                    }
                }
            }
        }
        // Rotated on one side only so far; the plan has both sides.
        for (i, crossing) in panel.rows().zip(self.crossing.chunks_exact(panel.len())) {
            let mut rest = crossing;
            for columns in [&panel.first, &panel.second] {
                for (s, places) in pieces(columns) {
                    let (part, tail) = rest.split_at(places.len());
                    self.a.strips[s * n + i][places].copy_from_slice(part);
                    rest = tail;
                }
            }
        }
    }

    /// Returns the result, scaled back and sorted.
    fn finish(self, vectors: &Strips, scale: f64, sweeps: usize, rotations: usize) -> Eigen {
        let n = self.n;
        let diagonal: Vec<f64> =
            (0..n).map(|i| self.a.strips[i / STRIP * n + i][i % STRIP]).collect();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&i, &j| diagonal[j].total_cmp(&diagonal[i]));
        let vectors = order.iter().flat_map(|&i| vectors.row(i)).collect();
        let values = order.iter().map(|&i| diagonal[i] * scale).collect();
        Eigen { values, vectors, sweeps, rotations }
    }
}

/// Returns whether a pivot needs no rotation: it is below the rounding of its two diagonal entries,
/// or below the floor.
fn negligible(a_pp: f64, a_qq: f64, a_pq: f64, floor: f64) -> bool {
    // The product underflows only where the floor is the larger of the two anyway.
    let relative = f64::EPSILON * (a_pp * a_qq).abs().sqrt();
    a_pq.abs() <= relative.max(floor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_tensor::with_threads;
    use ae_testkit::{Sampler, assert_close_f64};

    fn random_symmetric(n: usize, seed: u64) -> Vec<f64> {
        let mut a: Vec<f64> =
            Sampler::new(seed).vec(n * n, -1.0, 1.0).into_iter().map(f64::from).collect();
        for i in 0..n {
            for j in 0..i {
                a[i * n + j] = a[j * n + i];
            }
        }
        a
    }

    #[test]
    fn blocks_change_the_order_of_work_and_nothing_else() {
        // Sizes around the block's and the strip's; a block of 1 gives the textbook's method.
        for n in [1, 2, 3, 23, 24, 25, 32, 33, 50, 67, 130] {
            let a = random_symmetric(n, n as u64);
            let plain = solve(&a, n, 1, MAX_SWEEPS).unwrap();
            for block in [2, 7, BLOCK, n + 1] {
                let blocked = solve(&a, n, block, MAX_SWEEPS).unwrap();
                assert_close_f64(&blocked.values, &plain.values, 1e-13, 1e-14);
                // The same rotations also give the same signs.
                assert_close_f64(&blocked.vectors, &plain.vectors, 0.0, 1e-10);
            }
        }
    }

    #[test]
    fn threads_change_no_bit() {
        let n = 2 * WORTH_SHARING + 5;
        let a = random_symmetric(n, 1);
        let run = |threads| {
            with_threads(threads, || symmetric_eigen(&a, n).unwrap()).expect("threads start")
        };
        let one = run(1);
        assert_eq!(one, run(2));
        assert_eq!(one, run(3));
    }

    #[test]
    fn running_out_of_sweeps_is_an_error() {
        let a = random_symmetric(10, 1);
        let error = solve(&a, 10, BLOCK, 2).unwrap_err();
        assert_eq!(error, PcaError::NotConverged { n: 10, sweeps: 2 });
        let text = "the eigenvalues of a 10 x 10 matrix did not converge in 2 Jacobi sweeps";
        assert_eq!(error.to_string(), text);
    }
}
