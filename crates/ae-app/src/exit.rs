//! The end of the program after an error: one line on stderr, and an exit status for the kind of
//! error.

use ae_checkpoint::CheckpointError;
use ae_data::DataError;
use ae_files::printable;
use ae_idx::IdxError;
use ae_image::ImageError;
use ae_lab::LabError;
use ae_run::RunError;
use ae_train::FitError;
use clap::error::ErrorKind;
use std::collections::BTreeSet;
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// A failure that is not the fault of arguments or data, for example a picture that could not be
/// written.
pub(crate) const FAILURE: u8 = 1;
/// The arguments are invalid.
const USAGE: u8 = 2;
/// The data are missing or damaged.
const DATA: u8 = 3;
/// Training produced NaN or infinity.
pub(crate) const DIVERGED: u8 = 4;

/// The reason why the program refuses to continue, in one line.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The arguments parse, but contradict each other or the data.
    Usage(String),
    /// The data are missing, or the job cannot use them.
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

/// Returns a refusal of the arguments.
pub(crate) fn usage(message: impl Into<String>) -> Refusal {
    Refusal::Usage(message.into())
}

/// Returns a refusal of the data.
pub(crate) fn data(message: impl Into<String>) -> Refusal {
    Refusal::Data(message.into())
}

/// What another process of the team has reported, in one line.
#[derive(Debug)]
pub(crate) struct OfProcess {
    pub(crate) rank: usize,
    pub(crate) status: u8,
    pub(crate) message: String,
}

impl std::fmt::Display for OfProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "process {}: {}", self.rank, self.message)
    }
}

impl std::error::Error for OfProcess {}

/// An error that the JSON of its command already contains.
#[derive(Debug)]
struct InJson(anyhow::Error);

impl std::fmt::Display for InJson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl std::error::Error for InJson {}

/// Marks the error as one that the JSON of its command already contains.
pub(crate) fn in_json(error: anyhow::Error) -> anyhow::Error {
    InJson(error).into()
}

/// How the process ends at once, if not by `std::process::exit`.
static LEAVE: OnceLock<fn(u8) -> !> = OnceLock::new();

/// From now on a process that must end at once ends by `leave`, and with it the others of its team.
/// Only the first call counts.
pub(crate) fn leave_by(leave: fn(u8) -> !) {
    LEAVE.get_or_init(|| leave);
}

/// Ends the process at once.
pub(crate) fn leave(status: u8) -> ! {
    match LEAVE.get() {
        Some(leave) => leave(status),
        None => std::process::exit(status.into()),
    }
}

/// Prints `error` and returns the exit status. clap reports `--help` and `--version` as errors too.
/// With `json`, the error is also printed on stdout as an object.
pub(crate) fn report(error: &anyhow::Error, json: bool) -> u8 {
    if let Some(error) = error.downcast_ref::<clap::Error>() {
        if !error.use_stderr() {
            // The user asked for help or the version: they go to stdout.
            let printed = error.print().and_then(|()| std::io::stdout().flush());
            return match printed {
                // A closed pipe is not a failure, but a full disk is.
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                    print_line(&format!("error: cannot write to stdout: {error}"));
                    FAILURE
                }
                _ => 0,
            };
        }
        return end(&usage_line(error), USAGE, json);
    }
    let (status, json) = match error.downcast_ref() {
        Some(InJson(error)) => (status(error), false),
        None => (status(error), json),
    };
    end(&format!("{error:#}"), status, json)
}

/// Prints the line of an error, and the object if `json` is set. Returns the status.
fn end(message: &str, status: u8, json: bool) -> u8 {
    print_line(&format!("error: {message}"));
    if json {
        let object = serde_json::json!({ "error": message, "status": status });
        drop(writeln!(std::io::stdout(), "{object}"));
    }
    status
}

