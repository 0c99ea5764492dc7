#![doc = include_str!("../README.md")]

mod cli;
mod commands;
mod cpu;
mod exit;
mod input;
mod jobs;
mod report;
mod run;

use std::process::ExitCode;

fn main() -> ExitCode {
    cpu::check().unwrap_or_else(run)
}

// A separate function, because `main` itself must run on any CPU.
#[inline(never)]
fn run() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    match commands::run(&words) {
        Ok(ending) => ExitCode::from(ending.status()),
        Err(error) => exit::report(&error, cli::words::json(&words)),
    }
}
