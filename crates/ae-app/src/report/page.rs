//! The page of a run: from what its folder holds to the values that ae-page writes. A file that is
//! missing or damaged has no part in the page: the page describes the folder, and judges nothing.

mod facts;
mod measures;
mod settings;
mod summary;
mod table;

pub(crate) use facts::Facts;
pub(crate) use table::table;

use ae_files::printable_path;
use ae_page::report::{Chart, File, Picture, Report, Series};
use ae_run::{
    CHECKPOINT, CHECKSUMS, CONFIG, HISTORY, PATHS, PREVIOUS_CHECKPOINT, REPORT, TIMES, file_names,
};
use ae_train::EpochLosses;
use std::fs;
use std::path::Path;

/// The descriptions of files that several commands write.
const COMMON: [(&str, &str); 9] = [
    (HISTORY, "both losses of each epoch, counted from 0"),
    ("sweep.csv", "the numbers of the sweep"),
    (TIMES, "threads and seconds"),
    (PATHS, "where the data were"),
    (CHECKPOINT, "the state after the last epochs, for resume"),
    (PREVIOUS_CHECKPOINT, "the checkpoint before"),
    (CONFIG, "the configuration"),
    (CHECKSUMS, "the files' checksums, for verify"),
    (REPORT, "this page"),
];

/// Describes a folder in which the work has ended. `what` describes its files; its pictures are
/// shown in this order.
pub(crate) fn ended<S: AsRef<str>>(folder: &Path, facts: Facts, what: &[(S, S)]) -> Report {
    let what: Vec<_> = what.iter().map(|(name, text)| (name.as_ref(), text.as_ref())).collect();
    let pictures = pictures(folder, &what);
    let measured = measures::of(folder);
    let last = facts.last;
    let time = summary::measured(folder, facts.config.as_ref());
    let mut report = Report { pictures, ..so_far(facts) };
    report.charts.extend(measured.charts);
    report.measures = measured.tables;
    report.summary.extend(time);
    report.files = files(folder, &what, last);
    report
}

/// Describes a run in progress, with these of its pictures.
pub(crate) fn in_progress(folder: &Path, facts: Facts, shown: &[(&str, &str)]) -> Report {
    Report { pictures: pictures(folder, shown), ..so_far(facts) }
}

/// The parts that need no files.
fn so_far(facts: Facts) -> Report {
    let summary = summary::of(&facts);
    let Facts { title, status, config, history, commands, .. } = facts;
    Report {
        title,
        status,
        summary,
        charts: losses(&history).into_iter().collect(),
        settings: config.as_ref().map(settings::of).unwrap_or_default(),
        commands,
        ..Report::default()
    }
}

/// Both losses over the epochs, from the first whole epoch on.
fn losses(epochs: &[EpochLosses]) -> Option<Chart> {
    let series = |name: &str, loss: fn(&EpochLosses) -> f64| Series {
        name: name.into(),
        values: epochs.iter().map(loss).collect(),
    };
    (!epochs.is_empty()).then(|| Chart {
        caption: "Losses".into(),
        x_label: "epoch".into(),
        y_label: "loss".into(),
        places: (1..=epochs.len()).map(|epoch| epoch as f64).collect(),
        series: vec![
            series("loss", |losses| losses.loss),
            series("val_loss", |losses| losses.val_loss),
        ],
        file: Some(HISTORY.into()),
    })
}

/// Pictures of curves, which are in the page as curves.
const CURVES: [&str; 2] = ["loss.png", "sweep-psnr.png"];

/// Those of the pictures that exist.
fn pictures(folder: &Path, what: &[(&str, &str)]) -> Vec<Picture> {
    let named = what.iter().filter(|(name, _)| name.ends_with(".png") && !CURVES.contains(name));
    let read = named.filter_map(|&(name, text)| {
        let png = fs::read(folder.join(name)).ok()?;
        Some(Picture { name: name.into(), caption: text.into(), png })
    });
    read.collect()
}

/// The files of the folder, with the page itself and the `last` one, which are still to be written.
fn files(folder: &Path, what: &[(&str, &str)], last: Option<&str>) -> Vec<File> {
    let to_come = [Some(REPORT), last];
    let mut names = file_names(folder).unwrap_or_default();
    names.extend(to_come.into_iter().flatten().map(String::from));
    names.sort_unstable();
    names.dedup();
    let described = |name: &str| {
        let found = what.iter().chain(&COMMON).find(|(known, _)| *known == name);
        found.map(|(_, text)| (*text).to_owned())
    };
    let files = names.into_iter().map(|name| File {
        // Files that are still to be written have no size yet, or an earlier one.
        bytes: Some(folder.join(&name))
            .filter(|_| !to_come.contains(&Some(name.as_str())))
            .and_then(|path| fs::metadata(path).ok())
            .map(|metadata| metadata.len()),
        what: described(&name).unwrap_or_default(),
        name: printable_path(Path::new(&name)),
    });
    files.collect()
}
