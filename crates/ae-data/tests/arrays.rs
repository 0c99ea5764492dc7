//! Arrays, tables and batches: every source of the same images gives the same data set.

use ae_data::{Channels, Dataset, Extents, ImageSet, Loading, Options, recognize};
use ae_idx::{IdxArray, IdxData, Packing, write_file};
use ae_npy::{Element, Npz, write_npy};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use tempfile::TempDir;

const TRAIN: usize = 12;
const TEST: usize = 6;
const SIDE: usize = 4;

/// The value of a pixel, below 240.
fn value(image: usize, pixel: usize) -> u8 {
    u8::try_from((image * 37 + pixel * 11) % 240).unwrap()
}

/// Gray images from number `first` on, and their labels 0, 1, 2, 0, ..
fn images(first: usize, count: usize) -> (Vec<u8>, Vec<u8>) {
    let pixels = |i: usize| (0..SIDE * SIDE).map(move |p| value(i, p));
    let labels = (first..first + count).map(|i| u8::try_from(i % 3).unwrap()).collect();
    ((first..first + count).flat_map(pixels).collect(), labels)
}

fn parts() -> [(Vec<u8>, Vec<u8>); 2] {
    [images(0, TRAIN), images(TRAIN, TEST)]
}

fn load_with(place: &Path, options: &Options) -> Result<Dataset, String> {
    let source = recognize(place).map_err(|error| error.to_string())?;
    let dataset = source.load(&Loading::new(options)).map_err(|error| error.to_string())?;
    assert_eq!(source.checksums().unwrap(), dataset.checksums);
    Ok(dataset)
}

fn load(place: &Path) -> Result<Dataset, String> {
    load_with(place, &Options::default())
}

#[track_caller]
fn refused(place: &Path, expected: &str) {
    let error = load(place).unwrap_err();
    assert!(error.contains(expected), "{error}");
    assert!(!error.contains('\n'), "{error}");
}

/// Checks that these are the images of [`parts`].
#[track_caller]
fn assert_same(dataset: &Dataset) {
    for (found, (values, labels)) in [&dataset.train, &dataset.test].into_iter().zip(parts()) {
        let labels = labels.into_iter().map(u16::from).collect();
        let expected = ImageSet::new(Extents::gray(SIDE, SIDE), values, Some(labels)).unwrap();
        assert_eq!(*found, expected);
    }
    assert_eq!(dataset.classes(), 3);
}

fn npz<T: Element, L: Element>(
    path: &Path,
    names: [&str; 4],
    shape: &[usize],
    value: impl Fn(u8) -> T,
    label: impl Fn(u8) -> L,
) {
    let mut npz = Npz::new(File::create(path).unwrap());
    for ((values, labels), names) in parts().into_iter().zip([&names[..2], &names[2..]]) {
        let shape = [&[labels.len()], shape].concat();
        let values: Vec<T> = values.into_iter().map(&value).collect();
        npz.add(names[0], &shape, &values).unwrap();
        let count = labels.len();
        let labels: Vec<L> = labels.into_iter().map(&label).collect();
        npz.add(names[1], &[count, 1], &labels).unwrap();
    }
    npz.finish().unwrap();
}

const KERAS: [&str; 4] = ["x_train", "y_train", "x_test", "y_test"];
const MEDMNIST: [&str; 4] = ["train_images", "train_labels", "test_images", "test_labels"];

#[test]
fn archives_of_keras_and_medmnist() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.npz");
    npz(&path, KERAS, &[SIDE, SIDE], |v| v, |l| l);
    let set = load(&path).unwrap();
    assert_same(&set);
    assert_eq!((set.name.as_str(), set.checksums.len()), ("set", 1));
    // A folder with one archive is the archive.
    assert_same(&load(folder.path()).unwrap());
    for (names, shape) in [
        (MEDMNIST, &[SIDE, SIDE][..]),
        (KERAS, &[SIDE, SIDE, 1]),
        (KERAS, &[1, SIDE, SIDE]),
        (KERAS, &[SIDE * SIDE]),
    ] {
        npz(&path, names, shape, |v| v, f64::from);
        assert_same(&load(&path).unwrap());
    }
    // Bytes divided by 255 come out as they were, exactly, in both precisions.
    npz(&path, KERAS, &[SIDE, SIDE], |v| f32::from(v) / 255.0, |l| l);
    let set = load(&path).unwrap();
    assert_same(&set);
    assert!(set.remarks.is_empty(), "{:?}", set.remarks);
    npz(&path, KERAS, &[SIDE, SIDE], |v| f64::from(v) / 255.0, |l| l);
    assert_same(&load(&path).unwrap());
    npz(&path, KERAS, &[SIDE, SIDE], f32::from, |l| l);
    assert_same(&load(&path).unwrap());
    fs::copy(&path, folder.path().join("other.npz")).unwrap();
    refused(folder.path(), "expected one .npz file, found 2; name one of them");
}

