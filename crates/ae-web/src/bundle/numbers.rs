//! Numbers as text: base64 of little-endian bytes.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Serialize, Serializer};

/// Returns the numbers as base64.
pub(super) fn base64_of(numbers: &[f32]) -> String {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    STANDARD.encode(bytes)
}

/// Serializes numbers as base64.
pub(super) fn base64_numbers<S: Serializer>(
    numbers: &[f32],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&base64_of(numbers))
}

/// Serializes bytes as base64, or null.
pub(super) fn base64_bytes<S: Serializer>(
    bytes: &Option<Vec<u8>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    bytes.as_ref().map(|bytes| STANDARD.encode(bytes)).serialize(serializer)
}
