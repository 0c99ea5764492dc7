//! Training in one expression.

use crate::fit::fit_from;
use crate::{
    AsExamples, AutoEncoder, EarlyStopping, EpochReport, Event, Examples, FitError, FitOptions,
    Fitted, Loss, Summation, Team, Training, TrainingState,
};
use ae_optim::{Optimizer, Schedule};
use std::fmt;
use std::ops::ControlFlow;

/// The default number of samples in a step, as in Keras.
const BATCH: usize = 32;

/// A builder for the training of an [`AutoEncoder`]: [`fit_from`](fn@crate::fit_from) with
/// defaults.
///
/// ```
/// use ae_optim::{AdamW, CosineDecay};
/// use ae_train::{AutoEncoder, EarlyStopping, Fit, MeanSquaredError, Samples};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // 40 pairs of numbers on a line.
/// let pair = |i| [i as f32 / 10.0 - 2.0, 1.0 - i as f32 / 20.0];
/// let numbers: Vec<f32> = (0..40).flat_map(pair).collect();
/// let points = Samples::from_f32(&numbers, [2]);
/// let mut model = AutoEncoder::parse("input 2; dense 1 linear | dense 2 linear", 1)?;
/// let mut losses = Vec::new();
/// let fitted = Fit::new(&points)
///     .epochs(150)
///     .batch(8)
///     .seed(1)
///     .loss(&MeanSquaredError)
///     .schedule(&CosineDecay::default())
///     .clip_norm(5.0)
///     .early_stopping(EarlyStopping { patience: Some(50), ..EarlyStopping::default() })
///     .on_epoch(|report| losses.push(report.losses.loss))
///     .run(&mut model, &mut AdamW::new(0.05).with_weight_decay(1e-4))?;
/// assert!(model.evaluate(&points, &MeanSquaredError)? < 0.01);
/// assert_eq!(losses, fitted.history.losses());
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is trained before `run`"]
pub struct Fit<'a> {
    train: Examples<'a>,
    validation: Option<Examples<'a>>,
    options: FitOptions<'a>,
    batch: Option<usize>,
    early_stopping: EarlyStopping,
    state: Option<TrainingState>,
    on_epoch: Option<OnEpoch<'a>>,
    on_event: Option<OnEvent<'a>>,
}

type OnEpoch<'a> = Box<dyn FnMut(&EpochReport<'_>) + 'a>;
type OnEvent<'a> = Box<dyn FnMut(&Event<'_>) -> ControlFlow<()> + 'a>;

impl<'a> Fit<'a> {
    /// A training on these examples, [`Samples`](crate::Samples) or [`Examples`]. The defaults are
    /// one epoch, batches of 32 (or of all examples if there are fewer), seed 0 and the binary
    /// cross-entropy.
    pub fn new(train: &'a impl AsExamples) -> Self {
        Self {
            train: train.as_examples(),
            validation: None,
            options: FitOptions::new(1, BATCH, 0),
            batch: None,
            early_stopping: EarlyStopping::default(),
            state: None,
            on_epoch: None,
            on_event: None,
        }
    }

    /// Validates each epoch on these examples. Without them, the validation loss is the loss of the
    /// training examples at the epoch's end.
    pub fn validate(self, validation: &'a impl AsExamples) -> Self {
        Self { validation: Some(validation.as_examples()), ..self }
    }

    /// Sets the number of epochs: how often each sample is seen.
    pub fn epochs(self, epochs: usize) -> Self {
        Self { options: FitOptions { epochs, ..self.options }, ..self }
    }

    /// Sets the number of samples in a step.
    pub fn batch(self, batch: usize) -> Self {
        Self { batch: Some(batch), ..self }
    }

    /// Sets the seed. It determines the order of the samples in each epoch, and the codes that a
    /// variational model draws.
    pub fn seed(self, seed: u64) -> Self {
        Self { options: FitOptions { seed, ..self.options }, ..self }
    }

    /// Sets the loss to minimize.
    pub fn loss(self, loss: &'a dyn Loss) -> Self {
        Self { options: self.options.with_loss(loss), ..self }
    }

    /// Sets the schedule of the learning rate.
    pub fn schedule(self, schedule: &'a dyn Schedule) -> Self {
        Self { options: self.options.with_schedule(schedule), ..self }
    }

    /// Scales the gradients down if the norm of all of them together is above this.
    pub fn clip_norm(self, norm: f64) -> Self {
        Self { options: self.options.with_clip_norm(norm), ..self }
    }

    /// Adds the gradients of the shards of a batch in this order.
    pub fn summation(self, summation: Summation) -> Self {
        Self { options: self.options.with_summation(summation), ..self }
    }

    /// Trains together with other processes: see [`FitOptions::with_team`].
    pub fn team(self, team: &'a dyn Team) -> Self {
        Self { options: self.options.with_team(team), ..self }
    }

    /// Sets when to stop before the last epoch, and which weights to keep.
    pub fn early_stopping(self, early_stopping: EarlyStopping) -> Self {
        Self { early_stopping, ..self }
    }

    /// Continues an earlier training from a state that [`AutoEncoder::restore`] returned. That
    /// state's rule of early stopping applies.
    pub fn resume(self, state: TrainingState) -> Self {
        Self { state: Some(state), ..self }
    }

    /// Calls this at the end of each epoch.
    pub fn on_epoch(self, on_epoch: impl FnMut(&EpochReport<'_>) + 'a) -> Self {
        Self { on_epoch: Some(Box::new(on_epoch)), ..self }
    }

    /// Calls this after each step and each epoch. If it returns `Break`, training ends there, or in
    /// a team after the next step.
    pub fn on_event(self, on_event: impl FnMut(&Event<'_>) -> ControlFlow<()> + 'a) -> Self {
        Self { on_event: Some(Box::new(on_event)), ..self }
    }

    /// Trains the model.
    ///
    /// # Errors
    /// See [`FitError`].
    pub fn run(
        self,
        model: &mut AutoEncoder,
        optimizer: &mut dyn Optimizer,
    ) -> Result<Fitted, FitError> {
        let Self { train, validation, mut options, early_stopping, state, .. } = self;
        let (mut on_epoch, mut on_event) = (self.on_epoch, self.on_event);
        let usual = BATCH.min(train.count());
        options.batch = self.batch.unwrap_or(usual);
        let (model, params) = model.model_and_params();
        let state = state.unwrap_or_else(|| TrainingState::new(early_stopping));
        let training = Training { params, optimizer, state };
        let validation = validation.unwrap_or(train);
        fit_from(model, training, train, validation, options, |event| {
            if let (Event::Epoch(report), Some(on_epoch)) = (event, &mut on_epoch) {
                on_epoch(report);
            }
            on_event.as_mut().map_or(ControlFlow::Continue(()), |on_event| on_event(event))
        })
    }
}

impl fmt::Debug for Fit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fit")
            .field("train", &self.train)
            .field("validation", &self.validation)
            .field("options", &self.options)
            .field("batch", &self.batch)
            .field("early_stopping", &self.early_stopping)
            .finish_non_exhaustive()
    }
}
