//! A TOML file of the folder.

use crate::report::results;
use std::path::Path;

/// The texts of a TOML file of the folder, if it exists and is whole.
pub(crate) fn table(folder: &Path, name: &str) -> Option<toml::Table> {
    results::table(folder, name).ok().flatten()
}
