//! IDX files, plain and gzip.

use ae_idx::{IdxArray, IdxData, IdxError, LabelledImages, Limits, Packing, read, write};
use flate2::Crc;

use crate::read::{NAME, both_ways};

/// Small enough that thousands of inputs can be tested per second, and larger than the reader's
/// first step of 1 MiB.
const LIMITS: Limits = Limits { max_bytes: 1 << 21 };

/// Reads any bytes as a file of images. Images that are read and written again give the same bytes,
/// and with as many labels they are a data set.
///
/// # Panics
///
/// When the property does not hold.
pub fn idx_images(bytes: &[u8]) {
    let Some(array) = idx(bytes) else { return };
    let (&[count, rows, cols], Some(pixels)) = (array.dims(), array.as_u8()) else { return };
    let labels = vec![0; count as usize];
    let images = LabelledImages::new(rows as usize, cols as usize, pixels.to_vec(), labels)
        .expect("the dimensions were checked when they were read");
    let last = images.image(images.count() - 1);
    assert_eq!(last, &pixels[pixels.len() - last.len()..]);
    assert_eq!(images.select(&[0]), images);
}

/// Reads any bytes as a file of labels, as [`idx_images`] does; each label is counted once.
///
/// # Panics
///
/// When the property does not hold.
pub fn idx_labels(bytes: &[u8]) {
    let Some(array) = idx(bytes) else { return };
    let (&[_], Some(labels)) = (array.dims(), array.as_u8()) else { return };
    let set = LabelledImages::new(1, 1, labels.to_vec(), labels.to_vec())
        .expect("one pixel for each label");
    assert_eq!(set.class_counts().iter().sum::<usize>(), labels.len());
    let first = set.select(&labels[..1]);
    assert_eq!(first.count(), set.class_counts()[usize::from(labels[0])]);
}

/// Checks the properties of an IDX file of any type and rank. The same bytes are also read as the
/// content of a gzip file, whose checksum a fuzzer would need years to find.
fn idx(bytes: &[u8]) -> Option<IdxArray> {
    let plain = both_ways(bytes, |from| read(from, NAME, &LIMITS), same_bits);
    let gzip = packed(bytes);
    let unpacked = both_ways(&gzip, |from| read(from, NAME, &LIMITS), same_bits);
    match (plain, unpacked) {
        (Ok(array), Ok(again)) => {
            // A gzip file that is packed again is not an IDX file.
            assert!(same_bits(&array, &again), "packed, another value is read");
            assert_eq!(written(&array, Packing::Plain), bytes);
            let again = read(&written(&array, Packing::Gzip)[..], NAME, &LIMITS);
            assert!(same_bits(&array, &again.expect("what was written is read")));
            Some(array)
        }
        // Only one layer is unpacked.
        (Ok(array), Err(IdxError::AnotherKind { found, .. })) if found.starts_with("gzip") => {
            assert!(bytes.starts_with(&[0x1f, 0x8b]));
            let again = read(&written(&array, Packing::Plain)[..], NAME, &LIMITS);
            assert!(same_bits(&array, &again.expect("what was written is read")));
            Some(array)
        }
        (Err(_), Err(_)) => None,
        (Ok(_), Err(error)) => panic!("refused when packed only: {error}"),
        (Err(error), Ok(_)) => panic!("refused when plain only: {error}"),
    }
}

/// A gzip file of stored blocks. It is made without an encoder, whose tables would take most of the
/// fuzzer's time.
fn packed(bytes: &[u8]) -> Vec<u8> {
    const LONGEST: usize = u16::MAX as usize;
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    for block in bytes.chunks(LONGEST) {
        // At most LONGEST bytes: the conversion loses nothing.
        let length = block.len() as u16;
        file.push(0);
        file.extend(length.to_le_bytes());
        file.extend((!length).to_le_bytes());
        file.extend(block);
    }
    // The last block is empty.
    file.extend([1, 0, 0, 0xff, 0xff]);
    let mut crc = Crc::new();
    crc.update(bytes);
    file.extend(crc.sum().to_le_bytes());
    file.extend(crc.amount().to_le_bytes());
    file
}

fn written(array: &IdxArray, packing: Packing) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, array, packing).expect("a Vec takes everything");
    bytes
}

/// Bitwise equality, by which NaN equals itself: files contain bits, not values.
fn same_bits(a: &IdxArray, b: &IdxArray) -> bool {
    a.dims() == b.dims()
        && match (a.data(), b.data()) {
            (IdxData::F32(x), IdxData::F32(y)) => {
                x.iter().map(|v| v.to_bits()).eq(y.iter().map(|v| v.to_bits()))
            }
            (IdxData::F64(x), IdxData::F64(y)) => {
                x.iter().map(|v| v.to_bits()).eq(y.iter().map(|v| v.to_bits()))
            }
            (x, y) => x == y,
        }
}
