//! Tables of numbers, as Kaggle's digit-recognizer: a label and pixels in each line of a `.csv`
//! file.

use self::reading::{Columns, Table, open, read};
use crate::arrays::{Kind, NamedArray, Origin, Part, Role, assemble, numbered};
use crate::hash::sum_of_reader;
use crate::source::{Loading, Source, unique};
use crate::{DataError, Dataset, Label};
use ae_files::ReadError;
use ae_npy::NpyData;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

mod reading;
mod recognition;

pub use self::reading::{check_table, check_vectors};
pub(crate) use self::recognition::is_table;

/// One or more tables: for training, and perhaps for testing.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    place: PathBuf,
    files: Vec<PathBuf>,
}

impl Tables {
    pub(crate) fn new(place: &Path, files: Vec<PathBuf>) -> Self {
        Self { place: place.to_path_buf(), files }
    }

    fn part(&self, path: &Path) -> Part {
        match self.files.len() {
            1 => Part::All,
            _ => Part::of(&path.file_name().unwrap_or_default().to_string_lossy()),
        }
    }
}

impl Source for Tables {
    fn kind(&self) -> String {
        "tables of numbers (CSV)".into()
    }

    fn checksums(&self) -> Result<BTreeMap<String, String>, DataError> {
        let one = |path: &PathBuf| {
            let failed = |reason| ReadError::new(path, reason);
            let sum = sum_of_reader(open(path)?).map_err(failed)?;
            Ok((key(self.part(path)), sum))
        };
        let sums: Vec<(String, String)> =
            self.files.iter().map(one).collect::<Result<_, DataError>>()?;
        let names = unique(sums.iter().map(|(key, _)| key.as_str()), &self.files);
        Ok(names.into_iter().zip(sums).map(|(name, (_, sum))| (name, sum)).collect())
    }

    fn load(&self, loading: &Loading<'_>) -> Result<Dataset, DataError> {
        let (mut arrays, mut words) = (Vec::new(), Vec::new());
        let options = loading.options;
        let columns = match &options.label_column {
            _ if !options.vectors => Columns::Pixels,
            label => Columns::Measurements { label: label.as_deref() },
        };
        // Pixels become bytes, measurements stay numbers of four.
        let mut left = loading.limits.max_bytes / if options.vectors { 4 } else { 1 };
        for path in &self.files {
            let Table { values, columns, labels } = read(path, left, columns)?;
            left = left.saturating_sub(values.len() as u64);
            let count = values.len() / columns;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let part = self.part(path);
            let array = |kind, shape, data| {
                let role = Role { part, kind };
                NamedArray { name: name.clone(), path: path.clone(), role, shape, data }
            };
            arrays.push(array(Kind::Images, vec![count, columns], NpyData::Floats(values)));
            if !labels.is_empty() {
                // The numbers follow when all words are known.
                let place = arrays.len();
                arrays.push(array(Kind::Labels, vec![count], NpyData::Bytes(Vec::new())));
                words.push((place, labels));
            }
        }
        let names = number_labels(&mut arrays, words, options.vectors);
        let (checksums, remarks) = (self.checksums()?, Vec::new());
        let keys: Vec<String> = self.files.iter().map(|path| key(self.part(path))).collect();
        let keys = unique(keys.iter().map(String::as_str), &self.files);
        let files = keys.into_iter().zip(self.files.clone()).collect();
        let origin = Origin { place: &self.place, names, checksums, files, remarks };
        assemble(arrays, origin, loading)
    }
}

/// Replaces written labels by numbers: their own if all are numbers, else those of the words in
/// their order. Returns the words.
fn number_labels(
    arrays: &mut [NamedArray],
    words: Vec<(usize, Vec<String>)>,
    vectors: bool,
) -> Vec<String> {
    let all: Vec<String> = words.iter().flat_map(|(_, words)| words).cloned().collect();
    let numbers: Option<Vec<i64>> = all.iter().map(|word| whole_number(word)).collect();
    // Classes of series are often -1 and 1, which are names then.
    let numbers = numbers.filter(|all| !vectors || all.iter().all(|&number| number >= 0));
    let (names, numbers) = match numbers {
        Some(numbers) => (Vec::new(), numbers),
        None => {
            let (names, labels): (_, Vec<Label>) = numbered(&all);
            (names, labels.into_iter().map(i64::from).collect())
        }
    };
    let mut at = 0;
    for (place, words) in words {
        arrays[place].data = NpyData::Integers(numbers[at..at + words.len()].to_vec());
        at += words.len();
    }
    names
}

/// `7` and `7.0` are numbers of classes.
fn whole_number(word: &str) -> Option<i64> {
    let word = word
        .split_once('.')
        .map_or(word, |(whole, zeros)| if zeros.bytes().all(|b| b == b'0') { whole } else { word });
    word.parse().ok()
}

fn key(part: Part) -> String {
    match part {
        Part::Test => "test.csv".into(),
        Part::Validation => "val.csv".into(),
        Part::All | Part::Train => "train.csv".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_classes_may_have_a_point() {
        assert_eq!(
            ["7", "7.0", "7.", "7.5", "cat"].map(whole_number),
            [Some(7), Some(7), Some(7), None, None]
        );
    }
}
