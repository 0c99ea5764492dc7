//! Rows of bytes that stay in a file: each is read when it is needed.

use crate::ReadError;
use std::fmt::Debug;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Rows of equally many bytes that do not have to be in memory: a file, or whatever else can be
/// read at any position by several threads.
///
/// A reader deep within a computation cannot handle an error. So [`StoredRows::read`] has none: a
/// row that cannot be read consists of zeros, and [`StoredRows::fault`] says so from then on. Ask
/// for it before you use what was computed.
pub trait StoredRows: Debug + Sync {
    /// The number of rows.
    fn count(&self) -> usize;

    /// The number of bytes of each row.
    fn row_len(&self) -> usize;

    /// Writes the rows with these indices, in this order, to `out`.
    ///
    /// # Panics
    /// If an index is not below the number of rows, or `out` does not have the length of these
    /// rows.
    fn read(&self, indices: &[usize], out: &mut [u8]);

    /// The first fault of reading, in one line, if there was one.
    fn fault(&self) -> Option<String>;
}

/// Rows that follow one another in a file.
///
/// They are read at their positions, through the system's cache of files. That is what mapping the
/// file into memory does, too. But a file that becomes shorter is an error here, where a mapping
/// would end the process; and the cached part of the file does not count as the process's memory.
/// The file stays open: it can be read even after it was removed, except on systems that refuse to
/// remove it.
#[derive(Debug)]
pub struct RowFile {
    file: File,
    path: PathBuf,
    start: u64,
    len: usize,
    count: usize,
    fault: OnceLock<String>,
}

impl RowFile {
    /// Opens `count` rows of `len` bytes that begin `start` bytes after the beginning of a file.
    ///
    /// # Errors
    /// If the file cannot be opened, or is too short.
    pub fn open(
        path: impl AsRef<Path>,
        start: u64,
        len: usize,
        count: usize,
    ) -> Result<Self, ReadError> {
        let path = path.as_ref();
        let file = crate::open(path)?;
        Self::new(file, path, start, len, count)
    }

    /// As [`RowFile::open`], for a file that is open. Errors name it as `path`.
    ///
    /// # Errors
    /// If the file is too short.
    pub fn new(
        file: File,
        path: impl Into<PathBuf>,
        start: u64,
        len: usize,
        count: usize,
    ) -> Result<Self, ReadError> {
        let path = path.into();
        let found = file.metadata().map_err(|reason| ReadError::new(&path, reason))?.len();
        let rows = (len as u64).checked_mul(count as u64);
        let end = rows.and_then(|rows| rows.checked_add(start));
        if end.is_none_or(|end| end > found) {
            let message = format!("expected {count} rows of {len} bytes, found {found} bytes");
            let reason = io::Error::new(ErrorKind::UnexpectedEof, message);
            return Err(ReadError::new(&path, reason));
        }
        Ok(Self { file, path, start, len, count, fault: OnceLock::new() })
    }

    /// [`StoredRows::read`] for any sequence of indices. Rows that follow one another in the file
    /// are read at once.
    ///
    /// # Panics
    /// As [`StoredRows::read`].
    pub fn read_rows(&self, indices: impl IntoIterator<Item = usize>, out: &mut [u8]) {
        let mut rest = out;
        // The rows that are not read yet: the first one's index, and their number.
        let (mut first, mut rows) = (0, 0);
        for index in indices {
            assert!(index < self.count, "RowFile: row {index} of {}", self.count);
            if rows > 0 && first + rows == index {
                rows += 1;
                continue;
            }
            rest = self.read_run(first, rows, rest);
            (first, rows) = (index, 1);
        }
        rest = self.read_run(first, rows, rest);
        assert!(rest.is_empty(), "RowFile: {} bytes for no row", rest.len());
    }

    /// Reads consecutive rows, and returns the part of `out` behind them.
    fn read_run<'o>(&self, first: usize, rows: usize, out: &'o mut [u8]) -> &'o mut [u8] {
        let len = rows * self.len;
        assert!(len <= out.len(), "RowFile: {} bytes for {rows} rows of {}", out.len(), self.len);
        let (place, rest) = out.split_at_mut(len);
        // Cannot overflow: the end of all rows does not.
        let position = self.start + first as u64 * self.len as u64;
        if let Err(reason) = read_exact_at(&self.file, place, position) {
            place.fill(0);
            let reason = match reason.kind() {
                ErrorKind::UnexpectedEof => io::Error::new(
                    ErrorKind::UnexpectedEof,
                    "the file has become shorter while it was in use",
                ),
                _ => reason,
            };
            // Only the first fault is kept.
            let _ = self.fault.set(ReadError::new(&self.path, reason).to_string());
        }
        rest
    }
}

