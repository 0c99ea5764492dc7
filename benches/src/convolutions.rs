//! The denoising model's convolutions, each of the three passes, alone and merged with the
//! up-sampling before it or the max pooling after it.
//!
//! A share counts the operations of the definition, including those with padding. Winograd's scheme
//! needs less than half of them for a convolution from 32 to 32 channels, and a quarter for one
//! merged with an up-sampling, which is counted as an up-sampling followed by a 3 x 3 kernel. Such
//! a share tells how fast the job is done, not how busy the machine is.

use crate::images::{self, IMAGES};
use crate::numbers;
use crate::report::Report;
use crate::stopwatch::median_seconds;
use ae_tensor::kernels::conv::enlarged::{self, EnlargedConv2d};
use ae_tensor::kernels::conv::pooled::{self, PooledConv2d};
use ae_tensor::kernels::conv::{self, Conv2d};
use ae_tensor::kernels::gemm::Epilogue;
use ae_tensor::{Activation, Window};
use std::hint::black_box;

/// `(side of the image, channels in, channels out)`, all 3 x 3.
const CONVOLUTIONS: [(usize, usize, usize); 4] =
    [(28, 1, 32), (14, 32, 32), (7, 32, 32), (28, 32, 1)];
/// The same for images that are enlarged by two first; the side is the smaller one.
const ENLARGED: [(usize, usize, usize); 2] = [(7, 32, 32), (14, 32, 1)];

/// The same with max pooling by two after them.
const POOLED: [(usize, usize, usize); 2] = [(28, 1, 32), (14, 32, 32)];

/// Measures all passes, in GFLOP/s and microseconds per image.
pub fn measure(report: &mut Report) {
    report.begin("convolutions", " us/image");
    for (side, inputs, outputs) in CONVOLUTIONS {
        let placement = Window::same([3, 3]).over([side, side]).expect("the window fits");
        let conv = Conv2d::new(placement, inputs, outputs);
        let mut data = Data::new(conv.input_len(), conv.output_len(), conv.kernel_len(), outputs);
        let Data { x, dy, kernel, bias, y, dx, dkernel } = &mut data;
        let epilogue = Epilogue { bias: Some(bias), activation: Activation::Relu };
        let flops = images::convolution_flops(side, inputs, outputs);
        let of = format!("{side}x{side} {inputs}->{outputs}");
        let forward = || conv::forward(&conv, x, kernel, epilogue, black_box(y));
        line(report, &format!("forward {of}"), flops, forward);
        if inputs == outputs {
            // The direct counterpart of Winograd's scheme.
            let direct = || conv::forward_direct(&conv, x, kernel, epilogue, black_box(y));
            line(report, &format!("direct {of}"), flops, direct);
        }
        let by_input = || conv::backward_input(&conv, dy, kernel, black_box(dx));
        line(report, &format!("by input {of}"), flops, by_input);
        let by_kernel = || conv::backward_kernel(&conv, x, dy, black_box(dkernel));
        line(report, &format!("by kernel {of}"), flops, by_kernel);
    }
    for (side, inputs, outputs) in ENLARGED {
        let conv = EnlargedConv2d::new([side, side], [2, 2], [3, 3], [inputs, outputs]);
        let mut data = Data::new(conv.input_len(), conv.output_len(), conv.kernel_len(), outputs);
        let Data { x, dy, kernel, bias, y, dx, dkernel } = &mut data;
        let epilogue = Epilogue { bias: Some(bias), activation: Activation::Relu };
        let large = 2 * side;
        let flops = images::convolution_flops(large, inputs, outputs);
        let of = format!("{side}x{side}->{large}x{large} {inputs}->{outputs}");
        let forward = || enlarged::forward(&conv, x, kernel, epilogue, black_box(y));
        line(report, &format!("forward {of}"), flops, forward);
        let by_input = || enlarged::backward_input(&conv, dy, kernel, black_box(dx));
        line(report, &format!("by input {of}"), flops, by_input);
        let by_kernel = || enlarged::backward_kernel(&conv, x, dy, black_box(dkernel));
        line(report, &format!("by kernel {of}"), flops, by_kernel);
    }
    measure_pooled(report);
}

/// Measures the value and the kernel gradient with the max pooling, whose operations do not count.
fn measure_pooled(report: &mut Report) {
    for (side, inputs, outputs) in POOLED {
        let placement = Window::same([3, 3]).over([side, side]).expect("the window fits");
        let halves = Window::same([2, 2]).with_stride([2, 2]);
        let pool = halves.over([side, side]).expect("the window fits");
        let conv = PooledConv2d::new(Conv2d::new(placement, inputs, outputs), pool);
        let (input, kernel) = (side * side * inputs, 9 * inputs * outputs);
        let mut data = Data::new(input, conv.output_len(), kernel, outputs);
        let Data { x, dy, kernel, bias, y, dkernel, .. } = &mut data;
        let mut winners = y.clone();
        let epilogue = Epilogue { bias: Some(bias), activation: Activation::Relu };
        let flops = images::convolution_flops(side, inputs, outputs);
        let of = format!("{side}x{side} {inputs}->{outputs}, pooled");
        let forward = || {
            pooled::forward(
                &conv,
                x,
                kernel,
                epilogue,
                black_box(&mut *y),
                black_box(&mut winners),
            );
        };
        line(report, &format!("forward {of}"), flops, forward);
        let by_kernel = || pooled::backward_kernel(&conv, x, &winners, dy, black_box(dkernel));
        line(report, &format!("by kernel {of}"), flops, by_kernel);
    }
}

/// The inputs of a convolution's passes, and memory for the outputs.
struct Data {
    x: Vec<f32>,
    dy: Vec<f32>,
    kernel: Vec<f32>,
    bias: Vec<f32>,
    y: Vec<f32>,
    dx: Vec<f32>,
    dkernel: Vec<f32>,
}

impl Data {
    fn new(input: usize, output: usize, kernel: usize, outputs: usize) -> Self {
        let (x, dy) = (numbers(IMAGES * input, 17), numbers(IMAGES * output, 13));
        let (kernel, bias) = (numbers(kernel, 11), numbers(outputs, 7));
        Self { y: dy.clone(), dx: x.clone(), dkernel: kernel.clone(), x, dy, kernel, bias }
    }
}

fn line(report: &mut Report, name: &str, flops_each: f64, work: impl FnMut()) {
    let seconds = median_seconds(15, work);
    let speed = report.limits.flops(IMAGES as f64 * flops_each, seconds);
    report.line(name, speed, &format!("{:>9.1}", seconds / IMAGES as f64 * 1e6));
}
