//! Checksums.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The number of hexadecimal digits of a SHA-256.
pub(crate) const DIGITS: usize = 64;

/// Returns the SHA-256 of these bytes as 64 lower-case hexadecimal digits, as `sha256sum` prints
/// it.
///
/// ```
/// let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// assert_eq!(ae_checkpoint::sha256(b""), empty);
/// ```
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    sha256_of_parts(&[bytes])
}

/// As [`sha256`], for bytes in several pieces.
pub(crate) fn sha256_of_parts(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    let mut digits = String::with_capacity(DIGITS);
    for byte in hasher.finalize() {
        write!(digits, "{byte:02x}").expect("writing to a String cannot fail");
    }
    digits
}
