#![doc = include_str!("../README.md")]

mod cli;
mod commands;
mod exit;
mod input;
mod jobs;
mod report;
mod run;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    match commands::run(&words) {
        Ok(ending) => ExitCode::from(ending.status()),
        Err(error) => exit::report(&error),
    }
}
