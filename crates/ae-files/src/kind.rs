//! Names a file's kind by its first bytes. The extension of its name may be wrong.

/// The number of first bytes that [`describe`] looks at. Fewer are enough for most kinds.
pub const TELLING_BYTES: usize = 1024;

/// Names the kind of a file by its first bytes, with its article: "a JPEG file". A refusal of a
/// file that is not of the expected kind can then say what was found.
///
/// Only the first [`TELLING_BYTES`] count; a caller may have fewer of them. Files that consist of
/// text alone are "a text file" if nothing more is known about them. `None` means that the
/// beginning is not known, or that there are no bytes.
///
/// ```
/// assert_eq!(ae_files::describe(b"%PDF-1.7\n"), Some("a PDF file"));
/// assert_eq!(ae_files::describe(b"\x00\x01\x02\x03"), None);
/// ```
#[must_use]
pub fn describe(first: &[u8]) -> Option<&'static str> {
    let first = &first[..first.len().min(TELLING_BYTES)];
    by_signature(first)
        .or_else(|| container(first))
        .or_else(|| utf16(first))
        .or_else(|| text(first))
}

/// Bytes with which every file of a kind begins.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "a PNG file"),
    (b"\xff\xd8\xff", "a JPEG file"),
    (b"GIF87a", "a GIF file"),
    (b"GIF89a", "a GIF file"),
    (b"II*\0", "a TIFF file"),
    (b"MM\0*", "a TIFF file"),
    (b"II+\0", "a TIFF file"),
    (b"MM\0+", "a TIFF file"),
    (b"\0\0\x01\0", "an icon (ICO file)"),
    (b"8BPS", "a Photoshop file"),
    (b"gimp xcf", "a GIMP file"),
    (b"\xff\x0a", "a JPEG XL file"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL file"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 file"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 file"),
    (b"%PDF-", "a PDF file"),
    (b"%!PS", "a PostScript file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xfd7zXZ\0", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"\x93NUMPY", "a NumPy file (.npy)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"version https://git-lfs.github.com/spec/", "a Git LFS pointer (run 'git lfs pull')"),
];

fn by_signature(first: &[u8]) -> Option<&'static str> {
    SIGNATURES.iter().find(|(start, _)| first.starts_with(start)).map(|(_, name)| *name)
}

/// Kinds whose signature is not at the start, or is not sufficient.
fn container(first: &[u8]) -> Option<&'static str> {
    match first {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("a WebP file"),
        // The fields after the file's size are reserved and zero.
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] | [b'B', b'M', _, _, _, _, 0, 0] => {
            Some("a BMP file")
        }
        // ISO/IEC 14496-12: the size of the first box, `ftyp`, and the brand.
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] if brand.len() >= 4 => {
            Some(media(&brand[..4]))
        }
        // IDX: two zeros, the type of a value, the number of dimensions.
        [0, 0, 0x08 | 0x09 | 0x0b..=0x0e, 1..=4, ..] => Some("an IDX file"),
        [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', ..] => Some("a bzip2 file"),
        [b'P', b'1'..=b'7', b' ' | b'\n' | b'\r' | b'\t', b'0'..=b'9' | b'#' | b'W', ..] => {
            Some("a Netpbm file")
        }
        // POSIX: the name, numbers and checksum of a tar archive's first member come first.
        _ if first.get(257..262) == Some(b"ustar") => Some("a tar archive"),
        _ => None,
    }
}

fn media(brand: &[u8]) -> &'static str {
    match brand {
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => {
            "a HEIC file"
        }
        b"avif" | b"avis" => "an AVIF file",
        _ => "a video or another media file",
    }
}

/// Recognizes UTF-16 by its byte order mark, or if every other byte of its first eight characters
/// is zero.
fn utf16(first: &[u8]) -> Option<&'static str> {
    let every_other = |zero: usize| {
        first.len() >= 16
            && (0..16).all(|i| (i % 2 == zero) == (first[i] == 0) && first[i].is_ascii())
    };
    let marked = first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff");
    (marked || every_other(0) || every_other(1))
        .then_some("a text file in UTF-16 (save it as UTF-8)")
}

