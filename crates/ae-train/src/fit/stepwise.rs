//! A training in pieces.

use super::progress::Progress;
use super::run::Run;
use super::{Stopped, check};
use crate::lane::Objective;
use crate::{EarlyStopping, Event, Examples, FitError, FitOptions, TrainingState};
use ae_autodiff::Params;
use ae_layers::Sequential;
use ae_optim::Optimizer;
use std::ops::ControlFlow;

/// A training that a program takes a few steps at a time, since it has to answer in between: a page
/// in a browser draws, a server is asked to stop.
///
/// It is [`fit`](fn@crate::fit), interrupted by `on_event` wherever the program likes, even within
/// an epoch, and continued by the next call. The weights and losses are the same bit by bit. What
/// is needed between two steps stays here, the working memory too, so a call costs no more than its
/// steps. The weights, the optimizer and the data belong to the caller, who lends the same ones to
/// every call.
///
/// ```
/// use ae_autodiff::Params;
/// use ae_layers::{Activation, Sequential, dense};
/// use ae_optim::RmsProp;
/// use ae_train::{Event, Examples, FitOptions, Samples, StepwiseFit};
/// use std::ops::ControlFlow;
///
/// let bytes: Vec<u8> = (0..40 * 12).map(|i| (i * 7 % 251) as u8).collect();
/// let examples = Examples::clean(Samples::new(&bytes, [12]));
/// let layers = [dense(4, Activation::Relu), dense(12, Activation::Sigmoid)];
/// let (mut params, mut optimizer) = (Params::new(), RmsProp::default());
/// let model = Sequential::build([12], &layers, &mut params, 1)?;
/// let options = FitOptions::new(3, 8, 0);
///
/// let mut fit = StepwiseFit::new(&model, &params, &optimizer, &options);
/// // One step in each call: five in each of three epochs.
/// let mut calls = 0;
/// loop {
///     let stop = |event: &Event<'_>| match event {
///         Event::Batch(_) => ControlFlow::Break(()),
///         Event::Epoch(_) => ControlFlow::Continue(()),
///     };
///     let data = (examples, examples);
///     match fit.run(&model, &mut params, &mut optimizer, data, options, stop)? {
///         Some(_) => calls += 1,
///         None => break,
///     }
/// }
/// assert_eq!((calls, fit.state().epoch()), (15, 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct StepwiseFit {
    progress: Progress,
}

impl StepwiseFit {
    /// A training before its first step.
    #[must_use]
    pub fn new(
        model: &Sequential,
        params: &Params,
        optimizer: &dyn Optimizer,
        options: &FitOptions<'_>,
    ) -> Self {
        let state = TrainingState::new(EarlyStopping::default());
        Self { progress: Progress::new(model, params, optimizer, options, state) }
    }

    /// Trains from where the last call ended until `on_event` returns `Break`, and returns where
    /// that was, or to the end, and returns `None`. After the last step of an epoch its validation
    /// belongs to the next call, unless `on_event` lets it go on.
    ///
    /// The data are the examples for training and those for validation.
    ///
    /// # Errors
    /// See [`FitError`].
    pub fn run(
        &mut self,
        model: &Sequential,
        params: &mut Params,
        optimizer: &mut dyn Optimizer,
        (train, validation): (Examples<'_>, Examples<'_>),
        options: FitOptions<'_>,
        mut on_event: impl FnMut(&Event<'_>) -> ControlFlow<()>,
    ) -> Result<Option<Stopped>, FitError> {
        let loss = options.loss;
        let learning = Objective { model, examples: train, loss };
        let validation = Objective { model, examples: validation, loss };
        check(&learning, &validation, &options)?;
        let progress = &mut self.progress;
        Run { learning, validation, options, params, optimizer, progress }.run(&mut on_event)
    }

    /// The losses of the epochs that have ended.
    #[must_use]
    pub fn state(&self) -> &TrainingState {
        &self.progress.state
    }
}
