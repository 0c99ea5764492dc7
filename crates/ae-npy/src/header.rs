//! The description at the beginning of a `.npy` file: a Python dictionary of three entries.

use crate::read::{NpyError, fill};
use std::io::Read;

/// The maximum length of the description. NumPy itself writes 118 bytes.
const MOST_BYTES: usize = 1 << 14;

/// The description of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    pub(crate) big_endian: bool,
    pub(crate) fortran_order: bool,
    pub(crate) shape: Vec<usize>,
}

/// The type of the elements. Sizes are in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Byte,
    Integer { size: usize, signed: bool },
    Float { size: usize },
}

impl Kind {
    /// The size of an element in the file.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::Integer { size, .. } | Self::Float { size } => size,
        }
    }

    /// The size of an element in memory.
    pub(crate) fn size_in_memory(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::Integer { .. } => 8,
            Self::Float { .. } => 4,
        }
    }
}

fn malformed(expected: &'static str, found: impl Into<String>) -> NpyError {
    NpyError::Header { expected, found: found.into() }
}

impl Header {
    /// Reads up to the first element.
    pub(crate) fn read(reader: &mut impl Read) -> Result<Self, NpyError> {
        let mut start = [0; 8];
        let found = fill(reader, &mut start).map_err(NpyError::Io)?;
        if found < start.len() || start[..6] != *b"\x93NUMPY" {
            let bytes: Vec<String> = start[..found].iter().map(|b| format!("{b:02x}")).collect();
            return Err(malformed("a file that begins with 93 NUMPY", bytes.join(" ")));
        }
        let [.., major, minor] = start;
        let bytes = match major {
            1 => 2,
            2 | 3 => 4,
            _ => {
                return Err(malformed(
                    "version 1, 2 or 3 of the format",
                    format!("{major}.{minor}"),
                ));
            }
        };
        let mut length = [0; 4];
        let cut = || malformed("a whole header", "the end of the file");
        if fill(reader, &mut length[..bytes]).map_err(NpyError::Io)? < bytes {
            return Err(cut());
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > MOST_BYTES {
            return Err(malformed("a description of at most 16384 bytes", length.to_string()));
        }
        let mut text = vec![0; length];
        if fill(reader, &mut text).map_err(NpyError::Io)? < length {
            return Err(cut());
        }
        let text = String::from_utf8(text)
            .map_err(|_| malformed("a description in text", "other bytes"))?;
        Parser { rest: &text, all: &text }.dictionary()
    }

    /// The number of elements.
    pub(crate) fn count(&self) -> Result<u64, NpyError> {
        let product = self.shape.iter().try_fold(1u64, |n, &extent| n.checked_mul(extent as u64));
        product.ok_or_else(|| {
            malformed("a shape of fewer than 2^64 elements", format!("{:?}", self.shape))
        })
    }
}

/// Reads the few Python literals that a description has.
struct Parser<'a> {
    rest: &'a str,
    all: &'a str,
}

impl<'a> Parser<'a> {
    fn refuse(&self, expected: &'static str) -> NpyError {
        let found: String = self.all.trim().chars().take(80).collect();
        malformed(expected, format!("{found:?}"))
    }

    /// Returns whether this comes next, and goes past it.
    fn take(&mut self, what: &str) -> bool {
        let rest = self.rest.trim_start();
        let found = rest.strip_prefix(what);
        self.rest = found.unwrap_or(rest);
        found.is_some()
    }

    fn text(&mut self) -> Option<&'a str> {
        let quote = ["'", "\""].into_iter().find(|quote| self.take(quote))?;
        let (text, rest) = self.rest.split_once(quote)?;
        self.rest = rest;
        Some(text)
    }

    fn number(&mut self) -> Option<usize> {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..end].parse().ok()?;
        // Python 2 wrote long integers with an L.
        self.rest = rest[end..].strip_prefix('L').unwrap_or(&rest[end..]);
        Some(number)
    }

    fn truth(&mut self) -> Option<bool> {
        if self.take("True") {
            return Some(true);
        }
        self.take("False").then_some(false)
    }

    fn tuple(&mut self) -> Option<Vec<usize>> {
        if !self.take("(") {
            return None;
        }
        let mut numbers = Vec::new();
        while !self.take(")") {
            numbers.push(self.number()?);
            // 32 is NumPy's own limit of dimensions; later versions allow 64.
            if numbers.len() > 64 || (!self.take(",") && !self.rest.trim_start().starts_with(')')) {
                return None;
            }
        }
        Some(numbers)
    }

    fn dictionary(mut self) -> Result<Header, NpyError> {
        const EXPECTED: &str = "a description with descr, fortran_order and shape";
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        if !self.take("{") {
            return Err(self.refuse(EXPECTED));
        }
        while !self.take("}") {
            let key = self.text();
            if !self.take(":") {
                return Err(self.refuse(EXPECTED));
            }
            let known = match key {
                Some("descr") if self.rest.trim_start().starts_with('[') => {
                    return Err(NpyError::Type("several fields".into()));
                }
                Some("descr") => {
                    descr = self.text();
                    descr.is_some()
                }
                Some("fortran_order") => {
                    fortran_order = self.truth();
                    fortran_order.is_some()
                }
                Some("shape") => {
                    shape = self.tuple();
                    shape.is_some()
                }
                _ => false,
            };
            if !known || (!self.take(",") && !self.rest.trim_start().starts_with('}')) {
                return Err(self.refuse(EXPECTED));
            }
        }
        match (descr, fortran_order, shape) {
            (Some(descr), Some(fortran_order), Some(shape)) if self.rest.trim().is_empty() => {
                let (kind, big_endian) = element(descr)?;
                Ok(Header { kind, big_endian, fortran_order, shape })
            }
            _ => Err(self.refuse(EXPECTED)),
        }
    }
}

/// The type of the elements, and whether their highest byte comes first.
fn element(descr: &str) -> Result<(Kind, bool), NpyError> {
    let unknown = || NpyError::Type(descr.chars().take(40).collect());
    let (big_endian, word) = match descr.strip_prefix('>') {
        Some(word) => (true, word),
        None => (false, descr.strip_prefix(['<', '|', '=']).unwrap_or(descr)),
    };
    let kind = match word {
        _ if word.starts_with('O') => return Err(NpyError::Objects),
        "u1" | "b1" => Kind::Byte,
        "i1" | "i2" | "i4" | "i8" | "u2" | "u4" | "u8" => {
            let size = usize::from(word.as_bytes()[1] - b'0');
            Kind::Integer { size, signed: word.starts_with('i') }
        }
        "f2" => Kind::Float { size: 2 },
        "f4" => Kind::Float { size: 4 },
        "f8" => Kind::Float { size: 8 },
        _ => return Err(unknown()),
    };
    Ok((kind, big_endian))
}
