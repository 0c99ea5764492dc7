//! The descriptions that come with the crate.

use crate::Recipe;

/// A description with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// What it is called.
    pub name: &'static str,
    /// Its file.
    pub toml: &'static str,
}

macro_rules! preset {
    ($name:literal) => {
        Preset { name: $name, toml: include_str!(concat!("../presets/", $name, ".toml")) }
    };
}

/// All of them, from the simplest on.
const PRESETS: [Preset; 8] = [
    preset!("notebook-dense"),
    preset!("deep-dense"),
    preset!("sparse"),
    preset!("notebook-conv"),
    preset!("conv-latent"),
    preset!("vae"),
    preset!("shoes"),
    preset!("clothes"),
];

/// All descriptions that come with the crate, from the simplest on.
#[must_use]
pub fn presets() -> &'static [Preset] {
    &PRESETS
}

impl Preset {
    /// The description of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        PRESETS.into_iter().find(|preset| preset.name == name)
    }

    /// What the file says.
    ///
    /// # Panics
    /// Never: a test reads them all.
    #[must_use]
    pub fn recipe(self) -> Recipe {
        self.toml.parse().unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}
