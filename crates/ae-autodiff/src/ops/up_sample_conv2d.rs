//! `y = f(enlarge(x) * k + b)`: up-sampling and the convolution after it in one operation.
//!
//! Nothing here that [`up_sample2d`](super::up_sample2d) and [`conv2d`](super::conv2d) could not do one after the other; but most
//! products of a convolution over repeated pixels are repetitions too, and the enlarged image need not exist. The
//! derivation is in [`ae_tensor::kernels::conv::enlarged`].

use super::{add_bias, dense};
use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::kernels::conv::enlarged::{self, EnlargedConv2d};
use ae_tensor::kernels::gemm::Epilogue;
use ae_tensor::{Activation, Tensor};

/// `y = f(enlarge(x) * k + b)`: `[batch, h, w, in]`, `[kh, kw, in, out]` and `[out]` into `[batch, h fy, w fx, out]`.
pub fn forward(
    conv: &EnlargedConv2d,
    x: &[f32],
    kernel: &[f32],
    bias: &[f32],
    activation: Activation,
    y: &mut [f32],
) {
    enlarged::forward(conv, x, kernel, Epilogue { bias: Some(bias), activation }, y);
}

/// `dx`, the gradient by the input, from `dz`.
pub fn backward_input(conv: &EnlargedConv2d, dz: &[f32], kernel: &[f32], dx: &mut [f32]) {
    enlarged::backward_input(conv, dz, kernel, dx);
}

/// `dkernel`, the gradient by the kernel, from `dz`.
pub fn backward_kernel(conv: &EnlargedConv2d, x: &[f32], dz: &[f32], dkernel: &mut [f32]) {
    enlarged::backward_kernel(conv, x, dz, dkernel);
}

impl Tape<'_> {
    /// [`Tape::up_sample2d`] followed by [`Tape::conv2d`] with "same" padding and a stride of 1, in one operation: the
    /// result up to rounding, with less than half of the work for a factor of 2 and a 3 x 3 kernel.
    ///
    /// # Panics
    /// If the shapes do not fit each other, or a factor is 0.
    #[track_caller]
    pub fn up_sample_conv2d(
        &mut self,
        x: Var,
        factor: [usize; 2],
        kernel: Var,
        bias: Var,
        activation: Activation,
    ) -> Var {
        let (batch, image, inputs) = self.shape(x).images("up_sample_conv2d");
        let outputs = self.shape(bias).len();
        let &[kh, kw, kernel_inputs, kernel_outputs] = self.shape(kernel).dims() else {
            panic!("up_sample_conv2d: a kernel of shape {}", self.shape(kernel))
        };
        assert!(
            kernel_inputs == inputs
                && kernel_outputs == outputs
                && self.shape(bias).dims() == [outputs],
            "up_sample_conv2d: {} * {} + {}",
            self.shape(x),
            self.shape(kernel),
            self.shape(bias)
        );
        let conv = EnlargedConv2d::new(image, factor, [kh, kw], [inputs, outputs]);
        let mut y = self.buffer(batch * conv.output_len());
        let (x_value, k_value) = (self.value(x).data(), self.value(kernel).data());
        forward(&conv, x_value, k_value, self.value(bias).data(), activation, &mut y);
        let [h, w] = conv.output();
        let y = Tensor::new([batch, h, w, outputs], y);
        self.custom(&[x, kernel, bias], y, UpSampleConv2d { x, kernel, bias, conv, activation })
    }
}

struct UpSampleConv2d {
    x: Var,
    kernel: Var,
    bias: Var,
    conv: EnlargedConv2d,
    activation: Activation,
}

impl Backward for UpSampleConv2d {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { x, kernel, bias, ref conv, activation } = self;
        dense::backward_activation(pass.tape().value(pass.output()).data(), activation, dy);
        let dz = dy;
        pass.accumulate(kernel, |tape, dk| backward_kernel(conv, tape.value(x).data(), dz, dk));
        pass.accumulate(bias, |_, db| add_bias::backward_bias(dz, db));
        pass.accumulate(x, |tape, dx| backward_input(conv, dz, tape.value(kernel).data(), dx));
    }
}
