//! Computes the same convolution, the second of the denoising model (8 images of 14 x 14 pixels, 32
//! channels to 32, 3 x 3), in five ways and times each, beside the peak of multiply-adds on this
//! thread: `cargo run --release -p ae-tensor --example conv_steps`.

use ae_tensor::kernels::conv::{self, Conv2d};
use ae_tensor::kernels::gemm::{Epilogue, MatRef, gemm};
use ae_tensor::{Window, with_threads};
use std::hint::black_box;
use std::time::Instant;
use wide::f32x16;

const IMAGES: usize = 8;
const SIDE: usize = 14;
const CHANNELS: usize = 32;
const TAPS: usize = 9;
const PATCH: usize = TAPS * CHANNELS;
const PIXELS: usize = IMAGES * SIDE * SIDE;

/// Calls `visit(pixel of y, tap, pixel of x)` for all combinations within the image.
fn for_each_pair(mut visit: impl FnMut(usize, usize, usize)) {
    for image in 0..IMAGES {
        for (i, j) in (0..SIDE).flat_map(|i| (0..SIDE).map(move |j| (i, j))) {
            for (ky, kx) in (0..3).flat_map(|ky| (0..3).map(move |kx| (ky, kx))) {
                let (u, v) = (i + ky, j + kx);
                if (1..=SIDE).contains(&u) && (1..=SIDE).contains(&v) {
                    let pixel = |i: usize, j: usize| (image * SIDE + i) * SIDE + j;
                    visit(pixel(i, j), ky * 3 + kx, pixel(u - 1, v - 1));
                }
            }
        }
    }
}

/// The definition: each output is a sum over taps and channels.
fn naive(x: &[f32], k: &[f32], y: &mut [f32]) {
    y.fill(0.0);
    for_each_pair(|to, tap, from| {
        for o in 0..CHANNELS {
            let mut sum = 0.0;
            for c in 0..CHANNELS {
                sum += x[from * CHANNELS + c] * k[(tap * CHANNELS + c) * CHANNELS + o];
            }
            y[to * CHANNELS + o] += sum;
        }
    });
}

/// The two inner loops exchanged: the steps of the innermost loop are independent, and run along
/// memory.
fn reordered(x: &[f32], k: &[f32], y: &mut [f32]) {
    y.fill(0.0);
    for_each_pair(|to, tap, from| {
        let y = &mut y[to * CHANNELS..][..CHANNELS];
        let k = k[tap * CHANNELS * CHANNELS..].chunks_exact(CHANNELS);
        for (x, k) in x[from * CHANNELS..][..CHANNELS].iter().zip(k) {
            y.iter_mut().zip(k).for_each(|(y, k)| *y += x * k);
        }
    });
}

/// All patches as one matrix, followed by a product.
fn im2col(x: &[f32], k: &[f32], y: &mut [f32]) {
    let mut patches = vec![0.0; PIXELS * PATCH];
    for_each_pair(|to, tap, from| {
        patches[to * PATCH + tap * CHANNELS..][..CHANNELS]
            .copy_from_slice(&x[from * CHANNELS..][..CHANNELS]);
    });
    let (p, k) = (MatRef::new(&patches, PIXELS, PATCH), MatRef::new(k, PATCH, CHANNELS));
    gemm(p, k, y, Epilogue::default());
}

fn shapes() -> Conv2d {
    let placement = Window::same([3, 3]).over([SIDE, SIDE]).expect("the window fits");
    Conv2d::new(placement, CHANNELS, CHANNELS)
}

/// A few lines of padded image at a time.
fn lines(x: &[f32], k: &[f32], y: &mut [f32]) {
    conv::forward_direct(&shapes(), x, k, Epilogue::default(), y);
}

/// The same with fewer multiplications.
fn winograd(x: &[f32], k: &[f32], y: &mut [f32]) {
    conv::forward(&shapes(), x, k, Epilogue::default(), y);
}

/// The shortest of `runs` runs, in seconds.
fn best(runs: usize, mut work: impl FnMut()) -> f64 {
    work(); // not counted: it loads the operands into the caches
    let time = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..runs).map(time).fold(f64::INFINITY, f64::min)
}

/// The highest rate, in GFLOP/s, of multiply-adds held in registers.
fn peak() -> f64 {
    const STEPS: usize = 50_000;
    // As many sums as fit the registers together with the two operands: AVX-512 has 32, AVX2 has 16
    // of half the size.
    const SUMS: usize = if cfg!(target_feature = "avx512f") { 12 } else { 6 };
    let (a, b) = (f32x16::splat(black_box(0.999_9)), f32x16::splat(black_box(1e-4)));
    let seconds = best(20, || {
        let mut sums = [f32x16::ONE; SUMS];
        for _ in 0..STEPS {
            sums.iter_mut().for_each(|sum| *sum = a.mul_add(*sum, b));
        }
        black_box(sums);
    });
    (STEPS * SUMS * 16 * 2) as f64 / seconds / 1e9
}

fn main() {
    let numbers = |len, period| (0..len).map(move |i| (i % period) as f32 / period as f32 - 0.5);
    let x: Vec<f32> = numbers(PIXELS * CHANNELS, 17).collect();
    let k: Vec<f32> = numbers(PATCH * CHANNELS, 13).collect();
    let peak = peak();
    println!("peak of one thread {peak:>24.1} GFLOP/s");
    let report = |name: &str, runs, convolve: fn(&[f32], &[f32], &mut [f32])| {
        let mut y = vec![f32::NAN; PIXELS * CHANNELS];
        let seconds = best(runs, || convolve(black_box(&x), black_box(&k), black_box(&mut y)));
        // Includes the products with the padding, as is usual.
        let rate = (2 * PIXELS * PATCH * CHANNELS) as f64 / seconds / 1e9;
        let share = 100.0 * rate / peak;
        println!("{name:<20} {:>9.3} ms {rate:>8.1} GFLOP/s {share:>5.1} %", seconds * 1e3);
        y
    };
    with_threads(1, || {
        let first = report("naive", 5, naive);
        for (name, runs, convolve) in [
            ("reordered", 20, reordered as fn(&[f32], &[f32], &mut [f32])),
            ("im2col and gemm", 200, im2col),
            ("lines, no im2col", 200, lines),
            ("Winograd's scheme", 200, winograd),
        ] {
            let y = report(name, runs, convolve);
            let differences = y.iter().zip(&first).map(|(a, b)| (a - b).abs());
            assert!(differences.fold(0.0, f32::max) < 1e-4, "{name} computes something else");
        }
    })
    .expect("a thread starts");
}
