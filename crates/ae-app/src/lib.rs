#![doc = include_str!("../README.md")]

mod cli;
mod commands;
mod cpu;
mod exit;
mod input;
mod jobs;
mod report;
mod run;

pub use cpu::check as check_cpu;

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the command that the arguments name, the program's own name first. An error is printed in
/// one line. Returns the exit status.
#[must_use]
pub fn run(words: &[OsString]) -> ExitCode {
    match commands::run(words) {
        Ok(ending) => ExitCode::from(ending.status()),
        Err(error) => exit::report(&error, cli::words::json(words)),
    }
}
