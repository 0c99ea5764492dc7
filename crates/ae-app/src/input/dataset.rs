//! Finds a data set by its name, or by the record of an earlier run.
//!
//! A value with a separator is a path; a single word is a known data set, or else a folder in the
//! current directory. The data of an earlier run are identified by their checksums, so a folder
//! with other files does not count.

use super::decoded::{self, Decoding};
use super::suggest::tip;
use crate::exit::{Refusal, data, usage, warn};
use ae_data::{DataError, Dataset, InMemory, Limits, Loading, Options, Source};
use ae_files::{printable, printable_path};
use ae_idx::{IdxError, KNOWN, KnownDataset, Search};
use ae_run::{DataRecord, RecordedData};
use anyhow::Result;
use std::path::{Component, Path, PathBuf};

/// The data sets that come with the workspace's sources.
const WORKSPACE_DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets");

/// A data set, and where it was found.
pub(super) struct Found {
    pub(super) dataset: Dataset,
    /// The folder of the files.
    pub(super) folder: PathBuf,
    /// Whether it was found by its name.
    pub(super) by_name: bool,
}

/// How images are taken from a source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) options: &'a Options,
    pub(crate) in_memory: InMemory,
    /// Whether the images of a folder keep the names of their files.
    pub(crate) files: bool,
}

/// What a command says about loading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finding<'a> {
    /// Where known data sets are searched, if it was given.
    pub(crate) data_dir: Option<&'a Path>,
    /// Whether a bar shows how far the decoding is.
    pub(crate) bar: bool,
}

/// Returns where known data sets are searched.
pub(crate) fn search(data_dir: Option<&Path>) -> Search {
    // The `..` is resolved, so that the report shows a plain path.
    let own = Path::new(WORKSPACE_DATA);
    let own = own.canonicalize().unwrap_or_else(|_| own.to_path_buf());
    Search::from_process(data_dir.map(Path::to_path_buf), own)
}

/// Returns the known data set with this name. A path is not a name.
fn known(dataset: &Path) -> Option<&'static KnownDataset> {
    dataset.to_str().filter(|_| !is_path(dataset)).and_then(KnownDataset::find)
}

/// Returns whether this is a path, and not a single word: it has a separator, or is `.` or `..`.
fn is_path(dataset: &Path) -> bool {
    let text = dataset.as_os_str().to_string_lossy();
    let mut parts = dataset.components();
    let word = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
    !word || text.contains(std::path::is_separator)
}

/// Loads the data set that `--dataset` names.
pub(super) fn load(dataset: &Path, wanted: Wanted<'_>, finding: Finding<'_>) -> Result<Found> {
    let Some(known) = known(dataset) else {
        let folder = dataset.to_path_buf();
        let dataset = load_place_named(dataset, wanted, finding)?;
        return Ok(Found { dataset, folder, by_name: false });
    };
    let found = load_known(known, wanted.options, finding.data_dir)?;
    warn_of_folder(dataset, &found.folder);
    Ok(found)
}

fn load_known(known: &KnownDataset, options: &Options, data_dir: Option<&Path>) -> Result<Found> {
    let folder = search(data_dir).find(known)?;
    Ok(Found { dataset: ae_data::load_known(known, &folder, options)?, folder, by_name: true })
}

/// Warns if a folder in the current directory has the name of the known data set that was taken.
fn warn_of_folder(name: &Path, taken: &Path) {
    let here = Path::new(".").join(name);
    let same = || Some(here.canonicalize().ok()? == taken.canonicalize().ok()?);
    if here.is_dir() && same() != Some(true) {
        let (name, taken) = (printable_path(name), printable_path(taken));
        warn(&format!(
            "{name} is taken as the known data set in {taken}, not as the folder here; --dataset ./{name} takes the \
             folder"
        ));
    }
}

fn load_place_named(folder: &Path, wanted: Wanted<'_>, finding: Finding<'_>) -> Result<Dataset> {
    if !is_path(folder) && !folder.exists() && !ae_data::is_at(folder) {
        let names: Vec<&str> = KNOWN.iter().map(|known| known.name).collect();
        return Err(usage(format!(
            "--dataset {}: neither a known data set ({}) nor a folder or file{}",
            folder.display(),
            names.join(", "),
            tip("data set", &folder.to_string_lossy(), names.iter().copied())
        ))
        .into());
    }
    if finding.data_dir.is_some() {
        let message = "--data-dir says where a known data set is; --dataset already names a folder";
        return Err(usage(message).into());
    }
    if !folder.exists() && !ae_data::is_at(folder) {
        let folder = folder.display();
        let message = format!("{folder}: expected a folder or file of images, found nothing there");
        return Err(data(message).into());
    }
    take(folder, wanted, finding.bar)
}

