//! The lines of a table: which columns they have, and what is in them.

use crate::DataError;
use crate::arrays::flat_extents;
use ae_files::{ReadError, printable};
use csv::{ByteRecord, ReaderBuilder};
use flate2::read::MultiGzDecoder;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// The names of the column of labels.
const LABEL: [&str; 6] = ["label", "labels", "class", "target", "y", "emotion"];
/// The maximum length of the first line, by which the delimiter is found.
const MOST_FIRST: u64 = 1 << 20;

/// The content of a table.
#[derive(Debug)]
pub(super) struct Table {
    /// The numbers of all lines but their labels.
    pub(super) values: Vec<f32>,
    pub(super) columns: usize,
    /// The labels as they are written, if there are any.
    pub(super) labels: Vec<String>,
}

/// Opens a table, plain or gzip.
pub(super) fn open(path: &Path) -> Result<Box<dyn BufRead>, DataError> {
    let mut file = BufReader::with_capacity(1 << 16, ae_files::open(path)?);
    let start = file.fill_buf().map_err(|reason| ReadError::new(path, reason))?;
    if start.starts_with(&[0x1f, 0x8b]) {
        return Ok(Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(file))));
    }
    Ok(Box::new(file))
}

/// Reads a table with at most `limit` numbers.
pub(super) fn read(path: &Path, limit: u64, columns: Columns<'_>) -> Result<Table, DataError> {
    read_from(open(path)?, path, limit, columns)
}

fn read_from(
    mut reader: impl BufRead,
    path: &Path,
    limit: u64,
    wanted: Columns<'_>,
) -> Result<Table, DataError> {
    let mut first = Vec::new();
    reader
        .by_ref()
        .take(MOST_FIRST)
        .read_until(b'\n', &mut first)
        .map_err(|reason| ReadError::new(path, reason))?;
    // A mark of the byte order, which some programs write before UTF-8.
    let skipped = if first.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let delimiter = delimiter(&first[skipped..]);
    let joined = (&first[skipped..]).chain(reader);
    let mut table = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(joined);
    let mut parse = Parse { path, limit, delimiter, wanted, label: None, columns: 0, line: 0 };
    let mut out = Table { values: Vec::new(), columns: 0, labels: Vec::new() };
    let mut record = ByteRecord::new();
    while table.read_byte_record(&mut record).map_err(|error| parse.refuse_csv(&error))? {
        parse.line = record.position().map_or(0, csv::Position::line);
        if delimiter == b' ' {
            // Several blanks are one.
            record = record.iter().filter(|field| !field.is_empty()).collect();
            if record.is_empty() {
                continue;
            }
        }
        if parse.columns == 0 && parse.begin(&record)? {
            continue;
        }
        parse.record(&record, &mut out)?;
    }
    if out.values.is_empty() {
        return Err(DataError::content(path, "lines of numbers", "none"));
    }
    out.columns = parse.columns - usize::from(parse.label.is_some());
    Ok(out)
}

/// The most frequent of the usual delimiters.
fn delimiter(first: &[u8]) -> u8 {
    let count = |d: u8| first.iter().filter(|b| **b == d).count();
    let best = [b',', b';', b'\t'].into_iter().rev().max_by_key(|d| count(*d));
    match best {
        // Series of measurements are often separated by blanks.
        Some(best) if count(best) > 0 || count(b' ') == 0 => best,
        _ => b' ',
    }
}

/// What the columns are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Columns<'a> {
    /// The pixels of square images, and perhaps a label.
    Pixels,
    /// Measurements, and perhaps a label: in the column of this name or number, or in one that is
    /// named so.
    Measurements { label: Option<&'a str> },
}

/// Reads records.
struct Parse<'a> {
    path: &'a Path,
    limit: u64,
    delimiter: u8,
    wanted: Columns<'a>,
    /// The column of labels, from 0.
    label: Option<usize>,
    columns: usize,
    line: u64,
}

