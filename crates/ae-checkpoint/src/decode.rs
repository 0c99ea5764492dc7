//! From the bytes of a file to memory, without trusting any of them.

use crate::CheckpointError;
use crate::archive::{Archive, Entry, Values};
use crate::digest::{DIGITS, sha256_of_parts};
use crate::encode::{BEGINNING, CHECKSUM_AT, FORMAT, ZEROS};
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The maximum number of bytes read: a thousand times the size of the presets' models.
const MOST_BYTES: u64 = 1 << 30;

/// The expected content, as error messages state it.
const OURS: &str = "a safetensors file with a checksum, as this program writes it";

impl Archive {
    /// Reads a file.
    ///
    /// # Errors
    /// See [`CheckpointError`]: the file cannot be read, or a byte of it has changed since it was
    /// written.
    pub fn read(path: &Path) -> Result<Self, CheckpointError> {
        let cannot = |reason| CheckpointError::Io { path: path.into(), doing: "read", reason };
        let file = File::open(path).map_err(cannot)?;
        let too_large =
            |found| CheckpointError::TooLarge { path: path.into(), limit: MOST_BYTES, found };
        let len = file.metadata().map_err(cannot)?.len();
        if len > MOST_BYTES {
            return Err(too_large(len));
        }
        // The header's length never decides an allocation, and a pipe or a device may be longer
        // than its reported length.
        let mut bytes = Vec::new();
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(cannot)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(too_large(bytes.len() as u64));
        }
        Self::from_bytes(path, &bytes)
    }

    /// Reads the content of a file; `path` is for messages.
    ///
    /// # Errors
    /// As for [`Archive::read`].
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, CheckpointError> {
        check_length(path, bytes)?;
        let parsed = SafeTensors::deserialize(bytes);
        if let Err(SafeTensorError::MetadataIncompleteBuffer) = parsed {
            // The header is valid by itself, so it tells how long the complete file was.
            if let Some(expected) = whole_length(bytes) {
                return Err(length(path, expected, bytes));
            }
        }
        check_sum(path, bytes)?;
        let format =
            |found: String| CheckpointError::Format { path: path.into(), expected: OURS, found };
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| format(e.to_string()))?;
        let parsed = parsed.map_err(|error| format(error.to_string()))?;
        let metadata = header.metadata().as_ref();
        let version =
            metadata.and_then(|metadata| metadata.get("format")).map_or("none", String::as_str);
        if version != FORMAT.to_string() {
            let (path, found) = (path.into(), version.into());
            return Err(CheckpointError::Version { path, expected: FORMAT, found });
        }
        let metadata = metadata.into_iter().flatten();
        let metadata = metadata.filter(|(key, _)| *key != "sha256" && *key != "format");
        let metadata = metadata.map(|(key, value)| (key.clone(), value.clone())).collect();
        let mut archive = Self { path: path.into(), metadata, ..Self::default() };
        for (name, view) in parsed.iter() {
            let values = match view.dtype() {
                Dtype::F32 => Values::F32(numbers(view.data(), f32::from_le_bytes)),
                Dtype::F64 => Values::F64(numbers(view.data(), f64::from_le_bytes)),
                other => {
                    let (path, name) = (path.into(), name.into());
                    let (expected, found) = ("F32 or F64".into(), format!("{other:?}"));
                    return Err(CheckpointError::Tensor { path, name, expected, found });
                }
            };
            archive.tensors.insert(name.into(), Entry { dims: view.shape().to_vec(), values });
        }
        Ok(archive)
    }
}

fn numbers<const N: usize, T>(bytes: &[u8], number: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|&bytes| number(bytes)).collect()
}

fn length(path: &Path, expected: u64, bytes: &[u8]) -> CheckpointError {
    CheckpointError::Length { path: path.into(), expected, found: bytes.len() as u64 }
}

/// Checks that the header is complete and begins as ours do.
fn check_length(path: &Path, bytes: &[u8]) -> Result<(), CheckpointError> {
    let least = CHECKSUM_AT + DIGITS;
    let beginning = bytes.get(8..CHECKSUM_AT);
    if beginning.is_some_and(|found| found != BEGINNING) {
        let found = "a different header".into();
        return Err(CheckpointError::Format { path: path.into(), expected: OURS, found });
    }
    let header = bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let expected = header.saturating_add(8).max(least as u64);
    if (bytes.len() as u64) < expected { Err(length(path, expected, bytes)) } else { Ok(()) }
}

/// The expected length of the file, from its header; `None` if the header cannot be parsed.
fn whole_length(bytes: &[u8]) -> Option<u64> {
    let header = u64::from_le_bytes(*bytes.first_chunk()?);
    let text = bytes.get(8..usize::try_from(header).ok()?.checked_add(8)?)?;
    let tensors: safetensors::tensor::Metadata = serde_json::from_slice(text).ok()?;
    header.checked_add(8)?.checked_add(tensors.data_len() as u64)
}

/// Checks that the bytes, except for the checksum itself, are those it was computed from.
fn check_sum(path: &Path, bytes: &[u8]) -> Result<(), CheckpointError> {
    let (before, rest) = bytes.split_at(CHECKSUM_AT);
    let (digits, after) = rest.split_at(DIGITS);
    let found = sha256_of_parts(&[before, &ZEROS, after]);
    if digits == found.as_bytes() {
        return Ok(());
    }
    let expected = String::from_utf8_lossy(digits).into_owned();
    Err(CheckpointError::Damaged { path: path.into(), expected, found })
}
