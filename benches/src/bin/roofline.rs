//! Prints each kernel's speed beside the machine's limit and a peer's, all measured in this run.
//!
//! `MATMUL_NUM_THREADS=2 cargo run --release -p ae-bench --bin roofline -- 2`: the argument is the number
//! of threads (default 1); the variable sets the peer's. A second argument picks a part: `products`, `convolutions` or
//! `elementwise`.

use ae_bench::{copy_bandwidth, fma_peak, median_seconds};
use ae_tensor::Window;
use ae_tensor::kernels::conv::{self, Conv2d};
use ae_tensor::kernels::gemm::{Epilogue, MatRef, gemm};
use ae_tensor::kernels::pool::{max_pool, max_pool_backward};
use ae_tensor::kernels::upsample::{up_sample, up_sample_backward};
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

/// The denoising model's convolutions, 3 x 3: `(side of the image, channels in, channels out)`.
const CONVOLUTIONS: [(usize, usize, usize); 4] =
    [(28, 1, 32), (14, 32, 32), (7, 32, 32), (28, 32, 1)];
/// Images at a time: as many as training gives to one thread at a time.
const IMAGES: usize = 8;

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
    let only = std::env::args().nth(2);
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    if wanted("products") {
        products(peak);
    }
    if wanted("convolutions") {
        convolutions(peak);
    }
    if wanted("elementwise") {
        elementwise();
    }
}

fn numbers(len: usize, period: usize) -> Vec<f32> {
    (0..len).map(|i| (i % period) as f32 / period as f32 - 0.5).collect()
}

fn products(peak: f64) {
    println!(
        "{:>28} {:>8} {:>6} {:>16} {:>6}",
        "product", "GFLOP/s", "share", "matrixmultiply", "ratio"
    );
    for (m, k, n, at, bt) in SHAPES {
        let (a, b) = (numbers(m * k, 17), numbers(k * n, 13));
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
}

/// The passes of the denoising model's layers, in microseconds an image. A convolution's share counts the operations of its
/// definition, those with padding among them.
fn convolutions(peak: f64) {
    println!("{:>28} {:>8} {:>6} {:>9}", "convolution", "GFLOP/s", "share", "us/image");
    for (side, inputs, outputs) in CONVOLUTIONS {
        let placement = Window::same([3, 3]).over([side, side]).expect("the window fits");
        let conv = Conv2d::new(placement, inputs, outputs);
        let x = numbers(IMAGES * conv.input_len(), 17);
        let dy = numbers(IMAGES * conv.output_len(), 13);
        let kernel = numbers(conv.kernel_len(), 11);
        let bias = numbers(outputs, 7);
        let (mut y, mut dx, mut dk) = (dy.clone(), x.clone(), kernel.clone());
        let flops = 2.0 * (IMAGES * side * side * 9 * inputs * outputs) as f64;
        let line = |pass: &str, seconds: f64| {
            let name = format!("{pass} {side}x{side} {inputs}->{outputs}");
            let rate = flops / seconds / 1e9;
            let each = seconds / IMAGES as f64 * 1e6;
            println!("{name:>28} {rate:>8.1} {:>5.0}% {each:>9.1}", 100.0 * rate / peak);
        };
        let epilogue = Epilogue { bias: Some(&bias), activation: ae_tensor::Activation::Relu };
        let seconds =
            median_seconds(15, || conv::forward(&conv, &x, &kernel, epilogue, black_box(&mut y)));
        line("forward", seconds);
        let seconds =
            median_seconds(15, || conv::backward_input(&conv, &dy, &kernel, black_box(&mut dx)));
        line("by input", seconds);
        let seconds =
            median_seconds(15, || conv::backward_kernel(&conv, &x, &dy, black_box(&mut dk)));
        line("by kernel", seconds);
    }
    for side in [28, 14] {
        let window = Window::same([2, 2]).with_stride([2, 2]);
        let placement = window.over([side, side]).expect("the window fits");
        let large = numbers(IMAGES * side * side * 32, 17);
        let small = numbers(large.len() / 4, 13);
        let (mut dx, mut y, mut winners) = (large.clone(), small.clone(), small.clone());
        let line = |pass: &str, seconds: f64| {
            let name = format!("{pass} {side}x{side}x32");
            println!("{name:>28} {:>25.1}", seconds / IMAGES as f64 * 1e6);
        };
        let pool = || max_pool(&placement, 32, &large, black_box(&mut y), black_box(&mut winners));
        line("max-pool", median_seconds(15, pool));
        let back = || max_pool_backward(&placement, 32, &winners, &small, black_box(&mut dx));
        line("max-pool backward", median_seconds(15, back));
        let image = [side / 2, side / 2];
        let up = || up_sample(image, 32, [2, 2], &small, black_box(&mut dx));
        line("up-sample to", median_seconds(15, up));
        let back = || up_sample_backward(image, 32, [2, 2], &large, black_box(&mut y));
        line("up-sample backward", median_seconds(15, back));
        let mut sums = [0.0; 32];
        let columns = || ae_tensor::kernels::sum::column_sums(&large, black_box(&mut sums));
        line("bias gradient", median_seconds(15, columns));
        let relu = || ae_tensor::Activation::Relu.backward(&large, black_box(&mut dx));
        line("ReLU backward", median_seconds(15, relu));
    }
}

fn elementwise() {
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
