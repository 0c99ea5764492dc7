//! The model that a job trains, and its training settings, from presets, files and options.

use super::suggest::tip;
use super::text_file;
use crate::exit::{Refusal, data, usage, warn};
use ae_layers::{Architecture, ArchitectureError};
use ae_models::{Defaults, Preset, Recipe, RecipeError, presets};
use ae_optim::ScheduleError;
use ae_run::{Job, ModelSpec, OptimizerName, Plan, PlanSpec, RecordedModel, UnknownOptimizer};
use ae_train::NameError;
use std::path::Path;
use std::str::FromStr;

/// A model for images of one size.
pub(crate) struct SelectedModel {
    /// The name of the preset, or the file's name without folder and extension.
    pub(crate) name: String,
    pub(crate) architecture: Architecture,
    /// The training settings of the description.
    training: Defaults,
    /// Whether padding with zeros may help if the images do not fit.
    pub(crate) can_pad: bool,
}

/// Returns the model that the job asks for, or its default for this known data set.
pub(crate) fn select_model(
    job: &Job,
    dataset: &str,
    image: [usize; 3],
) -> Result<SelectedModel, Refusal> {
    select(&job.training().model, job.usual_model(dataset), image)
}

fn select(spec: &ModelSpec, usual: &str, image: [usize; 3]) -> Result<SelectedModel, Refusal> {
    let ModelSpec { recorded, model, encoder, decoder, latent, pad } = spec;
    let changed = model.is_some() || encoder.is_some() || decoder.is_some() || latent.is_some();
    let changed = changed || *pad;
    if let (Some(RecordedModel { name, architecture, .. }), false) = (recorded, changed) {
        let architecture = architecture.parse().map_err(|error: ArchitectureError| {
            data(format!("a configuration's architecture {architecture:?}: {error}"))
        })?;
        return Ok(SelectedModel {
            name: name.clone(),
            architecture,
            training: Defaults::default(),
            can_pad: false,
        });
    }
    let (mut name, mut recipe) = match (model, recorded) {
        (Some(place), _) => find(place)?,
        (None, Some(recorded)) => described(recorded, image)?,
        (None, None) => find(Path::new(usual))?,
    };
    for (part, layers, option) in
        [(&mut recipe.encoder, encoder, "--encoder"), (&mut recipe.decoder, decoder, "--decoder")]
    {
        if let Some(layers) = layers {
            *part = layers.split(';').map(|layer| layer.trim().to_owned()).collect();
            name = format!("{name} with another {}", &option[2..]);
        }
    }
    // A recorded model that was padded stays padded if something else about it changes.
    let padded = recorded.as_ref().is_some_and(|model| model.architecture.contains(PADDING));
    let pad = *pad || recipe.pad || (padded && model.is_none());
    let made = match pad {
        true => recipe.padded(image, *latent),
        false => recipe.architecture(image, *latent),
    };
    let architecture = made.map_err(|error| match error {
        RecipeError::Latent { found, most } => {
            let of = if image[2] == 1 { "pixels" } else { "values" };
            usage(format!("--latent {found}: expected 1 to {most}, the {of} of an image"))
        }
        error @ RecipeError::Number { .. } => {
            let fitting = which_fits(image, !pad && can_pad(&recipe, image, *latent));
            usage(format!("--model {name}: {error}; {fitting}"))
        }
        error => usage(format!("--model {name}: {error}")),
    })?;
    let can_pad = !pad && can_pad(&recipe, image, *latent);
    Ok(SelectedModel { name, architecture, training: recipe.training, can_pad })
}

/// The name of the layer that surrounds images with zeros.
const PADDING: &str = "zero_padding2d";

impl SelectedModel {
    /// Describes the padding of images in the model, if there is any.
    pub(crate) fn padding(&self) -> Option<String> {
        let first = self.architecture.outline().ok()?.into_iter().next()?;
        let &[height, width, _] = first.output.dims() else { return None };
        (first.spec.keyword() == PADDING).then(|| {
            format!("the model pads them with zeros to {height} x {width} and crops its output")
        })
    }
}

/// Returns whether padding with zeros makes images of this size fit.
fn can_pad(recipe: &Recipe, image: [usize; 3], latent: Option<usize>) -> bool {
    let begins = |model: Architecture| model.layers[0].keyword() == PADDING;
    recipe.padded(image, latent).is_ok_and(begins)
}

/// Returns the advice for images that do not suit a model: the option that surrounds them with
/// zeros, if it helps, and the presets that accept them.
pub(crate) fn which_fits(image @ [height, width, _]: [usize; 3], can_pad: bool) -> String {
    let presets = Preset::for_images(image);
    let fitting = match presets.is_empty() {
        true => "no preset takes".to_owned(),
        false => format!("--model {} takes", presets.join(" or ")),
    };
    let pad = if can_pad { "--pad surrounds them with zeros, and " } else { "" };
    format!("{pad}{fitting} images of {height} x {width}")
}

