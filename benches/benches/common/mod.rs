//! Helpers shared by all benches.

use criterion::Criterion;
use std::time::Duration;

/// Shorter than criterion's default 3 and 5 seconds, with a third of the samples and a tenth of the
/// resamples that cargo-criterion analyses: all benches together take minutes (benches/README.md).
pub(crate) fn configuration() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1200))
        .sample_size(30)
        .nresamples(10_000)
}
