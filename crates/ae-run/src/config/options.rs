//! A configuration beside options as they are typed: whether a run is what it was asked to be.

use super::Config;
use crate::RunError;
use std::collections::BTreeMap;
use std::path::Path;
use toml::{Table, Value};

/// The options that are numbers, and the keys that record them as they were given.
const RECORDED: [(&str, &[&str]); 8] = [
    ("batch", &["training", "batch"]),
    ("clip-norm", &["training", "clip_norm"]),
    ("epochs", &["training", "epochs"]),
    ("latent", &["model", "latent"]),
    ("lr", &["training", "learning_rate"]),
    ("min-delta", &["training", "min_delta"]),
    ("patience", &["training", "patience"]),
    ("seed", &["seed"]),
];

impl Config {
    /// Checks that those of the options that are numbers have the values that this run records.
    /// `options` are as they would be typed, by their long names, and `path` is the file.
    ///
    /// # Errors
    /// [`RunError::Edited`] for the first one that has not.
    pub(crate) fn check_numbers(
        &self,
        options: &BTreeMap<String, String>,
        path: &Path,
    ) -> Result<(), RunError> {
        let table = Table::try_from(self)?;
        for (option, keys) in RECORDED {
            let number = |text: &str| text.parse::<f64>().ok();
            let Some(expected) = options.get(option).filter(|text| number(text).is_some()) else {
                continue;
            };
            let Some(found) = value(&table, keys) else { continue };
            // The integers of TOML end before the seeds, which are texts then.
            let found = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
            if number(&found) != number(expected) {
                let (path, key) = (path.to_path_buf(), keys.join("."));
                let (expected, by) = (expected.clone(), "the plan has it");
                return Err(RunError::Edited { path, key, expected, by, found });
            }
        }
        Ok(())
    }
}

fn value<'a>(table: &'a Table, keys: &[&str]) -> Option<&'a Value> {
    let (last, above) = keys.split_last()?;
    let within = above.iter().try_fold(table, |table, key| table.get(*key)?.as_table())?;
    within.get(*last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_not_the_one_asked_for_is_named() {
        let text = include_str!("dense.toml").replace("rule =", "learning_rate = 0.001\nrule =");
        let config = Config::parse(&text, Path::new("")).unwrap();
        let check = |option: &str, value: &str| {
            let options = BTreeMap::from([(option.to_owned(), value.to_owned())]);
            config.check_numbers(&options, Path::new("c")).map_err(|error| error.to_string())
        };
        let same = [("epochs", "2"), ("lr", "1e-3"), ("seed", "1"), ("batch", "250")];
        // What is not recorded or not a number cannot be compared.
        for (option, value) in same.into_iter().chain([("patience", "3"), ("loss", "bce")]) {
            assert_eq!(check(option, value), Ok(()), "{option}");
        }
        for (option, value, line) in [
            ("epochs", "3", "c: training.epochs: expected 3, as the plan has it, found 2"),
            (
                "lr",
                "0.1",
                "c: training.learning_rate: expected 0.1, as the plan has it, found 0.001",
            ),
            ("latent", "5", "c: model.latent: expected 5, as the plan has it, found 25"),
            ("batch", "20", "c: training.batch: expected 20, as the plan has it, found 250"),
            ("seed", "2", "c: seed: expected 2, as the plan has it, found 1"),
        ] {
            assert_eq!(check(option, value), Err(line.to_owned()));
        }
    }
}
