//! Two versions' speeds, from the output of `roofline --tsv` in several rounds.

use crate::report::{LIMITS, TSV_HEADER};
use crate::stopwatch::median;

/// A median ratio now / then below this is marked.
pub const SLOWER: f64 = 0.95;
/// A median ratio below this is a regression.
pub const REGRESSION: f64 = 0.9;

/// The lines of one run, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Run(Vec<Row>);

#[derive(Clone, Debug, PartialEq)]
struct Row {
    name: String,
    unit: String,
    value: f64,
}

impl Run {
    /// The row with this name and unit.
    fn get(&self, name: &str, unit: &str) -> Option<&Row> {
        self.0.iter().find(|row| row.name == name && row.unit == unit)
    }

    /// The names that `other` lacks, or has with another unit.
    fn without(&self, other: &Self) -> Vec<String> {
        let rows = self.0.iter().filter(|row| other.get(&row.name, &row.unit).is_none());
        rows.map(|row| row.name.clone()).collect()
    }
}

/// A measurement that both versions have.
#[derive(Clone, Debug, PartialEq)]
pub struct Ratio {
    /// The name as in the table, preceded by its part.
    pub name: String,
    /// The unit of the values.
    pub unit: String,
    /// The median of the older version's values.
    pub then: f64,
    /// The median of the newer one's.
    pub now: f64,
    /// The median, over the rounds, of now / then: above 1 the newer one is faster. The ratio of
    /// the two medians may differ.
    pub ratio: f64,
    /// The smallest and the largest of these ratios.
    pub spread: [f64; 2],
}

impl Ratio {
    /// The verdict.
    #[must_use]
    pub fn mark(&self) -> &'static str {
        match self.ratio {
            ratio if ratio < REGRESSION && self.is_judged() => "REGRESSION",
            ratio if ratio < SLOWER => "slower",
            _ => "",
        }
    }

    /// Returns whether it is much slower.
    #[must_use]
    pub fn is_regression(&self) -> bool {
        self.is_judged() && self.ratio < REGRESSION
    }

    /// The limits belong to the machine: no change of ours makes them slower.
    fn is_judged(&self) -> bool {
        !self.name.starts_with(LIMITS)
    }
}

/// Reads a run.
///
/// # Errors
/// If the text is not the output of `--tsv`; the error is a sentence about the reason.
pub fn parse(text: &str) -> Result<Run, String> {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    if header != TSV_HEADER {
        return Err(format!("expected the first line of --tsv, found `{header}`"));
    }
    let row = |line: &str| {
        let mut fields = line.split('\t');
        let (name, unit) = (fields.next()?, fields.next()?);
        let value = fields.next()?.parse().ok().filter(|value: &f64| *value > 0.0)?;
        Some(Row { name: name.to_owned(), unit: unit.to_owned(), value })
    };
    let rows = lines.map(|line| row(line).ok_or_else(|| format!("not a line of --tsv: `{line}`")));
    Ok(Run(rows.collect::<Result<_, _>>()?))
}

/// The measurements that two versions share, and the names that only one of them has: then, and
/// now.
///
/// The values of a round are paired; a ratio is taken within a round, so that a slow spell of the
/// machine affects both.
#[must_use]
pub fn compare(rounds: &[(Run, Run)]) -> (Vec<Ratio>, [Vec<String>; 2]) {
    let Some((then, now)) = rounds.first() else { return Default::default() };
    let names = [then.without(now), now.without(then)];
    let ratios = then
        .0
        .iter()
        .filter(|row| now.get(&row.name, &row.unit).is_some())
        .map(|Row { name, unit, .. }| {
            let values = |side: fn(&(Run, Run)) -> &Run| -> Vec<f64> {
                rounds.iter().filter_map(|round| Some(side(round).get(name, unit)?.value)).collect()
            };
            let (then, now) = (values(|round| &round.0), values(|round| &round.1));
            let ratios: Vec<f64> = then.iter().zip(&now).map(|(then, now)| now / then).collect();
            let smallest = ratios.iter().copied().fold(f64::INFINITY, f64::min);
            let largest = ratios.iter().copied().fold(0.0, f64::max);
            Ratio {
                name: name.clone(),
                unit: unit.clone(),
                then: median(then),
                now: median(now),
                ratio: median(ratios),
                spread: [smallest, largest],
            }
        })
        .collect();
    (ratios, names)
}
