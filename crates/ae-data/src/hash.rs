//! SHA-256, as lower-case hexadecimal digits.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read};

/// The checksum of a byte string.
pub(crate) type Sum = [u8; 32];

pub(crate) fn sum(bytes: &[u8]) -> Sum {
    Sha256::digest(bytes).into()
}

/// The checksum of several byte strings, each with its length, so that no two lists give the same.
pub(crate) fn sum_of_list<'a>(list: impl IntoIterator<Item = &'a [u8]>) -> Sum {
    let mut hash = Sha256::new();
    for bytes in list {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    hash.finalize().into()
}

pub(crate) fn hex(sum: Sum) -> String {
    let mut text = String::with_capacity(64);
    for byte in sum {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
    }
    text
}

/// The checksum of all that can be read.
pub(crate) fn sum_of_reader(reader: impl Read) -> io::Result<String> {
    let (mut hash, mut reader) = (Sha256::new(), BufReader::with_capacity(1 << 16, reader));
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Ok(hex(hash.finalize().into()));
        }
        hash.update(bytes);
        let read = bytes.len();
        reader.consume(read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_the_standard() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(sum(b"abc")), expected);
        assert_eq!(sum_of_reader(&b"abc"[..]).unwrap(), expected);
    }

    #[test]
    fn a_list_is_not_its_concatenation() {
        let list = |items: &[&str]| sum_of_list(items.iter().map(|item| item.as_bytes()));
        assert_ne!(list(&["ab", "c"]), list(&["a", "bc"]));
    }
}
