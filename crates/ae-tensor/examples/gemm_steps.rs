//! Computes the same product, C = A B of 512 x 512 matrices, in three ways and times each:
//! `cargo run --release -p ae-tensor --example gemm_steps`.

use ae_tensor::kernels::gemm::{Epilogue, MatRef, gemm};
use ae_tensor::{Tensor, with_threads};
use std::hint::black_box;
use std::time::Instant;

const N: usize = 512;

/// The definition: each element of C is a row of A times a column of B.
fn naive_ijk(a: &[f32], b: &[f32], c: &mut [f32]) {
    for i in 0..N {
        for j in 0..N {
            let mut sum = 0.0;
            for p in 0..N {
                sum += a[i * N + p] * b[p * N + j];
            }
            c[i * N + j] = sum;
        }
    }
}

/// The two inner loops exchanged: B and C are read along their rows, and the steps of the innermost
/// loop are independent of each other.
fn reordered_ikj(a: &[f32], b: &[f32], c: &mut [f32]) {
    c.fill(0.0);
    for i in 0..N {
        let c_row = &mut c[i * N..(i + 1) * N];
        for p in 0..N {
            let a_ip = a[i * N + p];
            for (c, b) in c_row.iter_mut().zip(&b[p * N..(p + 1) * N]) {
                *c += a_ip * b;
            }
        }
    }
}

/// Register tile, packing, blocking.
fn blocked(a: &[f32], b: &[f32], c: &mut [f32]) {
    gemm(MatRef::new(a, N, N), MatRef::new(b, N, N), c, Epilogue::default());
}

/// Times `product`, prints the best of `runs` and returns C.
fn report(
    name: &str,
    runs: usize,
    [a, b]: [&Tensor; 2],
    product: fn(&[f32], &[f32], &mut [f32]),
) -> Vec<f32> {
    let mut c = vec![f32::NAN; N * N];
    let mut best = f64::INFINITY;
    // One uncounted run more: it loads the operands into the caches and starts the threads.
    for run in 0..=runs {
        let start = Instant::now();
        product(black_box(a.data()), black_box(b.data()), black_box(&mut c));
        if run > 0 {
            best = best.min(start.elapsed().as_secs_f64());
        }
    }
    let gflops = 2.0 * (N * N * N) as f64 / best / 1e9;
    println!("{name:<24} {:>9.3} ms {gflops:>8.2} GFLOP/s", best * 1e3);
    c
}

fn largest_difference(x: &[f32], y: &[f32]) -> f32 {
    x.iter().zip(y).fold(0.0, |worst, (x, y)| worst.max((x - y).abs()))
}

fn main() {
    let a = Tensor::from_fn([N, N], |i| (i % 17) as f32 / 17.0 - 0.5);
    let b = Tensor::from_fn([N, N], |i| (i % 13) as f32 / 13.0 - 0.5);
    let naive = report("naive i, j, p", 3, [&a, &b], naive_ijk);
    let reordered = report("reordered i, p, j", 20, [&a, &b], reordered_ikj);
    let on = |threads: usize| {
        let name = format!("gemm, {threads} thread(s)");
        with_threads(threads, || report(&name, 100, [&a, &b], blocked)).expect("threads start")
    };
    let (one, two) = (on(1), on(2));
    println!("largest difference to the naive loop: {:e}", largest_difference(&naive, &one));
    println!("reordered equals naive to the bit: {}", naive == reordered);
    println!("one thread equals two to the bit: {}", one == two);
}
