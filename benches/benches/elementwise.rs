//! Passes over memory: transcendental functions, cross-entropy, bytes to floats, sums.

mod common;

use ae_tensor::kernels::{bce, convert, math, sum};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

/// A batch of 250 images of 784 pixels: the data of one training step.
const LEN: usize = 250 * 784;

fn passes(criterion: &mut Criterion) {
    let x: Vec<f32> = (0..LEN).map(|i| (i % 2000) as f32 / 100.0 - 10.0).collect();
    let positive: Vec<f32> = x.iter().map(|x| x.abs() + 0.1).collect();
    let targets: Vec<f32> = (0..LEN).map(|i| (i % 256) as f32 / 255.0).collect();
    let bytes: Vec<u8> = (0..LEN).map(|i| (i % 256) as u8).collect();
    let mut out = vec![0.0; LEN];

    let mut group = criterion.benchmark_group("elementwise");
    group.throughput(Throughput::Elements(LEN as u64));
    group.bench_function("exp", |b| b.iter(|| math::exp(&x, black_box(&mut out))));
    group.bench_function("ln", |b| b.iter(|| math::ln(&positive, black_box(&mut out))));
    group.bench_function("ln_1p", |b| b.iter(|| math::ln_1p(&positive, black_box(&mut out))));
    group.bench_function("sigmoid", |b| b.iter(|| math::sigmoid(&x, black_box(&mut out))));
    group.bench_function("cross-entropy", |b| b.iter(|| bce::bce_sum(&x, &targets)));
    group.bench_function("cross-entropy and gradient", |b| {
        b.iter(|| bce::bce_sum_and_gradient(&x, &targets, 1e-3, black_box(&mut out)));
    });
    group.bench_function("bytes to gray levels", |b| {
        b.iter(|| convert::unit_from_u8(&bytes, black_box(&mut out)));
    });
    group.bench_function("sum", |b| b.iter(|| sum::sum(&x)));
    group.bench_function("column sums", |b| {
        b.iter(|| sum::column_sums(&x, black_box(&mut out[..784])));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = common::configuration();
    targets = passes
}
criterion_main!(benches);
