//! `SHA256SUMS`: the checksums of everything that a run's configuration decides.

use crate::files::{CHECKPOINT, CHECKSUMS, PATHS, PREVIOUS_CHECKPOINT, TIMES};
use crate::folder::results;
use crate::{RunError, RunFolder, read_file};
use ae_checkpoint::sha256;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Files that may differ from run to run, or that exist only to resume it.
const NOT_RESULTS: [&str; 5] = [TIMES, PATHS, CHECKSUMS, CHECKPOINT, PREVIOUS_CHECKPOINT];

/// The SHA-256 of each result of a run, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksums(BTreeMap<String, String>);

impl Checksums {
    /// Computes the checksums of the results now in the folder: pictures, tables, TOML files and
    /// the model. `times.toml`, `paths.toml`, `report.html` and checkpoints are not results, and
    /// neither are files of other kinds that somebody has put there.
    ///
    /// # Errors
    /// [`RunError::Io`] if a file or the folder cannot be read.
    pub fn of(folder: &Path) -> Result<Self, RunError> {
        let mut sums = BTreeMap::new();
        for path in results(folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !NOT_RESULTS.contains(&name.as_str()) && path.is_file() {
                let content = fs::read(&path).map_err(RunError::io("read", &path))?;
                sums.insert(name, sha256(&content));
            }
        }
        Ok(Self(sums))
    }

    /// Returns the digest of the text of `SHA256SUMS`.
    #[must_use]
    pub fn digest(&self) -> String {
        sha256(self.to_string().as_bytes())
    }

    /// Writes `SHA256SUMS` of a run that has ended, and returns the digest of its text.
    ///
    /// # Errors
    /// [`RunError::Write`] if it cannot be written.
    pub fn write(&self, folder: &RunFolder) -> Result<String, RunError> {
        folder.write(CHECKSUMS, &self.to_string())?;
        Ok(self.digest())
    }

    /// Reads `SHA256SUMS` of a run that has ended, together with the digest of its text.
    ///
    /// # Errors
    /// [`RunError::NotARun`] if the file does not exist, [`RunError::Checksums`] if its lines are
    /// not checksums and names.
    pub fn read(folder: &Path) -> Result<(Self, String), RunError> {
        let text = read_file(folder, CHECKSUMS)?;
        let pair = |line: &str| {
            let (sum, name) = line.split_once("  ")?;
            Some((name.to_owned(), sum.to_owned()))
        };
        let sums = text.lines().map(pair).collect::<Option<_>>();
        let sums = sums.ok_or_else(|| RunError::Checksums { path: folder.join(CHECKSUMS) })?;
        Ok((Self(sums), sha256(text.as_bytes())))
    }

    /// Returns the names of the files.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    /// Removes the files that are not in `listed`, because they do not belong to that run. Returns
    /// their names.
    pub fn split_off_others(&mut self, listed: &Self) -> Vec<String> {
        let (ours, others): (BTreeMap<_, _>, BTreeMap<_, _>) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|(name, _)| listed.0.contains_key(name));
        self.0 = ours;
        others.into_keys().collect()
    }

    /// Compares these checksums, which are expected in the folder, with those `found`. `how`
    /// completes "not .." in the message.
    ///
    /// # Errors
    /// [`RunError::Differs`] for the first file that differs.
    pub fn compare(&self, found: &Self, folder: &Path, how: &'static str) -> Result<(), RunError> {
        for name in self.0.keys().chain(found.0.keys()) {
            let [expected, found] =
                [self, found].map(|sums| sums.0.get(name).map_or("no such file", String::as_str));
            if expected != found {
                let (expected, found) = (expected.to_owned(), found.to_owned());
                return Err(RunError::Differs { path: folder.join(name), how, expected, found });
            }
        }
        Ok(())
    }
}

/// One line per file, in the form that `sha256sum -c` reads.
impl std::fmt::Display for Checksums {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|(name, sum)| writeln!(f, "{sum}  {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::REPORT;

    #[test]
    fn results_are_listed_and_what_is_not_a_result_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("run");
        let folder = RunFolder::create(&path).unwrap();
        for name in [
            "history.csv",
            "config.toml",
            "times.toml",
            PATHS,
            CHECKPOINT,
            REPORT,
            ".hidden",
            "notes.txt",
        ] {
            folder.write(name, name).unwrap();
        }
        let digest = Checksums::of(&path).unwrap().write(&folder).unwrap();
        let (listed, its_digest) = Checksums::read(folder.path()).unwrap();
        assert_eq!(digest, its_digest);
        assert_eq!(listed.0.keys().collect::<Vec<_>>(), ["config.toml", "history.csv"]);
        assert_eq!(listed, Checksums::of(&path).unwrap());
        listed.compare(&Checksums::of(&path).unwrap(), &path, "as it was written").unwrap();
    }

    #[test]
    fn the_first_file_that_differs_is_named() {
        let sums = |pairs: &[(&str, &str)]| {
            Checksums(pairs.iter().map(|&(n, s)| (n.to_owned(), s.to_owned())).collect())
        };
        let (one, other) = (sums(&[("a", "1"), ("b", "2")]), sums(&[("a", "1"), ("c", "3")]));
        let said = |one: &Checksums, other| {
            one.compare(other, Path::new("run"), "as it was").unwrap_err().to_string()
        };
        assert_eq!(said(&one, &other), "run/b: not as it was: expected 2, found no such file");
        let extra = sums(&[("a", "1"), ("b", "2"), ("c", "3")]);
        assert_eq!(said(&one, &extra), "run/c: not as it was: expected no such file, found 3");
    }

    #[test]
    fn a_file_that_lists_nothing_of_the_kind_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(&parent.path().join("run")).unwrap();
        let error = Checksums::read(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("a run that has ended, found no SHA256SUMS"), "{error}");
        folder.write(CHECKSUMS, "12 a").unwrap();
        let error = Checksums::read(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("SHA256SUMS: expected lines of a checksum and a name"), "{error}");
    }
}
