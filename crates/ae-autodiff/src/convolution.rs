//! The code that the convolutions share: `y = f(x * k + b)`, where `*` is linear in the images `x`
//! and in the kernel `k`.
//!
//! With `z = x * k + b` the chain rule gives `dz = dy f'(z)`, as in [`dense`], and `db` is the sum
//! of `dz` over all pixels of all images. The gradients by `x` and `k` are those of the product.

use crate::ops::{add_bias, dense};
use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::{Activation, Tensor};

/// A product of images and kernels, for images of one size.
pub(crate) trait Convolution: Send + Sync + 'static {
    /// Height, width and channels of the output.
    fn output(&self) -> [usize; 3];

    /// `y = f(x * k + b)`.
    fn forward(&self, x: &[f32], kernel: &[f32], bias: &[f32], f: Activation, y: &mut [f32]);

    /// `dx`, the gradient by the input, from `dz`.
    fn backward_input(&self, dz: &[f32], kernel: &[f32], dx: &mut [f32]);

    /// `dkernel`, the gradient by the kernel, from `dz`.
    fn backward_kernel(&self, x: &[f32], dz: &[f32], dkernel: &mut [f32]);
}

impl Tape<'_> {
    /// Records a convolution of `x [batch, ...]`, whose shapes have been checked.
    pub(crate) fn convolve<C: Convolution>(
        &mut self,
        [x, kernel, bias]: [Var; 3],
        conv: C,
        activation: Activation,
    ) -> Var {
        let (batch, [h, w, channels]) = (self.shape(x).dims()[0], conv.output());
        let mut y = self.buffer(batch * h * w * channels);
        let [x_value, k_value, b_value] = [x, kernel, bias].map(|var| self.value(var).data());
        conv.forward(x_value, k_value, b_value, activation, &mut y);
        let y = Tensor::new([batch, h, w, channels], y);
        self.custom(&[x, kernel, bias], y, Recorded { x, kernel, bias, conv, activation })
    }
}

struct Recorded<C> {
    x: Var,
    kernel: Var,
    bias: Var,
    conv: C,
    activation: Activation,
}

impl<C: Convolution> Backward for Recorded<C> {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { x, kernel, bias, ref conv, activation } = self;
        dense::backward_activation(pass.tape().value(pass.output()).data(), activation, dy);
        let dz = dy;
        pass.accumulate(kernel, |tape, dk| conv.backward_kernel(tape.value(x).data(), dz, dk));
        pass.accumulate(bias, |_, db| add_bias::backward_bias(dz, db));
        pass.accumulate(x, |tape, dx| conv.backward_input(dz, tape.value(kernel).data(), dx));
    }
}
