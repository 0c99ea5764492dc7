//! The table of a sweep: for each point of its grid, the measures of the trainings with different
//! seeds.

use crate::SeedMean;
use crate::table::field;
use std::collections::BTreeMap;

/// How the training of a point with one seed ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It was measured: names and values.
    Measured(Vec<(String, f64)>),
    /// It diverged.
    Diverged,
    /// It has not ended.
    Missing,
}

/// A point of the grid, and what is known about its trainings.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepPoint {
    /// The values of the options, in the order of [`SweepTable::options`].
    pub values: Vec<String>,
    /// The number of trainings that were measured.
    pub measured: usize,
    /// The number of trainings that diverged.
    pub diverged: usize,
    /// The number of trainings that have not ended.
    pub missing: usize,
    /// The values of each measure, in the order of the seeds.
    measures: BTreeMap<String, Vec<f64>>,
}

/// A measure of a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured<'a> {
    /// The name of the measure.
    pub name: &'a str,
    /// The values of the trainings.
    pub values: &'a [f64],
    /// Their mean, deviation and interval.
    pub mean: SeedMean,
}

/// The results of a sweep.
///
/// ```
/// use ae_lab::{Outcome, SweepTable};
///
/// let mut table = SweepTable::new(["latent"]);
/// for (latent, loss) in [("5", 0.25), ("5", 0.75), ("10", 0.15)] {
///     table.add(&[latent.into()], Outcome::Measured(vec![("val_loss".into(), loss)]));
/// }
/// table.add(&["10".into()], Outcome::Missing);
/// assert!(table.csv().starts_with(
///     "latent,measure,seeds,diverged,missing,mean,deviation,low,high\n5,val_loss,2,0,0,0.5,"
/// ));
/// assert!(table.csv().ends_with("\n10,val_loss,1,0,1,0.15,,,\n"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct SweepTable {
    options: Vec<String>,
    points: Vec<SweepPoint>,
    /// The names of the measures, in the order in which they came.
    measures: Vec<String>,
}

impl SweepTable {
    /// A table without trainings, for a grid of these options. Without options it has one point.
    pub fn new<S: Into<String>>(options: impl IntoIterator<Item = S>) -> Self {
        let options = options.into_iter().map(Into::into).collect();
        Self { options, ..Self::default() }
    }

    /// Adds the outcome of one training. The trainings of a point come in the order of their seeds.
    ///
    /// # Panics
    /// If the number of values is not that of the options.
    pub fn add(&mut self, values: &[String], outcome: Outcome) {
        assert_eq!(values.len(), self.options.len(), "SweepTable: a value for each option");
        let at = self.points.iter().position(|point| point.values == values);
        let at = at.unwrap_or_else(|| {
            self.points.push(SweepPoint {
                values: values.to_vec(),
                measured: 0,
                diverged: 0,
                missing: 0,
                measures: BTreeMap::new(),
            });
            self.points.len() - 1
        });
        let point = &mut self.points[at];
        match outcome {
            Outcome::Diverged => point.diverged += 1,
            Outcome::Missing => point.missing += 1,
            Outcome::Measured(measures) => {
                point.measured += 1;
                for (name, value) in measures {
                    if !self.measures.contains(&name) {
                        self.measures.push(name.clone());
                    }
                    point.measures.entry(name).or_default().push(value);
                }
            }
        }
    }

    /// Returns the names of the grid's options.
    #[must_use]
    pub fn options(&self) -> &[String] {
        &self.options
    }

    /// Returns the names of the measures that any training has.
    #[must_use]
    pub fn measures(&self) -> &[String] {
        &self.measures
    }

    /// Returns the points, in the order in which they were added.
    #[must_use]
    pub fn points(&self) -> &[SweepPoint] {
        &self.points
    }

    /// Returns the numbers of trainings that were measured, diverged, and have not ended.
    #[must_use]
    pub fn counts(&self) -> [usize; 3] {
        self.points.iter().fold([0; 3], |[measured, diverged, missing], point| {
            [measured + point.measured, diverged + point.diverged, missing + point.missing]
        })
    }

    /// Returns whether any measure of any point has an interval: those of one training have none.
    #[must_use]
    pub fn has_intervals(&self) -> bool {
        let mut all = self.points.iter().flat_map(|point| self.measures_of(point));
        all.any(|measured| measured.mean.interval.is_some())
    }

    /// Returns the measures of a point, in the order of [`SweepTable::measures`].
    pub fn measures_of<'a>(&'a self, point: &'a SweepPoint) -> impl Iterator<Item = Measured<'a>> {
        self.measures.iter().map(|name| {
            let values = point.measures.get(name).map_or(&[][..], Vec::as_slice);
            Measured { name, values, mean: SeedMean::of(values) }
        })
    }

    /// The table as CSV with all digits: a line for each point and measure. What is not known is
    /// empty. Fields are quoted where necessary (RFC 4180).
    #[must_use]
    pub fn csv(&self) -> String {
        let mut text = String::new();
        self.options.iter().for_each(|option| text += &format!("{},", field(option)));
        text += "measure,seeds,diverged,missing,mean,deviation,low,high\n";
        for point in &self.points {
            for Measured { name, mean, .. } in self.measures_of(point) {
                point.values.iter().for_each(|value| text += &format!("{},", field(value)));
                let numbers = [
                    (mean.count > 0).then_some(mean.mean),
                    mean.deviation,
                    mean.interval.map(|[low, _]| low),
                    mean.interval.map(|[_, high]| high),
                ];
                let numbers = numbers.map(|x| x.map_or_else(String::new, |x| x.to_string()));
                let (count, SweepPoint { diverged, missing, .. }) = (mean.count, point);
                let counts = format!("{count},{diverged},{missing}");
                text += &format!("{},{counts},{}\n", field(name), numbers.join(","));
            }
        }
        text
    }

