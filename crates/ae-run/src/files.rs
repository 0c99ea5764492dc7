//! The names of those files in a run's folder that programs read again.

/// The settings of the run, and how far it came.
pub const CONFIG: &str = "config.toml";
/// The file that records where the data of the run were. It is a hint, not a result.
pub const PATHS: &str = "paths.toml";
/// The times of the run.
pub const TIMES: &str = "times.toml";
/// The losses of each epoch.
pub const HISTORY: &str = "history.csv";
/// The quality of a model that denoises, or finds anomalies.
pub const METRICS: &str = "metrics.toml";
/// What flags an anomaly: the thresholds and their settings.
pub const DETECTOR: &str = "detector.toml";
/// The codes of the normal training images, from which distances are measured.
pub const DETECTOR_CODES: &str = "detector.safetensors";
/// The trained model.
pub const MODEL: &str = "model.safetensors";
/// The newest checkpoint.
pub const CHECKPOINT: &str = "checkpoint.safetensors";
/// The checkpoint before the newest.
pub const PREVIOUS_CHECKPOINT: &str = "checkpoint-previous.safetensors";
/// The page that shows the run. It has times in it, so it is not a result.
pub const REPORT: &str = "report.html";
/// The checksums of the results. The file exists once a run is complete.
pub const CHECKSUMS: &str = "SHA256SUMS";
