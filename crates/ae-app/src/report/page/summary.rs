//! The first lines of the page: what was trained on what, how well, when, and where.

use super::facts::Facts;
use super::settings::text;
use super::table::table;
use crate::report::counted;
use ae_data::Options;
use ae_page::report::Moment;
use ae_run::TIMES;
use ae_tensor::{cpu_features, current_threads};
use std::path::Path;
use toml::{Table, Value};

/// The lines that need no files.
pub(super) fn of(facts: &Facts) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    let mut add = |name: &str, text: Option<String>| {
        lines.extend(text.map(|text| (name.to_owned(), text)));
    };
    if let Some(config) = &facts.config {
        add("model", model(config));
        add("data", data(config));
        add("noise", noise(config));
        add("training", training(config));
    }
    if let Some(last) = facts.history.last() {
        let epoch = facts.history.len();
        let said =
            format!("loss {:.4}, val_loss {:.4}, after epoch {epoch}", last.loss, last.val_loss);
        add("losses", Some(said));
    }
    if let Some(config) = &facts.config {
        add(
            "best",
            get(config, "training", "best_epoch")
                .map(|epoch| format!("the weights are those of epoch {}", text(epoch))),
        );
    }
    add("written", Some(Moment::now().to_string()));
    add(
        "CPU",
        Some(format!(
            "{}; {}; {}",
            cpu_name(),
            counted(current_threads(), "thread"),
            cpu_features().join(" ")
        )),
    );
    add("program", Some(format!("ae-app {}", env!("CARGO_PKG_VERSION"))));
    add("digest", facts.digest.clone());
    lines
}

/// The line of `times.toml`, of a run with this configuration.
pub(super) fn measured(folder: &Path, config: Option<&Table>) -> Option<(String, String)> {
    let times = table(folder, TIMES)?;
    let number = |key: &str| times.get(key)?.as_float();
    let (seconds, rate) = (number("training_seconds")?, number("images_per_second")?);
    let sample = config.map_or("image", sample);
    let said = format!("{seconds:.2} s, {rate:.0} {sample}s/s, the last time that it trained");
    Some(("time".into(), said))
}

fn get<'a>(config: &'a Table, group: &str, key: &str) -> Option<&'a Value> {
    config.get(group)?.get(key)
}

fn model(config: &Table) -> Option<String> {
    let own = |key: &str| get(config, "model", key).map(text);
    let code = own("latent").map(|latent| format!(", codes of {latent} numbers"));
    Some(format!("{}, {} weights{}", own("name")?, own("parameters")?, code.unwrap_or_default()))
}

fn data(config: &Table) -> Option<String> {
    let own = |key: &str| get(config, "data", key).map(text);
    let [name, classes, train, test] =
        ["dataset", "class_names", "train_images", "test_images"].map(own);
    let sample = sample(config);
    Some(format!("{}, {}: {} training and {} test {sample}s", name?, classes?, train?, test?))
}

/// What a sample is called: "image", or "row" of vectors.
fn sample(config: &Table) -> &'static str {
    let options = get(config, "data", "options").cloned();
    options.and_then(|options| options.try_into().ok()).unwrap_or_else(Options::default).sample()
}

fn noise(config: &Table) -> Option<String> {
    let noise = config.get("noise").or_else(|| config.get("corruption")).map(text)?;
    let fresh = config.get("fresh_noise").and_then(Value::as_bool).unwrap_or_default();
    Some(format!("{noise}, {}", if fresh { "new in each epoch" } else { "the same in each epoch" }))
}

fn training(config: &Table) -> Option<String> {
    let own = |key: &str| get(config, "training", key).map(text);
    let [done, all, batch, loss] = ["epochs_finished", "epochs", "batch", "loss"].map(own);
    let (seed, optimizer) = (config.get("seed").map(text)?, own("optimizer")?);
    Some(format!(
        "{} of {} epochs, batch {}, loss {}, {optimizer}, seed {seed}",
        done?, all?, batch?, loss?
    ))
}

/// The name that the CPU gives itself, or its architecture.
#[cfg(target_arch = "x86_64")]
fn cpu_name() -> String {
    let brand = raw_cpuid::CpuId::new().get_processor_brand_string();
    brand.map_or_else(|| std::env::consts::ARCH.into(), |brand| brand.as_str().trim().into())
}

/// The name that the CPU gives itself, or its architecture.
#[cfg(not(target_arch = "x86_64"))]
fn cpu_name() -> String {
    std::env::consts::ARCH.into()
}
