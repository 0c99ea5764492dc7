//! Properties that must hold for any bytes, one function for each kind of input file.
//!
//! `fuzz/targets/` calls each function with the bytes that libFuzzer generates; on every
//! `cargo test`, `tests/replay.rs` calls it with all files of `fuzz/seeds` and `fuzz/regressions`.
//! So a finding fails here in the same way. The functions are in a separate package because they
//! fit nowhere else: `ae-testkit` is below the crates they call, they do not belong in a crate's
//! public interface, and the package in `fuzz/` needs another compiler.

mod checkpoint;
mod idx;
mod model;
mod png;
mod read;

pub use checkpoint::checkpoint;
pub use idx::{idx_images, idx_labels};
pub use model::model_toml;
pub use png::png_image;

/// A property: panics when it does not hold for these bytes.
pub type Property = fn(&[u8]);

/// All properties, by the names of the fuzz targets and of the folders in `fuzz/seeds` and
/// `fuzz/regressions`.
pub const PROPERTIES: &[(&str, Property)] = &[
    ("checkpoint", checkpoint),
    ("idx_images", idx_images),
    ("idx_labels", idx_labels),
    ("model_toml", model_toml),
    ("png_image", png_image),
];
