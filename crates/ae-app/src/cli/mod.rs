//! The arguments: what the jobs have in common here, what is a job's own in a file each.

mod denoise;
mod dense;
mod values;

pub(crate) use denoise::DenoiseArgs;
pub(crate) use dense::DenseArgs;

use crate::interrupt::Ending;
use crate::optimizers::OptimizerName;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use values::{at_least_one, learning_rate, samples, threads, whole};

const EXAMPLES: &str = "\
Examples:
  ae-app dense                                     learn the fives of MNIST and generate new ones
  ae-app dense --classes 7 --latent 25             sevens, with 25 numbers to an image
  ae-app dense --dataset fashion-mnist --classes sandal,sneaker,ankle-boot
  ae-app denoise --quick                           remove noise from digits: a first impression
  ae-app denoise                                   the same in earnest; watch the picture it names
";

/// Understand, train and use auto-encoders.
#[derive(Debug, Parser)]
#[command(name = "ae-app", version, before_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train a dense auto-encoder on images, and generate new ones naively and through PCA
    Dense(DenseArgs),
    /// Train a convolutional auto-encoder to remove noise from images
    Denoise(DenoiseArgs),
}

impl Cli {
    pub(crate) fn run(self) -> anyhow::Result<Ending> {
        match self.command {
            Command::Dense(args) => crate::dense::run(args),
            Command::Denoise(args) => crate::denoise::run(args),
        }
    }
}

/// Which images.
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// mnist, fashion-mnist, or a folder with four IDX files named as MNIST's
    #[arg(long, value_name = "NAME|FOLDER", default_value = "mnist")]
    pub(crate) dataset: PathBuf,

    // The default is each job's own.
    /// Classes to take, by number or name, separated by commas, or "all"
    #[arg(long, alias = "digit", value_name = "CLASS,..", value_delimiter = ',')]
    pub(crate) classes: Vec<String>,

    /// Where mnist and fashion-mnist are [default: $AE_DATA_DIR, else datasets/ here and upward]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// How a job learns, and how much of it a picture shows. The defaults are each job's own.
#[derive(Debug, Args)]
pub(crate) struct StepArgs {
    /// Images to a step
    #[arg(long, value_name = "N", required = false, value_parser = at_least_one)]
    pub(crate) batch: usize,

    /// The rule that moves the weights
    #[arg(long, value_enum, required = false)]
    pub(crate) optimizer: OptimizerName,

    /// Learning rate [default: the rule's own, 0.001 for RMSprop, 1 for Adadelta]
    #[arg(long, value_name = "RATE", value_parser = learning_rate, allow_negative_numbers = true)]
    pub(crate) lr: Option<f64>,

    /// Images in a row of a gallery
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = samples)]
    pub(crate) samples: usize,
}

/// What every job knows.
#[derive(Debug, Args)]
pub(crate) struct CommonArgs {
    /// Decides all that is random: weights, order, what galleries show
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole::<u64>)]
    pub(crate) seed: u64,

    /// Threads to compute with; the results do not depend on it [default: one for each core]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,

    /// Folder for the results, new or empty [default: runs/JOB-DATA-CLASSES, numbered if taken]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,

    /// Print nothing but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn defaults_are_those_of_the_notebook() {
        let Command::Dense(args) = Cli::parse_from(["ae-app", "dense"]).command else {
            panic!("another command")
        };
        let steps = &args.steps;
        assert_eq!((args.latent, args.epochs, steps.batch, steps.samples), (10, 200, 250, 10));
        assert_eq!(args.data.classes, ["5"]);
        assert_eq!(steps.optimizer, OptimizerName::Rmsprop);
    }
}
