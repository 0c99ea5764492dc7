//! The size of the images that a model is built for.

use ae_tensor::Shape;

/// Height, width and channels of images: 1 channel for gray, 3 for red, green and blue.
///
/// ```
/// use ae_models::Extents;
/// assert_eq!(Extents::from([28, 28]), Extents::from([28, 28, 1]));
/// assert_eq!(Extents::from([32, 48, 3]).values(), 32 * 48 * 3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extents {
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
    /// Values of a pixel.
    pub channels: usize,
}

impl Extents {
    /// The number of values of an image; `usize::MAX` if it does not fit.
    #[must_use]
    pub fn values(self) -> usize {
        self.height.saturating_mul(self.width).saturating_mul(self.channels)
    }

    /// `(height, width, channels)`, the shape in which convolutions take an image.
    #[must_use]
    pub fn shape(self) -> Shape {
        Shape::new(&[self.height, self.width, self.channels])
    }

    /// The sides rounded up to multiples of this number; `None` if they overflow.
    pub(crate) fn rounded_up(self, multiple: usize) -> Option<Self> {
        let height = self.height.checked_next_multiple_of(multiple)?;
        let width = self.width.checked_next_multiple_of(multiple)?;
        Some(Self { height, width, ..self })
    }
}

impl From<[usize; 2]> for Extents {
    /// Gray images of this height and width.
    fn from([height, width]: [usize; 2]) -> Self {
        Self { height, width, channels: 1 }
    }
}

impl From<[usize; 3]> for Extents {
    fn from([height, width, channels]: [usize; 3]) -> Self {
        Self { height, width, channels }
    }
}
