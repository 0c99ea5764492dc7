//! Which files are tables.

use super::reading::{number, open};
use std::fs::File;
use std::io::{BufRead, Read};
use std::path::Path;

/// Returns whether a file may be a table: text whose first line has several fields.
pub(crate) fn is_table(path: &Path) -> bool {
    let named = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let named = named.strip_suffix(".gz").unwrap_or(&named);
    if !path.is_file()
        || !(named.ends_with(".csv") || named.ends_with(".tsv")) && File::open(path).is_err()
    {
        return false;
    }
    let Ok(reader) = open(path) else { return false };
    let mut start = Vec::new();
    // A table of images has long lines, but the first fields tell.
    let read = reader.take(512).read_until(b'\n', &mut start);
    let text = read.is_ok() && is_text(&start);
    let count = |d: u8| start.iter().filter(|b| **b == d).count();
    // Text has commas, so fewer than three tell only together with the name of a table.
    let least = if named.ends_with(".csv") || named.ends_with(".tsv") { 1 } else { 3 };
    text && ([b',', b';', b'\t'].into_iter().any(|d| count(d) >= least) || is_numbers(&start))
}

/// Returns whether this is UTF-8 without zeros. The last character may be cut.
fn is_text(start: &[u8]) -> bool {
    !start.contains(&0) && str::from_utf8(start).map_or_else(|e| e.error_len().is_none(), |_| true)
}

/// Returns whether a line begins with several numbers that are separated by blanks.
fn is_numbers(start: &[u8]) -> bool {
    let mut fields = start.split(|b| b.is_ascii_whitespace()).filter(|field| !field.is_empty());
    let first: Vec<&[u8]> = fields.by_ref().take(3).collect();
    // The last field may be cut.
    first.len() == 3 && first[..2].iter().all(|field| number(field).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_character_is_text_and_a_wrong_one_is_not() {
        let start = "Größe,Temperatur in °".as_bytes();
        assert!((0..=start.len()).all(|end| is_text(&start[..end])));
        assert!(!is_text(b"Gr\xf6\xdfe,1") && !is_text(b"a,\0"));
    }
}
