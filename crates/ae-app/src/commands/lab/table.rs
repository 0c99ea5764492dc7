//! The scores as tables: Markdown, plain text, CSV.

use crate::input::Data;
use ae_lab::{SamplerKind, Scores, Spread};

/// What was scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// Images decoded from a sampler's codes.
    Sampler(SamplerKind),
    /// Images decoded from the test images' own codes.
    Decoded,
}

impl std::fmt::Display for Of {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sampler(kind) => kind.fmt(f),
            Self::Decoded => f.write_str(super::DECODED),
        }
    }
}

/// The scores of one training.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) model: String,
    pub(super) seed: u64,
    pub(super) what: Of,
    /// Against the test images.
    pub(super) scores: Scores,
    /// Against the decoded test images.
    pub(super) decoded: Option<Scores>,
}

/// A column: its heading, and the number of a set of scores.
type Column = (&'static str, fn(&Scores) -> f64);

const COLUMNS: [Column; 7] = [
    ("Frechet", |s| s.frechet),
    ("coverage", |s| s.neighbours.coverage),
    ("density", |s| s.neighbours.density),
    ("precision", |s| s.neighbours.precision),
    ("recall", |s| s.neighbours.recall),
    ("nearest, ratio", |s| s.nearest.median_ratio()),
    ("copies", |s| s.nearest.share_of_copies),
];

/// The groups of rows that differ in the seed alone, in their order.
fn groups(rows: &[Row]) -> Vec<(&str, Of, Vec<&Row>)> {
    let mut groups: Vec<(&str, Of, Vec<&Row>)> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|(model, what, _)| *model == row.model && *what == row.what) {
            Some((.., group)) => group.push(row),
            None => groups.push((&row.model, row.what, vec![row])),
        }
    }
    groups
}

/// The mean Frechet distance of this model's images.
pub(super) fn frechet(rows: &[Row], model: &str, what: Of) -> f64 {
    let of = rows.iter().filter(|row| row.model == model && row.what == what);
    Spread::of(of.map(|row| row.scores.frechet)).mean
}

/// `12.3 (11.9 to 12.8)`, or `12.3` of one.
fn spread(values: impl IntoIterator<Item = f64>, one: bool) -> String {
    let Spread { mean, least, most } = Spread::of(values);
    let digits = if mean.abs() < 10.0 { 3 } else { 1 };
    match one {
        true => format!("{mean:.digits$}"),
        false => format!("{mean:.digits$} ({least:.digits$} to {most:.digits$})"),
    }
}

fn table(rows: &[Row], scores: fn(&Row) -> Option<&Scores>) -> String {
    let headings: Vec<&str> = COLUMNS.iter().map(|(heading, _)| *heading).collect();
    let mut text = format!("| model | codes from | {} |\n|---|---|", headings.join(" | "));
    text += &"---:|".repeat(COLUMNS.len());
    text.push('\n');
    for (model, what, group) in groups(rows) {
        let of: Vec<&Scores> = group.iter().filter_map(|row| scores(row)).collect();
        if of.is_empty() {
            continue;
        }
        let cells = COLUMNS.map(|(_, number)| spread(of.iter().map(|s| number(s)), of.len() == 1));
        text += &format!("| {model} | {what} | {} |\n", cells.join(" | "));
    }
    text
}

/// `report.md`.
pub(super) fn markdown(
    data: &Data,
    rows: &[Row],
    pictures: &[(&str, [String; 2])],
    count: usize,
) -> String {
    let mut seeds: Vec<u64> = rows.iter().map(|row| row.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let seeds: Vec<String> = seeds.iter().map(ToString::to_string).collect();
    let mut text = format!(
        "# Generated images, {}\n\n{count} images by each sampler against {count} test images, which no model has learnt from, by the \
         first 50 principal components of the training images. Means, least and most over trainings with seeds {}. Frechet distance: \
         0 is best. Coverage, precision and recall: 1 is best (coverage of two sets of one kind: 0.88). Nearest: the median distance to the \
         nearest training image, by that of the test images; near 0 for copies. Copies: the share of images as near to a \
         training image as the nearest 1 % of the test images.\n\n## Against the test images\n\n",
        data.title(),
        seeds.join(", ")
    );
    text += &table(rows, |row| Some(&row.scores));
    text += "\nThe last row of each model is what it makes of the test images themselves: as good as any sampler can become with this \
             decoder. Precision alone misleads: one blurred image in the middle of the cloud has all of it.\n\n\
             ## Against the decoded test images\n\nThe decoder taken out: what the sampler does wrong.\n\n";
    text += &table(rows, |row| row.decoded.as_ref());
    for (model, [samples, walk]) in pictures {
        text += &format!(
            "\n## {model}\n\n![A row of images for each sampler]({samples})\n\nWalks between test images, in codes and in pixels:\n\n\
             ![Walks and cross-fades]({walk})\n"
        );
    }
    text
}

/// The first columns for the terminal.
pub(super) fn plain(rows: &[Row]) -> String {
    let mut text = format!(
        "{:<15} {:<21} {:>10} {:>9} {:>8}",
        "model", "codes from", "Frechet", "coverage", "copies"
    );
    for (model, what, group) in groups(rows) {
        let mean = |number: fn(&Scores) -> f64| {
            Spread::of(group.iter().map(|row| number(&row.scores))).mean
        };
        let (frechet, coverage) = (mean(|s| s.frechet), mean(|s| s.neighbours.coverage));
        let copies = mean(|s| s.nearest.share_of_copies);
        let what = what.to_string();
        text += &format!("\n{model:<15} {what:<21} {frechet:>10.2} {coverage:>9.3} {copies:>8.3}");
    }
    text
}

/// `scores.csv`: a line for each training and sampler.
pub(super) fn csv(rows: &[Row]) -> String {
    let mut text = String::from("model,seed,codes_from,against");
    COLUMNS.iter().for_each(|(heading, _)| text += &format!(",{}", heading.replace(", ", "_")));
    text.push('\n');
    for Row { model, seed, what, scores, decoded } in rows {
        for (against, scores) in [("test", Some(scores)), ("decoded", decoded.as_ref())] {
            let Some(scores) = scores else { continue };
            let what = what.to_string().replace(", ", "_");
            text += &format!("{model},{seed},{what},{against}");
            COLUMNS.iter().for_each(|(_, number)| text += &format!(",{}", number(scores)));
            text.push('\n');
        }
    }
    text
}