/// Recognizes text, and the kinds of files that are text.
fn text(first: &[u8]) -> Option<&'static str> {
    let start = String::from_utf8_lossy(first).to_ascii_lowercase();
    let start = start.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let begins = |tags: &[&str]| tags.iter().any(|tag| start.starts_with(tag));
    if begins(&["<!doctype html", "<html", "<head"]) {
        return Some("an HTML page (did the download fail?)");
    }
    if begins(&["<svg", "<!doctype svg"]) || begins(&["<?xml", "<!--"]) && start.contains("<svg") {
        return Some("an SVG file");
    }
    if begins(&["<?xml"]) {
        return Some(if start.contains("<html") {
            "an HTML page (did the download fail?)"
        } else {
            "an XML file"
        });
    }
    is_text(first).then_some("a text file")
}

/// Returns whether these are at least four bytes of UTF-8 without control characters other than
/// white space. The last character may be incomplete.
fn is_text(first: &[u8]) -> bool {
    let valid = match std::str::from_utf8(first) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&first[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    first.len() >= 4 && valid.chars().all(|c| !c.is_control() || c.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_that_people_take_for_images_and_data_are_named() {
        let tar = [vec![b'a'; 100], vec![b'0'; 157], b"ustar\0".to_vec()].concat();
        for (first, expected) in [
            (&b"\xff\xd8\xff\xe0\0\x10JFIF"[..], "a JPEG file"),
            (b"GIF89a\x01\0\x01\0", "a GIF file"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "a WebP file"),
            (b"II*\0\x08\0\0\0", "a TIFF file"),
            (b"MM\0*\0\0\0\x08", "a TIFF file"),
            (b"BM\x46\0\0\0\0\0\0\0\x36\0", "a BMP file"),
            (b"\0\0\0\x24ftypheic\0\0\0\0mif1heic", "a HEIC file"),
            (b"\0\0\0\x20ftypavif\0\0\0\0", "an AVIF file"),
            (b"\0\0\0\x20ftypisom\0\0\0\0", "a video or another media file"),
            (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3", "a PDF file"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG file"),
            (b"<?xml version='1.0'?>\n<!-- by hand -->\n<svg>", "an SVG file"),
            (b"<?xml version='1.0'?>\n<Error><Code>NoSuchKey", "an XML file"),
            (b"\xef\xbb\xbf\n <!DOCTYPE html><html>", "an HTML page (did the download fail?)"),
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
                "a Git LFS pointer (run 'git lfs pull')",
            ),
            (b"\x1f\x8b\x08\0\0\0\0\0", "a gzip file"),
            (b"PK\x03\x04\x14\0", "a ZIP archive"),
            (b"\xff\xfea\0b\0", "a text file in UTF-16 (save it as UTF-8)"),
            (b"\xfe\xff\0a\0b", "a text file in UTF-16 (save it as UTF-8)"),
            (b"n\0a\0m\0e\0 \0=\0 \0'\0", "a text file in UTF-16 (save it as UTF-8)"),
            (b"\x93NUMPY\x01\0v\0{'descr'", "a NumPy file (.npy)"),
            (b"\0\0\x08\x03\0\0\xea\x60\0\0", "an IDX file"),
            (b"P5\n28 28\n255\n", "a Netpbm file"),
            (b"P5 = 3\nBZh = 1\n", "a text file"),
            (b"BZh91AY&SY\xb4", "a bzip2 file"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG file"),
            (b"{\"message\": \"Not Found\"}", "a text file"),
            ("größer als 28".as_bytes(), "a text file"),
            (&tar, "a tar archive"),
        ] {
            assert_eq!(describe(first), Some(expected), "{}", String::from_utf8_lossy(first));
        }
    }

    #[test]
    fn what_has_no_known_beginning_is_not_named() {
        // The signature of PNG after a transfer in text mode; noise; a word with a control
        // character.
        for first in [&b""[..], b"\x89PNG\n\x1a\n\0\0\0\r", b"\xa7\x03\xf1\x99\0", b"abc\x01def"] {
            assert_eq!(describe(first), None, "{first:?}");
        }
    }

    #[test]
    fn a_text_may_be_cut_within_a_character() {
        let text = "größer als alles, was hier steht: 漢字".as_bytes();
        for length in 4..text.len() {
            assert_eq!(describe(&text[..length]), Some("a text file"), "{length}");
        }
    }

    /// No first byte is needed for another kind's name, and no length makes it panic.
    #[test]
    fn every_beginning_of_every_signature_is_taken() {
        for (signature, name) in SIGNATURES {
            for length in 0..signature.len() {
                let _ = describe(&signature[..length]);
            }
            assert_eq!(describe(signature), Some(*name));
        }
    }
}
