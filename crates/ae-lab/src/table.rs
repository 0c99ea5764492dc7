//! Scores as tables: Markdown, plain text, CSV.

use crate::{Scores, Source, SourceScores, Spread};
use std::borrow::Cow;

/// The images that the scores of a [`ScoreTable`] were computed against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// The held-out images.
    HeldOut,
    /// The held-out images, encoded and decoded by the model.
    Decoded,
}

/// The scores of one source of codes for one training of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreRow {
    /// The model's name.
    pub model: String,
    /// The seed of its training.
    pub seed: u64,
    /// The scores.
    pub scored: SourceScores,
}

impl ScoreRow {
    fn scores(&self, against: Against) -> Option<&Scores> {
        match against {
            Against::HeldOut => Some(&self.scored.scores),
            Against::Decoded => self.scored.decoded.as_ref(),
        }
    }
}

/// A line of the table: one source's scores against one set of images.
#[derive(Clone, Debug, PartialEq)]
pub struct Line<'a> {
    /// The training that was scored.
    pub row: &'a ScoreRow,
    /// The source of the codes.
    pub source: String,
    /// `test` for the held-out images, `decoded` for the same images encoded and decoded by the
    /// model.
    pub against: &'static str,
    /// Each score with its name.
    pub scores: Vec<(String, f64)>,
}

/// The scores of several models, sources of codes and seeds.
///
/// Rows that differ only in the seed are one line of [`ScoreTable::markdown`] and
/// [`ScoreTable::plain`]; each is a separate line of [`ScoreTable::csv`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreTable {
    rows: Vec<ScoreRow>,
}

/// A column: its heading, and a function that reads its number from a set of scores.
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

/// Rows that differ only in the seed.
struct Group<'a> {
    model: &'a str,
    source: Source,
    rows: Vec<&'a ScoreRow>,
}

impl ScoreTable {
    /// A table without rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the result of [`Reference::score_samplers`](crate::Reference::score_samplers) for one
    /// training of a model.
    pub fn add(&mut self, model: &str, seed: u64, scored: impl IntoIterator<Item = SourceScores>) {
        let row = |scored| ScoreRow { model: model.to_owned(), seed, scored };
        self.rows.extend(scored.into_iter().map(row));
    }

    /// All rows, in the order in which they were added.
    #[must_use]
    pub fn rows(&self) -> &[ScoreRow] {
        &self.rows
    }

    /// The seeds that occur, in order.
    #[must_use]
    pub fn seeds(&self) -> Vec<u64> {
        let mut seeds: Vec<u64> = self.rows.iter().map(|row| row.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        seeds
    }

    /// The mean, over the seeds, of the Frechet distance of a model's images to the held-out ones;
    /// NaN without such a row.
    #[must_use]
    pub fn mean_frechet(&self, model: &str, source: Source) -> f64 {
        let rows = self.rows.iter();
        let its = rows.filter(|row| row.model == model && row.scored.source == source);
        Spread::of(its.map(|row| row.scored.scores.frechet)).mean
    }

    /// A table in Markdown, with one line for each model and source that has such scores: the mean
    /// and range of each score over the seeds.
    #[must_use]
    pub fn markdown(&self, against: Against) -> String {
        let headings: Vec<&str> = COLUMNS.iter().map(|(heading, _)| *heading).collect();
        let mut text = format!("| model | codes from | {} |\n|---|---|", headings.join(" | "));
        text += &"---:|".repeat(COLUMNS.len());
        text.push('\n');
        for Group { model, source, rows } in self.groups() {
            let scores: Vec<&Scores> = rows.iter().filter_map(|row| row.scores(against)).collect();
            if scores.is_empty() {
                continue;
            }
            let cells = COLUMNS.map(|(_, number)| spread(scores.iter().map(|s| number(s))));
            // An unescaped bar would end the cell.
            let model = model.replace('|', r"\|");
            text += &format!("| {model} | {source} | {} |\n", cells.join(" | "));
        }
        text
    }

    /// The most important scores, as plain text with aligned columns, without a line break at the
    /// end.
    #[must_use]
    pub fn plain(&self) -> String {
        let mut text = format!(
            "{:<15} {:<21} {:>10} {:>9} {:>8}",
            "model", "codes from", "Frechet", "coverage", "copies"
        );
        for Group { model, source, rows } in self.groups() {
            let mean = |number: fn(&Scores) -> f64| {
                Spread::of(rows.iter().map(|row| number(&row.scored.scores))).mean
            };
            let (frechet, coverage) = (mean(|s| s.frechet), mean(|s| s.neighbours.coverage));
            let copies = mean(|s| s.nearest.share_of_copies);
            text += &format!(
                "\n{model:<15} {source:<21} {frechet:>10.2} {coverage:>9.3} {copies:>8.3}"
            );
        }
        text
    }

    /// The table as CSV, with one line for each row and comparison, and with all digits. Fields are
    /// quoted where necessary (RFC 4180).
    #[must_use]
    pub fn csv(&self) -> String {
        let mut text = String::from("model,seed,codes_from,against");
        COLUMNS.iter().for_each(|(heading, _)| text += &format!(",{}", heading.replace(", ", "_")));
        text.push('\n');
        for Line { row, source, against, scores } in self.lines() {
            text += &format!("{},{},{source},{against}", field(&row.model), row.seed);
            scores.iter().for_each(|(_, number)| text += &format!(",{number}"));
            text.push('\n');
        }
        text
    }

    /// Returns the rows of [`ScoreTable::csv`] as values: one for each score row and comparison.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        const AGAINST: [(&str, Against); 2] =
            [("test", Against::HeldOut), ("decoded", Against::Decoded)];
        let pairs = self.rows.iter().flat_map(|row| AGAINST.map(|against| (row, against)));
        pairs.filter_map(|(row, (name, against))| {
            let scores = row.scores(against)?;
            let number = |(heading, number): Column| (heading.replace(", ", "_"), number(scores));
            Some(Line {
                row,
                source: row.scored.source.to_string().replace(", ", "_"),
                against: name,
                scores: COLUMNS.map(number).to_vec(),
            })
        })
    }

