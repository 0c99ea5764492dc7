//! Places where a test may let the program stop, to kill it just there.
//!
//! In a release build there are none: nothing is read, nothing can stop. Otherwise `AE_STOP_AT=half-written:3` lets the program
//! say so on stderr and wait for ever when it comes to `half-written` for the third time.

use ae_files::ReplaceStep;

/// The program has come to a place of this name.
#[cfg(debug_assertions)]
pub(crate) fn point(name: &str) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static LEFT: AtomicUsize = AtomicUsize::new(usize::MAX);
    let Ok(wanted) = std::env::var("AE_STOP_AT") else { return };
    let (place, count) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if place != name {
        return;
    }
    let count = count.parse().expect("AE_STOP_AT=<place>:<count>");
    let _ = LEFT.compare_exchange(usize::MAX, count, Ordering::Relaxed, Ordering::Relaxed);
    if LEFT.fetch_sub(1, Ordering::Relaxed) == 1 {
        eprintln!("stopped at {name}");
        loop {
            std::thread::park();
        }
    }
}

/// The program has come to a place of this name.
#[cfg(not(debug_assertions))]
pub(crate) fn point(_name: &str) {}

/// The program has come to this step of writing a checkpoint.
pub(crate) fn step(step: ReplaceStep) {
    point(match step {
        ReplaceStep::HalfWritten => "half-written",
        ReplaceStep::Written => "written",
        ReplaceStep::PreviousKept => "previous-kept",
        ReplaceStep::Renamed => "renamed",
        ReplaceStep::Synced => "synced",
    });
}
