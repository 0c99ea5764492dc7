//! Division of the tridiagonal matrix, beside Jacobi's method: the properties that define a
//! solution, hard matrices, and NumPy's values.

use ae_pca::{Eigenpairs, PcaError, divide_and_conquer, symmetric_eigen};
use ae_tensor::with_threads;
use ae_testkit::naive::{matmul, transpose, widen};
use ae_testkit::{Sampler, assert_close_f64};
use proptest::prelude::*;

fn norm(a: &[f64]) -> f64 {
    // Scaled, so that squares of 1e300 and 1e-300 are numbers too.
    let largest = a.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    largest * a.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt()
}

/// An `n x n` matrix, row-major, from a function of row and column.
fn square(n: usize, f: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..n * n).map(|i| f(i / n, i % n)).collect()
}

fn identity(n: usize) -> Vec<f64> {
    square(n, |i, j| f64::from(u8::from(i == j)))
}

fn diagonal(values: &[f64]) -> Vec<f64> {
    square(values.len(), |i, j| if i == j { values[i] } else { 0.0 })
}

fn tridiagonal(diagonal: &[f64], beside: impl Fn(usize) -> f64) -> Vec<f64> {
    square(diagonal.len(), |i, j| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => beside(i.min(j)),
        _ => 0.0,
    })
}

fn random_symmetric(n: usize, seed: u64) -> Vec<f64> {
    let x = Sampler::new(seed).vec(n * n, -1.0, 1.0);
    square(n, |i, j| f64::from(x[i * n + j]) + f64::from(x[j * n + i]))
}

/// A symmetric matrix with these eigenvalues, and random eigenvectors.
fn with_spectrum(values: &[f64], seed: u64) -> Vec<f64> {
    let n = values.len();
    let v = symmetric_eigen(&random_symmetric(n, seed), n).unwrap().vectors;
    let scaled: Vec<f64> = v.iter().enumerate().map(|(i, v)| v * values[i / n]).collect();
    let a = matmul(&transpose(&v, n, n), &scaled, n, n, n);
    square(n, |i, j| a[i.min(j) * n + i.max(j)])
}

/// The largest entries of `A V^T - V^T diag`, relative to the norm of A, and of `V V^T - I`.
fn errors(a: &[f64], values: &[f64], v: &[f64], n: usize) -> (f64, f64) {
    let vt = transpose(v, n, n);
    let norm = norm(a).max(f64::MIN_POSITIVE);
    let product = matmul(a, &vt, n, n, n);
    let residual = (0..n * n)
        .map(|i| (product[i] / norm - values[i % n] / norm * vt[i]).abs())
        .fold(0.0, f64::max);
    let gram = matmul(v, &vt, n, n, n);
    let identity = identity(n);
    let off = gram.iter().zip(identity).map(|(g, i)| (g - i).abs()).fold(0.0, f64::max);
    (residual, off)
}

/// Solves, and checks everything that defines a solution, and that the values are those that
/// Jacobi's method finds.
fn solved(a: &[f64], n: usize) -> Eigenpairs {
    let found = divide_and_conquer(a, n).expect("a solution");
    let small = 4e-15 * (n as f64).sqrt();
    let (residual, off) = errors(a, &found.values, &found.vectors, n);
    assert!(residual <= small, "n = {n}: A v is off by {residual:e} of the norm");
    assert!(off <= small, "n = {n}: not orthogonal by {off:e}");
    assert!(found.values.is_sorted_by(|a, b| a >= b), "descending: {:?}", found.values);
    let jacobi = symmetric_eigen(a, n).expect("converges");
    assert_close_f64(&found.values, &jacobi.values, 0.0, small * norm(a));
    found
}

#[test]
fn random_matrices_of_many_sizes() {
    // Around a leaf, two and four of them, and a panel of reflections.
    for n in (0..=34).chain([47, 48, 49, 50, 64, 65, 95, 96, 97, 98, 129, 193]) {
        solved(&random_symmetric(n, n as u64), n);
    }
}

