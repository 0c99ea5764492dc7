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
        let name: Vec<String> = of.map(|(option, value)| format!("{option} {value}")).collect();
        // Without options there is one point.
        let name = match name[..] {
            [] => counted(known.values.len(), "seed"),
            _ => name.join(", "),
        };
        let mean = (known.mean.count > 0).then_some(known.mean.mean);
        chart = chart.row(name, known.values, mean, known.mean.interval);
    }
    chart.title(title).x_label(measure).write_png(path)
}