/// Reports that the CPU lacks instructions that the program was compiled for.
pub(crate) fn other_cpu(missing: &str) -> ExitCode {
    const WHAT: &str = "error: this program was compiled for a CPU with ";
    const REMEDY: &str = ", which this CPU lacks: compile it here, or with \
                          RUSTFLAGS=\"-C target-cpu=x86-64\" for all CPUs\n";
    // The texts are written unformatted, because formatting could use the missing instructions.
    let mut stderr = std::io::stderr();
    drop(stderr.write_all(WHAT.as_bytes()));
    drop(stderr.write_all(missing.as_bytes()));
    drop(stderr.write_all(REMEDY.as_bytes()));
    ExitCode::from(FAILURE)
}

/// Returns clap's message in one line, without "error: ".
pub(crate) fn usage_line(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "no command given: try 'ae-app dense', or 'ae-app --help' for all".into();
    }
    let message = in_one_line(&error.to_string());
    message.strip_prefix("error: ").unwrap_or(&message).to_owned()
}

/// Returns whether a training has ended because it diverged. It would diverge again.
pub(crate) fn is_divergence(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(FitError::Diverged { .. }))
}

/// Returns the status for an error that does not come from clap.
pub(crate) fn status(error: &anyhow::Error) -> u8 {
    if let Some(refusal) = error.downcast_ref() {
        return match refusal {
            Refusal::Usage(_) => USAGE,
            Refusal::Data(_) => DATA,
        };
    }
    if let Some(OfProcess { status, .. }) = error.downcast_ref() {
        return *status;
    }
    if let Some(error) = error.downcast_ref() {
        return of_run(error);
    }
    if let Some(error) = error.downcast_ref() {
        return of_checkpoint(error);
    }
    if error.is::<DataError>() || error.is::<IdxError>() || error.is::<ImageError>() {
        return DATA;
    }
    if error.downcast_ref::<LabError>().is_some_and(LabError::is_about_data) {
        return DATA;
    }
    match error.downcast_ref::<FitError>() {
        Some(FitError::Diverged { .. }) => DIVERGED,
        Some(FitError::Batch { .. }) => USAGE,
        Some(FitError::NoSamples(_) | FitError::Data(_)) => DATA,
        _ => FAILURE,
    }
}

fn of_run(error: &RunError) -> u8 {
    match error {
        RunError::NotEmpty { .. } | RunError::Unfinished { .. } | RunError::Plan { .. } => USAGE,
        RunError::NotARun { .. }
        | RunError::NoModel { .. }
        | RunError::Config { .. }
        | RunError::Edited { .. }
        | RunError::OtherRun { .. }
        | RunError::OtherData { .. }
        | RunError::Setting { .. }
        | RunError::UnknownJob { .. }
        | RunError::Checksums { .. }
        | RunError::BothCheckpoints { .. } => DATA,
        RunError::Checkpoint(error) => of_checkpoint(error),
        // An I/O error does not mean that the file is bad.
        _ => FAILURE,
    }
}

fn of_checkpoint(error: &CheckpointError) -> u8 {
    if matches!(error, CheckpointError::Io { .. }) { FAILURE } else { DATA }
}

fn print_line(line: &str) {
    // If stderr is closed, the message is lost.
    drop(writeln!(std::io::stderr(), "{}", printable(line)));
}

/// Prints the line of an error of this process, which is not the one that leads its team.
pub(crate) fn report_of_process(rank: usize, error: &anyhow::Error) -> u8 {
    end(&format!("process {rank}: {error:#}"), status(error), false)
}

/// Whether warnings are left out.
static SILENT: AtomicBool = AtomicBool::new(false);

/// From now on no warnings are printed. The process that leads the team prints them for all.
pub(crate) fn silence_warnings() {
    SILENT.store(true, Ordering::Relaxed);
}

/// The warnings so far.
static WARNED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Prints a warning on stderr, and the program continues. The same warning is printed only once,
/// because `lab` trains several models on the same data.
pub(crate) fn warn(text: &str) {
    if SILENT.load(Ordering::Relaxed) {
        return;
    }
    if !WARNED.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned()) {
        return;
    }
    print_line(&format!("warning: {text}"));
}

/// Returns clap's message without the usage that follows it, with its lines joined into one.
fn in_one_line(message: &str) -> String {
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
