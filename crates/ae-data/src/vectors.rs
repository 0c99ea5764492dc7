//! Rows of a table or of an array as vectors of measurements, not images.

use crate::arrays::{NamedArray, labels};
use crate::finish::{class_names, place_name};
use crate::hash::{Sum, sum};
use crate::source::Loading;
use crate::split::is_test;
use crate::{DataError, Dataset, ImageSet, Label, Options};
use ae_npy::NpyData;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A data set of vectors as its files have it.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) train: Rows,
    /// `None` where the source has one part only.
    pub(crate) test: Option<Rows>,
    pub(crate) names: Vec<String>,
    pub(crate) checksums: BTreeMap<String, String>,
    pub(crate) files: BTreeMap<String, PathBuf>,
    pub(crate) remarks: Vec<String>,
}

/// A part of it.
#[derive(Debug)]
pub(crate) struct Rows {
    columns: usize,
    values: Vec<f32>,
    labels: Option<Vec<Label>>,
}

/// Refuses to take what is an image as a vector.
pub(crate) fn refuse(place: &Path, options: &Options) -> Result<(), DataError> {
    if !options.vectors {
        return Ok(());
    }
    let expected = "rows of numbers for --vectors: a table (.csv, .tsv), or an array (n, columns) \
                    in .npy or .npz";
    Err(DataError::content(place, expected, "images"))
}

/// Takes an array `(n, columns)` and its labels as rows.
pub(crate) fn rows(array: NamedArray, of_rows: Option<NamedArray>) -> Result<Rows, DataError> {
    let NamedArray { name, path, shape, data, .. } = array;
    let &[count, columns] = shape.as_slice() else {
        let expected = format!("{name} to be vectors of shape (n, columns)");
        return Err(DataError::content(path, expected, format!("{shape:?}")));
    };
    if count == 0 || columns == 0 {
        let found = format!("{count} rows of {columns} columns");
        return Err(DataError::content(path, format!("rows of numbers in {name}"), found));
    }
    let values: Vec<f32> = match data {
        NpyData::Bytes(values) => values.into_iter().map(f32::from).collect(),
        NpyData::Integers(values) => values.into_iter().map(|value| value as f32).collect(),
        NpyData::Floats(values) => values,
    };
    if let Some(at) = values.iter().position(|value| !value.is_finite()) {
        let (row, column) = (at / columns + 1, at % columns + 1);
        let expected = format!("finite numbers in {name}");
        let found = format!("{} in row {row}, column {column}", values[at]);
        return Err(DataError::content(path, expected, found));
    }
    let labels = of_rows.map(labels).transpose()?;
    if let Some(found) = labels.as_ref().map(Vec::len).filter(|&found| found != count) {
        let expected = format!("{count} labels, one for each row of {name}");
        return Err(DataError::content(path, expected, found.to_string()));
    }
    Ok(Rows { columns, values, labels })
}

/// Divides the rows where there is no test part, and makes a data set of them.
pub(crate) fn finish(raw: Raw, place: &Path, loading: &Loading<'_>) -> Result<Dataset, DataError> {
    let options = loading.options;
    let Raw { train, test, names, checksums, files, remarks } = raw;
    let unfit = [
        (options.size.is_some(), "--size"),
        (options.channels.is_some(), "--channels"),
        (options.transpose, "--transpose"),
    ];
    if let Some((_, found)) = unfit.into_iter().find(|(given, _)| *given) {
        let expected = "no options for images with --vectors";
        return Err(DataError::content(place, expected, found));
    }
    let (train, test) = match test {
        Some(test) => (train, test),
        None if loading.undivided => {
            let labels = train.labels.as_ref().map(|_| Vec::new());
            let none = Rows { columns: train.columns, values: Vec::new(), labels };
            (train, none)
        }
        None => divide(train, options),
    };
    if train.columns != test.columns {
        let expected = format!("test rows of {} columns like the training rows", train.columns);
        return Err(DataError::content(place, expected, test.columns.to_string()));
    }
    if train.labels.is_some() != test.labels.is_some() {
        let (has, lacks) =
            if train.labels.is_some() { ("training", "test") } else { ("test", "training") };
        let expected = format!("labels of the {lacks} rows as of the {has} rows");
        return Err(DataError::content(place, expected, "none"));
    }
    let highest = [&train, &test].into_iter().filter_map(|rows| rows.labels.as_ref()).flatten();
    let count = highest.max().map_or(0, |&label| usize::from(label) + 1);
    let count = if train.labels.is_some() { count.max(names.len()) } else { 0 };
    let given = if options.class_names.is_empty() { &names } else { &options.class_names };
    let class_names = class_names(place, given, count)?;
    let set = |rows: Rows| ImageSet::from_numbers(rows.columns, rows.values, rows.labels);
    let (train, test) = (set(train)?, set(test)?);
    let (name, skipped) = (place_name(place), Vec::new());
    Ok(Dataset { name, train, test, class_names, checksums, files, remarks, skipped })
}

/// Divides rows into those for training and those for testing, by their content.
fn divide(all: Rows, options: &Options) -> (Rows, Rows) {
    let Rows { columns, values, labels } = all;
    let content = |row: &[f32]| {
        let bytes: Vec<u8> = row.iter().flat_map(|value| value.to_le_bytes()).collect();
        sum(&bytes)
    };
    let class = |i: usize| labels.as_ref().map_or(0, |labels| labels[i]);
    let contents: Vec<(Label, Sum)> =
        values.chunks_exact(columns).enumerate().map(|(i, row)| (class(i), content(row))).collect();
    let test = is_test(&contents, options.test_share.unwrap_or(Options::TEST_SHARE));
    let part = |wanted: bool| {
        let chosen: Vec<usize> = (0..test.len()).filter(|&i| test[i] == wanted).collect();
        let row = |&i: &usize| values[i * columns..][..columns].iter().copied();
        Rows {
            columns,
            values: chosen.iter().flat_map(row).collect(),
            labels: labels.as_ref().map(|labels| chosen.iter().map(|&i| labels[i]).collect()),
        }
    };
    (part(false), part(true))
}
