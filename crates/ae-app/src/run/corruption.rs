//! What a job does to the images on their way into the model.

use ae_run::{DenoiseSpec, Job};
use ae_train::{Corruption, Examples, NamedCorruption, Samples, Split};

/// A corruption as a job has it.
#[derive(Debug)]
pub(crate) struct JobCorruption {
    named: NamedCorruption,
    seed: u64,
    fresh: bool,
    corruption: Box<dyn Corruption>,
}

impl JobCorruption {
    /// The job's, if it has one.
    pub(crate) fn of(job: &Job) -> Option<Self> {
        match job {
            Job::Dense(_) => None,
            &Job::Denoise(DenoiseSpec { corruption: named, fresh_noise: fresh, .. }) => {
                Some(Self::new(named, job.training().seed, fresh))
            }
        }
    }

    fn new(named: NamedCorruption, seed: u64, fresh: bool) -> Self {
        Self { named, seed, fresh, corruption: named.build(seed, fresh) }
    }

    /// The same random numbers, weaker or stronger: another factor or probability.
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

    /// The samples as the model is shown them.
    pub(crate) fn examples<'a>(&'a self, samples: Samples<'a>, split: Split) -> Examples<'a> {
        Examples::corrupted(samples, &*self.corruption, split)
    }

    /// What it does, for the report.
    pub(crate) fn description(&self) -> String {
        let when = if self.fresh { "drawn anew in each epoch" } else { "drawn once" };
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
            other => format!("{other}, {when}"),
        }
    }
}

/// A corruption in a picture's title: a number alone is the factor of Gaussian noise.
pub(crate) fn short(corruption: NamedCorruption) -> String {
    match corruption {
        NamedCorruption::Gaussian { factor } => factor.to_string(),
        other => other.to_string(),
    }
}

/// Samples as the model is shown them: corrupted, or as they are.
pub(crate) fn examples<'a>(
    samples: Samples<'a>,
    corruption: Option<&'a JobCorruption>,
    split: Split,
) -> Examples<'a> {
    match corruption {
        Some(corruption) => corruption.examples(samples, split),
        None => Examples::clean(samples),
    }
}
