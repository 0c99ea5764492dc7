//! The inputs and targets of a model. Only this module turns samples into a batch of f32.

use crate::augmentation::View;
use crate::samples::Pixels;
use crate::{Augmentation, Corruption, GaussianNoise, ImageKey, Samples, Split};
use ae_tensor::kernels::convert::unit_from_u8;
use ae_tensor::random::{Purpose, permutation, stream};
use ae_tensor::{Shape, Tensor, current_threads, for_each_with};
use std::ops::Range;

/// Samples, with a corruption that is applied to the model's input, or without one. The target is
/// the clean sample in either case. With an augmentation, which comes before the corruption, an
/// example is a part of a sample or its mirror image, and there may be several of each sample.
///
/// The value consists of two references and a few numbers, so it is cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a> {
    samples: Samples<'a>,
    input: Input<'a>,
    view: Option<View>,
}

/// Some of the examples.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chosen<'b> {
    /// Which ones: the keys of their random numbers.
    pub(crate) indices: &'b [usize],
    /// The bytes of some of their samples, if these were read ahead.
    bytes: Option<&'b [u8]>,
    /// The positions of these samples.
    read: [usize; 2],
}

impl<'b> Chosen<'b> {
    /// The examples with these indices.
    pub(crate) fn new(indices: &'b [usize]) -> Self {
        Self { indices, bytes: None, read: [0; 2] }
    }

    /// The examples with these indices. The bytes of the samples at the positions `read`, one after
    /// another, were read ahead; no others are needed in this process.
    pub(crate) fn read_ahead(indices: &'b [usize], read: Range<usize>, bytes: &'b [u8]) -> Self {
        Self { indices, bytes: Some(bytes), read: [read.start, read.end] }
    }

    /// The number of examples.
    pub(crate) fn count(&self) -> usize {
        self.indices.len()
    }

    #[cfg(test)]
    pub(crate) fn bytes(&self) -> Option<&'b [u8]> {
        self.bytes
    }

    /// Those at these positions.
    ///
    /// # Panics
    /// If others were read ahead.
    pub(crate) fn part(&self, positions: Range<usize>) -> Self {
        let [start, end] = self.read;
        let bytes = self.bytes.map(|bytes| {
            let len = bytes.len() / (end - start);
            &bytes[(positions.start - start) * len..(positions.end - start) * len]
        });
        let read = [0, positions.len()];
        Self { indices: &self.indices[positions], bytes, read }
    }
}

/// The model's input.
#[derive(Clone, Copy, Debug)]
enum Input<'a> {
    Clean,
    /// The most common corruption by value, so that the caller does not have to store it.
    Noisy(GaussianNoise, Split),
    Corrupted(&'a dyn Corruption, Split),
}

impl<'a> Examples<'a> {
    /// The input is the target.
    #[must_use]
    pub fn clean(samples: Samples<'a>) -> Self {
        Self { samples, input: Input::Clean, view: None }
    }

    /// The input is the target with noise added; the samples belong to this `split` of the data.
    ///
    /// # Panics
    /// If the noise's factor is negative or not finite.
    #[must_use]
    pub fn noisy(samples: Samples<'a>, noise: GaussianNoise, split: Split) -> Self {
        assert!(
            noise.factor.is_finite() && noise.factor >= 0.0,
            "Examples: noise of factor {}",
            noise.factor
        );
        Self { samples, input: Input::Noisy(noise, split), view: None }
    }

    /// The input is the corrupted target; the samples belong to this `split` of the data.
    #[must_use]
    pub fn corrupted(samples: Samples<'a>, corruption: &'a dyn Corruption, split: Split) -> Self {
        Self { samples, input: Input::Corrupted(corruption, split), view: None }
    }

    /// The same examples with an augmentation of their images, which have this height and width and
    /// belong to this `split` of the data. Test images are only cropped.
    ///
    /// # Panics
    /// If the samples are not images of this size, or [`Augmentation::check`] refuses it.
    #[must_use]
    pub fn augmented(
        self,
        augmentation: Augmentation,
        image: [usize; 2],
        seed: u64,
        split: Split,
    ) -> Self {
        let view = View::new(augmentation, image, self.samples.shape().len(), seed, split);
        Self { view: Some(view), ..self }
    }

