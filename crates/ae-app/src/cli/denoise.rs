//! The arguments of `ae-app denoise`.

use super::values::{at_least_one, noise, switch};
use super::{CommonArgs, ConfigArgs, DataArgs, KeepArgs, ModelOptions, StepArgs};
use crate::data::Limits;
use crate::models::{Chosen, Plan};
use crate::optimizers::OptimizerName;
use anyhow::Result;
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  ae-app denoise --quick                   a first impression: a picture within half a minute
  ae-app denoise                           the notebook's job: all ten digits, noise 0.5
  ae-app denoise --fresh-noise --sweep     other noise in each epoch; judged at nine levels of it
  ae-app denoise --dataset fashion-mnist --epochs 10
  ae-app denoise --dataset ~/kmnist --noise 0.3 --limit 5000
";

/// How long and on how much `--quick` trains.
const QUICK_EPOCHS: usize = 3;
const QUICK_LIMITS: Limits = Limits { train: 10_000, test: 2_000 };
/// How the notebook trains.
const USUAL: Plan = Plan { epochs: 100, batch: 128, optimizer: OptimizerName::Adadelta, lr: None };
const BATCH: &str = "Images to a step [default: the model's, 128 for the notebook's]";
const OPTIMIZER: &str =
    "The rule that moves the weights [default: the model's, adadelta for the notebook's]";
const MODEL: &str = "A preset by name, or a TOML file that describes a model; `ae-app models` lists and shows them \
                     [default: notebook-conv, for fashion-mnist clothes]";

/// The arguments of `ae-app denoise`, each valid by itself.
#[derive(Clone, Debug, Args)]
#[command(before_help = EXAMPLES)]
#[command(mut_args(switch))]
#[command(mut_arg("classes", |arg| arg.default_value("all")))]
#[command(mut_arg("model", |arg| arg.help(MODEL)))]
#[command(mut_arg("batch", |arg| arg.help(BATCH)))]
#[command(mut_arg("optimizer", |arg| arg.help(OPTIMIZER)))]
pub(crate) struct DenoiseArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Only the first N training images and the first N test images
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) limit: Option<usize>,

    /// 3 epochs on the first 10000 training and 2000 test images, unless --epochs or --limit say otherwise
    #[arg(long)]
    pub(crate) quick: bool,

    #[command(flatten)]
    pub(crate) model: ModelOptions,

    /// Standard deviation of the noise, for pixels from 0 to 1
    #[arg(
        long,
        value_name = "FACTOR",
        default_value = "0.5",
        value_parser = noise,
        allow_negative_numbers = true
    )]
    pub(crate) noise: f32,

    /// Draw the training images' noise anew in each epoch, rather than once
    #[arg(long)]
    pub(crate) fresh_noise: bool,

    /// How often each image is seen [default: the model's, 100 for the notebook's; with --quick 3]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) epochs: Option<usize>,

    #[command(flatten)]
    pub(crate) steps: StepArgs,

    /// In the end, measure the model at noise 0.1, 0.2, .. 0.9 as well
    #[arg(long)]
    pub(crate) sweep: bool,

    #[command(flatten)]
    pub(crate) keep: KeepArgs,

    #[command(flatten)]
    pub(crate) config: ConfigArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

impl DenoiseArgs {
    /// The model that is trained on these data if nobody says.
    pub(crate) fn usual_model(&self, dataset: &str) -> &'static str {
        if dataset == "fashion-mnist" { "clothes" } else { "notebook-conv" }
    }

    /// How this model is trained.
    pub(crate) fn plan(&self, chosen: &Chosen) -> Result<Plan> {
        let epochs = self.epochs.or(self.quick.then_some(QUICK_EPOCHS));
        chosen.plan(&self.steps, epochs, USUAL)
    }

    /// What `--limit` must have been for these images to be taken.
    pub(crate) fn limit_for(quick: bool, limits: Option<[usize; 2]>) -> Option<usize> {
        let [train, test] = limits?;
        (!quick || Limits { train, test } != QUICK_LIMITS).then_some(train)
    }

    /// How many images are taken, if not all.
    pub(crate) fn limits(&self) -> Option<Limits> {
        let asked = self.limit.map(|n| Limits { train: n, test: n });
        asked.or(self.quick.then_some(QUICK_LIMITS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use crate::optimizers::OptimizerName;
    use clap::Parser;

    fn parse(args: &[&str]) -> DenoiseArgs {
        let Command::Denoise(args) =
            Cli::parse_from(["ae-app", "denoise"].iter().chain(args)).command
        else {
            panic!("another command")
        };
        args
    }

    fn plan(args: &DenoiseArgs) -> Plan {
        let chosen =
            crate::models::choose(&args.model, args.usual_model("mnist"), [28, 28]).unwrap();
        args.plan(&chosen).unwrap()
    }

    #[test]
    fn defaults_are_those_of_the_notebook() {
        let args = parse(&[]);
        assert_eq!((args.noise, args.fresh_noise), (0.5, false));
        let optimizer = OptimizerName::Adadelta;
        assert_eq!(plan(&args), Plan { epochs: 100, batch: 128, optimizer, lr: None });
        assert_eq!(args.limits(), None);
        assert_eq!(args.data.classes, ["all"]);
    }

    #[test]
    fn a_quick_run_is_short_unless_told_otherwise() {
        let args = parse(&["--quick"]);
        assert_eq!(plan(&args).epochs, 3);
        assert_eq!(args.limits(), Some(Limits { train: 10_000, test: 2_000 }));
        assert_eq!(plan(&parse(&["--quick", "--model", "clothes"])).epochs, 3);
        let args = parse(&["--quick", "--epochs", "5", "--limit", "70"]);
        assert_eq!(plan(&args).epochs, 5);
        assert_eq!(args.limits(), Some(Limits { train: 70, test: 70 }));
    }
}
