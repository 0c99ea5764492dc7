//! The arguments of `ae-app models`.

use clap::Args;

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
}
