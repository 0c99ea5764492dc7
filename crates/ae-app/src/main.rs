#![doc = include_str!("../README.md")]

mod cli;
mod commands;
mod cpu;
mod exit;
mod input;
mod jobs;
mod report;
mod run;

use run::Ending;
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Err(refused) = cpu::check() {
        return refused;
    }
    let words: Vec<_> = std::env::args_os().collect();
    match commands::run(&words) {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Interrupted) => ExitCode::from(run::INTERRUPTED),
        Err(error) => exit::report(&error, cli::words::json(&words)),
    }
}
