//! The signals by which a person, a batch system or a closed terminal asks the program to end.

use std::io;

/// A request to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// SIGINT, or Ctrl-C on Windows.
    Interrupt,
    /// SIGTERM, which `docker stop`, Slurm and `kill` send.
    #[cfg(unix)]
    Terminate,
    /// SIGHUP, from a closed terminal or a broken connection.
    #[cfg(unix)]
    HangUp,
}

impl Signal {
    /// Returns the name for users.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "Ctrl-C",
            #[cfg(unix)]
            Self::Terminate => "SIGTERM",
            #[cfg(unix)]
            Self::HangUp => "SIGHUP",
        }
    }

    /// Returns the signal with this exit status.
    pub(super) fn of_status(status: u8) -> Option<Self> {
        let all = [
            Self::Interrupt,
            #[cfg(unix)]
            Self::Terminate,
            #[cfg(unix)]
            Self::HangUp,
        ];
        all.into_iter().find(|signal| signal.status() == status)
    }

    /// Returns the shell's exit status for a program ended by this signal: 128 and its number.
    pub(crate) fn status(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            #[cfg(unix)]
            Self::Terminate => 143,
            #[cfg(unix)]
            Self::HangUp => 129,
        }
    }
}

/// Calls `on_signal` for each signal, on another thread. These signals no longer end the program by
/// themselves.
#[cfg(unix)]
pub(super) fn listen(on_signal: impl Fn(Signal) + Send + 'static) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut wanted = vec![SIGINT, SIGTERM];
    // A program started by nohup must continue when the terminal is closed.
    if !hang_up_is_ignored() {
        wanted.push(SIGHUP);
    }
    let mut signals = signal_hook::iterator::Signals::new(wanted)?;
    let listener = move || {
        for number in signals.forever() {
            on_signal(match number {
                SIGTERM => Signal::Terminate,
                SIGHUP => Signal::HangUp,
                _ => Signal::Interrupt,
            });
        }
    };
    std::thread::Builder::new().name("signals".into()).spawn(listener).map(drop)
}

/// Calls `on_signal` for each Ctrl-C, on another thread.
#[cfg(not(unix))]
pub(super) fn listen(on_signal: impl Fn(Signal) + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(move || on_signal(Signal::Interrupt)).map_err(io::Error::other)
}

/// Returns whether SIGHUP was ignored when the program was started. std has no function for it, and
/// asking the system directly would be unsafe code.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn hang_up_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignores_hang_up(&status).unwrap_or(false)
}

/// Reads the mask of ignored signals: signal n is bit n - 1, and SIGHUP is 1.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn ignores_hang_up(status: &str) -> Option<bool> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    Some(u64::from_str_radix(mask.trim(), 16).ok()? & 1 == 1)
}

/// Returns whether SIGHUP was ignored when the program was started. A child process inherits this,
/// and a shell cannot change it. So the shell survives the signal if and only if the signal is
/// ignored.
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn hang_up_is_ignored() -> bool {
    use std::process::{Command, Stdio};
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "kill -HUP $$; exit 0"]).stdin(Stdio::null());
    let status = shell.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn the_mask_of_ignored_signals_is_read() {
        use super::ignores_hang_up;
        let status =
            |mask: &str| format!("Name:\tae-app\nSigBlk:\t1\nSigIgn:\t{mask}\nSigCgt:\t1\n");
        assert_eq!(ignores_hang_up(&status("0000000000001001")), Some(true));
        assert_eq!(ignores_hang_up(&status("0000000000001000")), Some(false));
        assert_eq!(ignores_hang_up("Name:\tae-app\n"), None);
        assert_eq!(ignores_hang_up(&status("none")), None);
    }
}
