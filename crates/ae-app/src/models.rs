//! Which model a job trains, and how: from presets, files and options.

use crate::cli::{ModelOptions, ModelsArgs, Recorded, StepArgs};
use crate::exit::{DataError, UsageError};
use crate::interrupt::Ending;
use crate::optimizers::OptimizerName;
use crate::report::Report;
use crate::suggest::tip;
use crate::text_file;
use ae_layers::Architecture;
use ae_models::{Defaults, ModelError, Preset, Recipe, presets};
use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;
use std::path::Path;

/// A model for images of a size.
pub(crate) struct Chosen {
    /// The preset's, or the file's without its folder and ending.
    pub(crate) name: String,
    pub(crate) architecture: Architecture,
    /// What the description says of the training.
    training: Defaults,
}

/// How long to train, in what portions, and by which rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) epochs: usize,
    pub(crate) batch: usize,
    pub(crate) optimizer: OptimizerName,
    /// None for the rule's own.
    pub(crate) lr: Option<f64>,
}

/// The model that the options ask for, or the `usual` one.
pub(crate) fn choose(options: &ModelOptions, usual: &str, image: [usize; 2]) -> Result<Chosen> {
    let ModelOptions { model, encoder, decoder, latent, recorded } = options;
    let changed = model.is_some() || encoder.is_some() || decoder.is_some() || latent.is_some();
    if let (Some(Recorded { name, words }), false) = (recorded, changed) {
        let architecture = words.parse().map_err(|error: ae_layers::ArchitectureError| {
            DataError(format!("a configuration's architecture {words:?}: {error}"))
        })?;
        return Ok(Chosen { name: name.clone(), architecture, training: Defaults::default() });
    }
    let usual = recorded.as_ref().map_or(usual, |recorded| &recorded.name);
    let (mut name, mut recipe) = match model {
        Some(place) => find(place)?,
        None => find(Path::new(usual))?,
    };
    for (part, layers, option) in
        [(&mut recipe.encoder, encoder, "--encoder"), (&mut recipe.decoder, decoder, "--decoder")]
    {
        if let Some(layers) = layers {
            *part = layers.split(';').map(|layer| layer.trim().to_owned()).collect();
            name = format!("{name} with another {}", &option[2..]);
        }
    }
    let architecture = recipe.architecture(image, *latent).map_err(|error| match error {
        ModelError::Latent { found, most } => {
            UsageError(format!("--latent {found}: expected 1 to {most}, the pixels of an image"))
        }
        error => UsageError(format!("--model {name}: {error}")),
    })?;
    Ok(Chosen { name, architecture, training: recipe.training })
}

/// A preset, or what a file describes, with its name.
fn find(place: &Path) -> Result<(String, Recipe)> {
    if let Some(preset) = place.to_str().and_then(Preset::find) {
        return Ok((preset.name.into(), preset.recipe()));
    }
    let shown = place.display();
    if !place.exists() && place.components().count() == 1 && place.extension().is_none() {
        let names: Vec<&str> = presets().iter().map(|preset| preset.name).collect();
        let tip = tip("model", &place.to_string_lossy(), names.iter().copied());
        let message = format!(
            "--model {shown}: expected a file or one of {}, found neither{tip}",
            names.join(", ")
        );
        return Err(UsageError(message).into());
    }
    let recipe = read(place).map_err(|why| DataError(format!("{shown}: {why}")))?;
    let name = place.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok((name, recipe))
}

fn read(path: &Path) -> Result<Recipe, String> {
    text_file::read(path)?.parse().map_err(|error: ModelError| error.to_string())
}

impl Chosen {
    /// What the options say of the training, else the model's description, else the job.
    pub(crate) fn plan(
        &self,
        steps: &StepArgs,
        epochs: Option<usize>,
        usual: Plan,
    ) -> Result<Plan> {
        let Defaults { epochs: own_epochs, batch, optimizer, lr } = &self.training;
        let own = match optimizer {
            None => None,
            Some(name) => Some(OptimizerName::from_str(name, false).map_err(|_| {
                DataError(format!(
                    "model {}: expected the name of an optimizer, found {name:?}",
                    self.name
                ))
            })?),
        };
        // A rate belongs to its rule.
        let own_rate = lr.filter(|_| steps.optimizer.is_none());
        let plan = Plan {
            epochs: epochs.or(*own_epochs).unwrap_or(usual.epochs),
            batch: steps.batch.or(*batch).unwrap_or(usual.batch),
            optimizer: steps.optimizer.or(own).unwrap_or(usual.optimizer),
            lr: steps.lr.or(own_rate),
        };
        if plan.epochs == 0 || plan.batch == 0 {
            let message =
                format!("model {}: expected at least 1 epoch and 1 image to a batch", self.name);
            return Err(DataError(message).into());
        }
        Ok(plan)
    }
}

