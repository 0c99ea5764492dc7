//! Finds which of two versions of the same images resembles a model's training images, for example
//! images and their negatives.
//!
//! An auto-encoder reproduces only images well that resemble its training images. For the digits of
//! MNIST, which are light on dark, the squared error of the negatives is about twenty times larger
//! after training, and three times larger after the first ten steps. This needs no statistics of
//! the training images, so it also works with old models.

use crate::metrics::SquaredErrors;
use crate::{AutoEncoder, Samples};

/// The minimum ratio of the squared errors for a clear answer, 1.8 dB. Images that are about as
/// dark as light, such as photographs, do not reach it.
const CLEAR: f64 = 1.5;

impl AutoEncoder {
    /// Returns whether the model clearly prefers `these` samples to `those`, that is, reproduces
    /// them with less than two thirds of the squared error. `false` if an output is NaN or
    /// infinite.
    ///
    /// # Panics
    /// If the model takes samples of another shape, or its outputs have another size.
    #[must_use]
    pub fn prefers(&self, these: &Samples<'_>, those: &Samples<'_>) -> bool {
        let (these, those) = (self.squared_error(these), self.squared_error(those));
        those.is_finite() && CLEAR * these < those
    }

    /// The mean squared error of the reproductions.
    fn squared_error(&self, samples: &Samples<'_>) -> f64 {
        let all: Vec<usize> = (0..samples.count()).collect();
        let mut errors = SquaredErrors::default();
        errors.add(samples.gather(&all).data(), self.reconstruct(samples).data());
        errors.mean()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fit;
    use ae_optim::Adam;
    use ae_testkit::Sampler;

    const SHAPE: [usize; 1] = [16];

    /// Images with four bright pixels each on a dark background.
    fn light_on_dark(count: usize) -> Vec<u8> {
        let places = Sampler::new(3).vec(4 * count, 0.0, 16.0);
        let mut bytes = vec![10; 16 * count];
        for (image, places) in bytes.chunks_mut(16).zip(places.chunks(4)) {
            places.iter().for_each(|place| image[*place as usize] = 240);
        }
        bytes
    }

    fn negatives(bytes: &[u8]) -> Vec<u8> {
        bytes.iter().map(|byte| 255 - byte).collect()
    }

    #[test]
    fn a_model_prefers_what_it_was_trained_on() {
        let light = light_on_dark(200);
        let dark = negatives(&light);
        for learned in [&light, &dark] {
            let words = "input 16; dense 6 relu | dense 16 sigmoid";
            let mut model = AutoEncoder::parse(words, 1).unwrap();
            let samples = Samples::new(learned, SHAPE);
            let mut optimizer = Adam::new(0.01);
            Fit::new(&samples).epochs(30).batch(20).run(&mut model, &mut optimizer).unwrap();
            let (these, those) = (light_on_dark(5), negatives(&light_on_dark(5)));
            let (these, those) = if learned == &light { (these, those) } else { (those, these) };
            let (these, those) = (Samples::new(&these, SHAPE), Samples::new(&those, SHAPE));
            assert!(model.prefers(&these, &those));
            assert!(!model.prefers(&those, &these));
            // Neither of two equal versions is preferred.
            assert!(!model.prefers(&these, &these));
        }
    }
}
