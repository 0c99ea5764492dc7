//! `ae-app models`: the presets, or the description of one.

use crate::cli::ModelsArgs;
use crate::exit::usage;
use crate::input::tip;
use crate::report::{Output, Report};
use crate::run::Ending;
use ae_models::{Preset, Recipe, presets};
use anyhow::Result;
use serde::Serialize;

/// A preset in `ae-app models --json`.
#[derive(Serialize)]
struct Listed {
    name: &'static str,
    about: String,
    latent: Option<usize>,
    encoder: Vec<String>,
    decoder: Vec<String>,
}

impl Listed {
    fn of(preset: &Preset) -> Self {
        let Recipe { about, latent, encoder, decoder, .. } = preset.recipe();
        Self { name: preset.name, about, latent, encoder, decoder }
    }
}

pub(crate) fn run(args: &ModelsArgs, output: Output) -> Result<Ending> {
    let report = Report::new(output);
    if let Some(name) = &args.name {
        let Some(preset) = Preset::find(name) else {
            let tip = tip("model", name, presets().iter().map(|preset| preset.name));
            return Err(usage(format!("models {name}: there is no such preset{tip}")).into());
        };
        report.text(&format!("{}\n", preset.toml.trim_end()))?;
        report.json(&Listed::of(&preset))?;
        return Ok(Ending::Done);
    }
    let listed: Vec<Listed> = presets().iter().map(Listed::of).collect();
    let mut text = String::new();
    for Listed { name, about, .. } in &listed {
        text += &format!("{name:<15} {about}\n");
    }
    text += "\nae-app models NAME prints one as TOML, --model NAME trains it\n";
    report.text(&text)?;
    report.json(&listed)?;
    Ok(Ending::Done)
}
