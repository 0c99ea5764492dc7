//! `ae-app completions`: the script that a shell needs.

use crate::cli::CompletionsArgs;
use crate::run::Ending;
use clap::Command;
use std::io::Write;

/// Prints the script. A closed pipe is not a failure.
pub(super) fn run(args: &CompletionsArgs, mut program: Command) -> Ending {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "ae-app", &mut script);
    drop(std::io::stdout().write_all(&script));
    Ending::Done
}
