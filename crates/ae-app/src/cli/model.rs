//! The options that choose a model.

use super::values::at_least_one;
use clap::Args;
use std::path::PathBuf;

/// Which model, and what of it is to be different.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ModelOptions {
    // The default is each job's own.
    /// A preset by name, or a TOML file that describes a model; `ae-app models` lists and shows them
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) model: Option<PathBuf>,

    /// Other layers for the model's encoder, separated by semicolons: "dense 64 relu; dense {latent} relu"
    #[arg(long, value_name = "LAYERS")]
    pub(crate) encoder: Option<String>,

    /// Other layers for the model's decoder: "dense 64 relu; dense {pixels} sigmoid"
    #[arg(long, value_name = "LAYERS")]
    pub(crate) decoder: Option<String>,

    /// Numbers that describe an image: outputs of the encoder [default: the model's, 10 for the notebook's]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) latent: Option<usize>,

    /// The model of a run as it was written down.
    #[arg(skip)]
    pub(crate) recorded: Option<Recorded>,
}

/// A model in a run's configuration.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recorded {
    pub(crate) name: String,
    /// The architecture in words.
    pub(crate) words: String,
}

const EXAMPLES: &str = "\
Examples:
  ae-app models                    the presets, a line each
  ae-app models vae > mine.toml    the beginning of a model of your own, for --model mine.toml
";

/// The arguments of `ae-app models`.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES)]
pub(crate) struct ModelsArgs {
    /// Print this preset's TOML, to begin one of your own with
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,

    #[arg(skip)]
    pub(crate) output: super::Output,
}
