//! The commands about the program itself.

use super::Output;
use crate::interrupt::Ending;
use anyhow::{Context, Result};
use clap::{Args, Command};
use clap_complete::Shell;
use std::fs;
use std::io::Write;
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
pub(crate) struct DoctorArgs {
    /// Where mnist and fashion-mnist are [default: $AE_DATA_DIR, else datasets/ here and upward]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Threads to compute with [default: one for each core]
    #[arg(long, value_name = "N", value_parser = super::threads)]
    pub(crate) threads: Option<usize>,

    #[arg(skip)]
    pub(crate) output: Output,
}

/// The arguments of `ae-app completions`.
#[derive(Debug, Args)]
#[command(before_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,

    #[arg(skip)]
    pub(crate) output: Output,
}

impl CompletionsArgs {
    /// Prints the script. A reader who has gone is no failure.
    pub(crate) fn print(&self, mut program: Command) -> Ending {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program, "ae-app", &mut script);
        drop(std::io::stdout().write_all(&script));
        Ending::Done
    }
}

/// The arguments of `ae-app man`.
#[derive(Debug, Args)]
#[command(before_help = MAN_EXAMPLES)]
pub(crate) struct ManArgs {
    /// Folder to write the pages to, one a command
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,

    #[arg(skip)]
    pub(crate) output: Output,
}

impl ManArgs {
    /// Prints the pages of the program and of all its commands, or writes them.
    pub(crate) fn run(&self, program: Command) -> Result<Ending> {
        let pages = pages(program)?;
        let Some(folder) = &self.out else {
            for (_, page) in pages {
                drop(std::io::stdout().write_all(&page));
            }
            return Ok(Ending::Done);
        };
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        for (name, page) in pages {
            let path = folder.join(name);
            fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(Ending::Done)
    }
}

/// Each page with its file's name.
fn pages(program: Command) -> Result<Vec<(String, Vec<u8>)>> {
    // `help` has no page: every command has a --help.
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let mut pages = Vec::new();
    for command in std::iter::once(&program).chain(program.get_subcommands()).cloned() {
        let examples = command.get_before_help().map(ToString::to_string);
        let command = match examples {
            // The manual has no place for what comes before.
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
