//! Reads the same bytes in several ways.

use std::fmt::{Debug, Display};
use std::io::{self, Read};

/// The name of the bytes in messages.
pub(crate) const NAME: &str = "fuzz";

/// A reader that returns one byte at a time, as a slow pipe may.
struct OneByte<'a>(&'a [u8]);

impl Read for OneByte<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = buffer.len().min(1);
        self.0.read(&mut buffer[..n])
    }
}

/// Reads `bytes` at once and again byte by byte: both must give equal values (by `same`), or the
/// same error, which is one line that begins with the name.
pub(crate) fn both_ways<T, E: Display + Debug>(
    bytes: &[u8],
    read: impl Fn(&mut dyn Read) -> Result<T, E>,
    same: impl Fn(&T, &T) -> bool,
) -> Result<T, E> {
    let at_once = read(&mut &bytes[..]);
    let in_pieces = read(&mut OneByte(bytes));
    match (&at_once, &in_pieces) {
        (Ok(a), Ok(b)) => assert!(same(a, b), "byte by byte another value is read"),
        (Err(a), Err(b)) => {
            // Debug shows the variant and its fields, which the message may leave out.
            assert_eq!(format!("{a:?}"), format!("{b:?}"), "byte by byte another error is found");
            let message = a.to_string();
            assert!(message.starts_with(NAME), "no name in {message:?}");
            assert!(!message.contains(|c: char| c.is_control()), "not one line: {message:?}");
        }
        (Ok(_), Err(error)) => panic!("refused byte by byte only: {error}"),
        (Err(error), Ok(_)) => panic!("refused at once only: {error}"),
    }
    at_once
}
