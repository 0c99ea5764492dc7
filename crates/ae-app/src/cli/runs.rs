//! The arguments of the commands that use the results of a job.

use super::shared::{DataDirArgs, OtherDataArgs, ThreadsArgs, WorkArgs};
use super::values::{at_least_one, samples, whole};
use ae_run::TrainingSpec;
use clap::Args;
use std::path::PathBuf;

const RESUME_EXAMPLES: &str = "\
Examples:
  ae-app resume runs/denoise-mnist-all             continue a run that was stopped or killed
  ae-app resume runs/dense-mnist-5 --epochs 300    train a run of 200 epochs for 100 more
  ae-app resume runs/lab-fashion-mnist-5-7-9       continue a lab; trained models stay
  ae-app resume runs/sweep-codes                   as `ae-app sweep runs/sweep-codes`
";

pub(super) const VERIFY_EXAMPLES: &str = "\
Examples:
  ae-app verify runs/denoise-mnist-all     repeat a whole run, and compare every file with it
";

const MODEL_EXAMPLES: &str = "\
Examples:
  ae-app reconstruct runs/dense-mnist-5                      test images and their reconstructions
  ae-app generate runs/dense-mnist-5 --seed 2 --samples 20   other new images than the run's
  ae-app reconstruct model.safetensors --classes 3           only a model's file, on other images
  ae-app reconstruct runs/dense-mnist-5 page.png --invert    a drawing of your own, dark on light
  ae-app generate runs/dense-mnist-5 --grid --show           a map of the latent space
";

/// The arguments of `ae-app resume`.
#[derive(Debug, Args)]
#[command(before_help = RESUME_EXAMPLES)]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    pub(crate) run: RunArgs,

    /// Train to this many epochs instead of the run's own, to the files of a run that had this
    /// many from its beginning
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) epochs: Option<usize>,
}

/// The arguments of `ae-app verify`, and of `ae-app resume` among others.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// A folder that dense, denoise or anomaly has written to
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,

    /// Where the run's data are now, if they have moved: the same files, in any folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) dataset: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) data_dir: DataDirArgs,

    #[command(flatten)]
    pub(crate) threads: ThreadsArgs,
}

const OUT: &str =
    "Folder for the pictures, new or empty [default: runs/COMMAND-DATA-CLASSES, numbered if taken]";

/// The arguments of `ae-app reconstruct` and `ae-app generate`.
#[derive(Clone, Debug, Args)]
#[command(before_help = MODEL_EXAMPLES)]
#[command(mut_arg("out", |arg| arg.help(OUT)))]
pub(crate) struct ModelArgs {
    /// The folder of a run that has ended, or a model.safetensors
    #[arg(value_name = "RUN|MODEL")]
    pub(crate) model: PathBuf,

    #[command(flatten)]
    pub(crate) data: OtherDataArgs,

    /// Images in a row of a gallery [default: the run's]
    #[arg(long, value_name = "N", value_parser = samples)]
    pub(crate) samples: Option<usize>,

    /// Seed of all random numbers: what galleries show, what is generated, noise [default: the
    /// run's]
    #[arg(long, value_name = "N", value_parser = whole::<u64>)]
    pub(crate) seed: Option<u64>,

    #[command(flatten)]
    pub(crate) work: WorkArgs,
}

impl ModelArgs {
    /// Applies the typed options to the specification.
    pub(crate) fn apply(&self, training: &mut TrainingSpec) {
        self.data.apply(&mut training.data);
        training.samples = self.samples.unwrap_or(training.samples);
        training.seed = self.seed.unwrap_or(training.seed);
    }
}
