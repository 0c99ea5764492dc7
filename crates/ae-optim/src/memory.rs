//! The memory of earlier steps, and the loop over all weights.

use ae_autodiff::{Grads, ParamId, Params};
use ae_tensor::Tensor;

/// A running quantity for every weight, in the shapes of the parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(Vec<Tensor>);

impl Memory {
    /// Calls `update(p, g, m)` for every weight `p`, its gradient `g` and its entry `m` of this
    /// memory, parameter by parameter.
    ///
    /// The first call creates the memory: zeros in the shapes of `params`.
    ///
    /// # Panics
    /// In the name of the optimizer, if the parameters differ from those of the first call or the
    /// gradients do not belong to them.
    pub(crate) fn each(
        &mut self,
        optimizer: &str,
        params: &mut Params,
        grads: &Grads,
        update: impl Fn(&mut f32, f32, &mut f32),
    ) {
        self.prepare(optimizer, params, grads);
        for id in params.ids() {
            let weights = params.get_mut(id).data_mut().iter_mut();
            for ((p, &g), m) in weights.zip(grads.get(id).data()).zip(self.of(id)) {
                update(p, g, m);
            }
        }
    }

    /// As [`Memory::each`], for an optimizer with two memories: `update(p, g, m, n)`.
    ///
    /// # Panics
    /// As for [`Memory::each`].
    pub(crate) fn each_of_two(
        [first, second]: [&mut Self; 2],
        optimizer: &str,
        params: &mut Params,
        grads: &Grads,
        update: impl Fn(&mut f32, f32, &mut f32, &mut f32),
    ) {
        first.prepare(optimizer, params, grads);
        second.prepare(optimizer, params, grads);
        for id in params.ids() {
            let weights = params.get_mut(id).data_mut().iter_mut();
            let memories = first.of(id).iter_mut().zip(second.of(id));
            for ((p, &g), (m, n)) in weights.zip(grads.get(id).data()).zip(memories) {
                update(p, g, m, n);
            }
        }
    }

    /// Creates zeros on the first call; later checks that the parameters are still the same.
    fn prepare(&mut self, optimizer: &str, params: &Params, grads: &Grads) {
        if self.0.is_empty() {
            self.0 = params.ids().map(|id| Tensor::zeros(params.get(id).shape())).collect();
        }
        assert!(
            self.0.len() == params.len()
                && params.ids().all(|id| self.0[id.index()].shape() == params.get(id).shape()),
            "{optimizer}: these are not the parameters of the first step"
        );
        assert!(
            grads.matches(params),
            "{optimizer}: these are not the gradients of these parameters"
        );
    }

    /// Gives each memory the tensors of its list.
    ///
    /// # Panics
    /// If the number of lists differs from the number of memories.
    pub(crate) fn restore<const N: usize>(
        memories: [&mut Self; N],
        state: Vec<Vec<Tensor>>,
        optimizer: &str,
    ) {
        let found = state.len();
        assert!(found == N, "{optimizer}: expected a state of {N} lists, found {found}");
        for (memory, tensors) in memories.into_iter().zip(state) {
            memory.0 = tensors;
        }
    }

    /// One tensor per parameter; empty before the first step.
    pub(crate) fn tensors(&self) -> &[Tensor] {
        &self.0
    }

    fn of(&mut self, id: ParamId) -> &mut [f32] {
        self.0[id.index()].data_mut()
    }
}
