//! Measures what a checkpoint of the notebook's dense model costs, step by step:
//! `cargo run --release -p ae-checkpoint --example cost`.

use ae_checkpoint::{Archive, sha256};
use ae_files::Replacement;
use ae_tensor::Tensor;
use std::time::Instant;

const ROUNDS: usize = 200;

/// The median time of `work`, in microseconds.
fn median(mut work: impl FnMut()) -> u128 {
    let mut times: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_micros()
        })
        .collect();
    times.sort_unstable();
    times[ROUNDS / 2]
}

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tensors = [784 * 10, 10, 10 * 784, 784].map(|len| Tensor::full([len], 0.1));
    let archive = || {
        let mut archive = Archive::new();
        for (i, tensor) in tensors.iter().enumerate() {
            archive.put(format!("w{i}"), tensor);
            archive.put(format!("optimizer/w{i}"), tensor);
        }
        archive
    };
    let bytes = archive().to_bytes();
    println!("{} bytes", bytes.len());
    println!("collect  {:>6} us", median(|| drop(std::hint::black_box(archive()))));
    println!("checksum {:>6} us", median(|| drop(std::hint::black_box(sha256(&bytes)))));
    let made = archive();
    println!("all but the disk {:>6} us", median(|| drop(std::hint::black_box(made.to_bytes()))));
    let path = folder.path().join("checkpoint");
    let replacement = Replacement::new(path).keep_previous(folder.path().join("previous"));
    println!("disk     {:>6} us", median(|| replacement.write(&bytes).expect("room for it")));
}
