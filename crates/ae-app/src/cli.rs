//! The arguments.

use crate::dense;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::num::{IntErrorKind, ParseIntError};
use std::path::PathBuf;
use std::str::FromStr;

const EXAMPLES: &str = "\
Examples:
  ae-app dense                                     learn the fives of MNIST and generate new ones
  ae-app dense --classes 7 --latent 25             sevens, with 25 numbers to an image
  ae-app dense --dataset fashion-mnist --classes sandal,sneaker,ankle-boot
";

const DENSE_EXAMPLES: &str = "\
Examples:
  ae-app dense                                     the notebook's job on the fives
  ae-app dense --classes 7                         another digit
  ae-app dense --classes all --epochs 20           all ten digits
  ae-app dense --dataset fashion-mnist --classes ankle-boot
  ae-app dense --dataset ~/kmnist --classes 0,1    a folder of your own with the four IDX files
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
}

impl Cli {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Dense(args) => dense::run(args),
        }
    }
}

/// The arguments of `ae-app dense`, each valid by itself.
#[derive(Debug, Args)]
#[command(before_help = DENSE_EXAMPLES)]
pub(crate) struct DenseArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Numbers that describe an image: outputs of the encoder
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = at_least_one)]
    pub(crate) latent: usize,

    /// How often each image is seen
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = at_least_one)]
    pub(crate) epochs: usize,

    /// Images to a step
    #[arg(long, value_name = "N", default_value_t = 250, value_parser = at_least_one)]
    pub(crate) batch: usize,

    /// The rule that moves the weights
    #[arg(long, value_enum, default_value_t = OptimizerName::Rmsprop)]
    pub(crate) optimizer: OptimizerName,

    /// Learning rate [default: the rule's own, 0.001 for RMSprop, 1 for Adadelta]
    #[arg(long, value_name = "RATE", value_parser = learning_rate, allow_negative_numbers = true)]
    pub(crate) lr: Option<f64>,

    /// Images in a row of a gallery
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = samples)]
    pub(crate) samples: usize,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// Which images.
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// mnist, fashion-mnist, or a folder with four IDX files named as MNIST's
    #[arg(long, value_name = "NAME|FOLDER", default_value = "mnist")]
    pub(crate) dataset: PathBuf,

    /// Classes to take, by number or name, separated by commas, or "all"
    #[arg(
        long,
        alias = "digit",
        value_name = "CLASS,..",
        default_value = "5",
        value_delimiter = ','
    )]
    pub(crate) classes: Vec<String>,

    /// Where mnist and fashion-mnist are [default: $AE_DATA_DIR, else datasets/ here and upward]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
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

/// The optimizers by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OptimizerName {
    /// RMSprop with epsilon outside the root, as Keras 2.2 and PyTorch have it
    Rmsprop,
    /// RMSprop with epsilon inside the root, as Keras 3 has it
    RmspropKeras3,
    /// Adadelta
    Adadelta,
}

/// A whole number; the parser's own message would be "invalid digit found in string".
fn whole<T: FromStr<Err = ParseIntError>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: ParseIntError| match error.kind() {
        IntErrorKind::PosOverflow => "it is too large".into(),
        _ => "it must be a whole number".into(),
    })
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match whole(text)? {
        0 => Err("it must be at least 1".into()),
        n => Ok(n),
    }
}

/// A number that is at least 1 and at most `most`.
fn bounded(text: &str, most: usize) -> Result<usize, String> {
    at_least_one(text)
        .and_then(|n| if n <= most { Ok(n) } else { Err(format!("it must be at most {most}")) })
}

fn samples(text: &str) -> Result<usize, String> {
    bounded(text, 100)
}

fn threads(text: &str) -> Result<usize, String> {
    bounded(text, 256)
}

fn learning_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        // The weights are f32, and so is what moves them.
        Ok(rate) if rate > 0.0 && (rate as f32).is_normal() => Ok(rate),
        _ => Err("it must be a positive number (between 1.2e-38 and 3.4e38)".into()),
    }
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
        let Command::Dense(args) = Cli::parse_from(["ae-app", "dense"]).command;
        assert_eq!((args.latent, args.epochs, args.batch, args.samples), (10, 200, 250, 10));
        assert_eq!(args.data.classes, ["5"]);
        assert_eq!(args.optimizer, OptimizerName::Rmsprop);
    }
}
