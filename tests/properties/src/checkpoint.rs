//! Checkpoints and models.

use ae_checkpoint::{Archive, sha256};
use std::path::Path;

/// The beginning of every header, which the checksum's digits follow.
const BEGINNING: &[u8] = br#"{"__metadata__":{"sha256":""#;
const CHECKSUM_AT: usize = 8 + BEGINNING.len();
const DIGITS: usize = 64;

/// Reads any bytes as a checkpoint, unchanged and with the correct checksum: a fuzzer never finds a
/// checksum, and the code behind the check would not be tested. A checkpoint that is read can be
/// written and is then read back as the same; with one byte less it is refused.
///
/// # Panics
///
/// When the property does not hold.
pub fn checkpoint(bytes: &[u8]) {
    read_and_write(bytes);
    if bytes.len() >= CHECKSUM_AT + DIGITS && bytes[8..CHECKSUM_AT] == *BEGINNING {
        let mut sealed = bytes.to_vec();
        sealed[CHECKSUM_AT..][..DIGITS].fill(b'0');
        let digits = sha256(&sealed);
        sealed[CHECKSUM_AT..][..DIGITS].copy_from_slice(digits.as_bytes());
        read_and_write(&sealed);
    }
}

fn read_and_write(bytes: &[u8]) {
    let path = Path::new("checkpoint");
    let found = match Archive::from_bytes(path, bytes) {
        Ok(found) => found,
        Err(error) => {
            let message = error.to_string();
            return assert!(message.starts_with("checkpoint"), "without its path: {message}");
        }
    };
    let written = found.to_bytes();
    let again = Archive::from_bytes(path, &written).expect("what was written is read");
    // Compared by their bytes, because NaN is not equal to itself.
    assert_eq!(again.to_bytes(), written);
    assert!(Archive::from_bytes(path, &written[..written.len() - 1]).is_err());
}
