//! Reading: the header first, then all checks on it, and only then the numbers.

use crate::array::{IdxArray, IdxData, element_count};
use crate::element::ElementType;
use crate::error::{IdxError, ShapeError};
use crate::source::{GZIP_MAGIC, Source};
use ae_files::{ReadError, TELLING_BYTES, describe};
use byteorder::{BigEndian, ByteOrder};
use std::io::Read;
use std::path::Path;

/// The first allocation when only the header states the amount. Each later one at most doubles what
/// has actually been read.
const FIRST_STEP: usize = 1024 * 1024;

/// The unit of reading; small enough to stay in a core's cache between clearing and filling.
const STRIDE: usize = 256 * 1024;

/// The limits on the size of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The maximum number of bytes of numbers (without the header) that a file may announce.
    pub max_bytes: u64,
}

impl Default for Limits {
    /// 1 GiB: twenty times MNIST, and small enough for any machine used for training.
    fn default() -> Self {
        Self { max_bytes: 1 << 30 }
    }
}

/// Reads one IDX file of any type and rank, plain or gzip.
///
/// # Errors
/// An [`IdxError`] with the path, if the file is not a complete, valid IDX array within `limits`.
pub fn read_file(path: impl AsRef<Path>, limits: &Limits) -> Result<IdxArray, IdxError> {
    open_and_read(path.as_ref(), limits, Wanted::Anything, false).map(|(array, _)| array)
}

/// As [`read_file`], and also computes the SHA-256 of the unpacked content (64 lower-case
/// hexadecimal digits). It is the same for `name` and `name.gz`.
///
/// # Errors
/// As for [`read_file`].
pub fn read_file_with_sha256(
    path: impl AsRef<Path>,
    limits: &Limits,
) -> Result<(IdxArray, String), IdxError> {
    open_and_read(path.as_ref(), limits, Wanted::Anything, true)
}

/// Reads one IDX array, plain or gzip, from `reader` to its end. `name` appears in error messages.
///
/// # Errors
/// As for [`read_file`].
pub fn read(
    reader: impl Read,
    name: impl AsRef<Path>,
    limits: &Limits,
) -> Result<IdxArray, IdxError> {
    let source = Source::new(reader, name.as_ref(), false)?;
    read_source(source, None, limits, Wanted::Anything).map(|(array, _)| array)
}

/// The type and rank that the caller needs, so that a file of the wrong kind is refused by its
/// header alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Anything,
    Images,
    Labels,
}

impl Wanted {
    fn check(self, header: &Header, path: &Path) -> Result<(), IdxError> {
        let (wanted, expected, other) = match self {
            Self::Anything => return Ok(()),
            Self::Images => ("images", 3, 1),
            Self::Labels => ("labels", 1, 3),
        };
        let path = path.to_path_buf();
        let found = header.dims.len();
        // QMNIST's labels are a table of numbers, a row for each image.
        if self == Self::Labels && (header.element, found) == (ElementType::I32, 2) {
            return Ok(());
        }
        if header.element != ElementType::U8 {
            return Err(IdxError::WrongType {
                path,
                wanted,
                expected: ElementType::U8,
                found: header.element,
            });
        }
        if found == other {
            return Err(IdxError::Swapped { path, wanted, expected, found });
        }
        if found != expected {
            return Err(IdxError::WrongRank { path, wanted, expected, found });
        }
        Ok(())
    }
}

/// Opens a file and reads it; the checksum is empty unless `hash` is set.
pub(crate) fn open_and_read(
    path: &Path,
    limits: &Limits,
    wanted: Wanted,
    hash: bool,
) -> Result<(IdxArray, String), IdxError> {
    let file = ae_files::open(path)?;
    let metadata = file.metadata().map_err(|reason| ReadError::new(path, reason))?;
    // A pipe or a device has no length to compare with.
    let length = metadata.is_file().then_some(metadata.len());
    let source = Source::new(file, path, hash)?;
    read_source(source, length, limits, wanted).map(|(array, sum)| (array, sum.unwrap_or_default()))
}

