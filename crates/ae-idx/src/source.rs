//! The bytes for the reader: plain or gzip by content, errors classified, SHA-256 computed on the
//! way.

use crate::error::{IdxError, hex_digest};
use ae_files::ReadError;
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::io::{self, Cursor, Read};
use std::path::Path;

/// The first two bytes of every gzip stream.
pub(crate) const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The maximum number of bytes read before they are hashed: they are then still in the core's own
/// cache.
const STRIDE: usize = 256 * 1024;

/// A stream of unpacked bytes that tracks its position.
pub(crate) struct Source<'a> {
    reader: Box<dyn Read + 'a>,
    path: &'a Path,
    gzip: bool,
    position: u64,
    hasher: Option<Sha256>,
}

impl<'a> Source<'a> {
    /// Inspects the first two bytes to choose between plain and gzip. A name that ends in `.gz` is
    /// unreliable: browsers and servers may unpack the file and keep the name.
    pub(crate) fn new(
        mut reader: impl Read + 'a,
        path: &'a Path,
        hash: bool,
    ) -> Result<Self, IdxError> {
        let mut head = [0; 2];
        let n = read_full(&mut reader, &mut head).map_err(|reason| ReadError::new(path, reason))?;
        let gzip = n == 2 && head == GZIP_MAGIC;
        let whole = Cursor::new(head).take(n as u64).chain(reader);
        let reader: Box<dyn Read + 'a> = if gzip {
            // Multi: a gzip file may consist of several streams, and the single-stream decoder
            // would silently leave everything after the first one unread.
            Box::new(MultiGzDecoder::new(FullPieces { reader: whole, broken: None }))
        } else {
            Box::new(whole)
        };
        Ok(Self { reader, path, gzip, position: 0, hasher: hash.then(Sha256::new) })
    }

    pub(crate) fn path(&self) -> &'a Path {
        self.path
    }

    pub(crate) fn is_gzip(&self) -> bool {
        self.gzip
    }

    /// The number of unpacked bytes read so far.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Fills `buffer` as far as the content reaches; a count below its length means the end.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, IdxError> {
        let mut filled = 0;
        for piece in buffer.chunks_mut(STRIDE) {
            let (n, outcome) = read_counted(&mut self.reader, piece);
            if let Some(hasher) = &mut self.hasher {
                hasher.update(&piece[..n]);
            }
            filled += n;
            self.position += n as u64;
            outcome.map_err(|reason| self.explain(reason))?;
            if n < piece.len() {
                break;
            }
        }
        Ok(filled)
    }

    /// Checks that nothing follows the `expected` bytes, and returns their SHA-256 if it was
    /// computed.
    ///
    /// Without this last read a gzip file is not verified: the decoder compares the CRC only when
    /// it is asked for bytes beyond the last one.
    pub(crate) fn finish(mut self, expected: u64) -> Result<Option<String>, IdxError> {
        let mut extra = [0; 1];
        match read_full(&mut self.reader, &mut extra) {
            Ok(0) => Ok(self.hasher.map(|h| hex_digest(&h.finalize()))),
            Ok(_) => Err(IdxError::TrailingBytes {
                path: self.path.into(),
                expected,
                found: self.position + 1,
            }),
            Err(reason) if self.gzip && is_decoders(&reason) => {
                Err(IdxError::GzipEnding { path: self.path.into(), reason })
            }
            Err(reason) => Err(ReadError::new(self.path, reason).into()),
        }
    }

    fn explain(&self, reason: io::Error) -> IdxError {
        if !self.gzip || !is_decoders(&reason) {
            return ReadError::new(self.path, reason).into();
        }
        let path = self.path.into();
        let unpacked = self.position;
        match reason.kind() {
            io::ErrorKind::UnexpectedEof => IdxError::CutGzip { path, unpacked },
            _ => IdxError::CorruptGzip { path, unpacked, reason },
        }
    }
}

/// The decoder and the disk report errors of the same type; only errors of the disk carry the
/// operating system's error number, or another kind.
fn is_decoders(reason: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    reason.raw_os_error().is_none()
        && matches!(reason.kind(), InvalidData | InvalidInput | UnexpectedEof)
}

/// Fills every buffer it is given, as long as bytes are available.
///
/// Where a deflate stream is corrupt, the decoder drops what it has unpacked of its current piece.
/// If pieces had the sizes in which a disk or a pipe delivers them, the same file would be refused
/// for different reasons: at once because of its gzip data, byte by byte because of the header
/// unpacked before the fault.
struct FullPieces<R> {
    reader: R,
    /// An error that came after some bytes, which are returned first.
    broken: Option<io::Error>,
}

impl<R: Read> Read for FullPieces<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(reason) = self.broken.take() {
            return Err(reason);
        }
        match read_counted(&mut self.reader, buffer) {
            (0, Err(reason)) => Err(reason),
            (n, outcome) => {
                self.broken = outcome.err();
                Ok(n)
            }
        }
    }
}

fn read_full(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let (n, outcome) = read_counted(reader, buffer);
    outcome.map(|()| n)
}

/// Reads until the buffer is full, the stream ends or an error stops it; unlike `read_exact` it
/// always reports how many bytes arrived.
fn read_counted(reader: &mut impl Read, buffer: &mut [u8]) -> (usize, io::Result<()>) {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return (filled, Err(e)),
        }
    }
    (filled, Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns "interrupted" before every byte, as a signal may interrupt any system call.
    struct Interrupted<'a>(&'a [u8], bool);

    impl Read for Interrupted<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let n = buffer.len().min(1);
            self.0.read(&mut buffer[..n])
        }
    }

    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            // EINVAL, which has the same kind as the decoder's own errors.
            Err(io::Error::from_raw_os_error(22))
        }
    }

    #[test]
    fn an_interrupted_read_is_tried_again() {
        let mut source = Source::new(Interrupted(b"abc", false), Path::new("p"), false).unwrap();
        let mut buffer = [0; 5];
        assert_eq!(source.fill(&mut buffer).unwrap(), 3);
        assert_eq!(&buffer[..3], b"abc");
    }

    #[test]
    fn the_hash_is_that_of_the_unpacked_bytes() {
        let mut source = Source::new(&b"abc"[..], Path::new("p"), true).unwrap();
        let mut buffer = [0; 3];
        source.fill(&mut buffer).unwrap();
        // The standard's test vector.
        assert_eq!(
            source.finish(3).unwrap().unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_disks_error_is_not_blamed_on_gzip() {
        let gz = Cursor::new([0x1f, 0x8b, 8, 0]).chain(Broken);
        let mut source = Source::new(gz, Path::new("p"), false).unwrap();
        assert!(matches!(
            source.fill(&mut [0; 4]),
            Err(IdxError::Read(ReadError::Unreadable { .. }))
        ));
    }

    #[test]
    fn pieces_are_full_and_an_error_comes_after_the_bytes_before_it() {
        let broken = || Interrupted(b"defgh", false).chain(Broken);
        let mut pieces = FullPieces { reader: Cursor::new(b"abc").chain(broken()), broken: None };
        let mut buffer = [0; 6];
        assert_eq!(pieces.read(&mut buffer).unwrap(), 6);
        assert_eq!(&buffer, b"abcdef");
        assert_eq!(pieces.read(&mut buffer).unwrap(), 2);
        assert_eq!(pieces.read(&mut buffer).unwrap_err().raw_os_error(), Some(22));
    }
}
