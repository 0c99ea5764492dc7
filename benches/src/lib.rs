//! The machine's own limits, measured in the run that quotes them, and a stopwatch.
//!
//! A time says little without what it could have been: every kernel's speed is stated as a share of the
//! peak measured here.

use std::hint::black_box;
use std::time::Instant;
use wide::f32x16;

/// The median over `rounds` of the seconds that one call of `work` takes, each round timing a batch of
/// calls of some 20 ms. A third of a second of warm-up lets clocks and caches settle.
pub fn median_seconds(rounds: usize, mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut calls = 0;
    while start.elapsed().as_secs_f64() < 0.3 || calls < 2 {
        work();
        calls += 1;
    }
    let once = start.elapsed().as_secs_f64() / f64::from(calls);
    let batch = ((0.02 / once) as usize).max(1);
    let mut times: Vec<f64> = (0..rounds.max(1))
        .map(|_| {
            let start = Instant::now();
            for _ in 0..batch {
                work();
            }
            start.elapsed().as_secs_f64() / batch as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The most GFLOP/s that `threads` threads can do with fused multiply-adds held in registers.
#[must_use]
pub fn fma_peak(threads: usize) -> f64 {
    const STEPS: usize = 20_000;
    // Enough independent chains to fill every pipeline: 4 cycles' latency, 2 a cycle; AVX2 halves them.
    const CHAINS: usize = 12;
    let chain = |seed: f32| {
        let mut sums = [f32x16::splat(seed); CHAINS];
        let a = f32x16::splat(black_box(0.999_9));
        let b = f32x16::splat(black_box(1e-4));
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = a.mul_add(*sum, b);
            }
        }
        sums.iter().map(|s| s.reduce_add()).sum::<f32>()
    };
    let flops = (threads * STEPS * CHAINS * 16 * 2) as f64;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
    let seconds = pool.install(|| {
        median_seconds(15, || {
            pool.broadcast(|_| black_box(chain(black_box(0.5))));
        })
    });
    flops / seconds / 1e9
}

/// Bytes per second, in GB/s, read and written together when copying 256 MiB on this thread.
#[must_use]
pub fn copy_bandwidth() -> f64 {
    let source = vec![1.0f32; 64 << 20];
    let mut target = vec![0.0f32; 64 << 20];
    let seconds = median_seconds(5, || black_box(&mut target).copy_from_slice(black_box(&source)));
    (2 * 4 * source.len()) as f64 / seconds / 1e9
}
