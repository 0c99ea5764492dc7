//! Several tables for one part: the first is taken, with its own labels.

use ae_data::{Loading, Options, recognize};
use std::fs;

/// A table of images of 4 x 4 pixels with these labels. All pixels of an image are `first`, plus
/// its label.
fn table(labels: [u8; 3], first: u8) -> String {
    let line = |label: &u8| format!("{label}{}\n", format!(",{}", first + label).repeat(16));
    labels.iter().map(line).collect()
}

#[test]
fn images_keep_the_labels_of_their_own_table() {
    let folder = tempfile::tempdir().unwrap();
    for (name, labels, first) in [
        ("test.csv", [0, 1, 2], 50),
        ("train_a.csv", [0, 1, 2], 100),
        ("train_b.csv", [2, 0, 1], 200),
    ] {
        fs::write(folder.path().join(name), table(labels, first)).unwrap();
    }
    let dataset =
        recognize(folder.path()).unwrap().load(&Loading::new(&Options::default())).unwrap();
    assert_eq!(dataset.train.labels(), Some(&[0, 1, 2][..]));
    assert_eq!(dataset.train.images(), [[100; 16], [101; 16], [102; 16]].concat());
    assert_eq!(dataset.test.labels(), Some(&[0, 1, 2][..]));
    let unused: Vec<&String> =
        dataset.remarks.iter().filter(|remark| remark.ends_with("not used")).collect();
    assert_eq!(unused, ["train_b.csv: not used"]);
}
