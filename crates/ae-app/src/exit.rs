//! How the program ends if something is wrong: one line on stderr, and a status that says whose fault it was.

use ae_checkpoint::CheckpointError;
use ae_idx::IdxError;
use ae_image::ImageError;
use ae_train::FitError;
use clap::error::ErrorKind;
use std::io::Write;
use std::process::ExitCode;

/// Something failed: a picture could not be written, say.
const FAILURE: u8 = 1;
/// The arguments make no sense.
const USAGE: u8 = 2;
/// The data cannot be had or is not sound.
const DATA: u8 = 3;
/// Training produced numbers that are none.
const DIVERGED: u8 = 4;

/// Arguments that parse but make no sense together or with the data.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// Data that is not there, or that the job cannot work with.
#[derive(Debug)]
pub(crate) struct DataError(pub(crate) String);

impl std::fmt::Display for DataError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DataError {}

/// Prints `error` and returns the status to end with. `--help` and `--version` come here too.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(error) = error.downcast_ref::<clap::Error>() {
        if !error.use_stderr() {
            // Help and version were asked for: they go to stdout, and a closed pipe there is no failure.
            drop(error.print());
            return ExitCode::SUCCESS;
        }
        say(&match error.kind() {
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                "error: no command given: try 'ae-app dense', or 'ae-app --help' for all".into()
            }
            _ => in_one_line(&error.to_string()),
        });
        return ExitCode::from(USAGE);
    }
    say(&format!("error: {error:#}"));
    let status = if error.is::<UsageError>() {
        USAGE
    } else if error.is::<IdxError>() || error.is::<ImageError>() || error.is::<DataError>() {
        DATA
    } else if let Some(error) = error.downcast_ref::<CheckpointError>() {
        // What the system says no to is no fault of the file.
        if matches!(error, CheckpointError::Io { .. }) { FAILURE } else { DATA }
    } else {
        match error.downcast_ref::<FitError>() {
            Some(FitError::Diverged { .. }) => DIVERGED,
            Some(FitError::Batch { .. }) => USAGE,
            Some(FitError::NoSamples(_)) => DATA,
            _ => FAILURE,
        }
    };
    ExitCode::from(status)
}

fn say(line: &str) {
    // With stderr closed there is nobody left to tell.
    drop(writeln!(std::io::stderr(), "{}", printable(line)));
}

/// Says on stderr what the user should know, though the program goes on.
pub(crate) fn warn(text: &str) {
    say(&format!("warning: {text}"));
}

/// The text with control characters escaped: a file's name may hold a line break, or a terminal's commands.
pub(crate) fn printable(text: &str) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.into() };
    text.chars().map(escaped).collect()
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

    #[test]
    fn control_characters_are_shown_not_sent() {
        assert_eq!(printable("a\nb\u{1b}[31m é"), "a\\nb\\u{1b}[31m é");
    }
}
