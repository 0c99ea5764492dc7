//! The epochs of a training, and the steps of an epoch.

use super::{Fitted, Stopped, Training};
use crate::ahead;
use crate::evaluate::mean_loss;
use crate::examples::Chosen;
use crate::gradient::BatchGradient;
use crate::lane::{Lane, Objective};
use crate::order::Order;
use crate::{
    BatchReport, Divergence, EpochLosses, EpochReport, Event, FitError, FitOptions, Monitor,
    TrainingState, shards,
};
use ae_autodiff::Params;
use ae_optim::{Cadence, Optimizer, Step};
use std::ops::ControlFlow;
use std::time::Instant;

/// The losses that may diverge at an epoch's end.
const VALIDATION_LOSS: &str = "validation loss";
const BOTH_LOSSES: &str = "training and validation loss";

/// A running training. Epochs and batches are counted from 1 here, as in reports, unless stated
/// otherwise.
pub(super) struct Run<'a, 'o> {
    learning: Objective<'a>,
    validation: Objective<'a>,
    options: FitOptions<'a>,
    params: &'o mut Params,
    optimizer: &'o mut dyn Optimizer,
    /// The optimizer's learning rate before the first step.
    base_rate: f64,
    state: TrainingState,
    order: Order,
    lanes: Vec<Lane>,
    gradient: BatchGradient,
    train_seconds: f64,
    samples_seen: usize,
}

/// The progress of an epoch.
#[derive(Default)]
struct Epoch {
    /// Counted from 1.
    number: usize,
    batches: usize,
    /// The sum of all samples' losses.
    total: f64,
    seen: usize,
    train_seconds: f64,
    /// The validation losses of the epochs before it.
    val_losses: Vec<f64>,
}

impl Epoch {
    fn loss(&self) -> f64 {
        self.total / self.seen as f64
    }
}

impl<'a, 'o> Run<'a, 'o> {
    pub(super) fn new(
        learning: Objective<'a>,
        validation: Objective<'a>,
        options: FitOptions<'a>,
        training: Training<'o>,
    ) -> Self {
        let Training { params, optimizer, state } = training;
        let shard_len = shards::training_len(learning.model, params.element_count());
        Self {
            learning,
            validation,
            options,
            base_rate: optimizer.learning_rate(),
            order: Order::default(),
            lanes: Lane::for_all_threads(),
            gradient: BatchGradient::new(params, options.batch, shard_len),
            params,
            optimizer,
            state,
            train_seconds: 0.0,
            samples_seen: 0,
        }
    }