/// Reads the array. `length` is that of the file as stored, if known.
fn read_source(
    mut source: Source<'_>,
    length: Option<u64>,
    limits: &Limits,
    wanted: Wanted,
) -> Result<(IdxArray, Option<String>), IdxError> {
    let header = Header::read(&mut source)?;
    let path = source.path();
    wanted.check(&header, path)?;
    let bad = |reason| IdxError::BadDimensions { path: path.into(), reason };

    // All checks on the size are made in u64 before a byte is allocated for it.
    let elements = element_count(&header.dims).map_err(bad)?;
    let announced = elements
        .checked_mul(header.element.size() as u64)
        .ok_or(ShapeError::Overflow)
        .map_err(bad)?;
    if announced > limits.max_bytes {
        return Err(IdxError::OverBudget { path: path.into(), limit: limits.max_bytes, announced });
    }
    let expected =
        source.position().checked_add(announced).ok_or(ShapeError::Overflow).map_err(bad)?;
    let plain_length = length.filter(|_| !source.is_gzip());
    match plain_length {
        Some(found) if found < expected => {
            return Err(IdxError::Truncated { path: path.into(), expected, found });
        }
        Some(found) if found > expected => {
            return Err(IdxError::TrailingBytes { path: path.into(), expected, found });
        }
        _ => {}
    }
    let count = usize::try_from(elements)
        .ok()
        // The number of bytes must not overflow either, not only the number of elements.
        .filter(|_| usize::try_from(announced).is_ok())
        .ok_or(ShapeError::Overflow)
        .map_err(bad)?;

    let mut body =
        Body { source: &mut source, count, expected, announced, vouched: plain_length.is_some() };
    let data = match header.element {
        ElementType::U8 => IdxData::U8(body.bytes()?),
        ElementType::I8 => IdxData::I8(body.numbers(signed_bytes)?),
        ElementType::I16 => IdxData::I16(body.numbers(BigEndian::read_i16_into)?),
        ElementType::I32 => IdxData::I32(body.numbers(BigEndian::read_i32_into)?),
        ElementType::F32 => IdxData::F32(body.numbers(BigEndian::read_f32_into)?),
        ElementType::F64 => IdxData::F64(body.numbers(BigEndian::read_f64_into)?),
    };
    let checksum = source.finish(expected)?;
    Ok((IdxArray::new(header.dims, data)?, checksum))
}

/// `00 00 type rank`, then `rank` big-endian dimensions of four bytes each.
struct Header {
    element: ElementType,
    dims: Vec<u32>,
}

impl Header {
    fn read(source: &mut Source<'_>) -> Result<Self, IdxError> {
        let mut magic = [0; 4];
        let n = source.fill(&mut magic)?;
        let path = source.path();
        if n == 0 {
            return Err(IdxError::Empty { path: path.into() });
        }
        if magic[..2] != [0, 0] {
            let found = magic[..n].to_vec();
            return Err(not_idx(source, &magic[..n])
                .unwrap_or(IdxError::BadMagic { path: path.into(), found }));
        }
        if n < magic.len() {
            return Err(IdxError::Truncated {
                path: path.into(),
                expected: magic.len() as u64,
                found: n as u64,
            });
        }
        let [_, _, code, rank] = magic;
        let Some(element) = ElementType::from_code(code) else {
            // Some files of other formats also begin with two zeros.
            let unknown = IdxError::UnknownType { path: path.into(), code };
            return Err(not_idx(source, &magic).unwrap_or(unknown));
        };
        // One byte counts the dimensions, so this allocates at most 1020 bytes.
        let mut bytes = vec![0; usize::from(rank) * 4];
        let n = source.fill(&mut bytes)?;
        if n < bytes.len() {
            return Err(IdxError::Truncated {
                path: path.into(),
                expected: (magic.len() + bytes.len()) as u64,
                found: (magic.len() + n) as u64,
            });
        }
        let mut dims = vec![0; usize::from(rank)];
        BigEndian::read_u32_into(&bytes, &mut dims);
        Ok(Self { element, dims })
    }
}

