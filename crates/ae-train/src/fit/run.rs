//! The epochs of a training, and the steps of an epoch.

use super::Stopped;
use super::progress::{Epoch, Progress};
use crate::ahead;
use crate::clock::Stopwatch;
use crate::evaluate::mean_loss;
use crate::examples::Chosen;
use crate::gradient::{Company, Learned};
use crate::lane::Objective;
use crate::{
    BatchReport, Divergence, EpochLosses, EpochReport, Event, FitError, FitOptions, Monitor, shards,
};
use ae_autodiff::Params;
use ae_optim::{Cadence, Optimizer, Step};
use std::ops::ControlFlow;

/// The losses that may diverge at an epoch's end.
const VALIDATION_LOSS: &str = "validation loss";
const BOTH_LOSSES: &str = "training and validation loss";

/// A running training. Epochs and batches are counted from 1 here, as in reports, unless stated
/// otherwise.
pub(super) struct Run<'a, 'o> {
    pub(super) learning: Objective<'a>,
    pub(super) validation: Objective<'a>,
    pub(super) options: FitOptions<'a>,
    pub(super) params: &'o mut Params,
    pub(super) optimizer: &'o mut dyn Optimizer,
    pub(super) progress: &'o mut Progress,
}

impl Run<'_, '_> {
    /// Trains to the end, or until it is interrupted; returns where. Afterwards the optimizer has
    /// its original learning rate, even after an error. At the end the best weights are restored if
    /// they were kept.
    pub(super) fn run(
        mut self,
        on_event: &mut dyn FnMut(&Event<'_>) -> ControlFlow<()>,
    ) -> Result<Option<Stopped>, FitError> {
        let stopped = self.epochs(on_event);
        if self.options.schedule.cadence() != Cadence::Never {
            self.optimizer.set_learning_rate(self.progress.base_rate);
        }
        let stopped = stopped?;
        let monitor = &mut self.progress.state.monitor;
        if stopped.is_none()
            && let Some(weights) = monitor.weights.take()
        {
            self.progress.restored = monitor.best_epoch();
            *self.params = weights;
        }
        Ok(stopped)
    }

    /// Runs all remaining epochs; returns where the training was interrupted, if it was.
    fn epochs(
        &mut self,
        on_event: &mut dyn FnMut(&Event<'_>) -> ControlFlow<()>,
    ) -> Result<Option<Stopped>, FitError> {
        for number in self.progress.state.epoch() + 1..=self.options.epochs {
            if self.progress.state.monitor.has_stopped() {
                break;
            }
            if let ControlFlow::Break(stopped) = self.epoch(number, on_event)? {
                return Ok(Some(stopped));
            }
        }
        Ok(None)
    }

    /// Runs one epoch with its validation, or what is left of it.
    fn epoch(
        &mut self,
        number: usize,
        on_event: &mut dyn FnMut(&Event<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<Stopped>, FitError> {
        // Taken out while its steps change the rest of the progress.
        let mut epoch = std::mem::take(&mut self.progress.epoch);
        if epoch.number != number {
            epoch = self.begin(number);
        }
        let flow = self.steps(&mut epoch, on_event);
        if !matches!(flow, Ok(ControlFlow::Continue(()))) {
            self.progress.epoch = epoch;
            return flow;
        }
        let losses = self.validate(&epoch)?;
        let report = EpochReport {
            epoch: number,
            epochs: self.options.epochs,
            losses,
            train_seconds: epoch.train_seconds,
            params: self.params,
            history: &self.progress.state.history,
            state: &self.progress.state,
            optimizer: self.optimizer,
        };
        let batches = epoch.batches;
        let last = self.is_last(number);
        match on_event(&Event::Epoch(report)) {
            // After the last epoch there is nothing to interrupt.
            ControlFlow::Break(()) if !last && self.asks_alone() => {
                Ok(ControlFlow::Break(Stopped { epoch: number, batch: batches, batches }))
            }
            _ => Ok(ControlFlow::Continue(())),
        }
    }

    /// An epoch before its first step, with its order of the samples.
    fn begin(&mut self, number: usize) -> Epoch {
        let watch = Stopwatch::start();
        let Progress { order, state, .. } = &mut *self.progress;
        order.shuffle(self.learning.examples.count(), self.options.seed, number - 1);
        let val_losses = state.history.val_losses();
        let batches = order.batches(self.options.batch).len();
        let mut epoch = Epoch { number, batches, val_losses, ..Epoch::default() };
        self.progress.spend(&mut epoch, &watch);
        epoch
    }

    /// Runs the steps of an epoch that are left.
    fn steps(
        &mut self,
        epoch: &mut Epoch,
        on_event: &mut dyn FnMut(&Event<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<Stopped>, FitError> {
        let order = std::mem::take(&mut self.progress.order);
        let (size, done) = (self.options.batch, epoch.batch);
        let (len, team) = (self.progress.shard_len, self.options.team);
        let own = |count| shards::own(count, len, team);
        let flow = ahead::reading(self.learning.examples, &order, [size, done], &own, |batches| {
            self.batches(epoch, batches, on_event)
        });
        self.progress.order = order;
        flow
    }

    /// Takes a step with each of these batches.
    fn batches(
        &mut self,
        epoch: &mut Epoch,
        batches: &mut ahead::Batches<'_>,
        on_event: &mut dyn FnMut(&Event<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<Stopped>, FitError> {
        let first = epoch.batch + 1;
        for batch in first.. {
            let watch = Stopwatch::start();
            let Some(chosen) = batches.next() else { break };
            let indices = chosen.indices;
            self.schedule(epoch, batch, batch == first)?;
            let (loss, stop) = self.step(epoch, batch, chosen)?;
            self.progress.spend(epoch, &watch);
            self.progress.samples_seen += indices.len();
            epoch.batch = batch;
            epoch.total += loss * indices.len() as f64;
            epoch.seen += indices.len();
            let report = BatchReport {
                epoch: epoch.number,
                epochs: self.options.epochs,
                batch,
                batches: epoch.batches,
                loss: epoch.loss(),
            };
            let asked = on_event(&Event::Batch(report)).is_break() && self.asks_alone();
            if asked || stop {
                self.progress.stop = false;
                let (epoch, batches) = (epoch.number, epoch.batches);
                return Ok(ControlFlow::Break(Stopped { epoch, batch, batches }));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Notes that this process is to stop. Returns whether it decides this by itself. The processes
    /// of a team find out together in the next step, so that they stop after the same one.
    fn asks_alone(&mut self) -> bool {
        self.progress.stop = self.options.team.size() > 1;
        !self.progress.stop
    }

    /// Takes one step. Returns the loss before it, and whether the team is to stop.
    fn step(
        &mut self,
        epoch: &Epoch,
        batch: usize,
        chosen: Chosen<'_>,
    ) -> Result<(f64, bool), FitError> {
        let how = Divergence::NotFinite;
        let diverged = |what| FitError::Diverged { what, how, epoch: epoch.number, batch };
        let key = (self.options.seed, epoch.number - 1);
        let Progress { lanes, gradient, state, stop, .. } = &mut *self.progress;
        let learning = &self.learning;
        let FitOptions { team, summation, .. } = self.options;
        let company = Company { team, stop: *stop, summation };
        let Learned { loss, stop, grads } =
            gradient.compute(lanes, learning, self.params, chosen, key, company)?;
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
        state.first_loss.get_or_insert(loss);
        self.optimizer.step(self.params, grads);
        state.steps += 1;
        Ok((loss, stop))
    }

    /// Sets the optimizer's learning rate for this step, if the schedule may have changed it, or if
    /// this is the `first` step after a pause.
    fn schedule(&mut self, epoch: &Epoch, batch: usize, first: bool) -> Result<(), FitError> {
        let (epochs, batches) = (self.options.epochs, epoch.batches);
        let of = |batch| Some([batch, batches]);
        let due = match self.options.schedule.cadence() {
            Cadence::Never => None,
            // Of the epoch's first step, wherever in the epoch the training goes on.
            Cadence::Epoch => of(0).filter(|_| first),
            Cadence::Step => of(batch - 1),
        };
        let Some(step) = due else { return Ok(()) };
        let place = [epoch.number - 1, epochs];
        let step = Step::new(self.progress.base_rate, place, step, &epoch.val_losses);
        let rate = self.options.schedule.learning_rate(&step);
        if !(rate.is_finite() && rate >= 0.0) {
            return Err(FitError::LearningRate { rate, epoch: epoch.number, batch });
        }
        self.optimizer.set_learning_rate(rate);
        Ok(())
    }

    /// Computes the losses of an epoch whose steps are done and adds them to the state.
    fn validate(&mut self, epoch: &Epoch) -> Result<EpochLosses, FitError> {
        let team = self.options.team;
        let val_loss = mean_loss(&mut self.progress.lanes, &self.validation, self.params, team)?;
        let losses = EpochLosses { loss: epoch.loss(), val_loss };
        let began = self.progress.state.began();
        let judge = |what, how: Option<Divergence>| {
            let (epoch, batch) = (epoch.number, epoch.batches);
            how.map_or(Ok(()), |how| Err(FitError::Diverged { what, how, epoch, batch }))
        };
        // The steps have checked that the training loss is finite.
        let both = if val_loss.is_finite() { BOTH_LOSSES } else { VALIDATION_LOSS };
        judge(both, Divergence::of_epoch(losses, began))?;
        self.progress.state.history.epochs.push(losses);
        self.progress.state.monitor.observe(epoch.number, val_loss, self.params);
        if self.is_last(epoch.number) {
            let Monitor { rule, best, .. } = self.progress.state.monitor;
            let remaining = if rule.restore_best { best } else { val_loss };
            judge(VALIDATION_LOSS, Divergence::of_result(remaining, began))?;
        }
        Ok(losses)
    }

    /// Returns whether this epoch, which has been validated, is the last one.
    fn is_last(&self, epoch: usize) -> bool {
        epoch == self.options.epochs || self.progress.state.monitor.has_stopped()
    }
}
