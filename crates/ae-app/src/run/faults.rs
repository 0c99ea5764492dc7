//! Places where a test can stop the program: to kill it exactly there, or to send it a signal that
//! comes exactly there.
//!
//! A release build has none: nothing is read, nothing can stop. Otherwise, with
//! `AE_STOP_AT=half-written:3`, the program reports on stderr when it reaches `half-written` for
//! the third time, and waits forever. With `AE_PANIC_AT` it panics there instead. With `AE_HOLD_AT`
//! it waits until a signal has asked it to end, and goes on: at the places where it would end.

use ae_files::ReplaceStep;

/// Marks that the program has reached the place of this name.
pub(crate) fn point(name: &str) {
    point_until(name, || false);
}

/// As [`point`]; the program can be held here until `asked` returns true.
#[cfg(debug_assertions)]
pub(crate) fn point_until(name: &str, asked: impl Fn() -> bool) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    static LEFT: AtomicUsize = AtomicUsize::new(usize::MAX);
    let [panic, hold, stop] =
        ["AE_PANIC_AT", "AE_HOLD_AT", "AE_STOP_AT"].map(|name| std::env::var(name).ok());
    let Some(wanted) = panic.as_ref().or(hold.as_ref()).or(stop.as_ref()) else { return };
    let (place, count) = wanted.split_once(':').unwrap_or((wanted, "1"));
    if place != name {
        return;
    }
    let count = count.parse().expect("AE_STOP_AT=<place>:<count>");
    let _ = LEFT.compare_exchange(usize::MAX, count, Ordering::Relaxed, Ordering::Relaxed);
    if LEFT.fetch_sub(1, Ordering::Relaxed) != 1 {
        return;
    }
    assert!(panic.is_none(), "AE_PANIC_AT={wanted}");
    if hold.is_some() {
        eprintln!("held at {name}");
        while !asked() {
            thread::sleep(std::time::Duration::from_millis(1));
        }
        return;
    }
    eprintln!("stopped at {name}");
    loop {
        thread::park();
    }
}

/// Does nothing: see above.
#[cfg(not(debug_assertions))]
pub(crate) fn point_until(_name: &str, _asked: impl Fn() -> bool) {}

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
