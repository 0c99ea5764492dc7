//! `ae-app models`: the presets, or the description of one.

use crate::cli::ModelsArgs;
use crate::exit::usage;
use crate::input::tip;
use crate::report::{Output, Report};
use crate::run::Ending;
use ae_models::{Preset, Recipe, presets};
use anyhow::Result;
use serde::Serialize;

/// A line of `ae-app models --json`.
#[derive(Serialize)]
struct Listed {
    name: &'static str,
    about: String,
    latent: Option<usize>,
    encoder: Vec<String>,
    decoder: Vec<String>,
}

pub(crate) fn run(args: &ModelsArgs, output: Output) -> Result<Ending> {
    let report = Report::new(output);
    if let Some(name) = &args.name {
        let Some(preset) = Preset::find(name) else {
            let tip = tip("model", name, presets().iter().map(|preset| preset.name));
            return Err(usage(format!("models {name}: there is no such preset{tip}")).into());
        };
        report.text(&format!("{}\n", preset.toml.trim_end()))?;
        return Ok(Ending::Done);
    }
    let (mut listed, mut text) = (Vec::new(), String::new());
    for preset in presets() {
        let Recipe { about, latent, encoder, decoder, .. } = preset.recipe();
        text += &format!("{:<15} {about}\n", preset.name);
        listed.push(Listed { name: preset.name, about, latent, encoder, decoder });
    }
    text += "\nae-app models NAME prints one as TOML, --model NAME trains it\n";
    report.text(&text)?;
    report.json(&listed);
    Ok(Ending::Done)
}