/// Loads what is in this place.
fn take(place: &Path, wanted: Wanted<'_>, bar: bool) -> Result<Dataset> {
    read(&*ae_data::recognize(place)?, wanted, bar)
}

/// Reads a source. Decoded images are kept for the next time, and a bar may be shown meanwhile.
fn read(source: &dyn Source, wanted: Wanted<'_>, bar: bool) -> Result<Dataset> {
    let (cache, decoding) = (decoded::cache(), Decoding::new(bar));
    if wanted.in_memory == InMemory::Never && cache.is_none() {
        let message = "--in-memory never: expected a folder for decoded images, found none; AE_CACHE_DIR names one";
        return Err(usage(message).into());
    }
    let limits = Limits { in_memory: wanted.in_memory.most_bytes(), ..Limits::default() };
    let (cache, progress) = (cache.as_deref(), &decoding);
    let files = wanted.files;
    let loading = Loading { cache, progress, limits, files, ..Loading::new(wanted.options) };
    let loaded = source.load(&loading);
    decoding.finish();
    Ok(loaded?)
}

/// Loads data for their description: also returns where they are, and what that is.
pub(crate) fn load_data(
    place: &Path,
    wanted: Wanted<'_>,
    finding: Finding<'_>,
) -> Result<(Dataset, PathBuf, String)> {
    let Found { dataset, folder, .. } = load(place, wanted, finding)?;
    let kind = ae_data::recognize(&folder)?.kind();
    Ok((dataset, folder, kind))
}

/// Finds the data of an earlier run by their content.
pub(super) fn load_recorded(
    recorded: &RecordedData,
    wanted: Wanted<'_>,
    finding: Finding<'_>,
) -> Result<Found> {
    let data_dir = finding.data_dir;
    let RecordedData { record, named, .. } = recorded;
    check_edited(recorded)?;
    if let Some(named) = named {
        let found = load(named, wanted, finding)?;
        check(&found, recorded)?;
        return Ok(named_as(found, record));
    }
    let mut tried = Tried::default();
    if let Some(known) = record.known().filter(|_| record.folder.is_none()) {
        match load_known(known, &record.options, data_dir) {
            Ok(found) => return Ok(named_as(found, record)),
            // If the user names a folder, no other one is searched.
            Err(error) if data_dir.is_some() => return Err(error),
            Err(error) => tried.failed(with_place(error, recorded)),
        }
    } else if data_dir.is_some() {
        let run = printable_path(&recorded.run);
        let message = "--data-dir says where a known data set is";
        let other = format!("{message}; {run} was trained on other data, see --dataset");
        return Err(usage(other).into());
    }
    for place in recorded.places.iter().filter(|place| ae_data::is_at(place)) {
        match load_place(place, wanted, finding.bar, recorded) {
            Ok(found) => return Ok(named_as(found, record)),
            Err(error) => tried.failed(error),
        }
    }
    Err(tried.reason().unwrap_or_else(|| not_found(recorded).into()))
}

/// Returns the files in every place where the data of an earlier run are looked for, whether they
/// are those of the run or not. There may be none.
pub(crate) fn recorded_files(recorded: &RecordedData, data_dir: Option<&Path>) -> Vec<PathBuf> {
    let known = recorded.record.known().map(|known| search(data_dir).candidates(known));
    let places = recorded.was.iter().chain(&recorded.places).cloned();
    places.chain(known.into_iter().flatten()).flat_map(|place| ae_data::files_at(&place)).collect()
}

/// Loads the data in this place if they are those of the run.
fn load_place(
    place: &Path,
    wanted: Wanted<'_>,
    bar: bool,
    recorded: &RecordedData,
) -> Result<Found> {
    // Messages name the place as it is seen from here.
    let folder = seen_from_here(place);
    let dataset = take(&folder, wanted, bar)?;
    let found = Found { dataset, folder, by_name: false };
    check(&found, recorded)?;
    Ok(found)
}

/// The advice for data that were not found.
const ELSEWHERE: &str = "; --dataset FOLDER says where its data are now";

/// The reasons why places were rejected.
#[derive(Default)]
struct Tried {
    /// The first reason.
    first: Option<anyhow::Error>,
    /// The first file that is missing in a later place, while the first one has other data.
    missing: Option<String>,
}

