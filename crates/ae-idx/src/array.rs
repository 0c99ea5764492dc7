//! What an IDX file holds: numbers of one type, and the dimensions they fill.

use crate::error::ShapeError;

/// The most dimensions an IDX file can have: its header counts them in one byte.
pub const MAX_RANK: usize = u8::MAX as usize;

/// The six number types of the IDX format, each known by one byte of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ElementType {
    /// Unsigned 8 bits, code `0x08`: the pixels and labels of MNIST.
    U8,
    /// Signed 8 bits, code `0x09`.
    I8,
    /// Signed 16 bits, code `0x0B` (`0x0A` names no type).
    I16,
    /// Signed 32 bits, code `0x0C`.
    I32,
    /// IEEE single precision, code `0x0D`.
    F32,
    /// IEEE double precision, code `0x0E`.
    F64,
}

impl ElementType {
    /// Every type, in the order of the codes.
    pub const ALL: [ElementType; 6] = [
        ElementType::U8,
        ElementType::I8,
        ElementType::I16,
        ElementType::I32,
        ElementType::F32,
        ElementType::F64,
    ];

    /// The type a header's third byte names, or `None` for a code the format does not define.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.code() == code)
    }

    /// The header's third byte.
    pub fn code(self) -> u8 {
        match self {
            ElementType::U8 => 0x08,
            ElementType::I8 => 0x09,
            ElementType::I16 => 0x0B,
            ElementType::I32 => 0x0C,
            ElementType::F32 => 0x0D,
            ElementType::F64 => 0x0E,
        }
    }

    /// Bytes taken by one number.
    pub fn size(self) -> usize {
        match self {
            ElementType::U8 | ElementType::I8 => 1,
            ElementType::I16 => 2,
            ElementType::I32 | ElementType::F32 => 4,
            ElementType::F64 => 8,
        }
    }
}

impl std::fmt::Display for ElementType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self {
            ElementType::U8 => "u8",
            ElementType::I8 => "i8",
            ElementType::I16 => "i16",
            ElementType::I32 => "i32",
            ElementType::F32 => "f32",
            ElementType::F64 => "f64",
        };
        write!(f, "{name} (0x{:02x})", self.code())
    }
}

/// The numbers themselves, in file order (the last dimension varies fastest).
#[derive(Debug, Clone, PartialEq)]
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
    /// How many numbers there are.
    pub fn len(&self) -> usize {
        match self {
            IdxData::U8(v) => v.len(),
            IdxData::I8(v) => v.len(),
            IdxData::I16(v) => v.len(),
            IdxData::I32(v) => v.len(),
            IdxData::F32(v) => v.len(),
            IdxData::F64(v) => v.len(),
        }
    }

    /// True when there is no number at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type of the numbers.
    pub fn element_type(&self) -> ElementType {
        match self {
            IdxData::U8(_) => ElementType::U8,
            IdxData::I8(_) => ElementType::I8,
            IdxData::I16(_) => ElementType::I16,
            IdxData::I32(_) => ElementType::I32,
            IdxData::F32(_) => ElementType::F32,
            IdxData::F64(_) => ElementType::F64,
        }
    }
}

/// An array whose dimensions and numbers are known to fit each other.
///
/// Its fields are private, so a value of this type is proof of the check: between 0 and 255
/// dimensions, none of them zero, and exactly as many numbers as their product. Rank 0 is the empty
/// product: one single number.
#[derive(Debug, Clone, PartialEq)]
pub struct IdxArray {
    dims: Vec<u32>,
    data: IdxData,
}

impl IdxArray {
    /// Joins dimensions and numbers.
    ///
    /// The dimensions are `u32` because the file stores them so: whatever can be built can be
    /// written.
    ///
    /// # Errors
    ///
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
    pub fn dims(&self) -> &[u32] {
        &self.dims
    }

    /// How many dimensions there are.
    pub fn rank(&self) -> usize {
        self.dims.len()
    }

    /// The numbers.
    pub fn data(&self) -> &IdxData {
        &self.data
    }

    /// The type of the numbers.
    pub fn element_type(&self) -> ElementType {
        self.data.element_type()
    }

    /// The numbers as bytes, or `None` when they are of another type than `u8`.
    pub fn as_u8(&self) -> Option<&[u8]> {
        match &self.data {
            IdxData::U8(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Takes the array apart without copying the numbers.
    pub fn into_parts(self) -> (Vec<u32>, IdxData) {
        (self.dims, self.data)
    }
}

/// The product of the dimensions, in `u64` on every machine so that the answer is the same on all.
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
    fn codes_and_types_match_both_ways_and_no_other_code_is_known() {
        let known: Vec<u8> = (0..=255).filter(|&c| ElementType::from_code(c).is_some()).collect();
        assert_eq!(known, [0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E]);
        for t in ElementType::ALL {
            assert_eq!(ElementType::from_code(t.code()), Some(t));
        }
    }

    #[test]
    fn types_print_with_their_code() {
        let printed = ElementType::ALL.map(|t| t.to_string());
        let expected =
            ["u8 (0x08)", "i8 (0x09)", "i16 (0x0b)", "i32 (0x0c)", "f32 (0x0d)", "f64 (0x0e)"];
        assert_eq!(printed, expected);
    }

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
