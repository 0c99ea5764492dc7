//! A forward pass: what layers may use beside their input.

use ae_autodiff::{Tape, Var};
use ae_tensor::random::{Purpose, standard_normal, stream, uniform};

/// What a forward pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The model is used: nothing is drawn, nothing is penalised.
    Inference,
    /// The model is judged by its loss: penalties count, codes are drawn, but nothing is dropped.
    Evaluation,
    /// The model learns.
    Training,
}

/// Random numbers that a layer needs for each sample. They come from the stream of (seed, purpose,
/// epoch, sample), so they do not depend on batches or threads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// How many numbers for each sample.
    pub len: usize,
    /// How they are distributed.
    pub distribution: Distribution,
    /// Which streams they come from; no two layers of a model can share them.
    pub purpose: Purpose,
}

/// How random numbers are distributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Distribution {
    /// N(0, 1).
    Normal,
    /// Uniform in `[0, 1)`.
    Uniform,
}

impl Noise {
    /// Fills `row`, `len` numbers, with those of sample number `index` in this epoch, counted
    /// from 0.
    pub fn fill(&self, row: &mut [f32], seed: u64, epoch: usize, index: usize) {
        let mut rng = stream(seed, self.purpose, epoch as u64, index as u64);
        match self.distribution {
            Distribution::Normal => row.fill_with(|| standard_normal(&mut rng)),
            Distribution::Uniform => row.fill_with(|| uniform(&mut rng, 0.0, 1.0)),
        }
    }
}

/// A forward pass while it is recorded.
pub struct Pass<'a, 'p> {
    /// Where the layers record their work.
    pub tape: &'a mut Tape<'p>,
    mode: Mode,
    noise: std::slice::Iter<'a, Var>,
    outputs: usize,
    penalty: Option<Var>,
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
        Self { tape, mode, noise: noise.iter(), outputs, penalty: None }
    }

    /// What the pass is for.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// How many numbers the whole model gives for a sample. A penalty for each sample must be
    /// divided by it to keep its proportion to a loss that is a mean over the outputs.
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
        *self.noise.next().expect("a layer draws what it asked for in Layer::noise")
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

    /// The sum of all penalties so far, a scalar.
    pub(crate) fn penalty(&self) -> Option<Var> {
        self.penalty
    }
}
