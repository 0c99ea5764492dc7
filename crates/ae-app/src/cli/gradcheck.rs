//! The arguments of `ae-app gradcheck`.

use super::shared::{OutArgs, ThreadsArgs};
use super::values::at_least_one;
use ae_gradcheck::Bug;
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  ae-app gradcheck notebook-dense            every gradient beside a finite difference
  ae-app gradcheck runs/dense-mnist-5        those of a trained model
  ae-app gradcheck notebook-conv --side 12   convolutions of small images take less time
  ae-app gradcheck conv-latent --side 16 --layer conv2d_1 --all    all weights of one layer
  ae-app gradcheck vae --break sign          what does a wrong sign look like?
";

/// The arguments of `ae-app gradcheck`.
#[derive(Clone, Debug, Args)]
#[command(before_help = EXAMPLES)]
#[command(mut_arg("out", |arg| arg.help(
    "Folder for the picture, new or empty [default: runs/gradcheck-MODEL, numbered if taken]"
)))]
pub(crate) struct GradcheckArgs {
    /// A preset, a TOML file with a model, the folder of a run, or a model.safetensors
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,

    /// The layer whose gradients are compared, such as dense_1 [default: all]
    #[arg(long, value_name = "LAYER")]
    pub(crate) layer: Option<String>,

    /// The most weights of each parameter that are compared [default: 12]
    #[arg(long, value_name = "N", value_parser = at_least_one, conflicts_with = "all")]
    pub(crate) weights: Option<usize>,

    /// Compare all weights
    #[arg(long)]
    pub(crate) all: bool,

    /// Make a mistake in a copy of the backward pass
    #[arg(long = "break", value_name = "MISTAKE")]
    #[arg(value_parser = PossibleValuesParser::new(Bug::ALL.map(Bug::name)))]
    pub(crate) bug: Option<String>,

    /// The layer with the mistake [default: one in the middle]
    #[arg(long, value_name = "LAYER", requires = "bug")]
    pub(crate) break_in: Option<String>,

    /// The side of the square gray images that a preset or a file is for [default: 28]
    #[arg(long, value_name = "PIXELS", value_parser = at_least_one)]
    pub(crate) side: Option<usize>,

    /// Images in the batch [default: 2]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) images: Option<usize>,

    /// Decides the images, the drawn weights, and which of them are compared
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub(crate) seed: u64,

    #[command(flatten)]
    pub(crate) threads: ThreadsArgs,

    #[command(flatten)]
    pub(crate) out: OutArgs,
}
