//! The corruption of a job's images before they reach the model.

use ae_run::{DenoiseSpec, Job};
use ae_train::{Corruption, Examples, NamedCorruption, Samples, Split};

/// A named corruption with the job's seed and its choice of fresh noise.
#[derive(Debug)]
pub(crate) struct JobCorruption {
    named: NamedCorruption,
    seed: u64,
    fresh: bool,
    corruption: Box<dyn Corruption>,
}

impl JobCorruption {
    /// Returns the job's corruption, if it has one.
    pub(crate) fn of(job: &Job) -> Option<Self> {
        match job {
            Job::Dense(_) | Job::Anomaly(_) => None,
            &Job::Denoise(DenoiseSpec { corruption: named, fresh_noise: fresh, .. }) => {
                Some(Self::new(named, job.training().seed, fresh))
            }
        }
    }

    fn new(named: NamedCorruption, seed: u64, fresh: bool) -> Self {
        Self { named, seed, fresh, corruption: named.build(seed, fresh) }
    }

    /// Returns the corruption with the same random numbers and another strength: factor or
    /// probability.
    pub(crate) fn with_strength(&self, strength: f32) -> Self {
        let named = match self.named {
            NamedCorruption::Masking { .. } => NamedCorruption::Masking { probability: strength },
            NamedCorruption::SaltAndPepper { .. } => {
                NamedCorruption::SaltAndPepper { probability: strength }
            }
            _ => NamedCorruption::Gaussian { factor: strength },
        };
        Self::new(named, self.seed, self.fresh)
    }

    /// Returns the samples as inputs of the model.
    pub(super) fn examples<'a>(&'a self, samples: Samples<'a>, split: Split) -> Examples<'a> {
        Examples::corrupted(samples, &*self.corruption, split)
    }

    /// Describes the corruption for the report.
    pub(crate) fn description(&self) -> String {
        let when = if self.fresh { "drawn again in each epoch" } else { "drawn once" };
        match self.named {
            NamedCorruption::Gaussian { factor } => {
                format!("Gaussian, {factor} times N(0, 1), clipped to [0, 1], {when}")
            }
            NamedCorruption::Masking { probability } => {
                format!("masking, each pixel 0 with probability {probability}, {when}")
            }
            NamedCorruption::SaltAndPepper { probability } => {
                format!("salt and pepper, each pixel 0 or 1 with probability {probability}, {when}")
            }
            NamedCorruption::GaussianLevels { from, to } => {
                format!(
                    "Gaussian, {from} to {to} times N(0, 1), another factor for each image, clipped to [0, 1], {when}"
                )
            }
            other => format!("{other}, {when}"),
        }
    }
}

/// Formats a corruption for a picture's title. A number alone is the factor of Gaussian noise.
pub(crate) fn short(corruption: NamedCorruption) -> String {
    match corruption {
        NamedCorruption::Gaussian { factor } => factor.to_string(),
        NamedCorruption::GaussianLevels { from, to } => format!("{from}..{to}"),
        other => other.to_string(),
    }
}
