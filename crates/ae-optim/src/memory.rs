//! The memory of earlier steps, and the loop over all weights.

use ae_autodiff::{Grads, ParamId, Params};
use ae_tensor::Tensor;

/// The size below which a gradient, a mean of gradients or a velocity is too small to matter: it
/// becomes 0.
///
/// A weight whose unit no longer fires has gradients of 0, and each step multiplies its memory by
/// 0.9. After about 800 steps the memory is a subnormal number, below 2^-126 = 1.2e-38. In the end
/// it is so small that its product with 0.9 is rounded back to it, so it never becomes 0. Many
/// processors compute with subnormal numbers in microcode, a hundred times slower.
///
/// 2^-100 = 7.9e-31 is far enough above 2^-126 that products with a learning rate or with 1 - beta
/// stay normal. The lost step is at most 2^-100 / epsilon = 8e-24 learning rates long. Half the
/// last place of a weight of 0.001 is 6e-11.
const NEGLIGIBLE: f32 = f32::from_bits((127 - 100) << 23);

/// The size below which the mean of squares is too small to matter: it becomes 0.
///
/// Its root, at most 2^-60 = 8.7e-19, is added to an epsilon of 1e-7, whose half last place is
/// 3.6e-15.
const NEGLIGIBLE_SQUARE: f32 = f32::from_bits((127 - 120) << 23);

/// The size below which the square of a gradient is too small to matter: 0 is then squared instead.
///
/// The square, at most 2^-112, is multiplied by 1 - rho or 1 - beta, 0.001 in Adam, and must stay
/// normal, above 2^-126. The root of the lost square is at most 2^-56 = 1.4e-17, again far below
/// the last place of epsilon.
const NEGLIGIBLE_ROOT: f32 = f32::from_bits((127 - 56) << 23);

/// Returns a gradient, a mean of gradients or a velocity, or 0 if it is too small to matter.
pub(crate) fn flushed(x: f32) -> f32 {
    zero_below(NEGLIGIBLE, x)
}

/// Returns a mean of squares, or 0 if it is too small to matter. NaN stays NaN.
pub(crate) fn flushed_square(x: f32) -> f32 {
    // It is not negative.
    if x < NEGLIGIBLE_SQUARE { 0.0 } else { x }
}

/// Returns a number to be squared, or 0 if its square is too small to matter.
pub(crate) fn flushed_root(x: f32) -> f32 {
    zero_below(NEGLIGIBLE_ROOT, x)
}

/// Returns `x`, or 0 if its magnitude is below the limit. NaN stays NaN.
fn zero_below(limit: f32, x: f32) -> f32 {
    if x.abs() < limit { 0.0 } else { x }
}

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
