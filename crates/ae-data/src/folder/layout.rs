//! What the folders mean: parts, classes, or neither.

use super::files::{below, entries, looks_like_image};
use crate::{DataError, Label, Skipped};
use ae_files::printable;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const TRAIN: [&str; 2] = ["train", "training"];
const TEST: [&str; 2] = ["test", "testing"];
const VALIDATION: [&str; 3] = ["val", "valid", "validation"];

/// The folder of the masks of defects, as in MVTec's sets.
pub(crate) const MASKS: &str = "ground_truth";

/// The file with the names of the classes, a line each.
pub(crate) const CLASSES: &str = "classes.txt";

/// A part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// For training; if the folder has no other part, also for testing.
    Train,
    /// For testing.
    Test,
}

/// A file that should be an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The path to open.
    pub(crate) path: PathBuf,
    pub(crate) part: Part,
    /// The class, an index of [`Listing::classes`].
    pub(crate) class: Label,
}

/// All files of a folder and what they are, before one is opened.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    pub(crate) folder: PathBuf,
    /// Ordered by file name first: so the classes mix if their files are numbered together, and
    /// the first images are not all of one class.
    pub(crate) entries: Vec<Entry>,
    /// The names of the classes; empty without labels.
    pub(crate) classes: Vec<String>,
    /// Whether there are folders for training and testing.
    pub(crate) has_test: bool,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) remarks: Vec<String>,
}

/// A folder of a part, with its classes and the files beside them.
struct PartFolder {
    part: Part,
    classes: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

impl Listing {
    /// Lists a folder.
    pub(crate) fn of(folder: &Path) -> Result<Self, DataError> {
        let mut listing = Self {
            folder: folder.to_path_buf(),
            entries: Vec::new(),
            classes: Vec::new(),
            has_test: false,
            skipped: Vec::new(),
            remarks: Vec::new(),
        };
        let parts = listing.parts()?;
        listing.has_test = parts.iter().any(|part| part.part == Part::Test);
        let names = listing.class_names(&parts)?;
        for part in &parts {
            listing.add(part, &names)?;
        }
        listing.drop_empty_classes(names);
        if listing.entries.is_empty() {
            let expected = "PNG or JPEG images, or folders of them";
            return Err(DataError::content(folder, expected, "no file"));
        }
        // Keys are compared where they are: copies of a million paths take much memory.
        let by_name = |a: &Entry, b: &Entry| a.path.file_name().cmp(&b.path.file_name());
        listing.entries.sort_unstable_by(|a, b| by_name(a, b).then_with(|| a.path.cmp(&b.path)));
        Ok(listing)
    }

