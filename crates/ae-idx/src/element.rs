//! The number types of the IDX format.

/// The six number types of the IDX format, each identified by one byte of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    pub const ALL: [Self; 6] = [Self::U8, Self::I8, Self::I16, Self::I32, Self::F32, Self::F64];

    /// The type for the header's third byte, or `None` for a code that the format does not define.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.code() == code)
    }

    /// The header's third byte.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::U8 => 0x08,
            Self::I8 => 0x09,
            Self::I16 => 0x0B,
            Self::I32 => 0x0C,
            Self::F32 => 0x0D,
            Self::F64 => 0x0E,
        }
    }

    /// The number of bytes of one number.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 => 2,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

impl std::fmt::Display for ElementType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self {
            Self::U8 => "u8",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::F32 => "f32",
            Self::F64 => "f64",
        };
        write!(f, "{name} (0x{:02x})", self.code())
    }
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
}
