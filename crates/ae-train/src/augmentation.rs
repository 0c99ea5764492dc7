//! Augmentation: random changes of training images that leave what they show as it is.

mod named;
mod view;

pub(crate) use view::View;

/// Random changes of training images: other crops, mirror images, turns, shifts and rotations. An
/// image has new ones in each epoch. Test images are not changed; they are only cropped, always at
/// the same places.
///
/// The changes depend on the seed, the epoch and the example's number, and not on batches or
/// threads. Each change has its own random numbers, so that one more change does not alter the
/// others.
///
/// It can be written as a text, its parts separated by commas:
///
/// ```
/// use ae_train::{Augmentation, Crop, Flip};
/// let augmentation: Augmentation = "flip,shift:2,rotate:10,crop:40x32:16".parse()?;
/// assert_eq!(augmentation.flip, Some(Flip::Horizontal));
/// assert_eq!(augmentation.shift, 2);
/// assert_eq!(augmentation.crop, Some(Crop { width: 40, height: 32, per_image: 16 }));
/// assert_eq!(augmentation.to_string(), "crop:40x32:16,flip,shift:2,rotate:10");
/// # Ok::<(), ae_train::AugmentationError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Augmentation {
    /// A part of the image at a random place instead of the whole image.
    pub crop: Option<Crop>,
    /// A mirror image in half of all cases, for each direction.
    pub flip: Option<Flip>,
    /// A turn by 0, 90, 180 or 270 degrees, for square images or crops.
    pub turn: bool,
    /// The largest shift in pixels, vertically and horizontally.
    pub shift: usize,
    /// The largest rotation in degrees, clockwise and counterclockwise, by bilinear interpolation.
    pub rotate: f32,
}

/// A part of an image. It is what the model gets, so it decides the size of the model's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
    /// How many crops of an image are taken in an epoch: each is an example.
    pub per_image: usize,
}

/// The directions in which an image may be mirrored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flip {
    /// Left and right change places.
    Horizontal,
    /// Top and bottom change places.
    Vertical,
    /// Both, independently of each other.
    Both,
}

/// An augmentation that cannot be applied.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AugmentationError {
    /// A text that does not describe an augmentation.
    #[error("expected {expected}, found {found:?}")]
    Text {
        /// What was expected.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// A crop that is larger than the images.
    #[error("expected a crop of at most {} x {} pixels, the size of the images, found {} x {}", image[1], image[0], crop[1], crop[0])]
    Crop {
        /// The crop's height and width.
        crop: [usize; 2],
        /// The images' height and width.
        image: [usize; 2],
    },
    /// A turn of images that are not square.
    #[error("expected square images to turn by 90 degrees, found {} x {}", image[1], image[0])]
    Turn {
        /// The height and width of the images, or of the crops.
        image: [usize; 2],
    },
    /// A shift that leaves nothing of the images.
    #[error("expected a shift of less than {} x {} pixels, the size of the images, found {shift}", image[1], image[0])]
    Shift {
        /// The shift in pixels.
        shift: usize,
        /// The height and width of the images, or of the crops.
        image: [usize; 2],
    },
}

impl Augmentation {
    /// The height and width of the examples for images of this height and width.
    #[must_use]
    pub fn size(&self, image: [usize; 2]) -> [usize; 2] {
        self.crop.map_or(image, |crop| [crop.height, crop.width])
    }

    /// The number of examples of an image.
    #[must_use]
    pub fn per_image(&self) -> usize {
        self.crop.map_or(1, |crop| crop.per_image)
    }

    /// The crop alone, once for each image. For test images it is the one at the center.
    #[must_use]
    pub fn crop_alone(&self) -> Self {
        let crop = self.crop.map(|crop| Crop { per_image: 1, ..crop });
        Self { crop, ..Self::default() }
    }

    /// Checks whether it can be applied to images of this height and width.
    ///
    /// # Errors
    /// A crop or a shift that is too large, or a turn of images that are not square.
    pub fn check(&self, image: [usize; 2]) -> Result<(), AugmentationError> {
        let size = self.size(image);
        if size[0] > image[0] || size[1] > image[1] {
            return Err(AugmentationError::Crop { crop: size, image });
        }
        if self.turn && size[0] != size[1] {
            return Err(AugmentationError::Turn { image: size });
        }
        if self.shift >= size[0].min(size[1]) {
            return Err(AugmentationError::Shift { shift: self.shift, image: size });
        }
        Ok(())
    }
}