#[test]
fn one_by_one_and_two_by_two() {
    let one = solved(&[-3.5], 1);
    assert_eq!((one.values, one.vectors), (vec![-3.5], vec![1.0]));
    let two = solved(&[2.0, 1.0, 1.0, 2.0], 2);
    assert_close_f64(&two.values, &[3.0, 1.0], 1e-15, 0.0);
    for entry in [1e-300, 1e300] {
        let values = solved(&[entry; 4], 2).values;
        assert_close_f64(&values, &[2.0 * entry, 0.0], 1e-15, 1e-15 * entry);
    }
}

#[test]
fn a_diagonal_matrix_is_solved_as_it_is() {
    let values = [3.0, -1.0, 1e-200, 7.0, 3.0];
    let found = solved(&diagonal(&values), 5);
    assert_eq!(found.values, [7.0, 3.0, 3.0, 1e-200, -1.0]);
    // Equal values keep their order.
    let order = [3, 0, 4, 2, 1];
    assert_eq!(found.vectors, square(5, |i, j| f64::from(u8::from(order[i] == j))));
    assert_eq!(solved(&[0.0; 100 * 100], 100).values, [0.0; 100]);
    assert_eq!(solved(&identity(100), 100).values, [1.0; 100]);
}

#[test]
fn rows_of_zeros_have_eigenvalues_of_zero() {
    // As constant pixels have: 67 of these 150 rows.
    let mut a = with_spectrum(&(0..150).map(|i| 0.9f64.powi(i)).collect::<Vec<_>>(), 1);
    let constant = |i: usize| i < 60 || i > 60 && i.is_multiple_of(13);
    let count = (0..150).filter(|&i| constant(i)).count();
    assert_eq!(count, 67);
    for i in 0..150 {
        for j in 0..150 {
            if constant(i) || constant(j) {
                a[i * 150 + j] = 0.0;
            }
        }
    }
    let found = solved(&a, 150);
    assert_eq!(found.values.iter().filter(|&&v| v == 0.0).count(), count);
    for (value, v) in found.values.iter().zip(found.vectors.chunks(150)) {
        let outside = (0..150).filter(|&i| constant(i) && v[i] != 0.0).count();
        assert_eq!(outside, usize::from(*value == 0.0));
    }
}

