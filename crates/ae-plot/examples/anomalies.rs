//! The pictures of an anomaly detector, with numbers of our own making: `cargo run -p ae-plot
//! --example anomalies FOLDER`.

use ae_plot::{Chart, Gallery, HistogramChart, RateChart, SeriesChart, largest_magnitude};
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));

    // A ring on 28 x 28 pixels, and the same with a scratch across it.
    let ring = |at: usize| {
        let (x, y) = ((at % 28) as f32 - 13.5, (at / 28 % 28) as f32 - 13.5);
        (1.5 - ((x * x + y * y).sqrt() - 8.0).abs() / 2.0).clamp(0.0, 1.0)
    };
    let originals: Vec<f32> = (0..6 * 784usize)
        .map(|at| {
            let (tile, x, y) = (at / 784, at % 28, at / 28 % 28);
            if tile > 2 && (x + 9).abs_diff(y + 2 * tile) < 2 { 0.5 } else { ring(at) }
        })
        .collect();
    let outputs: Vec<f32> = (0..6 * 784).map(|at| 0.97 * ring(at) + 0.01).collect();
    let errors: Vec<f32> = originals.iter().zip(&outputs).map(|(a, b)| (a - b) * (a - b)).collect();
    Gallery::new(28, 28)
        .title("Rings")
        .row("images", &originals)
        .row("reconstructions", &outputs)
        .heat_row("squared error", &errors, largest_magnitude(&errors))
        .write_png(folder.join("anomalies.png"))?;

    let wave = |i: usize, scale: f64| 0.01 + scale * (1.0 + (i as f64 * 1.7).sin()).powi(2);
    let normal: Vec<f64> = (0..900).map(|i| wave(i, 0.012)).collect();
    let anomalous: Vec<f64> = (0..200).map(|i| 0.02 + wave(i, 0.04)).collect();
    HistogramChart::new()
        .title("Scores")
        .x_label("mean squared error")
        .group("normal (900)", &normal)
        .group("anomalous (200)", &anomalous)
        .threshold("threshold 0.0575", 0.0575)
        .write_png(folder.join("scores.png"))?;

    let points: Vec<(f64, f64)> =
        (0..=100).map(|i| f64::from(i) / 100.0).map(|x| (x, x.powf(0.2))).collect();
    RateChart::new(&points, "AUROC 0.833")
        .title("ROC")
        .x_label("false alarms")
        .y_label("recall")
        .guide("chance", (0.0, 0.0), (1.0, 1.0))
        .chosen("at the threshold", points[5])
        .write_png(folder.join("roc.png"))?;

    let series = |i: usize| (i as f32 * 0.12).sin();
    let original: Vec<f32> = (0..140).map(|i| series(i) + 0.05 * (i as f32).cos()).collect();
    let fault: Vec<f32> =
        (0..140).map(|i| if (60..75).contains(&i) { -1.2 } else { series(i) }).collect();
    let output: Vec<f32> = (0..140).map(series).collect();
    SeriesChart::new()
        .title("Series")
        .x_label("measurement")
        .row("the most normal", &original, &output)
        .row("the least normal", &fault, &output)
        .write_png(folder.join("series.png"))?;
    Ok(())
}
