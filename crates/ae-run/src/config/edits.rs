//! Finds what somebody has changed in `config.toml` since the run began.

use super::Config;
use crate::RunError;
use ae_checkpoint::Archive;
use ae_layers::Architecture;
use std::path::Path;
use toml::{Table, Value};

/// The keys that record the outcome of a run and do not decide it.
const OUTCOME: [&str; 4] = [
    "training.epochs_finished",
    "training.stopped_early",
    "training.best_epoch",
    "training.stopped",
];
/// The number of epochs, which `resume --epochs` changes.
const EPOCHS: &str = "training.epochs";
/// The place of the data, which may have moved.
const PLACE: &str = "data.folder";
/// The program, which may be a different one now.
const BUILD: &str = "build.";

/// The first key in which two configurations differ, with both values.
#[derive(Debug, PartialEq)]
struct Difference {
    key: String,
    expected: String,
    found: String,
}

impl Config {
    /// Checks that the text of `config.toml` is the configuration with which the run began, as its
    /// checkpoint records it. Otherwise a value changed by hand would be silently ignored. The
    /// outcome, the build and the place of the data may differ, and with `any_epochs` also the
    /// number of epochs.
    ///
    /// # Errors
    /// [`RunError::Edited`] for the first key that differs, [`RunError::Config`] if the text is not
    /// TOML, [`RunError::Checkpoint`] if the checkpoint has no configuration.
    pub fn check_unedited(
        text: &str,
        path: &Path,
        checkpoint: &Archive,
        any_epochs: bool,
    ) -> Result<(), RunError> {
        let begun = Self::from_archive(checkpoint)?;
        check(text, path, &Table::try_from(&begun)?, "the checkpoint has it", any_epochs)
    }

    /// Checks that this configuration, of a run that begins again, equals the text of
    /// `config.toml`, with the same exceptions.
    ///
    /// # Errors
    /// As [`Config::check_unedited`].
    pub fn check_same_as(&self, text: &str, path: &Path) -> Result<(), RunError> {
        check(text, path, &Table::try_from(self)?, "the job and its data give it", false)
    }

    /// Checks the values that follow from others: a job is made without them, so a change of one by
    /// hand would be silently ignored. Those that follow from the data are checked with them.
    ///
    /// # Errors
    /// [`RunError::Setting`] for the first value that differs.
    pub fn check_derived(&self) -> Result<(), RunError> {
        let mut derived = self.clone();
        derived.training.derive_optimizer();
        // A model that does not work is refused when it is built.
        if let Some((latent, parameters)) = self.model.architecture.parse().ok().and_then(sizes) {
            derived.model.latent = latent.filter(|_| self.denoise.is_none());
            derived.model.parameters = parameters;
        }
        match difference("", &Table::try_from(&derived)?, &Table::try_from(self)?, false) {
            None => Ok(()),
            Some(Difference { key, expected, found }) => {
                let expected = format!("{expected}, as the other keys give it");
                Err(RunError::Setting { key, expected, found })
            }
        }
    }
}

/// The length of a code, if codes are vectors, and the number of parameters. `None` for a model
/// that does not work.
fn sizes(architecture: Architecture) -> Option<(Option<usize>, usize)> {
    let layers = architecture.outline().ok()?;
    let last = architecture.encoder.checked_sub(1).filter(|_| architecture.is_divided());
    let latent = last.and_then(|last| match *layers[last].output.dims() {
        [latent] => Some(latent),
        _ => None,
    });
    Some((latent, architecture.weight_count().ok()?))
}

fn check(
    text: &str,
    path: &Path,
    expected: &Table,
    by: &'static str,
    any_epochs: bool,
) -> Result<(), RunError> {
    let path = path.to_path_buf();
    let found: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            let error: toml::de::Error = error;
            let found = error.message().lines().next().unwrap_or_default().into();
            return Err(RunError::Config { path, found });
        }
    };
    match difference("", expected, &found, any_epochs) {
        None => Ok(()),
        Some(Difference { key, expected, found }) => {
            Err(RunError::Edited { path, key, expected, by, found })
        }
    }
}

/// Returns the first difference between two tables whose keys begin with `above`.
fn difference(
    above: &str,
    expected: &Table,
    found: &Table,
    any_epochs: bool,
) -> Option<Difference> {
    let none = || "no such key".to_owned();
    let mut keys: Vec<&String> = expected.keys().chain(found.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter().find_map(|name| {
        let key = format!("{above}{name}");
        let (expected, found) = match (expected.get(name), found.get(name)) {
            (Some(Value::Table(expected)), Some(Value::Table(found))) => {
                return difference(&format!("{key}."), expected, found, any_epochs);
            }
            (Some(expected), Some(found)) if expected == found || key.starts_with(BUILD) => {
                return None;
            }
            pair => pair,
        };
        let may_differ = OUTCOME.contains(&key.as_str()) || key == PLACE;
        if may_differ || any_epochs && key == EPOCHS {
            return None;
        }
        let [expected, found] =
            [expected, found].map(|value| value.map_or_else(none, ToString::to_string));
        Some(Difference { key, expected, found })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENSE: &str = include_str!("dense.toml");

    /// Returns the difference that this edit makes.
    fn edited(from: &str, to: &str) -> Option<[String; 3]> {
        assert!(DENSE.contains(from), "{from}");
        let [expected, found] =
            [DENSE.to_owned(), DENSE.replace(from, to)].map(|text| text.parse::<Table>().unwrap());
        let found = difference("", &expected, &found, false)?;
        Some([found.key, found.expected, found.found])
    }

    #[test]
    fn a_value_changed_by_hand_is_named_with_its_key() {
        for (from, to, expected) in [
            ("seed = 1", "seed = 2", ["seed", "1", "2"]),
            (
                "rho = \"0.9\"",
                "rho = \"0.8\"",
                ["training.optimizer_constants.rho", "\"0.9\"", "\"0.8\""],
            ),
            ("latent = 25", "latent = 26", ["model.latent", "25", "26"]),
            ("limit = [600, 600]", "", ["limit", "[600, 600]", "no such key"]),
            ("samples = 10", "samples = 10\nnoise = 0.5", ["noise", "no such key", "0.5"]),
            ("batch = 250", "batch = 250\npatiense = 3", ["training.patiense", "no such key", "3"]),
            (
                "version = \"0.1.0\"",
                "version = \"0.1.0\"\ncpu = 1",
                ["build.cpu", "no such key", "1"],
            ),
        ] {
            assert_eq!(edited(from, to).unwrap(), expected, "{from}");
        }
        let [key, ..] = edited("= \"ff7bcfd4", "= \"ff7bcfd5").unwrap();
        assert_eq!(key, "data.sha256.t10k-labels-idx1-ubyte");
    }

    #[test]
    fn what_came_of_the_run_and_the_build_may_differ() {
        for (from, to) in [
            ("epochs_finished = 2", "epochs_finished = 1"),
            ("epochs_finished = 2", "epochs_finished = 2\nstopped_early = true"),
            ("classes = [5]", "classes = [5]\nfolder = \"elsewhere\""),
            ("version = \"0.1.0\"", "version = \"0.2.0\""),
        ] {
            assert_eq!(edited(from, to), None, "{from}");
        }
        let [text, longer]: [Table; 2] =
            [DENSE.to_owned(), DENSE.replace("epochs = 2", "epochs = 3")]
                .map(|t| t.parse().unwrap());
        assert_eq!(difference("", &text, &longer, true), None);
        assert_eq!(difference("", &text, &longer, false).unwrap().key, "training.epochs");
    }
}