#[test]
fn repeated_and_clustered_eigenvalues() {
    let n = 120;
    type Spectrum = (&'static str, fn(usize) -> f64);
    let spectra: [Spectrum; 8] = [
        ("rank 1", |i| if i == 0 { 3.0 } else { 0.0 }),
        ("two values", |i| if i < 50 { 1.0 } else { -1.0 }),
        ("one apart", |i| if i == 0 { -1.0 } else { 1.0 }),
        ("a cluster of 1e-14", |i| 1.0 + 1e-14 * i as f64),
        ("a cluster of 1e-8", |i| 1.0 + 1e-8 * i as f64),
        ("six clusters", |i| (i / 20) as f64 + 1e-12 * (i % 20) as f64),
        ("halves", |i| 0.5f64.powi(i as i32)),
        ("thousandths", |i| 1e-3f64.powi(i as i32)),
    ];
    for (name, spectrum) in spectra {
        let mut values: Vec<f64> = (0..n).map(spectrum).collect();
        let a = with_spectrum(&values, 7);
        let found = solved(&a, n);
        values.sort_by(|a, b| b.total_cmp(a));
        println!("{name}");
        assert_close_f64(&found.values, &values, 0.0, 3e-14 * norm(&values));
    }
    // All entries 1: rank 1 exactly.
    let ones = solved(&square(n, |_, _| 1.0), n).values;
    assert_close_f64(&ones[..1], &[n as f64], 1e-14, 0.0);
}

#[test]
fn tridiagonal_matrices_that_deflate() {
    // Wilkinson's W^+, glued: pairs of values that agree in all digits, many times.
    let wilkinson =
        |n: usize| -> Vec<f64> { (0..n).map(|i| (i % 21).abs_diff(10) as f64).collect() };
    for glue in [0.0, 1e-300, 1e-16, 1e-8, 1.0] {
        let a = tridiagonal(&wilkinson(105), |i| if i % 21 == 20 { glue } else { 1.0 });
        let values = solved(&a, 105).values;
        // Reference: mpmath 1.3, 60 digits, for one of them.
        if glue < 1e-15 {
            assert_close_f64(&values[..10], &[10.746_194_182_903_393; 10], 2e-14, 0.0);
        }
    }
    // Known values: 2 - 2 cos(pi k / (n + 1)).
    for n in [1, 2, 24, 25, 100, 200] {
        let values = solved(&tridiagonal(&vec![2.0; n], |_| -1.0), n).values;
        let angle = |k: usize| std::f64::consts::PI * (n - k) as f64 / (n + 1) as f64;
        let expected: Vec<f64> = (0..n).map(|k| 2.0 - 2.0 * angle(k).cos()).collect();
        assert_close_f64(&values, &expected, 0.0, 2e-14);
    }
    // Entries beside the diagonal of both signs, and zeros where the matrix is cut.
    solved(&tridiagonal(&[1.0; 100], |i| [1.0, -2.0, 0.0][i % 3]), 100);
    solved(&tridiagonal(&[0.0; 100], |i| if i == 49 { 0.0 } else { -1.0 }), 100);
}

#[test]
fn graded_matrices_and_extreme_scales() {
    let n = 60;
    let exponents: Vec<i32> = (0..n as i32).map(|i| (i * 37) % 60 - 30).collect();
    for most in [1, 10] {
        // Entries from 1e-300 to 1e300 for the second.
        let entry = |i: usize, j: usize| {
            let exponent = most * (exponents[i] + exponents[j]) / 2;
            10f64.powi(exponent) * if i == j { 1.0 } else { 0.125 }
        };
        solved(&square(n, entry), n);
    }
    let a = random_symmetric(50, 5);
    let one = solved(&a, 50);
    for exponent in [-1000, -400, 400, 1000] {
        let scale = |x: f64| x * f64::powi(2.0, exponent);
        let scaled: Vec<f64> = a.iter().map(|&x| scale(x)).collect();
        let found = divide_and_conquer(&scaled, 50).unwrap();
        let expected: Vec<f64> = one.values.iter().map(|&x| scale(x)).collect();
        assert_eq!(found.values, expected, "powers of two change no digit");
        assert_eq!(found.vectors, one.vectors);
    }
    // All numbers are subnormal.
    let tiny = square(40, |i, j| f64::from_bits((1 + i.min(j) * i.max(j)) as u64));
    let found = divide_and_conquer(&tiny, 40).unwrap();
    assert!(errors(&tiny, &found.values, &found.vectors, 40).1 < 1e-13);
    let jacobi = symmetric_eigen(&tiny, 40).unwrap();
    assert_close_f64(&found.values, &jacobi.values, 0.0, 40.0 * 5e-324);
}

#[test]
fn hilberts_matrix() {
    // Reference: mpmath 1.3, 60 digits. Its entries are not binary fractions, so the matrix itself
    // is rounded.
    let values = solved(&square(8, |i, j| 1.0 / (i + j + 1) as f64), 8).values;
    let expected = [1.695_938_996_921_949_5, 0.298_125_211_316_930_7, 0.026_212_843_578_119_05];
    assert_close_f64(&values[..3], &expected, 0.0, 1e-15);
    assert_close_f64(&values[7..], &[1.111_538_966_372_442_4e-10], 0.0, 1e-15);
}

/// The numbers of an array of a golden.
fn array(case: &serde_json::Value, key: &str) -> Vec<f64> {
    let data = case[key]["data"].as_array().unwrap_or_else(|| panic!("no array {key}"));
    data.iter().map(|v| v.as_f64().expect("a number")).collect()
}

#[test]
fn agrees_with_numpy() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/eigh.json");
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let golden: serde_json::Value = serde_json::from_str(&text).expect("the golden is JSON");
    let cases = golden["cases"].as_array().expect("cases");
    assert!(cases.len() >= 5, "only {} cases in the golden", cases.len());
    let mut vectors_seen = 0;
    for case in cases {
        println!("{}", case["name"]);
        let n = case["n"].as_u64().expect("n") as usize;
        let mut upper = array(case, "upper").into_iter();
        let mut a = vec![0.0; n * n];
        for i in 0..n {
            for j in i..n {
                a[i * n + j] = upper.next().expect("the whole triangle");
                a[j * n + i] = a[i * n + j];
            }
        }
        let mut found = solved(&a, n);
        assert_close_f64(&found.values, &array(case, "values"), 0.0, 1e-14 * norm(&a));
        if !case["vectors"].is_null() {
            for row in found.vectors.chunks_mut(n) {
                let largest =
                    row.iter().fold(0.0f64, |m, &x| if x.abs() > m.abs() { x } else { m });
                row.iter_mut().for_each(|x| *x *= largest.signum());
            }
            assert_close_f64(&found.vectors, &array(case, "vectors"), 0.0, 1e-12);
            vectors_seen += 1;
        }
    }
    assert_eq!(vectors_seen, 1);
}

