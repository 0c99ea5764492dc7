//! The program that produces a run: its version, and the CPU that it was compiled for.

use ae_tensor::cpu_features;
use serde::{Deserialize, Serialize};

/// The program's version and the CPU features that it was compiled for. The last digits of a run
/// depend on them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct BuildRecord {
    version: String,
    cpu_features: Vec<String>,
}

impl BuildRecord {
    /// Returns this program's build. All crates of the workspace share one version.
    pub(crate) fn this() -> Self {
        let cpu_features = cpu_features().into_iter().map(String::from).collect();
        Self { version: env!("CARGO_PKG_VERSION").into(), cpu_features }
    }

    /// Returns an empty build, for comparisons that leave the program out.
    pub(crate) fn none() -> Self {
        Self { version: String::new(), cpu_features: Vec::new() }
    }
}

impl std::fmt::Display for BuildRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "version {} for {}", self.version, self.cpu_features.join(" "))
    }
}
