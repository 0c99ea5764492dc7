//! The interface between an operation and the tape: the record of how a value was computed, and its
//! rule for gradients.

use crate::{BackwardPass, Buffers};

/// The backward rule of an operation, recorded on a [`Tape`](crate::Tape) with the operation's
/// value.
///
/// The value that implements this trait is the record itself: it holds the [`Var`](crate::Var)s of
/// its inputs, its constants, and the data that the forward pass kept for the backward pass. The
/// operations of this crate and those of other crates are both recorded by
/// [`Tape::custom`](crate::Tape::custom).
///
/// ```
/// use ae_autodiff::{Backward, BackwardPass, Buffers, Grads, Params, Tape, Var};
/// use ae_tensor::Tensor;
///
/// /// `y = x^2`; so `dx = 2 x dy`.
/// struct Square {
///     x: Var,
/// }
///
/// impl Backward for Square {
///     fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
///         pass.accumulate(self.x, |tape, dx| {
///             for ((dx, x), dy) in dx.iter_mut().zip(tape.value(self.x).data()).zip(dy) {
///                 *dx = 2.0 * x * *dy;
///             }
///         });
///     }
/// }
///
/// fn square(tape: &mut Tape<'_>, x: Var) -> Var {
///     let shape = tape.shape(x);
///     let mut y = tape.buffer(shape.len());
///     y.iter_mut().zip(tape.value(x).data()).for_each(|(y, x)| *y = x * x);
///     tape.custom(&[x], Tensor::new(shape, y), Square { x })
/// }
///
/// let mut params = Params::new();
/// let id = params.add("w", Tensor::new([2], vec![3.0, -2.0]));
/// let (mut buffers, mut grads) = (Buffers::new(), Grads::zeros_like(&params));
/// let mut tape = Tape::new(&params, &mut buffers);
/// let w = tape.param(id);
/// let y = square(&mut tape, w);
/// let loss = tape.mean(y);
/// assert_eq!(tape.value(loss).item(), 6.5);
/// tape.backward(loss, &mut grads);
/// assert_eq!(grads.get(id).data(), [3.0, -2.0]);
/// ```
pub trait Backward: Send + Sync {
    /// Adds the contribution of `dy`, the gradient of the output, to the gradient of each input,
    /// with [`BackwardPass::accumulate`].
    ///
    /// `dy` is complete and is not read afterwards, so it may be overwritten. This method is called
    /// at most once, and never if the output does not depend on a parameter or the loss does not
    /// depend on the output.
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>);

    /// Returns the vectors that the record took with [`Tape::buffer`](crate::Tape::buffer) and
    /// still holds.
    ///
    /// It is called once, after [`Backward::backward`] or when the tape is dropped without a
    /// backward pass. An operation that keeps no vectors does not need it. If an operation that
    /// keeps vectors does not implement it, each step allocates that memory again.
    fn release(&mut self, buffers: &mut Buffers) {
        let _ = buffers;
    }
}
