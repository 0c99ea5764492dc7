//! Writes the page of a made-up training: `cargo run -p ae-page --example report`.
//!
//! Writes `report.html` into the current folder, or to the path given as the first argument.

use ae_page::report::{Chart, Command, Report, Series, Status};

fn main() -> std::io::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "report.html".to_owned());
    let curve = |name: &str, from: f64| Series {
        name: name.into(),
        values: (0..40).map(|epoch| 0.13 + from * (-0.15 * f64::from(epoch)).exp()).collect(),
    };
    let losses = Chart {
        caption: "Losses".into(),
        x_label: "epoch".into(),
        y_label: "loss".into(),
        places: (1..=40).map(f64::from).collect(),
        series: vec![curve("loss", 0.5), curve("val_loss", 0.3)],
        file: None,
    };
    let report = Report {
        title: "A made-up training".into(),
        status: Status::Complete,
        // What looks like markup is text.
        summary: vec![("data".into(), "images of <b>fives</b> & sixes".into())],
        charts: vec![losses],
        commands: vec![Command { what: "Train a model".into(), line: "ae-app dense".into() }],
        ..Report::default()
    };
    std::fs::write(&path, report.to_page().to_html())?;
    println!("wrote {path}");
    Ok(())
}
