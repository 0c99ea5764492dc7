//! Suggests what to run next: commands that can be pasted, with the options of this run.

use super::Environment;
use crate::input::{Data, search};
use crate::report::shell;
use ae_idx::{FASHION_MNIST, MNIST};
use ae_run::CONFIG;
use std::ffi::OsString;
use std::path::Path;

/// The words of a command.
#[derive(Clone, Debug)]
pub(crate) struct Suggestion(Vec<OsString>);

impl Suggestion {
    /// Suggests a job with the settings of the run in this folder, except for the `changes`.
    pub(crate) fn again(
        job: &str,
        run: &Path,
        data: &Data,
        environment: &Environment,
        changes: &[&str],
    ) -> Self {
        let words = Self(vec![job.into(), "--config".into(), argument(&run.join(CONFIG))]);
        words.on(data, environment).with(changes)
    }

    /// Suggests a command on a run and its data.
    pub(crate) fn with_run(
        command: &str,
        run: &Path,
        data: &Data,
        environment: &Environment,
        options: &[&str],
    ) -> Self {
        Self(vec![command.into(), argument(run)]).on(data, environment).with(options)
    }

    /// Suggests a command on a run whose data were not found: the place is to be filled in.
    pub(crate) fn with_data_from(command: &str, run: &Path) -> Self {
        Self(vec![command.into(), argument(run)]).with(&["--dataset", "FOLDER"])
    }

    /// Suggests to continue a run that was stopped.
    pub(crate) fn resume(run: &Path, data: &Data, environment: &Environment) -> Self {
        Self::with_run("resume", run, data, environment, &[])
    }

    /// Suggests Fashion-MNIST after MNIST, if it can be found.
    pub(crate) fn after_mnist(
        job: &str,
        data: &Data,
        environment: &Environment,
        options: &[&str],
    ) -> Option<Self> {
        let there = || search(environment.data_dir.as_deref()).find(&FASHION_MNIST).is_ok();
        if data.known_name() != MNIST.name || !there() {
            return None;
        }
        let words = Self(vec![job.into()]).with(&["--dataset", FASHION_MNIST.name]).with(options);
        Some(words.in_environment(environment))
    }

    fn with(mut self, words: &[&str]) -> Self {
        self.0.extend(words.iter().map(OsString::from));
        self
    }

    /// Adds the place of the data, unless they are MNIST.
    fn on(mut self, data: &Data, environment: &Environment) -> Self {
        let dataset = data.argument();
        if dataset.as_os_str() != MNIST.name {
            self.0.extend(["--dataset".into(), argument(&dataset)]);
        }
        self.in_environment(environment)
    }

    /// Adds the options for the folder and the way of working.
    fn in_environment(mut self, environment: &Environment) -> Self {
        if let Some(data_dir) = &environment.data_dir {
            self.0.extend(["--data-dir".into(), argument(data_dir)]);
        }
        if let Some(threads) = environment.threads {
            self.0.extend(["--threads".into(), threads.to_string().into()]);
        }
        self
    }

    /// Returns the line to paste, or `None` if a path in it cannot be pasted.
    pub(crate) fn line(&self) -> Option<String> {
        Some(format!("{} {}", program()?, shell::line(&self.0)?))
    }
}

/// Returns how this program was called: through Cargo, which sets a variable, or by its name.
pub(crate) fn program() -> Option<String> {
    if std::env::var_os("CARGO").is_some() {
        return Some("cargo run -p ae-app --".into());
    }
    shell::line(&[std::env::args_os().next()?])
}

/// Returns the path as an argument. A name that begins with `-` must not be taken for an option.
pub(crate) fn argument(path: &Path) -> OsString {
    match path.as_os_str().as_encoded_bytes().first() {
        Some(b'-') => Path::new(".").join(path).into(),
        _ => path.into(),
    }
}
