//! Matrix products: square ones, and the five of a dense training step.

mod common;

use ae_tensor::kernels::gemm::{Epilogue, MatRef, gemm};
use ae_tensor::with_threads;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

/// `(name, m, k, n, A transposed, B transposed)`
const PRODUCTS: [(&str, usize, usize, usize, bool, bool); 7] = [
    ("1024 cubed", 1024, 1024, 1024, false, false),
    ("1024 cubed, both transposed", 1024, 1024, 1024, true, true),
    ("encode", 250, 784, 10, false, false),
    ("decode", 250, 10, 784, false, false),
    ("gradient of the decoder's kernel", 10, 250, 784, true, false),
    ("gradient of the codes", 250, 784, 10, false, true),
    ("gradient of the encoder's kernel", 784, 250, 10, true, false),
];

fn products(criterion: &mut Criterion) {
    for threads in [1, 2] {
        let mut group = criterion.benchmark_group(format!("gemm, {threads} threads"));
        for (name, m, k, n, at, bt) in PRODUCTS {
            let a: Vec<f32> = (0..m * k).map(|i| (i % 17) as f32 / 17.0 - 0.5).collect();
            let b: Vec<f32> = (0..k * n).map(|i| (i % 13) as f32 / 13.0 - 0.5).collect();
            let mut c = vec![0.0; m * n];
            // An element is one floating-point operation.
            group.throughput(Throughput::Elements((2 * m * k * n) as u64));
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                let left = if at { MatRef::new(&a, k, m).t() } else { MatRef::new(&a, m, k) };
                let right = if bt { MatRef::new(&b, n, k).t() } else { MatRef::new(&b, k, n) };
                with_threads(threads, || {
                    bencher.iter(|| gemm(left, right, black_box(&mut c), Epilogue::default()));
                })
                .expect("threads start");
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = common::configuration();
    targets = products
}
criterion_main!(benches);
