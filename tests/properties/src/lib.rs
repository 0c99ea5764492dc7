//! What must hold for any bytes at all, one function for each kind of file that comes from outside.
//!
//! `fuzz/targets/` hands each function the bytes that libFuzzer makes up; `tests/replay.rs` hands
//! it, on every `cargo test`, all files of `fuzz/seeds` and `fuzz/regressions`. So a finding fails
//! here the same way as it did there. The functions are in a package of their own because neither
//! side can give them a home: `ae-testkit` is below the crates they call, a crate's public
//! interface is not the place for them, and the package in `fuzz/` needs another compiler.

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

/// All of them, by the names of the fuzz targets and of the folders in `fuzz/seeds` and
/// `fuzz/regressions`.
pub const PROPERTIES: &[(&str, Property)] = &[
    ("checkpoint", checkpoint),
    ("idx_images", idx_images),
    ("idx_labels", idx_labels),
    ("model_toml", model_toml),
    ("png_image", png_image),
];
