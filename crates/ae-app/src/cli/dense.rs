//! The arguments of `ae-app dense`.

use super::shared::{
    AugmentArgs, ConfigArgs, DataArgs, KeepArgs, ModelOptions, PlanArgs, SamplesArgs, SeedArgs,
    WorkArgs, put,
};
use super::values::switch;
use ae_run::DenseSpec;
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  ae-app dense                                     the notebook's job on the fives
  ae-app dense --classes 7                         another digit
  ae-app dense --classes all --epochs 20           all ten digits
  ae-app dense --dataset fashion-mnist --classes ankle-boot
  ae-app dense --dataset photos --size 64x64       your own images; `ae-app data photos` shows them
  ae-app dense --config runs/dense-mnist-5/config.toml --seed 2    an earlier run with another seed
";

const CLASSES: &str = "Classes to take, by number or name, separated by commas, or \"all\" [default: 5; of data \
                       without it, all]";
const EPOCHS: &str =
    "Number of passes over the training images [default: the model's, 200 for the notebook's]";
const BATCH: &str = "Images per batch [default: the model's, 250 for the notebook's]";
const OPTIMIZER: &str = "The optimizer [default: the model's, rmsprop for the notebook's]";
const MODEL: &str = "A preset by name, or a TOML file that describes a model; `ae-app models` lists and shows them \
                     [default: notebook-dense, for fashion-mnist shoes]";

/// The arguments of `ae-app dense`, each valid by itself.
#[derive(Clone, Debug, Args)]
#[command(before_help = EXAMPLES)]
#[command(mut_args(switch))]
#[command(mut_arg("classes", |arg| arg.help(CLASSES)))]
#[command(mut_arg("model", |arg| arg.help(MODEL)))]
#[command(mut_arg("epochs", |arg| arg.help(EPOCHS)))]
#[command(mut_arg("batch", |arg| arg.help(BATCH)))]
#[command(mut_arg("optimizer", |arg| arg.help(OPTIMIZER)))]
pub(crate) struct DenseArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    #[command(flatten)]
    pub(crate) model: ModelOptions,

    #[command(flatten)]
    pub(crate) augment: AugmentArgs,

    #[command(flatten)]
    pub(crate) plan: PlanArgs,

    #[command(flatten)]
    pub(crate) samples: SamplesArgs,

    #[command(flatten)]
    pub(crate) keep: KeepArgs,

    #[command(flatten)]
    pub(crate) config: ConfigArgs,

    #[command(flatten)]
    pub(crate) seed: SeedArgs,

    #[command(flatten)]
    pub(crate) work: WorkArgs,
}

impl DenseArgs {
    /// Applies the typed options to the specification.
    pub(crate) fn apply(self, DenseSpec { training, .. }: &mut DenseSpec) {
        self.data.apply(&mut training.data);
        self.augment.apply(&mut training.augmentation);
        self.model.apply(&mut training.model);
        self.plan.apply(&mut training.plan);
        self.keep.apply(&mut training.keep);
        put(&mut training.samples, self.samples.samples);
        put(&mut training.seed, self.seed.seed);
    }
}