#[test]
fn validation_images_are_for_testing_only_if_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.npz");
    let names = ["train_images", "train_labels", "val_images", "val_labels"];
    npz(&path, names, &[SIDE, SIDE], |v| v, |l| l);
    assert_same(&load(&path).unwrap());
}

#[test]
fn colors_are_beside_one_another_or_in_planes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let values: Vec<u8> = (0..2 * 6).collect();
    write_npy(File::create(&path).unwrap(), &[2, 1, 2, 3], &values).unwrap();
    let set = load(&path).unwrap();
    assert_eq!((set.extents(), set.labelled()), (Extents::color(1, 2), false));
    let mut all = [set.train.images(), set.test.images()].concat();
    all.sort_unstable();
    assert_eq!(all, values);
    let five: Vec<u8> = (0..60).collect();
    write_npy(File::create(&path).unwrap(), &[1, 3, 4, 5], &five).unwrap();
    let set = load(&path).unwrap();
    assert_eq!(
        (set.extents(), &set.train.image(0)[..6]),
        (Extents::color(4, 5), &[0, 20, 40, 1, 21, 41][..])
    );
    let gray = Options { channels: Some(Channels::Gray), transpose: true, ..Options::default() };
    assert_eq!(load_with(&path, &gray).unwrap().extents(), Extents::gray(5, 4));
}

#[test]
fn fortran_order_is_turned_and_objects_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let write = |descr: &str, shape: &str, fortran: &str, numbers: &[u8]| {
        let text =
            format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\0".to_vec();
        bytes.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes.extend(numbers);
        fs::write(&path, bytes).unwrap();
    };
    // The image [0 1 2; 10 11 12], column by column.
    write("|u1", "(1, 2, 3)", "True", &[0, 10, 1, 11, 2, 12]);
    assert_eq!(load(&path).unwrap().train.images(), [0, 1, 2, 10, 11, 12]);
    write("|O", "(1, 2, 3)", "False", b"\x80\x04N.");
    refused(&path, "Python objects (pickled), which could execute code");
    write("|u1", "(1, 2, 99999999999)", "False", &[0; 6]);
    refused(&path, "found a header that announces 199999999998");
    write("|u1", "(1, 2, 3)", "False", &[0; 5]);
    refused(&path, "truncated: expected 6 bytes of numbers, found 5");
    write("|u1", "(1, 2, 3)", "False", &[0; 7]);
    refused(&path, "trailing bytes");
    write("<c8", "(1, 1, 1)", "False", &[0; 8]);
    refused(&path, "found elements of type '<c8'");
    write("<f4", "(1, 1, 1)", "False", &(-0.5f32).to_le_bytes());
    refused(
        &path,
        "expected numbers from 0 to 1 or from 0 to 255 in x.npy, found -0.5 at position 0",
    );
}

#[test]
fn arrays_that_do_not_match_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.npz");
    let write = |arrays: &[(&str, &[usize], Vec<u8>)]| {
        let mut npz = Npz::new(File::create(&path).unwrap());
        arrays.iter().for_each(|(name, shape, values)| npz.add(name, shape, values).unwrap());
        npz.finish().unwrap();
    };
    write(&[("x_train", &[2, 2, 2], vec![0; 8]), ("y_train", &[3], vec![0; 3])]);
    refused(&path, "expected 2 labels, one for each image of x_train, found 3");
    write(&[("x_train", &[2, 2, 2], vec![0; 8]), ("x_test", &[1, 3, 2], vec![0; 6])]);
    refused(&path, "expected test images of 2x2 like the training images, found 3x2");
    write(&[("x_train", &[2, 2, 2, 4], vec![0; 32])]);
    refused(
        &path,
        "expected x_train to be images of shape (n, h, w), (n, h, w, 1) or (n, h, w, 3)",
    );
    write(&[("x_train", &[1, 2, 2], vec![0; 4]), ("y_train", &[1, 2], vec![1; 2])]);
    refused(&path, "expected one label for each image in y_train, found 2 numbers for each");
    write(&[("mean", &[1], vec![0])]);
    refused(
        &path,
        "expected an array of images, named such as x_train or train_images, found none",
    );
    fs::write(
        &path,
        b"PK\x03\x04 and then x.npy, but no archive at all; no table at its end either",
    )
    .unwrap();
    let error = load(&path).unwrap_err();
    assert!(error.contains("set.npz: expected"), "{error}");
}