impl StoredRows for RowFile {
    fn count(&self) -> usize {
        self.count
    }

    fn row_len(&self) -> usize {
        self.len
    }

    fn read(&self, indices: &[usize], out: &mut [u8]) {
        self.read_rows(indices.iter().copied(), out);
    }

    fn fault(&self) -> Option<String> {
        self.fault.get().cloned()
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, out: &mut [u8], position: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, position)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut out: &mut [u8], mut position: u64) -> io::Result<()> {
    while !out.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, out, position) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                out = &mut out[read..];
                position += read as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(not(any(unix, windows)))]
fn read_exact_at(_file: &File, _out: &mut [u8], _position: u64) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Five rows of three bytes behind a header of two; row `i` is `[10 i, 10 i + 1, 10 i + 2]`.
    fn five(folder: &Path) -> PathBuf {
        let path = folder.join("rows");
        let rows = (0..5u8).flat_map(|i| [10 * i, 10 * i + 1, 10 * i + 2]);
        fs::write(&path, [77, 77].into_iter().chain(rows).collect::<Vec<u8>>()).unwrap();
        path
    }

    #[test]
    fn rows_come_in_the_order_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let rows = RowFile::open(five(folder.path()), 2, 3, 5).unwrap();
        assert_eq!((rows.count(), rows.row_len(), rows.fault()), (5, 3, None));
        // Runs of one, of three, a repeated row, one that goes back.
        for indices in [&[][..], &[2], &[1, 2, 3], &[4, 4], &[3, 4, 0, 1, 4], &[0, 1, 2, 3, 4]] {
            let mut out = vec![255; indices.len() * 3];
            rows.read(indices, &mut out);
            let tens = |&i: &usize| u8::try_from(i * 10).unwrap();
            let expected: Vec<u8> =
                indices.iter().map(tens).flat_map(|i| [i, i + 1, i + 2]).collect();
            assert_eq!(out, expected, "{indices:?}");
        }
    }

    #[test]
    fn a_file_that_is_too_short_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = five(folder.path());
        for (start, len, count) in
            [(3, 3, 5), (2, 3, 6), (u64::MAX, 1, 1), (0, usize::MAX, usize::MAX)]
        {
            let error = RowFile::open(&path, start, len, count).unwrap_err().to_string();
            assert!(error.contains("rows of") && !error.contains('\n'), "{error}");
        }
        assert!(RowFile::open(folder.path().join("none"), 0, 1, 1).is_err());
    }

    #[test]
    fn the_first_fault_is_kept_and_its_rows_are_zeros() {
        let folder = tempfile::tempdir().unwrap();
        let path = five(folder.path());
        let rows = RowFile::open(&path, 2, 3, 5).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(10).unwrap();
        let mut out = [255; 6];
        rows.read(&[0, 4], &mut out);
        assert_eq!(out, [0, 1, 2, 0, 0, 0]);
        let fault = rows.fault().unwrap();
        assert!(fault.contains("become shorter") && !fault.contains('\n'), "{fault}");
        // Rows that are still there are read.
        rows.read(&[1, 0], &mut out);
        assert_eq!((out, rows.fault()), ([10, 11, 12, 0, 1, 2], Some(fault)));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_removed_is_still_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = five(folder.path());
        let rows = RowFile::open(&path, 2, 3, 5).unwrap();
        fs::remove_file(path).unwrap();
        let mut out = [0; 3];
        rows.read(&[4], &mut out);
        assert_eq!((out, rows.fault()), ([40, 41, 42], None));
    }

    #[test]
    #[should_panic(expected = "RowFile: row 5 of 5")]
    fn a_row_beyond_the_last_panics() {
        let folder = tempfile::tempdir().unwrap();
        let rows = RowFile::open(five(folder.path()), 2, 3, 5).unwrap();
        rows.read(&[5], &mut [0; 3]);
    }

    #[test]
    #[should_panic(expected = "RowFile: 1 bytes for no row")]
    fn memory_of_another_length_panics() {
        let folder = tempfile::tempdir().unwrap();
        let rows = RowFile::open(five(folder.path()), 2, 3, 5).unwrap();
        rows.read(&[0], &mut [0; 4]);
    }
}
