//! The picture of a sweep.

use crate::report::counted;
use ae_lab::SweepTable;
use ae_plot::{Chart, IntervalChart, PlotError};
use std::path::Path;

/// Draws a measure at each point of the grid: the mean with its interval, and each seed.
pub(crate) fn sweep_means(
    path: &Path,
    title: &str,
    table: &SweepTable,
    measure: &str,
) -> Result<(), PlotError> {
    let mut chart = IntervalChart::new();
    for point in table.points() {
        let Some(known) = table.measures_of(point).find(|known| known.name == measure) else {
            continue;
        };
        let of = table.options().iter().zip(&point.values);
        let name: Vec<String> =
            of.map(|(option, value)| format!("{option} {}", shortened(value))).collect();
        // Without options there is one point.
        let name = match name[..] {
            [] => counted(known.values.len(), "seed"),
            _ => name.join(", "),
        };
        let mean = (known.mean.count > 0).then_some(known.mean.mean);
        let diverged = match point.diverged {
            0 => String::new(),
            diverged => format!(" ({diverged} diverged)"),
        };
        chart = chart.row(name + &diverged, known.values, mean, known.mean.interval);
    }
    chart.title(title).x_label(measure).write_png(path)
}

/// Shortens a long value, for example the layers of a model, in its middle: values that are
/// compared may begin or end in the same way.
fn shortened(value: &str) -> String {
    const MOST: usize = 24;
    let characters: Vec<char> = value.chars().collect();
    if characters.len() <= MOST {
        return value.to_owned();
    }
    let (beginning, end) =
        (&characters[..MOST / 2], &characters[characters.len() - MOST / 2 + 1..]);
    beginning.iter().chain(&['…']).chain(end).collect()
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn a_long_value_keeps_both_ends() {
        assert_eq!(shortened("0.1..0.5"), "0.1..0.5");
        assert_eq!(shortened(&"é".repeat(24)), "é".repeat(24));
        let layers = "dense 64 relu; dense 32 relu; dense {latent} linear";
        assert_eq!(shortened(layers), "dense 64 rel…ent} linear");
    }
}