    /// The path of a file, relative to the folder.
    pub(crate) fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.folder).unwrap_or(path)
    }

    fn skip(&mut self, path: &Path, reason: &str) {
        let lost = path.is_file() && looks_like_image(path);
        let path = self.relative(path).to_path_buf();
        self.skipped.push(Skipped { path, reason: reason.into(), lost });
    }

    /// Finds the parts. Without a folder named as for training, the folder itself is the only one.
    fn parts(&mut self) -> Result<Vec<PartFolder>, DataError> {
        let [folders, files] = entries(&self.folder)?;
        let named = |names: &[&str]| {
            let is = |path: &&PathBuf| names.contains(&name(path).to_lowercase().as_str());
            folders.iter().find(is).cloned()
        };
        let [train, test, validation] = [named(&TRAIN), named(&TEST), named(&VALIDATION)];
        let Some(train) = train else {
            if test.is_some() && folders.len() <= 2 && (folders.len() == 1 || validation.is_some())
            {
                let expected = "a folder train beside test";
                return Err(DataError::content(&self.folder, expected, "none"));
            }
            return Ok(vec![PartFolder { part: Part::Train, classes: folders, files }]);
        };
        for file in files.iter().filter(|file| name(file) != CLASSES) {
            self.skip(file, "beside the folders for training and testing");
        }
        let mut parts = vec![part_folder(Part::Train, train.clone())?];
        let tested = test.clone().or_else(|| validation.clone());
        if let Some(folder) = tested.clone() {
            parts.push(part_folder(Part::Test, folder)?);
        }
        for other in folders.iter().filter(|path| **path != train && Some(*path) != tested.as_ref())
        {
            let reason = match name(other) == MASKS {
                true => "masks of defects, which anomaly takes",
                false => "a folder beside those for training and testing",
            };
            self.skip(other, reason);
        }
        Ok(parts)
    }

    /// The names of all class folders, in the order of their numbers. Folders whose names are
    /// numbers have those numbers.
    fn class_names(&self, parts: &[PartFolder]) -> Result<Vec<String>, DataError> {
        for part in parts {
            let mut seen = BTreeSet::new();
            if let Some(path) = part.classes.iter().find(|path| !seen.insert(name(path))) {
                let found = format!("{} twice: rename or join them", printable(&name(path)));
                let expected = "folders of classes whose names differ in characters of UTF-8";
                return Err(DataError::content(&self.folder, expected, found));
            }
        }
        let folders = parts.iter().flat_map(|part| &part.classes);
        let names: BTreeSet<String> = folders.map(|path| name(path)).collect();
        let mut lower: BTreeMap<String, &String> = BTreeMap::new();
        for name in &names {
            if let Some(other) = lower.insert(name.to_lowercase(), name) {
                let found = format!("{other} and {name}: rename or join them");
                let expected = "classes that differ in more than upper and lower case";
                return Err(DataError::content(&self.folder, expected, found));
            }
        }
        let number = |name: &String| {
            let plain = name == "0" || !name.starts_with('0');
            name.parse::<Label>().ok().filter(|&n| plain && n < 10_000)
        };
        let numbers: Option<Vec<Label>> = names.iter().map(number).collect();
        if let Some(largest) = numbers.as_ref().and_then(|numbers| numbers.iter().max()) {
            return Ok((0..=*largest).map(|n| n.to_string()).collect());
        }
        if names.len() > usize::from(Label::MAX) {
            let found = format!("{} folders", names.len());
            return Err(DataError::content(&self.folder, "at most 65535 classes", found));
        }
        Ok(names.into_iter().collect())
    }

    fn add(&mut self, part: &PartFolder, names: &[String]) -> Result<(), DataError> {
        if names.is_empty() {
            self.add_files(&part.files, part.part, 0);
            return Ok(());
        }
        for file in part.files.iter().filter(|file| name(file) != CLASSES) {
            self.skip(file, "beside the folders of classes");
        }
        for folder in &part.classes {
            let class = names.iter().position(|other| *other == name(folder)).unwrap_or_default();
            let (mut found, mut skipped) = (Vec::new(), Vec::new());
            let mut above = BTreeSet::from([folder
                .parent()
                .unwrap_or(folder)
                .canonicalize()
                .unwrap_or_default()]);
            below(folder, &mut above, 0, &mut found, &mut skipped)?;
            for Skipped { path, reason, .. } in skipped {
                self.skip(&path, &reason);
            }
            let class = Label::try_from(class).unwrap_or_default();
            self.add_files(&found, part.part, class);
        }
        Ok(())
    }

    /// Adds files, whatever their names: their content tells whether they are images.
    fn add_files(&mut self, files: &[PathBuf], part: Part, class: Label) {
        for path in files {
            if path.is_file() {
                if name(path) != CLASSES {
                    self.entries.push(Entry { path: path.clone(), part, class });
                }
            } else if path.is_symlink() {
                self.skip(path, "a link to nothing");
            } else {
                self.skip(path, "not a file");
            }
        }
    }

    /// Leaves out classes without a file, unless they are numbers.
    fn drop_empty_classes(&mut self, names: Vec<String>) {
        let mut used = vec![false; names.len()];
        for entry in &self.entries {
            used[usize::from(entry.class)..].iter_mut().take(1).for_each(|used| *used = true);
        }
        let numbers = names.iter().enumerate().all(|(i, name)| *name == i.to_string());
        if numbers {
            self.classes = names;
            return;
        }
        for (name, _) in names.iter().zip(&used).filter(|(_, used)| !**used) {
            let name = printable(name);
            self.remarks.push(format!("class {name}: its folder has no images; left out"));
        }
        let before = |class: Label| used[..usize::from(class)].iter().filter(|used| **used).count();
        let renumbered: Vec<Label> = self
            .entries
            .iter()
            .map(|entry| Label::try_from(before(entry.class)).unwrap_or_default())
            .collect();
        for (entry, class) in self.entries.iter_mut().zip(renumbered) {
            entry.class = class;
        }
        let kept = names.into_iter().zip(used).filter(|(_, used)| *used);
        self.classes = kept.map(|(name, _)| name).collect();
    }
}

fn part_folder(part: Part, folder: PathBuf) -> Result<PartFolder, DataError> {
    let [classes, files] = entries(&folder)?;
    Ok(PartFolder { part, classes, files })
}

/// The name of a file or folder. Bytes that are not UTF-8 become a replacement character, or
/// `U+FFFD`; files are opened by their path.
fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
