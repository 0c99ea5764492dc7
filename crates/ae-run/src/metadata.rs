//! The metadata of a checkpoint or a model, stored beside the weights.

use crate::{Config, RunError};
use ae_checkpoint::{Archive, CheckpointError};

/// The key under which [`ae_train::AutoEncoder::to_archive`] stores the architecture.
pub(crate) const ARCHITECTURE: &str = "architecture";
const CONFIG: &str = "config";

/// Returns the metadata that every file of a run has, besides its kind and the architecture.
pub(crate) fn metadata(config: &Config) -> Result<Vec<(String, String)>, RunError> {
    let mut metadata = vec![
        (CONFIG.into(), config.at_the_beginning()?),
        ("crate_version".into(), env!("CARGO_PKG_VERSION").into()),
        ("cpu_features".into(), ae_tensor::cpu_features().join(" ")),
    ];
    metadata.extend(checksums(config).map(|(key, sum)| (key, sum.to_owned())));
    Ok(metadata)
}

fn checksums(config: &Config) -> impl Iterator<Item = (String, &str)> {
    let sums = &config.data().sha256;
    sums.iter().map(|(file, sum)| (format!("sha256 of {file}"), sum.as_str()))
}

/// Whether the number of epochs must be that of the checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Epochs {
    Same,
    Any,
}

/// Checks that a checkpoint belongs to this configuration: first the model, then the data, then
/// everything else. The folder of a data set that is not a known one may have changed; `config`
/// keeps the recorded one.
pub(crate) fn check_same(
    archive: &Archive,
    config: &mut Config,
    epochs: Epochs,
) -> Result<(), RunError> {
    let expect = |key: &str, expected: &str| match archive.metadata(key)? {
        found if found == expected => Ok(()),
        found => Err(archive.metadata_mismatch(key, expected, found)),
    };
    expect("kind", "checkpoint")?;
    expect(ARCHITECTURE, &config.model().architecture)?;
    for (key, sum) in checksums(config) {
        expect(&key, sum)?;
    }
    let mut begun = Config::from_archive(archive)?;
    config.same_folder(&begun);
    if epochs == Epochs::Any {
        begun.same_epochs(config);
    }
    let (expected, found) = (config.without_build()?, begun.without_build()?);
    if expected != found {
        let mut lines = expected.lines().zip(found.lines());
        let first = lines.find(|(expected, found)| expected != found);
        let (expected, found) = first.unwrap_or(("the same", "more or fewer lines"));
        return Err(archive.metadata_mismatch(CONFIG, expected, found).into());
    }
    Ok(())
}

impl Config {
    /// Reads the configuration from the metadata of a checkpoint or a model.
    ///
    /// # Errors
    /// [`CheckpointError`] if the metadata does not hold a configuration.
    pub fn from_archive(archive: &Archive) -> Result<Self, CheckpointError> {
        let text = archive.metadata(CONFIG)?;
        toml::from_str(text).map_err(|error| {
            archive.metadata_mismatch(CONFIG, "a run's configuration", error.message())
        })
    }
}
