//! A user's own data set: its name, and the checksums that distinguish it from others.

mod common;

use ae_idx::{Dataset, FILE_NAMES, IdxError, MNIST, Remark};
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

#[test]
fn the_files_of_every_data_set_in_a_place_are_listed() {
    let parent = tempfile::tempdir().unwrap();
    let listed = |place: &str| {
        let place = parent.path().join(place);
        let name =
            |path: std::path::PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut names: Vec<String> = Dataset::files_at(place).into_iter().map(name).collect();
        names.sort_unstable();
        names
    };
    assert!(listed("").is_empty() && listed("nowhere").is_empty());
    let files = [
        "emnist-digits-train-images-idx3-ubyte.gz",
        "emnist-letters-test-labels-idx1-ubyte.gz",
        "emnist-letters-train-images-idx3-ubyte",
        "t10k-images.idx3-ubyte",
        "train-labels-idx1-ubyte",
        "train-labels-idx1-ubyte.gz",
    ];
    for name in files.iter().chain(&["notes", "old-train-labels-idx1-ubyte", "train-images"]) {
        fs::write(parent.path().join(name), "").unwrap();
    }
    assert_eq!(listed(""), files);
    assert_eq!(listed("emnist-letters"), files[1..3]);
}

#[test]
fn a_folder_has_its_name_and_each_file_the_checksum_of_its_content() {
    let source = common::folder();
    let parent = tempfile::tempdir().unwrap();
    let shoes = parent.path().join("shoes");
    fs::create_dir(&shoes).unwrap();
    for name in FILE_NAMES {
        fs::copy(source.path().join(name), shoes.join(name)).unwrap();
    }
    let plain = Dataset::load_folder(&shoes).unwrap();
    assert_eq!(plain.name, "shoes");
    assert!(plain.checksums.keys().map(String::as_str).eq({
        let mut names = FILE_NAMES;
        names.sort_unstable();
        names
    }));
    let sums: Vec<&String> = plain.checksums.values().collect();
    assert!(sums.iter().all(|sum| sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit())));
    assert!(sums.iter().enumerate().all(|(i, sum)| !sums[..i].contains(sum)));

    // Packed or not, the content is the same; a different pixel changes one checksum.
    let images = shoes.join(FILE_NAMES[0]);
    let mut bytes = fs::read(&images).unwrap();
    fs::remove_file(&images).unwrap();
    let packed = shoes.join(format!("{}.gz", FILE_NAMES[0]));
    fs::write(&packed, common::gzip(&bytes)).unwrap();
    assert_eq!(Dataset::load_folder(&shoes).unwrap().checksums, plain.checksums);
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&packed, common::gzip(&bytes)).unwrap();
    let other = Dataset::load_folder(&shoes).unwrap().checksums;
    let differing = FILE_NAMES.iter().filter(|name| other[**name] != plain.checksums[**name]);
    assert!(differing.eq([&FILE_NAMES[0]]));
}

/// Copies the folder of `common::folder`, with each file under another name.
fn renamed(name: impl Fn(&str) -> String) -> tempfile::TempDir {
    let (source, folder) = (common::folder(), tempfile::tempdir().unwrap());
    for file in FILE_NAMES {
        fs::copy(source.path().join(file), folder.path().join(name(file))).unwrap();
    }
    folder
}

#[test]
fn names_with_a_dot_and_those_of_emnist_are_the_same_data() {
    let plain = Dataset::load_folder(common::folder().path()).unwrap();
    let dotted = renamed(|name| name.replace("-idx", ".idx"));
    let emnist = renamed(|name| format!("emnist-letters-{}", name.replace("t10k", "test")));
    for folder in [dotted, emnist] {
        let found = Dataset::load_folder(folder.path()).unwrap();
        assert_eq!((&found.train, &found.test), (&plain.train, &plain.test));
        assert_eq!(found.checksums, plain.checksums);
    }
}

