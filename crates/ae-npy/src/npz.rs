//! Arrays by name: NumPy's `.npz`, a zip archive with one `.npy` file per array.

use crate::{Element, write_npy};
use std::io::{self, Seek, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// An archive that is being written, one array after another.
pub struct Npz<W: Write + Seek>(ZipWriter<W>);

impl<W: Write + Seek> Npz<W> {
    /// Starts an archive without arrays.
    pub fn new(writer: W) -> Self {
        Self(ZipWriter::new(writer))
    }

    /// Adds an array under a name, as `np.load(...)[name]` finds it; shape and values as for
    /// [`write_npy`]. Nothing is compressed, as with `np.savez`, and the file's date is 1980-01-01,
    /// so the same content always gives the same bytes.
    ///
    /// # Errors
    /// If the name is taken, or if the writer fails.
    ///
    /// # Panics
    /// As for [`write_npy`].
    pub fn add<T: Element>(&mut self, name: &str, dims: &[usize], values: &[T]) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default())
            // As `np.savez` does: sizes take eight bytes, even small ones.
            .large_file(true);
        self.0.start_file(format!("{name}.npy"), options)?;
        write_npy(&mut self.0, dims, values)
    }

    /// Writes the end of the archive and returns the writer.
    ///
    /// # Errors
    /// If the writer fails.
    pub fn finish(self) -> io::Result<W> {
        Ok(self.0.finish()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Read};
    use zip::ZipArchive;

    fn archive() -> Vec<u8> {
        let mut npz = Npz::new(Cursor::new(Vec::new()));
        npz.add("codes", &[2, 2], &[1.0f32, 2.0, 3.0, 4.0]).unwrap();
        npz.add("labels", &[2], &[5u8, 7]).unwrap();
        npz.finish().unwrap().into_inner()
    }

    #[test]
    fn each_array_is_a_file_by_its_name() {
        let bytes = archive();
        assert_eq!(bytes, archive());
        let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
        assert_eq!(zip.len(), 2);
        let mut read = |name: &str| {
            let mut bytes = Vec::new();
            zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        };
        let mut expected = Vec::new();
        write_npy(&mut expected, &[2, 2], &[1.0f32, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!(read("codes.npy"), expected);
        assert_eq!(read("labels.npy")[128..], [5, 7]);
    }

    #[test]
    fn a_name_is_given_once() {
        let mut npz = Npz::new(Cursor::new(Vec::new()));
        npz.add("a", &[1], &[1u8]).unwrap();
        assert!(npz.add("a", &[1], &[2u8]).is_err());
    }
}
