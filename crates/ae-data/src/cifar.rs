//! CIFAR-10's and CIFAR-100's binary batches.
//!
//! A record is a label (CIFAR-100: a coarse and a fine one) and 3072 bytes: 1024 of red, of green
//! and of blue, row by row (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images",
//! 2009, and the data's page).

use crate::arrays::{Part, planes_to_pixels};
use crate::finish::{Raw, RawPart, finish};
use crate::hash::{hex, sum};
use crate::source::{Loading, Source};
use crate::{DataError, Dataset, Extents, Label};
use ae_files::ReadError;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const EXTENTS: Extents = Extents::color(32, 32);
const IMAGE: usize = EXTENTS.len();

/// The two data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cifar {
    Ten,
    Hundred,
}

impl Cifar {
    /// Recognizes a batch by its length and first record.
    pub(crate) fn of(length: u64, start: &[u8]) -> Option<Self> {
        let whole = |labels: u64| length > 0 && length.is_multiple_of(IMAGE as u64 + labels);
        match start {
            [0..10, ..] if whole(1) => Some(Self::Ten),
            [0..20, 0..100, ..] if whole(2) => Some(Self::Hundred),
            _ => None,
        }
    }

    fn labels(self) -> usize {
        match self {
            Self::Ten => 1,
            Self::Hundred => 2,
        }
    }

    fn classes(self) -> u8 {
        match self {
            Self::Ten => 10,
            Self::Hundred => 100,
        }
    }

    /// The publisher's file with the classes' names.
    fn names_file(self) -> &'static str {
        match self {
            Self::Ten => "batches.meta.txt",
            Self::Hundred => "fine_label_names.txt",
        }
    }
}

/// The batches of a data set.
#[derive(Clone, Debug)]
pub(crate) struct Batches {
    place: PathBuf,
    set: Cifar,
    files: Vec<PathBuf>,
}

impl Batches {
    pub(crate) fn new(place: &Path, set: Cifar, files: Vec<PathBuf>) -> Self {
        Self { place: place.to_path_buf(), set, files }
    }

    /// Reads a batch: images, labels and the checksum.
    fn read(&self, path: &Path, limit: u64) -> Result<(Vec<u8>, Vec<Label>, String), DataError> {
        let failed = |reason| ReadError::new(path, reason);
        let length = fs::metadata(path).map_err(failed)?.len();
        let record = IMAGE + self.set.labels();
        if length > limit || !length.is_multiple_of(record as u64) {
            let expected = format!("records of {record} bytes, at most {limit} bytes in all");
            return Err(DataError::content(path, expected, format!("{length} bytes")));
        }
        let bytes = fs::read(path).map_err(failed)?;
        let (mut planes, mut labels) = (Vec::with_capacity(bytes.len()), Vec::new());
        for (i, record) in bytes.chunks_exact(record).enumerate() {
            let (label, image) = record.split_at(self.set.labels());
            let label = label[label.len() - 1];
            if label >= self.set.classes() {
                let expected = format!("labels below {}", self.set.classes());
                return Err(DataError::content(path, expected, format!("{label} in record {i}")));
            }
            labels.push(label.into());
            planes.extend_from_slice(image);
        }
        Ok((planes_to_pixels(&planes, EXTENTS), labels, hex(sum(&bytes))))
    }

    /// The names of the classes, if the publisher's file is there.
    fn names(&self) -> Vec<String> {
        let folder = if self.place.is_dir() {
            &self.place
        } else {
            self.place.parent().unwrap_or(&self.place)
        };
        let text = fs::read_to_string(folder.join(self.set.names_file())).unwrap_or_default();
        let names: Vec<String> = text
            .lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect();
        // Another number of names belongs to other data.
        if names.len() == usize::from(self.set.classes()) { names } else { Vec::new() }
    }
}

/// The key of a batch's checksum.
fn key(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

impl Source for Batches {
    fn kind(&self) -> String {
        match self.set {
            Cifar::Ten => "CIFAR-10's binary batches".into(),
            Cifar::Hundred => "CIFAR-100's binary files".into(),
        }
    }

    fn checksums(&self) -> Result<BTreeMap<String, String>, DataError> {
        let one = |path: &PathBuf| {
            let bytes = fs::read(path).map_err(|reason| ReadError::new(path, reason))?;
            Ok((key(path), hex(sum(&bytes))))
        };
        self.files.iter().map(one).collect()
    }

    fn load(&self, loading: &Loading<'_>) -> Result<Dataset, DataError> {
        let empty = || RawPart { extents: EXTENTS, values: Vec::new(), labels: Some(Vec::new()) };
        let (mut train, mut test) = (empty(), empty());
        let (mut checksums, mut files) = (BTreeMap::new(), BTreeMap::new());
        let mut left = loading.limits.max_bytes;
        for path in &self.files {
            let (values, labels, sum) = self.read(path, left)?;
            left = left.saturating_sub(values.len() as u64);
            let name = key(path);
            let part = if Part::of(&name) == Part::Test { &mut test } else { &mut train };
            part.values.extend(values);
            part.labels.iter_mut().for_each(|all| all.extend(&labels));
            checksums.insert(name.clone(), sum);
            files.insert(name, path.clone());
        }
        if train.values.is_empty() {
            return Err(DataError::content(
                &self.place,
                "batches for training",
                "only for testing",
            ));
        }
        let test = Some(test).filter(|test| !test.values.is_empty());
        let (names, remarks) = (self.names(), Vec::new());
        finish(Raw { train, test, names, checksums, files, remarks }, &self.place, loading.options)
    }
}
