//! All eigenvalues and eigenvectors of a symmetric matrix, by tridiagonalization and division.

use crate::divide::solve_tridiagonal;
use crate::reflect::reflect_back;
use crate::symmetric::{Symmetric, power_of_two};
use crate::tridiagonal::tridiagonal;
use crate::{Eigen, PcaError, symmetric_eigen};

/// Matrices up to this size are left to Jacobi's method. It takes up to a millisecond, half of
/// which division would save, and finds small eigenvalues with more digits.
pub(crate) const SMALL: usize = 64;

/// Eigenvalues of a symmetric matrix, with their eigenvectors.
#[derive(Clone, Debug, PartialEq)]
pub struct Eigenpairs {
    /// `[n]`, descending.
    pub values: Vec<f64>,
    /// `[n, n]`, row-major: row `i` is the eigenvector of `values[i]`, of length 1 and orthogonal
    /// to the others. Its sign is arbitrary.
    pub vectors: Vec<f64>,
}

/// Solves `A v = lambda v` for the symmetric `matrix`, `[n, n]`, row-major, several times as fast
/// as [`symmetric_eigen`] if the matrix is large.
///
/// The matrix is made tridiagonal by reflections, solved by divide and conquer, and the vectors are
/// reflected back: LAPACK's `dsyevd`, in the form that the README derives. Only the upper triangle
/// is read. A row that has no entries beside the diagonal is an eigenvector already and takes no
/// part. The matrix is first scaled by a power of two, so entries near 1e300 or 1e-300 neither
/// overflow nor underflow; an eigenvalue that is itself above `f64::MAX` becomes infinite. The same
/// matrix gives the same bits every time, for any number of threads.
///
/// Each eigenvalue has an error of some `epsilon` times the norm of the matrix: small eigenvalues
/// of graded matrices, which Jacobi's method finds with all digits, have fewer here.
///
/// # Special values
/// NaN and infinity are refused in the upper triangle; the entries below it are ignored. Entries
/// below 1e-140 of the largest may count as zero.
///
/// # Errors
/// [`PcaError::NotFinite`] for NaN or infinity in the upper triangle, [`PcaError::NotConverged`]
/// from [`symmetric_eigen`], which solves the smallest parts.
///
/// # Panics
/// If `matrix` does not have `n * n` elements.
///
/// ```
/// // Eigenvalues 3 and 1, along the two diagonals of the plane.
/// let eigen = ae_pca::divide_and_conquer(&[2.0, 1.0, 1.0, 2.0], 2)?;
/// assert!((eigen.values[0] - 3.0).abs() < 1e-15 && (eigen.values[1] - 1.0).abs() < 1e-15);
/// assert!((eigen.vectors[0] - eigen.vectors[1]).abs() < 1e-15);
/// # Ok::<(), ae_pca::PcaError>(())
/// ```
#[track_caller]
pub fn divide_and_conquer(matrix: &[f64], n: usize) -> Result<Eigenpairs, PcaError> {
    let input = Symmetric::checked(matrix, n, "divide_and_conquer")?;
    let exponent = input.exponent();
    let (factor, scale) = (power_of_two(-exponent), power_of_two(exponent));
    let order = input.order();
    let coupled = |&i: &usize| (0..n).any(|j| j != i && input.entry(i, j) != 0.0);
    let (coupled, alone): (Vec<usize>, Vec<usize>) = order.into_iter().partition(coupled);

    let (values, vectors) = solve(&input, &coupled, factor)?;
    // Each value, and where it comes from: the rows of the solution, then those that are alone.
    let mut found: Vec<(f64, usize)> =
        values.iter().rev().enumerate().map(|(i, v)| (*v, values.len() - 1 - i)).collect();
    let diagonal = alone.iter().map(|&i| input.entry(i, i) * factor);
    found.extend(diagonal.zip(values.len()..));
    found.sort_by(|a, b| b.0.total_cmp(&a.0));

    let mut out = vec![0.0; n * n];
    for (out, &(_, source)) in out.chunks_exact_mut(n.max(1)).zip(&found) {
        match source.checked_sub(values.len()) {
            Some(i) => out[alone[i]] = 1.0,
            None => {
                let row = &vectors[source * coupled.len()..][..coupled.len()];
                coupled.iter().zip(row).for_each(|(&j, x)| out[j] = *x);
            }
        }
    }
    Ok(Eigenpairs { values: found.iter().map(|(v, _)| v * scale).collect(), vectors: out })
}

/// All eigenpairs by whichever method is faster: Jacobi's for small matrices.
pub(crate) fn all_eigenpairs(matrix: &[f64], n: usize) -> Result<Eigenpairs, PcaError> {
    if n > SMALL {
        return divide_and_conquer(matrix, n);
    }
    let Eigen { values, vectors, .. } = symmetric_eigen(matrix, n)?;
    Ok(Eigenpairs { values, vectors })
}

/// The eigenvalues, ascending, and eigenvectors of these rows and columns, scaled by `factor`.
fn solve(input: &Symmetric, rows: &[usize], factor: f64) -> Result<(Vec<f64>, Vec<f64>), PcaError> {
    let n = rows.len();
    if n == 0 {
        return Ok((Vec::new(), Vec::new()));
    }
    let a = rows.iter().flat_map(|&i| rows.iter().map(move |&j| input.entry(i, j) * factor));
    let reduced = tridiagonal(a.collect(), n);
    let part = solve_tridiagonal(&reduced.diagonal, &reduced.beside)?;
    let mut vectors = part.rows.concat();
    reflect_back(&reduced, &mut vectors);
    Ok((part.values, vectors))
}