/// Writes a table and returns its place.
fn table(folder: &TempDir, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.path().join(name);
    File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
    path
}

fn lines(part: &(Vec<u8>, Vec<u8>), label: impl Fn(u8) -> String) -> String {
    let images = part.0.chunks_exact(SIDE * SIDE).zip(&part.1);
    let line = |(image, l): (&[u8], &u8)| {
        let pixels: Vec<String> = image.iter().map(u8::to_string).collect();
        format!("{},{}\n", label(*l), pixels.join(","))
    };
    images.map(line).collect()
}

#[test]
fn tables_with_and_without_names_of_columns() {
    let folder = tempfile::tempdir().unwrap();
    let [train, test] = parts();
    let number = |l: u8| l.to_string();
    let header: Vec<String> = (0..SIDE * SIDE).map(|p| format!("pixel{p}")).collect();
    let header = format!("label,{}\n", header.join(","));
    table(&folder, "mnist_train.csv", &format!("{header}{}", lines(&train, number)));
    table(&folder, "mnist_test.csv", &lines(&test, number));
    assert_same(&load(folder.path()).unwrap());
    let word = |l: u8| format!("\"{}\"", ["ant", "bee", "cat"][usize::from(l)]);
    table(&folder, "mnist_train.csv", &format!("{header}{}", lines(&train, word)));
    table(&folder, "mnist_test.csv", &format!("{header}{}", lines(&test, word)));
    let set = load(folder.path()).unwrap();
    assert_same(&set);
    assert_eq!(set.class_names[2].english, "cat");
    // Kaggle's test images have no labels.
    let unlabelled: String =
        lines(&test, number).lines().map(|line| format!("{}\n", &line[2..])).collect();
    table(&folder, "mnist_test.csv", &unlabelled);
    table(&folder, "mnist_train.csv", &format!("{header}{}", lines(&train, number)));
    let set = load(folder.path()).unwrap();
    assert_eq!(set.train.count() + set.test.count(), TRAIN);
    assert!(
        set.remarks[0].starts_with("mnist_test.csv: not used, as it has no labels"),
        "{:?}",
        set.remarks
    );
}

#[test]
fn batches_of_cifar() {
    let folder = tempfile::tempdir().unwrap();
    let record = |label: u8, base: u8| {
        let plane = |channel: u8| vec![base + channel; 1024];
        [vec![label], plane(0), plane(1), plane(2)].concat()
    };
    let write = |name: &str, records: &[Vec<u8>]| {
        fs::write(folder.path().join(name), records.concat()).unwrap()
    };
    write("data_batch_1.bin", &[record(3, 10), record(9, 20)]);
    write("data_batch_2.bin", &[record(0, 30)]);
    write("test_batch.bin", &[record(9, 40)]);
    let names = "airplane automobile bird cat deer dog frog horse ship truck";
    fs::write(folder.path().join("batches.meta.txt"), names.replace(' ', "\n")).unwrap();
    let set = load(folder.path()).unwrap();
    assert_eq!(
        (set.extents(), set.train.labels(), set.test.count()),
        (Extents::color(32, 32), Some(&[3, 9, 0][..]), 1)
    );
    assert_eq!(&set.train.image(1)[..6], [20, 21, 22, 20, 21, 22]);
    assert_eq!((set.class_names[9].english.as_ref(), set.checksums.len()), ("truck", 3));
    write("data_batch_2.bin", &[record(0, 30), record(10, 30)]);
    refused(folder.path(), "data_batch_2.bin: expected labels below 10, found 10 in record 1");
}

fn idx(path: &Path, dims: &[usize], data: IdxData) {
    let dims = dims.iter().map(|&dim| u32::try_from(dim).unwrap()).collect();
    write_file(path, &IdxArray::new(dims, data).unwrap(), Packing::Plain).unwrap();
}

