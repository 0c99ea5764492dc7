//! Prints each kernel's speed beside the machine's limit and a peer's, all measured in this run.
//!
//! `MATMUL_NUM_THREADS=2 cargo run --release -p ae-bench --bin roofline -- 2`: the argument is the number
//! of threads (default 1); the variable sets the peer's.

use ae_bench::{copy_bandwidth, fma_peak, median_seconds};
use ae_tensor::kernels::gemm::{Epilogue, MatRef, gemm};
use ae_tensor::kernels::{bce, math};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2};
use std::hint::black_box;

/// `(m, k, n, A transposed, B transposed)`
const SHAPES: [(usize, usize, usize, bool, bool); 12] = [
    (1024, 1024, 1024, false, false),
    (1024, 1024, 1024, true, true),
    (2048, 2048, 2048, false, false),
    (250, 784, 10, false, false), // encode
    (250, 10, 784, false, false), // decode
    (10, 250, 784, true, false),  // gradient of the decoder's kernel
    (250, 784, 10, false, true),  // gradient of the codes
    (784, 250, 10, true, false),  // gradient of the encoder's kernel
    (892, 784, 10, false, false), // encode the validation set
    (25_088, 288, 32, false, false),
    (6272, 288, 32, false, false),
    (288, 25_088, 32, true, false),
];

fn main() {
    let threads = std::env::args().nth(1).map_or(1, |s| s.parse().expect("a number of threads"));
    ae_tensor::with_threads(threads, || run(threads)).expect("threads start");
}

fn run(threads: usize) {
    let peak = fma_peak(threads);
    println!(
        "FMA peak, {threads} thread(s): {peak:.0} GFLOP/s; copy: {:.1} GB/s",
        copy_bandwidth()
    );
    println!(
        "{:>28} {:>8} {:>6} {:>16} {:>6}",
        "product", "GFLOP/s", "share", "matrixmultiply", "ratio"
    );
    for (m, k, n, at, bt) in SHAPES {
        let a: Vec<f32> = (0..m * k).map(|i| (i % 17) as f32 / 17.0 - 0.5).collect();
        let b: Vec<f32> = (0..k * n).map(|i| (i % 13) as f32 / 13.0 - 0.5).collect();
        let mut c = vec![0.0; m * n];
        let left = if at { MatRef::new(&a, k, m).t() } else { MatRef::new(&a, m, k) };
        let right = if bt { MatRef::new(&b, n, k).t() } else { MatRef::new(&b, k, n) };
        let flops = 2.0 * (m * k * n) as f64;
        let ours = flops
            / median_seconds(15, || gemm(left, right, black_box(&mut c), Epilogue::default()))
            / 1e9;
        let view = |data, rows, cols, transposed| {
            let stored = if transposed { (cols, rows) } else { (rows, cols) };
            let view = ArrayView2::from_shape(stored, data).expect("a matrix");
            if transposed { view.reversed_axes() } else { view }
        };
        let (left, right) = (view(&a, m, k, at), view(&b, k, n, bt));
        let mut product = Array2::<f32>::zeros((m, n));
        let peer = || general_mat_mul(1.0, &left, &right, 0.0, black_box(&mut product));
        let theirs = flops / median_seconds(15, peer) / 1e9;
        let name =
            format!("{m}x{k}{} {k}x{n}{}", if at { "T" } else { "" }, if bt { "T" } else { "" });
        println!(
            "{name:>28} {ours:>8.1} {:>5.0}% {theirs:>16.1} {:>6.2}",
            100.0 * ours / peak,
            ours / theirs
        );
    }
    let x: Vec<f32> = (0..1 << 20).map(|i| (i % 2000) as f32 / 100.0 - 10.0).collect();
    let t: Vec<f32> = (0..1 << 20).map(|i| (i % 256) as f32 / 255.0).collect();
    let mut out = vec![0.0; x.len()];
    let elements = x.len() as f64 / 1e9;
    for (name, f) in [
        ("exp", math::exp as fn(&[f32], &mut [f32])),
        ("ln_1p", math::ln_1p),
        ("sigmoid", math::sigmoid),
    ] {
        let seconds = median_seconds(15, || f(&x, black_box(&mut out)));
        println!("{name:>28} {:>8.2} Gelem/s", elements / seconds);
    }
    let seconds = median_seconds(15, || {
        black_box(bce::bce_sum_and_gradient(&x, &t, 1e-6, black_box(&mut out)));
    });
    println!("{:>28} {:>8.2} Gelem/s", "cross-entropy and gradient", elements / seconds);
}
