//! The eigenvalue solver, tested by properties of any symmetric matrix and by matrices with known
//! eigenvalues.

use ae_pca::{Eigen, PcaError, symmetric_eigen};
use ae_testkit::naive::{matmul, transpose};
use ae_testkit::{Sampler, assert_close_f64};

fn norm(a: &[f64]) -> f64 {
    a.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// An `n x n` matrix, row-major, from a function of row and column.
fn square(n: usize, f: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..n * n).map(|i| f(i / n, i % n)).collect()
}

fn random_symmetric(n: usize, seed: u64) -> Vec<f64> {
    let x = Sampler::new(seed).vec(n * n, -1.0, 1.0);
    square(n, |i, j| f64::from(x[i * n + j]) + f64::from(x[j * n + i]))
}

/// `B^T B` for a random `rank x n` matrix `B`; its rank is `rank`, up to rounding.
fn semidefinite(n: usize, rank: usize, seed: u64) -> Vec<f64> {
    let b = ae_testkit::naive::widen(&Sampler::new(seed).vec(rank * n, -1.0, 1.0));
    matmul(&transpose(&b, rank, n), &b, n, rank, n)
}

/// Solves, and checks everything that defines a solution: `A V^T = V^T diag`, orthogonality, order,
/// trace, norm.
fn solved(a: &[f64], n: usize) -> Eigen {
    let eigen = symmetric_eigen(a, n).expect("converges");
    let (values, v) = (&eigen.values, &eigen.vectors);
    let (norm, small) = (norm(a), 4e-15 * (n as f64).sqrt());
    let vt = transpose(v, n, n);

    let residual: Vec<f64> = matmul(a, &vt, n, n, n)
        .iter()
        .enumerate()
        .map(|(i, av)| av - values[i % n] * vt[i])
        .collect();
    assert!(residual.iter().all(|r| r.abs() <= small * norm), "A v = lambda v");

    let identity = square(n, |i, j| f64::from(u8::from(i == j)));
    assert_close_f64(&matmul(v, &vt, n, n, n), &identity, 0.0, small);

    assert!(values.is_sorted_by(|a, b| a >= b), "descending: {values:?}");
    let trace: f64 = a.iter().step_by(n + 1).sum();
    assert_close_f64(&[values.iter().sum()], &[trace], 0.0, small * norm);
    assert_close_f64(&[self::norm(values)], &[norm], small, 0.0);
    eigen
}

#[test]
fn random_matrices_of_many_sizes() {
    for n in (1..30).chain([48, 49, 64, 97]) {
        let sweeps = solved(&random_symmetric(n, n as u64), n).sweeps;
        assert!(sweeps <= 12, "{sweeps} sweeps for n = {n}");
    }
}

#[test]
fn the_empty_matrix_and_one_by_one() {
    let none = symmetric_eigen(&[], 0).unwrap();
    assert_eq!((none.values.len(), none.vectors.len(), none.rotations), (0, 0, 0));
    let one = symmetric_eigen(&[-3.5], 1).unwrap();
    assert_eq!((one.values, one.vectors, one.rotations), (vec![-3.5], vec![1.0], 0));
}

#[test]
fn two_by_two_by_hand() {
    // Eigenvalues 3 and 1, along the two diagonals of the plane.
    let eigen = solved(&[2.0, 1.0, 1.0, 2.0], 2);
    assert_close_f64(&eigen.values, &[3.0, 1.0], 1e-15, 0.0);
    assert_close_f64(&[eigen.vectors[0] / eigen.vectors[1]], &[1.0], 1e-15, 0.0);
    assert_eq!(eigen.rotations, 1);
}

#[test]
fn a_diagonal_matrix_takes_no_rotation() {
    let diagonal = [3.0, -1.0, 1e-200, 7.0, 3.0];
    let eigen = solved(&square(5, |i, j| if i == j { diagonal[i] } else { 0.0 }), 5);
    assert_eq!(eigen.values, [7.0, 3.0, 3.0, 1e-200, -1.0]);
    assert_eq!((eigen.rotations, eigen.sweeps), (0, 1));
    // Equal values keep their order.
    let order = [3, 0, 4, 2, 1];
    assert_eq!(eigen.vectors, square(5, |i, j| f64::from(u8::from(order[i] == j))));
}

