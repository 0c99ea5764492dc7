//! The commands about the program itself.

use super::shared::{DataDirArgs, ThreadsArgs};
use clap::Args;
use clap_complete::Shell;
use std::path::PathBuf;

const DOCTOR_EXAMPLES: &str = "\
Examples:
  ae-app doctor            look at data, CPU, threads and folders, and time a few steps of each job
  ae-app doctor --json     the same for a program
";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  ae-app completions bash > ~/.local/share/bash-completion/completions/ae-app
  ae-app completions fish > ~/.config/fish/completions/ae-app.fish
";

const MAN_EXAMPLES: &str = "\
Examples:
  ae-app man --out man     write ae-app.1, ae-app-dense.1 and so on to a folder; man -l man/ae-app.1 shows one
  ae-app man               print them all
";

/// The arguments of `ae-app doctor`.
#[derive(Debug, Args)]
#[command(before_help = DOCTOR_EXAMPLES)]
#[command(mut_arg("threads", |arg| arg.help("Threads to compute with [default: one for each core]")))]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) data_dir: DataDirArgs,

    #[command(flatten)]
    pub(crate) threads: ThreadsArgs,
}

/// The arguments of `ae-app completions`.
#[derive(Debug, Args)]
#[command(before_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: Shell,
}

/// The arguments of `ae-app man`.
#[derive(Debug, Args)]
#[command(before_help = MAN_EXAMPLES)]
pub(crate) struct ManArgs {
    /// Folder to write the pages to, one a command
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}
