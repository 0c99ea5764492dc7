//! A configuration beside another: what may differ between runs that are to have the same results.

use super::Config;
use super::anomaly::AnomalyRecord;
use crate::RunError;
use crate::build::BuildRecord;
use std::path::Path;

impl Config {
    /// The configuration before the first epoch, as TOML.
    pub(crate) fn at_the_beginning(&self) -> Result<String, RunError> {
        let mut config = self.clone();
        config.training.begin_again();
        Ok(toml::to_string(&config)?)
    }

    /// The configuration before the first epoch without the build, as TOML.
    pub(crate) fn without_build(&self) -> Result<String, RunError> {
        Self { build: BuildRecord::none(), ..self.clone() }.at_the_beginning()
    }

    /// Returns whether two runs train the same model in the same way on the same images, whatever
    /// the seeds, the builds and the names of the data.
    #[must_use]
    pub fn same_but_for_the_seed(&self, other: &Self) -> bool {
        let text = |config: &Self| {
            let mut config = Self { seed: 0, samples: 0, ..config.clone() };
            config.training.checkpoint_every = 1;
            config.data = config.data.without_names();
            config.without_build().ok()
        };
        text(self) == text(other)
    }

    /// Checks that the run in the folder `run` has the same images and masks as another one,
    /// whatever the names of the data.
    ///
    /// # Errors
    /// [`RunError::OtherData`] if it does not.
    pub fn check_data_of(&self, other: &Self, run: &Path, of: &Path) -> Result<(), RunError> {
        let [own, others] =
            [self, other].map(|config| (config.data.without_names(), config.masks()));
        if own == others {
            return Ok(());
        }
        let file = other.data.difference(&self.data.sha256).map(|difference| difference.file);
        let what = file.unwrap_or_else(|| "the selection".into());
        Err(RunError::OtherData { path: run.to_path_buf(), other: of.to_path_buf(), what })
    }

    /// The checksum of the masks.
    fn masks(&self) -> Option<&str> {
        self.anomaly.as_ref().and_then(AnomalyRecord::masks)
    }

    /// Describes the build that made the run.
    #[must_use]
    pub fn build(&self) -> String {
        self.build.to_string()
    }

    /// Describes the build that made the run if it is not this one. The last digits of its results
    /// may then differ from those of this build.
    #[must_use]
    pub fn other_build(&self) -> Option<String> {
        (self.build != BuildRecord::this()).then(|| self.build.to_string())
    }

    /// Describes this build, as [`Config::other_build`] describes another one.
    #[must_use]
    pub fn this_build() -> String {
        BuildRecord::this().to_string()
    }

    /// Takes over the recorded folder: only the location of the data may have changed.
    pub(crate) fn same_folder(&mut self, as_it_was: &Self) {
        self.data.folder.clone_from(&as_it_was.data.folder);
    }

    /// Sets the number of epochs to train to that of the other configuration.
    pub(crate) fn same_epochs(&mut self, other: &Self) {
        self.training.epochs = other.training.epochs;
    }
}
