//! Timing.

use std::time::Instant;

/// The median over `rounds` of the time of one call of `work`, in seconds; each round times a batch
/// of calls of about 20 ms. A third of a second of warm-up lets clocks and caches settle.
pub fn median_seconds(rounds: usize, mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut calls = 0;
    while start.elapsed().as_secs_f64() < 0.3 || calls < 2 {
        work();
        calls += 1;
    }
    let once = start.elapsed().as_secs_f64() / f64::from(calls);
    let batch = ((0.02 / once) as usize).max(1);
    let times = (0..rounds.max(1)).map(|_| {
        let start = Instant::now();
        for _ in 0..batch {
            work();
        }
        start.elapsed().as_secs_f64() / batch as f64
    });
    median(times.collect())
}

/// The least time of one call of `work`, in seconds, over short batches of calls: for comparisons
/// within one run, where other work on the machine can only add time.
pub fn best_seconds(mut work: impl FnMut()) -> f64 {
    let mut once = || {
        let start = Instant::now();
        (0..100).for_each(|_| work());
        start.elapsed().as_secs_f64() / 100.0
    };
    // First the memories of earlier calls become stationary.
    once();
    (0..9).map(|_| once()).fold(f64::INFINITY, f64::min)
}

/// The median; of two middle numbers the upper one.
///
/// # Panics
/// If there are no numbers.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
