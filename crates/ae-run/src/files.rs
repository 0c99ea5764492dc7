//! The names of the files in a run's folder that programs read again.

/// What was run, and how far it came.
pub const CONFIG: &str = "config.toml";
/// How long it took.
pub const TIMES: &str = "times.toml";
/// How good a denoising model is.
pub const METRICS: &str = "metrics.toml";
/// The trained model.
pub const MODEL: &str = "model.safetensors";
/// The newest checkpoint.
pub const CHECKPOINT: &str = "checkpoint.safetensors";
/// The checkpoint before the newest.
pub const PREVIOUS_CHECKPOINT: &str = "checkpoint-previous.safetensors";
/// The checksums of the results. The file is there once a run has come to its end.
pub const CHECKSUMS: &str = "SHA256SUMS";
