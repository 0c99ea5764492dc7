//! The arguments of `ae-app lab`.

use super::shared::{DataArgs, SamplesArgs, WorkArgs};
use super::sweep::ShardArgs;
use super::values::{at_least_one, samples};
use ae_lab::SamplerKind;
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  ae-app lab --limit 600 --epochs 1                 the shoes of Fashion-MNIST, a first impression
  ae-app lab                                        the whole comparison, over three seeds
  ae-app lab --dataset mnist --classes 5 --models notebook-dense,vae --samplers pca-gaussian,mixture
  ae-app lab --shard 1/2 --out lab                  on two machines that share the folder; the other
                                                    one calls it with 2/2, and the last one scores
  ae-app lab runs/dense-mnist-5                     a model that has been trained already
";

const DATASET: &str = "mnist, fashion-mnist, or a folder or file of images; for runs, where their \
                       data are now [default: fashion-mnist]";
const CLASSES: &str = "Classes to take, by number or name, separated by commas, or \"all\" [default: \
                       sandal,sneaker,ankle-boot; of data without these, all]";

const SHARD: &str = "Train only every N-th model and seed from the K-th on, counted from 1, in a folder that \
                     other processes share; the one that ends last scores";

/// The arguments of `ae-app lab`.
#[derive(Clone, Debug, Args)]
#[command(before_help = EXAMPLES)]
#[command(mut_arg("dataset", |arg| arg.default_value(None).help(DATASET)))]
#[command(mut_arg("classes", |arg| arg.help(CLASSES)))]
#[command(mut_arg("out", |arg| arg.help(
    "Folder for the results, new or empty [default: runs/lab-DATA-CLASSES, numbered if taken]"
)))]
#[command(mut_arg("shard", |arg| arg.help(SHARD)))]
pub(crate) struct LabArgs {
    /// Runs of dense on the same images, instead of training models
    #[arg(value_name = "RUN", conflicts_with_all = ["models", "seeds", "epochs", "latent", "batch", "limit", "classes", "shard"])]
    pub(crate) runs: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The models to compare, presets or files, separated by commas
    #[arg(
        long,
        value_name = "NAME|FILE,..",
        value_delimiter = ',',
        default_value = "notebook-dense,shoes"
    )]
    pub(crate) models: Vec<PathBuf>,

    /// Train each model N times, with seeds 1, 2, ..
    #[arg(long, value_name = "N", default_value = "3", value_parser = samples)]
    pub(crate) seeds: usize,

    /// Number of passes over the training images [default: each model's]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) epochs: Option<usize>,

    /// Length of a code [default: each model's]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) latent: Option<usize>,

    /// Images per batch [default: each model's]
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

    #[command(flatten)]
    pub(crate) shard: ShardArgs,

    #[command(flatten)]
    pub(crate) gallery: SamplesArgs,

    #[command(flatten)]
    pub(crate) work: WorkArgs,
}
