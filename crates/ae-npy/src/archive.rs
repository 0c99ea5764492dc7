//! Reads the arrays of a `.npz` file, one at a time.

use crate::read::{NpyArray, NpyError, read_npy};
use std::io::{Read, Seek};
use thiserror::Error;
use zip::ZipArchive;
use zip::result::ZipError;

/// The maximum number of arrays in a file.
const MOST_ARRAYS: usize = 4096;

/// A `.npz` file: arrays by name, stored or deflated.
#[derive(Debug)]
pub struct NpzReader<R: Read + Seek> {
    archive: ZipArchive<R>,
    names: Vec<String>,
}

/// Why an archive was not read. The message does not name the file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NpzError {
    /// It is not a zip archive, or a damaged one.
    #[error("expected a zip archive of arrays, found: {0}")]
    Zip(ZipError),
    /// The archive has very many entries.
    #[error("expected at most {MOST_ARRAYS} arrays, found {0}")]
    TooMany(usize),
    /// One of the arrays.
    #[error("array {name}: {reason}")]
    Array {
        /// The name of the array.
        name: String,
        /// The reason.
        reason: NpyError,
    },
}

impl<R: Read + Seek> NpzReader<R> {
    /// Reads the table of the archive, and no array.
    ///
    /// # Errors
    /// [`NpzError::Zip`] if it is not an archive, [`NpzError::TooMany`] for more than 4096 entries.
    pub fn new(reader: R) -> Result<Self, NpzError> {
        let archive = ZipArchive::new(reader).map_err(NpzError::Zip)?;
        if archive.len() > MOST_ARRAYS {
            return Err(NpzError::TooMany(archive.len()));
        }
        // A name that is not text cannot be asked for.
        let names = archive.file_names().flatten();
        let mut names: Vec<String> =
            names.filter_map(|name| Some(name.strip_suffix(".npy")?.to_owned())).collect();
        names.sort_unstable();
        Ok(Self { archive, names })
    }

    /// The names of the arrays, sorted.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Reads the array with this name, with at most `limit` bytes of numbers.
    ///
    /// # Errors
    /// [`NpzError::Zip`] if there is no such array or the archive is damaged, [`NpzError::Array`]
    /// as for [`read_npy`].
    pub fn read(&mut self, name: &str, limit: u64) -> Result<NpyArray, NpzError> {
        let file = self.archive.by_name(&format!("{name}.npy")).map_err(NpzError::Zip)?;
        read_npy(file, limit).map_err(|reason| NpzError::Array { name: name.into(), reason })
    }
}
