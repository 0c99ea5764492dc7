//! `ae-app man`: the manual pages.

use crate::cli::ManArgs;
use crate::exit::usage;
use crate::report::print;
use crate::run::Ending;
use ae_files::printable_path;
use anyhow::{Context, Result};
use clap::Command;
use std::fs;
use std::io::Read;
use std::path::Path;

/// Prints the pages of the program and of all its commands, or writes them to a folder.
pub(super) fn run(args: &ManArgs, program: Command) -> Result<Ending> {
    let pages = pages(program)?;
    let Some(folder) = &args.out else {
        let all: Vec<u8> = pages.into_iter().flat_map(|(_, page)| page).collect();
        print(&all)?;
        return Ok(Ending::Done);
    };
    // Nothing is written if one of the pages is refused.
    for (name, _) in &pages {
        check(&folder.join(name))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for (name, page) in pages {
        let path = folder.join(name);
        ae_files::replace(&path, &page)?;
    }
    Ok(Ending::Done)
}

/// Checks that nothing has this name, or a page that an earlier version of the program has written.
fn check(path: &Path) -> Result<()> {
    ae_files::check_replaceable(path)?;
    if fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    let mut start = Vec::new();
    let read = ae_files::open(path)?.take(START).read_to_end(&mut start);
    read.with_context(|| format!("cannot read {}", printable_path(path)))?;
    let title = format!(".TH {} ", path.file_stem().unwrap_or_default().to_string_lossy());
    if String::from_utf8_lossy(&start).lines().any(|line| line.starts_with(&title)) {
        return Ok(());
    }
    Err(usage(format!(
        "--out {}: expected its manual page or nothing, found another file; name another folder",
        path.display()
    ))
    .into())
}

/// The bytes at the start of a page in which its title is.
const START: u64 = 512;

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
