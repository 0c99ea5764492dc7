//! A TOML file of the folder.

use std::fs;
use std::path::Path;

/// The texts of a TOML file of the folder, if it exists and is whole.
pub(crate) fn table(folder: &Path, name: &str) -> Option<toml::Table> {
    fs::read_to_string(folder.join(name)).ok()?.parse().ok()
}
