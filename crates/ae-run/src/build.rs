//! The program that makes a run: its version, and the CPU that it was compiled for.

use serde::{Deserialize, Serialize};

/// What decides the last digits of a run besides its configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct BuildRecord {
    version: String,
    cpu_features: Vec<String>,
}

impl BuildRecord {
    /// This program. All crates of the workspace share one version.
    pub(crate) fn this() -> Self {
        let cpu_features = cpu_features().into_iter().map(String::from).collect();
        Self { version: env!("CARGO_PKG_VERSION").into(), cpu_features }
    }

    /// No program: for a comparison that leaves it out.
    pub(crate) fn none() -> Self {
        Self { version: String::new(), cpu_features: Vec::new() }
    }
}

impl std::fmt::Display for BuildRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "version {} for {}", self.version, self.cpu_features.join(" "))
    }
}

/// The vector instructions that this program was compiled to use.
#[must_use]
pub fn cpu_features() -> Vec<&'static str> {
    let all = [
        (cfg!(target_feature = "sse2"), "sse2"),
        (cfg!(target_feature = "sse4.2"), "sse4.2"),
        (cfg!(target_feature = "avx"), "avx"),
        (cfg!(target_feature = "avx2"), "avx2"),
        (cfg!(target_feature = "fma"), "fma"),
        (cfg!(target_feature = "avx512f"), "avx512f"),
        (cfg!(target_feature = "neon"), "neon"),
    ];
    all.into_iter().filter(|(has, _)| *has).map(|(_, name)| name).collect()
}
