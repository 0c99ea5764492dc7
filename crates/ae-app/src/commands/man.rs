//! `ae-app man`: the manual pages.

use crate::cli::ManArgs;
use crate::report::print;
use crate::run::Ending;
use anyhow::{Context, Result};
use clap::Command;
use std::fs;

/// Prints the pages of the program and of all its commands, or writes them to a folder.
pub(super) fn run(args: &ManArgs, program: Command) -> Result<Ending> {
    let pages = pages(program)?;
    let Some(folder) = &args.out else {
        let all: Vec<u8> = pages.into_iter().flat_map(|(_, page)| page).collect();
        print(&all)?;
        return Ok(Ending::Done);
    };
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for (name, page) in pages {
        let path = folder.join(name);
        ae_files::replace(&path, &page)?;
    }
    Ok(Ending::Done)
}

/// Returns each page with the name of its file.
fn pages(program: Command) -> Result<Vec<(String, Vec<u8>)>> {
    // `help` needs no page: every command has `--help`.
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let mut pages = Vec::new();
    for command in std::iter::once(&program).chain(program.get_subcommands()).cloned() {
        let examples = command.get_before_help().map(ToString::to_string);
        let command = match examples {
            // A manual page has no section for the text before the help.
            Some(examples) => {
                let rest = command.get_after_help().map(ToString::to_string).unwrap_or_default();
                command.after_help(format!("{examples}\n{rest}"))
            }
            None => command,
        };
        let (man, mut page) = (clap_mangen::Man::new(command), Vec::new());
        man.render(&mut page)?;
        pages.push((man.get_filename(), page));
    }
    Ok(pages)
}
