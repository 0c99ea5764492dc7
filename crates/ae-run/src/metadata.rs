//! What stands in the metadata of a checkpoint or a model beside the weights.

use crate::{Config, RunError};
use ae_checkpoint::{Archive, CheckpointError};

/// As [`ae_train::AutoEncoder::to_archive`] writes it.
pub(crate) const ARCHITECTURE: &str = "architecture";
const CONFIG: &str = "config";

/// What every file of a run says of it, besides its kind and the architecture.
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

/// Whether a checkpoint belongs to this configuration: the model, the data, and then everything else. The folder of a data set
/// that is not a known one may have changed; `config` keeps what it was.
pub(crate) fn check_same(archive: &Archive, config: &mut Config) -> Result<(), RunError> {
    let expect = |key: &str, expected: &str| match archive.metadata(key)? {
        found if found == expected => Ok(()),
        found => Err(archive.metadata_mismatch(key, expected, found)),
    };
    expect("kind", "checkpoint")?;
    expect(ARCHITECTURE, &config.model().architecture)?;
    for (key, sum) in checksums(config) {
        expect(&key, sum)?;
    }
    let begun = Config::from_archive(archive)?;
    config.same_folder(&begun);
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
    /// The configuration in the metadata of a checkpoint or a model.
    ///
    /// # Errors
    /// [`CheckpointError`] if there is none.
    pub fn from_archive(archive: &Archive) -> Result<Self, CheckpointError> {
        let text = archive.metadata(CONFIG)?;
        toml::from_str(text).map_err(|error| {
            archive.metadata_mismatch(CONFIG, "a run's configuration", error.message())
        })
    }
}