#[test]
fn threads_change_no_bit() {
    // Large enough to share the products of matrix and vector, the roots and the merging.
    for a in [random_symmetric(400, 1), with_spectrum(&vec![1.0; 150], 2)] {
        let n = a.len().isqrt();
        let run = |threads| {
            with_threads(threads, || divide_and_conquer(&a, n).unwrap()).expect("threads start")
        };
        let one = run(1);
        assert_eq!(one, run(2));
        assert_eq!(one, run(3));
        assert_eq!(one, divide_and_conquer(&a, n).unwrap());
    }
}

#[test]
fn large_matrices_have_errors_as_small_as_jacobis() {
    let n = 300;
    for (seed, rank) in [(1, 300), (2, 40)] {
        let b = widen(&Sampler::new(seed).vec(rank * n, -1.0, 1.0));
        let a = matmul(&transpose(&b, rank, n), &b, n, rank, n);
        let a = square(n, |i, j| a[i.min(j) * n + i.max(j)]);
        let found = solved(&a, n);
        let jacobi = symmetric_eigen(&a, n).unwrap();
        let (residual, off) = errors(&a, &found.values, &found.vectors, n);
        let (residual_jacobi, off_jacobi) = errors(&a, &jacobi.values, &jacobi.vectors, n);
        println!("residual {residual:e}, Jacobi {residual_jacobi:e}");
        println!("orthogonality {off:e}, Jacobi {off_jacobi:e}");
        assert!(residual <= 4.0 * residual_jacobi && off <= 4.0 * off_jacobi);
    }
}

#[test]
fn only_the_upper_triangle_is_read() {
    let upper = [2.0, 1.0, 0.5, f64::NAN, 3.0, -1.0, f64::INFINITY, 9.0, 4.0];
    let whole = [2.0, 1.0, 0.5, 1.0, 3.0, -1.0, 0.5, -1.0, 4.0];
    assert_eq!(divide_and_conquer(&upper, 3), divide_and_conquer(&whole, 3));
}

#[test]
fn what_is_not_finite_is_refused_as_by_jacobis_method() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let matrix = [1.0, bad, 0.0, 1.0];
        let error = divide_and_conquer(&matrix, 2).unwrap_err();
        assert!(matches!(error, PcaError::NotFinite { row: 0, column: 1, .. }));
        assert_eq!(error.to_string(), symmetric_eigen(&matrix, 2).unwrap_err().to_string());
    }
}

#[test]
#[should_panic(expected = "divide_and_conquer: 5 elements for a 2 x 2 matrix")]
fn a_matrix_of_another_size_panics() {
    let _ = divide_and_conquer(&[0.0; 5], 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Random signs and magnitudes, many zeros and ties: whatever deflates.
    #[test]
    fn any_symmetric_matrix(n in 0..=110usize, kinds in 1..=5u64, band in 1..=110usize, seed: u64) {
        let mut sampler = Sampler::new(seed);
        let numbers = [0.0, 1.0, -1.0, 1e-9, 2.5e-17];
        let x: Vec<f64> = (0..n * n).map(|_| {
            let kind = numbers[(sampler.bits() % kinds) as usize];
            if sampler.bits().is_multiple_of(4) { f64::from(sampler.uniform(-1.0, 1.0)) } else { kind }
        }).collect();
        let entry = |i: usize, j: usize| if j - i < band { x[i * n + j] } else { 0.0 };
        solved(&square(n, |i, j| entry(i.min(j), i.max(j))), n);
    }
}
