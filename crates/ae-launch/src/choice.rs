//! Which build of the program to start.

use crate::Failure;
use crate::level::{LEVELS, Level};
use ae_files::printable_path;
use std::env;
use std::env::consts::EXE_SUFFIX;
use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;

/// The name that the names of all builds begin with.
const PROGRAM: &str = "ae-app";
/// The environment variable that names the level to use instead of the best one.
const VARIABLE: &str = "AE_CPU";

/// Returns the path of the build to start.
pub(crate) fn program() -> Result<PathBuf, Failure> {
    let folders = folders().map_err(|error| {
        Failure::new(format!("cannot find the folder of this program: {error}"))
    })?;
    let wanted = env::var_os(VARIABLE);
    choose(LEVELS, wanted.as_deref().filter(|name| !name.is_empty()), &folders)
}

/// Returns the folders that may hold the builds: `libexec/ae-app` beside the launcher's own folder
/// (Filesystem Hierarchy Standard 3.0, section 4.7), and that folder itself.
fn folders() -> io::Result<[PathBuf; 2]> {
    let own = env::current_exe()?;
    // A link to the launcher may be anywhere. Linux has resolved it already, and the form of path
    // that Windows would return is nothing to print.
    let own = if cfg!(unix) { own.canonicalize()? } else { own };
    let folder = own.parent().map(PathBuf::from).unwrap_or_default();
    let above = folder.parent().unwrap_or(&folder);
    Ok([above.join("libexec").join(PROGRAM), folder])
}

/// Returns the build of the level `wanted`, or otherwise of the best level that the CPU has and
/// `folders` hold.
fn choose(
    levels: &[Level],
    wanted: Option<&OsStr>,
    folders: &[PathBuf],
) -> Result<PathBuf, Failure> {
    let usable: Vec<&str> = match wanted {
        Some(name) => vec![only(levels, name)?],
        None => levels.iter().filter(|l| (l.lacks)().is_none()).map(|l| l.name).collect(),
    };
    usable.iter().find_map(|name| find(name, folders)).ok_or_else(|| {
        let names: Vec<String> = usable.iter().map(|name| file_name(name)).collect();
        let folders: Vec<String> = folders.iter().map(|f| printable_path(f)).collect();
        let (names, folders) = (names.join(" or "), folders.join(" or "));
        Failure::new(format!("no {names} in {folders}: install the package again"))
    })
}

/// Returns the level's own name if it exists and the CPU has it.
fn only(levels: &[Level], name: &OsStr) -> Result<&'static str, Failure> {
    let Some(level) = levels.iter().find(|level| level.name == name) else {
        let names: Vec<&str> = levels.iter().map(|level| level.name).collect();
        let (name, names) = (name.to_string_lossy(), names.join(", "));
        return Err(Failure::usage(format!("{VARIABLE} is '{name}': expected one of {names}")));
    };
    match (level.lacks)() {
        None => Ok(level.name),
        Some(missing) => Err(Failure::new(format!(
            "{VARIABLE} is {}, which needs {missing}; this CPU lacks it: unset {VARIABLE}",
            level.name
        ))),
    }
}

fn find(level: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    folders.iter().map(|folder| folder.join(file_name(level))).find(|path| path.is_file())
}

fn file_name(level: &str) -> String {
    format!("{PROGRAM}-{level}{EXE_SUFFIX}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    /// A CPU that has the two lower of three levels.
    const MIDDLE: [Level; 3] = [
        Level { name: "x86-64-v4", lacks: || Some("avx512f") },
        Level { name: "x86-64-v3", lacks: || None },
        Level { name: "x86-64", lacks: || None },
    ];

    /// Chooses from a first folder with the files of the levels `first`, and a second with those of
    /// `second`. Returns the path below the folder of both.
    fn chosen(wanted: Option<&str>, first: &[&str], second: &[&str]) -> Result<PathBuf, Failure> {
        let root = tempfile::tempdir().unwrap();
        let folders = ["1", "2"].map(|name| root.path().join(name));
        for (folder, levels) in folders.iter().zip([first, second]) {
            fs::create_dir(folder).unwrap();
            for level in levels {
                fs::write(folder.join(file_name(level)), "").unwrap();
            }
        }
        choose(&MIDDLE, wanted.map(OsStr::new), &folders)
            .map(|path| path.strip_prefix(root.path()).unwrap().to_owned())
    }

    fn path(folder: &str, level: &str) -> Result<PathBuf, Failure> {
        Ok(Path::new(folder).join(file_name(level)))
    }

    #[test]
    fn the_best_level_that_the_cpu_has_and_the_package_holds() {
        let all = ["x86-64", "x86-64-v3", "x86-64-v4"];
        assert_eq!(chosen(None, &all, &[]), path("1", "x86-64-v3"));
        assert_eq!(chosen(None, &["x86-64", "x86-64-v4"], &[]), path("1", "x86-64"));
        // The level counts more than the folder.
        assert_eq!(chosen(None, &["x86-64"], &["x86-64-v3"]), path("2", "x86-64-v3"));
        assert_eq!(chosen(None, &all, &all), path("1", "x86-64-v3"));
        assert_eq!(chosen(Some("x86-64"), &all, &[]), path("1", "x86-64"));
    }

    #[test]
    fn what_cannot_be_chosen_is_refused_in_one_line() {
        let all = ["x86-64", "x86-64-v3", "x86-64-v4"];
        let failure = chosen(Some("v3"), &all, &[]).unwrap_err();
        let expected = "AE_CPU is 'v3': expected one of x86-64-v4, x86-64-v3, x86-64";
        assert_eq!(failure, Failure::usage(expected.into()));

        let failure = chosen(Some("x86-64-v4"), &all, &[]).unwrap_err();
        let expected = "AE_CPU is x86-64-v4, which needs avx512f; this CPU lacks it: unset AE_CPU";
        assert_eq!(failure, Failure::new(expected.into()));

        // What was asked for is not replaced by another.
        let failure = chosen(Some("x86-64-v3"), &["x86-64"], &[]).unwrap_err();
        assert!(failure.message.starts_with("no ae-app-x86-64-v3"), "{failure:?}");
        let failure = chosen(None, &["x86-64-v4"], &[]).unwrap_err();
        let (v3, any) = (file_name("x86-64-v3"), file_name("x86-64"));
        assert!(failure.message.starts_with(&format!("no {v3} or {any} in ")), "{failure:?}");
        assert!(failure.message.ends_with(": install the package again"), "{failure:?}");
    }
}
