//! The arguments of `ae-app guide`.

use super::shared::OutArgs;
use ae_guide::Language;
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  ae-app guide --open              the guided tour of auto-encoders, in the system's browser
  ae-app guide --lang fr --open    in French
";

/// The arguments of `ae-app guide`.
#[derive(Clone, Debug, Args)]
#[command(before_help = EXAMPLES)]
#[command(mut_arg("out", |arg| arg.help(
    "Folder for the page, new or empty [default: runs/guide-LANG, numbered if taken]"
)))]
pub(crate) struct GuideArgs {
    /// The language, en or fr [default: French if LC_ALL, LC_MESSAGES or LANG says so, else
    /// English]
    #[arg(long)]
    pub(crate) lang: Option<Language>,

    /// Open the page with the system's browser
    #[arg(long)]
    pub(crate) open: bool,

    #[command(flatten)]
    pub(crate) out: OutArgs,
}
