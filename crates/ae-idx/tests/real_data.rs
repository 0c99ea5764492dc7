//! The data sets that come with the workspace are the published ones.

use ae_idx::{Dataset, FASHION_MNIST, FILE_NAMES, KnownDataset, MNIST, Search};
use std::path::PathBuf;

fn load(known: &KnownDataset) -> Dataset {
    let search = Search {
        data_dir: None,
        environment: None,
        working_dir: env!("CARGO_MANIFEST_DIR").into(),
        workspace: concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets").into(),
    };
    let folder: PathBuf = search.find(known).unwrap();
    // A mismatch of any checksum would be an error here.
    let data = Dataset::load_known(known, folder).unwrap();
    assert_eq!((data.train.count(), data.test.count()), (60_000, 10_000));
    for part in [&data.train, &data.test] {
        assert_eq!((part.rows(), part.cols()), (28, 28));
    }
    assert_eq!((data.classes, data.class_names.len()), (10, 10));
    for (name, file) in FILE_NAMES.iter().zip(&known.files) {
        assert_eq!(data.checksums[*name], file.sha256);
    }
    data
}

#[test]
fn mnist_is_whole() {
    let data = load(&MNIST);
    let train = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949];
    assert_eq!(data.train.class_counts()[..10], train);
    assert_eq!(data.test.class_counts()[5], 892);
    let fives = data.select(&[5]).unwrap();
    assert_eq!((fives.train.count(), fives.test.count()), (5421, 892));
    // The first training image is the five that every tutorial shows.
    assert_eq!(data.train.labels()[..5], [5, 0, 4, 1, 9]);
    assert_eq!(fives.train.image(0), data.train.image(0));
}

#[test]
fn fashion_mnist_is_whole() {
    let data = load(&FASHION_MNIST);
    assert_eq!(data.train.class_counts()[..10], [6000; 10]);
    assert_eq!(data.test.class_counts()[..10], [1000; 10]);
    assert_eq!(data.class_index("bottine"), Some(9));
}

#[test]
fn fashion_mnist_is_not_taken_for_mnist() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/fashion-mnist");
    let error = Dataset::load_known(&MNIST, folder).unwrap_err().to_string();
    assert!(error.contains("not the published mnist file"), "{error}");
}