/// A line of `ae-app models --json`.
#[derive(Serialize)]
struct Listed {
    name: &'static str,
    about: String,
    latent: Option<usize>,
    encoder: Vec<String>,
    decoder: Vec<String>,
}

/// `ae-app models`: the presets, or the file of one.
pub(crate) fn list(args: &ModelsArgs) -> Result<Ending> {
    let report = Report::new(args.output);
    if let Some(name) = &args.name {
        let Some(preset) = Preset::find(name) else {
            let tip = tip("model", name, presets().iter().map(|preset| preset.name));
            return Err(UsageError(format!("models {name}: there is no such preset{tip}")).into());
        };
        report.line(preset.toml.trim_end());
        return Ok(Ending::Done);
    }
    let mut listed = Vec::new();
    for preset in presets() {
        let Recipe { about, latent, encoder, decoder, .. } = preset.recipe();
        report.line(format_args!("{:<15} {about}", preset.name));
        listed.push(Listed { name: preset.name, about, latent, encoder, decoder });
    }
    report.line("\nae-app models NAME prints one as TOML, --model NAME trains it");
    report.json(&listed);
    Ok(Ending::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Plan = Plan { epochs: 9, batch: 8, optimizer: OptimizerName::Rmsprop, lr: None };

    fn steps(optimizer: Option<OptimizerName>, lr: Option<f64>) -> StepArgs {
        StepArgs { batch: None, optimizer, lr, samples: 10 }
    }

    fn chosen(training: &str) -> Chosen {
        let toml = format!(
            "encoder = ['dense 2 relu']\ndecoder = ['dense 4 sigmoid']\n[training]\n{training}"
        );
        let recipe: Recipe = toml.parse().unwrap();
        let architecture = recipe.architecture([2, 2], None).unwrap();
        Chosen { name: "own".into(), architecture, training: recipe.training }
    }

    #[test]
    fn options_win_over_the_description_and_it_over_the_job() {
        let own = chosen("optimizer = 'adam'\nlr = 0.01\nepochs = 4");
        let plan = own.plan(&steps(None, None), None, USUAL).unwrap();
        let expected = Plan { epochs: 4, batch: 8, optimizer: OptimizerName::Adam, lr: Some(0.01) };
        assert_eq!(plan, expected);
        let plan = own.plan(&steps(None, Some(0.5)), Some(7), USUAL).unwrap();
        assert_eq!(plan, Plan { epochs: 7, lr: Some(0.5), ..expected });
        // The description's rate is not that of another rule.
        let plan = own.plan(&steps(Some(OptimizerName::Sgd), None), None, USUAL).unwrap();
        assert_eq!((plan.optimizer, plan.lr), (OptimizerName::Sgd, None));
        assert_eq!(chosen("").plan(&steps(None, None), None, USUAL).unwrap(), USUAL);
    }

    #[test]
    fn a_description_that_cannot_be_trained_is_refused() {
        for training in ["optimizer = 'adm'", "epochs = 0", "batch = 0"] {
            assert!(chosen(training).plan(&steps(None, None), None, USUAL).is_err(), "{training}");
        }
    }

    #[test]
    fn presets_can_be_trained() {
        for preset in presets() {
            let options = ModelOptions { model: Some(preset.name.into()), ..Default::default() };
            let chosen = choose(&options, "", [28, 28]).unwrap();
            chosen.plan(&steps(None, None), None, USUAL).unwrap();
        }
    }

    #[test]
    fn a_recorded_model_stays_what_it_was_unless_something_else_is_asked_for() {
        let words = "input 4; dense 3 relu | dense 4 sigmoid";
        let recorded = Recorded { name: "notebook-dense".into(), words: words.into() };
        let options = ModelOptions { recorded: Some(recorded), ..Default::default() };
        let words_of = |options: &ModelOptions| {
            choose(options, "vae", [2, 2]).unwrap().architecture.to_string()
        };
        assert_eq!(words_of(&options), words);
        let other = ModelOptions { latent: Some(2), ..options.clone() };
        assert_eq!(words_of(&other), words.replace('3', "2"));
        let other = ModelOptions { encoder: Some("dense 4 relu;dense 1 relu".into()), ..options };
        assert_eq!(words_of(&other), words.replace("dense 3 relu", "dense 4 relu; dense 1 relu"));
    }
}
