//! The memory of earlier steps, and the loop over all weights.

use ae_autodiff::{Grads, Params};
use ae_tensor::{Tensor, current_threads, for_each_with};

/// The size below which a gradient, a mean of gradients or a velocity is too small to matter: it
/// becomes 0.
///
/// A weight whose unit no longer fires has gradients of 0, and each step multiplies its memory by
/// 0.9. After about 800 steps the memory is a subnormal number, below 2^-126 = 1.2e-38. In the end
/// it is so small that its product with 0.9 is rounded back to it, so it never becomes 0. Many
/// processors compute with subnormal numbers in microcode, a hundred times slower.
///
/// 2^-80 = 8.3e-25 is far enough above 2^-126 that products with a learning rate or with 1 - beta
/// stay normal, and quotients by the root of a mean of squares up to 2^70 as well. The lost step is
/// at most 2^-80 / epsilon = 8e-18 learning rates long. Half the last place of a weight of 0.001 is
/// 6e-11.
const NEGLIGIBLE: f32 = f32::from_bits((127 - 80) << 23);

/// The smallest size that is squared, in place of all smaller ones.
///
/// So a mean of squares ends at 2^-100 instead of 0, and no subnormal number can be in it or in its
/// terms: (1 - rho) 2^-100 is normal for any rho up to 1 - 2^-26, and so is the mean, which is at
/// least that after every step. The root, 2^-50 = 8.9e-16 in the end, is added to an epsilon of
/// 1e-7, whose half last place is 3.6e-15: the sum is epsilon, as for 0. A maximum costs one
/// instruction, and setting to 0 what is too small would cost four, before and after the mean.
const SMALLEST_ROOT: f32 = f32::from_bits((127 - 50) << 23);

/// Returns a gradient, a mean of gradients or a velocity, or 0 if it is too small to matter. NaN
/// stays NaN.
#[inline(always)]
pub(crate) fn flushed(x: f32) -> f32 {
    if x.abs() < NEGLIGIBLE { 0.0 } else { x }
}

/// Returns the mean of squares `mean`, of which `kept` remains, with the square of `x`, which
/// counts as `fresh`.
///
/// It is `kept mean + fresh x^2`, with [`SMALLEST_ROOT`] in place of an `x` closer to 0. NaN stays
/// NaN.
#[inline(always)]
pub(crate) fn with_square(mean: f32, x: f32, [kept, fresh]: [f32; 2]) -> f32 {
    let size = x.abs();
    // Not `f32::max`, which returns the other number for NaN.
    let root = if size < SMALLEST_ROOT { SMALLEST_ROOT } else { size };
    kept * mean + fresh * root * root
}

/// A running quantity for every weight, in the shapes of the parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(Vec<Tensor>);

impl Memory {
    /// Calls `update(p, g, m)` for every weight `p`, its gradient `g` and its entry `m` of this
    /// memory; the weights of a large model are split over threads.
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
        update: impl Fn(&mut f32, f32, &mut f32) + Sync,
    ) {
        self.prepare(optimizer, params, grads);
        let split = splits(params);
        let tensors = params.iter_mut().zip(&mut self.0);
        let blocks = tensors.flat_map(|((id, weights), memory)| {
            let (p, m) = (blocks_mut(weights), blocks_mut(memory));
            p.zip(grads.get(id).data().chunks(BLOCK)).zip(m)
        });
        for_each(split, blocks, |((p, g), m)| {
            for ((p, &g), m) in p.iter_mut().zip(*g).zip(m.iter_mut()) {
                update(p, g, m);
            }
        });
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
        update: impl Fn(&mut f32, f32, &mut f32, &mut f32) + Sync,
    ) {
        first.prepare(optimizer, params, grads);
        second.prepare(optimizer, params, grads);
        let split = splits(params);
        let tensors = params.iter_mut().zip(&mut first.0).zip(&mut second.0);
        let blocks = tensors.flat_map(|(((id, weights), first), second)| {
            let (p, m, n) = (blocks_mut(weights), blocks_mut(first), blocks_mut(second));
            p.zip(grads.get(id).data().chunks(BLOCK)).zip(m.zip(n))
        });
        for_each(split, blocks, |((p, g), (m, n))| {
            let memories = m.iter_mut().zip(n.iter_mut());
            for ((p, &g), (m, n)) in p.iter_mut().zip(*g).zip(memories) {
                update(p, g, m, n);
            }
        });
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
}

/// The number of weights per task.
const BLOCK: usize = 16 * 1024;

/// The number of weights from which on they are split over threads: one thread needs about 10
/// microseconds for this many, and waking another takes a few.
const WORTH_SPLITTING: usize = 4 * BLOCK;

/// Returns whether the weights are split over threads.
fn splits(params: &Params) -> bool {
    params.element_count() >= WORTH_SPLITTING && current_threads() > 1
}

/// Returns the elements of a tensor, [`BLOCK`] at a time.
fn blocks_mut(tensor: &mut Tensor) -> std::slice::ChunksMut<'_, f32> {
    tensor.data_mut().chunks_mut(BLOCK)
}

/// Calls `work` for each block, on several threads if `split`. Each weight is updated by itself, so
/// the result is the same.
fn for_each<T: Send>(split: bool, blocks: impl Iterator<Item = T>, work: impl Fn(&mut T) + Sync) {
    if split {
        let mut blocks: Vec<T> = blocks.collect();
        let mut lanes = vec![(); current_threads()];
        for_each_with(&mut lanes, &mut blocks, |(), _, block| work(block));
    } else {
        blocks.for_each(|mut block| work(&mut block));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_of_squares_is_never_subnormal_and_ends_at_a_negligible_number() {
        for fresh in [0.5, 0.1, 0.05, 1e-3, 1e-5f32] {
            let shares = [1.0 - fresh, fresh];
            let mut mean = 1e3;
            for _ in 0..(300.0 / fresh) as usize {
                mean = with_square(mean, 0.0, shares);
            }
            assert!((6e-31..1e-30).contains(&mean), "{fresh}: {mean}");
            // From the start, where 0 remains of nothing.
            assert!(with_square(0.0, 0.0, shares).is_normal(), "{fresh}");
        }
        assert_eq!(1e-7 + with_square(0.0, 1e-20, [0.0, 1.0]).sqrt(), 1e-7);
    }

    #[test]
    fn what_matters_is_kept() {
        assert_eq!([with_square(2.0, -3.0, [0.5, 0.25]), flushed(-1e-24)], [3.25, -1e-24]);
        assert_eq!([flushed(8e-25), flushed(-1e-40)], [0.0, 0.0]);
        assert!(with_square(1.0, f32::NAN, [0.9, 0.1]).is_nan() && flushed(f32::NAN).is_nan());
        assert!(with_square(f32::NAN, 1.0, [0.9, 0.1]).is_nan());
    }
}
