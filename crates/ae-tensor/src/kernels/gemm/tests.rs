//! The product against its definition, over the sizes where kernels break.

use super::*;
use crate::Activation;
use crate::kernels::parallel::with_threads;
use ae_testkit::{Sampler, assert_close, naive};

/// A test case: the operands' storage, each optionally transposed.
struct Case {
    a: Vec<f32>,
    b: Vec<f32>,
    m: usize,
    k: usize,
    n: usize,
}

impl Case {
    fn new(m: usize, k: usize, n: usize) -> Self {
        let mut sampler = Sampler::new((m * 1_000_003 + k * 1009 + n) as u64);
        Self { a: sampler.vec(m * k, -1.0, 1.0), b: sampler.vec(k * n, -1.0, 1.0), m, k, n }
    }

    /// The product in all four cases of storage, each into memory full of NaN.
    fn products(&self, epilogue: Epilogue<'_>) -> [Vec<f32>; 4] {
        let &Self { m, k, n, .. } = self;
        let at = naive::transpose(&self.a, m, k);
        let bt = naive::transpose(&self.b, k, n);
        let a = [MatRef::new(&self.a, m, k), MatRef::new(&at, k, m).t()];
        let b = [MatRef::new(&self.b, k, n), MatRef::new(&bt, n, k).t()];
        [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(i, j)| {
            let mut c = vec![f32::NAN; m * n];
            gemm(a[i], b[j], &mut c, epilogue);
            c
        })
    }

    fn expected(&self) -> Vec<f64> {
        let (a, b) = (naive::widen(&self.a), naive::widen(&self.b));
        naive::matmul(&a, &b, self.m, self.k, self.n)
    }

    /// Compares all four with the definition. Sums of k products of numbers below 1 carry a
    /// rounding error of at most about k/2 units of 6e-8; in practice about its square root. The
    /// size of the sum itself matters only in sums of thousands.
    fn check(&self) {
        let k = self.k as f64;
        let grown = if self.k >= 4000 { 1e-7 * k } else { 0.0 };
        let atol = 1e-6 * k.sqrt().max(1.0) + grown;
        for c in self.products(Epilogue::default()) {
            assert_close(&c, &self.expected(), 1e-6, atol);
        }
    }
}

#[test]
fn all_small_sizes() {
    for m in 0..14 {
        for k in 0..6 {
            for n in [0, 1, 2, 5, 10, 15, 16, 17, 31, 32, 33] {
                Case::new(m, k, n).check();
            }
        }
    }
}

#[test]
fn every_path_and_its_edges() {
    // Skinny in n, skinny in m, both large; at and next to the edges of tiles and blocks.
    for (m, k, n) in [
        (250, 784, 10),
        (250, 10, 784),
        (10, 250, 784),
        (784, 250, 10),
        (171, 784, 25),
        (64, 9, 64),
        (65, 9, 64),
        (64, 9, 65),
        (65, 9, 65),
        (131, 255, 97),
        (132, 256, 96),
        (133, 257, 98),
        (265, 513, 70),
        (70, 3, 2051),
        (75, 1030, 70),
        // A short inner dimension, in tiles of each height.
        (31, 10, 784),
        (32, 64, 49),
        (10, 31, 784),
        (784, 32, 10),
        (1, 7, 100),
        (29, 5, 40),
        // Dot products, at and next to the edges of their tiles.
        (4, 128, 5),
        (5, 129, 6),
        (3, 128, 10),
        (31, 784, 16),
        (18, 143, 15),
        (33, 784, 11),
        // A long inner dimension.
        (12, 4096, 1),
        (13, 4500, 17),
        (90, 8300, 32),
        (30, 4100, 65),
        (5, 4100, 40),
    ] {
        Case::new(m, k, n).check();
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(150))]

    #[test]
    fn any_shape(m in 0usize..150, k in 0usize..300, n in 0usize..150) {
        Case::new(m, k, n).check();
    }
}

#[test]
fn bias_and_activation_on_the_way_out() {
    // Beyond a depth of 1024 the product comes in two parts: an activation must wait for the last,
    // and must leave other tiles alone.
    for (m, k, n) in
        [(5, 3, 7), (40, 8, 100), (100, 300, 100), (100, 6, 33), (3, 0, 4), (66, 1030, 100)]
    {
        let case = Case::new(m, k, n);
        let bias = Sampler::new(1).vec(n, -1.0, 1.0);
        let expected: Vec<f64> = case
            .expected()
            .iter()
            .enumerate()
            .map(|(i, c)| (c + f64::from(bias[i % n])).max(0.0))
            .collect();
        let epilogue = Epilogue { bias: Some(&bias), activation: Activation::Relu };
        for c in case.products(epilogue) {
            assert_close(&c, &expected, 1e-6, 3e-5);
        }
        for activation in Activation::ALL {
            let f = |z: f64| naive::activation(&activation.to_string(), z);
            let expected: Vec<f64> = case.expected().into_iter().map(f).collect();
            for c in case.products(Epilogue { bias: None, activation }) {
                assert_close(&c, &expected, 1e-5, 3e-5);
            }
        }
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    for (m, k, n) in [
        (250, 784, 10),
        (10, 250, 784),
        (784, 250, 10),
        (250, 10, 784),
        (300, 300, 300),
        (123, 784, 13),
        (60, 13_000, 32),
    ] {
        let case = Case::new(m, k, n);
        let run = |threads| {
            with_threads(threads, || case.products(Epilogue::default())).expect("threads start")
        };
        let one = run(1);
        for threads in [2, 3, 7] {
            assert!(run(threads) == one, "{threads} threads, ({m}, {k}, {n})");
        }
    }
}

#[test]
fn a_nan_in_an_operand_reaches_its_row() {
    // Padding multiplies by zero; it must not hide or spread a NaN.
    let mut case = Case::new(20, 8, 20);
    case.a[3 * 8 + 2] = f32::NAN;
    for c in case.products(Epilogue::default()) {
        for (i, row) in c.chunks(20).enumerate() {
            assert!(row.iter().all(|x| x.is_nan() == (i == 3)), "row {i}");
        }
    }
}

#[test]
#[should_panic(expected = "gemm: (2, 3) x (4, 5) into 10 elements")]
fn shapes_that_do_not_fit() {
    let (a, b) = ([0.0; 6], [0.0; 20]);
    gemm(MatRef::new(&a, 2, 3), MatRef::new(&b, 4, 5), &mut [0.0; 10], Epilogue::default());
}

#[test]
#[should_panic(expected = "gemm: a bias of Some(4) elements for (2, 5)")]
fn a_bias_that_does_not_fit() {
    let (a, b) = ([0.0; 6], [0.0; 15]);
    let epilogue = Epilogue { bias: Some(&[0.0; 4]), ..Epilogue::default() };
    gemm(MatRef::new(&a, 2, 3), MatRef::new(&b, 3, 5), &mut [0.0; 10], epilogue);
}
