//! What an operation is to the tape: the record of how a value came about, and its rule for
//! gradients.

use crate::{BackwardPass, Buffers};

/// The backward rule of an operation, recorded on a [`Tape`](crate::Tape) with the operation's
/// value.
///
/// The value that implements this trait is the record itself: it holds the [`Var`](crate::Var)s of
/// its inputs, its constants, and what the forward pass kept for the backward pass. The operations
/// of this crate and those from outside enter a tape by the same door,
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
    /// Adds to the gradient of each input what the gradient `dy` of the output contributes, by
    /// [`BackwardPass::accumulate`].
    ///
    /// `dy` is complete, and nobody reads it afterwards: it may be overwritten. This is called once
    /// at most; never if no parameter depends on the output, or if the loss does not.
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>);

    /// Gives back the vectors that the record took with [`Tape::buffer`](crate::Tape::buffer) and
    /// still holds.
    ///
    /// It is called once, after [`Backward::backward`] or when the tape ends without it. An
    /// operation that keeps no vectors leaves it as it is. If one that does leaves it too, each
    /// step allocates that memory anew.
    fn release(&mut self, buffers: &mut Buffers) {
        let _ = buffers;
    }
}
