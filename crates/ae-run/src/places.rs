//! `paths.toml`: where the data of a run were when it began.
//!
//! A path does not decide a result, and data may move. So the paths are only a hint, in a separate
//! file that is not a part of the digest. The checksums in `config.toml` decide.

use crate::files::PATHS;
use crate::{DataRecord, Limits};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Where the data of a run were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataPlaces {
    /// The absolute path, without symbolic links.
    pub folder: PathBuf,
    /// The path as it was given, perhaps relative to the working directory.
    pub given: PathBuf,
    /// The path relative to the run's folder, because data and run may move together.
    pub from_run: Option<PathBuf>,
    /// The absolute path of the masks of the test images, if the run used any.
    pub masks: Option<PathBuf>,
}

/// The file's content. Paths are written by [`escaped`].
#[derive(Debug, Serialize, Deserialize)]
struct Written {
    data: WrittenPlaces,
}

#[derive(Debug, Serialize, Deserialize)]
struct WrittenPlaces {
    folder: String,
    given: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from_run: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    masks: Option<String>,
}

impl DataPlaces {
    /// Returns the places of the data whose path was given as `given` to the run in this folder,
    /// without masks.
    #[must_use]
    pub fn new(given: &Path, run: &Path) -> Self {
        let folder = resolved(given);
        let from_run = path_between(&resolved(run), &folder);
        Self { folder, given: given.to_path_buf(), from_run, masks: None }
    }

    /// The same with the masks in this folder.
    #[must_use]
    pub fn with_masks(self, masks: Option<&Path>) -> Self {
        Self { masks: masks.map(resolved), ..self }
    }

    /// Returns the text of `paths.toml`.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let data = WrittenPlaces {
            folder: escaped(&self.folder),
            given: escaped(&self.given),
            from_run: self.from_run.as_deref().map(escaped),
            masks: self.masks.as_deref().map(escaped),
        };
        let text = toml::to_string(&Written { data }).unwrap_or_default();
        format!("{HEAD}{text}")
    }

    /// Reads `paths.toml` of the run in this folder. Returns `None` where the file is absent or
    /// damaged: it is only a hint.
    #[must_use]
    pub fn read(run: &Path) -> Option<Self> {
        let path = run.join(PATHS);
        // The file has only a few paths: a larger one, or something that is not a file, was not
        // written by a run.
        let ordinary =
            fs::metadata(&path).is_ok_and(|data| data.is_file() && data.len() < MOST_BYTES);
        let text = ordinary.then(|| fs::read_to_string(path).ok()).flatten()?;
        let Written { data } = toml::from_str(&text).ok()?;
        Some(Self {
            folder: unescaped(&data.folder),
            given: unescaped(&data.given),
            from_run: data.from_run.as_deref().map(unescaped),
            masks: data.masks.as_deref().map(unescaped),
        })
    }
}

/// The maximum size of `paths.toml`.
const MOST_BYTES: u64 = 1 << 16;

/// The first lines of `paths.toml`.
const HEAD: &str = "\
# Where the data were. A hint: the checksums in config.toml say what they are.
# In a path %XX is the byte XX, where it is not text.
";

/// The data of an earlier run, which are found again by their content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedData {
    /// The run's folder or the model's file, for messages.
    pub run: PathBuf,
    /// The verb between `run` and its data, for messages: "was trained on", "records".
    pub verb: &'static str,
    /// The record of the data, checksums included.
    pub record: DataRecord,
    /// Where the data were, if known.
    pub was: Option<PathBuf>,
    /// Where the masks of the test images were, if the run used any.
    pub masks: Option<PathBuf>,
    /// The places to look in, the most likely first.
    pub places: Vec<PathBuf>,
    /// The only place to look in, if the user has named one: a known data set or a folder.
    pub named: Option<PathBuf>,
    /// The maximum numbers of images of the run.
    pub limits: Option<Limits>,
    /// Whether somebody may have edited the record, so that what follows from the data is checked.
    pub by_hand: bool,
}

