#![doc = include_str!("../README.md")]

mod cli;
mod data;
mod denoise;
mod dense;
mod exit;
mod faults;
mod interrupt;
mod job;
mod latent_map;
mod model_file;
mod model_use;
mod optimizers;
mod own_images;
mod pictures;
mod record;
mod report;
mod resume;
mod rival;
mod run_folder;
mod session;
mod show;
mod sweep;
mod training;
mod verify;

use clap::Parser;
use interrupt::Ending;
use std::process::ExitCode;

fn main() -> ExitCode {
    let result = cli::Cli::try_parse().map_err(anyhow::Error::from).and_then(|cli| cli.run());
    match result {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Interrupted) => ExitCode::from(interrupt::INTERRUPTED),
        Err(error) => exit::report(&error),
    }
}
