//! The descriptions that are part of the crate.

use crate::Recipe;

/// A description with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// The content of its file.
    pub toml: &'static str,
}

macro_rules! preset {
    ($name:literal) => {
        Preset { name: $name, toml: include_str!(concat!("../presets/", $name, ".toml")) }
    };
}

/// All presets, the simplest first.
const PRESETS: [Preset; 12] = [
    preset!("notebook-dense"),
    preset!("deep-dense"),
    preset!("sparse"),
    preset!("notebook-conv"),
    preset!("conv-latent"),
    preset!("vae"),
    preset!("shoes"),
    preset!("clothes"),
    preset!("photo-denoise"),
    preset!("photo-latent"),
    preset!("anomaly"),
    preset!("vectors"),
];

/// All presets, the simplest first.
#[must_use]
pub fn presets() -> &'static [Preset] {
    &PRESETS
}

impl Preset {
    /// The preset of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        PRESETS.into_iter().find(|preset| preset.name == name)
    }

    /// The description in the file.
    ///
    /// # Panics
    /// Never: a test reads all presets.
    #[must_use]
    pub fn recipe(self) -> Recipe {
        self.toml.parse().unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}