impl Parse<'_> {
    fn refuse(&self, column: usize, expected: &str, found: &[u8]) -> DataError {
        let text: String = String::from_utf8_lossy(found).chars().take(40).collect();
        let found = if text.trim().is_empty() {
            "nothing".to_owned()
        } else {
            format!("'{}'", printable(&text))
        };
        let (line, column) = (self.line, column + 1);
        DataError::content(self.path, format!("{expected} in line {line}, column {column}"), found)
    }

    fn refuse_csv(&self, error: &csv::Error) -> DataError {
        let expected = format!("a table after line {}", self.line);
        DataError::content(self.path, expected, error.to_string())
    }

    /// Understands the first record. Returns whether it names the columns.
    fn begin(&mut self, record: &ByteRecord) -> Result<bool, DataError> {
        self.columns = record.len();
        // Numbers may be missing or have a decimal comma, and a label may be a word; names of
        // columns are words, except that pixels may be numbered.
        let is_word = |field: &&[u8]| {
            number(field).is_none() && field.iter().any(|b| b.is_ascii_alphabetic() || *b >= 128)
        };
        let words = record.iter().filter(is_word).count();
        let header = 2 * words > record.len() || self.label_by_name(record).is_some();
        if let Columns::Measurements { label } = self.wanted {
            // Names that are numbers tell nothing, but a name that is asked for does.
            let asked = label.filter(|name| number(name.as_bytes()).is_none());
            let is_asked = |field: &[u8]| Some(String::from_utf8_lossy(field).trim()) == asked;
            let header = header || counts_up(record) || record.iter().any(is_asked);
            self.label = self.label_of_measurements(record, header, label)?;
            return Ok(header);
        }
        let first = flat_extents(self.columns - 1).filter(|_| flat_extents(self.columns).is_none());
        let first = first.map(|_| 0);
        let header = header || counts_up(record);
        self.label = if header { self.label_by_name(record).or(first) } else { first };
        let pixels = self.columns - usize::from(self.label.is_some());
        if flat_extents(pixels).is_none() {
            let expected = "a label and the pixels of a square image (784 for 28x28)";
            let rows = "; rows of measurements need --vectors";
            let found = format!("{} columns{rows}", self.columns);
            return Err(DataError::content(
                self.path,
                format!("{expected} in line {}", self.line),
                found,
            ));
        }
        Ok(header)
    }

    /// The column of the labels of measurements, of which at least one column must be left.
    fn label_of_measurements(
        &self,
        record: &ByteRecord,
        header: bool,
        label: Option<&str>,
    ) -> Result<Option<usize>, DataError> {
        let named = |name: &str| {
            let is = |field: &[u8]| String::from_utf8_lossy(field).trim() == name;
            record.iter().position(is).filter(|_| header)
        };
        let column = match label {
            None => self.label_by_name(record).filter(|_| header),
            Some(name) => {
                let number = name.parse().ok().filter(|n| (1..=self.columns).contains(n));
                let Some(column) = named(name).or(number.map(|number: usize| number - 1)) else {
                    let columns = self.columns;
                    let expected = format!("a column {} of labels", printable(name));
                    let names = if header { "other names" } else { "no names" };
                    let found = format!("{columns} columns with {names} in line {}", self.line);
                    return Err(DataError::content(self.path, expected, found));
                };
                Some(column)
            }
        };
        if self.columns == usize::from(column.is_some()) {
            let expected = format!("columns of numbers in line {}", self.line);
            return Err(DataError::content(self.path, expected, "a label alone"));
        }
        Ok(column)
    }

    fn label_by_name(&self, record: &ByteRecord) -> Option<usize> {
        let is = |field: &[u8]| {
            let name = String::from_utf8_lossy(field).trim().to_lowercase();
            LABEL.contains(&name.as_str())
        };
        record.iter().position(is)
    }

    fn record(&self, record: &ByteRecord, out: &mut Table) -> Result<(), DataError> {
        if record.len() == 1 && record[0].trim_ascii().is_empty() {
            return Ok(());
        }
        if record.len() != self.columns {
            let (line, columns, found) = (self.line, self.columns, record.len());
            let expected = format!("{columns} columns in line {line}, as in the first");
            return Err(DataError::content(self.path, expected, format!("{found}")));
        }
        if out.values.len() as u64 + self.columns as u64 > self.limit {
            let expected = format!("at most {} numbers", self.limit);
            return Err(DataError::content(
                self.path,
                expected,
                format!("more in line {}", self.line),
            ));
        }
        for (column, field) in record.iter().enumerate() {
            if Some(column) == self.label {
                let label = str::from_utf8(field).unwrap_or_default().trim();
                if label.is_empty() {
                    return Err(self.refuse(column, "a label", field));
                }
                out.labels.push(label.to_owned());
                continue;
            }
            match number(field) {
                Some(value) => out.values.push(value),
                None if self.delimiter != b',' && field.contains(&b',') => {
                    return Err(self.refuse(column, "a number with a decimal point", field));
                }
                None => return Err(self.refuse(column, "a number", field)),
            }
        }
        Ok(())
    }
}

/// Returns whether these are the numbers of columns, as pandas writes them for a table without
/// names: 0, 1, 2 and so on.
fn counts_up(record: &ByteRecord) -> bool {
    record.len() >= 16
        && record.iter().enumerate().all(|(i, field)| field == i.to_string().as_bytes())
}

