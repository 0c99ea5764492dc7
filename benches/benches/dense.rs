//! Training the notebook's dense model: the parts of a step, and whole epochs on as many images as
//! MNIST has fives.

mod common;

use ae_autodiff::{Buffers, Grads, Tape};
use ae_bench::images::{PIXELS, blobs, dense_model};
use ae_optim::{Adadelta, Optimizer, RmsProp};
use ae_tensor::with_threads;
use ae_train::{Examples, FitOptions, Samples, fit};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::ops::ControlFlow;

fn step(criterion: &mut Criterion) {
    let bytes = blobs(250);
    let x = Samples::new(&bytes, [PIXELS]).gather(&(0..250).collect::<Vec<_>>());
    let mut group = criterion.benchmark_group("dense step");
    group.throughput(Throughput::Elements(250));
    for threads in [1, 2] {
        let (model, mut params) = dense_model();
        let mut buffers = Buffers::new();
        let mut grads = Grads::zeros_like(&params);
        let mut rmsprop = RmsProp::default();
        group.bench_function(format!("batch of 250, {threads} threads"), |bencher| {
            with_threads(threads, || {
                bencher.iter(|| {
                    let mut tape = Tape::new(&params, &mut buffers);
                    let input = tape.input(&x);
                    let logits = model.forward_logits(&mut tape, input);
                    let loss = tape.bce_with_logits(logits, input);
                    tape.backward(loss, &mut grads);
                    rmsprop.step(&mut params, &grads);
                });
            })
            .expect("threads start");
        });
    }
    group.finish();

    let (_, mut params) = dense_model();
    let grads = Grads::zeros_like(&params);
    let mut group = criterion.benchmark_group("optimizer step");
    group.throughput(Throughput::Elements(params.element_count() as u64));
    let mut rmsprop = RmsProp::default();
    group.bench_function("RMSprop", |b| b.iter(|| rmsprop.step(&mut params, &grads)));
    let mut adadelta = Adadelta::default();
    group.bench_function("Adadelta", |b| b.iter(|| adadelta.step(&mut params, &grads)));
    group.finish();
}

fn epochs(criterion: &mut Criterion) {
    const EPOCHS: usize = 5;
    let (train, test) = (blobs(5421), blobs(892));
    let mut group = criterion.benchmark_group("dense training, 5 epochs with validation");
    group.sample_size(10).throughput(Throughput::Elements((EPOCHS * 5421) as u64));
    for threads in [1, 2] {
        group.bench_function(format!("{threads} threads"), |bencher| {
            with_threads(threads, || {
                bencher.iter(|| {
                    let (model, mut params) = dense_model();
                    fit(
                        &model,
                        &mut params,
                        &mut RmsProp::default(),
                        Examples::clean(Samples::new(&train, [PIXELS])),
                        Examples::clean(Samples::new(&test, [PIXELS])),
                        FitOptions::new(EPOCHS, 250, 1),
                        |_| ControlFlow::Continue(()),
                    )
                });
            })
            .expect("threads start");
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = common::configuration();
    targets = step, epochs
}
criterion_main!(benches);