/// Returns the preset that an earlier run has trained. The name alone does not decide, because the
/// run's model may come from a file with the name of a preset.
fn described(recorded: &RecordedModel, image: [usize; 3]) -> Result<(String, Recipe), Refusal> {
    let RecordedModel { name, architecture, latent } = recorded;
    let preset = Preset::find(name).map(Preset::recipe);
    let is_it = |recipe: &Recipe| {
        let made = match architecture.contains(PADDING) {
            true => recipe.padded(image, *latent),
            false => recipe.architecture(image, *latent),
        };
        made.is_ok_and(|made| made.to_string() == *architecture)
    };
    match preset.filter(is_it) {
        Some(recipe) => Ok((name.clone(), recipe)),
        None => Err(usage(format!(
            "the run's model {name} is not a preset, so its layers cannot be changed without its description: \
             expected --model FILE as well"
        ))),
    }
}

/// Returns a preset, or the model that a file describes, with its name.
fn find(place: &Path) -> Result<(String, Recipe), Refusal> {
    if let Some(preset) = place.to_str().and_then(Preset::find) {
        if place.is_file() {
            let name = preset.name;
            warn(&format!(
                "{name} is taken as the preset, not as the file here; --model ./{name} takes the file"
            ));
        }
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
        return Err(usage(message));
    }
    let recipe = read(place).map_err(|why| data(format!("{shown}: {why}")))?;
    let name = place.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok((name, recipe))
}

fn read(path: &Path) -> Result<Recipe, String> {
    text_file::read(path)?.parse().map_err(|error: RecipeError| error.to_string())
}

impl SelectedModel {
    /// Returns the training settings: the job's, else those of the model's description, else the
    /// job's defaults.
    pub(crate) fn plan(&self, job: &Job) -> Result<Plan, Refusal> {
        self.plan_of(job.plan(), job.usual_plan())
    }

    fn plan_of(&self, asked: PlanSpec, usual: Plan) -> Result<Plan, Refusal> {
        let Defaults { epochs, batch, optimizer, lr, loss, schedule, clip_norm } = &self.training;
        let refused = |why: String| data(format!("model {}: {why}", self.name));
        let described: Option<OptimizerName> =
            parsed(optimizer).map_err(|error: UnknownOptimizer| refused(error.to_string()))?;
        let loss = parsed(loss).map_err(|error: NameError| refused(format!("loss: {error}")))?;
        let schedule = parsed(schedule)
            .map_err(|error: ScheduleError| refused(format!("schedule: {error}")))?;
        if let Some(rate) = lr.filter(|&rate| !OptimizerName::takes_rate(rate)) {
            return Err(refused(format!(
                "lr: expected a positive number (between 1.2e-38 and 3.4e38), found {rate:?}"
            )));
        }
        // The described rate is for the described optimizer only.
        let described_rate = lr.filter(|_| asked.optimizer.is_none());
        let plan = Plan {
            epochs: asked.epochs.or(*epochs).unwrap_or(usual.epochs),
            batch: asked.batch.or(*batch).unwrap_or(usual.batch),
            optimizer: asked.optimizer.or(described).unwrap_or(usual.optimizer),
            lr: asked.lr.or(described_rate),
            loss: asked.loss.or(loss).unwrap_or(usual.loss),
            schedule: asked.schedule.or(schedule).unwrap_or(usual.schedule),
            clip_norm: asked.clip_norm.or(*clip_norm),
            summation: asked.summation.unwrap_or(usual.summation),
        };
        if plan.clip_norm.is_some_and(|norm| !(norm.is_finite() && norm > 0.0)) {
            return Err(refused("expected a clip-norm above 0".into()));
        }
        if plan.epochs == 0 || plan.batch == 0 {
            return Err(refused("expected at least 1 epoch and 1 image to a batch".into()));
        }
        Ok(plan)
    }
}

