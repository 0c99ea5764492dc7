//! Just enough of NumPy's `.npz` to read what `ae-app export --npz` writes: a zip archive whose
//! files are not compressed.

use std::error::Error;

const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";

/// The f32 numbers of the array with this name.
pub(crate) fn floats(archive: &[u8], name: &str) -> Result<Vec<f32>, Box<dyn Error>> {
    let missing = || format!("there is no array {name}");
    let file = format!("{name}.npy");
    let begin = find(archive, file.as_bytes()).ok_or_else(missing)?;
    let array = &archive[begin..];
    let array = &array[find(array, MAGIC).ok_or_else(missing)? + MAGIC.len()..];
    let header_len = usize::from(u16::from_le_bytes([array[0], array[1]]));
    let (header, data) = array[2..].split_at(header_len);
    let header = std::str::from_utf8(header)?;
    if !header.contains("'<f4'") {
        return Err(format!("{name} does not hold f32: {header}").into());
    }
    let shape = header.split(['(', ')']).nth(1).ok_or_else(missing)?;
    let extents = shape.split(',').map(str::trim).filter(|extent| !extent.is_empty());
    let count = extents.map(str::parse::<usize>).product::<Result<usize, _>>()?;
    let numbers = data.get(..4 * count).ok_or_else(missing)?.as_chunks::<4>().0;
    Ok(numbers.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window == pattern)
}
