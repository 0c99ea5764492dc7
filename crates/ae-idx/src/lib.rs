#![doc = include_str!("../README.md")]

mod array;
mod catalog;
mod dataset;
mod element;
mod error;
mod labelled;
mod layout;
mod locate;
mod reader;
mod source;
mod writer;

pub use array::{IdxArray, IdxData, MAX_RANK};
pub use catalog::{
    ClassName, FASHION_MNIST, FILE_NAMES, KNOWN, KnownDataset, KnownFile, MNIST, class_index,
};
pub use dataset::Dataset;
pub use element::ElementType;
pub use error::{IdxError, ShapeError};
pub use labelled::LabelledImages;
pub use layout::Remark;
pub use locate::{DATA_DIR_VARIABLE, Search};
pub use reader::{Limits, read, read_file, read_file_with_sha256};
pub use writer::{Packing, write, write_file};
