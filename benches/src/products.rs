//! Matrix products, beside those of a peer that safe code can call: `matrixmultiply` through
//! ndarray, which builds it without its kernels for AVX-512. `benches/peers/compare_gemm.py`
//! measures the peers at their best.

use crate::numbers;
use crate::report::Report;
use crate::stopwatch::median_seconds;
use ae_tensor::kernels::gemm::{Epilogue, MatRef, gemm};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2};
use std::hint::black_box;

/// `(m, k, n, A transposed, B transposed)`. The peers in `benches/peers` have the same list.
const SHAPES: [(usize, usize, usize, bool, bool); 13] = [
    (1024, 1024, 1024, false, false),
    (1024, 1024, 1024, true, true),
    (2048, 2048, 2048, false, false),
    (2048, 2048, 2048, true, true),
    (250, 784, 10, false, false), // encode
    (250, 10, 784, false, false), // decode
    (10, 250, 784, true, false),  // gradient of the decoder's kernel
    (250, 784, 10, false, true),  // gradient of the codes
    (784, 250, 10, true, false),  // gradient of the encoder's kernel
    (892, 784, 10, false, false), // encode the validation set
    // A convolution of 32 images of 28 x 28 or 14 x 14 written as products over patches of 3 x 3 x
    // 32.
    (25_088, 288, 32, false, false),
    (6272, 288, 32, false, false),
    (288, 25_088, 32, true, false),
];

/// Measures all shapes, in GFLOP/s.
pub fn measure(report: &mut Report) {
    report.begin("products", "matrixmultiply  ratio");
    let threads = report.limits.threads();
    let peers = std::env::var("MATMUL_NUM_THREADS").unwrap_or_default();
    if report.is_table() && peers != threads.to_string() {
        eprintln!(
            "matrixmultiply takes its number of threads from MATMUL_NUM_THREADS: set it to {threads}"
        );
    }
    for (m, k, n, at, bt) in SHAPES {
        let (a, b) = (numbers(m * k, 17), numbers(k * n, 13));
        let mut c = vec![0.0; m * n];
        let left = if at { MatRef::new(&a, k, m).t() } else { MatRef::new(&a, m, k) };
        let right = if bt { MatRef::new(&b, n, k).t() } else { MatRef::new(&b, k, n) };
        let flops = 2.0 * (m * k * n) as f64;
        let ours = || gemm(left, right, black_box(&mut c), Epilogue::default());
        let speed = report.limits.flops(flops, median_seconds(15, ours));
        let mut more = String::new();
        if report.is_table() {
            let (left, right) = (view(&a, m, k, at), view(&b, k, n, bt));
            let mut product = Array2::<f32>::zeros((m, n));
            let peer = || general_mat_mul(1.0, &left, &right, 0.0, black_box(&mut product));
            let theirs = flops / median_seconds(15, peer) / 1e9;
            more = format!("{theirs:>14.1} {:>6.2}", speed.value / theirs);
        }
        let t = |transposed| if transposed { "T" } else { "" };
        report.line(&format!("{m}x{k}{} {k}x{n}{}", t(at), t(bt)), speed, &more);
    }
}

fn view(data: &[f32], rows: usize, cols: usize, transposed: bool) -> ArrayView2<'_, f32> {
    let stored = if transposed { (cols, rows) } else { (rows, cols) };
    let view = ArrayView2::from_shape(stored, data).expect("a matrix");
    if transposed { view.reversed_axes() } else { view }
}