#[test]
fn zero_and_identity() {
    let zero = solved(&[0.0; 36], 6);
    assert_eq!((zero.values, zero.rotations), (vec![0.0; 6], 0));
    let identity = solved(&square(6, |i, j| f64::from(u8::from(i == j))), 6);
    assert_eq!((identity.values, identity.rotations), (vec![1.0; 6], 0));
}

#[test]
fn repeated_eigenvalues() {
    // All entries 1: eigenvalue n once, 0 for the rest.
    let n = 30;
    let ones = solved(&square(n, |_, _| 1.0), n).values;
    let expected: Vec<f64> = (0..n).map(|i| if i == 0 { n as f64 } else { 0.0 }).collect();
    assert_close_f64(&ones, &expected, 1e-14, 1e-14);

    // A reflection I - 2 w w^T: eigenvalue 1 for all directions but one, which has -1.
    let w: Vec<f64> = (1..=n).map(|i| i as f64).collect();
    let length = norm(&w);
    let reflection =
        square(n, |i, j| f64::from(u8::from(i == j)) - 2.0 * (w[i] / length) * (w[j] / length));
    let expected: Vec<f64> = (0..n).map(|i| if i == n - 1 { -1.0 } else { 1.0 }).collect();
    assert_close_f64(&solved(&reflection, n).values, &expected, 1e-14, 0.0);

    // Four equal 2 x 2 blocks on the diagonal.
    let blocks = square(8, |i, j| match (i / 2 == j / 2, i == j) {
        (true, true) => 2.0,
        (true, false) => -1.0,
        _ => 0.0,
    });
    let expected = [3.0, 3.0, 3.0, 3.0, 1.0, 1.0, 1.0, 1.0];
    assert_close_f64(&solved(&blocks, 8).values, &expected, 1e-15, 0.0);
}

#[test]
fn matrices_without_full_rank_converge() {
    for seed in 0..20 {
        for (n, rank) in [(2, 1), (5, 1), (12, 3), (30, 7), (60, 4)] {
            let a = semidefinite(n, rank, seed);
            let eigen = solved(&a, n);
            let noise = 1e-14 * norm(&a);
            assert!(eigen.values[rank..].iter().all(|v| v.abs() < noise), "rank {rank} of {n}");
            assert!(eigen.values[rank - 1] > 10.0 * noise);
            assert!(eigen.sweeps <= 25, "{} sweeps", eigen.sweeps);
        }
    }
    // The diagonal is zero, so the relative rule alone would rotate forever.
    solved(&square(7, |i, j| f64::from(u8::from(i != j))), 7);
}

/// A random selection: small integers give exact zeros and exact ties of all kinds.
#[test]
fn small_integer_matrices_converge() {
    let mut sampler = Sampler::new(11);
    for _ in 0..3000 {
        let n = 2 + (sampler.bits() % 6) as usize;
        let x: Vec<f64> = (0..n * n).map(|_| (sampler.bits() % 3) as f64 - 1.0).collect();
        solved(&square(n, |i, j| x[i.min(j) * n + i.max(j)]), n);
    }
}

#[test]
fn wilkinsons_matrix() {
    // W21+: |i - 10| on the diagonal, 1 beside it. Its largest eigenvalues differ in the 15th
    // digit. Reference: mpmath 1.3, 60 digits.
    let w = square(21, |i, j| match i.abs_diff(j) {
        0 => i.abs_diff(10) as f64,
        1 => 1.0,
        _ => 0.0,
    });
    let values = solved(&w, 21).values;
    let expected = [10.746_194_182_903_393, 10.746_194_182_903_322, 9.210_678_647_361_332];
    assert_close_f64(&values[..3], &expected, 2e-15, 0.0);
    assert_close_f64(
        &values[19..],
        &[0.253_805_817_096_678_17, -1.125_441_522_119_984_2],
        1e-14,
        0.0,
    );
}

#[test]
fn hilberts_matrix() {
    // Reference: mpmath 1.3, 60 digits. Its entries are not binary fractions, so the matrix itself
    // is rounded.
    let values = solved(&square(8, |i, j| 1.0 / (i + j + 1) as f64), 8).values;
    let expected = [
        1.695_938_996_921_949_5,
        0.298_125_211_316_930_7,
        0.026_212_843_578_119_05,
        0.001_467_688_117_741_867_3,
        5.436_943_369_749_942e-5,
        1.294_332_091_872_811_5e-6,
        1.798_873_745_817_576_7e-8,
        1.111_538_966_372_442_4e-10,
    ];
    assert_close_f64(&values, &expected, 0.0, 1e-15);
}