/// Parses a value of a description.
fn parsed<T: FromStr>(word: &Option<String>) -> Result<Option<T>, T::Err> {
    word.as_ref().map(|word| word.parse()).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_run::{DenoiseSpec, DenseSpec};

    const USUAL: Plan = Plan::new(9, 8, OptimizerName::Rmsprop);

    fn described(training: &str) -> SelectedModel {
        let toml = format!(
            "encoder = ['dense 2 relu']\ndecoder = ['dense 4 sigmoid']\n[training]\n{training}"
        );
        let recipe: Recipe = toml.parse().unwrap();
        let architecture = recipe.architecture([2, 2], None).unwrap();
        SelectedModel {
            name: "mine".into(),
            architecture,
            training: recipe.training,
            can_pad: true,
        }
    }

    #[test]
    fn a_job_wins_over_the_description_and_it_over_the_usual_plan() {
        let mine = described("optimizer = 'adam'\nlr = 0.01\nepochs = 4");
        let plan = mine.plan_of(PlanSpec::default(), USUAL).unwrap();
        let expected = Plan { lr: Some(0.01), ..Plan::new(4, 8, OptimizerName::Adam) };
        assert_eq!(plan, expected);
        let asked = PlanSpec { epochs: Some(7), lr: Some(0.5), ..PlanSpec::default() };
        let plan = mine.plan_of(asked, USUAL).unwrap();
        assert_eq!(plan, Plan { epochs: 7, lr: Some(0.5), ..expected });
        // The described rate is not used with another optimizer.
        let asked = PlanSpec { optimizer: Some(OptimizerName::Sgd), ..PlanSpec::default() };
        let plan = mine.plan_of(asked, USUAL).unwrap();
        assert_eq!((plan.optimizer, plan.lr), (OptimizerName::Sgd, None));
        assert_eq!(described("").plan_of(PlanSpec::default(), USUAL).unwrap(), USUAL);
    }

    #[test]
    fn a_description_that_cannot_be_trained_is_refused() {
        for training in [
            "optimizer = 'adm'",
            "epochs = 0",
            "batch = 0",
            "loss = 'hinge'",
            "schedule = 'saw'",
            "clip-norm = 0.0",
            "lr = 0.0",
            "lr = -1.0",
            "lr = nan",
            "lr = 1e-40",
        ] {
            assert!(described(training).plan_of(PlanSpec::default(), USUAL).is_err(), "{training}");
        }
    }

    #[test]
    fn presets_can_be_trained() {
        for preset in presets() {
            let spec = ModelSpec { model: Some(preset.name.into()), ..ModelSpec::default() };
            let selected = select(&spec, "", [28, 28, 1]).unwrap();
            selected.plan_of(PlanSpec::default(), USUAL).unwrap();
        }
    }

    #[test]
    fn a_recorded_model_stays_what_it_was_unless_something_else_is_asked_for() {
        let words = "input 4; dense 3 relu | dense 4 sigmoid";
        let (name, latent) = ("notebook-dense".to_owned(), Some(3));
        let recorded = RecordedModel { name, architecture: words.into(), latent };
        let spec = ModelSpec { recorded: Some(recorded), ..ModelSpec::default() };
        let architecture =
            |spec: &ModelSpec| select(spec, "vae", [2, 2, 1]).unwrap().architecture.to_string();
        assert_eq!(architecture(&spec), words);
        let other = ModelSpec { latent: Some(2), ..spec.clone() };
        assert_eq!(architecture(&other), words.replace('3', "2"));
        let other = ModelSpec { encoder: Some("dense 4 relu;dense 1 relu".into()), ..spec };
        let expected = words.replace("dense 3 relu", "dense 4 relu; dense 1 relu");
        assert_eq!(architecture(&other), expected);
    }

    #[test]
    fn a_recorded_model_with_the_name_of_a_preset_is_not_taken_for_it() {
        let words = "input 4; dense 5 relu; dense 3 relu | dense 4 sigmoid";
        for name in ["notebook-dense", "mine", "Cargo.toml"] {
            let (name, architecture) = (name.to_owned(), words.to_owned());
            let recorded = RecordedModel { name, architecture, latent: Some(3) };
            let mut spec = ModelSpec { recorded: Some(recorded), ..ModelSpec::default() };
            assert_eq!(select(&spec, "vae", [2, 2, 1]).unwrap().architecture.to_string(), words);
            spec.latent = Some(2);
            let refused = select(&spec, "vae", [2, 2, 1]).err().unwrap().to_string();
            assert!(refused.ends_with("expected --model FILE as well"), "{refused}");
        }
    }

    #[test]
    fn without_options_the_jobs_are_those_of_the_notebook() {
        let plan = |job: &Job| {
            let selected = select_model(job, "mnist", [28, 28, 1]).unwrap();
            (selected.architecture.to_string(), selected.plan(job).unwrap())
        };
        let (words, dense) = plan(&Job::Dense(DenseSpec::default()));
        assert_eq!(words, "input 784; dense 10 relu | dense 784 sigmoid");
        assert_eq!(dense, Plan::new(200, 250, OptimizerName::Rmsprop));
        let quick = |quick| Job::Denoise(DenoiseSpec { quick, ..DenoiseSpec::default() });
        let expected = Plan::new(100, 128, OptimizerName::Adadelta);
        assert_eq!(plan(&quick(false)).1, expected);
        assert_eq!(plan(&quick(true)).1, Plan { epochs: 3, ..expected });
    }
}
