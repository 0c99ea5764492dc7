//! The one clock of this crate.

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub(crate) use watch::Stopwatch;

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
mod watch {
    use std::time::Instant;

    /// The time since it was started.
    #[derive(Debug)]
    pub(crate) struct Stopwatch(Instant);

    impl Stopwatch {
        pub(crate) fn start() -> Self {
            Self(Instant::now())
        }

        pub(crate) fn seconds(&self) -> f64 {
            self.0.elapsed().as_secs_f64()
        }
    }
}

/// A watch that stands still: WebAssembly on its own has no clock, and `Instant::now` panics. Only
/// reports of times use this one.
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
#[derive(Debug)]
pub(crate) struct Stopwatch;

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self
    }

    pub(crate) fn seconds(&self) -> f64 {
        0.0
    }
}