#[test]
fn graded_matrices_keep_the_digits_of_small_eigenvalues() {
    // 2^(e_i + e_j), divided by 8 off the diagonal: well conditioned once scaled to a unit
    // diagonal, so Demmel and Veselic promise full precision for eigenvalues 24 orders of magnitude
    // apart. A method that is accurate relative to the norm, such as QR, promises nothing below
    // 2e-4. Reference: mpmath 1.3, 60 digits.
    let exponents = [3, -20, 16, -7, 20, -13, 11, -1];
    let graded = |i: usize, j: usize| {
        f64::powi(2.0, exponents[i] + exponents[j]) * if i == j { 1.0 } else { 0.125 }
    };
    let eigen = symmetric_eigen(&square(8, graded), 8).unwrap();
    let expected = [
        1_099_579_061_261.608_3,
        4_227_650_370.023_070_5,
        4_077_746.777_966_457_6,
        61.601_987_440_445_45,
        0.238_629_034_369_282_49,
        5.785_622_696_643_696e-5,
        1.404_146_289_548_424_3e-8,
        8.526_510_173_123_4e-13,
    ];
    assert_close_f64(&eigen.values, &expected, 4e-15, 0.0);
}

#[test]
fn a_pivot_far_below_one_diagonal_entry_may_matter_to_the_other() {
    // Below the rounding of 1, yet a correlation of 1/8: the small eigenvalue is det / (1 + ...),
    // which is 2^-100 (1 - 1/64). A rule that compares with the larger entry, or with their mean,
    // would stop at 2^-100.
    let power = |e| f64::powi(2.0, e);
    let eigen = symmetric_eigen(&[power(-100), power(-53), power(-53), 1.0], 2).unwrap();
    assert_close_f64(&eigen.values, &[1.0, power(-100) * 63.0 / 64.0], 1e-15, 0.0);
}

#[test]
fn scale_does_not_matter() {
    let a = random_symmetric(20, 5);
    let one = solved(&a, 20);
    for exponent in [-1070, -1000, -400, 400, 1000] {
        // In two steps: 2^-1070 is subnormal, and loses digits of the entries themselves.
        let scale = |x: f64| x * f64::powi(2.0, exponent / 2) * f64::powi(2.0, exponent / 2);
        let scaled: Vec<f64> = a.iter().map(|&x| scale(x)).collect();
        let eigen = symmetric_eigen(&scaled, 20).unwrap();
        let expected: Vec<f64> = one.values.iter().map(|&x| scale(x)).collect();
        if exponent == -1070 {
            assert_close_f64(&eigen.values, &expected, 0.0, 20.0 * 5e-324);
        } else {
            assert_eq!(eigen.values, expected, "powers of two change no digit");
            assert_eq!(eigen.vectors, one.vectors);
        }
    }
    for entry in [1e-300, 1e300] {
        let values = symmetric_eigen(&[entry, entry, entry, entry], 2).unwrap().values;
        assert_close_f64(&values, &[2.0 * entry, 0.0], 1e-15, 1e-15 * entry);
    }
}

#[test]
fn the_same_matrix_gives_the_same_bits() {
    let a = random_symmetric(70, 9);
    assert_eq!(symmetric_eigen(&a, 70), symmetric_eigen(&a, 70));
}

#[test]
fn only_the_upper_triangle_is_read() {
    let upper = [2.0, 1.0, 0.5, f64::NAN, 3.0, -1.0, f64::INFINITY, 9.0, 4.0];
    let whole = [2.0, 1.0, 0.5, 1.0, 3.0, -1.0, 0.5, -1.0, 4.0];
    assert_eq!(symmetric_eigen(&upper, 3), symmetric_eigen(&whole, 3));
}

#[test]
fn what_is_not_finite_is_refused() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = symmetric_eigen(&[1.0, bad, 0.0, 1.0], 2).unwrap_err();
        let text = format!("expected finite numbers, found {bad} in row 0, column 1");
        assert_eq!(error.to_string(), text);
        assert!(matches!(error, PcaError::NotFinite { row: 0, column: 1, .. }));
    }
}

#[test]
#[should_panic(expected = "symmetric_eigen: 5 elements for a 2 x 2 matrix")]
fn a_matrix_of_another_size_panics() {
    let _ = symmetric_eigen(&[0.0; 5], 2);
}
