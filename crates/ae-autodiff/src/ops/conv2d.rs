//! `y = f(x * k + b)`: a convolution, its bias and its activation in one operation.
//!
//! The convolution's own gradients, by the input and by the kernel, are derived in
//! [`ae_tensor::kernels::conv`]. The rest is as in [`dense`](super::dense), since a convolution is
//! a dense layer applied to every patch: with `z = x * k + b` the chain rule gives `dz = dy f'(z)`,
//! and `db` is the sum of `dz` over all pixels of all images.

use super::place;
use crate::convolution::Convolution;
use crate::{Tape, Var};
use ae_tensor::kernels::conv::{self, Conv2d};
use ae_tensor::kernels::gemm::Epilogue;
use ae_tensor::{Activation, Window};

impl Convolution for Conv2d {
    fn output(&self) -> [usize; 3] {
        self.output_dims()
    }

    fn forward(&self, x: &[f32], kernel: &[f32], bias: &[f32], f: Activation, y: &mut [f32]) {
        conv::forward(self, x, kernel, Epilogue { bias: Some(bias), activation: f }, y);
    }

    fn backward_input(&self, dz: &[f32], kernel: &[f32], dx: &mut [f32]) {
        conv::backward_input(self, dz, kernel, dx);
    }

    fn backward_kernel(&self, x: &[f32], dz: &[f32], dkernel: &mut [f32]) {
        conv::backward_kernel(self, x, dz, dkernel);
    }
}

impl Tape<'_> {
    /// A convolutional layer, `activation(x * kernel + bias)`: images `x [batch, h, w, in]`, a
    /// kernel `[kh, kw, in, out]` and a bias `[out]` give `[batch, h', w', out]`. The window is as
    /// high and wide as the kernel.
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
        let (_, image, inputs) = self.shape(x).images("conv2d");
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
        let conv = Conv2d::new(place("conv2d", window, image), inputs, outputs);
        self.convolve([x, kernel, bias], conv, activation)
    }
}
