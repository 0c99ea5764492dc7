//! The pictures of `anomaly`.

use ae_plot::{
    Chart, Gallery, HistogramChart, LineChart, RateChart, SeriesChart, largest_magnitude,
};
use ae_tensor::Tensor;
use anyhow::Result;
use std::path::Path;

/// Images of one kind for [`anomalies`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group<'a> {
    pub(crate) caption: &'a str,
    /// `[n, height * width * channels]`, or with more dimensions.
    pub(crate) originals: &'a Tensor,
    pub(crate) reconstructions: &'a Tensor,
    /// The errors of the pixels, `[n, height * width]`.
    pub(crate) maps: &'a Tensor,
    /// Their means over windows, and the masks, if there are any, of the same shape.
    pub(crate) truth: Option<(&'a Tensor, &'a Tensor)>,
}

/// Draws groups of images `[height, width, channels]` with their reconstructions, the heat maps of
/// their errors and, if there are masks, the means of the errors in windows of side `patch` and the
/// masks. All heat maps of one kind have one scale.
pub(crate) fn anomalies(
    path: &Path,
    title: &str,
    [height, width, channels]: [usize; 3],
    patch: usize,
    groups: &[Group<'_>],
) -> Result<()> {
    let largest = |of: fn(&Group<'_>) -> f32| groups.iter().map(of).fold(0.0, f32::max);
    let limit = largest(|group| largest_magnitude(group.maps.data()));
    let of_means =
        largest(|group| group.truth.map_or(0.0, |(means, _)| largest_magnitude(means.data())));
    let means_caption = format!("squared error, mean of {patch} x {patch} pixels");
    let mut gallery = Gallery::new(height, width).channels(channels).title(title);
    for group in groups {
        gallery = gallery
            .row(group.caption, group.originals.data())
            .row("reconstructions", group.reconstructions.data())
            .heat_row("squared error", group.maps.data(), limit);
        if let Some((means, masks)) = group.truth {
            gallery = gallery.heat_row(&means_caption, means.data(), of_means).heat_row(
                "masks",
                masks.data(),
                1.0,
            );
        }
    }
    Ok(gallery.write_png(path)?)
}

/// Draws the scores of groups with their names, and the threshold.
pub(crate) fn score_histogram(
    path: &Path,
    [title, score]: [&str; 2],
    groups: &[(&str, Vec<f64>)],
    threshold: f64,
) -> Result<()> {
    let mut chart = HistogramChart::new().title(title).x_label(score);
    for (name, scores) in groups {
        chart = chart.group(format!("{name} ({})", scores.len()), scores);
    }
    let name = format!("threshold {threshold:.4}");
    Ok(chart.threshold(name, threshold).write_png(path)?)
}

/// Draws an ROC curve: (false alarms, recall) of each threshold, and of the `chosen` one.
pub(crate) fn roc(
    path: &Path,
    title: &str,
    points: &[(f64, f64)],
    auroc: f64,
    chosen: (f64, f64),
) -> Result<()> {
    let chart = RateChart::new(points, format!("AUROC {auroc:.4}"))
        .title(title)
        .x_label("false alarms (share of the normal)")
        .y_label("recall (share of the anomalous)")
        .guide("chance", (0.0, 0.0), (1.0, 1.0))
        .chosen("at the threshold", chosen);
    Ok(chart.write_png(path)?)
}

/// Draws precision over recall: (recall, precision) of each threshold and, if anything is flagged
/// there, of the `chosen` one. The line is the share of the anomalous among all, the precision of
/// chance.
pub(crate) fn precision_recall(
    path: &Path,
    title: &str,
    points: &[(f64, f64)],
    average_precision: f64,
    chosen: Option<(f64, f64)>,
    base_rate: f64,
) -> Result<()> {
    let name = format!("average precision {average_precision:.4}");
    let mut chart = RateChart::steps(points, name)
        .title(title)
        .x_label("recall (share of the anomalous)")
        .y_label("precision (share of the flagged)")
        .guide(format!("chance {base_rate:.4}"), (0.0, base_rate), (1.0, base_rate));
    if let Some(chosen) = chosen {
        chart = chart.chosen("at the threshold", chosen);
    }
    Ok(chart.write_png(path)?)
}

/// Draws vectors as curves over their columns, all in one chart: a name, the vector. Only as many
/// as a chart can tell apart.
pub(crate) fn vectors(path: &Path, title: &str, rows: &[(String, &[f32])]) -> Result<()> {
    const MOST: usize = 12;
    let chart = LineChart::new().title(title).x_label("column");
    let shown = rows.iter().take(MOST);
    let chart = shown.fold(chart, |chart, (name, row)| chart.series(name.as_str(), row));
    Ok(chart.write_png(path)?)
}

/// Draws vectors as curves: a caption, the vector, its reconstruction.
pub(crate) fn series<S: AsRef<str>>(
    path: &Path,
    title: &str,
    rows: &[(S, &[f32], &[f32])],
) -> Result<()> {
    let chart = SeriesChart::new().title(title).x_label("column");
    let chart = rows.iter().fold(chart, |chart, (caption, original, reconstruction)| {
        chart.row(caption.as_ref(), original, reconstruction)
    });
    Ok(chart.write_png(path)?)
}
