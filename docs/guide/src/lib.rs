#![doc = include_str!("../README.md")]

use std::path::PathBuf;

pub mod en;

/// Where a chapter writes a picture of this name.
///
/// The folder is that of the environment variable `AE_GUIDE_PICTURES`, relative to the current
/// one, which for tests of documentation is that of this package; or else a folder of the
/// temporary directory. It is made if it does not exist.
///
/// # Panics
/// If the folder cannot be made.
#[must_use]
pub fn picture(name: &str) -> PathBuf {
    let folder = std::env::var_os("AE_GUIDE_PICTURES")
        .map_or_else(|| std::env::temp_dir().join("ae-guide"), PathBuf::from);
    if let Err(error) = std::fs::create_dir_all(&folder) {
        panic!("picture: expected to make the folder {}, but: {error}", folder.display());
    }
    folder.join(name)
}
