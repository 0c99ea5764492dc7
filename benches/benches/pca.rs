//! Principal components: of latent codes, of whole images, and the eigenvalue solver alone.

mod common;

use ae_pca::{Pca, divide_and_conquer, symmetric_eigen};
use ae_tensor::Tensor;
use ae_tensor::random::{Purpose, stream};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Samples whose columns are correlated: sums of neighboring random numbers.
fn samples(count: usize, columns: usize) -> Tensor {
    let noise = Tensor::uniform([count, columns], 0.0, 1.0, &mut stream(1, Purpose::Noise, 0, 0));
    let x = noise.data();
    Tensor::from_fn([count, columns], |i| x[i] + x[(i + 1) % x.len()] + x[(i + 2) % x.len()])
}

fn pca(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pca");
    group.sample_size(10);
    // An element is one number of the matrix.
    let codes = samples(5421, 10);
    group.throughput(Throughput::Elements(5421 * 10));
    group.bench_function("fit on 5421 codes of 10", |b| b.iter(|| Pca::fit(&codes, None)));
    let images = samples(2000, 784);
    group.throughput(Throughput::Elements(2000 * 784));
    group.bench_function("fit on 2000 images of 784, 10 components", |b| {
        b.iter(|| Pca::fit(&images, Some(10)));
    });
    let (mean, columns) = (ae_tensor::kernels::gram::column_means(images.data(), 784), 784);
    let covariance = ae_tensor::kernels::gram::scatter(images.data(), &mean);
    group.throughput(Throughput::Elements(784 * 784));
    group.bench_function("Jacobi, 784 x 784", |b| {
        b.iter(|| symmetric_eigen(&covariance, columns));
    });
    group.bench_function("division, 784 x 784", |b| {
        b.iter(|| divide_and_conquer(&covariance, columns));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = common::configuration();
    targets = pca
}
criterion_main!(benches);
