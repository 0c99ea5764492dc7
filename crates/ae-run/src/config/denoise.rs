//! The settings that only a denoising run has. The message about a wrong value names its key.

use crate::{DenoiseSpec, Job};
use ae_train::NamedCorruption;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use toml::Value;

/// The settings that only a denoising run has.
#[derive(Clone, Debug, Serialize)]
pub(super) struct DenoiseRecord {
    /// The factor of Gaussian noise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) noise: Option<f32>,
    /// The corruption, if it is not Gaussian noise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) corruption: Option<NamedCorruption>,
    pub(super) fresh_noise: bool,
    pub(super) sweep: bool,
    pub(super) quick: bool,
}

impl DenoiseRecord {
    pub(super) fn of(job: &Job) -> Option<Self> {
        match job {
            Job::Dense(_) | Job::Anomaly(_) => None,
            &Job::Denoise(DenoiseSpec { corruption, fresh_noise, sweep, quick, .. }) => {
                let (noise, corruption) = match corruption {
                    NamedCorruption::Gaussian { factor } => (Some(factor), None),
                    corruption => (None, Some(corruption)),
                };
                Some(Self { noise, corruption, fresh_noise, sweep, quick })
            }
        }
    }
}

/// The settings as they are in the file, perhaps wrong or missing.
#[derive(Deserialize)]
struct Settings {
    noise: Option<Value>,
    corruption: Option<Value>,
    fresh_noise: Option<Value>,
    sweep: Option<Value>,
    quick: Option<Value>,
}

/// Returns `None` for a run of another job, which lacks the settings.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DenoiseRecord>, D::Error> {
    let Settings { noise, corruption, fresh_noise, sweep, quick } =
        Settings::deserialize(deserializer)?;
    let (noise, corruption) = (parsed("noise", noise)?, parsed("corruption", corruption)?);
    let fresh_noise = parsed("fresh_noise", fresh_noise)?;
    let (sweep, quick) = (parsed("sweep", sweep)?, parsed("quick", quick)?);
    let (Some(fresh_noise), Some(sweep), Some(quick)) = (fresh_noise, sweep, quick) else {
        return Ok(None);
    };
    Ok(Some(DenoiseRecord { noise, corruption, fresh_noise, sweep, quick }))
}

fn parsed<T: DeserializeOwned, E: Error>(key: &str, value: Option<Value>) -> Result<Option<T>, E> {
    let parsed = value.map(Value::try_into).transpose();
    parsed.map_err(|error: toml::de::Error| E::custom(format!("{key}: {}", error.message())))
}
