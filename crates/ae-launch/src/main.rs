#![doc = include_str!("../README.md")]

mod choice;
mod level;
mod start;

use ae_files::printable;
use std::process::ExitCode;

fn main() -> ExitCode {
    // On Unix, `start` returns only if it fails.
    let failure = match choice::program() {
        Ok(program) => match start::start(&program) {
            Ok(status) => std::process::exit(status),
            Err(failure) => failure,
        },
        Err(failure) => failure,
    };
    eprintln!("error: {}", printable(&failure.message));
    ExitCode::from(failure.status)
}

/// The reason why no program was started.
#[derive(Debug, PartialEq)]
struct Failure {
    /// One line, without "error: ".
    message: String,
    status: u8,
}

impl Failure {
    /// A failure that is not the fault of the user's wishes: status 1, as that of `ae-app`.
    fn new(message: String) -> Self {
        Self { message, status: 1 }
    }

    /// A value of an environment variable that is not one of the allowed ones: status 2, as for an
    /// argument of `ae-app`.
    fn usage(message: String) -> Self {
        Self { message, status: 2 }
    }
}
