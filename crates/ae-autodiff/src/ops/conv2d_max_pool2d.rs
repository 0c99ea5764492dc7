//! `y = pool(f(x * k + b))`: a convolution, its activation and the max pooling after it in one
//! operation.
//!
//! The result is that of [`conv2d`](super::conv2d) followed by [`max_pool2d`](super::max_pool2d).
//! The pooling passes the gradient on to the winners, and the value of a winner is the output, so
//! with `z = x * k + b`
//!
//! ```text
//! dz[winner] = dy f'(z[winner])      a function of the output, as in dense
//! db         = sum of dy f'(z[winner]) over all outputs
//! ```
//!
//! and the activation's derivative and the bias gradient need only the small image. The rest is
//! derived in [`ae_tensor::kernels::conv::pooled`].

use super::{add_bias, dense, place};
use crate::{Backward, BackwardPass, Buffers, Tape, Var};
use ae_tensor::kernels::conv::pooled::{self, PooledConv2d};
use ae_tensor::kernels::conv::{self, Conv2d};
use ae_tensor::kernels::gemm::Epilogue;
use ae_tensor::{Activation, Tensor, Window};

impl Tape<'_> {
    /// [`Tape::conv2d`] followed by [`Tape::max_pool2d`] with the window `pool`, in one operation:
    /// the result is the same, and the image between them is not kept.
    ///
    /// # Panics
    /// As [`Tape::conv2d`] and [`Tape::max_pool2d`].
    #[track_caller]
    pub fn conv2d_max_pool2d(
        &mut self,
        [x, kernel, bias]: [Var; 3],
        window: Window,
        activation: Activation,
        pool: Window,
    ) -> Var {
        let (batch, image, inputs) = self.shape(x).images("conv2d_max_pool2d");
        let outputs = self.shape(bias).len();
        let [kh, kw] = window.size;
        assert!(
            self.shape(kernel).dims() == [kh, kw, inputs, outputs]
                && self.shape(bias).dims() == [outputs],
            "conv2d_max_pool2d: {} * {} + {} with a window of [{kh}, {kw}]",
            self.shape(x),
            self.shape(kernel),
            self.shape(bias)
        );
        let placement = place("conv2d_max_pool2d", window, image);
        let pool = place("conv2d_max_pool2d", pool, placement.output);
        let conv = PooledConv2d::new(Conv2d::new(placement, inputs, outputs), pool);
        let [h, w, channels] = conv.output_dims();
        let len = batch * conv.output_len();
        let (mut y, mut winners) = (self.buffer(len), self.buffer(len));
        let [x_value, k_value, b_value] = [x, kernel, bias].map(|var| self.value(var).data());
        let epilogue = Epilogue { bias: Some(b_value), activation };
        pooled::forward(&conv, x_value, k_value, epilogue, &mut y, &mut winners);
        let y = Tensor::new([batch, h, w, channels], y);
        let op = ConvMaxPool2d { x, kernel, bias, conv, activation, winners };
        self.custom(&[x, kernel, bias], y, op)
    }
}

struct ConvMaxPool2d {
    x: Var,
    kernel: Var,
    bias: Var,
    conv: PooledConv2d,
    activation: Activation,
    /// The index of the winning tap for each output.
    winners: Vec<f32>,
}

impl Backward for ConvMaxPool2d {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { x, kernel, bias, ref conv, activation, ref winners } = self;
        dense::backward_activation(pass.tape().value(pass.output()).data(), activation, dy);
        let dy = &*dy;
        pass.accumulate(bias, |_, db| add_bias::backward_bias(dy, db));
        if conv.takes_winners() {
            pass.accumulate(kernel, |tape, dk| {
                pooled::backward_kernel(conv, tape.value(x).data(), winners, dy, dk);
            });
            if !pass.tape().requires_gradient(x) {
                return;
            }
        }
        let batch = pass.tape().shape(x).dims()[0];
        let convolution = conv.convolution();
        let mut dz = pass.buffer(batch * convolution.output_len());
        conv.spread(winners, dy, &mut dz);
        if !conv.takes_winners() {
            pass.accumulate(kernel, |tape, dk| {
                conv::backward_kernel(convolution, tape.value(x).data(), &dz, dk);
            });
        }
        pass.accumulate(x, |tape, dx| {
            conv::backward_input(convolution, &dz, tape.value(kernel).data(), dx);
        });
        pass.give(dz);
    }

    fn release(&mut self, buffers: &mut Buffers) {
        buffers.give(std::mem::take(&mut self.winners));
    }
}
