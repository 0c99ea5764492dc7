//! The arguments of `ae-app denoise`.

use super::values::{at_least_one, noise, switch};
use super::{CommonArgs, DataArgs, KeepArgs, StepArgs};
use crate::data::Limits;
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
/// The notebook's.
const EPOCHS: usize = 100;

/// The arguments of `ae-app denoise`, each valid by itself.
#[derive(Clone, Debug, Args)]
#[command(before_help = EXAMPLES)]
#[command(mut_args(switch))]
#[command(mut_arg("classes", |arg| arg.default_value("all")))]
#[command(mut_arg("batch", |arg| arg.default_value("128")))]
#[command(mut_arg("optimizer", |arg| arg.default_value("adadelta")))]
pub(crate) struct DenoiseArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Only the first N training images and the first N test images
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) limit: Option<usize>,

    /// 3 epochs on the first 10000 training and 2000 test images, unless --epochs or --limit say otherwise
    #[arg(long)]
    pub(crate) quick: bool,

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

    /// How often each image is seen [default: 100, with --quick 3]
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
    pub(crate) common: CommonArgs,
}

impl DenoiseArgs {
    /// How often each image is seen.
    pub(crate) fn epochs(&self) -> usize {
        self.epochs.unwrap_or(if self.quick { QUICK_EPOCHS } else { EPOCHS })
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

    #[test]
    fn defaults_are_those_of_the_notebook() {
        let args = parse(&[]);
        assert_eq!((args.noise, args.fresh_noise), (0.5, false));
        assert_eq!((args.epochs(), args.steps.batch, args.limits()), (100, 128, None));
        assert_eq!(args.steps.optimizer, OptimizerName::Adadelta);
        assert_eq!(args.data.classes, ["all"]);
    }

    #[test]
    fn a_quick_run_is_short_unless_told_otherwise() {
        let args = parse(&["--quick"]);
        assert_eq!(args.epochs(), 3);
        assert_eq!(args.limits(), Some(Limits { train: 10_000, test: 2_000 }));
        let args = parse(&["--quick", "--epochs", "5", "--limit", "70"]);
        assert_eq!(args.epochs(), 5);
        assert_eq!(args.limits(), Some(Limits { train: 70, test: 70 }));
    }
}
