//! The commands, one file each: a command turns its arguments into a specification and does the
//! work. Only this module knows all of them.

mod anomaly;
mod browser;
mod completions;
mod config_file;
mod continuation;
mod data;
mod denoise_image;
mod doctor;
mod explore;
mod export;
mod generate;
mod gradcheck;
mod guide;
mod image_noise;
mod lab;
mod man;
mod models;
mod outputs;
mod pca;
mod reconstruct;
mod reconstruct_images;
mod resume;
mod shared;
mod sweep;
mod taking;
mod trained_model;
mod training;
mod verify;

use self::training::JobArgs;
use crate::cli::{Cli, Command, OutputArgs};
use crate::exit::usage;
use crate::report::Output;
use crate::run::{Ending, Interrupt, Processes};
use anyhow::Result;
use clap::CommandFactory;
use std::ffi::OsString;

/// Runs the command that the arguments name. These processes train together.
pub(crate) fn run(words: &[OsString], processes: &Processes) -> Result<Ending> {
    let (Cli { output, command }, recorded) = config_file::parse(words)?;
    let OutputArgs { quiet, verbose, json, .. } = output;
    if let (true, Some((name, what))) = (json, without_json(&command)) {
        return Err(usage(format!("--json: {name} prints {what}, which is not JSON")).into());
    }
    let output = Output { quiet, verbose, json };
    // Installed first, because a signal without a handler does not end the first process of a
    // container.
    Interrupt::installed()?;
    match command {
        Command::Dense(args) => training::run(JobArgs::Dense(args), recorded, output, processes),
        Command::Denoise(args) => {
            training::run(JobArgs::Denoise(args), recorded, output, processes)
        }
        Command::Anomaly(args) => match args.run.clone() {
            Some(run) => anomaly::run(&run, &args, output, processes),
            None => training::run(JobArgs::Anomaly(args), recorded, output, processes),
        },
        Command::Resume(args) => resume::run(args, output, processes),
        Command::Verify(args) => verify::run(args, output, processes),
        Command::Lab(args) => lab::run(args, output, processes),
        Command::Sweep(args) => sweep::run(args, output, processes),
        Command::Data(args) => data::run(args, output),
        Command::Models(args) => models::run(&args, output),
        Command::Doctor(args) => doctor::run(args, output),
        Command::Completions(args) => completions::run(&args, Cli::command()),
        Command::Man(args) => man::run(&args, Cli::command()),
        Command::Export(args) => export::run(args, output),
        Command::Reconstruct(args) if args.images.is_empty() => {
            reconstruct::run(args.model, output)
        }
        Command::Reconstruct(args) => reconstruct_images::run(args, output),
        Command::Generate(args) => generate::run(args, output),
        Command::DenoiseImage(args) => denoise_image::run(args, output),
        Command::Pca(args) => pca::run(args, output),
        Command::Explore(args) => explore::run(args, output),
        Command::Gradcheck(args) => gradcheck::run(args, output),
        Command::Guide(args) => guide::run(args, output),
    }
}

/// Returns the name of a command that does not print JSON, and what it prints.
fn without_json(command: &Command) -> Option<(&'static str, &'static str)> {
    match command {
        Command::Completions(_) => Some(("completions", "a script for a shell")),
        Command::Man(_) => Some(("man", "manual pages")),
        _ => None,
    }
}
