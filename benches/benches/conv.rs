//! The kernels of the denoising model's layers, forward and backward: convolutions, with and
//! without a merged up-sampling, pooling, up-sampling.

mod common;

use ae_bench::images::{IMAGES, convolution_flops};
use ae_tensor::kernels::conv::enlarged::{self, EnlargedConv2d};
use ae_tensor::kernels::conv::{self, Conv2d};
use ae_tensor::kernels::gemm::Epilogue;
use ae_tensor::kernels::pool::{max_pool, max_pool_backward};
use ae_tensor::kernels::sum::column_sums;
use ae_tensor::kernels::upsample::{up_sample, up_sample_backward};
use ae_tensor::{Activation, Window, with_threads};
use criterion::{Bencher, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

/// `(side of the image, channels in, channels out)`, all 3 x 3.
const CONVOLUTIONS: [(usize, usize, usize); 4] =
    [(28, 1, 32), (14, 32, 32), (7, 32, 32), (28, 32, 1)];
/// The same for images that are enlarged by two first; the side is the smaller one.
const ENLARGED: [(usize, usize, usize); 2] = [(7, 32, 32), (14, 32, 1)];

fn numbers(len: usize, period: usize) -> Vec<f32> {
    (0..len).map(|i| (i % period) as f32 / period as f32 - 0.5).collect()
}

/// An element is one floating-point operation of the convolution's definition.
fn flops(side: usize, inputs: usize, outputs: usize) -> Throughput {
    Throughput::Elements((IMAGES as f64 * convolution_flops(side, inputs, outputs)) as u64)
}

/// Runs on one thread, as a kernel does within a training step.
fn time(bencher: &mut Bencher<'_>, work: impl FnMut() + Send) {
    with_threads(1, || bencher.iter(work)).expect("threads start");
}

fn convolutions(criterion: &mut Criterion) {
    for (side, inputs, outputs) in CONVOLUTIONS {
        let placement = Window::same([3, 3]).over([side, side]).expect("the window fits");
        let conv = Conv2d::new(placement, inputs, outputs);
        let x = numbers(IMAGES * conv.input_len(), 17);
        let dy = numbers(IMAGES * conv.output_len(), 13);
        let (kernel, bias) = (numbers(conv.kernel_len(), 11), numbers(outputs, 7));
        let (mut y, mut dx, mut dkernel) = (dy.clone(), x.clone(), kernel.clone());
        let epilogue = Epilogue { bias: Some(&bias), activation: Activation::Relu };
        let name = format!("convolution {side}x{side} {inputs}->{outputs}");
        let mut group = criterion.benchmark_group(name);
        group.throughput(flops(side, inputs, outputs));
        group.bench_function("forward", |b| {
            time(b, || conv::forward(&conv, &x, &kernel, epilogue, black_box(&mut y)));
        });
        if inputs == outputs {
            group.bench_function("forward, direct", |b| {
                time(b, || conv::forward_direct(&conv, &x, &kernel, epilogue, black_box(&mut y)));
            });
        }
        group.bench_function("gradient by input", |b| {
            time(b, || conv::backward_input(&conv, &dy, &kernel, black_box(&mut dx)));
        });
        group.bench_function("gradient by kernel", |b| {
            time(b, || conv::backward_kernel(&conv, &x, &dy, black_box(&mut dkernel)));
        });
        group.finish();
    }
}

fn enlarged_convolutions(criterion: &mut Criterion) {
    for (side, inputs, outputs) in ENLARGED {
        let conv = EnlargedConv2d::new([side, side], [2, 2], [3, 3], [inputs, outputs]);
        let x = numbers(IMAGES * conv.input_len(), 17);
        let dy = numbers(IMAGES * conv.output_len(), 13);
        let (kernel, bias) = (numbers(conv.kernel_len(), 11), numbers(outputs, 7));
        let (mut y, mut dx, mut dkernel) = (dy.clone(), x.clone(), kernel.clone());
        let epilogue = Epilogue { bias: Some(&bias), activation: Activation::Relu };
        let name = format!("up-sampling and convolution {side}x{side} {inputs}->{outputs}");
        let mut group = criterion.benchmark_group(name);
        group.throughput(flops(2 * side, inputs, outputs));
        group.bench_function("forward", |b| {
            time(b, || enlarged::forward(&conv, &x, &kernel, epilogue, black_box(&mut y)));
        });
        group.bench_function("gradient by input", |b| {
            time(b, || enlarged::backward_input(&conv, &dy, &kernel, black_box(&mut dx)));
        });
        group.bench_function("gradient by kernel", |b| {
            time(b, || enlarged::backward_kernel(&conv, &x, &dy, black_box(&mut dkernel)));
        });
        group.finish();
    }
}

fn passes(criterion: &mut Criterion) {
    for side in [28, 14] {
        let window = Window::same([2, 2]).with_stride([2, 2]);
        let placement = window.over([side, side]).expect("the window fits");
        let large = numbers(IMAGES * side * side * 32, 17);
        let small = numbers(large.len() / 4, 13);
        let (mut dx, mut y, mut winners) = (large.clone(), small.clone(), small.clone());
        // Winners for the backward pass, also if the bench of the forward pass is skipped.
        max_pool(&placement, 32, &large, &mut y, &mut winners);
        let image = [side / 2, side / 2];
        let mut group =
            criterion.benchmark_group(format!("pooling and gradients {side}x{side}x32"));
        // An element is a pixel of the larger side.
        group.throughput(Throughput::Elements(large.len() as u64));
        group.bench_function("max-pool", |b| {
            time(b, || {
                max_pool(&placement, 32, &large, black_box(&mut y), black_box(&mut winners));
            });
        });
        group.bench_function("max-pool, gradient", |b| {
            time(b, || max_pool_backward(&placement, 32, &winners, &small, black_box(&mut dx)));
        });
        group.bench_function("up-sample", |b| {
            time(b, || up_sample(image, 32, [2, 2], &small, black_box(&mut dx)));
        });
        group.bench_function("up-sample, gradient", |b| {
            time(b, || up_sample_backward(image, 32, [2, 2], &large, black_box(&mut y)));
        });
        let mut sums = [0.0; 32];
        group.bench_function("bias, gradient", |b| {
            time(b, || column_sums(&large, black_box(&mut sums)));
        });
        group.bench_function("ReLU, gradient", |b| {
            time(b, || Activation::Relu.backward(&large, black_box(&mut dx)));
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = common::configuration();
    targets = convolutions, enlarged_convolutions, passes
}
criterion_main!(benches);
