//! The part of the tape that works on images: `[batch, height, width, channels]`.

use crate::ops::{conv2d, max_pool2d, up_sample_conv2d, up_sample2d};
use crate::tape::{Op, Tape, Var};
use ae_tensor::kernels::conv::{Conv2d, enlarged::EnlargedConv2d};
use ae_tensor::{Activation, Placement, Tensor, Window};

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
        let placement = self.place("conv2d", window, image);
        let conv = Conv2d::new(placement, inputs, outputs);
        let mut y = self.buffers.take(batch * conv.output_len());
        let (x_value, k_value) = (self.value(x).data(), self.value(kernel).data());
        conv2d::forward(&conv, x_value, k_value, self.value(bias).data(), activation, &mut y);
        let [h, w] = placement.output;
        let y = Tensor::new([batch, h, w, outputs], y);
        self.computed(Op::Conv2d { x, kernel, bias, conv, activation }, y, &[x, kernel, bias])
    }

    /// The largest value in each window, channel by channel: `[batch, h, w, channels]` to `[batch, h', w', channels]`.
    ///
    /// # Panics
    /// If `x` is no batch of images, or the window does not fit them.
    #[track_caller]
    pub fn max_pool2d(&mut self, x: Var, window: Window) -> Var {
        let (batch, image, channels) = self.shape(x).images("max_pool2d");
        let placement = self.place("max_pool2d", window, image);
        let [h, w] = placement.output;
        let len = batch * h * w * channels;
        let (mut y, mut winners) = (self.buffers.take(len), self.buffers.take(len));
        max_pool2d::forward(&placement, channels, self.value(x).data(), &mut y, &mut winners);
        let y = Tensor::new([batch, h, w, channels], y);
        self.computed(Op::MaxPool2d { x, placement, winners }, y, &[x])
    }

    /// Every pixel repeated `factor[0]` times downwards and `factor[1]` times to the right.
    ///
    /// # Panics
    /// If `x` is no batch of images, or a factor is 0.
    #[track_caller]
    pub fn up_sample2d(&mut self, x: Var, factor: [usize; 2]) -> Var {
        let (batch, [h, w], channels) = self.shape(x).images("up_sample2d");
        let [fy, fx] = factor;
        let mut y = self.buffers.take(batch * h * fy * w * fx * channels);
        up_sample2d::forward([h, w], channels, factor, self.value(x).data(), &mut y);
        let y = Tensor::new([batch, h * fy, w * fx, channels], y);
        self.computed(Op::UpSample2d { x, factor }, y, &[x])
    }

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
        let mut y = self.buffers.take(batch * conv.output_len());
        let (x_value, k_value) = (self.value(x).data(), self.value(kernel).data());
        let b_value = self.value(bias).data();
        up_sample_conv2d::forward(&conv, x_value, k_value, b_value, activation, &mut y);
        let [h, w] = conv.output();
        let y = Tensor::new([batch, h, w, outputs], y);
        let op = Op::UpSampleConv2d { x, kernel, bias, conv, activation };
        self.computed(op, y, &[x, kernel, bias])
    }

    #[track_caller]
    fn place(&self, op: &str, window: Window, image: [usize; 2]) -> Placement {
        let placement = window.over(image);
        placement.unwrap_or_else(|| panic!("{op}: {window:?} does not fit images of {image:?}"))
    }
}
