//! The arguments of `ae-app lab`.

use super::values::{at_least_one, samples, threads};
use super::{CommonArgs, DataArgs};
use crate::show::ShowArgs;
use ae_lab::SamplerKind;
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  ae-app lab --limit 600 --epochs 1                 the shoes of Fashion-MNIST, a first impression
  ae-app lab                                        the same in earnest, over three seeds
  ae-app lab --dataset mnist --classes 5 --models notebook-dense,vae --samplers pca-gaussian,mixture
  ae-app lab runs/dense-mnist-5                     a model that has been trained already
";

/// The arguments of `ae-app lab`.
#[derive(Clone, Debug, Args)]
#[command(before_help = EXAMPLES)]
#[command(mut_arg("dataset", |arg| arg.default_value("fashion-mnist")))]
#[command(mut_arg("classes", |arg| arg.default_value("sandal,sneaker,ankle-boot")))]
pub(crate) struct LabArgs {
    /// Runs of dense on the same images, instead of training models
    #[arg(value_name = "RUN", conflicts_with_all = ["models", "seeds", "epochs", "latent", "batch", "limit", "dataset", "classes"])]
    pub(crate) runs: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Only the first N training images and the first N test images of these classes
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) limit: Option<usize>,

    /// The models to compare, presets or files, separated by commas
    #[arg(
        long,
        value_name = "NAME|FILE,..",
        value_delimiter = ',',
        default_value = "notebook-dense,shoes"
    )]
    pub(crate) models: Vec<PathBuf>,

    /// Train each model so many times, with seeds 1, 2, ..
    #[arg(long, value_name = "N", default_value = "3", value_parser = samples)]
    pub(crate) seeds: usize,

    /// How often each image is seen [default: each model's]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) epochs: Option<usize>,

    /// Numbers that describe an image [default: each model's]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) latent: Option<usize>,

    /// Images to a step [default: each model's]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) batch: Option<usize>,

    /// The samplers to compare, separated by commas
    #[arg(
        long,
        value_name = "NAME,..",
        value_delimiter = ',',
        default_values_t = SamplerKind::ALL,
        hide_default_value = true
    )]
    pub(crate) samplers: Vec<SamplerKind>,

    /// Images in a row of a gallery
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = samples)]
    pub(crate) samples: usize,

    /// Threads to compute with; the results do not depend on it [default: one for each core]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,

    /// Folder for the results, new or empty [default: runs/lab-DATA-CLASSES, numbered if taken]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,

    #[arg(skip)]
    pub(crate) output: super::Output,

    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

impl LabArgs {
    /// What a training of this seed has in common with a job.
    pub(crate) fn common(&self, seed: u64, out: PathBuf) -> CommonArgs {
        let output = super::Output::silent();
        CommonArgs {
            seed,
            threads: self.threads,
            out: Some(out),
            output,
            show: ShowArgs::default(),
        }
    }
}