/// A finite number.
pub(super) fn number(field: &[u8]) -> Option<f32> {
    let field = field.trim_ascii();
    // The usual case, digits of a byte.
    if (1..=3).contains(&field.len()) && field.iter().all(u8::is_ascii_digit) {
        let value = field.iter().fold(0u16, |value, digit| value * 10 + u16::from(digit - b'0'));
        return Some(value.into());
    }
    str::from_utf8(field).ok()?.parse().ok().filter(|value: &f32| value.is_finite())
}

/// For tests of any bytes: reads a table from memory and returns the numbers of lines and columns.
///
/// # Errors
/// As for a file with this content.
pub fn check_table(bytes: &[u8], limit: u64) -> Result<[usize; 2], DataError> {
    let table = read_from(bytes, Path::new("table"), limit, Columns::Pixels)?;
    Ok([table.values.len() / table.columns, table.columns])
}

/// For tests of any bytes: reads a table of measurements, with its labels in this column if it is
/// given, and returns the numbers of lines and columns.
///
/// # Errors
/// As for a file with this content.
pub fn check_vectors(
    bytes: &[u8],
    limit: u64,
    label: Option<&str>,
) -> Result<[usize; 2], DataError> {
    let table = read_from(bytes, Path::new("table"), limit, Columns::Measurements { label })?;
    Ok([table.values.len() / table.columns, table.columns])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<Table, String> {
        read_from(text.as_bytes(), Path::new("t.csv"), 1 << 20, Columns::Pixels)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn labels_come_first_or_by_name_or_not_at_all() {
        let labels = |text: &str| table(text).unwrap().labels;
        assert_eq!(labels("7,1,2,3,4\n8,5,6,7,8\n"), ["7", "8"]);
        assert_eq!(labels("label,pixel0,pixel1,pixel2,pixel3\n7,1,2,3,4\n"), ["7"]);
        assert_eq!(labels("pixel0,pixel1,pixel2,pixel3,label\n1,2,3,4,7\n"), ["7"]);
        assert_eq!(labels("\"label\",0,1,2,3\r\n\"cat\",1,2,3,4\r\n"), ["cat"]);
        assert!(labels("1,2,3,4\n").is_empty());
        assert!(labels("pixel0,pixel1,pixel2,pixel3\n1,2,3,4\n").is_empty());
        let table = table("\u{feff}label;a;b;c;d\n7;1;2;3;255\n\n").unwrap();
        assert_eq!((table.values, table.columns), (vec![1.0, 2.0, 3.0, 255.0], 4));
    }

    #[test]
    fn what_is_wrong_is_named_with_line_and_column() {
        for (text, expected) in [
            ("7,1,2,3,4\n8,5,,7,8\n", "expected a number in line 2, column 3, found nothing"),
            ("7,1,2,3,4\n8,5,x,7,8\n", "expected a number in line 2, column 3, found 'x'"),
            (
                "7;1;2;3;4\n8;0,5;1;7;8\n",
                "expected a number with a decimal point in line 2, column 2, found '0,5'",
            ),
            ("7,1,2,3,4\n8,5,6,7\n", "expected 5 columns in line 2, as in the first, found 4"),
            ("7,1,2,3,4\n ,5,6,7,8\n", "expected a label in line 2, column 1, found nothing"),
            ("7,1,2,3,nan\n", "expected a number in line 1, column 5, found 'nan'"),
            ("1,2,3,4,5,6,7,8\n", "found 8 columns"),
            ("", "expected lines of numbers, found none"),
            ("label,a,b,c,d\n", "expected lines of numbers, found none"),
        ] {
            let error = table(text).unwrap_err();
            assert!(error.starts_with("t.csv: ") && error.contains(expected), "{text:?}: {error}");
        }
        let error = check_table(&b"7,1,2,3,4\n8,1,2,3,4\n"[..], 8).unwrap_err();
        assert!(error.to_string().contains("at most 8 numbers, found more in line 2"), "{error}");
    }

    #[test]
    fn a_first_line_of_numbers_is_not_taken_for_names() {
        // Two numbers are missing in the first line.
        let error = table("1,,3,4\n5,,7,8\n5,6,7,8\n").unwrap_err();
        assert!(error.contains("a number in line 1, column 2, found nothing"), "{error}");
        let error = table("7;0,5;0,1;0,2;3\n").unwrap_err();
        assert!(error.contains("decimal point in line 1, column 2, found '0,5'"), "{error}");
        // A column of labels may have any name.
        let found = table("digit,a,b,c,d\n7,1,2,3,4\n").unwrap();
        assert_eq!((found.labels, found.columns), (vec!["7".to_owned()], 4));
        // The numbers of columns, as pandas writes them.
        let line = |first: u8| (first..first + 16).map(|v| v.to_string()).collect::<Vec<_>>();
        let text = format!("{}\n{}\n", line(0).join(","), line(9).join(","));
        assert_eq!(table(&text).unwrap().values.len(), 16);
    }
}
