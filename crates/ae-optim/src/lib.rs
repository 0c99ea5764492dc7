#![doc = include_str!("../README.md")]

mod adadelta;
mod adam;
mod adamw;
mod memory;
mod rmsprop;
mod schedule;
mod sgd;

pub use adadelta::Adadelta;
pub use adam::Adam;
pub use adamw::AdamW;
pub use rmsprop::{EpsilonPlace, RmsProp};
pub use schedule::{
    Cadence, Constant, CosineDecay, Decay, NamedSchedule, ReduceOnPlateau, Schedule, ScheduleError,
    Step, StepDecay, Warmup,
};
pub use sgd::Sgd;

use ae_autodiff::{Grads, Params};
use ae_tensor::Tensor;

/// A rule that moves parameters against their gradients.
///
/// Anyone can write one: see `src/sgd.rs` for the shortest in this crate.
pub trait Optimizer: std::fmt::Debug {
    /// One step: changes every parameter of `params` by its gradient and the optimizer's memory of
    /// earlier ones.
    ///
    /// The first step ties the optimizer to these parameters: its memory takes their shapes.
    ///
    /// # Panics
    /// If `params` or `grads` differ in number or shapes from those of the first step.
    fn step(&mut self, params: &mut Params, grads: &Grads);

    /// The length that scales each step: what a [`Schedule`] changes while a model is trained.
    fn learning_rate(&self) -> f64;

    /// Gives all later steps this learning rate. What is remembered of earlier steps stays as it
    /// is.
    fn set_learning_rate(&mut self, learning_rate: f64);

    /// The name of the rule, as Keras writes it.
    fn name(&self) -> &'static str;

    /// Every constant of the rule by name, in the order of Keras's documentation.
    fn constants(&self) -> Vec<(&'static str, String)>;

    /// What it remembers of earlier steps: under a name of the rule's own one tensor for each
    /// parameter, in its shape and at its place; no tensors before the first step.
    fn state(&self) -> Vec<(&'static str, &[Tensor])>;

    /// Makes it what another optimizer was after `steps` steps. `state` are the lists of tensors of
    /// that one's [`Optimizer::state`], in the order of the names.
    ///
    /// # Panics
    /// If there are not as many lists as names. If the tensors do not fit the parameters, the next
    /// step panics.
    fn restore(&mut self, steps: u64, state: Vec<Vec<Tensor>>);
}

#[cfg(test)]
mod tests;
