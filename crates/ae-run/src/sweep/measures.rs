//! What a run was measured by, from its own files.

use crate::{CONFIG, Config, HISTORY, METRICS, RunError, read_file};
use ae_train::History;
use std::path::Path;
use toml::{Table, Value};

/// Returns the measures of a complete run, by name: both losses of the epoch whose weights it has,
/// and every number of `metrics.toml` that is not a whole one: those count something. The numbers
/// of a table in it have its name before theirs (`patch.auroc`).
///
/// # Errors
/// [`RunError::NotARun`] if a file is missing or is not as a run writes it.
pub fn measures(folder: &Path) -> Result<Vec<(String, f64)>, RunError> {
    let damaged = |name: &str, found: &str| RunError::NotARun {
        path: folder.join(name),
        expected: "a file as a run writes it",
        found: found.into(),
    };
    let config = Config::parse(&read_file(folder, CONFIG)?, &folder.join(CONFIG))?;
    let history = History::from_csv(&read_file(folder, HISTORY)?)
        .ok_or_else(|| damaged(HISTORY, "something else than losses"))?;
    let epoch = config.best_epoch().unwrap_or(history.epochs.len());
    let mut found = Vec::new();
    if let Some(losses) = epoch.checked_sub(1).and_then(|at| history.epochs.get(at)) {
        found.extend([("val_loss".into(), losses.val_loss), ("loss".into(), losses.loss)]);
    }
    if folder.join(METRICS).exists() {
        let metrics: Table = read_file(folder, METRICS)?
            .parse()
            .map_err(|error: toml::de::Error| damaged(METRICS, error.message()))?;
        // Its losses are those of the last epoch, or of the whole test set.
        add("", &metrics, &mut found);
    }
    Ok(found)
}

fn add(above: &str, table: &Table, found: &mut Vec<(String, f64)>) {
    for (key, value) in table {
        let name = format!("{above}{key}");
        match value {
            Value::Table(inner) => {
                // The scores have names of their own.
                let above = if name == "scores" { String::new() } else { format!("{name}.") };
                add(&above, inner, found);
            }
            Value::Float(number) if found.iter().all(|(known, _)| *known != name) => {
                found.push((name, *number));
            }
            _ => {}
        }
    }
}

/// Returns those of the `measures` that say most about runs of this command, the most important
/// ones: losses, the quality of denoised images, and how well each score finds anomalies.
#[must_use]
pub fn shown<'a>(command: &str, measures: &'a [String]) -> Vec<&'a str> {
    let wanted = |name: &&str| match command {
        "denoise" => ["val_loss", "psnr_denoised", "ssim_denoised"].contains(name),
        "anomaly" => name.ends_with("auroc"),
        _ => ["val_loss", "loss"].contains(name),
    };
    measures.iter().map(String::as_str).filter(wanted).collect()
}

/// Returns the one of the `measures` to draw for runs of this command.
#[must_use]
pub fn chief<'a>(command: &str, measures: &'a [String]) -> Option<&'a str> {
    let order: &[&str] = match command {
        "denoise" => &["psnr_denoised"],
        // The default score of images, then that of vectors.
        "anomaly" => &["patch.auroc", "mse.auroc"],
        _ => &[],
    };
    let find = |wanted: &&str| measures.iter().find(|name| name == wanted);
    order.iter().chain(&["val_loss"]).find_map(find).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_measures_and_counts_are_not() {
        let table = "images = 4\nscore = 'mse'\nval_loss = 0.5\npsnr_denoised = 20.0\n\
                     [pixels]\nauroc = 1.0\npatch = 7\npixels = 4096\n\
                     [scores.mse]\nauroc = 0.75\n[scores.patch]\nauroc = inf\n";
        let mut found = vec![("val_loss".to_owned(), 0.25)];
        add("", &table.parse().unwrap(), &mut found);
        let expected = [
            ("val_loss", 0.25),
            ("pixels.auroc", 1.0),
            ("psnr_denoised", 20.0),
            ("mse.auroc", 0.75),
            ("patch.auroc", f64::INFINITY),
        ];
        let found: Vec<(&str, f64)> = found.iter().map(|(k, v)| (k.as_str(), *v)).collect();
        assert_eq!(found, expected);
        let mut of_masks = Vec::new();
        let table = "[pixels]\nauroc = 0.5\npixels = 64\npatch = 11\n";
        add("", &table.parse().unwrap(), &mut of_masks);
        assert_eq!(of_masks, [("pixels.auroc".to_owned(), 0.5)]);
    }
}
