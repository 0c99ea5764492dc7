//! Specifications of jobs: plain values, checked by the caller, independent of any command line or
//! file.

mod anomaly;
mod data;
mod denoise;
mod dense;
mod model;
mod plan;
mod training;

pub use anomaly::{AnomalySpec, MaskSpec};
pub use data::{Chosen, DataSpec, Limits};
pub use denoise::DenoiseSpec;
pub use dense::DenseSpec;
pub use model::{ModelSpec, RecordedModel};
pub use plan::{Plan, PlanSpec};
pub use training::{KeepSpec, TrainingSpec};

/// A training job. Together with the data and the program it decides every byte of the results.
#[derive(Clone, Debug, PartialEq)]
pub enum Job {
    /// A dense auto-encoder, whose codes then become new images.
    Dense(DenseSpec),
    /// A convolutional auto-encoder that removes noise.
    Denoise(DenoiseSpec),
    /// An auto-encoder of normal images, which then tells what does not belong to them.
    Anomaly(AnomalySpec),
}

impl Job {
    /// Returns the name: "dense", "denoise" or "anomaly".
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Dense(_) => "dense",
            Self::Denoise(_) => "denoise",
            Self::Anomaly(_) => "anomaly",
        }
    }

    /// Returns the settings that all jobs share.
    #[must_use]
    pub fn training(&self) -> &TrainingSpec {
        let (Self::Dense(DenseSpec { training })
        | Self::Denoise(DenoiseSpec { training, .. })
        | Self::Anomaly(AnomalySpec { training, .. })) = self;
        training
    }

    /// Returns the settings that all jobs share, to be changed.
    pub fn training_mut(&mut self) -> &mut TrainingSpec {
        let (Self::Dense(DenseSpec { training })
        | Self::Denoise(DenoiseSpec { training, .. })
        | Self::Anomaly(AnomalySpec { training, .. })) = self;
        training
    }

    /// Returns the maximum numbers of images; `None` if all images are used.
    #[must_use]
    pub fn limits(&self) -> Option<Limits> {
        let asked = self.training().data.limit.map(|n| Limits { train: n, test: n });
        match self {
            Self::Denoise(DenoiseSpec { quick: true, .. }) => {
                asked.or(Some(DenoiseSpec::QUICK_LIMITS))
            }
            _ => asked,
        }
    }

    /// Returns the training settings that the job asks for. A quick run asks for few epochs.
    #[must_use]
    pub fn plan(&self) -> PlanSpec {
        let plan = self.training().plan;
        match self {
            Self::Denoise(DenoiseSpec { quick: true, .. }) => {
                let epochs = plan.epochs.or(Some(DenoiseSpec::QUICK_EPOCHS));
                PlanSpec { epochs, ..plan }
            }
            _ => plan,
        }
    }

    /// Returns the job's default training settings, used where neither the job nor the model sets a
    /// value.
    #[must_use]
    pub fn usual_plan(&self) -> Plan {
        match self {
            Self::Dense(_) => DenseSpec::USUAL,
            Self::Denoise(_) => DenoiseSpec::USUAL,
            Self::Anomaly(_) => AnomalySpec::USUAL,
        }
    }

    /// Returns the preset that the job trains on this data set if no model is named.
    #[must_use]
    pub fn usual_model(&self, dataset: &str) -> &'static str {
        match self {
            Self::Dense(_) => DenseSpec::usual_model(dataset),
            Self::Denoise(_) => DenoiseSpec::usual_model(dataset),
            Self::Anomaly(spec) if spec.training.data.options().vectors => AnomalySpec::VECTORS,
            Self::Anomaly(_) => AnomalySpec::MODEL,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_run_is_short_unless_it_asks_for_more() {
        let quick = DenoiseSpec { quick: true, ..DenoiseSpec::default() };
        let job = Job::Denoise(quick.clone());
        assert_eq!(job.plan().epochs, Some(3));
        assert_eq!(job.limits(), Some(Limits { train: 10_000, test: 2_000 }));
        let mut job = Job::Denoise(quick);
        job.training_mut().plan.epochs = Some(5);
        job.training_mut().data.limit = Some(70);
        assert_eq!(job.plan().epochs, Some(5));
        assert_eq!(job.limits(), Some(Limits { train: 70, test: 70 }));
        assert_eq!(Job::Denoise(DenoiseSpec::default()).limits(), None);
    }
}
