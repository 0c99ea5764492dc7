//! The number types that can be written.

/// A number type that NumPy knows: `u8`, `u16`, `f32` or `f64`.
pub trait Element: Copy + sealed::Sealed {
    /// NumPy's name of the type: byte order (`<` is little-endian, `|` means not applicable, for
    /// single bytes), kind, and size in bytes.
    const DESCR: &'static str;

    /// Appends the number's bytes, lowest first.
    fn put(self, bytes: &mut Vec<u8>);
}

mod sealed {
    /// Keeps other crates from implementing [`Element`]: the bytes must match `DESCR`.
    pub trait Sealed {}
}

macro_rules! element {
    ($type:ty, $descr:literal) => {
        impl sealed::Sealed for $type {}

        impl Element for $type {
            const DESCR: &'static str = $descr;

            fn put(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
        }
    };
}

element!(u8, "|u1");
element!(u16, "<u2");
element!(f32, "<f4");
element!(f64, "<f8");