/// Names the kind of file that was found instead, if it is a usual one: an error page saved under
/// the data file's name, an archive, a file packed twice.
fn not_idx(source: &mut Source<'_>, start: &[u8]) -> Option<IdxError> {
    let mut first = vec![0; TELLING_BYTES];
    first[..start.len()].copy_from_slice(start);
    // Only the quality of the message depends on this, so a failure to read on is ignored.
    let more = source.fill(&mut first[start.len()..]).unwrap_or(0);
    let first = &first[..start.len() + more];
    let found = match source.is_gzip() && first.starts_with(&GZIP_MAGIC) {
        true => "gzip data within gzip data (unpack the file once)",
        false => describe(first)?,
    };
    Some(IdxError::AnotherKind { path: source.path().into(), found })
}

/// Reads the numbers after the header.
struct Body<'s, 'a> {
    source: &'s mut Source<'a>,
    count: usize,
    /// The length of header and numbers, in bytes.
    expected: u64,
    /// The length of the numbers, in bytes.
    announced: u64,
    /// Whether the file's own length matches the header, which justifies a single allocation.
    vouched: bool,
}

impl Body<'_, '_> {
    /// Reads bytes directly from the decoder into their final place.
    fn bytes(&mut self) -> Result<Vec<u8>, IdxError> {
        let mut all = Vec::new();
        while all.len() < self.count {
            let start = all.len();
            let step = STRIDE.min(self.count - start);
            self.make_room(&mut all, step)?;
            all.resize(start + step, 0);
            self.fill(&mut all[start..])?;
        }
        Ok(all)
    }

    /// Reads wider numbers through a small buffer, in which their byte order is reversed.
    fn numbers<T: Copy + Default>(
        &mut self,
        decode: fn(&[u8], &mut [T]),
    ) -> Result<Vec<T>, IdxError> {
        let size = size_of::<T>();
        let per_step = STRIDE / size;
        let mut all = Vec::new();
        let mut raw = vec![0; per_step.min(self.count) * size];
        while all.len() < self.count {
            let start = all.len();
            let step = per_step.min(self.count - start);
            self.make_room(&mut all, step)?;
            all.resize(start + step, T::default());
            self.fill(&mut raw[..step * size])?;
            decode(&raw[..step * size], &mut all[start..]);
        }
        Ok(all)
    }

    /// Reserves room for `step` more, doubling only as the content actually arrives.
    fn make_room<T>(&self, all: &mut Vec<T>, step: usize) -> Result<(), IdxError> {
        if all.capacity() - all.len() >= step {
            return Ok(());
        }
        let rest = self.count - all.len();
        let room = if self.vouched {
            rest
        } else {
            // `step` never exceeds the first step, nor `rest`.
            rest.min(all.len().max(FIRST_STEP / size_of::<T>()))
        };
        all.try_reserve_exact(room).map_err(|_| IdxError::OutOfMemory {
            path: self.source.path().into(),
            bytes: self.announced,
        })
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), IdxError> {
        if self.source.fill(buffer)? < buffer.len() {
            return Err(IdxError::Truncated {
                path: self.source.path().into(),
                expected: self.expected,
                found: self.source.position(),
            });
        }
        Ok(())
    }
}

fn signed_bytes(raw: &[u8], numbers: &mut [i8]) {
    for (number, byte) in numbers.iter_mut().zip(raw) {
        *number = i8::from_be_bytes([*byte]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_earned_unless_the_files_length_vouches_for_it() {
        let mut source = Source::new(&[0; 100][..], Path::new("p"), false).unwrap();
        let count = 1 << 26;
        let mut body =
            Body { source: &mut source, count, expected: 0, announced: 0, vouched: false };
        let mut all: Vec<u8> = Vec::new();
        body.make_room(&mut all, STRIDE).unwrap();
        assert_eq!(all.capacity(), FIRST_STEP);
        all.resize(FIRST_STEP, 0);
        body.make_room(&mut all, STRIDE).unwrap();
        assert_eq!(all.capacity(), 2 * FIRST_STEP);

        body.vouched = true;
        let mut all: Vec<u8> = Vec::new();
        body.make_room(&mut all, STRIDE).unwrap();
        assert_eq!(all.capacity(), count);
    }
}