    /// The groups in the order of their first rows.
    fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for row in &self.rows {
            let (model, source) = (row.model.as_str(), row.scored.source);
            match groups.iter_mut().find(|group| group.model == model && group.source == source) {
                Some(group) => group.rows.push(row),
                None => groups.push(Group { model, source, rows: vec![row] }),
            }
        }
        groups
    }
}

/// `12.3 (11.9 to 12.8)`, or `12.3` for a single value.
fn spread(values: impl ExactSizeIterator<Item = f64>) -> String {
    let one = values.len() == 1;
    let Spread { mean, least, most } = Spread::of(values);
    let digits = if mean.abs() < 10.0 { 3 } else { 1 };
    if one {
        format!("{mean:.digits$}")
    } else {
        format!("{mean:.digits$} ({least:.digits$} to {most:.digits$})")
    }
}

/// A field of CSV.
pub(crate) fn field(text: &str) -> Cow<'_, str> {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\"")).into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NearestTraining, PrecisionRecall, SamplerKind};

    /// Scores with numbers that are easy to recognize.
    fn scores(frechet: f64) -> Scores {
        let (precision, recall, density, coverage) = (0.5, 0.25, 1.5, 0.75);
        Scores {
            held_out: 100,
            generated: 100,
            neighbours: PrecisionRecall { precision, recall, density, coverage },
            frechet,
            nearest: NearestTraining {
                median: 3.0,
                smallest: 1.0,
                held_out_median: 2.0,
                held_out_smallest: 1.0,
                share_of_copies: 0.02,
            },
        }
    }

    fn table() -> ScoreTable {
        let sampled = |frechet| SourceScores {
            source: Source::Sampler(SamplerKind::Mixture),
            scores: scores(frechet),
            decoded: Some(scores(frechet / 2.0)),
        };
        let held_out = SourceScores { source: Source::HeldOut, scores: scores(8.0), decoded: None };
        let mut table = ScoreTable::new();
        table.add("small", 2, [sampled(12.0), held_out]);
        table.add("small", 1, [sampled(14.0), held_out]);
        table.add("a,\"|b", 2, [sampled(9.0)]);
        table
    }

    const HEADER: &str = "| model | codes from | Frechet | coverage | density | precision | recall | nearest, ratio | copies |
|---|---|---:|---:|---:|---:|---:|---:|---:|
";

    #[test]
    fn seeds_are_one_line_of_markdown_with_mean_and_range() {
        let of = |x: &str| format!("{x} ({x} to {x})");
        let rest = ["0.750", "1.500", "0.500", "0.250", "1.500", "0.020"];
        let several = rest.map(of).join(" | ");
        let expected = format!(
            "{HEADER}| small | mixture | 13.0 (12.0 to 14.0) | {several} |\n\
             | small | test images, decoded | 8.000 (8.000 to 8.000) | {several} |\n\
             | a,\"\\|b | mixture | 9.000 | {} |\n",
            rest.join(" | ")
        );
        assert_eq!(table().markdown(Against::HeldOut), expected);
        let decoded = table().markdown(Against::Decoded);
        assert!(decoded.contains("| small | mixture | 6.500 (6.000 to 7.000) |"), "{decoded}");
        assert!(!decoded.contains("test images"), "{decoded}");
    }

    #[test]
    fn csv_has_a_line_for_each_training_source_and_comparison() {
        let csv = table().csv();
        let lines: Vec<&str> = csv.lines().collect();
        let rest = "0.75,1.5,0.5,0.25,1.5,0.02";
        let header = "model,seed,codes_from,against,Frechet,coverage,density,precision,recall,nearest_ratio,copies";
        assert_eq!(
            lines,
            [
                header,
                &format!("small,2,mixture,test,12,{rest}"),
                &format!("small,2,mixture,decoded,6,{rest}"),
                &format!("small,2,test images_decoded,test,8,{rest}"),
                &format!("small,1,mixture,test,14,{rest}"),
                &format!("small,1,mixture,decoded,7,{rest}"),
                &format!("small,1,test images_decoded,test,8,{rest}"),
                &format!("\"a,\"\"|b\",2,mixture,test,9,{rest}"),
                &format!("\"a,\"\"|b\",2,mixture,decoded,4.5,{rest}"),
            ]
        );
    }

    #[test]
    fn plain_text_is_aligned() {
        let expected = "\
model           codes from               Frechet  coverage   copies
small           mixture                    13.00     0.750    0.020
small           test images, decoded        8.00     0.750    0.020
a,\"|b           mixture                     9.00     0.750    0.020";
        assert_eq!(table().plain(), expected);
    }

    #[test]
    fn means_and_seeds_are_those_of_the_rows() {
        let table = table();
        assert_eq!(table.mean_frechet("small", Source::Sampler(SamplerKind::Mixture)), 13.0);
        assert_eq!(table.mean_frechet("small", Source::HeldOut), 8.0);
        assert!(table.mean_frechet("small", Source::Sampler(SamplerKind::Prior)).is_nan());
        assert_eq!((table.seeds(), table.rows().len()), (vec![1, 2], 5));
    }
}