impl RecordedData {
    /// Returns the data that a configuration records. `run` is the folder of the run, or the file
    /// of its model.
    #[must_use]
    pub fn new(record: &DataRecord, run: &Path) -> Self {
        let run = if run.as_os_str().is_empty() { Path::new(".") } else { run };
        let folder = if run.is_dir() { run } else { run.parent().unwrap_or(run) };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let hint = DataPlaces::read(folder);
        let given = match (&hint, &record.folder) {
            (Some(hint), _) => hint.given.clone(),
            (None, Some(folder)) => PathBuf::from(folder),
            (None, None) => PathBuf::from(&record.dataset),
        };
        let was = match (&hint, &record.folder) {
            (Some(hint), _) => Some(hint.folder.clone()),
            (None, folder) => folder.as_ref().map(PathBuf::from),
        };
        let places = places(hint.as_ref(), &given, folder);
        let masks = hint.and_then(|hint| hint.masks);
        let is_record = run.extension().is_some_and(|extension| extension == "toml");
        let verb = if is_record { "records" } else { "was trained on" };
        let (run, record) = (run.to_path_buf(), record.clone());
        Self { run, verb, record, was, masks, places, named: None, limits: None, by_hand: false }
    }
}

/// Returns the places where data may be: where they were, at the same path relative to the current
/// directory and to the run, and beside the run or one of the folders above it.
fn places(hint: Option<&DataPlaces>, given: &Path, run: &Path) -> Vec<PathBuf> {
    let run = resolved(run);
    let mut places = Vec::new();
    let mut add = |place: PathBuf| {
        if !places.contains(&place) {
            places.push(place);
        }
    };
    if let Some(hint) = hint {
        add(hint.folder.clone());
        add(given.to_path_buf());
        hint.from_run.iter().for_each(|path| add(run.join(path)));
    } else {
        add(given.to_path_buf());
    }
    let names = [given.is_relative().then_some(given.as_os_str()), given.file_name()];
    let names = names.into_iter().chain([hint.and_then(|hint| hint.folder.file_name())]);
    let names: Vec<_> = names.flatten().collect();
    for folder in run.ancestors() {
        names.iter().for_each(|name| add(folder.join(name)));
    }
    places
}

/// Returns the absolute path without symbolic links. The last part of the path need not exist.
fn resolved(path: &Path) -> PathBuf {
    let with_parent = || {
        let (parent, name) = (path.parent()?, path.file_name()?);
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        Some(parent.canonicalize().ok()?.join(name))
    };
    path.canonicalize()
        .ok()
        .or_else(with_parent)
        .or_else(|| std::path::absolute(path).ok())
        .unwrap_or_else(|| path.to_path_buf())
}

/// Returns the relative path from one absolute folder to another. Returns `None` if there is no
/// such path: on Windows the two may be on different drives.
fn path_between(from: &Path, to: &Path) -> Option<PathBuf> {
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if common == 0 {
        return None;
    }
    let up = from[common..].iter().map(|_| Component::ParentDir);
    Some(up.chain(to[common..].iter().copied()).collect())
}

/// Writes a path as text without loss: `%`, control characters and bytes that are not UTF-8 become
/// `%XX`.
fn escaped(path: &Path) -> String {
    let mut text = String::new();
    let escape = |text: &mut String, bytes: &[u8]| {
        // Writing to a String cannot fail.
        bytes.iter().for_each(|byte| write!(text, "%{byte:02X}").unwrap_or_default());
    };
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '%' => text.push_str("%25"),
                c if c.is_control() => escape(&mut text, c.encode_utf8(&mut [0; 4]).as_bytes()),
                c => text.push(c),
            }
        }
        escape(&mut text, chunk.invalid());
    }
    text
}

/// Reads what [`escaped`] has written.
fn unescaped(text: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    os_string(bytes).into()
}