    /// Trains to the end. Afterwards the optimizer has its original learning rate, even after an
    /// error.
    pub(super) fn run(
        mut self,
        on_event: &mut dyn FnMut(&Event<'_>) -> ControlFlow<()>,
    ) -> Result<Fitted, FitError> {
        let stopped = self.epochs(on_event);
        if self.options.schedule.cadence() != Cadence::Never {
            self.optimizer.set_learning_rate(self.base_rate);
        }
        Ok(self.finish(stopped?))
    }

    /// Runs all remaining epochs; returns where the training was interrupted, if it was.
    fn epochs(
        &mut self,
        on_event: &mut dyn FnMut(&Event<'_>) -> ControlFlow<()>,
    ) -> Result<Option<Stopped>, FitError> {
        for number in self.state.epoch() + 1..=self.options.epochs {
            if self.state.monitor.has_stopped() {
                break;
            }
            if let ControlFlow::Break(stopped) = self.epoch(number, on_event)? {
                return Ok(Some(stopped));
            }
        }
        Ok(None)
    }

    /// Runs one epoch with its validation.
    fn epoch(
        &mut self,
        number: usize,
        on_event: &mut dyn FnMut(&Event<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<Stopped>, FitError> {
        let mut epoch = Epoch { number, ..Epoch::default() };
        let broken_off = self.steps(&mut epoch, on_event)?;
        self.train_seconds += epoch.train_seconds;
        self.samples_seen += epoch.seen;
        if broken_off.is_break() {
            return Ok(broken_off);
        }
        let losses = self.validate(&epoch)?;
        let report = EpochReport {
            epoch: number,
            epochs: self.options.epochs,
            losses,
            train_seconds: epoch.train_seconds,
            params: self.params,
            history: &self.state.history,
            state: &self.state,
            optimizer: self.optimizer,
        };
        let batches = epoch.batches;
        let last = self.is_last(number);
        match on_event(&Event::Epoch(report)) {
            // After the last epoch there is nothing to interrupt.
            ControlFlow::Break(()) if !last => {
                Ok(ControlFlow::Break(Stopped { epoch: number, batch: batches, batches }))
            }
            _ => Ok(ControlFlow::Continue(())),
        }
    }

    /// Runs all steps of an epoch.
    fn steps(
        &mut self,
        epoch: &mut Epoch,
        on_event: &mut dyn FnMut(&Event<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<Stopped>, FitError> {
        let start = Instant::now();
        let count = self.learning.examples.count();
        let mut order = std::mem::take(&mut self.order);
        order.shuffle(count, self.options.seed, epoch.number - 1);
        epoch.val_losses = self.state.history.val_losses();
        epoch.batches = order.batches(self.options.batch).len();
        epoch.train_seconds += start.elapsed().as_secs_f64();
        let flow = ahead::reading(self.learning.examples, &order, self.options.batch, |batches| {
            self.batches(epoch, batches, on_event)
        });
        self.order = order;
        flow
    }

    /// Takes a step with each of these batches.
    fn batches(
        &mut self,
        epoch: &mut Epoch,
        batches: &mut ahead::Batches<'_>,
        on_event: &mut dyn FnMut(&Event<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<Stopped>, FitError> {
        for batch in 1.. {
            let start = Instant::now();
            let Some(chosen) = batches.next() else { break };
            let indices = chosen.indices;
            let loss = self.step(epoch, batch, chosen)?;
            epoch.train_seconds += start.elapsed().as_secs_f64();
            epoch.total += loss * indices.len() as f64;
            epoch.seen += indices.len();
            let report = BatchReport {
                epoch: epoch.number,
                epochs: self.options.epochs,
                batch,
                batches: epoch.batches,
                loss: epoch.loss(),
            };
            if on_event(&Event::Batch(report)).is_break() {
                let (epoch, batches) = (epoch.number, epoch.batches);
                return Ok(ControlFlow::Break(Stopped { epoch, batch, batches }));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Takes one step and returns the loss before it.
    fn step(&mut self, epoch: &Epoch, batch: usize, chosen: Chosen<'_>) -> Result<f64, FitError> {
        self.schedule(epoch, batch)?;
        let how = Divergence::NotFinite;
        let diverged = |what| FitError::Diverged { what, how, epoch: epoch.number, batch };
        let key = (self.options.seed, epoch.number - 1);
        let (lanes, learning) = (&mut self.lanes, &self.learning);
        let (loss, grads) = self.gradient.compute(lanes, learning, self.params, chosen, key);
        check_read(learning)?;
        if !loss.is_finite() {
            return Err(diverged("loss"));
        }
        let finite = match self.options.clip_norm {
            // The norm, summed in f64, is finite if and only if the gradient is.
            Some(max) => grads.clip_to_norm(max).is_finite(),
            None => grads.is_finite(),
        };
        if !finite {
            return Err(diverged("gradient"));
        }
        self.state.first_loss.get_or_insert(loss);
        self.optimizer.step(self.params, grads);
        self.state.steps += 1;
        Ok(loss)
    }

    /// Sets the optimizer's learning rate for this step, if the schedule may have changed it.
    fn schedule(&mut self, epoch: &Epoch, batch: usize) -> Result<(), FitError> {
        let due = match self.options.schedule.cadence() {
            Cadence::Never => false,
            Cadence::Epoch => batch == 1,
            Cadence::Step => true,
        };
        if !due {
            return Ok(());
        }
        let (epochs, batches) = (self.options.epochs, epoch.batches);
        let place = [epoch.number - 1, epochs];
        let step = Step::new(self.base_rate, place, [batch - 1, batches], &epoch.val_losses);
        let rate = self.options.schedule.learning_rate(&step);
        if !(rate.is_finite() && rate >= 0.0) {
            return Err(FitError::LearningRate { rate, epoch: epoch.number, batch });
        }
        self.optimizer.set_learning_rate(rate);
        Ok(())
    }

    /// Computes the losses of an epoch whose steps are done and adds them to the state.
    fn validate(&mut self, epoch: &Epoch) -> Result<EpochLosses, FitError> {
        let val_loss = mean_loss(&mut self.lanes, &self.validation, self.params);
        check_read(&self.validation)?;
        let losses = EpochLosses { loss: epoch.loss(), val_loss };
        let began = self.state.began();
        let judge = |what, how: Option<Divergence>| {
            let (epoch, batch) = (epoch.number, epoch.batches);
            how.map_or(Ok(()), |how| Err(FitError::Diverged { what, how, epoch, batch }))
        };
        // The steps have checked that the training loss is finite.
        let both = if val_loss.is_finite() { BOTH_LOSSES } else { VALIDATION_LOSS };
        judge(both, Divergence::of_epoch(losses, began))?;
        self.state.history.epochs.push(losses);
        self.state.monitor.observe(epoch.number, val_loss, self.params);
        if self.is_last(epoch.number) {
            let Monitor { rule, best, .. } = self.state.monitor;
            let remaining = if rule.restore_best { best } else { val_loss };
            judge(VALIDATION_LOSS, Divergence::of_result(remaining, began))?;
        }
        Ok(losses)
    }

    /// Returns whether this epoch, which has been validated, is the last one.
    fn is_last(&self, epoch: usize) -> bool {
        epoch == self.options.epochs || self.state.monitor.has_stopped()
    }

    /// Returns the result. The best weights are restored if they were kept, unless the training was
    /// interrupted.
    fn finish(self, stopped: Option<Stopped>) -> Fitted {
        let Self { params, state, options, train_seconds, samples_seen, .. } = self;
        let mut fitted = Fitted {
            history: state.history,
            train_seconds,
            samples_seen,
            stopped,
            stopped_early: false,
            restored: None,
        };
        if stopped.is_none() {
            let monitor = state.monitor;
            fitted.stopped_early =
                monitor.has_stopped() && fitted.history.epochs.len() < options.epochs;
            fitted.restored = monitor.best_epoch().filter(|_| monitor.weights.is_some());
            if let Some(weights) = monitor.weights {
                *params = weights;
            }
        }
        fitted
    }
}

/// Refuses what was computed from samples that could not be read.
fn check_read(objective: &Objective<'_>) -> Result<(), FitError> {
    objective.examples.samples().fault().map_or(Ok(()), |fault| Err(FitError::Data(fault)))
}
