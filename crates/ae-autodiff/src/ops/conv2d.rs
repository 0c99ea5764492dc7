//! `y = f(x * k + b)`: a convolution, its bias and its activation in one operation.
//!
//! The convolution's own gradients, by the input and by the kernel, are derived in [`ae_tensor::kernels::conv`]. The rest is as
//! in [`dense`], since a convolution is a dense layer applied to every patch: with `z = x * k + b` the chain
//! rule gives `dz = dy f'(z)`, and `db` is the sum of `dz` over all pixels of all images.

use super::{add_bias, dense, place};
use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::kernels::conv::{self, Conv2d};
use ae_tensor::kernels::gemm::Epilogue;
use ae_tensor::{Activation, Tensor, Window};

/// `y = f(x * k + b)`: `[batch, h, w, in]`, `[kh, kw, in, out]` and `[out]` into `[batch, h', w', out]`.
pub fn forward(
    conv: &Conv2d,
    x: &[f32],
    kernel: &[f32],
    bias: &[f32],
    activation: Activation,
    y: &mut [f32],
) {
    conv::forward(conv, x, kernel, Epilogue { bias: Some(bias), activation }, y);
}

/// `dx`, the gradient by the input, from `dz`.
pub fn backward_input(conv: &Conv2d, dz: &[f32], kernel: &[f32], dx: &mut [f32]) {
    conv::backward_input(conv, dz, kernel, dx);
}

/// `dkernel`, the gradient by the kernel, from `dz`.
pub fn backward_kernel(conv: &Conv2d, x: &[f32], dz: &[f32], dkernel: &mut [f32]) {
    conv::backward_kernel(conv, x, dz, dkernel);
}

impl Tape<'_> {
    /// A convolutional layer, `activation(x * kernel + bias)`: images `x [batch, h, w, in]`, a kernel
    /// `[kh, kw, in, out]` and a bias `[out]` give `[batch, h', w', out]`. The window is as high and wide as the kernel.
    ///
    /// # Panics
    /// If the shapes do not fit each other, or the window does not fit the images.
    #[track_caller]
    pub fn conv2d(
        &mut self,
        x: Var,
        kernel: Var,
        bias: Var,
        window: Window,
        activation: Activation,
    ) -> Var {
        let (batch, image, inputs) = self.shape(x).images("conv2d");
        let outputs = self.shape(bias).len();
        let [kh, kw] = window.size;
        assert!(
            self.shape(kernel).dims() == [kh, kw, inputs, outputs]
                && self.shape(bias).dims() == [outputs],
            "conv2d: {} * {} + {} with a window of [{kh}, {kw}]",
            self.shape(x),
            self.shape(kernel),
            self.shape(bias)
        );
        let placement = place("conv2d", window, image);
        let conv = Conv2d::new(placement, inputs, outputs);
        let mut y = self.buffer(batch * conv.output_len());
        let (x_value, k_value) = (self.value(x).data(), self.value(kernel).data());
        forward(&conv, x_value, k_value, self.value(bias).data(), activation, &mut y);
        let [h, w] = placement.output;
        let y = Tensor::new([batch, h, w, outputs], y);
        self.custom(&[x, kernel, bias], y, Convolution { x, kernel, bias, conv, activation })
    }
}

struct Convolution {
    x: Var,
    kernel: Var,
    bias: Var,
    conv: Conv2d,
    activation: Activation,
}

impl Backward for Convolution {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { x, kernel, bias, ref conv, activation } = self;
        dense::backward_activation(pass.tape().value(pass.output()).data(), activation, dy);
        let dz = dy;
        pass.accumulate(kernel, |tape, dk| backward_kernel(conv, tape.value(x).data(), dz, dk));
        pass.accumulate(bias, |_, db| add_bias::backward_bias(dz, db));
        pass.accumulate(x, |tape, dx| backward_input(conv, dz, tape.value(kernel).data(), dx));
    }
}
