//! What was measured: the tables and curves of the files with numbers.

use super::settings::text;
use super::table::table;
use crate::report::PCA;
use ae_page::report::{Chart, Series, Table};
use ae_run::METRICS;
use std::fs;
use std::path::Path;

/// What the files of a folder hold.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) charts: Vec<Chart>,
    pub(super) tables: Vec<Table>,
}

/// Reads the measurements of a folder.
pub(super) fn of(folder: &Path) -> Measured {
    let mut measured = Measured::default();
    let metrics = table(folder, METRICS);
    let scores = metrics.as_ref().and_then(|metrics| metrics.get("scores")?.as_table());
    measured.tables.extend(scores.map(anomalies));
    let pixels = metrics.as_ref().and_then(|metrics| metrics.get("pixels")?.as_table());
    measured.tables.extend(pixels.map(heat_maps));
    // Those of `anomaly`: its scores.csv has a line for each image.
    if metrics.as_ref().is_some_and(|metrics| metrics.contains_key("flagged")) {
        return measured;
    }
    measured.tables.extend(metrics.map(|metrics| quality(&metrics)));
    let sweep = "Means over the seeds, with the 95 % confidence interval";
    measured.tables.extend(csv(folder, "report.csv", sweep));
    if let Some(sweep) = csv(folder, "sweep.csv", "Other noise on the same test images") {
        measured.charts.extend(sweep_chart(&sweep));
        measured.tables.push(sweep);
    }
    measured.tables.extend(table(folder, PCA).map(|errors| comparison(&errors)));
    measured.tables.extend(csv(folder, "scores.csv", "Scores of the generated images"));
    measured
}

/// A table of commas, with its first line as columns.
fn csv(folder: &Path, name: &str, caption: &str) -> Option<Table> {
    let content = fs::read_to_string(folder.join(name)).ok()?;
    let mut lines = content.lines().map(fields);
    let columns = lines.next()?;
    let rows: Vec<_> = lines.collect();
    let whole = rows.iter().all(|row| row.len() == columns.len());
    whole.then(|| Table { caption: format!("{caption} ({name})"), columns, rows })
}

/// The fields of a line. In a quoted one, a comma is a comma, and two quotes are one.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        let field = fields.last_mut().expect("at least one field");
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push(c);
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => field.push(c),
        }
    }
    fields
}

/// The measures of each score of anomalies.
fn anomalies(scores: &toml::Table) -> Table {
    let keys = ["auroc", "average_precision", "threshold", "recall", "false_alarms", "precision"];
    let row = |(name, measures): (&String, &toml::Value)| {
        let cell = |key| measures.get(key).map(text).unwrap_or_default();
        std::iter::once(name.clone()).chain(keys.map(cell)).collect()
    };
    let columns = ["score", "AUROC", "average precision", "threshold", "recall", "false alarms"];
    Table {
        caption: format!("How well each score finds the anomalies ({METRICS})"),
        columns: columns.into_iter().chain(["precision"]).map(String::from).collect(),
        rows: scores.iter().map(row).collect(),
    }
}

/// The measures of the heat maps.
fn heat_maps(pixels: &toml::Table) -> Table {
    let cell = |key: &str| pixels.get(key).map(text).unwrap_or_default();
    let patch = cell("patch");
    let row = |name: String, key: &str| vec![name, cell(key)];
    Table {
        caption: format!("How well the heat maps say where defects are ({METRICS})"),
        columns: ["over the pixels of all test images", ""].map(String::from).to_vec(),
        rows: vec![
            row(format!("AUROC of the mean error in windows of {patch} x {patch}"), "auroc"),
            row("AUROC of the error".into(), "error_auroc"),
            row("share of defective pixels".into(), "defective"),
            row("pixels".into(), "pixels"),
        ],
    }
}

/// The content of `metrics.toml`.
fn quality(metrics: &toml::Table) -> Table {
    let own = |key: &str| metrics.get(key).map(text).unwrap_or_default();
    let row = |name: &str, before: &str, after: &str| vec![name.into(), own(before), own(after)];
    Table {
        caption: format!("Means over the test images ({METRICS})"),
        columns: ["measure", "noisy", "denoised"].map(String::from).to_vec(),
        rows: vec![
            row("PSNR in dB", "psnr_noisy", "psnr_denoised"),
            row("SSIM", "ssim_noisy", "ssim_denoised"),
            row("val_loss", "", "val_loss"),
        ],
    }
}

