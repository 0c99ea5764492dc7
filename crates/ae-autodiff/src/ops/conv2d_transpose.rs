//! `y = f(x *^T k + b)`: a transposed convolution, its bias and its activation in one operation.
//!
//! A convolution with stride `s` maps images of `H x W` pixels to smaller ones, linearly:
//! `v = A u`, where the matrix `A` holds the kernel's elements. The transposed convolution is the
//! product with `A^T`: it maps small images to large ones (V. Dumoulin and F. Visin, "A guide to
//! convolution arithmetic for deep learning", arXiv:1603.07285, chapter 4). Each pixel of its input
//! adds the kernel, times its value, to the output at places `s` pixels apart:
//!
//! ```text
//! y[s i + t - before] += x[i] k[t]
//! ```
//!
//! By linearity all three products are those of the convolution `A`, with input and output
//! exchanged:
//!
//! ```text
//! y  = A^T x            its gradient by the input
//! dx = A dz             its forward pass
//! dk                    its gradient by the kernel, with dz as its input and x as the gradient
//!                       of its output
//! ```
//!
//! So the kernel is `[kh, kw, out, in]`: `A` takes `out` channels to `in`. Bias and activation are
//! as in [`dense`](super::dense).

use crate::convolution::Convolution;
use crate::{Tape, Var};
use ae_tensor::kernels::activation::bias_activation;
use ae_tensor::kernels::conv::{self, Conv2d};
use ae_tensor::kernels::gemm::Epilogue;
use ae_tensor::{Activation, Padding, Placement, Window};

/// Where the window of the convolution `A` stands on the output of a transposed convolution, whose
/// input has this height and width. With "same" padding the output is `s h` pixels high, with
/// "valid" `s h + max(k - s, 0)`, as in Keras. `None` if an extent or a stride is 0, or if the
/// output is too large to be counted.
#[must_use]
pub fn placement(window: Window, image: [usize; 2]) -> Option<Placement> {
    let extent = |axis: usize| {
        let (size, stride) = (window.size[axis], window.stride[axis]);
        let beyond = match window.padding {
            Padding::Same => 0,
            Padding::Valid => size.saturating_sub(stride),
        };
        image[axis].checked_mul(stride)?.checked_add(beyond)
    };
    let placement = window.over([extent(0)?, extent(1)?])?;
    (placement.output == image).then_some(placement)
}

/// The convolution `A`, with input and output exchanged.
struct Transposed(Conv2d);

impl Convolution for Transposed {
    fn output(&self) -> [usize; 3] {
        self.0.input_dims()
    }

    fn forward(&self, x: &[f32], kernel: &[f32], bias: &[f32], f: Activation, y: &mut [f32]) {
        conv::backward_input(&self.0, x, kernel, y);
        bias_activation(y, bias, f);
    }

    fn backward_input(&self, dz: &[f32], kernel: &[f32], dx: &mut [f32]) {
        conv::forward(&self.0, dz, kernel, Epilogue::default(), dx);
    }

    fn backward_kernel(&self, x: &[f32], dz: &[f32], dkernel: &mut [f32]) {
        conv::backward_kernel(&self.0, dz, x, dkernel);
    }
}

impl Tape<'_> {
    /// A transposed convolution, `activation(x *^T kernel + bias)`: images `x [batch, h, w, in]`, a
    /// kernel `[kh, kw, out, in]` and a bias `[out]` give `[batch, h', w', out]`, with `h'` and
    /// `w'` as in [`placement`]. The window is as high and wide as the kernel.
    ///
    /// # Panics
    /// If the shapes do not fit each other, or a stride or an extent is 0.
    #[track_caller]
    pub fn conv2d_transpose(
        &mut self,
        x: Var,
        kernel: Var,
        bias: Var,
        window: Window,
        activation: Activation,
    ) -> Var {
        let (_, image, inputs) = self.shape(x).images("conv2d_transpose");
        let outputs = self.shape(bias).len();
        let [kh, kw] = window.size;
        assert!(
            self.shape(kernel).dims() == [kh, kw, outputs, inputs]
                && self.shape(bias).dims() == [outputs],
            "conv2d_transpose: {} * {} + {} with a window of [{kh}, {kw}]",
            self.shape(x),
            self.shape(kernel),
            self.shape(bias)
        );
        let placement = placement(window, image).unwrap_or_else(|| {
            panic!("conv2d_transpose: {window:?} does not fit images of {image:?}")
        });
        let conv = Transposed(Conv2d::new(placement, outputs, inputs));
        self.convolve([x, kernel, bias], conv, activation)
    }
}
