//! Reads `.npy`: the header first, then all checks on it, and only then the numbers.

use crate::header::{Header, Kind};
use std::io::{self, Read};
use thiserror::Error;

/// The most elements for which memory is allocated before they have arrived.
const STEP: usize = 1 << 16;

/// An array of any shape, in C order: the last index varies fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct NpyArray {
    /// The extents, the slowest first. It is empty for a single number.
    pub shape: Vec<usize>,
    /// The numbers.
    pub data: NpyData,
}

/// The numbers of an array, in one of three types that hold them all.
#[derive(Clone, Debug, PartialEq)]
pub enum NpyData {
    /// Unsigned bytes, or truth values as 0 and 1.
    Bytes(Vec<u8>),
    /// All other integers.
    Integers(Vec<i64>),
    /// Floats of 2, 4 and 8 bytes, rounded to single precision.
    Floats(Vec<f32>),
}

impl NpyData {
    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Floats(values) => values.len(),
        }
    }

    /// Returns whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Why an array was not read. The message does not name the file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NpyError {
    /// The bytes cannot be read.
    #[error("cannot read: {0}")]
    Io(io::Error),
    /// The first bytes are not those of a `.npy` file, or its description is malformed.
    #[error("expected {expected}, found {found}")]
    Header {
        /// What was expected.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// The elements are Python objects. Reading them would execute code of the file.
    #[error(
        "expected numbers, found Python objects (pickled), which could execute code: save the array with a number type"
    )]
    Objects,
    /// The type of the elements is not one of numbers.
    #[error("expected integers or floats of at most 8 bytes, found elements of type '{0}'")]
    Type(String),
    /// The description announces more than the caller allows.
    #[error("expected at most {limit} bytes of numbers, found a header that announces {announced}")]
    OverBudget {
        /// The caller's limit.
        limit: u64,
        /// The announced bytes, in memory.
        announced: u128,
    },
    /// The numbers end too early.
    #[error("truncated: expected {expected} bytes of numbers, found {found}")]
    Cut {
        /// The announced bytes.
        expected: u64,
        /// The bytes found.
        found: u64,
    },
    /// More bytes follow the numbers.
    #[error("trailing bytes after {expected} bytes of numbers")]
    Trailing {
        /// The announced bytes.
        expected: u64,
    },
    /// An integer beyond the range of `i64`.
    #[error("expected integers below 2^63, found {0}")]
    TooLarge(u64),
}

/// Reads one array to the end of `reader`. At most `limit` bytes are allocated for its numbers, and
/// no more than twice what has arrived.
///
/// # Errors
/// An [`NpyError`] if this is not a whole, valid array of numbers within the limit.
pub fn read_npy(mut reader: impl Read, limit: u64) -> Result<NpyArray, NpyError> {
    let header = Header::read(&mut reader)?;
    let count = header.count()?;
    let announced = u128::from(count) * header.kind.size_in_memory() as u128;
    if announced > u128::from(limit) || usize::try_from(announced).is_err() {
        return Err(NpyError::OverBudget { limit, announced });
    }
    // `count` fits, because the product with at least 1 does.
    let mut numbers = Numbers { reader, header: &header, count: count as usize };
    let data = match header.kind {
        Kind::Byte => NpyData::Bytes(numbers.read(|raw| Ok(raw[0]))?),
        Kind::Integer { size, signed } => {
            NpyData::Integers(numbers.read(|raw| integer(raw, size, signed))?)
        }
        Kind::Float { size } => NpyData::Floats(numbers.read(|raw| Ok(float(raw, size)))?),
    };
    numbers.end()?;
    let data = if header.fortran_order { in_c_order(data, &header.shape) } else { data };
    Ok(NpyArray { shape: header.shape, data })
}

/// The elements after the header.
struct Numbers<'a, R> {
    reader: R,
    header: &'a Header,
    count: usize,
}

impl<R: Read> Numbers<'_, R> {
    /// Reads all elements. `convert` gets the bytes of one, the lowest first, and zeros up to 8.
    fn read<T>(
        &mut self,
        convert: impl Fn([u8; 8]) -> Result<T, NpyError>,
    ) -> Result<Vec<T>, NpyError> {
        let size = self.header.kind.size();
        let mut all = Vec::new();
        let mut raw = vec![0; STEP.min(self.count) * size];
        while all.len() < self.count {
            let step = STEP.min(self.count - all.len());
            let piece = &mut raw[..step * size];
            let found = fill(&mut self.reader, piece).map_err(NpyError::Io)?;
            if found < piece.len() {
                let expected = (self.count * size) as u64;
                return Err(NpyError::Cut { expected, found: (all.len() * size + found) as u64 });
            }
            for element in piece.chunks_exact(size) {
                let mut bytes = [0; 8];
                bytes[..size].copy_from_slice(element);
                if self.header.big_endian {
                    bytes[..size].reverse();
                }
                all.push(convert(bytes)?);
            }
        }
        Ok(all)
    }

    fn end(&mut self) -> Result<(), NpyError> {
        let expected = (self.count * self.header.kind.size()) as u64;
        match fill(&mut self.reader, &mut [0]).map_err(NpyError::Io)? {
            0 => Ok(()),
            _ => Err(NpyError::Trailing { expected }),
        }
    }
}

/// Reads until the buffer is full or the bytes end, and returns how many there were.
pub(crate) fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn integer(raw: [u8; 8], size: usize, signed: bool) -> Result<i64, NpyError> {
    let value = u64::from_le_bytes(raw);
    if !signed {
        return i64::try_from(value).map_err(|_| NpyError::TooLarge(value));
    }
    // Shifted up and down again, the sign fills the upper bytes.
    let unused = 64 - 8 * size;
    Ok((value << unused).cast_signed() >> unused)
}

fn float(raw: [u8; 8], size: usize) -> f32 {
    match size {
        2 => half(u16::from_le_bytes([raw[0], raw[1]])),
        4 => f32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]]),
        _ => f64::from_le_bytes(raw) as f32,
    }
}

/// Converts binary16 of IEEE 754: 1 bit of sign, 5 of exponent, 10 of fraction.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + fraction) * 2f32.powi(exponent - 25),
    }
}

fn in_c_order(data: NpyData, shape: &[usize]) -> NpyData {
    match data {
        NpyData::Bytes(values) => NpyData::Bytes(reordered(&values, shape)),
        NpyData::Integers(values) => NpyData::Integers(reordered(&values, shape)),
        NpyData::Floats(values) => NpyData::Floats(reordered(&values, shape)),
    }
}

/// Converts Fortran order, in which the first index varies fastest, to C order.
fn reordered<T: Copy>(values: &[T], shape: &[usize]) -> Vec<T> {
    // The distance of neighbors along each axis in Fortran order.
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for &extent in shape {
        strides.push(stride);
        stride *= extent;
    }
    let mut index = vec![0; shape.len()];
    let mut out = Vec::with_capacity(values.len());
    let mut at = 0;
    for _ in 0..values.len() {
        out.push(values[at]);
        // Counts up like an odometer, the last axis first.
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            at += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            at -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    out
}
