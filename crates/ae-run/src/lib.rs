#![doc = include_str!("../README.md")]

mod build;
mod checkpoints;
mod checksums;
mod config;
mod detector;
mod error;
mod files;
mod folder;
mod job;
mod metadata;
mod metrics;
mod model_file;
mod places;
mod session;
pub mod sweep;

pub use ae_optim::{OptimizerName, UnknownOptimizer};
pub use checkpoints::{NewestCheckpoint, checkpoint_to_extend, newest_checkpoint};
pub use checksums::Checksums;
pub use config::{Config, DataDifference, DataRecord, ModelRecord};
pub use detector::{Detector, DetectorRecord, ScoreThreshold};
pub use error::RunError;
pub use files::{
    CHECKPOINT, CHECKSUMS, CONFIG, DETECTOR, DETECTOR_CODES, HISTORY, METRICS, MODEL, PATHS,
    PREVIOUS_CHECKPOINT, REPORT, TIMES,
};
pub use folder::{
    RunFolder, Traces, check_idle, file_names, is_complete, is_part_of_run, is_untouched, read_file,
};
pub use job::{
    AnomalySpec, Chosen, DataSpec, DenoiseSpec, DenseSpec, Job, KeepSpec, Limits, MaskSpec,
    ModelSpec, Plan, PlanSpec, RecordedModel, TrainingSpec,
};
pub use metrics::{Metrics, Times};
pub use model_file::ModelFile;
pub use places::{DataPlaces, RecordedData};
pub use session::{Session, Start};
