//! NumPy's arrays.

use std::io::Cursor;

use ae_npy::{NpyArray, NpyData, NpyError, NpzReader, read_npy, write_npy};

/// The most bytes of numbers, which keeps each input fast.
const LIMIT: u64 = 1 << 20;

/// Reads any bytes as an `.npy` file. An array that is read has as many numbers as its shape says,
/// within the limit, and bytes and floats that are written again are read as the same.
///
/// # Panics
///
/// When the property does not hold.
pub fn npy_array(bytes: &[u8]) {
    match read_npy(bytes, LIMIT) {
        Ok(array) => sound(&array),
        Err(error) => one_line(&error.to_string()),
    }
}

/// Reads any bytes as an `.npz` file, and all its arrays.
///
/// # Panics
///
/// When the property does not hold.
pub fn npz_archive(bytes: &[u8]) {
    let mut archive = match NpzReader::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => return one_line(&error.to_string()),
    };
    for name in archive.names().to_vec().into_iter().take(8) {
        match archive.read(&name, LIMIT) {
            Ok(array) => sound(&array),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

fn sound(array: &NpyArray) {
    assert_eq!(array.shape.iter().product::<usize>(), array.data.len());
    assert!(array.data.len() as u64 <= LIMIT);
    let mut written = Vec::new();
    let done = match &array.data {
        NpyData::Bytes(values) => write_npy(&mut written, &array.shape, values),
        NpyData::Floats(values) => write_npy(&mut written, &array.shape, values),
        NpyData::Integers(_) => return,
    };
    done.expect("memory can be written");
    let again = match read_npy(&written[..], LIMIT) {
        Ok(again) => again,
        // The description of very many extents is longer than the reader allows.
        Err(NpyError::Header { .. }) => return,
        Err(error) => panic!("{error}"),
    };
    assert_eq!(again.shape, array.shape);
    match (&again.data, &array.data) {
        (NpyData::Floats(again), NpyData::Floats(before)) => {
            assert!(again.iter().zip(before).all(|(a, b)| a.to_bits() == b.to_bits()));
        }
        (again, before) => assert_eq!(again, before),
    }
}

fn one_line(message: &str) {
    assert!(!message.is_empty() && !message.contains(char::is_control), "{message:?}");
}
