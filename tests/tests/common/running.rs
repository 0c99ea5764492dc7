//! The running program: its output so far, and signals to it.

use super::Outcome;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long a test waits for an event that is normally immediate. On a loaded machine, or one with
/// a slow disk, it may be late.
const PATIENCE: Duration = Duration::from_secs(300);

/// A stream that a thread reads to its end, so that the program never waits for its reader.
struct Stream {
    said: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Stream {
    fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let said = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&said);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                shared.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Self { said, reader }
    }

    /// Whether everything was read.
    fn has_ended(&self) -> bool {
        self.reader.is_finished()
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.said.lock().unwrap()).into_owned()
    }
}

/// Returns whether these tests ignore SIGHUP, as those started by nohup do. The program would
/// inherit it.
fn hang_up_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

/// Returns the command with SIGHUP as it is without nohup.
fn with_default_hang_up(command: &Command) -> Command {
    let mut listening = Command::new("env");
    listening.arg("--default-signal=HUP").arg(command.get_program()).args(command.get_args());
    listening.stdin(Stdio::null());
    if let Some(folder) = command.get_current_dir() {
        listening.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => listening.env(name, value),
            None => listening.env_remove(name),
        };
    }
    listening
}

/// A run that has not ended yet. It is killed when dropped.
pub(crate) struct Running {
    child: Child,
    stdout: Stream,
    stderr: Stream,
}

impl Running {
    /// Starts the program.
    #[track_caller]
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut listening = hang_up_is_ignored().then(|| with_default_hang_up(command));
        let command = listening.as_mut().unwrap_or(command);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = Stream::of(child.stdout.take().unwrap());
        let stderr = Stream::of(child.stderr.take().unwrap());
        Self { child, stdout, stderr }
    }

    /// Waits until `check` returns a value, and returns it.
    #[track_caller]
    pub(crate) fn until<T>(&mut self, what: &str, mut check: impl FnMut() -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            // First the end, then the event: what a program does just before its end counts.
            let ended = self.child.try_wait().unwrap();
            let is_over = ended.is_some() && self.stdout.has_ended() && self.stderr.has_ended();
            if let Some(found) = check() {
                return found;
            }
            assert!(
                !is_over && start.elapsed() < PATIENCE,
                "no {what}; ended: {ended:?}; stdout: {}; stderr: {}",
                self.stdout.so_far(),
                self.stderr.so_far()
            );
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until this text is on stdout.
    #[track_caller]
    pub(crate) fn until_stdout(&mut self, text: &str) {
        let said = Arc::clone(&self.stdout.said);
        self.until(text, || {
            String::from_utf8_lossy(&said.lock().unwrap()).contains(text).then_some(())
        });
    }

    /// Waits until this text is on stderr.
    #[track_caller]
    pub(crate) fn until_stderr(&mut self, text: &str) {
        let said = Arc::clone(&self.stderr.said);
        self.until(text, || {
            String::from_utf8_lossy(&said.lock().unwrap()).contains(text).then_some(())
        });
    }

    /// Waits until this many more lines are on stderr.
    #[track_caller]
    pub(crate) fn until_more_on_stderr(&mut self, lines: usize) {
        let said = Arc::clone(&self.stderr.said);
        let count = || said.lock().unwrap().iter().filter(|&&byte| byte == b'\n').count();
        let before = count();
        self.until("more lines", || (count() >= before + lines).then_some(()));
    }

    /// Sends the signal of Ctrl-C on a terminal.
    #[track_caller]
    pub(crate) fn press_ctrl_c(&self) {
        self.send("INT");
    }

    /// Sends the signal of this name: INT, TERM, HUP.
    #[track_caller]
    pub(crate) fn send(&self, signal: &str) {
        let (id, signal) = (self.child.id().to_string(), format!("-{signal}"));
        let status =
            Command::new("kill").args([&signal, &id]).status().expect("kill can be started");
        assert!(status.success(), "kill {signal} {id}: {status}");
    }

    /// Presses Ctrl-C again and again until the program ends, and returns how. A test that cannot
    /// see when a signal has arrived does not know whether the next one is a second one.
    #[track_caller]
    pub(crate) fn end_by_ctrl_c(mut self) -> Outcome {
        let start = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < PATIENCE, "no end; stderr: {}", self.stderr.so_far());
            self.press_ctrl_c();
            thread::sleep(Duration::from_millis(20));
        }
        self.end()
    }

    /// Kills it, with no chance to tidy up, and returns how it ended.
    #[track_caller]
    pub(crate) fn kill(mut self) -> ExitStatus {
        self.child.kill().unwrap();
        self.child.wait().unwrap()
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn end(mut self) -> Outcome {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "no end; stdout: {}; stderr: {}",
                self.stdout.so_far(),
                self.stderr.so_far()
            );
            thread::sleep(Duration::from_millis(2));
        };
        // The streams end with the program; only then are they complete.
        let streams = [&mut self.stdout, &mut self.stderr].map(|stream| {
            std::mem::replace(&mut stream.reader, thread::spawn(|| ())).join().unwrap();
            stream.so_far()
        });
        let [stdout, stderr] = streams;
        Outcome { status: status.code(), stdout, stderr }
    }
}

/// A failing test does not leave a program running.
impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
