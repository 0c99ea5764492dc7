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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write_npy;

    fn file(descr: &str, shape: &str, fortran: bool, numbers: &[u8]) -> Vec<u8> {
        let fortran = if fortran { "True" } else { "False" };
        let text = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}}}");
        let mut bytes = b"\x93NUMPY\x01\0".to_vec();
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend([text.as_bytes(), numbers].concat());
        bytes
    }

    fn data(descr: &str, shape: &str, numbers: &[u8]) -> NpyData {
        read_npy(&file(descr, shape, false, numbers)[..], 1 << 20).unwrap().data
    }

    #[test]
    fn what_was_written_is_read() {
        let mut bytes = Vec::new();
        write_npy(&mut bytes, &[2, 3], &[0.0f32, -1.5, f32::MAX, 1e-40, 2.0, 3.0]).unwrap();
        let array = read_npy(&bytes[..], 24).unwrap();
        let expected = NpyData::Floats(vec![0.0, -1.5, f32::MAX, 1e-40, 2.0, 3.0]);
        assert_eq!((array.shape, array.data), (vec![2, 3], expected));
        assert!(matches!(read_npy(&bytes[..], 23), Err(NpyError::OverBudget { .. })));
    }

    #[test]
    fn every_type_of_numbers_in_both_byte_orders() {
        assert_eq!(data("|u1", "(2,)", &[0, 255]), NpyData::Bytes(vec![0, 255]));
        assert_eq!(data("|b1", "(2,)", &[0, 1]), NpyData::Bytes(vec![0, 1]));
        assert_eq!(data("|i1", "(2,)", &[255, 127]), NpyData::Integers(vec![-1, 127]));
        assert_eq!(data("<i2", "(1,)", &[0xfe, 0xff]), NpyData::Integers(vec![-2]));
        assert_eq!(data(">i2", "(1,)", &[0xff, 0xfe]), NpyData::Integers(vec![-2]));
        assert_eq!(data("<u2", "(1,)", &[0xfe, 0xff]), NpyData::Integers(vec![0xfffe]));
        assert_eq!(data(">u4", "(1,)", &[0, 0, 1, 2]), NpyData::Integers(vec![258]));
        assert_eq!(data("<i8", "()", &(-7i64).to_le_bytes()), NpyData::Integers(vec![-7]));
        assert_eq!(data(">f4", "(1,)", &1.5f32.to_be_bytes()), NpyData::Floats(vec![1.5]));
        assert_eq!(data("<f8", "(1,)", &0.1f64.to_le_bytes()), NpyData::Floats(vec![0.1]));
        let large = file("<u8", "(1,)", false, &[255; 8]);
        assert!(matches!(read_npy(&large[..], 99), Err(NpyError::TooLarge(u64::MAX))));
    }

    #[test]
    fn halves_are_those_of_the_standard() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x7bff, 65_504.0),
            (0x0001, 5.960_464_5e-8),
            (0x7c00, f32::INFINITY),
        ] {
            assert_eq!(half(bits), value, "{bits:04x}");
        }
        assert!(half(0x7e00).is_nan());
    }

    /// The reference: the position of an element by its index.
    #[test]
    fn fortran_order_becomes_c_order() {
        let shape = [2, 3, 4];
        let (mut c_order, mut fortran) = (vec![0; 24], vec![0; 24]);
        for i in 0..2 {
            for j in 0..3 {
                for k in 0..4 {
                    let value = u8::try_from(100 * i + 10 * j + k).unwrap();
                    c_order[(i * 3 + j) * 4 + k] = value;
                    fortran[i + 2 * (j + 3 * k)] = value;
                }
            }
        }
        let array = read_npy(&file("|u1", "(2, 3, 4)", true, &fortran)[..], 99).unwrap();
        assert_eq!((array.shape, array.data), (shape.to_vec(), NpyData::Bytes(c_order)));
        // Without an element there is nothing to put in order.
        let empty = read_npy(&file("|u1", "(2, 0, 4)", true, &[])[..], 99).unwrap();
        assert!(empty.data.is_empty());
    }

    #[test]
    fn a_malformed_description_is_refused() {
        for text in [
            "{'descr': '|u1', 'fortran_order': False}",
            "{'descr': '|u1', 'fortran_order': 0, 'shape': (1,)}",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (1}",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (-1,)}",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'more': 1}",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} + 1",
            "[]",
            "",
        ] {
            let mut bytes = b"\x93NUMPY\x01\0".to_vec();
            bytes.extend((text.len() as u16).to_le_bytes());
            bytes.extend(text.as_bytes());
            bytes.push(0);
            let error = read_npy(&bytes[..], 99).unwrap_err();
            assert!(matches!(error, NpyError::Header { .. }), "{text}: {error}");
        }
        for bytes in
            [&b""[..], b"\x93NUMPY", b"\x93NUMPY\x01\0", b"\x93NUMPY\x09\0\0\0", b"hello world"]
        {
            assert!(matches!(read_npy(bytes, 99), Err(NpyError::Header { .. })), "{bytes:?}");
        }
        // Memory is not allocated for what a description announces.
        let huge = file("<f4", "(4294967296, 4294967296, 4294967296)", false, &[]);
        assert!(matches!(read_npy(&huge[..], u64::MAX), Err(NpyError::Header { .. })));
        let large = file("|u1", "(1099511627776,)", false, &[]);
        assert!(matches!(read_npy(&large[..], u64::MAX), Err(NpyError::Cut { .. })));
    }
}
