//! Denoises an image that is read and written row by row, so a page does not have to fit into
//! memory.

use crate::exit::data;
use crate::input::{OwnImage, OwnRows, Treatment};
use ae_files::printable_path;
use ae_image::{Raster, Reduced, write_rows};
use ae_train::metrics::SquaredErrors;
use ae_train::{
    AutoEncoder, GaussianNoise, ImageKey, Split, TILE, change_contrast, estimate_noise,
    predict_rows, with_strength,
};
use anyhow::Result;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::Path;

/// A denoising model, and how images are prepared for it.
pub(crate) struct ImageDenoiser<'a> {
    pub(crate) model: &'a AutoEncoder,
    /// The height, width and channels of the images that the model was trained on.
    pub(crate) trained: [usize; 3],
    /// The noise to add first.
    pub(crate) noise: Option<GaussianNoise>,
    /// The contrast of the image that the model gets; the result has the image's own.
    pub(crate) contrast: f32,
    /// How much of what the model removes is removed.
    pub(crate) strength: f32,
    /// The longest side of the images that are returned; larger ones are reduced.
    pub(crate) kept_side: Option<usize>,
}

/// The results for an image.
pub(crate) struct Written {
    /// The image that was written, reduced if it is large.
    pub(crate) small: Option<Raster>,
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
        let mut written = self.written(image);
        let channels = image.treatment().image();
        write_rows(path, image.size(), channels, image.display(), |out| {
            self.pass(index, name, image, |original, given, mut row| {
                with_strength(given, &mut row, self.strength);
                let pixels = image.pixels(&row);
                out.row(&pixels)?;
                written.add(original, &row, &pixels);
                Ok(())
            })
        })
        .map(|()| written.finish())
    }

    /// Returns the mean square of what the model removes from image number `index`.
    pub(crate) fn removed(&self, index: usize, name: &Path, image: &OwnImage) -> Result<f64> {
        let mut errors = SquaredErrors::default();
        self.pass(index, name, image, |_, given, row| {
            errors.add(given, &row);
            Ok(())
        })?;
        Ok(errors.mean())
    }

    /// Sends the image through the model. `take` gets each row as it was read, as the model got
    /// it, and as the model returned it.
    fn pass(
        &self,
        index: usize,
        name: &Path,
        image: &OwnImage,
        mut take: impl FnMut(&[f32], &[f32], Vec<f32>) -> Result<()>,
    ) -> Result<()> {
        let [height, width] = image.size();
        let treatment = image.treatment();
        let channels = treatment.image();
        // The original rows wait until the model's output reaches them, and the rows as the model
        // got them.
        let waiting = RefCell::new(VecDeque::new());
        let mut corrupted = self.corrupted(index, image)?;
        let read = |row: &mut [f32]| {
            let [mut original, mut given] = [(); 2].map(|()| vec![0.0; width * channels.count()]);
            corrupted.next_into(&mut original, &mut given)?;
            treatment.to_model(&given, row);
            change_contrast(row, self.contrast);
            waiting.borrow_mut().push_back((original, given));
            Ok(())
        };
        let write = |row: &[f32]| {
            if row.iter().any(|value| !value.is_finite()) {
                let name = printable_path(name);
                return Err(data(format!("{name}: the model's output for it is NaN or infinite")))?;
            }
            let (original, given) = waiting.borrow_mut().pop_front().unwrap_or_default();
            let mut row = row.to_vec();
            change_contrast(&mut row, 1.0 / self.contrast);
            take(&original, &given, treatment.to_image(&row, &given))
        };
        let (architecture, params) = (self.model.architecture(), self.model.params());
        let through = [height, width, treatment.through().count()];
        predict_rows(architecture, params, self.trained, through, TILE, read, write)
    }

    /// Estimates the noise of each channel of what the model gets of image number `index`.
    pub(crate) fn noise_of(&self, index: usize, image: &OwnImage) -> Result<Vec<f32>> {
        let [height, width] = image.size();
        let treatment = image.treatment();
        // A gray image that a color model gets three times has one noise.
        let channels = match treatment {
            Treatment::Repeated => treatment.image(),
            other => other.through(),
        };
        let mut corrupted = self.corrupted(index, image)?;
        let [mut original, mut given] =
            [(); 2].map(|()| vec![0.0; width * treatment.image().count()]);
        estimate_noise([height, width, channels.count()], |row| {
            corrupted.next_into(&mut original, &mut given)?;
            match treatment {
                Treatment::Repeated => row.copy_from_slice(&given),
                other => other.to_model(&given, row),
            }
            Ok(())
        })
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
        let channels = image.treatment().image();
        let mut written = self.written(image);
        let [mut original, mut row] = [(); 2].map(|()| vec![0.0; width * channels.count()]);
        write_rows(path, size, channels, image.display(), |out| {
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
    pub(crate) fn small(&self, image: &OwnImage) -> Result<Option<Raster>> {
        let Some(mut small) = self.reduced(image) else { return Ok(None) };
        let mut rows = image.rows()?;
        for _ in 0..image.size()[0] {
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

    fn written(&self, image: &OwnImage) -> Collected {
        Collected { small: self.reduced(image), errors: SquaredErrors::default() }
    }

    fn reduced(&self, image: &OwnImage) -> Option<Reduced> {
        let channels = image.treatment().image();
        self.kept_side.map(|side| Reduced::new(image.size(), channels, side))
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
