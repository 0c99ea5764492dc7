//! Images in a page: bytes, packed.

use super::Extent;
use ae_train::Examples;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::io::Write;

/// The first images of a set, a byte for each value, with their classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    image: Extent,
    labels: Vec<usize>,
    pixels: Vec<u8>,
}

/// How many images become numbers at a time.
const AT_A_TIME: usize = 256;

/// The most digits of a label, and a comma.
const LABEL: usize = 6;

impl Images {
    /// Returns images of this size: `pixels` are `[count, height, width, channels]`, `labels` the
    /// classes as indices into the names of classes.
    ///
    /// # Panics
    ///
    /// If there is not an image for each label.
    #[must_use]
    pub fn new(image: Extent, labels: Vec<usize>, pixels: Vec<u8>) -> Self {
        assert_eq!(pixels.len(), labels.len() * image.values(), "an image for each label");
        Self { image, labels, pixels }
    }

    /// Returns no images of this size.
    #[must_use]
    pub fn none(image: Extent) -> Self {
        Self::new(image, Vec::new(), Vec::new())
    }

    /// Takes the inputs of the first examples, at most `most`, which are images of this size with
    /// values from 0 to 1.
    ///
    /// # Panics
    ///
    /// If an example is not an image of this size, or has no label.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
    pub fn first(image: Extent, examples: &Examples<'_>, labels: &[usize], most: usize) -> Self {
        let count = examples.count().min(most);
        let mut pixels = Vec::with_capacity(count * image.values());
        let indices: Vec<usize> = (0..count).collect();
        for some in indices.chunks(AT_A_TIME) {
            let inputs = examples.inputs(some);
            pixels.extend(inputs.data().iter().map(|value| (255.0 * value).round() as u8));
        }
        Self::new(image, labels[..count].to_vec(), pixels)
    }

    /// Returns the number of images.
    #[must_use]
    pub fn count(&self) -> usize {
        self.labels.len()
    }

    /// Keeps only the first `count` images.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.labels.truncate(count);
        self.pixels.truncate(count * self.image.values());
    }

    /// Returns about how many bytes of JSON the images take.
    pub(crate) fn written_len(&self) -> usize {
        self.packed().len() + LABEL * self.count()
    }

    /// Returns the bytes as gzip, in base64.
    pub(crate) fn packed(&self) -> String {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&self.pixels).expect("memory takes everything");
        STANDARD.encode(encoder.finish().expect("memory takes everything"))
    }
}

impl Serialize for Images {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Images", 3)?;
        fields.serialize_field("count", &self.count())?;
        fields.serialize_field("labels", &self.labels)?;
        fields.serialize_field("pixels", &self.packed())?;
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_train::{Examples, Samples};
    use flate2::read::GzDecoder;
    use std::io::Read;

    #[test]
    fn each_byte_comes_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        let image = Extent { height: 2, width: 2, channels: 1 };
        let examples = Examples::clean(Samples::new(&bytes, [4]));
        let labels: Vec<usize> = (0..64).collect();
        let mut images = Images::first(image, &examples, &labels, 1_000);
        assert_eq!(images, Images::new(image, labels, bytes.clone()));
        let mut read = Vec::new();
        let packed = STANDARD.decode(images.packed()).unwrap();
        GzDecoder::new(&packed[..]).read_to_end(&mut read).unwrap();
        assert_eq!(read, bytes);
        images.truncate(3);
        assert_eq!(images, Images::new(image, vec![0, 1, 2], bytes[..12].to_vec()));
    }
}
