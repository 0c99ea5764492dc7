//! The arguments of `ae-app dense`.

use super::values::{at_least_one, switch};
use super::{CommonArgs, ConfigArgs, DataArgs, KeepArgs, ModelOptions, StepArgs};
use crate::data::Limits;
use crate::models::Plan;
use crate::optimizers::OptimizerName;
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

const BATCH: &str = "Images to a step [default: the model's, 250 for the notebook's]";
const OPTIMIZER: &str =
    "The rule that moves the weights [default: the model's, rmsprop for the notebook's]";
const MODEL: &str = "A preset by name, or a TOML file that describes a model; `ae-app models` lists and shows them \
                     [default: notebook-dense, for fashion-mnist shoes]";

/// The arguments of `ae-app dense`, each valid by itself.
#[derive(Clone, Debug, Args)]
#[command(before_help = EXAMPLES)]
#[command(mut_args(switch))]
#[command(mut_arg("classes", |arg| arg.default_value("5")))]
#[command(mut_arg("model", |arg| arg.help(MODEL)))]
#[command(mut_arg("batch", |arg| arg.help(BATCH)))]
#[command(mut_arg("optimizer", |arg| arg.help(OPTIMIZER)))]
pub(crate) struct DenseArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Only the first N training images and the first N test images of these classes
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) limit: Option<usize>,

    #[command(flatten)]
    pub(crate) model: ModelOptions,

    /// How often each image is seen [default: the model's, 200 for the notebook's]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) epochs: Option<usize>,

    #[command(flatten)]
    pub(crate) steps: StepArgs,

    #[command(flatten)]
    pub(crate) keep: KeepArgs,

    #[command(flatten)]
    pub(crate) config: ConfigArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

impl DenseArgs {
    /// How the notebook trains.
    pub(crate) const USUAL: Plan =
        Plan { epochs: 200, batch: 250, optimizer: OptimizerName::Rmsprop, lr: None };

    /// How many images are taken, if not all.
    pub(crate) fn limits(&self) -> Option<Limits> {
        self.limit.map(|n| Limits { train: n, test: n })
    }

    /// The model that is trained on these data if nobody says.
    pub(crate) fn usual_model(&self, dataset: &str) -> &'static str {
        if dataset == "fashion-mnist" { "shoes" } else { "notebook-dense" }
    }
}