impl Tried {
    fn failed(&mut self, error: anyhow::Error) {
        let missing = |error: &anyhow::Error| {
            let error = error.downcast_ref();
            matches!(error, Some(DataError::Idx(IdxError::FileMissing { .. })))
        };
        match &self.first {
            None => self.first = Some(error),
            Some(first) if missing(&error) && !missing(first) => {
                self.missing.get_or_insert_with(|| error.to_string());
            }
            Some(_) => {}
        }
    }

    /// Returns the first reason, and the missing file if there is one: both places may be meant.
    fn reason(self) -> Option<anyhow::Error> {
        match (self.first, self.missing) {
            (Some(first), Some(missing)) => Some(data(format!("{missing}; {first}")).into()),
            (first, _) => first,
        }
    }
}

/// Adds the place of the known data set to an error.
fn with_place(error: anyhow::Error, recorded: &RecordedData) -> anyhow::Error {
    match (&recorded.was, error.downcast_ref()) {
        (Some(was), Some(IdxError::DatasetNotFound { .. })) => {
            let (run, was) = (printable_path(&recorded.run), printable_path(was));
            data(format!("{error}, and in {was}, where {run} had it")).into()
        }
        _ => error,
    }
}

/// Refuses a record in which somebody has changed the name of the data set, but not the checksums.
fn check_edited(recorded: &RecordedData) -> Result<(), Refusal> {
    let RecordedData { record, run, named, .. } = recorded;
    let (Some(known), None, None) = (record.known(), &record.folder, named) else { return Ok(()) };
    if record.dataset == known.name {
        return Ok(());
    }
    let (run, found, expected) = (printable_path(run), &record.dataset, known.name);
    Err(data(format!(
        "{run}: dataset: expected \"{expected}\", whose checksums are recorded, found \"{found}\"; --dataset \
         takes other data"
    )))
}

/// Checks that these are the data of the run.
fn check(found: &Found, recorded: &RecordedData) -> Result<(), Refusal> {
    let Some(difference) = recorded.record.difference(&found.dataset.checksums) else {
        return Ok(());
    };
    let file = found.dataset.file(&difference.file, &found.folder);
    let what = if file.is_dir() { "images" } else { "file" };
    let RecordedData { run, verb, named, .. } = recorded;
    let (file, run) = (printable_path(file), printable_path(run));
    let hint = if named.is_some() { "" } else { ELSEWHERE };
    Err(data(format!("{file}: not the {what} that {run} {verb}: {difference}{hint}")))
}

fn not_found(recorded: &RecordedData) -> Refusal {
    let RecordedData { run, record, was, .. } = recorded;
    let (run, name) = (printable_path(run), printable(&record.dataset));
    let place = was.as_ref().map_or_else(|| name, |was| printable_path(was));
    data(format!(
        "{run}: expected its data in {place} or beside the run, found them in neither{ELSEWHERE}"
    ))
}

/// Gives the data the name that the run has recorded, because it appears in the run's files.
fn named_as(mut found: Found, record: &DataRecord) -> Found {
    found.dataset.name.clone_from(&record.dataset);
    if record.folder.is_some() {
        // Version 0.1.0 identified the classes of a folder only by their numbers.
        found.dataset.number_classes();
    }
    found
}

/// Returns a path below the working directory as a relative one, and resolves a `..` in it.
fn seen_from_here(place: &Path) -> PathBuf {
    let goes_up = place.is_absolute() && place.components().any(|c| c == Component::ParentDir);
    let resolved = goes_up.then(|| place.canonicalize().ok()).flatten();
    let place = resolved.as_deref().unwrap_or(place);
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    let relative = here.ok().and_then(|here| place.strip_prefix(here).ok().map(Path::to_path_buf));
    relative.filter(|path| !path.as_os_str().is_empty()).unwrap_or_else(|| place.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_with_a_separator_is_a_path() {
        for path in ["mnist/", "/mnist", "./mnist", "a/mnist", ".", "..", "", "/", "mnist//"] {
            assert!(is_path(Path::new(path)), "{path}");
            assert!(known(Path::new(path)).is_none(), "{path}");
        }
        for word in ["mnist", "MNIST", "fashion mnist", "Fashion_MNIST"] {
            assert!(known(Path::new(word)).is_some(), "{word}");
        }
        assert!(!is_path(Path::new("data")));
    }
}
