//! Small data sets in MNIST's file format, valid and corrupt.

use ae_idx::{FILE_NAMES, IdxArray, IdxData, Packing};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::path::Path;

/// The side of an image.
pub(crate) const SIDE: u32 = 8;
/// Images of each of the three classes, for training and for testing.
pub(crate) const TRAIN: u32 = 20;
pub(crate) const TEST: u32 = 6;

/// Where the count of test images starts, so that none of them is a training image.
pub(crate) const FIRST_TEST: u32 = 100;

/// The four files, in the order of [`FILE_NAMES`].
pub(crate) const TRAIN_IMAGES: &str = FILE_NAMES[0];
pub(crate) const TRAIN_LABELS: &str = FILE_NAMES[1];
pub(crate) const TEST_IMAGES: &str = FILE_NAMES[2];
pub(crate) const TEST_LABELS: &str = FILE_NAMES[3];

/// Makes `folder` a valid data set: 60 training and 18 test images of 8x8 pixels, in classes 0
/// to 2.
pub(crate) fn small(folder: &Path) {
    write(folder, &class_cycle(3 * TRAIN, 3), &class_cycle(3 * TEST, 3));
}

/// Makes `folder` a data set with an image for each label.
pub(crate) fn write(folder: &Path, train: &[u8], test: &[u8]) {
    fs::create_dir_all(folder).unwrap();
    let arrays = [images(train, 0), labels(train), images(test, FIRST_TEST), labels(test)];
    for (name, array) in FILE_NAMES.iter().zip(&arrays) {
        ae_idx::write_file(folder.join(name), array, Packing::Plain).unwrap();
    }
}

/// `count` labels: 0, 1, .., `classes - 1`, 0, 1, ..
pub(crate) fn class_cycle(count: u32, classes: u8) -> Vec<u8> {
    (0..classes).cycle().take(count as usize).collect()
}

pub(crate) fn labels(labels: &[u8]) -> IdxArray {
    let count = u32::try_from(labels.len()).unwrap();
    IdxArray::new(vec![count], IdxData::U8(labels.to_vec())).unwrap()
}

/// An image for each label, counted from `first`; see [`image`].
pub(crate) fn images(labels: &[u8], first: u32) -> IdxArray {
    let count = u32::try_from(labels.len()).unwrap();
    let pixels = (first..).zip(labels).flat_map(|(index, &label)| image(index, label)).collect();
    IdxArray::new(vec![count, SIDE, SIDE], IdxData::U8(pixels)).unwrap()
}

/// A bright bar on a dark background: horizontal, vertical or slanting by class, with another
/// position and brightness in each image.
pub(crate) fn image(index: u32, label: u8) -> Vec<u8> {
    let place = index / 3 % SIDE;
    let bright = u8::try_from(255 - index % 200).unwrap();
    let inside = |(y, x): (u32, u32)| match label % 3 {
        0 => y == place,
        1 => x == place,
        _ => (x + y) % SIDE == place,
    };
    let positions = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (y, x)));
    positions.map(|position| if inside(position) { bright } else { 10 }).collect()
}

/// The bytes of a file with this array, plain.
pub(crate) fn bytes(array: &IdxArray) -> Vec<u8> {
    let mut bytes = Vec::new();
    ae_idx::write(&mut bytes, array, Packing::Plain).unwrap();
    bytes
}

/// The header and content as given, valid or not.
pub(crate) fn raw(code: u8, dims: &[u32], content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, code, u8::try_from(dims.len()).unwrap()];
    for dim in dims {
        bytes.extend(dim.to_be_bytes());
    }
    bytes.extend(content);
    bytes
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