#[test]
fn idx_files_of_any_names_types_and_ranks() {
    let folder = tempfile::tempdir().unwrap();
    let write = |names: [&str; 4], data: &dyn Fn(Vec<u8>) -> IdxData| {
        fs::remove_dir_all(folder.path()).unwrap();
        fs::create_dir(folder.path()).unwrap();
        for ((values, labels), names) in parts().into_iter().zip([&names[..2], &names[2..]]) {
            idx(&folder.path().join(names[0]), &[labels.len(), SIDE, SIDE], data(values));
            idx(&folder.path().join(names[1]), &[labels.len()], IdxData::U8(labels));
        }
    };
    let mnist = ae_idx::FILE_NAMES;
    write(mnist, &IdxData::U8);
    assert_same(&load(folder.path()).unwrap());
    let transposed = Options { transpose: true, ..Options::default() };
    let set = load_with(folder.path(), &transposed).unwrap();
    assert_eq!((set.train.image(1)[1], set.train.image(1)[SIDE]), (value(1, SIDE), value(1, 1)));
    write(["my-train.images", "my-train.labels", "my-test.images", "my-test.labels"], &IdxData::U8);
    assert_same(&load(folder.path()).unwrap());
    let unit =
        |values: Vec<u8>| IdxData::F32(values.into_iter().map(|v| f32::from(v) / 255.0).collect());
    write(mnist, &unit);
    assert_same(&load(folder.path()).unwrap());
    idx(&folder.path().join(mnist[0]), &[2, 1, 2, 3], IdxData::U8((0..12).collect()));
    idx(&folder.path().join(mnist[1]), &[2], IdxData::U8(vec![0, 1]));
    idx(&folder.path().join(mnist[2]), &[1, 1, 2, 3], IdxData::U8((0..6).collect()));
    idx(&folder.path().join(mnist[3]), &[1], IdxData::U8(vec![1]));
    let set = load(folder.path()).unwrap();
    assert_eq!(
        (set.extents(), set.train.image(1)),
        (Extents::color(1, 2), std::borrow::Cow::from(&[6, 7, 8, 9, 10, 11][..]))
    );
    let names = Options { class_names: vec!["no".into(), "yes".into()], ..Options::default() };
    assert_eq!(load_with(folder.path(), &names).unwrap().class_index("yes"), Some(1));
}

/// Labels in MNIST's names do not hide images in other names.
#[test]
fn color_images_beside_labels_of_mnist() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let values = (0..24).collect();
    idx(&path("train-images.idx4-ubyte"), &[4, 1, 2, 3], IdxData::U8(values));
    idx(&path("train-labels.idx1-ubyte"), &[4], IdxData::U8(vec![0, 1, 0, 1]));
    let set = load(folder.path()).unwrap();
    assert_eq!((set.extents(), set.classes()), (Extents::color(1, 2), 2));
    assert_eq!(set.train.count() + set.test.count(), 4);
    fs::remove_file(path("train-images.idx4-ubyte")).unwrap();
    refused(folder.path(), "expected train-images-idx3-ubyte");
}

/// Whatever file the images come from, its checksum is among those of the data set.
#[test]
fn every_file_that_is_read_has_its_own_checksum() {
    let folder = tempfile::tempdir().unwrap();
    let [train, _] = parts();
    let number = |l: u8| l.to_string();
    table(&folder, "a.csv", &lines(&train, number));
    table(&folder, "b.csv", &lines(&train, number));
    let before = load(folder.path()).unwrap();
    let other: (Vec<u8>, Vec<u8>) = (train.0.iter().map(|v| v + 1).collect(), train.1.clone());
    table(&folder, "a.csv", &lines(&other, number));
    let after = load(folder.path()).unwrap();
    assert_ne!(before.train, after.train);
    assert_ne!(before.checksums, after.checksums);

    let folder = tempfile::tempdir().unwrap();
    let array = |name: &str, first: u8| {
        let values: Vec<u8> = (first..first + 40).collect();
        write_npy(File::create(folder.path().join(name)).unwrap(), &[10, 2, 2], &values).unwrap();
    };
    array("train_images.npy", 0);
    array("x_train.npy", 100);
    let before = load(folder.path()).unwrap();
    array("train_images.npy", 1);
    let after = load(folder.path()).unwrap();
    assert_ne!(before.train, after.train);
    assert_ne!(before.checksums, after.checksums);
}

/// NumPy stores arrays in the order of the arguments, and a name may be long.
#[test]
fn an_archive_is_known_by_a_long_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npz");
    let mut archive = Npz::new(File::create(&path).unwrap());
    let name = "the_images_of_the_second_experiment_in_march_x";
    archive.add(name, &[10, 2, 2], &(0..40).collect::<Vec<u8>>()).unwrap();
    archive.finish().unwrap();
    assert_eq!(load(&path).unwrap().extents(), Extents::gray(2, 2));
}

#[test]
fn an_array_is_refused_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    write_npy(File::create(&path).unwrap(), &[4, 2, 2], &[0u8; 16]).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[0] = 0x93;
    let text = String::from_utf8_lossy(&bytes).replace("|u1", "<c8");
    bytes[10..128].copy_from_slice(&text.as_bytes()[text.len() - 16 - 118..text.len() - 16]);
    fs::write(&path, bytes).unwrap();
    refused(&path, "a.npy: expected integers or floats of at most 8 bytes, found elements of type");
}
