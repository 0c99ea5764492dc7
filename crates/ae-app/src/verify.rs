//! `ae-app verify`: is a run what its configuration says? And the checksums that a run leaves for that.

use crate::cli::{Command, Output, RunArgs};
use crate::exit::DataError;
use crate::interrupt::Ending;
use crate::record::Place;
use crate::report::{Report, shown};
use crate::resume::parse;
use crate::run_folder::RunFolder;
use crate::session::{CHECKPOINT, PREVIOUS};
use ae_checkpoint::sha256;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The checksums of all that a run's configuration decides, in the form that `sha256sum -c` reads.
pub(crate) const SUMS: &str = "SHA256SUMS";

/// What may differ from run to run, or is only there to be resumed.
const NOT_RESULTS: [&str; 4] = ["times.toml", SUMS, CHECKPOINT, PREVIOUS];

/// Writes the checksums of a run that has ended, and returns the digest of them all.
pub(crate) fn write_sums(folder: &RunFolder) -> Result<String> {
    let sums = sums(folder.path())?;
    let text: String = sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    folder.write(SUMS, &text)?;
    Ok(sha256(text.as_bytes()))
}

/// The checksum of each result in the folder.
fn sums(folder: &Path) -> Result<BTreeMap<String, String>> {
    let cannot = |path: &Path| format!("cannot read {}", path.display());
    let mut sums = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| cannot(folder))? {
        let path = entry.with_context(|| cannot(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with('.') && !NOT_RESULTS.contains(&name.as_str()) && path.is_file() {
            let content = fs::read(&path).with_context(|| cannot(&path))?;
            sums.insert(name, sha256(&content));
        }
    }
    Ok(sums)
}

/// Repeats the run in another folder, and compares.
pub(crate) fn run(args: &RunArgs) -> Result<Ending> {
    let report = Report::new(args.output);
    let folder = RunFolder::open(&args.run)?;
    let read = |name: &str| {
        fs::read_to_string(folder.file(name)).map_err(|_| {
            let path = folder.path().display();
            DataError(format!(
                "{path}: expected the folder of a run that has ended, found no {name}"
            ))
        })
    };
    let (config, recorded) = (read("config.toml")?, read(SUMS)?);
    compare(&folder, "as it was written", &listed(&folder, &recorded)?, &sums(folder.path())?)?;
    report.line(format_args!("{}: every file is as it was written", shown(folder.path())));

    let config = parse(&folder, &config)?;
    let temporary = tempfile::tempdir().context("cannot make a temporary folder")?;
    let again = temporary.path().join("run");
    let place = Place { out: Some(again.clone()), output: Output::silent(), ..Place::of(args) };
    report.line("running it again ...");
    let ending = match config.command(&place)? {
        Command::Dense(args) => crate::dense::run(args)?,
        Command::Denoise(args) => crate::denoise::run(args)?,
        _ => unreachable!("these are the jobs"),
    };
    if ending == Ending::Interrupted {
        return Ok(ending);
    }
    compare(
        &folder,
        "as the configuration makes it",
        &sums(&again)?,
        &listed(&folder, &recorded)?,
    )?;
    let digest = sha256(recorded.as_bytes());
    report.line(format_args!("the same files again, digest {digest}"));
    report.end_in("done", &folder, Some(digest))?;
    Ok(Ending::Done)
}

/// The lines of `SHA256SUMS`.
fn listed(folder: &RunFolder, text: &str) -> Result<BTreeMap<String, String>, DataError> {
    let pair = |line: &str| {
        let (sum, name) = line.split_once("  ")?;
        Some((name.to_owned(), sum.to_owned()))
    };
    text.lines().map(pair).collect::<Option<_>>().ok_or_else(|| {
        let path = folder.file(SUMS);
        DataError(format!("{}: expected lines of a checksum and a name", path.display()))
    })
}

/// Fails for the first file that is not the same.
fn compare(
    folder: &RunFolder,
    how: &str,
    expected: &BTreeMap<String, String>,
    found: &BTreeMap<String, String>,
) -> Result<()> {
    for name in expected.keys().chain(found.keys()) {
        let [expected, found] =
            [expected, found].map(|sums| sums.get(name).map_or("no such file", String::as_str));
        if expected != found {
            let path = folder.file(name);
            bail!("{}: not {how}: expected {expected}, found {found}", path.display());
        }
    }
    Ok(())
}
