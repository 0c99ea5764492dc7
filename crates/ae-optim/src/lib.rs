#![doc = include_str!("../README.md")]

mod adadelta;
mod adam;
mod rmsprop;
mod sgd;

pub use adadelta::Adadelta;
pub use adam::Adam;
pub use rmsprop::{EpsilonPlace, RmsProp};
pub use sgd::Sgd;

use ae_autodiff::{Grads, Params};
use ae_tensor::Tensor;

/// A rule that moves parameters against their gradients.
pub trait Optimizer: std::fmt::Debug {
    /// One step: changes every parameter of `params` by its gradient and the optimizer's memory of earlier ones.
    ///
    /// The first step ties the optimizer to these parameters: its memory takes their shapes.
    ///
    /// # Panics
    /// If `params` or `grads` differ in number or shapes from those of the first step.
    fn step(&mut self, params: &mut Params, grads: &Grads);

    /// The name of the rule, as Keras writes it.
    fn name(&self) -> &'static str;

    /// Every constant of the rule by name, in the order of Keras's documentation.
    fn constants(&self) -> Vec<(&'static str, String)>;

    /// What it remembers of earlier steps: under a name of the rule's own one tensor for each parameter, in its shape and at
    /// its place; no tensors before the first step.
    fn state(&self) -> Vec<(&'static str, &[Tensor])>;

    /// Goes on as the optimizer would have whose [`Optimizer::state`] this was after so many `steps`: the lists of tensors, in
    /// the order of the names.
    ///
    /// # Panics
    /// If there are not as many lists as names. If the tensors do not fit the parameters, the next step does.
    fn restore(&mut self, steps: u64, state: Vec<Vec<Tensor>>);
}

/// One running quantity for every weight, in the shapes of the parameters.
#[derive(Clone, Debug, Default)]
struct Memory(Vec<Tensor>);

impl Memory {
    /// Zeros on the first call; later it checks that the parameters are still those.
    fn fit(&mut self, params: &Params, grads: &Grads, rule: &str) {
        if self.0.is_empty() {
            self.0 = params.ids().map(|id| Tensor::zeros(params.get(id).shape())).collect();
        }
        assert!(
            self.0.len() == params.len()
                && params.ids().all(|id| self.0[id.index()].shape() == params.get(id).shape()),
            "{rule}: these are not the parameters of the first step"
        );
        assert!(grads.matches(params), "{rule}: these are not the gradients of these parameters");
    }

    /// These memories, each with the tensors of its list.
    ///
    /// # Panics
    /// If there are not as many lists as memories.
    fn restore<const N: usize>(memories: [&mut Self; N], state: Vec<Vec<Tensor>>, rule: &str) {
        let found = state.len();
        assert!(found == N, "{rule}: a state of {found} lists instead of {N}");
        for (memory, tensors) in memories.into_iter().zip(state) {
            memory.0 = tensors;
        }
    }

    fn of(&mut self, id: ae_autodiff::ParamId) -> &mut [f32] {
        self.0[id.index()].data_mut()
    }
}

#[cfg(test)]
mod tests;
