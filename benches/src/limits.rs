//! The machine's limits, measured in the run that quotes them.

use crate::stopwatch::median_seconds;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::hint::black_box;
use wide::f32x16;

/// The bytes of the copy in the table's first line: far more than any cache holds.
const LARGE_COPY: usize = 512 << 20;

/// The machine's limits for a number of threads.
#[derive(Debug)]
pub struct Limits {
    threads: usize,
    peak: f64,
    /// GB/s of the copies measured so far, by their number of bytes.
    copies: BTreeMap<usize, f64>,
}

/// A speed, and its share of a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed {
    /// More is faster, whatever the unit.
    pub value: f64,
    /// The unit, such as `GFLOP/s`.
    pub unit: &'static str,
    /// The share of the limit that is reached. It may exceed 1: where data stay in a cache, or are
    /// only read, a kernel may move more bytes than a copy does.
    pub share: f64,
    /// The limit: `peak` or `copy`.
    pub of: &'static str,
}

impl Speed {
    /// The same share, with a speed in another unit.
    #[must_use]
    pub fn told_as(self, value: f64, unit: &'static str) -> Self {
        Self { value, unit, ..self }
    }
}

impl Limits {
    /// Measures the limits that every part needs.
    #[must_use]
    pub fn measure(threads: usize) -> Self {
        Self { threads, peak: fma_peak(threads), copies: BTreeMap::new() }
    }

    /// The number of threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// The highest rate, in GFLOP/s, of fused multiply-adds of f32 held in registers, on all
    /// threads.
    #[must_use]
    pub fn peak(&self) -> f64 {
        self.peak
    }

    /// GB/s of a copy of 256 MiB, reads and writes together.
    pub fn large_copy(&mut self) -> f64 {
        self.copy(LARGE_COPY)
    }

    /// GB/s of a copy that reads and writes `bytes` together, by one thread or by all, whichever is
    /// faster. Small copies stay in a cache, as a kernel's data do.
    fn copy(&mut self, bytes: usize) -> f64 {
        let threads = self.threads;
        *self.copies.entry(bytes).or_insert_with(|| copy_bandwidth(bytes, threads))
    }

    /// The speed of this many floating-point operations in f32.
    #[must_use]
    pub fn flops(&self, flops: f64, seconds: f64) -> Speed {
        let value = flops / seconds / 1e9;
        Speed { value, unit: "GFLOP/s", share: value / self.peak, of: "peak" }
    }

    /// The same in f64, of which a register holds half as many.
    #[must_use]
    pub fn flops_f64(&self, flops: f64, seconds: f64) -> Speed {
        let speed = self.flops(flops, seconds);
        Speed { share: 2.0 * speed.share, ..speed }
    }

    /// The speed of reading and writing this many bytes, relative to a copy of the same number.
    pub fn bytes(&mut self, bytes: usize, seconds: f64) -> Speed {
        let value = bytes as f64 / seconds / 1e9;
        Speed { value, unit: "GB/s", share: value / self.copy(bytes), of: "copy" }
    }

    /// The same, in elements.
    pub fn elements(&mut self, count: usize, bytes_each: usize, seconds: f64) -> Speed {
        self.bytes(count * bytes_each, seconds).told_as(count as f64 / seconds / 1e9, "Gelem/s")
    }
}

fn fma_peak(threads: usize) -> f64 {
    const STEPS: usize = 20_000;
    // Enough independent chains to fill every pipeline (4 or 5 cycles of latency, 2 per cycle), and
    // few enough that all stay in registers with the two operands: of AVX2's 16 registers a vector
    // takes two, and a chain in memory would halve the peak.
    const CHAINS: usize = if cfg!(target_feature = "avx512f") { 12 } else { 6 };
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

fn copy_bandwidth(bytes: usize, threads: usize) -> f64 {
    let len = (bytes / 8).max(1);
    let source = vec![1.0f32; len];
    let mut target = vec![0.0f32; len];
    let mut seconds =
        median_seconds(5, || black_box(&mut target[..]).copy_from_slice(black_box(&source)));
    if threads > 1 {
        // In the threads of the kernels, whose pool is the current one.
        let part = len.div_ceil(threads);
        let together = median_seconds(5, || {
            black_box(&mut target[..])
                .par_chunks_mut(part)
                .zip(black_box(&source[..]).par_chunks(part))
                .for_each(|(target, source)| target.copy_from_slice(source));
        });
        seconds = seconds.min(together);
    }
    (8 * len) as f64 / seconds / 1e9
}
