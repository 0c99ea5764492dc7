//! From files to checked bytes: reading, unpacking, checksums.

mod common;

use ae_idx::{Dataset, Limits, MNIST, read_file};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::path::Path;

fn loading(criterion: &mut Criterion) {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../datasets/mnist"));
    let mut group = criterion.benchmark_group("loading MNIST");
    group.sample_size(10).throughput(Throughput::Bytes(60_000 * 784));
    let images = folder.join("train-images-idx3-ubyte.gz");
    group.bench_function("training images, unpacked", |b| {
        b.iter(|| read_file(&images, &Limits::default()).expect("the file is valid"));
    });
    group.bench_function("all four files, with checksums", |b| {
        b.iter(|| Dataset::load_known(&MNIST, folder).expect("the files are valid"));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = common::configuration();
    targets = loading
}
criterion_main!(benches);
