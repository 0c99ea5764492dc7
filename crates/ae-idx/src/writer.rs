//! Writing: the header, then the numbers in big-endian order, plain or gzip.

use crate::array::{IdxArray, IdxData};
use crate::error::IdxError;
use byteorder::{BigEndian, ByteOrder};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The number of values whose byte order is reversed at a time.
const STEP: usize = 8 * 1024;

/// The way the bytes are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Packing {
    /// Uncompressed.
    Plain,
    /// As one gzip stream without a name or a date, so that the same array gives the same bytes.
    Gzip,
}

/// Writes `array` to `writer`, and flushes it.
///
/// # Errors
/// If the writer fails.
pub fn write(mut writer: impl Write, array: &IdxArray, packing: Packing) -> io::Result<()> {
    match packing {
        Packing::Plain => write_plain(&mut writer, array)?,
        Packing::Gzip => {
            let mut encoder = GzEncoder::new(&mut writer, Compression::default());
            write_plain(&mut encoder, array)?;
            encoder.finish()?;
        }
    }
    writer.flush()
}

/// Writes `array` to a file; the packing does not depend on the name.
///
/// If the disk is full, an earlier file of that name is unchanged ([`ae_files::replace_with`]).
///
/// # Errors
/// [`IdxError::Write`] with the system's reason.
pub fn write_file(
    path: impl AsRef<Path>,
    array: &IdxArray,
    packing: Packing,
) -> Result<(), IdxError> {
    let written = ae_files::replace_with(path, |file| write(BufWriter::new(file), array, packing));
    Ok(written?)
}

fn write_plain(writer: &mut impl Write, array: &IdxArray) -> io::Result<()> {
    // A rank above 255 cannot be built, so the conversion loses nothing.
    let rank = array.rank() as u8;
    writer.write_all(&[0, 0, array.element_type().code(), rank])?;
    let mut dims = vec![0; array.rank() * 4];
    BigEndian::write_u32_into(array.dims(), &mut dims);
    writer.write_all(&dims)?;
    match array.data() {
        IdxData::U8(v) => writer.write_all(v),
        IdxData::I8(v) => write_numbers(writer, v, |numbers, raw| {
            for (byte, number) in raw.iter_mut().zip(numbers) {
                [*byte] = number.to_be_bytes();
            }
        }),
        IdxData::I16(v) => write_numbers(writer, v, BigEndian::write_i16_into),
        IdxData::I32(v) => write_numbers(writer, v, BigEndian::write_i32_into),
        IdxData::F32(v) => write_numbers(writer, v, BigEndian::write_f32_into),
        IdxData::F64(v) => write_numbers(writer, v, BigEndian::write_f64_into),
    }
}

fn write_numbers<T>(
    writer: &mut impl Write,
    numbers: &[T],
    encode: fn(&[T], &mut [u8]),
) -> io::Result<()> {
    let mut raw = vec![0; STEP.min(numbers.len()) * size_of::<T>()];
    for piece in numbers.chunks(STEP) {
        let raw = &mut raw[..size_of_val(piece)];
        encode(piece, raw);
        writer.write_all(raw)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::{Limits, read_file};
    use std::fs;

    fn small() -> IdxArray {
        IdxArray::new(vec![2, 1], IdxData::I16(vec![1, -2])).unwrap()
    }

    #[test]
    fn the_bytes_are_those_of_the_format() {
        let mut bytes = Vec::new();
        write(&mut bytes, &small(), Packing::Plain).unwrap();
        let expected = [0, 0, 0x0B, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0x00, 0x01, 0xff, 0xfe];
        assert_eq!(bytes, expected);
    }

    #[test]
    fn a_full_disk_is_reported_even_when_the_encoder_held_everything_back() {
        /// Has room for a gzip stream's header, which is written at once, and for no more.
        struct Full(usize);
        impl Write for Full {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                if self.0 == 0 {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                let n = bytes.len().min(self.0);
                self.0 -= n;
                Ok(n)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for packing in [Packing::Gzip, Packing::Plain] {
            assert!(write(Full(10), &small(), packing).is_err());
            assert!(write(BufWriter::new(Full(10)), &small(), packing).is_err());
        }
    }

    #[test]
    fn a_failed_write_leaves_no_file_behind_and_the_old_one_whole() {
        let folder = tempfile::tempdir().unwrap();
        // A directory with the file's name makes the rename fail after the temporary file is
        // complete.
        let target = folder.path().join("target");
        fs::create_dir(&target).unwrap();
        fs::write(target.join("old"), "kept").unwrap();
        let error = write_file(&target, &small(), Packing::Plain).unwrap_err();
        assert!(matches!(error, IdxError::Write(_)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs::read(target.join("old")).unwrap(), b"kept");
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.idx");
        fs::write(&target, vec![7; 1000]).unwrap();
        for packing in [Packing::Gzip, Packing::Plain] {
            write_file(&target, &small(), packing).unwrap();
            assert_eq!(read_file(&target, &Limits::default()).unwrap(), small());
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