    /// The clean samples.
    #[must_use]
    pub fn samples(&self) -> Samples<'a> {
        self.samples
    }

    /// The number of examples: that of the samples, or several times as many if several crops of
    /// each are taken.
    #[must_use]
    pub fn count(&self) -> usize {
        self.samples.count() * self.per_sample()
    }

    /// The number of examples of each sample. They follow one another.
    pub(crate) fn per_sample(&self) -> usize {
        self.view.map_or(1, |view| view.per_image())
    }

    /// The shape of one example: that of a sample, or of a crop.
    #[must_use]
    pub fn shape(&self) -> Shape {
        let shape = self.samples.shape();
        self.view.map_or(shape, |view| view.shape(shape))
    }

    /// The indices of `count` different examples in random order, or of all examples if there are
    /// fewer, for a gallery. They depend only on `seed` and on the number of examples.
    #[must_use]
    pub fn choose(&self, count: usize, seed: u64) -> Vec<usize> {
        let mut order = Vec::new();
        permutation(&mut stream(seed, Purpose::Gallery, 0, 0), self.count(), &mut order);
        order.truncate(count);
        order
    }

    /// Writes the examples with these indices, in this order, to `batch`, as in `epoch`, counted
    /// from 0. Only an augmentation and a corruption that is fresh in each epoch depend on the
    /// epoch.
    ///
    /// # Panics
    /// If an index is not below the number of examples.
    pub fn gather(&self, indices: &[usize], epoch: usize, batch: &mut Batch) {
        self.gather_chosen(Chosen::new(indices), epoch, batch);
    }

    /// The inputs of the examples with these indices, in this order, as in the first epoch.
    ///
    /// # Panics
    /// If an index is not below the number of examples.
    #[must_use]
    pub fn inputs(&self, indices: &[usize]) -> Tensor {
        let mut batch = Batch::new();
        self.gather(indices, 0, &mut batch);
        batch.into_input()
    }

    /// [`Examples::gather`] for samples that may have been read ahead.
    pub(crate) fn gather_chosen(&self, chosen: Chosen<'_>, epoch: usize, batch: &mut Batch) {
        let Chosen { indices, bytes, .. } = chosen;
        let len = self.shape().len();
        let shape = self.shape().with_batch(indices.len());
        let clean = resized(&mut batch.clean, shape);
        match (&self.view, bytes) {
            (None, None) => self.samples.gather_into(indices, clean),
            (None, Some(bytes)) => unit_from_u8(bytes, clean),
            (Some(view), _) => self.gather_views(view, chosen, epoch, clean),
        }
        let (corruption, split) = match &self.input {
            Input::Clean => {
                batch.is_corrupted = false;
                return;
            }
            Input::Noisy(noise, split) => (noise as &dyn Corruption, *split),
            Input::Corrupted(corruption, split) => (*corruption, *split),
        };
        batch.is_corrupted = true;
        let out = resized(&mut batch.corrupted, shape);
        let mut images: Vec<_> = out.chunks_exact_mut(len).zip(clean.chunks_exact(len)).collect();
        // Drawing a normal number costs more than a small model's computation with it.
        for_each_with(&mut vec![(); current_threads()], &mut images, |(), i, (out, clean)| {
            corruption.corrupt(ImageKey { split, epoch, image: indices[i] }, clean, out);
        });
    }

    fn gather_views(&self, view: &View, chosen: Chosen<'_>, epoch: usize, out: &mut [f32]) {
        let Chosen { indices, bytes, .. } = chosen;
        let mut images: Vec<_> = out.chunks_exact_mut(self.shape().len()).collect();
        let len = self.samples.shape().len();
        for_each_with(&mut vec![Vec::new(); current_threads()], &mut images, |buffer, i, out| {
            let pixels = match bytes {
                Some(bytes) => Pixels::Bytes(&bytes[i * len..][..len]),
                None => self.samples.pixels(indices[i] / view.per_image(), buffer),
            };
            match pixels {
                Pixels::Bytes(bytes) => {
                    view.read((epoch, indices[i]), |at| f32::from(bytes[at]) / 255.0, out);
                }
                Pixels::Numbers(numbers) => view.read((epoch, indices[i]), |at| numbers[at], out),
            }
        });
    }
}

/// Data for training, evaluation and encoding: [`Samples`], [`Examples`], and any other data set
/// that holds samples.
pub trait AsExamples {
    /// The examples of the data set.
    fn as_examples(&self) -> Examples<'_>;
}

/// The samples as clean examples, see [`Examples::clean`].
impl AsExamples for Samples<'_> {
    fn as_examples(&self) -> Examples<'_> {
        Examples::clean(*self)
    }
}

impl AsExamples for Examples<'_> {
    fn as_examples(&self) -> Examples<'_> {
        *self
    }
}

/// A batch of examples in f32. It is created once and filled repeatedly: its memory is reused.
#[derive(Debug)]
pub struct Batch {
    clean: Tensor,
    corrupted: Tensor,
    /// Whether `corrupted` belongs to `clean`.
    is_corrupted: bool,
}

