//! Helpers shared by all benches.

use criterion::Criterion;
use std::time::Duration;

/// Shorter than criterion's default 3 and 5 seconds: all benches together take two to three
/// minutes.
pub(crate) fn configuration() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
}
