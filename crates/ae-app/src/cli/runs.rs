//! The arguments of the commands that work with what a job has left.

use super::CommonArgs;
use super::Output;
use super::values::{samples, threads, whole};
use crate::show::ShowArgs;
use clap::Args;
use std::path::PathBuf;

const RUN_EXAMPLES: &str = "\
Examples:
  ae-app resume runs/denoise-mnist-all     go on where a run was stopped, killed, or switched off
  ae-app verify runs/denoise-mnist-all     repeat a whole run, and compare every file with it
";

const MODEL_EXAMPLES: &str = "\
Examples:
  ae-app reconstruct runs/dense-mnist-5                      what the model makes of test images
  ae-app generate runs/dense-mnist-5 --seed 2 --samples 20   new images, others than the run's own
  ae-app reconstruct model.safetensors --classes 3           a model's file alone; other images
  ae-app reconstruct runs/dense-mnist-5 page.png --invert    a drawing of your own, dark on light
  ae-app generate runs/dense-mnist-5 --grid --show           a map of the latent space
";

/// The arguments of `ae-app resume` and `ae-app verify`.
#[derive(Debug, Args)]
#[command(before_help = RUN_EXAMPLES)]
pub(crate) struct RunArgs {
    /// A folder that dense or denoise has written to
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,

    /// Where a data set of your own is now, if it has moved
    #[arg(long, value_name = "FOLDER")]
    pub(crate) dataset: Option<PathBuf>,

    /// Where mnist and fashion-mnist are [default: $AE_DATA_DIR, else datasets/ here and upward]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Threads to compute with; the results do not depend on it [default: one for each core]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,

    #[arg(skip)]
    pub(crate) output: Output,
}

/// The arguments of `ae-app reconstruct` and `ae-app generate`.
#[derive(Clone, Debug, Args)]
#[command(before_help = MODEL_EXAMPLES)]
pub(crate) struct ModelArgs {
    /// The folder of a run that has ended, or a model.safetensors
    #[arg(value_name = "RUN|MODEL")]
    pub(crate) model: PathBuf,

    /// Other images than those of the run: mnist, fashion-mnist, or a folder
    #[arg(long, value_name = "NAME|FOLDER")]
    pub(crate) dataset: Option<PathBuf>,

    /// Other classes than those of the run
    #[arg(long, alias = "digit", value_name = "CLASS,..", value_delimiter = ',')]
    pub(crate) classes: Option<Vec<String>>,

    /// Where mnist and fashion-mnist are [default: $AE_DATA_DIR, else datasets/ here and upward]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Images in a row of a gallery [default: the run's]
    #[arg(long, value_name = "N", value_parser = samples)]
    pub(crate) samples: Option<usize>,

    /// Decides all that is random: what galleries show, what is generated, noise [default: the run's]
    #[arg(long, value_name = "N", value_parser = whole::<u64>)]
    pub(crate) seed: Option<u64>,

    /// Threads to compute with; the results do not depend on it [default: one for each core]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,

    /// Folder for the pictures, new or empty [default: runs/COMMAND-DATA-CLASSES, numbered if taken]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,

    #[arg(skip)]
    pub(crate) output: Output,

    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

impl ModelArgs {
    /// What it has in common with a job, for a command that needs no more of the run. Nothing then is random.
    pub(crate) fn common(&self) -> CommonArgs {
        let Self { threads, out, output, show, .. } = self;
        let seed = self.seed.unwrap_or_default();
        CommonArgs { seed, threads: *threads, out: out.clone(), output: *output, show: *show }
    }
}
