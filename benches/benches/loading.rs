//! From files to checked bytes: reading, unpacking, checksums.

use ae_idx::{Dataset, Limits, MNIST, read_file};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::path::Path;
use std::time::Duration;

fn loading(criterion: &mut Criterion) {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../datasets/mnist"));
    let mut group = criterion.benchmark_group("loading MNIST");
    group.sample_size(10).throughput(Throughput::Bytes(60_000 * 784));
    let images = folder.join("train-images-idx3-ubyte.gz");
    group.bench_function("training images, unpacked", |b| {
        b.iter(|| read_file(&images, &Limits::default()).expect("the file is sound"));
    });
    group.bench_function("all four files, with checksums", |b| {
        b.iter(|| Dataset::load_known(&MNIST, folder).expect("the files are sound"));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    // Shorter than criterion's own 3 and 5 seconds: all benches together take some three minutes.
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = loading
}
criterion_main!(benches);
