//! Numbers become bytes and labels.

use super::NamedArray;
use crate::{DataError, Label};
use ae_npy::NpyData;

/// How numbers become bytes. It is decided once, by the training images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// From 0 to 255.
    Bytes,
    /// From 0 to 1.
    Unit,
}

impl Scale {
    /// Floats that are all from 0 to 1 are shares of white.
    pub(super) fn of(images: &NamedArray) -> Result<Self, DataError> {
        match &images.data {
            NpyData::Floats(values) if values.iter().all(|v| (0.0..=1.0).contains(v)) => {
                Ok(Self::Unit)
            }
            _ => Ok(Self::Bytes),
        }
    }

    fn factor(self) -> f32 {
        match self {
            Self::Bytes => 1.0,
            Self::Unit => 255.0,
        }
    }

    /// Says so if numbers are not bytes, or bytes divided by 255.
    pub(super) fn remark(self, images: &NamedArray) -> Option<String> {
        let NpyData::Floats(values) = &images.data else { return None };
        let factor = self.factor();
        // A share of white in single precision is within this distance of its level.
        let exact = |v: &f32| ((v * factor).round() - v * factor).abs() < 1e-3;
        let name = &images.name;
        (!values.iter().all(exact)).then(|| format!("{name}: numbers are rounded to 256 levels"))
    }

    pub(super) fn bytes(self, images: NamedArray) -> Result<Vec<u8>, DataError> {
        let NamedArray { name, path, data, .. } = images;
        let refuse = |found: String, i: usize| {
            let expected = match self {
                Self::Bytes => format!("numbers from 0 to 1 or from 0 to 255 in {name}"),
                Self::Unit => format!("numbers from 0 to 1 in {name}, as in the training images"),
            };
            DataError::content(&path, expected, format!("{found} at position {i}"))
        };
        let factor = self.factor();
        match data {
            NpyData::Bytes(bytes) => Ok(bytes),
            NpyData::Integers(values) => {
                let byte =
                    |(i, &v): (usize, &i64)| u8::try_from(v).map_err(|_| refuse(v.to_string(), i));
                values.iter().enumerate().map(byte).collect()
            }
            NpyData::Floats(values) => {
                let byte = |(i, &v): (usize, &f32)| {
                    let level = (v * factor).round();
                    // NaN is in no range.
                    let valid = (0.0..=255.0).contains(&level) && v >= 0.0;
                    valid.then_some(level as u8).ok_or_else(|| refuse(v.to_string(), i))
                };
                values.iter().enumerate().map(byte).collect()
            }
        }
    }
}

/// Labels of shape `(n)` or `(n, 1)`, or `(n, k)` if each row has a single 1 among zeros. Of other
/// integers in several columns (QMNIST) the first column is the class.
pub(crate) fn labels(array: NamedArray) -> Result<Vec<Label>, DataError> {
    let NamedArray { name, path, shape, data, .. } = array;
    let columns = match *shape.as_slice() {
        [_] => 1,
        [_, columns] if columns > 0 => columns,
        _ => {
            let expected = format!("{name} to be labels of shape (n) or (n, 1)");
            return Err(DataError::content(path, expected, format!("{shape:?}")));
        }
    };
    let numbers: Vec<f64> = match data {
        NpyData::Bytes(values) => values.into_iter().map(f64::from).collect(),
        NpyData::Integers(values) => values.into_iter().map(|v| v as f64).collect(),
        NpyData::Floats(values) => values.into_iter().map(f64::from).collect(),
    };
    let label = |(i, v): (usize, f64)| {
        let valid = v.fract() == 0.0 && (0.0..f64::from(Label::MAX)).contains(&v);
        valid.then_some(v as Label).ok_or_else(|| {
            let expected = format!("classes from 0 to 65534 in {name}");
            DataError::content(&path, expected, format!("{v} at position {i}"))
        })
    };
    if columns == 1 {
        return numbers.into_iter().enumerate().map(label).collect();
    }
    let one_hot = |row: &[f64]| {
        let ones = row.iter().filter(|v| **v == 1.0).count();
        let at = row.iter().position(|v| *v == 1.0)?;
        (ones == 1 && row.iter().all(|v| *v == 0.0 || *v == 1.0)).then_some(at)
    };
    let hot: Option<Vec<usize>> = numbers.chunks_exact(columns).map(one_hot).collect();
    match hot {
        Some(hot) => hot.into_iter().enumerate().map(|(i, at)| label((i, at as f64))).collect(),
        None => {
            let expected = format!("one label for each image in {name}");
            Err(DataError::content(path, expected, format!("{columns} numbers for each")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, Part, Role};
    use super::*;

    fn array(shape: &[usize], data: NpyData) -> NamedArray {
        let role = Role { part: Part::Train, kind: Kind::Images };
        NamedArray { name: "a".into(), path: "f.npz".into(), role, shape: shape.to_vec(), data }
    }

    #[test]
    fn numbers_become_bytes() {
        let unit: Vec<f32> = (0..=255).map(|v| v as f32 / 255.0).collect();
        let images = array(&[256], NpyData::Floats(unit));
        let scale = Scale::of(&images).unwrap();
        assert_eq!((scale, scale.remark(&images)), (Scale::Unit, None));
        assert!(scale.bytes(images).unwrap().into_iter().eq(0..=255));
        let images = array(&[3], NpyData::Floats(vec![0.0, 254.6, 3.0]));
        assert_eq!(Scale::of(&images).unwrap(), Scale::Bytes);
        assert!(Scale::Bytes.remark(&images).is_some());
        assert_eq!(Scale::Bytes.bytes(images).unwrap(), [0, 255, 3]);
        let images = array(&[2], NpyData::Integers(vec![7, 255]));
        assert_eq!(Scale::Bytes.bytes(images).unwrap(), [7, 255]);
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        for data in [
            NpyData::Floats(vec![0.0, -0.1]),
            NpyData::Floats(vec![0.0, f32::NAN]),
            NpyData::Floats(vec![0.0, f32::INFINITY]),
            NpyData::Integers(vec![0, 256]),
            NpyData::Integers(vec![0, -1]),
        ] {
            let images = array(&[2], data);
            let error = Scale::of(&images).unwrap().bytes(images).unwrap_err().to_string();
            assert!(error.starts_with("f.npz: expected numbers from 0 to 1 or"), "{error}");
            assert!(error.ends_with(" at position 1"), "{error}");
        }
    }

    #[test]
    fn labels_have_one_column_or_a_single_one() {
        let read = |shape: &[usize], data| labels(array(shape, data));
        assert_eq!(read(&[3], NpyData::Integers(vec![0, 9, 300])).unwrap(), [0, 9, 300]);
        assert_eq!(read(&[2, 1], NpyData::Bytes(vec![4, 5])).unwrap(), [4, 5]);
        assert_eq!(read(&[2], NpyData::Floats(vec![4.0, 5.0])).unwrap(), [4, 5]);
        assert_eq!(read(&[2, 3], NpyData::Bytes(vec![0, 0, 1, 1, 0, 0])).unwrap(), [2, 0]);
        for (shape, data) in [
            (&[2, 2][..], NpyData::Bytes(vec![1, 1, 0, 1])),
            (&[1], NpyData::Floats(vec![0.5])),
            (&[1], NpyData::Integers(vec![-1])),
            (&[1], NpyData::Integers(vec![65_535])),
            (&[1, 1, 1], NpyData::Bytes(vec![0])),
        ] {
            assert!(read(shape, data).is_err(), "{shape:?}");
        }
    }
}