#[test]
fn of_several_parts_of_emnist_one_is_chosen() {
    let folder = renamed(|name| format!("emnist-letters-{}", name.replace("t10k", "test")));
    let path = |name: &str| folder.path().join(name);
    for name in FILE_NAMES.map(|name| name.replace("t10k", "test")) {
        fs::copy(path(&format!("emnist-letters-{name}")), path(&format!("emnist-digits-{name}")))
            .unwrap();
    }
    let error = Dataset::load_folder(folder.path()).unwrap_err().to_string();
    let expected = "expected the files of one data set, found those of emnist-digits, emnist-letters; \
                    name one of them, as in ";
    assert!(error.contains(expected) && error.ends_with("emnist-digits"), "{error}");
    let letters = Dataset::load_folder(path("emnist-letters")).unwrap();
    assert_eq!((letters.name.as_str(), letters.train.count()), ("emnist-letters", 5));
    assert!(Dataset::is_at(path("emnist-digits")) && !Dataset::is_at(path("emnist-byclass")));
    assert!(!Dataset::is_at(path("emnist-digits-train-images-idx3-ubyte")), "it is a file");
    fs::remove_file(path("emnist-digits-test-labels-idx1-ubyte")).unwrap();
    let error = Dataset::load_folder(path("emnist-digits")).unwrap_err().to_string();
    let file = "emnist-digits-test-labels-idx1-ubyte";
    assert!(
        error.ends_with(&format!("expected {file} or {file}.gz in this folder, found neither"))
    );
    // Files with MNIST's own names take precedence.
    for name in FILE_NAMES {
        fs::copy(common::folder().path().join(name), path(name)).unwrap();
    }
    assert_eq!(Dataset::load_folder(folder.path()).unwrap().train.count(), 5);
}

#[test]
fn the_labels_of_qmnist_are_the_first_column_of_a_table() {
    let folder = renamed(|name| format!("qmnist-{}", name.replace("t10k", "test")));
    for (part, labels) in [("train", &[0u8, 1, 2, 1, 0][..]), ("test", &[2, 1])] {
        let rows: Vec<u8> =
            labels.iter().flat_map(|&label| [0, 0, 0, label, 0, 0, 1, 44]).collect();
        let count = u32::try_from(labels.len()).unwrap();
        let table = common::idx(0x0c, &[count, 2], &rows);
        fs::write(folder.path().join(format!("qmnist-{part}-labels-idx2-int")), table).unwrap();
        fs::remove_file(folder.path().join(format!("qmnist-{part}-labels-idx1-ubyte"))).unwrap();
    }
    let found = Dataset::load_folder(folder.path()).unwrap();
    assert_eq!((found.train.labels(), found.test.labels()), (&[0, 1, 2, 1, 0][..], &[2, 1][..]));
    assert_eq!((found.classes, found.checksums.len()), (3, 4));
}

#[test]
fn images_without_labels_are_of_one_class() {
    let folder = common::folder();
    fs::remove_file(folder.path().join(FILE_NAMES[1])).unwrap();
    // One file of labels without the other is probably a mistake.
    let error = Dataset::load_folder(folder.path()).unwrap_err();
    assert!(matches!(&error, IdxError::FileMissing { file, .. } if file == FILE_NAMES[1]));
    fs::remove_file(folder.path().join(FILE_NAMES[3])).unwrap();
    let found = Dataset::load_folder(folder.path()).unwrap();
    assert!(!found.labelled);
    assert_eq!((found.classes, found.train.labels(), found.test.count()), (1, &[0; 5][..], 2));
    assert_eq!((found.class_index("0"), found.class_index("unlabelled")), (Some(0), Some(0)));
    assert!(found.checksums.keys().eq([FILE_NAMES[2], FILE_NAMES[0]]));
    let error = Dataset::load_known(&MNIST, folder.path()).unwrap_err();
    assert!(matches!(&error, IdxError::FileMissing { file, .. } if file == FILE_NAMES[1]));
}

#[test]
fn a_file_that_is_older_than_the_packed_one_beside_it_is_remarked_upon() {
    let folder = common::folder();
    let plain = folder.path().join(FILE_NAMES[0]);
    let packed = folder.path().join(format!("{}.gz", FILE_NAMES[0]));
    fs::write(&packed, common::gzip(&common::images(5))).unwrap();
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let set =
        |path: &Path, time| File::options().write(true).open(path).unwrap().set_modified(time);
    set(&plain, at(1000)).unwrap();
    // `gunzip --keep` gives both files the same time.
    for (time, stale) in [(999, false), (1000, false), (1001, true)] {
        set(&packed, at(time)).unwrap();
        let remarks = Dataset::load_folder(folder.path()).unwrap().remarks;
        let remark = Remark::Stale { read: plain.clone(), newer: packed.clone() };
        assert_eq!(remarks, Vec::from_iter(stale.then_some(remark)), "{time}");
    }
}

#[test]
fn published_files_are_the_published_data_set_in_any_folder() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/mnist");
    let found = Dataset::load_folder(folder).unwrap();
    assert_eq!((found.name.as_str(), found.known()), ("mnist", Some(&MNIST)));
    assert_eq!(found, Dataset::load_known(&MNIST, folder).unwrap());
}
