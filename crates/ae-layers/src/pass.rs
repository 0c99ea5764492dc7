//! A forward pass, and what layers may use in addition to their input.

use ae_autodiff::{Tape, Var};
use ae_tensor::random::{Purpose, standard_normal, stream, uniform};

/// The purpose of a forward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The model is used: nothing is drawn and nothing is penalized.
    Inference,
    /// The model's loss is evaluated: penalties count and codes are drawn, but nothing is dropped.
    Evaluation,
    /// The model is trained.
    Training,
}

/// Random numbers that a layer needs for each sample. They come from the stream of (seed, purpose,
/// epoch, sample), so they do not depend on batches or threads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// The number of random numbers for each sample.
    pub len: usize,
    /// Their distribution.
    pub distribution: Distribution,
    /// Which streams they come from; no two layers of a model can share them.
    pub purpose: Purpose,
}

/// The distribution of random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Distribution {
    /// N(0, 1).
    Normal,
    /// Uniform in `[0, 1)`.
    Uniform,
}

impl Noise {
    /// Fills `row`, which has `len` elements, with the random numbers of sample `index` in this
    /// epoch, both counted from 0.
    pub fn fill(&self, row: &mut [f32], seed: u64, epoch: usize, index: usize) {
        let mut rng = stream(seed, self.purpose, epoch as u64, index as u64);
        match self.distribution {
            Distribution::Normal => row.fill_with(|| standard_normal(&mut rng)),
            Distribution::Uniform => row.fill_with(|| uniform(&mut rng, 0.0, 1.0)),
        }
    }
}

/// A forward pass that is being recorded.
pub struct Pass<'a, 'p> {
    /// The tape on which the layers record their operations.
    pub tape: &'a mut Tape<'p>,
    mode: Mode,
    noise: std::slice::Iter<'a, Var>,
    outputs: usize,
    penalty: Option<Var>,
    /// The inputs of the shortcuts that have not ended yet.
    kept: Vec<Var>,
}

impl<'a, 'p> Pass<'a, 'p> {
    /// A pass through a model of `outputs` numbers, with the `noise` that its layers need, in their
    /// order.
    pub(crate) fn new(
        tape: &'a mut Tape<'p>,
        mode: Mode,
        noise: &'a [Var],
        outputs: usize,
    ) -> Self {
        Self { tape, mode, noise: noise.iter(), outputs, penalty: None, kept: Vec::new() }
    }

    /// The purpose of the pass.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The number of outputs of the whole model for a sample. A penalty per sample must be divided
    /// by it to stay in proportion to a loss that is a mean over the outputs.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The numbers that the layer asked for with [`Layer::noise`](crate::Layer::noise),
    /// `[batch, len]`.
    ///
    /// # Panics
    /// If the layer did not ask for any in this mode.
    pub fn noise(&mut self) -> Var {
        *self
            .noise
            .next()
            .expect("a layer may only draw the noise that it asked for in Layer::noise")
    }

    /// Adds `weight` times the scalar that `record` records to the loss; does nothing in inference.
    pub fn penalize(&mut self, weight: f32, record: impl FnOnce(&mut Tape<'p>) -> Var) {
        if self.mode == Mode::Inference {
            return;
        }
        let value = record(self.tape);
        let scaled = self.tape.scale(value, weight);
        self.penalty = Some(match self.penalty {
            Some(sum) => self.tape.add(sum, scaled),
            None => scaled,
        });
    }

    /// Keeps a value for the layer that ends the shortcut.
    pub(crate) fn keep(&mut self, x: Var) {
        self.kept.push(x);
    }

    /// Returns the value that the last open shortcut has kept, for the layer `name`, which ends it.
    pub(crate) fn kept(&mut self, name: &str) -> Var {
        self.kept.pop().unwrap_or_else(|| panic!("{name}: its shortcut is not part of this model"))
    }

    /// How many layers have asked for noise and not drawn it.
    pub(crate) fn noise_left(&self) -> usize {
        self.noise.len()
    }

    /// The sum of all penalties so far, a scalar.
    pub(crate) fn penalty(&self) -> Option<Var> {
        self.penalty
    }
}
