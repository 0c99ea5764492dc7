//! `ae-app data`: what is in a place, before anybody trains on it.

use crate::cli::DataCommandArgs;
use crate::input::{Wanted, check_read, load_data};
use crate::report::{Output, Report, counted, pictures};
use crate::run::{Ending, Environment, close};
use ae_data::{Dataset, Label, Options, PartSummary, Skipped, Summary, Values, thumbnails};
use ae_files::{printable, printable_path};
use ae_tensor::Tensor;
use ae_train::Samples;
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The picture.
const SHEET: &str = "contact-sheet.png";
const VECTORS: &str = "vectors.png";
const FILES: [(&str, &str); 2] =
    [(SHEET, "images of each class"), (VECTORS, "a vector of each class as a curve")];
/// The largest side of an image on the sheet.
const SIDE: usize = 96;
/// The number of classes on the sheet.
const MOST_ROWS: usize = 20;
/// The number of skipped files that are printed. `--json` has all of them.
const MOST_SKIPPED: usize = 20;

/// Everything that the command reports.
#[derive(Debug, Serialize)]
struct Findings<'a> {
    name: &'a str,
    /// What the place is.
    kind: String,
    place: String,
    #[serde(flatten)]
    summary: &'a Summary,
    options: &'a Options,
    sha256: &'a BTreeMap<String, String>,
    remarks: &'a [String],
    skipped: Vec<SkippedFile<'a>>,
    /// The folder of the contact sheet.
    folder: String,
}

#[derive(Debug, Serialize)]
struct SkippedFile<'a> {
    path: String,
    reason: &'a str,
    /// Whether it has the content or the name of an image.
    lost: bool,
}

/// Loads the data, describes them and draws the sheet.
pub(super) fn run(args: DataCommandArgs, output: Output) -> Result<Ending> {
    let (data_dir, threads) = (args.data_dir.data_dir, args.threads.threads);
    let (out, show) = (args.out.out, args.show.show());
    let environment =
        Environment { data_dir, threads, out, show, output, ..Environment::default() };
    let mut options = Options::default();
    args.source.apply(&mut options);
    let in_memory = args.source.in_memory.unwrap_or_default();
    let wanted = Wanted { options: &options, in_memory, files: false };
    environment.on_threads(|| {
        let report = Report::new(output);
        let (dataset, place, kind) = load_data(&args.place, wanted, environment.finding())?;
        let summary = Summary::of(&dataset);
        check_read(&dataset)?;
        describe(&report, &dataset, &summary, &kind, &place);
        let folder = environment.folder(&format!("data-{}", dataset.name))?;
        match dataset.train.numbers() {
            Some(numbers) => draw_vectors(&folder.file(VECTORS), &dataset, numbers)?,
            None => draw(&environment, &folder.file(SHEET), &dataset, args.samples.count())?,
        }
        check_read(&dataset)?;
        if !output.json {
            return close(&folder, &report, &FILES);
        }
        folder.keep();
        let skipped = dataset.skipped.iter().map(|Skipped { path, reason, lost }| SkippedFile {
            path: printable_path(path),
            reason,
            lost: *lost,
        });
        report.json(&Findings {
            name: &dataset.name,
            kind,
            place: printable_path(&place),
            summary: &summary,
            options: &options,
            sha256: &dataset.checksums,
            remarks: &dataset.remarks,
            skipped: skipped.collect(),
            folder: printable_path(folder.path()),
        })?;
        Ok(Ending::Done)
    })
}

fn describe(report: &Report, dataset: &Dataset, summary: &Summary, kind: &str, place: &Path) {
    report.item("data", format_args!("{}: {kind}, {}", dataset.name, printable_path(place)));
    if dataset.train.numbers().is_some() {
        report.item("vectors", counted(summary.image.width, "column"));
    } else {
        let channels = channels(summary);
        report.item("images", format_args!("{}, height x width{channels}", summary.image));
    }
    for (name, part) in [("train", &summary.train), ("test", &summary.test)] {
        describe_part(report, name, part);
    }
    if summary.labelled {
        report.item("classes", summary.classes.len());
        for (number, class) in summary.classes.iter().enumerate() {
            let (train, test) = (class.train, class.test);
            let name = &class.name;
            report
                .item("", format_args!("{number:>3} {name:<20} train {train:>7}  test {test:>6}"));
        }
    } else {
        let what = if dataset.train.numbers().is_some() { "vectors" } else { "images" };
        report.item("classes", format_args!("none: the {what} have no labels"));
    }
    describe_duplicates(report, summary);
    for remark in &dataset.remarks {
        report.item("note", remark);
    }
    describe_skipped(report, &dataset.skipped);
    for (key, sum) in &dataset.checksums {
        report.item("sha256", format_args!("{sum} {key}"));
    }
}

