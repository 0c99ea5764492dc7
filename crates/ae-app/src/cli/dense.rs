//! The arguments of `ae-app dense`.

use super::values::{at_least_one, switch};
use super::{CommonArgs, DataArgs, KeepArgs, StepArgs};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  ae-app dense                                     the notebook's job on the fives
  ae-app dense --classes 7                         another digit
  ae-app dense --classes all --epochs 20           all ten digits
  ae-app dense --dataset fashion-mnist --classes ankle-boot
  ae-app dense --dataset ~/kmnist --classes 0,1    a folder of your own with the four IDX files
  ae-app dense --config runs/dense-mnist-5/config.toml --seed 2    an earlier run with another seed
";

/// The arguments of `ae-app dense`, each valid by itself.
#[derive(Clone, Debug, Args)]
#[command(before_help = EXAMPLES)]
#[command(mut_args(switch))]
#[command(mut_arg("classes", |arg| arg.default_value("5")))]
#[command(mut_arg("batch", |arg| arg.default_value("250")))]
#[command(mut_arg("optimizer", |arg| arg.default_value("rmsprop")))]
pub(crate) struct DenseArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Numbers that describe an image: outputs of the encoder
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = at_least_one)]
    pub(crate) latent: usize,

    /// How often each image is seen
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = at_least_one)]
    pub(crate) epochs: usize,

    #[command(flatten)]
    pub(crate) steps: StepArgs,

    #[command(flatten)]
    pub(crate) keep: KeepArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}
