//! The size of an image.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The height, width and number of channels of an image.
///
/// A gray image has one channel and a color image three: red, green and blue. The channels of a
/// pixel are neighbors in memory, so an image is an array `[height, width, channels]`.
///
/// In a file, a gray image is `[height, width]`, as in the records of earlier versions, and a color
/// image is `[height, width, 3]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<usize>", into = "Vec<usize>")]
pub struct Extents {
    /// The number of rows.
    pub height: usize,
    /// The number of columns.
    pub width: usize,
    /// 1 for gray, 3 for color.
    pub channels: usize,
}

impl Extents {
    /// The extents of a gray image.
    #[must_use]
    pub const fn gray(height: usize, width: usize) -> Self {
        Self { height, width, channels: 1 }
    }

    /// The extents of a color image.
    #[must_use]
    pub const fn color(height: usize, width: usize) -> Self {
        Self { height, width, channels: 3 }
    }

    /// Returns whether the images have three channels.
    #[must_use]
    pub const fn is_color(self) -> bool {
        self.channels == 3
    }

    /// The height and width.
    #[must_use]
    pub const fn size(self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// The number of pixels, whatever their channels.
    ///
    /// # Panics
    /// In a debug build, if the product overflows. The extents of an
    /// [`ImageSet`](crate::ImageSet) do not.
    #[must_use]
    pub const fn pixels(self) -> usize {
        self.height * self.width
    }

    /// The number of values: pixels times channels.
    ///
    /// # Panics
    /// As for [`Extents::pixels`].
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "an image is never empty")]
    pub const fn len(self) -> usize {
        self.pixels() * self.channels
    }

    /// The number of values, or `None` if the product overflows.
    #[must_use]
    pub fn checked_len(self) -> Option<usize> {
        self.height.checked_mul(self.width)?.checked_mul(self.channels)
    }
}

/// `28x28` for gray images, `32x32x3` for color ones.
impl fmt::Display for Extents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { height, width, channels } = self;
        match channels {
            1 => write!(f, "{height}x{width}"),
            _ => write!(f, "{height}x{width}x{channels}"),
        }
    }
}

impl From<Extents> for Vec<usize> {
    fn from(extents: Extents) -> Self {
        let Extents { height, width, channels } = extents;
        if channels == 1 { vec![height, width] } else { vec![height, width, channels] }
    }
}

impl From<Extents> for [usize; 3] {
    /// Height, width and channels.
    fn from(extents: Extents) -> Self {
        [extents.height, extents.width, extents.channels]
    }
}

impl TryFrom<Vec<usize>> for Extents {
    type Error = String;

    fn try_from(numbers: Vec<usize>) -> Result<Self, String> {
        match *numbers.as_slice() {
            [height, width] => Ok(Self::gray(height, width)),
            [height, width, channels @ (1 | 3)] => Ok(Self { height, width, channels }),
            _ => {
                Err(format!("expected a height, a width and perhaps 3 channels, found {numbers:?}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gray_image_is_written_as_before() {
        let written = |extents: Extents| Vec::<usize>::from(extents);
        assert_eq!(written(Extents::gray(28, 20)), [28, 20]);
        assert_eq!(written(Extents::color(28, 20)), [28, 20, 3]);
        for numbers in [vec![28, 20], vec![28, 20, 3]] {
            let extents = Extents::try_from(numbers.clone()).unwrap();
            assert_eq!(written(extents), numbers);
        }
        for wrong in [vec![], vec![28], vec![28, 28, 2], vec![28, 28, 3, 1]] {
            assert!(Extents::try_from(wrong).is_err());
        }
    }

    #[test]
    fn values_are_counted_with_their_channels() {
        assert_eq!((Extents::gray(4, 5).len(), Extents::color(4, 5).len()), (20, 60));
        assert_eq!(Extents::color(4, 5).pixels(), 20);
        assert_eq!(Extents::color(usize::MAX, 1).checked_len(), None);
        assert_eq!(
            (Extents::gray(4, 5).to_string(), Extents::color(4, 5).to_string()),
            ("4x5".into(), "4x5x3".into())
        );
    }
}
