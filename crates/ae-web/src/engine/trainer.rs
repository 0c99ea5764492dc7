//! A training of some steps at a time, from nothing.

use super::error::check_rows;
use super::{EngineError, Model};
use ae_autodiff::Params;
use ae_layers::{Architecture, Sequential};
use ae_models::{Extents, Preset};
use ae_optim::{NamedSchedule, Optimizer, OptimizerName};
use ae_train::{
    AutoEncoder, EpochLosses, Event, Examples, FitOptions, NamedLoss, Samples, StepwiseFit,
};
use serde::Deserialize;
use std::ops::ControlFlow;

/// The most weights of a model that a page trains: 64 MB, and with gradients and the optimizer's
/// memory five times as much.
const MOST_WEIGHTS: usize = 1 << 24;

/// The most values of an image that a page trains with.
const MOST_VALUES: usize = 1 << 20;

/// What is trained, and how. The loss, the schedule and the clipping are those of the preset.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainerOptions {
    /// The name of a preset, `notebook-dense`.
    pub model: String,
    /// The length of a code; the preset's own if it is left out.
    #[serde(default)]
    pub latent: Option<usize>,
    /// The name of an optimizer, `rmsprop`.
    pub optimizer: String,
    /// Its learning rate; its own if it is left out.
    #[serde(default)]
    pub rate: Option<f64>,
    /// The number of images of a step, at most all.
    pub batch: usize,
    /// How often each image is seen.
    pub epochs: usize,
    /// The seed of the weights and of the order of the images.
    pub seed: u64,
    /// The height of an image.
    pub height: usize,
    /// Its width.
    pub width: usize,
    /// 1 for gray, 3 for color.
    pub channels: usize,
}

/// A training, with its own images.
#[derive(Debug)]
pub struct Trainer {
    architecture: Architecture,
    layers: Sequential,
    params: Params,
    optimizer: Box<dyn Optimizer>,
    fit: StepwiseFit,
    plan: Plan,
    train: Vec<u8>,
    test: Vec<u8>,
    report: TrainerReport,
}

/// The settings that each call needs.
#[derive(Clone, Copy, Debug)]
struct Plan {
    epochs: usize,
    batch: usize,
    seed: u64,
    loss: NamedLoss,
    schedule: NamedSchedule,
    clip_norm: Option<f64>,
}

/// How far a training has come.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TrainerReport {
    /// The epoch of the last step, counted from 1; 0 before the first.
    pub epoch: usize,
    /// The last step's batch in this epoch, counted from 1; 0 before the first.
    pub batch: usize,
    /// The number of batches in an epoch.
    pub batches: usize,
    /// The mean loss of the epoch's images so far.
    pub loss: f64,
    /// Whether the last epoch has ended.
    pub done: bool,
    /// The epochs that ended in this call, with their numbers, counted from 1.
    pub ended: Vec<(usize, EpochLosses)>,
}

impl Plan {
    fn options(&self) -> FitOptions<'_> {
        let Self { epochs, batch, seed, ref loss, ref schedule, clip_norm } = *self;
        let options = FitOptions::new(epochs, batch, seed).with_loss(loss).with_schedule(schedule);
        FitOptions { clip_norm, ..options }
    }
}

impl Trainer {
    /// A training before its first step, on images of bytes, 0 to 255. The losses of the `test`
    /// images are those of validation.
    ///
    /// # Errors
    /// If no preset or optimizer has the name, if a number is out of its range, if the images are
    /// not whole, or if the model does not suit them.
    pub fn new(
        options: &TrainerOptions,
        train: Vec<u8>,
        test: Vec<u8>,
    ) -> Result<Self, EngineError> {
        let TrainerOptions { model: name, latent, rate, height, width, channels, .. } = options;
        let unknown = || EngineError::new("model", "the name of a preset", name);
        let recipe = Preset::find(name).ok_or_else(unknown)?.recipe();
        let size = Extents::from([*height, *width, *channels]);
        if !(1..=MOST_VALUES).contains(&size.values()) {
            let expected = format_args!("1 to {MOST_VALUES} values").to_string();
            return Err(EngineError::new("image", expected, size.values()));
        }
        let architecture = recipe.architecture(size, *latent)?;
        let weights = architecture.weight_count().map_err(ae_train::ModelError::from)?;
        if weights > MOST_WEIGHTS {
            let expected = format_args!("at most {MOST_WEIGHTS} weights").to_string();
            return Err(EngineError::new("model", expected, weights));
        }
        if let Some(rate) = rate.filter(|&rate| !OptimizerName::takes_rate(rate)) {
            return Err(EngineError::new("learning rate", "a number above 0", rate));
        }
        let image = size.values();
        for (what, bytes) in [("training images", &train), ("test images", &test)] {
            check_rows(what, bytes.len(), image)?;
        }
        let optimizer = options.optimizer.parse::<OptimizerName>()?.build(*rate);
        let defaults = recipe.training;
        let plan = Plan {
            epochs: options.epochs,
            batch: options.batch.min(train.len() / image),
            seed: options.seed,
            loss: defaults.loss.map_or(Ok(NamedLoss::default()), |loss| loss.parse())?,
            schedule: defaults.schedule.as_deref().unwrap_or("constant").parse()?,
            clip_norm: defaults.clip_norm,
        };
        let model = AutoEncoder::from_architecture(architecture, options.seed)?;
        let (architecture, layers, params) = model.into_parts();
        let fit = StepwiseFit::new(&layers, &params, &*optimizer, &plan.options());
        let report = TrainerReport::default();
        Ok(Self { architecture, layers, params, optimizer, fit, plan, train, test, report })
    }

    /// Takes this many steps, or as many as are left, and the validations of the epochs that end.
    ///
    /// # Errors
    /// [`EngineError::Fit`] if the training cannot begin, or diverges.
    pub fn step(&mut self, batches: usize) -> Result<TrainerReport, EngineError> {
        let Self { layers, params, optimizer, fit, plan, train, test, report, .. } = self;
        report.ended.clear();
        let shape = layers.input_shape();
        let samples = |bytes| Examples::clean(Samples::new(bytes, shape));
        let data = (samples(train), samples(test));
        let mut taken = 0;
        if batches > 0 {
            let stopped =
                fit.run(layers, params, &mut **optimizer, data, plan.options(), |event| {
                    let pause = match event {
                        Event::Batch(batch) => {
                            taken += 1;
                            report.epoch = batch.epoch;
                            report.batch = batch.batch;
                            report.batches = batch.batches;
                            report.loss = batch.loss;
                            // The validation belongs to the epoch's last step.
                            taken >= batches && batch.batch < batch.batches
                        }
                        Event::Epoch(epoch) => {
                            report.ended.push((epoch.epoch, epoch.losses));
                            taken >= batches
                        }
                    };
                    if pause { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                })?;
            report.done = stopped.is_none();
        }
        Ok(report.clone())
    }

    /// A copy of the model as it is now.
    ///
    /// # Errors
    /// None that can happen: the model was built.
    pub fn model(&self) -> Result<Model, EngineError> {
        Model::new(AutoEncoder::from_parts(self.architecture.clone(), &self.params)?)
    }
}
