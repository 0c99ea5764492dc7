//! One array: NumPy's `.npy`, version 1.0.

use crate::Element;
use std::io::{self, Write};

/// The first bytes of every file: the signature and the version, 1.0.
const BEGINNING: &[u8] = b"\x93NUMPY\x01\x00";

/// The elements begin at a multiple of this many bytes, so that they are aligned in a memory-mapped
/// file.
const ALIGNMENT: usize = 64;

/// The number of elements converted to bytes at a time.
const CHUNK: usize = 1 << 14;

/// Writes an array of this shape, with its `values` in row-major (C) order. An array without
/// extents is a single number.
///
/// # Errors
/// If the writer fails.
///
/// # Panics
/// If the shape does not match the number of values, or has more extents than the description has
/// room for (about 5,000).
pub fn write_npy<T: Element>(
    mut writer: impl Write,
    dims: &[usize],
    values: &[T],
) -> io::Result<()> {
    let expected: usize = dims.iter().product();
    assert!(expected == values.len(), "write_npy: {} values for {dims:?}", values.len());
    writer.write_all(&header(T::DESCR, dims))?;
    let mut bytes = Vec::new();
    for chunk in values.chunks(CHUNK) {
        bytes.clear();
        chunk.iter().for_each(|value| value.put(&mut bytes));
        writer.write_all(&bytes)?;
    }
    Ok(())
}

/// Everything before the elements: the signature and version, the length of the description in two
/// bytes, and the description. The description is a dictionary as Python writes it, padded with
/// blanks and ended by a line break.
fn header(descr: &str, dims: &[usize]) -> Vec<u8> {
    // A tuple of one element needs its comma.
    let shape: String = dims.iter().map(|extent| format!("{extent}, ")).collect();
    let shape = if dims.len() == 1 { shape.trim_end() } else { shape.trim_end_matches(", ") };
    let mut description =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    let before = BEGINNING.len() + 2;
    let end = (before + description.len() + 1).next_multiple_of(ALIGNMENT);
    description.extend(std::iter::repeat_n(' ', end - before - description.len() - 1));
    description.push('\n');
    let len = u16::try_from(description.len()).expect("a shape with few extents");
    [BEGINNING, &len.to_le_bytes(), description.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written<T: Element>(dims: &[usize], values: &[T]) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_npy(&mut bytes, dims, values).expect("writing to memory cannot fail");
        bytes
    }

    /// The bytes that NumPy 2.4 writes for `np.save(f, np.array([[1, 2, 3]], np.float32))`.
    #[test]
    fn byte_for_byte_as_numpy() {
        let mut expected = b"\x93NUMPY\x01\x00v\x00".to_vec();
        expected.extend(b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }");
        expected.resize(127, b' ');
        expected.push(b'\n');
        expected.extend([0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40]);
        assert_eq!(written(&[1, 3], &[1.0f32, 2.0, 3.0]), expected);
    }

    #[test]
    fn shapes_are_pythons_tuples() {
        for (dims, shape) in [
            (&[][..], "'shape': (), }"),
            (&[1], "'shape': (1,), }"),
            (&[1, 1], "'shape': (1, 1), }"),
            (&[1, 1, 1, 1], "'shape': (1, 1, 1, 1), }"),
        ] {
            let bytes = written(dims, &[7u8]);
            assert_eq!(bytes.len() % ALIGNMENT, 1);
            let text = String::from_utf8_lossy(&bytes[10..bytes.len() - 1]).into_owned();
            assert!(text.starts_with("{'descr': '|u1', ") && text.ends_with('\n'), "{text}");
            assert!(text.trim_end().ends_with(shape), "{text}");
        }
    }

    #[test]
    fn many_elements_come_in_their_order() {
        let values: Vec<f64> = (0..CHUNK + 5).map(|i| i as f64 / 3.0).collect();
        let bytes = written(&[values.len()], &values);
        let (elements, rest) = bytes[128..].as_chunks::<8>();
        assert!(rest.is_empty());
        assert!(elements.iter().map(|&b| f64::from_le_bytes(b)).eq(values));
    }

    #[test]
    #[should_panic(expected = "write_npy: 3 values for [2, 2]")]
    fn a_shape_that_does_not_fit() {
        let _ = written(&[2, 2], &[1u8, 2, 3]);
    }
}
