//! Builders of valid and damaged files.
#![allow(dead_code, reason = "each test file is a separate program and uses only some of these")]

use ae_idx::{FILE_NAMES, IdxArray, IdxData};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Header and payload as given, valid or not.
pub(crate) fn idx(code: u8, dims: &[u32], payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, code, u8::try_from(dims.len()).unwrap()];
    for d in dims {
        bytes.extend(d.to_be_bytes());
    }
    bytes.extend(payload);
    bytes
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// `count` images of 2x3 pixels.
pub(crate) fn images(count: u32) -> Vec<u8> {
    let pixels: Vec<u8> = (0..count * 6).map(|i| (i * 7 % 251) as u8).collect();
    idx(0x08, &[count, 2, 3], &pixels)
}

pub(crate) fn labels(labels: &[u8]) -> Vec<u8> {
    idx(0x08, &[u32::try_from(labels.len()).unwrap()], labels)
}

/// A valid data folder: five training and two test images of classes 0 to 2.
pub(crate) fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let contents = [images(5), labels(&[0, 1, 2, 1, 0]), images(2), labels(&[2, 1])];
    for (name, content) in FILE_NAMES.iter().zip(contents) {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

pub(crate) fn put(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// Equality in which a NaN equals itself: files store bits, not values.
pub(crate) fn same_bits(a: &IdxArray, b: &IdxArray) -> bool {
    a.dims() == b.dims()
        && match (a.data(), b.data()) {
            (IdxData::F32(x), IdxData::F32(y)) => {
                x.len() == y.len() && x.iter().zip(y).all(|(x, y)| x.to_bits() == y.to_bits())
            }
            (IdxData::F64(x), IdxData::F64(y)) => {
                x.len() == y.len() && x.iter().zip(y).all(|(x, y)| x.to_bits() == y.to_bits())
            }
            (x, y) => x == y,
        }
}

/// Every message is one line that starts with the path.
pub(crate) fn assert_message(error: &ae_idx::IdxError, path: &Path) {
    let message = error.to_string();
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.starts_with(path.to_str().unwrap()), "{message}");
}
