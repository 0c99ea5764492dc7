//! From the specification of the data to the images.

use super::suggest::tip;
use crate::exit::{Refusal, data, usage};
use ae_idx::{ClassName, Dataset, KNOWN, KnownDataset, Search};
use ae_run::{DataRecord, DataSpec, Limits};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// The data sets that come with the workspace's sources.
const WORKSPACE_DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets");

/// The images of the selected classes.
pub(crate) struct Data {
    /// The selected images.
    pub(crate) dataset: Dataset,
    /// Where the files are.
    pub(crate) folder: PathBuf,
    /// The numbers of the selected classes, in ascending order.
    pub(crate) classes: Vec<u8>,
    /// Whether all classes that have images are selected.
    all: bool,
    /// Whether the data set was given by its name.
    known: bool,
}

impl Data {
    /// Finds, checks and loads the data, and keeps the images of the selected classes, at most as
    /// many as the limits allow. `data_dir` is where known data sets are searched, if it is given.
    pub(crate) fn load(
        spec: &DataSpec,
        data_dir: Option<&Path>,
        limits: Option<Limits>,
    ) -> Result<Self> {
        let known = spec.dataset.to_str().and_then(KnownDataset::find);
        let (all, folder) = match known {
            Some(known) => {
                let folder = search(data_dir).find(known)?;
                (Dataset::load_known(known, &folder)?, folder)
            }
            None => (load_folder(&spec.dataset, data_dir)?, spec.dataset.clone()),
        };
        let classes = classes(&all, &spec.classes)?;
        let dataset = all.select(&classes)?;
        let all = dataset.train.count() == all.train.count();
        Ok(Self { dataset, folder, classes, all, known: known.is_some() }.limited(limits))
    }

    /// Keeps only the first images, if there are limits.
    fn limited(mut self, limits: Option<Limits>) -> Self {
        if let Some(Limits { train, test }) = limits {
            self.dataset.train.truncate(train);
            self.dataset.test.truncate(test);
        }
        self
    }

    /// Returns the record for the configuration of a run.
    pub(crate) fn record(&self) -> DataRecord {
        // The location of a known data set does not matter.
        let folder = (!self.known).then(|| self.folder.to_string_lossy().into_owned());
        DataRecord::new(&self.dataset, &self.classes, folder)
    }

    /// Returns the height and width of every image.
    pub(crate) fn image(&self) -> [usize; 2] {
        [self.dataset.train.rows(), self.dataset.train.cols()]
    }

    /// Returns the classes for a file name: `5`, `5-7-9`, `all`, `26-classes`.
    pub(crate) fn class_label(&self) -> String {
        if self.all {
            return "all".into();
        }
        if self.classes.len() > 8 {
            return format!("{}-classes", self.classes.len());
        }
        let numbers: Vec<String> = self.classes.iter().map(ToString::to_string).collect();
        numbers.join("-")
    }

    /// Returns the data set and the classes, for the title of a picture.
    pub(crate) fn title(&self) -> String {
        let all = self.all && self.classes.len() > 1;
        let classes = if all { "all classes".into() } else { self.class_names().join(", ") };
        format!("{}, {classes}", self.dataset.name)
    }

    /// Returns the names of the selected classes in English.
    pub(crate) fn class_names(&self) -> Vec<String> {
        let name = |&class: &u8| self.dataset.class_names[usize::from(class)].english.to_string();
        self.classes.iter().map(name).collect()
    }

    /// Returns each training image's class as an index into [`Data::class_names`].
    pub(crate) fn train_class_ids(&self) -> Vec<usize> {
        let position = |label: &u8| self.classes.binary_search(label).unwrap_or_default();
        self.dataset.train.labels().iter().map(position).collect()
    }
}

/// Returns where known data sets are searched.
pub(crate) fn search(data_dir: Option<&Path>) -> Search {
    // The `..` is resolved, so that the report shows a plain path.
    let own = Path::new(WORKSPACE_DATA);
    let own = own.canonicalize().unwrap_or_else(|_| own.to_path_buf());
    Search::from_process(data_dir.map(Path::to_path_buf), own)
}

fn load_folder(folder: &Path, data_dir: Option<&Path>) -> Result<Dataset> {
    if !folder.is_dir() && folder.components().count() == 1 {
        let names: Vec<&str> = KNOWN.iter().map(|known| known.name).collect();
        return Err(usage(format!(
            "--dataset {}: neither a known data set ({}) nor a folder{}",
            folder.display(),
            names.join(", "),
            tip("data set", &folder.to_string_lossy(), names.iter().copied())
        ))
        .into());
    }
    if data_dir.is_some() {
        let message = "--data-dir says where a known data set is; a folder given as --dataset is its own place";
        return Err(usage(message).into());
    }
    if !folder.is_dir() {
        let found = if folder.exists() { "a file" } else { "nothing there" };
        let folder = folder.display();
        let message = format!("{folder}: expected a folder with the four IDX files, found {found}");
        return Err(data(message).into());
    }
    Ok(Dataset::load_folder(folder)?)
}

/// Returns the spellings of a class that a wrong name may resemble. Numbers are left out: two
/// numbers resemble each other only by chance.
fn spellings(class: &ClassName) -> impl Iterator<Item = &str> {
    let names = [class.english.as_ref(), class.french.as_ref()];
    names.into_iter().filter(|name| name.parse::<u8>().is_err())
}

/// Returns the numbers of the named classes, without duplicates, in ascending order.
fn classes(dataset: &Dataset, named: &[String]) -> Result<Vec<u8>> {
    if named.iter().any(|name| name.eq_ignore_ascii_case("all")) {
        let counts = dataset.train.class_counts();
        let present = counts.iter().zip(0u8..=255).filter(|(count, _)| **count > 0);
        return Ok(present.map(|(_, class)| class).collect());
    }
    if named.iter().any(|name| name.trim().is_empty()) {
        let message = "--classes: a name between commas is empty";
        return Err(usage(message).into());
    }
    let mut classes = named
        .iter()
        .map(|name| {
            dataset.class_index(name).ok_or_else(|| {
                let names: Vec<&str> =
                    dataset.class_names.iter().map(|n| n.english.as_ref()).take(20).collect();
                usage(format!(
                    "--classes {name}: {} has {} classes, by number from 0 or by name: {}{}",
                    dataset.name,
                    dataset.classes,
                    names.join(", "),
                    tip("class", name, dataset.class_names.iter().flat_map(spellings))
                ))
            })
        })
        .collect::<Result<Vec<u8>, Refusal>>()?;
    classes.sort_unstable();
    classes.dedup();
    Ok(classes)
}
