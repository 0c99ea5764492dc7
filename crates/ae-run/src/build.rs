//! The program that produces a run: its version, and the CPU that it was compiled for.

use ae_tensor::cpu_features;
use serde::{Deserialize, Serialize};

/// The revision of this program's arithmetic: it is increased whenever a change of the kernels, of
/// the order of sums or of the random streams changes the results of a run, if only in their last
/// digits.
///
/// 1. Until 2026-11-26; not recorded.
/// 2. A batch of a small dense model is cut into shards, cross-entropy takes the logarithm of a
///    product, and products with a small code are sums of 16 partial sums.
const ARITHMETIC: u32 = 2;
/// The revision of a record without one.
const UNRECORDED: u32 = 1;

/// The program's version, the revision of its arithmetic, and the CPU features that it was compiled
/// for. The last digits of a run depend on them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct BuildRecord {
    version: String,
    #[serde(default = "unrecorded", skip_serializing_if = "is_unrecorded")]
    arithmetic: u32,
    cpu_features: Vec<String>,
}

fn unrecorded() -> u32 {
    UNRECORDED
}

fn is_unrecorded(&arithmetic: &u32) -> bool {
    arithmetic == UNRECORDED
}

impl BuildRecord {
    /// Returns this program's build. All crates of the workspace share one version.
    pub(crate) fn this() -> Self {
        let cpu_features = cpu_features().into_iter().map(String::from).collect();
        Self { version: env!("CARGO_PKG_VERSION").into(), arithmetic: ARITHMETIC, cpu_features }
    }

    /// Returns an empty build, for comparisons that leave the program out.
    pub(crate) fn none() -> Self {
        Self { version: String::new(), arithmetic: UNRECORDED, cpu_features: Vec::new() }
    }
}

impl std::fmt::Display for BuildRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { version, arithmetic, cpu_features } = self;
        write!(f, "version {version}, arithmetic {arithmetic}, for {}", cpu_features.join(" "))
    }
}
