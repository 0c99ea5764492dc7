//! From memory to the bytes of a file.

use crate::CheckpointError;
use crate::archive::{Archive, Entry, Values};
use crate::digest::{DIGITS, sha256};
use safetensors::Dtype;
use safetensors::tensor::{self, TensorInfo};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The version of the file format. A reader refuses any other.
pub(crate) const FORMAT: u32 = 1;

/// The beginning of every header. The checksum comes first in it, so a reader finds the checksum
/// before it interprets, or trusts, anything else.
pub(crate) const BEGINNING: &[u8] = br#"{"__metadata__":{"sha256":""#;

/// The offset of the checksum's digits: after the header's length (eight bytes) and its beginning.
pub(crate) const CHECKSUM_AT: usize = 8 + BEGINNING.len();

/// The placeholder digits while the checksum is computed.
pub(crate) const ZEROS: [u8; DIGITS] = [b'0'; DIGITS];

#[derive(Serialize)]
struct Header<'a> {
    __metadata__: Metadata<'a>,
    #[serde(flatten)]
    tensors: &'a tensor::Metadata,
}

#[derive(Serialize)]
struct Metadata<'a> {
    sha256: &'a str,
    format: String,
    #[serde(flatten)]
    metadata: &'a BTreeMap<String, String>,
}

impl Archive {
    /// Writes the file completely or not at all ([`ae_files::replace`]).
    ///
    /// # Errors
    /// [`CheckpointError::Io`] if it cannot be written; the old file is then unchanged.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), CheckpointError> {
        Ok(ae_files::replace(path, &self.to_bytes())?)
    }

    /// Returns the file's bytes, the same for the same content. [`seal`] has yet to fill in the
    /// checksum: it is the only costly part, and may be left to another thread.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let tensors: Vec<(&String, &Entry)> = in_order(&self.tensors);
        let mut end = 0;
        let infos = tensors
            .iter()
            .map(|(name, Entry { dims, values })| {
                let (dtype, len) = match values {
                    Values::F32(values) => (Dtype::F32, values.len() * 4),
                    Values::F64(values) => (Dtype::F64, values.len() * 8),
                };
                let start = end;
                end += len;
                let info = TensorInfo { dtype, shape: dims.clone(), data_offsets: (start, end) };
                ((*name).clone(), info)
            })
            .collect();
        let infos = tensor::Metadata::new(None, infos).expect("the offsets are valid");
        let zeros = std::str::from_utf8(&ZEROS).expect("digits");
        let format = FORMAT.to_string();
        let metadata = Metadata { sha256: zeros, format, metadata: &self.metadata };
        let header = Header { __metadata__: metadata, tensors: &infos };
        let mut header = serde_json::to_vec(&header).expect("names and metadata become JSON");
        debug_assert!(header.starts_with(BEGINNING));
        // As safetensors does, so that the tensors' bytes are aligned.
        header.resize(header.len().next_multiple_of(8), b' ');

        let mut bytes = Vec::with_capacity(8 + header.len() + end);
        bytes.extend((header.len() as u64).to_le_bytes());
        bytes.extend(header);
        for (_, Entry { values, .. }) in tensors {
            // Number by number: a single iterator over bytes would take ten times as long.
            match values {
                Values::F32(values) => {
                    values.iter().for_each(|x| bytes.extend_from_slice(&x.to_le_bytes()));
                }
                Values::F64(values) => {
                    values.iter().for_each(|x| bytes.extend_from_slice(&x.to_le_bytes()));
                }
            }
        }
        bytes
    }

    /// Returns the file's bytes, complete with the checksum.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.encode();
        seal(&mut bytes);
        bytes
    }
}

/// Orders tensors by element size, largest first, so that each is aligned; then by name.
fn in_order(tensors: &BTreeMap<String, Entry>) -> Vec<(&String, &Entry)> {
    let (wide, narrow): (Vec<_>, Vec<_>) =
        tensors.iter().partition(|(_, entry)| matches!(entry.values, Values::F64(_)));
    wide.into_iter().chain(narrow).collect()
}

/// Fills in the checksum of a file encoded by [`Archive::encode`].
pub(crate) fn seal(bytes: &mut [u8]) {
    let checksum = sha256(bytes);
    bytes[CHECKSUM_AT..][..DIGITS].copy_from_slice(checksum.as_bytes());
}