impl Batch {
    /// A batch without examples.
    #[must_use]
    pub fn new() -> Self {
        Self { clean: Tensor::zeros([0]), corrupted: Tensor::zeros([0]), is_corrupted: false }
    }

    /// The model's input, `[count, ...sample shape]`.
    #[must_use]
    pub fn input(&self) -> &Tensor {
        if self.is_corrupted { &self.corrupted } else { &self.clean }
    }

    /// [`Batch::input`] without a copy, for a batch that is no longer needed.
    #[must_use]
    pub fn into_input(self) -> Tensor {
        if self.is_corrupted { self.corrupted } else { self.clean }
    }

    /// The target, in the same shape.
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

/// Gives the tensor another shape, in the same memory if it is large enough, and returns its
/// elements, whose values are arbitrary.
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
    use crate::NamedCorruption;
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
        let examples = Examples::noisy(samples, NOISE, Split::Train);
        let order = [4, 0, 9, 2, 7];
        let batch = gather(examples, &order, 2);
        assert_eq!(*batch.target(), samples.gather(&order));
        assert_eq!(batch.input().shape(), batch.target().shape());
        for (i, &image) in order.iter().enumerate() {
            let alone = gather(examples, &[image], 2);
            assert_eq!(batch.input().row(i), alone.input().data());
            let mut expected = [f32::NAN; 6];
            let key = ImageKey { split: Split::Train, epoch: 2, image };
            NOISE.corrupt(key, alone.target().data(), &mut expected);
            assert_eq!(alone.input().data(), expected);
        }
        assert_ne!(batch.input(), gather(examples, &order, 3).input());
        let test = gather(Examples::noisy(samples, NOISE, Split::Test), &order, 2);
        assert_ne!(batch.input(), test.input());
    }

    #[test]
    fn a_batch_forgets_what_it_held() {
        let bytes = bytes();
        let samples = Samples::new(&bytes, [6]);
        let noisy = Examples::noisy(samples, NOISE, Split::Train);
        let mut batch = gather(noisy, &[1, 2, 3, 4, 5], 0);
        noisy.gather(&[6, 7], 0, &mut batch);
        assert_eq!(batch.input(), gather(noisy, &[6, 7], 0).input());
        Examples::clean(samples).gather(&[6, 7, 8], 0, &mut batch);
        assert_eq!(*batch.input(), samples.gather(&[6, 7, 8]));
    }

    #[test]
    fn the_same_noise_for_any_number_of_threads() {
        let bytes = vec![128; 40 * 50];
        let examples = Examples::noisy(Samples::new(&bytes, [50]), NOISE, Split::Train);
        let all: Vec<usize> = (0..40).collect();
        let run = |threads| {
            with_threads(threads, || gather(examples, &all, 0)).expect("threads start").into_input()
        };
        let one = run(1);
        assert!([2, 3].into_iter().all(|threads| run(threads) == one));
    }

    #[test]
    fn any_corruption_is_that_of_the_image_for_any_batch_and_number_of_threads() {
        let bytes = bytes();
        let samples = Samples::new(&bytes, [6]);
        for name in ["gaussian:0.3", "masking:0.4", "salt-and-pepper:0.4"] {
            let corruption = name.parse::<NamedCorruption>().unwrap().build(1, true);
            let examples = Examples::corrupted(samples, &*corruption, Split::Train);
            let run = |threads| {
                let batch = || gather(examples, &[4, 0, 9, 2], 3).into_input();
                with_threads(threads, batch).expect("threads start")
            };
            let one = run(1);
            assert!(run(2) == one && run(3) == one, "{name}");
            let alone = gather(examples, &[9], 3);
            assert_eq!(one.row(2), alone.input().data());
            assert_eq!(*alone.target(), samples.gather(&[9]));
            assert_ne!(one, gather(examples, &[4, 0, 9, 2], 4).into_input(), "{name}");
        }
        // Noise by value is the same as noise by reference.
        let referred = gather(Examples::corrupted(samples, &NOISE, Split::Test), &[5, 1], 0);
        let noisy = gather(Examples::noisy(samples, NOISE, Split::Test), &[5, 1], 0);
        assert_eq!(referred.input(), noisy.input());
    }

    #[test]
    #[should_panic(expected = "Examples: noise of factor NaN")]
    fn noise_must_be_a_number() {
        let noise = GaussianNoise { factor: f32::NAN, ..NOISE };
        let _ = Examples::noisy(Samples::new(&bytes(), [6]), noise, Split::Train);
    }
}
