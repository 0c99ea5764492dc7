//! `y = f(enlarge(x) * k + b)`: up-sampling and the convolution after it in one operation.
//!
//! The result is that of [`up_sample2d`](super::up_sample2d) followed by [`conv2d`](super::conv2d).
//! But most products of a convolution over repeated pixels are repeated too, and the enlarged image
//! does not have to exist. The derivation is in [`ae_tensor::kernels::conv::enlarged`].

use crate::convolution::Convolution;
use crate::{Tape, Var};
use ae_tensor::Activation;
use ae_tensor::kernels::conv::enlarged::{self, EnlargedConv2d};
use ae_tensor::kernels::gemm::Epilogue;

impl Convolution for EnlargedConv2d {
    fn output(&self) -> [usize; 3] {
        let [h, w] = EnlargedConv2d::output(self);
        [h, w, self.output_len() / (h * w)]
    }

    fn forward(&self, x: &[f32], kernel: &[f32], bias: &[f32], f: Activation, y: &mut [f32]) {
        enlarged::forward(self, x, kernel, Epilogue { bias: Some(bias), activation: f }, y);
    }

    fn backward_input(&self, dz: &[f32], kernel: &[f32], dx: &mut [f32]) {
        enlarged::backward_input(self, dz, kernel, dx);
    }

    fn backward_kernel(&self, x: &[f32], dz: &[f32], dkernel: &mut [f32]) {
        enlarged::backward_kernel(self, x, dz, dkernel);
    }
}

impl Tape<'_> {
    /// [`Tape::up_sample2d`] followed by [`Tape::conv2d`] with "same" padding and a stride of 1, in
    /// one operation: the result is the same up to rounding, with less than half of the work for a
    /// factor of 2 and a 3 x 3 kernel.
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
        let (_, image, inputs) = self.shape(x).images("up_sample_conv2d");
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
        self.convolve([x, kernel, bias], conv, activation)
    }
}
