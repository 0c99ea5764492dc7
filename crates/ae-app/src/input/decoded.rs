//! Where decoded images are kept, and how their decoding is shown.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

/// The environment variable that names the folder for decoded images; if it is empty, none are
/// kept.
const VARIABLE: &str = "AE_CACHE_DIR";

/// Returns the folder for decoded images: `$AE_CACHE_DIR`, or the place that the system has for
/// files that may be removed at any time.
pub(super) fn cache() -> Option<PathBuf> {
    folder(|name| env::var_os(name))
}

fn folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(named) = variable(VARIABLE) {
        return Some(PathBuf::from(named)).filter(|path| !path.as_os_str().is_empty());
    }
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let system = if cfg!(windows) {
        absolute("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        absolute("HOME").map(|home| home.join("Library/Caches"))
    } else {
        absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))
    };
    system.map(|folder| folder.join(Path::new("ae-app")))
}

/// Shows a bar on a terminal while images are decoded, if it is asked to.
#[derive(Debug)]
pub(super) struct Decoding {
    shown: bool,
    bar: OnceLock<ProgressBar>,
}

impl Decoding {
    pub(super) fn new(shown: bool) -> Self {
        Self { shown, bar: OnceLock::new() }
    }

    /// Removes the bar.
    pub(super) fn finish(self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

impl ae_data::Progress for Decoding {
    fn decoded(&self, done: usize, of: usize) {
        if !self.shown {
            return;
        }
        let bar = self.bar.get_or_init(|| {
            // A bar that is not drawn on a terminal is not drawn at all.
            let bar = ProgressBar::with_draw_target(Some(of as u64), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("decoding images {bar:40} {pos}/{len} {eta}");
            bar.enable_steady_tick(Duration::from_millis(200));
            style.map_or(bar.clone(), |style| bar.clone().with_style(style))
        });
        bar.set_position(bar.position().max(done as u64));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pairs: &[(&str, &str)]) -> Option<PathBuf> {
        let find = |name: &str| pairs.iter().find(|(key, _)| *key == name);
        folder(|name| find(name).map(|(_, value)| OsString::from(value)))
    }

    #[test]
    fn a_quiet_command_has_no_bar() {
        for shown in [true, false] {
            let decoding = Decoding::new(shown);
            ae_data::Progress::decoded(&decoding, 1, 2);
            assert_eq!(decoding.bar.get().is_some(), shown);
            decoding.finish();
        }
    }

    #[test]
    fn the_variable_comes_first_and_may_be_empty() {
        assert_eq!(found(&[("AE_CACHE_DIR", "here"), ("HOME", "/h")]), Some("here".into()));
        assert_eq!(found(&[("AE_CACHE_DIR", ""), ("HOME", "/h")]), None);
        assert_eq!(found(&[]), None);
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    #[test]
    fn else_it_is_the_systems_place() {
        assert_eq!(found(&[("HOME", "/h")]), Some("/h/.cache/ae-app".into()));
        let both = [("XDG_CACHE_HOME", "/c"), ("HOME", "/h")];
        assert_eq!(found(&both), Some("/c/ae-app".into()));
        assert_eq!(
            found(&[("XDG_CACHE_HOME", "relative"), ("HOME", "/h")]),
            Some("/h/.cache/ae-app".into())
        );
    }
}
