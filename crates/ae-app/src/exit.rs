//! How the program ends if something is wrong: one line on stderr, and a status that says whose fault it was.

use ae_checkpoint::CheckpointError;
use ae_files::printable;
use ae_idx::IdxError;
use ae_image::ImageError;
use ae_lab::LabError;
use ae_run::RunError;
use ae_train::FitError;
use clap::error::ErrorKind;
use std::io::Write;
use std::process::ExitCode;

/// Something failed: for example, a picture could not be written.
const FAILURE: u8 = 1;
/// The arguments make no sense.
const USAGE: u8 = 2;
/// The data cannot be had or is not sound.
const DATA: u8 = 3;
/// Training produced NaN or infinity.
const DIVERGED: u8 = 4;

/// What the program refuses to do, in a line, and whose fault it is.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Arguments that parse but make no sense together or with the data.
    Usage(String),
    /// Data that is not there, or that the job cannot work with.
    Data(String),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Usage(message) | Self::Data(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Refusal {}

/// A refusal of the arguments.
pub(crate) fn usage(message: impl Into<String>) -> Refusal {
    Refusal::Usage(message.into())
}

/// A refusal of the data.
pub(crate) fn data(message: impl Into<String>) -> Refusal {
    Refusal::Data(message.into())
}

/// Prints `error` and returns the status to end with. `--help` and `--version` come here too.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(error) = error.downcast_ref::<clap::Error>() {
        if !error.use_stderr() {
            // Help and version were asked for: they go to stdout, and a closed pipe there is not a failure.
            drop(error.print());
            return ExitCode::SUCCESS;
        }
        print_line(&match error.kind() {
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                "error: no command given: try 'ae-app dense', or 'ae-app --help' for all".into()
            }
            _ => in_one_line(&error.to_string()),
        });
        return ExitCode::from(USAGE);
    }
    print_line(&format!("error: {error:#}"));
    ExitCode::from(status(error))
}

/// The status for an error that is not clap's.
fn status(error: &anyhow::Error) -> u8 {
    if let Some(refusal) = error.downcast_ref() {
        return match refusal {
            Refusal::Usage(_) => USAGE,
            Refusal::Data(_) => DATA,
        };
    }
    if let Some(error) = error.downcast_ref() {
        return of_run(error);
    }
    if let Some(error) = error.downcast_ref() {
        return of_checkpoint(error);
    }
    if error.is::<IdxError>() || error.is::<ImageError>() {
        return DATA;
    }
    if let Some(LabError::TooFewRows { .. }) = error.downcast_ref() {
        return DATA;
    }
    match error.downcast_ref::<FitError>() {
        Some(FitError::Diverged { .. }) => DIVERGED,
        Some(FitError::Batch { .. }) => USAGE,
        Some(FitError::NoSamples(_)) => DATA,
        _ => FAILURE,
    }
}

fn of_run(error: &RunError) -> u8 {
    match error {
        RunError::NotEmpty { .. } => USAGE,
        RunError::NotARun { .. }
        | RunError::NoModel { .. }
        | RunError::Config { .. }
        | RunError::UnknownJob { .. }
        | RunError::Checksums { .. }
        | RunError::BothCheckpoints { .. } => DATA,
        RunError::Checkpoint(error) => of_checkpoint(error),
        // What the system refuses is not the fault of the file.
        _ => FAILURE,
    }
}

fn of_checkpoint(error: &CheckpointError) -> u8 {
    if matches!(error, CheckpointError::Io { .. }) { FAILURE } else { DATA }
}

fn print_line(line: &str) {
    // With stderr closed there is nobody left to tell.
    drop(writeln!(std::io::stderr(), "{}", printable(line)));
}

/// Says on stderr what the user should know, though the program goes on.
pub(crate) fn warn(text: &str) {
    print_line(&format!("warning: {text}"));
}

/// clap's message without the usage that follows it, its lines joined into one.
pub(crate) fn in_one_line(message: &str) -> String {
    let lines = message
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"))
        .filter(|line| !line.is_empty());
    let mut out = String::new();
    for line in lines {
        match out.chars().last() {
            None => {}
            Some(':') => out.push(' '),
            Some(_) if line.starts_with('[') => out.push(' '),
            Some(_) => out.push_str("; "),
        }
        out.push_str(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_several_lines_becomes_one() {
        let message = "error: unexpected argument '--epoch' found\n\n  tip: a similar argument exists: \
                       '--epochs'\n\nUsage: ae-app dense [OPTIONS]\n\nFor more information, try '--help'.\n";
        assert_eq!(
            in_one_line(message),
            "error: unexpected argument '--epoch' found; tip: a similar argument exists: '--epochs'"
        );
        let message = "error: invalid value 'x' for '--optimizer'\n  [possible values: a, b]\n";
        let expected = "error: invalid value 'x' for '--optimizer' [possible values: a, b]";
        assert_eq!(in_one_line(message), expected);
    }
}
