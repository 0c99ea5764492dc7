#![doc = include_str!("../README.md")]

mod arrays;
mod cache;
mod cifar;
mod dataset;
mod decode;
mod error;
mod extents;
mod finish;
mod folder;
mod hash;
mod idx;
mod images;
mod inspect;
mod numpy;
mod options;
mod picture;
mod recognize;
mod scaling;
mod source;
mod split;
mod table;
mod vectors;

pub use ae_files::StoredRows;
pub use ae_image::Channels;
pub use dataset::{Dataset, Skipped};
pub use decode::{decode_image, image_extents};
pub use error::DataError;
pub use extents::Extents;
pub use idx::load_known;
pub use images::{ImageSet, Label};
pub use inspect::{ClassSummary, ColumnSummary, PartSummary, Summary, Values, thumbnails};
pub use options::{Options, Resize, Share};
pub use recognize::{files_at, is_at, recognize};
pub use scaling::{ScaleKind, Scaling};
pub use source::{InMemory, Limits, Loading, Progress, Silent, Source};
pub use table::{check_table, check_vectors};
