//! The settings of training, and how far it came.

use crate::{OptimizerName, Plan, TrainingSpec};
use ae_optim::{NamedSchedule, Optimizer};
use ae_train::{EarlyStopping, Fitted, NamedLoss, Stopped, Summation};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The settings of training, and how far it came.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TrainingRecord {
    pub(super) epochs: usize,
    pub(super) epochs_finished: usize,
    pub(super) batch: usize,
    pub(super) loss: NamedLoss,
    pub(super) optimizer: String,
    pub(super) optimizer_constants: BTreeMap<String, String>,
    pub(super) rule: OptimizerName,
    /// The learning rate, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) learning_rate: Option<f64>,
    /// `None` for a constant learning rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) schedule: Option<NamedSchedule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) clip_norm: Option<f64>,
    /// `None` for gradients added in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) summation: Option<Summation>,
    pub(super) checkpoint_every: usize,
    pub(super) keep_best: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) patience: Option<usize>,
    pub(super) min_delta: f64,
    /// Whether early stopping ended the training before its last epoch.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) stopped_early: bool,
    /// The epoch, counted from 1, whose weights were restored, if the best ones were kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) best_epoch: Option<usize>,
    /// The last batch that the model was trained on, if training was interrupted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stopped: Option<Stopped>,
}

impl TrainingRecord {
    /// The settings before the first epoch.
    pub(super) fn new(spec: &TrainingSpec, plan: &Plan, optimizer: &dyn Optimizer) -> Self {
        let EarlyStopping { patience, min_delta, restore_best } = spec.keep.early_stopping;
        Self {
            epochs: plan.epochs,
            epochs_finished: 0,
            batch: plan.batch,
            loss: plan.loss,
            optimizer: optimizer.name().into(),
            optimizer_constants: constants(optimizer),
            rule: plan.optimizer,
            learning_rate: plan.lr,
            schedule: Some(plan.schedule).filter(|named| *named != NamedSchedule::default()),
            clip_norm: plan.clip_norm,
            summation: Some(plan.summation).filter(|named| *named != Summation::default()),
            checkpoint_every: spec.keep.checkpoint_every,
            keep_best: restore_best,
            patience,
            min_delta,
            stopped_early: false,
            best_epoch: None,
            stopped: None,
        }
    }

    /// The conditions for training to end early.
    pub(super) fn early_stopping(&self) -> EarlyStopping {
        let &Self { patience, min_delta, keep_best: restore_best, .. } = self;
        EarlyStopping { patience, min_delta, restore_best }
    }

    /// Writes down the optimizer that follows from the other settings.
    pub(super) fn derive_optimizer(&mut self) {
        let optimizer = self.rule.build(self.learning_rate);
        self.optimizer = optimizer.name().into();
        self.optimizer_constants = constants(&*optimizer);
    }

    /// Records how training ended.
    pub(super) fn ended(&mut self, fitted: &Fitted) {
        self.epochs_finished = fitted.history.epochs.len();
        self.stopped_early = fitted.stopped_early;
        self.best_epoch = fitted.restored;
        self.stopped = fitted.stopped;
    }

    /// Forgets how far training came.
    pub(super) fn begin_again(&mut self) {
        self.epochs_finished = 0;
        (self.stopped_early, self.best_epoch, self.stopped) = (false, None, None);
    }
}

fn constants(optimizer: &dyn Optimizer) -> BTreeMap<String, String> {
    optimizer.constants().into_iter().map(|(name, value)| (name.into(), value)).collect()
}
