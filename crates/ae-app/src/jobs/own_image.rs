//! Denoises an image that is read and written row by row, so a page does not have to fit into
//! memory.

use crate::exit::data;
use crate::input::{OwnImage, OwnRows};
use ae_files::printable_path;
use ae_image::{GrayImage, Reduced, write_rows};
use ae_train::metrics::SquaredErrors;
use ae_train::{AutoEncoder, GaussianNoise, ImageKey, Split, TILE, predict_rows};
use anyhow::Result;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::Path;

/// A denoising model, and how images are prepared for it.
pub(crate) struct ImageDenoiser<'a> {
    pub(crate) model: &'a AutoEncoder,
    /// The height and width of the images that the model was trained on.
    pub(crate) trained: [usize; 2],
    /// The noise to add first.
    pub(crate) noise: Option<GaussianNoise>,
    /// The longest side of the images that are returned; larger ones are reduced.
    pub(crate) kept_side: Option<usize>,
}

/// The results for an image.
pub(crate) struct Written {
    /// The image that was written, reduced if it is large.
    pub(crate) small: Option<GrayImage>,
    /// The errors with respect to the image as it was read.
    pub(crate) errors: SquaredErrors,
}

impl ImageDenoiser<'_> {
    /// Denoises image number `index` of this call, named `name`, and writes the result to `path`.
    pub(crate) fn denoise(
        &self,
        index: usize,
        name: &Path,
        image: &OwnImage,
        path: &Path,
    ) -> Result<Written> {
        let size @ [_, width] = image.size();
        // The original rows wait until the model's output reaches them.
        let originals = RefCell::new(VecDeque::new());
        let mut corrupted = self.corrupted(index, image)?;
        let mut read = |row: &mut [f32]| {
            let mut original = vec![0.0; width];
            corrupted.next_into(&mut original, row)?;
            originals.borrow_mut().push_back(original);
            Ok(())
        };
        let mut written = self.written(size);
        write_rows(path, size, image.display(), |out| {
            let write = |row: &[f32]| {
                if row.iter().any(|value| !value.is_finite()) {
                    let name = printable_path(name);
                    return Err(data(format!(
                        "{name}: the model's output for it is NaN or infinite"
                    )))?;
                }
                let original = originals.borrow_mut().pop_front().unwrap_or_default();
                let pixels = image.pixels(row);
                out.row(&pixels)?;
                written.add(&original, row, &pixels);
                Ok(())
            };
            let (architecture, params) = (self.model.architecture(), self.model.params());
            let [gray_trained, gray] = [self.trained, size].map(|[h, w]| [h, w, 1]);
            predict_rows(architecture, params, gray_trained, gray, TILE, &mut read, write)
        })
        .map(|()| written.finish())
    }

    /// Writes the image with its noise to `path`.
    pub(crate) fn write_noisy(
        &self,
        index: usize,
        image: &OwnImage,
        path: &Path,
    ) -> Result<Written> {
        let size @ [height, width] = image.size();
        let mut corrupted = self.corrupted(index, image)?;
        let mut written = self.written(size);
        let (mut original, mut row) = (vec![0.0; width], vec![0.0; width]);
        write_rows(path, size, image.display(), |out| {
            for _ in 0..height {
                corrupted.next_into(&mut original, &mut row)?;
                let pixels = image.pixels(&row);
                out.row(&pixels)?;
                written.add(&original, &row, &pixels);
            }
            Ok(())
        })
        .map(|()| written.finish())
    }

    /// Returns the image as it was read, reduced if it is large.
    pub(crate) fn small(&self, image: &OwnImage) -> Result<Option<GrayImage>> {
        let size @ [height, _] = image.size();
        let Some(mut small) = self.kept_side.map(|side| Reduced::new(size, side)) else {
            return Ok(None);
        };
        let mut rows = image.rows()?;
        for _ in 0..height {
            small.row(rows.next_pixels()?);
        }
        Ok(Some(small.finish()))
    }

    fn corrupted<'b>(&self, index: usize, image: &'b OwnImage) -> Result<Corrupted<'b>> {
        let key = ImageKey { split: Split::Test, epoch: 0, image: index };
        let mut noise = self.noise.map(|noise| noise.image(key));
        let corrupt = move |clean: &[f32], corrupted: &mut [f32]| match &mut noise {
            Some(noise) => noise.corrupt(clean, corrupted),
            None => corrupted.copy_from_slice(clean),
        };
        Ok(Corrupted { rows: image.rows()?, corrupt: Box::new(corrupt) })
    }

    fn written(&self, size: [usize; 2]) -> Collected {
        let small = self.kept_side.map(|side| Reduced::new(size, side));
        Collected { small, errors: SquaredErrors::default() }
    }
}

/// The rows of an image with their noise.
struct Corrupted<'a> {
    rows: OwnRows<'a>,
    corrupt: Box<Corrupt>,
}

/// Writes the corrupted version of the next pixels.
type Corrupt = dyn FnMut(&[f32], &mut [f32]);

impl Corrupted<'_> {
    fn next_into(&mut self, original: &mut [f32], corrupted: &mut [f32]) -> Result<()> {
        self.rows.next_levels(original)?;
        (self.corrupt)(original, corrupted);
        Ok(())
    }
}

/// What is kept of rows that have been written.
struct Collected {
    small: Option<Reduced>,
    errors: SquaredErrors,
}

impl Collected {
    fn add(&mut self, original: &[f32], levels: &[f32], pixels: &[u8]) {
        self.errors.add(original, levels);
        if let Some(small) = &mut self.small {
            small.row(pixels);
        }
    }

    fn finish(self) -> Written {
        Written { small: self.small.map(Reduced::finish), errors: self.errors }
    }
}