/// The PSNR before and after, over the noise.
fn sweep_chart(sweep: &Table) -> Option<Chart> {
    let column = |name: &str| -> Option<Vec<f64>> {
        let at = sweep.columns.iter().position(|column| column == name)?;
        sweep.rows.iter().map(|row| row[at].parse().ok()).collect()
    };
    let series = |name: &str, from| Some(Series { name: name.into(), values: column(from)? });
    Some(Chart {
        caption: "Test images at other noise, before and after".into(),
        x_label: "noise".into(),
        y_label: "PSNR in dB".into(),
        places: column("noise")?,
        series: vec![series("denoised", "psnr_denoised")?, series("noisy", "psnr_noisy")?],
        file: Some("sweep.csv".into()),
    })
}

/// The content of `pca.toml`: a row for each measure, a column for each method.
fn comparison(errors: &toml::Table) -> Table {
    let methods: Vec<_> = [("pca", "PCA"), ("auto_encoder", "auto-encoder")]
        .into_iter()
        .filter_map(|(key, name)| Some((errors.get(key)?.as_table()?, name)))
        .collect();
    let row = |key: &str, name: &str| {
        let cells = methods.iter().map(|(of, _)| of.get(key).map(text).unwrap_or_default());
        std::iter::once(name.to_owned()).chain(cells).collect()
    };
    let names = methods.iter().map(|(_, name)| (*name).to_owned());
    Table {
        caption: format!("Means over the test images ({PCA})"),
        columns: std::iter::once("measure".to_owned()).chain(names).collect(),
        rows: vec![
            row("mse", "squared error"),
            row("psnr", "PSNR in dB"),
            row("ssim", "SSIM"),
            row("cross_entropy", "cross-entropy"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_is_a_table_and_a_chart_and_a_damaged_one_is_neither() {
        let folder = tempfile::tempdir().unwrap();
        let write = |text: &str| fs::write(folder.path().join("sweep.csv"), text).unwrap();
        write("noise,psnr_noisy,psnr_denoised\n0.1,20.5,25\n0.2,inf,24\n");
        let Measured { charts, tables } = of(folder.path());
        assert_eq!(charts[0].places, [0.1, 0.2]);
        assert_eq!(charts[0].series[1].values, [20.5, f64::INFINITY]);
        assert_eq!(tables[0].rows[1], ["0.2", "inf", "24"]);
        write("noise,psnr_noisy,psnr_denoised\n0.1,20.5\n");
        let Measured { charts, tables } = of(folder.path());
        assert!(charts.is_empty() && tables.is_empty());
    }

    #[test]
    fn a_quoted_field_keeps_its_commas() {
        assert_eq!(fields("\"3,5\",a,,\"say \"\"b\"\"\""), ["3,5", "a", "", "say \"b\""]);
        assert_eq!(fields(""), [""]);
    }

    #[test]
    fn measures_of_anomalies_are_not_those_of_denoising() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("scores.csv", "image,mse,flagged\n0,0.5,true\n");
        write(METRICS, "images = 1\nflagged = 1\nscore = 'mse'\n[scores.mse]\nauroc = 0.75\n");
        let tables = of(folder.path()).tables;
        assert_eq!(
            (tables.len(), &tables[0].rows[0][..2]),
            (1, &["mse".into(), "0.75".into()][..])
        );
        write(METRICS, "images = 1\nflagged = 1\n[pixels]\nauroc = 0.5\npatch = 3\n");
        let tables = of(folder.path()).tables;
        let row = ["AUROC of the mean error in windows of 3 x 3", "0.5"];
        assert_eq!((tables.len(), &tables[0].rows[0][..]), (1, &row.map(String::from)[..]));
        write(METRICS, "images = 1\nflagged = 1\n");
        assert!(of(folder.path()).tables.is_empty());
    }

    #[test]
    fn what_a_model_was_not_measured_by_is_an_empty_cell() {
        let table = quality(&"psnr_noisy = 10.5\npsnr_denoised = 20.25".parse().unwrap());
        assert_eq!(table.rows[0], ["PSNR in dB", "10.5", "20.25"]);
        assert_eq!(table.rows[1], ["SSIM", "", ""]);
        let alone = comparison(&"[pca]\nmse = 0.01".parse().unwrap());
        assert_eq!(alone.columns, ["measure", "PCA"]);
        assert_eq!(alone.rows[0], ["squared error", "0.01"]);
    }
}
