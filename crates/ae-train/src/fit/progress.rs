//! What a training keeps between two of its steps, apart from the weights and the optimizer.

use super::{Fitted, Stopped};
use crate::clock::Stopwatch;
use crate::gradient::BatchGradient;
use crate::lane::Lane;
use crate::order::Order;
use crate::{FitOptions, TrainingState, shards};
use ae_autodiff::Params;
use ae_layers::Sequential;
use ae_optim::Optimizer;

/// How far a training has come, and its working memory.
#[derive(Debug)]
pub(super) struct Progress {
    /// The optimizer's learning rate before the first step.
    pub(super) base_rate: f64,
    pub(super) state: TrainingState,
    /// The epoch whose steps are being taken.
    pub(super) epoch: Epoch,
    /// Its order of the samples.
    pub(super) order: Order,
    pub(super) lanes: Vec<Lane>,
    /// The maximum number of samples in a shard.
    pub(super) shard_len: usize,
    pub(super) gradient: BatchGradient,
    /// Whether this process was asked to stop, which the others do not know yet.
    pub(super) stop: bool,
    pub(super) train_seconds: f64,
    pub(super) samples_seen: usize,
    /// The epoch whose weights were restored at the end.
    pub(super) restored: Option<usize>,
}

/// The progress of an epoch.
#[derive(Debug, Default)]
pub(super) struct Epoch {
    /// Counted from 1; 0 if none has begun.
    pub(super) number: usize,
    /// The last batch whose step was taken, counted from 1.
    pub(super) batch: usize,
    pub(super) batches: usize,
    /// The sum of all samples' losses.
    pub(super) total: f64,
    pub(super) seen: usize,
    pub(super) train_seconds: f64,
    /// The validation losses of the epochs before it.
    pub(super) val_losses: Vec<f64>,
}

impl Epoch {
    pub(super) fn loss(&self) -> f64 {
        self.total / self.seen as f64
    }
}

impl Progress {
    pub(super) fn new(
        model: &Sequential,
        params: &Params,
        optimizer: &dyn Optimizer,
        options: &FitOptions<'_>,
        state: TrainingState,
    ) -> Self {
        let shard_len = shards::training_len(model, params.element_count());
        Self {
            base_rate: optimizer.learning_rate(),
            state,
            epoch: Epoch::default(),
            order: Order::default(),
            lanes: Lane::for_all_threads(),
            shard_len,
            gradient: BatchGradient::new(params, options.batch, shard_len, options.team),
            stop: false,
            train_seconds: 0.0,
            samples_seen: 0,
            restored: None,
        }
    }

    /// Counts the time since the watch was started as time of steps.
    pub(super) fn spend(&mut self, epoch: &mut Epoch, watch: &Stopwatch) {
        let seconds = watch.seconds();
        epoch.train_seconds += seconds;
        self.train_seconds += seconds;
    }

    /// The result of a training that ended, or was `stopped`, after this many of `epochs`.
    pub(super) fn finish(self, stopped: Option<Stopped>, epochs: usize) -> Fitted {
        let Self { state, train_seconds, samples_seen, restored, .. } = self;
        let early = state.monitor.has_stopped() && state.history.epochs.len() < epochs;
        Fitted {
            history: state.history,
            train_seconds,
            samples_seen,
            stopped,
            stopped_early: stopped.is_none() && early,
            restored,
        }
    }
}
