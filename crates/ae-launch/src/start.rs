//! Starts the chosen build with the launcher's own arguments.

use crate::Failure;
use ae_files::printable_path;
use std::path::Path;
use std::process::Command;

/// Replaces this process by the program. Its process id, terminal, open files and parent stay, so
/// signals, job control and the exit status need nothing from the launcher. `argv[0]` stays too:
/// the program repeats it in the commands that it suggests.
///
/// # Errors
/// If the program cannot be started; otherwise it does not return.
#[cfg(unix)]
pub(crate) fn start(program: &Path) -> Result<i32, Failure> {
    use std::os::unix::process::CommandExt;
    let mut words = std::env::args_os();
    let mut command = Command::new(program);
    if let Some(name) = words.next() {
        command.arg0(name);
    }
    Err(failure(program, &command.args(words).exec()))
}

/// Runs the program to its end and returns its exit status, since Windows cannot replace a process.
/// Ctrl-C reaches both; the launcher ignores it, and the program decides when to end.
///
/// # Errors
/// If the program cannot be started.
#[cfg(not(unix))]
pub(crate) fn start(program: &Path) -> Result<i32, Failure> {
    let handled = ctrlc::set_handler(|| {});
    handled.map_err(|error| Failure::new(format!("cannot handle Ctrl-C: {error}")))?;
    run(program, Command::new(program).args(std::env::args_os().skip(1)))
}

/// Runs the command to its end and returns its exit status.
#[cfg(any(not(unix), test))]
fn run(program: &Path, command: &mut Command) -> Result<i32, Failure> {
    match command.status() {
        // On Windows every process that has ended has a status.
        Ok(status) => Ok(status.code().unwrap_or(1)),
        Err(error) => Err(failure(program, &error)),
    }
}

fn failure(program: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot start {}: {error}", printable_path(program)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_passed_on_and_a_missing_program_reported() {
        let shell = |script: &str| {
            let (program, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
            run(Path::new(program), Command::new(program).args([flag, script]))
        };
        assert_eq!(shell("exit 0"), Ok(0));
        assert_eq!(shell("exit 130"), Ok(130));
        let missing = Path::new("no-such-folder/no-such-program");
        let failure = run(missing, &mut Command::new(missing)).unwrap_err();
        assert!(failure.message.starts_with("cannot start no-such-folder"), "{failure:?}");
        assert_eq!(failure.status, 1);
    }
}
