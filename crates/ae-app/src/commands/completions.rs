//! `ae-app completions`: the script that a shell needs.

use crate::cli::CompletionsArgs;
use crate::report::print;
use crate::run::Ending;
use anyhow::Result;
use clap::Command;

/// Prints the script.
pub(super) fn run(args: &CompletionsArgs, mut program: Command) -> Result<Ending> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "ae-app", &mut script);
    print(&script)?;
    Ok(Ending::Done)
}
