//! From memory to the bytes of a file.

use crate::CheckpointError;
use crate::archive::{Archive, Entry, Values};
use crate::digest::{DIGITS, sha256};
use safetensors::Dtype;
use safetensors::tensor::{self, TensorInfo};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The version of what the files mean. A reader refuses any other.
pub(crate) const FORMAT: u32 = 1;

/// How each header begins, the checksum being the first thing in it: so a reader knows where it
/// stands before it understands, or trusts, anything else.
pub(crate) const BEGINNING: &[u8] = br#"{"__metadata__":{"sha256":""#;

/// Where the checksum's digits stand in a file: after the header's length, eight bytes, and its
/// beginning.
pub(crate) const CHECKSUM_AT: usize = 8 + BEGINNING.len();

/// What the digits are while the checksum is computed.
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
    /// Writes the file, whole or not at all ([`ae_files::replace`]).
    ///
    /// # Errors
    /// [`CheckpointError::Io`] if it cannot be written: what was there before is untouched.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), CheckpointError> {
        Ok(ae_files::replace(path, &self.to_bytes())?)
    }

    /// The file's bytes, the same for the same content. The checksum is still to be filled in, by
    /// [`seal`]: it is the only costly part, and may be left to another thread.
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
        let infos = tensor::Metadata::new(None, infos).expect("the offsets are sound");
        let zeros = std::str::from_utf8(&ZEROS).expect("digits");
        let format = FORMAT.to_string();
        let metadata = Metadata { sha256: zeros, format, metadata: &self.metadata };
        let header = Header { __metadata__: metadata, tensors: &infos };
        let mut header = serde_json::to_vec(&header).expect("names and metadata become JSON");
        debug_assert!(header.starts_with(BEGINNING));
        // As safetensors does it, so that the tensors' bytes are aligned.
        header.resize(header.len().next_multiple_of(8), b' ');

        let mut bytes = Vec::with_capacity(8 + header.len() + end);
        bytes.extend((header.len() as u64).to_le_bytes());
        bytes.extend(header);
        for (_, Entry { values, .. }) in tensors {
            // Number by number: as one iterator over bytes it would take ten times as long.
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

    /// The file's bytes, complete.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.encode();
        seal(&mut bytes);
        bytes
    }
}

/// The widest elements first, so that each tensor is aligned to its own; then by name.
fn in_order(tensors: &BTreeMap<String, Entry>) -> Vec<(&String, &Entry)> {
    let (wide, narrow): (Vec<_>, Vec<_>) =
        tensors.iter().partition(|(_, entry)| matches!(entry.values, Values::F64(_)));
    wide.into_iter().chain(narrow).collect()
}

/// Fills in the checksum of a file that [`Archive::encode`] made.
pub(crate) fn seal(bytes: &mut [u8]) {
    let checksum = sha256(bytes);
    bytes[CHECKSUM_AT..][..DIGITS].copy_from_slice(checksum.as_bytes());
}
