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

use crate::run::{Processes, meet, work};
use ae_train::{Team, TeamError};
use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

/// Runs the command that the arguments name, the program's own name first. An error is printed in
/// one line. Returns the exit status.
#[must_use]
pub fn run(words: &[OsString]) -> ExitCode {
    ExitCode::from(command(words, &Processes::default()))
}

/// As [`run`], in a team of processes that train together. The process of rank 0 runs the command;
/// it alone prints and writes. Each of the others works for it until the command has ended, and
/// returns success then.
///
/// If this process must end while others may be waiting for it, it calls `leave` with the exit
/// status, which must end all of them.
#[must_use]
pub fn run_in_team(words: &[OsString], team: Arc<dyn Team>, leave: fn(u8) -> !) -> ExitCode {
    exit::leave_by(leave);
    let (rank, json) = (team.rank(), cli::words::json(words));
    match meet(&*team) {
        Ok(true) => {}
        Ok(false) => return ExitCode::SUCCESS,
        Err(error) => {
            let status = match rank {
                0 => exit::report(&error, json),
                _ => exit::report_of_process(rank, &error),
            };
            match error.is::<TeamError>() {
                true => exit::leave(status),
                false => return ExitCode::from(status),
            }
        }
    }
    if rank > 0 {
        return match work(&*team) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => exit::leave(exit::report_of_process(rank, &error)),
        };
    }
    let processes = Processes::led(team);
    let status = command(words, &processes);
    match processes.dismiss() {
        true => ExitCode::from(status),
        false => exit::leave(status),
    }
}

fn command(words: &[OsString], processes: &Processes) -> u8 {
    match commands::run(words, processes) {
        Ok(ending) => ending.status(),
        Err(error) => exit::report(&error, cli::words::json(words)),
    }
}
