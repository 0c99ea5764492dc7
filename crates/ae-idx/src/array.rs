//! The content of an IDX file: numbers of one type, and their dimensions.

use crate::element::ElementType;
use crate::error::ShapeError;

/// The maximum number of dimensions of an IDX file: its header counts them in one byte.
pub const MAX_RANK: usize = u8::MAX as usize;

/// The numbers, in file order (the last dimension varies fastest).
#[derive(Clone, Debug, PartialEq)]
pub enum IdxData {
    /// Unsigned bytes.
    U8(Vec<u8>),
    /// Signed bytes.
    I8(Vec<i8>),
    /// 16-bit integers.
    I16(Vec<i16>),
    /// 32-bit integers.
    I32(Vec<i32>),
    /// Single-precision floats.
    F32(Vec<f32>),
    /// Double-precision floats.
    F64(Vec<f64>),
}

impl IdxData {
    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::U8(v) => v.len(),
            Self::I8(v) => v.len(),
            Self::I16(v) => v.len(),
            Self::I32(v) => v.len(),
            Self::F32(v) => v.len(),
            Self::F64(v) => v.len(),
        }
    }

    /// Returns whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type of the numbers.
    #[must_use]
    pub fn element_type(&self) -> ElementType {
        match self {
            Self::U8(_) => ElementType::U8,
            Self::I8(_) => ElementType::I8,
            Self::I16(_) => ElementType::I16,
            Self::I32(_) => ElementType::I32,
            Self::F32(_) => ElementType::F32,
            Self::F64(_) => ElementType::F64,
        }
    }
}

/// An array whose dimensions are known to match its numbers.
///
/// Its fields are private, so a value of this type guarantees the check: 0 to 255 dimensions, none
/// of them zero, and exactly as many numbers as their product. The product for rank 0 is empty, so
/// such an array has a single number.
#[derive(Clone, Debug, PartialEq)]
pub struct IdxArray {
    dims: Vec<u32>,
    data: IdxData,
}

impl IdxArray {
    /// Combines dimensions and numbers.
    ///
    /// The dimensions are `u32` because the file stores them that way: every array that can be
    /// built can be written.
    ///
    /// # Errors
    /// [`ShapeError`] when there are more than [`MAX_RANK`] dimensions, when one of them is zero,
    /// when their product overflows, or when it is not the number of elements in `data`.
    pub fn new(dims: Vec<u32>, data: IdxData) -> Result<Self, ShapeError> {
        if dims.len() > MAX_RANK {
            return Err(ShapeError::TooManyDimensions { found: dims.len() });
        }
        let expected = element_count(&dims)?;
        if usize::try_from(expected) != Ok(data.len()) {
            return Err(ShapeError::LengthDiffers { expected, found: data.len() });
        }
        Ok(Self { dims, data })
    }

    /// The dimensions, slowest first: `[60000, 28, 28]` for MNIST's training images.
    #[must_use]
    pub fn dims(&self) -> &[u32] {
        &self.dims
    }

    /// The number of dimensions.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.dims.len()
    }

    /// The numbers.
    #[must_use]
    pub fn data(&self) -> &IdxData {
        &self.data
    }

    /// The type of the numbers.
    #[must_use]
    pub fn element_type(&self) -> ElementType {
        self.data.element_type()
    }

    /// The numbers as bytes, or `None` if their type is not `u8`.
    #[must_use]
    pub fn as_u8(&self) -> Option<&[u8]> {
        match &self.data {
            IdxData::U8(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Takes the array apart without copying the numbers.
    #[must_use]
    pub fn into_parts(self) -> (Vec<u32>, IdxData) {
        (self.dims, self.data)
    }
}

/// The product of the dimensions, in `u64` so that the result is the same on every machine.
pub(crate) fn element_count(dims: &[u32]) -> Result<u64, ShapeError> {
    if let Some(axis) = dims.iter().position(|&d| d == 0) {
        return Err(ShapeError::ZeroDimension { axis });
    }
    dims.iter()
        .try_fold(1u64, |product, &d| product.checked_mul(u64::from(d)))
        .ok_or(ShapeError::Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_numbers_are_empty() {
        assert!(IdxData::F32(Vec::new()).is_empty());
        assert!(!IdxData::F32(vec![0.0]).is_empty());
    }

    #[test]
    fn the_constructor_refuses_what_does_not_fit() {
        let bytes = |n| IdxData::U8(vec![0; n]);
        assert!(IdxArray::new(vec![2, 3], bytes(6)).is_ok());
        assert_eq!(
            IdxArray::new(vec![2, 3], bytes(5)),
            Err(ShapeError::LengthDiffers { expected: 6, found: 5 })
        );
        assert_eq!(IdxArray::new(vec![2, 0], bytes(0)), Err(ShapeError::ZeroDimension { axis: 1 }));
        assert_eq!(IdxArray::new(vec![u32::MAX; 3], bytes(1)), Err(ShapeError::Overflow));
        assert_eq!(
            IdxArray::new(vec![1; 256], bytes(1)),
            Err(ShapeError::TooManyDimensions { found: 256 })
        );
        assert!(IdxArray::new(vec![1; 255], bytes(1)).is_ok());
    }

    #[test]
    fn rank_zero_is_one_number() {
        assert!(IdxArray::new(vec![], IdxData::F64(vec![1.5])).is_ok());
        assert!(IdxArray::new(vec![], IdxData::F64(vec![])).is_err());
    }
}
