//! Properties that must hold for any bytes, one function for each kind of input file.
//!
//! `fuzz/targets/` calls each function with the bytes that libFuzzer generates; on every
//! `cargo test`, `tests/replay.rs` calls it with all files of `fuzz/seeds` and `fuzz/regressions`.
//! So a finding fails here in the same way. The functions are in a separate package because they
//! fit nowhere else: `ae-testkit` is below the crates they call, they do not belong in a crate's
//! public interface, and the package in `fuzz/` needs another compiler.

mod arrays;
mod checkpoint;
mod idx;
mod jpeg;
mod model;
mod png;
mod read;
mod table;

pub use arrays::{npy_array, npz_archive};
pub use checkpoint::checkpoint;
pub use idx::{idx_images, idx_labels};
pub use jpeg::jpeg_image;
pub use model::model_toml;
pub use png::png_image;
pub use table::csv_table;

/// A property: panics when it does not hold for these bytes.
pub type Property = fn(&[u8]);

/// All properties, by the names of the fuzz targets and of the folders in `fuzz/seeds` and
/// `fuzz/regressions`.
pub const PROPERTIES: &[(&str, Property)] = &[
    ("checkpoint", checkpoint),
    ("csv_table", csv_table),
    ("idx_images", idx_images),
    ("idx_labels", idx_labels),
    ("jpeg_image", jpeg_image),
    ("model_toml", model_toml),
    ("npy_array", npy_array),
    ("npz_archive", npz_archive),
    ("png_image", png_image),
];