fn channels(summary: &Summary) -> &'static str {
    if summary.image.is_color() { " x red, green and blue" } else { ", gray" }
}

fn describe_part(report: &Report, name: &str, part: &PartSummary) {
    if !part.columns.is_empty() {
        let rows = counted(part.images, "row");
        let (low, high) = part.range();
        let constant = part.constant_columns();
        let flat = match constant {
            0 => String::new(),
            _ => format!("; {} with one value", counted(constant, "column")),
        };
        report.item(name, format_args!("{rows}; values {low} to {high}{flat}"));
        return;
    }
    let values: Vec<String> = part
        .values
        .iter()
        .map(|Values { min, max, mean, deviation }| {
            format!("{min} to {max}, mean {mean:.1}, deviation {deviation:.1}")
        })
        .collect();
    let images = counted(part.images, "image");
    report.item(name, format_args!("{images}; values {}", values.join(" | ")));
}

fn describe_duplicates(report: &Report, summary: &Summary) {
    let Summary { train, test, in_both_parts, with_two_labels, .. } = summary;
    let (train, test) = (train.repeated, test.repeated);
    report.item(
        "duplicates",
        format_args!("{train} within train, {test} within test, {in_both_parts} in both, {with_two_labels} with two labels"),
    );
}

fn describe_skipped(report: &Report, skipped: &[Skipped]) {
    if skipped.is_empty() {
        return;
    }
    let lost = skipped.iter().filter(|skipped| skipped.lost).count();
    let all = counted(skipped.len(), "item");
    report.item("skipped", format_args!("{all}, {lost} of them images"));
    for Skipped { path, reason, .. } in skipped.iter().take(MOST_SKIPPED) {
        report.item("", format_args!("{}: {}", printable_path(path), printable(reason)));
    }
    if let Some(more) = skipped.len().checked_sub(MOST_SKIPPED).filter(|&more| more > 0) {
        report.item("", format_args!("and {more} more; --json lists them all"));
    }
}

/// Draws the first training vector of each class.
fn draw_vectors(path: &Path, dataset: &Dataset, numbers: &[f32]) -> Result<()> {
    let columns = dataset.extents().len();
    let first = |class: Label| dataset.train.class_of_each().position(|other| other == class);
    let name = |class: Label| {
        let name = dataset.class_names.get(usize::from(class));
        name.map_or_else(String::new, |name| name.english.to_string())
    };
    let classes = dataset.train.classes().into_iter();
    let rows: Vec<(String, &[f32])> = classes
        .filter_map(|class| Some((name(class), &numbers[first(class)? * columns..][..columns])))
        .collect();
    pictures::anomaly::vectors(path, &dataset.name, &rows)
}

/// Draws training images of each class.
fn draw(environment: &Environment, path: &Path, dataset: &Dataset, count: usize) -> Result<()> {
    let (extents, classes) = thumbnails(&dataset.train, count, SIDE);
    let image = [extents.height, extents.width, extents.channels];
    let title = match classes.len() {
        all if all > MOST_ROWS => format!("{}: {MOST_ROWS} of {all} classes", dataset.name),
        _ => dataset.name.clone(),
    };
    let rows: Vec<(String, Tensor)> = classes
        .into_iter()
        .take(MOST_ROWS)
        .map(|(class, bytes)| {
            let name = dataset.class_names.get(usize::from(class));
            let caption = name.map_or_else(String::new, |name| name.english.to_string());
            (caption, Samples::new(&bytes, image).all())
        })
        .collect();
    let rows: Vec<(&str, &Tensor)> =
        rows.iter().map(|(caption, images)| (caption.as_str(), images)).collect();
    pictures::gallery(environment.show, path, &title, image, &rows)
}
