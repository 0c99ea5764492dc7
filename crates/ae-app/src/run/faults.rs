//! Places where a test can stop the program in order to kill it exactly there.
//!
//! With `AE_PANIC_AT` the program panics there instead.
//!
//! A release build has none: nothing is read, nothing can stop. Otherwise, with
//! `AE_STOP_AT=half-written:3`, the program reports on stderr when it reaches `half-written` for
//! the third time, and waits forever.

use ae_files::ReplaceStep;

/// Marks that the program has reached the place of this name.
#[cfg(debug_assertions)]
pub(crate) fn point(name: &str) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static LEFT: AtomicUsize = AtomicUsize::new(usize::MAX);
    let panic = std::env::var("AE_PANIC_AT");
    let Ok(wanted) = panic.clone().or_else(|_| std::env::var("AE_STOP_AT")) else { return };
    let (place, count) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if place != name {
        return;
    }
    let count = count.parse().expect("AE_STOP_AT=<place>:<count>");
    let _ = LEFT.compare_exchange(usize::MAX, count, Ordering::Relaxed, Ordering::Relaxed);
    if LEFT.fetch_sub(1, Ordering::Relaxed) == 1 {
        assert!(panic.is_err(), "AE_PANIC_AT={wanted}");
        eprintln!("stopped at {name}");
        loop {
            std::thread::park();
        }
    }
}

/// Marks that the program has reached the place of this name.
#[cfg(not(debug_assertions))]
pub(crate) fn point(_name: &str) {}

/// Marks that the program has reached this step of writing a checkpoint.
pub(crate) fn step(step: ReplaceStep) {
    point(match step {
        ReplaceStep::HalfWritten => "half-written",
        ReplaceStep::Written => "written",
        ReplaceStep::PreviousKept => "previous-kept",
        ReplaceStep::Renamed => "renamed",
        ReplaceStep::Synced => "synced",
    });
}