    /// The measures of these names, as plain text with aligned columns, without a line break at the
    /// end: the mean and half the width of its interval.
    #[must_use]
    pub fn plain(&self, shown: &[&str]) -> String {
        let heading = self.options.iter().map(String::as_str).chain(["seeds"]);
        let mut rows = vec![heading.chain(shown.iter().copied()).map(String::from).collect()];
        for point in &self.points {
            let mut row: Vec<String> = point.values.clone();
            row.push(seeds(point));
            row.extend(shown.iter().map(|name| {
                let known = self.measures_of(point).find(|known| known.name == *name);
                cell(&known.map_or_else(|| SeedMean::of(&[]), |known| known.mean))
            }));
            rows.push(row);
        }
        aligned(&rows)
    }
}

/// `3`, or `2 (1 diverged)`, or `1 of 3`.
fn seeds(point: &SweepPoint) -> String {
    let &SweepPoint { measured, diverged, missing, .. } = point;
    let all = measured + diverged + missing;
    let of = if missing > 0 { format!(" of {all}") } else { String::new() };
    let diverged = if diverged > 0 { format!(" ({diverged} diverged)") } else { String::new() };
    format!("{measured}{of}{diverged}")
}

/// `0.1234 ± 0.0012`: the half width has two digits that count, and the mean as many places.
fn cell(mean: &SeedMean) -> String {
    match mean.half_width() {
        _ if mean.count == 0 => "-".into(),
        Some(half) => {
            let places =
                if half > 0.0 { (1.0 - half.log10().floor()).clamp(0.0, 8.0) } else { 4.0 };
            let places = places as usize;
            format!("{:.places$} ± {half:.places$}", mean.mean)
        }
        None => format!("{:.4}", mean.mean),
    }
}

/// Pads each cell to the width of its column.
fn aligned(rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(i, cell)| format!("{cell:<w$}", w = width(i)));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> SweepTable {
        let mut table = SweepTable::new(["latent", "lr"]);
        let mut add =
            |latent: &str, lr: &str, outcome| table.add(&[latent.into(), lr.into()], outcome);
        let measured =
            |loss, psnr| Outcome::Measured(vec![("val_loss".into(), loss), ("psnr".into(), psnr)]);
        add("5", "0.1", measured(0.25, 20.0));
        add("5", "0.1", measured(0.75, 22.0));
        add("5", "1", Outcome::Diverged);
        add("5", "1", Outcome::Missing);
        add("10", "0.1", Outcome::Diverged);
        add("10", "0.1", measured(0.5, f64::INFINITY));
        table
    }

    #[test]
    fn the_table_has_every_point_and_measure_and_says_what_is_missing() {
        let table = table();
        assert_eq!(table.counts(), [3, 2, 1]);
        let csv = table.csv();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines[0], "latent,lr,measure,seeds,diverged,missing,mean,deviation,low,high");
        assert!(lines[1].starts_with("5,0.1,val_loss,2,0,0,0.5,0.353553390593"), "{csv}");
        assert!(lines[2].starts_with("5,0.1,psnr,2,0,0,21,1.41421356237"), "{csv}");
        assert_eq!(
            lines[3..],
            [
                "5,1,val_loss,0,1,1,,,,",
                "5,1,psnr,0,1,1,,,,",
                "10,0.1,val_loss,1,1,0,0.5,,,",
                "10,0.1,psnr,1,1,0,inf,,,",
            ]
        );
    }

    #[test]
    fn a_mean_is_printed_with_the_places_that_its_interval_has() {
        // 12.706 * 0.35355 / sqrt(2) = 3.18.
        let expected = "\
latent  lr   seeds                val_loss
5       0.1  2                    0.5 ± 3.2
5       1    0 of 2 (1 diverged)  -
10      0.1  1 (1 diverged)       0.5000";
        assert_eq!(table().plain(&["val_loss"]), expected);
        // In the order that is asked for; nothing is known about the last one.
        let all = table().plain(&["psnr", "val_loss", "ssim"]);
        assert!(all.contains("psnr     val_loss   ssim\n"), "{all}");
        assert!(all.contains("21 ± 13  0.5 ± 3.2  -\n"), "{all}");
    }

    #[test]
    fn without_options_there_is_one_point() {
        let mut table = SweepTable::new::<&str>([]);
        for loss in [0.5, 0.25] {
            assert!(!table.has_intervals());
            table.add(&[], Outcome::Measured(vec![("loss".into(), loss)]));
        }
        assert!(table.has_intervals() && table.points().len() == 1);
        let csv = table.csv();
        let beginning =
            "measure,seeds,diverged,missing,mean,deviation,low,high\nloss,2,0,0,0.375,0.1";
        assert!(csv.starts_with(beginning), "{csv}");
        assert_eq!(table.plain(&["loss"]), "seeds  loss\n2      0.4 ± 1.6");
    }

    #[test]
    fn a_value_with_a_comma_stays_one_field() {
        let mut table = SweepTable::new(["classes"]);
        table.add(&["3,5".into()], Outcome::Measured(vec![("loss".into(), 1.0)]));
        assert!(table.csv().ends_with("\n\"3,5\",loss,1,0,0,1,,,\n"));
    }
}
