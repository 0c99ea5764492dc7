//! Small text files: configurations, and descriptions of models.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The maximum size of a file: a hundred times the size of those that the program writes.
const MOST_BYTES: u64 = 1 << 18;

/// Returns the text, or the reason why it cannot be read. The caller adds the path.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    let cannot = |error| format!("cannot be read: {error}");
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(cannot)?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("expected at most {MOST_BYTES} bytes, found more"));
    }
    String::from_utf8(bytes).map_or_else(|error| Err(not_text(error.as_bytes())), without_mark)
}

/// Some editors begin a text with a byte order mark, which is not part of it.
fn without_mark(text: String) -> Result<String, String> {
    if let Some(kind) = other_kind(text.as_bytes()) {
        return Err(format!("expected text in UTF-8, found {kind}"));
    }
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn not_text(bytes: &[u8]) -> String {
    let found = other_kind(bytes).unwrap_or("bytes that are not UTF-8");
    format!("expected text in UTF-8, found {found}")
}

/// Names the kind of a file that is not handwritten text.
fn other_kind(bytes: &[u8]) -> Option<&'static str> {
    ae_files::describe(bytes).filter(|kind| *kind != "a text file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_text_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.toml");
        let read_bytes = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            read(&path)
        };
        assert_eq!(read_bytes(b"a = 1\n").unwrap(), "a = 1\n");
        assert_eq!(read_bytes(b"\xef\xbb\xbfa = 1\n").unwrap(), "a = 1\n");
        assert_eq!(read_bytes(b"").unwrap(), "");
        for (bytes, found) in [
            (&b"\xff\xfea\0 \0=\0 \x001\0"[..], "a text file in UTF-16 (save it as UTF-8)"),
            (b"a\0 \0=\0 \x001\0 \0#\0 \0b\0\n\0", "a text file in UTF-16 (save it as UTF-8)"),
            (b"<!DOCTYPE html>\n", "an HTML page (did the download fail?)"),
            (b"\x1f\x8b\x08\0\0\0\0\0", "a gzip file"),
            (b"gr\xf6sse = 1\n", "bytes that are not UTF-8"),
        ] {
            assert_eq!(
                read_bytes(bytes).unwrap_err(),
                format!("expected text in UTF-8, found {found}")
            );
        }
    }
}
