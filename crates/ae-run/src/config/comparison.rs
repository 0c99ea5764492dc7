//! A configuration beside another: what may differ between runs that are to have the same results.

use super::{Config, DataRecord};
use crate::RunError;
use crate::build::BuildRecord;

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
            let DataRecord { dataset, folder, class_names, .. } = &mut config.data;
            dataset.clear();
            folder.take();
            class_names.clear();
            config.without_build().ok()
        };
        text(self) == text(other)
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
