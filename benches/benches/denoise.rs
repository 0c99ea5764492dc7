//! Training the notebook's denoising model: whole steps and validation on images like MNIST's.

mod common;

use ae_bench::images::{blobs, denoising_model};
use ae_optim::Adadelta;
use ae_tensor::with_threads;
use ae_train::{
    BinaryCrossentropy, Examples, FitOptions, GaussianNoise, Samples, Split, evaluate, fit,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::ops::ControlFlow;

const IMAGES: usize = 1024;
const NOISE: GaussianNoise = GaussianNoise { factor: 0.5, seed: 1, fresh: false };

fn denoise(criterion: &mut Criterion) {
    let bytes = blobs(IMAGES);
    let train = Examples::noisy(Samples::new(&bytes, [28, 28, 1]), NOISE, Split::Train);
    let one = Examples::noisy(Samples::new(&bytes[..784], [28, 28, 1]), NOISE, Split::Test);
    let mut group = criterion.benchmark_group("denoise");
    group.sample_size(10).throughput(Throughput::Elements(IMAGES as u64));
    for threads in [1, 2] {
        group.bench_function(format!("8 steps of 128 images, {threads} threads"), |bencher| {
            with_threads(threads, || {
                bencher.iter(|| {
                    let (model, mut params) = denoising_model();
                    let options = FitOptions::new(1, 128, 1);
                    let go_on = |_: &ae_train::Event<'_>| ControlFlow::Continue(());
                    let mut optimizer = Adadelta::default();
                    fit(&model, &mut params, &mut optimizer, train, one, options, go_on)
                });
            })
            .expect("threads start");
        });
        group.bench_function(format!("validation on 1024 images, {threads} threads"), |bencher| {
            let (model, params) = denoising_model();
            with_threads(threads, || {
                bencher.iter(|| evaluate(&model, &params, train, &BinaryCrossentropy))
            })
            .expect("threads start");
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = common::configuration();
    targets = denoise
}
criterion_main!(benches);
