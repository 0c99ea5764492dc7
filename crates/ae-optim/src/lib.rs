#![doc = include_str!("../README.md")]

mod adadelta;
mod adam;
mod adamw;
mod memory;
mod named;
mod rmsprop;
mod schedule;
mod sgd;

pub use adadelta::Adadelta;
pub use adam::Adam;
pub use adamw::AdamW;
pub use named::{OptimizerName, UnknownOptimizer};
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
/// Any crate can implement one: `src/sgd.rs` is the shortest example in this crate.
pub trait Optimizer: std::fmt::Debug {
    /// Takes one step: changes every parameter of `params` according to its gradient and the
    /// optimizer's memory of earlier gradients.
    ///
    /// The first step binds the optimizer to these parameters: its memory takes their shapes.
    ///
    /// # Panics
    /// If `params` or `grads` differ in number or shapes from those of the first step.
    fn step(&mut self, params: &mut Params, grads: &Grads);

    /// The factor that scales each step; a [`Schedule`] changes it during training.
    fn learning_rate(&self) -> f64;

    /// Sets the learning rate of all later steps. The memory of earlier steps is unchanged.
    fn set_learning_rate(&mut self, learning_rate: f64);

    /// The name of the rule in Keras.
    fn name(&self) -> &'static str;

    /// All constants of the rule by name, in the order of Keras's documentation.
    fn constants(&self) -> Vec<(&'static str, String)>;

    /// The memory of earlier steps: under each name one tensor per parameter, in its shape and
    /// order; no tensors before the first step.
    fn state(&self) -> Vec<(&'static str, &[Tensor])>;

    /// Restores the state of another optimizer after `steps` steps. `state` contains the lists of
    /// tensors of that optimizer's [`Optimizer::state`], in the order of the names.
    ///
    /// # Panics
    /// If the number of lists differs from the number of names. If the tensors do not match the
    /// parameters, the next step panics.
    fn restore(&mut self, steps: u64, state: Vec<Vec<Tensor>>);
}

#[cfg(test)]
mod tests;