#[cfg(unix)]
fn os_string(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

/// On other systems a path is Unicode, except for unpaired surrogates, which are lost here.
#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_and_read_without_loss() {
        for path in ["a b/é", "100%/%41", "a\nb\u{1b}[31m", "C:\\x", "\"quoted\"", "%", "%4", "%%2"]
        {
            let path = Path::new(path);
            let text = escaped(path);
            assert!(!text.chars().any(char::is_control), "{text}");
            assert_eq!(unescaped(&text), path);
        }
        assert_eq!(escaped(Path::new("50%")), "50%25");
    }

    #[test]
    #[cfg(unix)]
    fn bytes_that_are_not_utf8_survive() {
        let path = PathBuf::from(os_string(b"d\xff\xc3\xa9\xc3".to_vec()));
        assert_eq!(escaped(&path), "d%FFé%C3");
        let parent = tempfile::tempdir().unwrap();
        let places = DataPlaces {
            folder: path.clone(),
            given: path.clone(),
            from_run: Some(path.clone()),
            masks: Some(path),
        };
        fs::write(parent.path().join(PATHS), places.to_toml()).unwrap();
        assert_eq!(DataPlaces::read(parent.path()), Some(places));
    }

    #[test]
    fn a_damaged_hint_is_not_a_hint() {
        let parent = tempfile::tempdir().unwrap();
        assert_eq!(DataPlaces::read(parent.path()), None);
        for text in ["", "data = 1", "[data]\nfolder = 3", "\u{0}"] {
            fs::write(parent.path().join(PATHS), text).unwrap();
            assert_eq!(DataPlaces::read(parent.path()), None, "{text}");
        }
        let text = DataPlaces::new(Path::new("d"), parent.path()).to_toml();
        let path = parent.path().join(PATHS);
        fs::write(&path, &text).unwrap();
        assert!(DataPlaces::read(parent.path()).is_some());
        fs::write(path, text + &" ".repeat(1 << 16)).unwrap();
        assert_eq!(DataPlaces::read(parent.path()), None);
    }

    #[test]
    fn the_path_between_two_folders_leads_from_one_to_the_other() {
        let between = |from: &str, to: &str| path_between(Path::new(from), Path::new(to)).unwrap();
        if cfg!(unix) {
            assert_eq!(between("/a/b/run", "/a/data"), Path::new("../../data"));
            assert_eq!(between("/a", "/a/data"), Path::new("data"));
            assert_eq!(between("/a/b", "/c"), Path::new("../../c"));
            assert_eq!(between("/a", "/a"), Path::new(""));
        }
    }

    #[test]
    fn data_are_looked_for_where_they_were_and_beside_the_run() {
        let parent = tempfile::tempdir().unwrap();
        let top = parent.path().canonicalize().unwrap();
        let run = top.join("a/runs/one");
        fs::create_dir_all(&run).unwrap();
        fs::create_dir(top.join("d")).unwrap();
        let hint = DataPlaces::new(&top.join("d"), &run);
        assert_eq!(hint.from_run.as_deref(), Some(Path::new("../../../d")));
        fs::write(run.join(PATHS), hint.to_toml()).unwrap();
        let record = DataRecord::named("d");
        let found = RecordedData::new(&record, &run);
        assert_eq!(found.was, Some(top.join("d")));
        assert_eq!(found.places[0], top.join("d"));
        for beside in ["a/runs/one/d", "a/runs/d", "a/d"] {
            assert!(found.places.contains(&top.join(beside)), "{beside}: {found:?}");
        }
        // A record of an older version contains the folder itself.
        fs::remove_file(run.join(PATHS)).unwrap();
        let record = DataRecord { folder: Some("x/d".into()), ..record };
        let found = RecordedData::new(&record, &run.join("model.safetensors"));
        assert_eq!(found.places[0], Path::new("x/d"));
        assert!(found.places.contains(&top.join("a/x/d")), "{found:?}");
        assert!(found.places.contains(&top.join("a/d")), "{found:?}");
    }
}
