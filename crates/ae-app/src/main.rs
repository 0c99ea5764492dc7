#![doc = include_str!("../README.md")]

mod cli;
mod data;
mod denoise;
mod dense;
mod doctor;
mod exit;
mod export;
mod faults;
mod interrupt;
mod job;
mod lab;
mod latent_map;
mod model_file;
mod model_use;
mod models;
mod optimizers;
mod own_images;
mod pictures;
mod progress;
mod record;
mod report;
mod resume;
mod rival;
mod run_folder;
mod session;
mod show;
mod suggest;
mod sweep;
mod text_file;
mod training;
mod verify;

use interrupt::Ending;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    let result = cli::Cli::from_words(&words).and_then(cli::Cli::run);
    match result {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Interrupted) => ExitCode::from(interrupt::INTERRUPTED),
        Err(error) => exit::report(&error),
    }
}
