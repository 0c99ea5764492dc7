#![doc = include_str!("../README.md")]

use std::path::PathBuf;

/// Declares the chapters of a language: a module for each, whose documentation is its text, and
/// `CHAPTERS`, the names of their files with their texts. With `as texts` there are no modules.
macro_rules! chapters {
    ($language:literal: $($module:ident = $name:literal,)*) => {
        $(
            #[doc = include_str!(concat!("../", $language, "/", $name, ".md"))]
            pub mod $module {}
        )*

        chapters! { $language as texts: $($name,)* }
    };
    ($language:literal as texts: $($name:literal,)*) => {
        pub(crate) const CHAPTERS: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../", $language, "/", $name, ".md"))),)*
        ];
    };
}

pub mod en;
mod fr;
mod language;
mod markdown;
mod notebook;
mod page;
mod pictures;

pub use language::{Language, UnknownLanguage};
pub use notebook::{Cell, cells, show};
pub use page::page;

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
