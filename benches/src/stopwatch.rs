//! How long something takes.

use std::time::Instant;

/// The median over `rounds` of the seconds that one call of `work` takes, each round timing a batch
/// of calls of some 20 ms. A third of a second of warm-up lets clocks and caches settle.
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

/// The middle one of some numbers, the upper one of two.
///
/// # Panics
/// If there are none.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
