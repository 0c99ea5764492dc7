//! What a model is shown and what it shall answer: the one place where images become f32.

use crate::{GaussianNoise, Part, Samples};
use ae_tensor::kernels::convert::gather_unit_rows;
use ae_tensor::{Shape, Tensor, current_threads, for_each_with};

/// Samples, and what is done to them on their way into the model: nothing, or noise added. What the model shall give
/// back is the clean image either way.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a> {
    samples: Samples<'a>,
    noise: Option<(GaussianNoise, Part)>,
}

impl<'a> Examples<'a> {
    /// The input is the target.
    #[must_use]
    pub fn clean(samples: Samples<'a>) -> Self {
        Self { samples, noise: None }
    }

    /// The input is the target with noise added: for `part`, see [`GaussianNoise`].
    ///
    /// # Panics
    /// If the noise's factor is negative or not finite.
    #[must_use]
    pub fn noisy(samples: Samples<'a>, noise: GaussianNoise, part: Part) -> Self {
        assert!(
            noise.factor.is_finite() && noise.factor >= 0.0,
            "Examples: noise of factor {}",
            noise.factor
        );
        Self { samples, noise: Some((noise, part)) }
    }

    /// The clean samples.
    #[must_use]
    pub fn samples(&self) -> Samples<'a> {
        self.samples
    }

    /// Writes the examples of these numbers, in this order, to `batch`, as they are in `epoch`, counted from 0. Only
    /// noise that is fresh in each epoch depends on it.
    ///
    /// # Panics
    /// If there is no sample of such a number.
    pub fn gather(&self, indices: &[usize], epoch: usize, batch: &mut Batch) {
        let len = self.samples.shape().len();
        let shape = self.samples.batch_shape(indices.len());
        let clean = resized(&mut batch.clean, shape);
        gather_unit_rows(self.samples.bytes(), len, indices, clean);
        batch.noise = self.noise.is_some();
        let Some((noise, part)) = self.noise else { return };
        let noisy = resized(&mut batch.noisy, shape);
        let mut images: Vec<_> = noisy.chunks_exact_mut(len).zip(clean.chunks_exact(len)).collect();
        // A normal number costs more than all that a small model does with it.
        for_each_with(&mut vec![(); current_threads()], &mut images, |(), i, (noisy, clean)| {
            noise.add(part, epoch, indices[i], clean, noisy);
        });
    }
}

/// Some examples as numbers. Made once and filled again and again: its memory is reused.
#[derive(Debug)]
pub struct Batch {
    clean: Tensor,
    noisy: Tensor,
    /// Whether `noisy` belongs to `clean`.
    noise: bool,
}

impl Batch {
    /// No examples yet.
    #[must_use]
    pub fn new() -> Self {
        Self { clean: Tensor::zeros([0]), noisy: Tensor::zeros([0]), noise: false }
    }

    /// What the model is shown, `[count, ...sample shape]` with values in [0, 1].
    #[must_use]
    pub fn input(&self) -> &Tensor {
        if self.noise { &self.noisy } else { &self.clean }
    }

    /// [`Batch::input`] for one's own.
    #[must_use]
    pub fn into_input(self) -> Tensor {
        if self.noise { self.noisy } else { self.clean }
    }

    /// What the model shall answer, in the same shape.
    #[must_use]
    pub fn target(&self) -> &Tensor {
        &self.clean
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

/// Gives the tensor another shape, in its old memory if that suffices, and returns its elements, whose values are
/// arbitrary.
pub(crate) fn resized(tensor: &mut Tensor, shape: Shape) -> &mut [f32] {
    if tensor.shape() != shape {
        let mut data = std::mem::replace(tensor, Tensor::zeros([0])).into_data();
        data.resize(shape.len(), 0.0);
        *tensor = Tensor::new(shape, data);
    }
    tensor.data_mut()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_tensor::with_threads;

    const NOISE: GaussianNoise = GaussianNoise { factor: 0.3, seed: 1, fresh: true };

    fn bytes() -> Vec<u8> {
        (0..60u8).map(|i| i * 4).collect()
    }

    fn gather(examples: Examples<'_>, indices: &[usize], epoch: usize) -> Batch {
        let mut batch = Batch::new();
        examples.gather(indices, epoch, &mut batch);
        batch
    }

    #[test]
    fn clean_examples_are_asked_for_what_they_show() {
        let bytes = bytes();
        let samples = Samples::new(&bytes, [2, 3]);
        let batch = gather(Examples::clean(samples), &[3, 0], 0);
        assert_eq!(batch.input(), batch.target());
        assert_eq!(*batch.input(), samples.gather(&[3, 0]));
        assert_eq!(batch.input().shape(), Shape::from([2, 2, 3]));
    }

    #[test]
    fn noise_belongs_to_the_image_wherever_it_is() {
        let bytes = bytes();
        let samples = Samples::new(&bytes, [2, 3]);
        let examples = Examples::noisy(samples, NOISE, Part::Train);
        let order = [4, 0, 9, 2, 7];
        let batch = gather(examples, &order, 2);
        assert_eq!(*batch.target(), samples.gather(&order));
        assert_eq!(batch.input().shape(), batch.target().shape());
        for (i, &image) in order.iter().enumerate() {
            let alone = gather(examples, &[image], 2);
            assert_eq!(batch.input().row(i), alone.input().data());
            let mut expected = [f32::NAN; 6];
            NOISE.add(Part::Train, 2, image, alone.target().data(), &mut expected);
            assert_eq!(alone.input().data(), expected);
        }
        assert_ne!(batch.input(), gather(examples, &order, 3).input());
        let test = gather(Examples::noisy(samples, NOISE, Part::Test), &order, 2);
        assert_ne!(batch.input(), test.input());
    }

    #[test]
    fn a_batch_forgets_what_it_held() {
        let bytes = bytes();
        let samples = Samples::new(&bytes, [6]);
        let noisy = Examples::noisy(samples, NOISE, Part::Train);
        let mut batch = gather(noisy, &[1, 2, 3, 4, 5], 0);
        noisy.gather(&[6, 7], 0, &mut batch);
        assert_eq!(batch.input(), gather(noisy, &[6, 7], 0).input());
        Examples::clean(samples).gather(&[6, 7, 8], 0, &mut batch);
        assert_eq!(*batch.input(), samples.gather(&[6, 7, 8]));
    }

    #[test]
    fn the_same_noise_for_any_number_of_threads() {
        let bytes = vec![128; 40 * 50];
        let examples = Examples::noisy(Samples::new(&bytes, [50]), NOISE, Part::Train);
        let all: Vec<usize> = (0..40).collect();
        let run = |threads| {
            with_threads(threads, || gather(examples, &all, 0)).expect("threads start").noisy
        };
        let one = run(1);
        assert!([2, 3].into_iter().all(|threads| run(threads) == one));
    }

    #[test]
    #[should_panic(expected = "Examples: noise of factor NaN")]
    fn noise_must_be_a_number() {
        let noise = GaussianNoise { factor: f32::NAN, ..NOISE };
        let _ = Examples::noisy(Samples::new(&bytes(), [6]), noise, Part::Train);
    }
}
