#![doc = include_str!("../README.md")]

mod dataset;
mod error;
mod extents;
mod idx;
mod images;
mod options;
mod source;

pub use dataset::{Dataset, Skipped};
pub use error::DataError;
pub use extents::Extents;
pub use idx::load_known;
pub use images::{ImageSet, Label};
pub use options::{Channels, Options, Resize, Share};
pub use source::{Limits, Loading, Progress, Silent, Source, files_at, is_at, recognize};
