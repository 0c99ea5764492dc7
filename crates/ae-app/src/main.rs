#![doc = include_str!("../README.md")]

mod cli;
mod data;
mod dense;
mod exit;
mod job;
mod optimizers;
mod pictures;
mod record;
mod report;
mod run_folder;
mod training;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let result = cli::Cli::try_parse().map_err(anyhow::Error::from).and_then(|cli| cli.run());
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::report(&error),
    }
}
