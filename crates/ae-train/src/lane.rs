//! The working memory of one thread that processes shards.

use crate::examples::{Chosen, resized};
use crate::{Batch, Examples, FitError, Loss};
use ae_autodiff::{Buffers, Grads, Params, Tape, Var};
use ae_layers::{End, Mode, Recorded, Sequential};
use ae_tensor::{Tensor, current_threads};
use std::ops::Range;

/// Working memory for one shard at a time, reused by the next.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) buffers: Buffers,
    pub(crate) batch: Batch,
    indices: Vec<usize>,
    /// One tensor for each layer that draws random numbers.
    noise: Vec<Tensor>,
}

impl Default for Lane {
    fn default() -> Self {
        let (buffers, batch) = (Buffers::new(), Batch::new());
        Self { buffers, batch, indices: Vec::new(), noise: Vec::new() }
    }
}

/// The key of the random numbers that the layers draw: a mode, a seed and an epoch, counted from 0.
#[derive(Clone, Copy, Debug)]
struct Draws {
    mode: Mode,
    seed: u64,
    epoch: usize,
}

/// An evaluation always draws the same numbers, for any seed of the training.
const EVALUATION: Draws = Draws { mode: Mode::Evaluation, seed: 0, epoch: 0 };

/// A model, the examples that it is evaluated on, and the loss.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Objective<'a> {
    pub(crate) model: &'a Sequential,
    pub(crate) examples: Examples<'a>,
    pub(crate) loss: &'a dyn Loss,
}

impl Objective<'_> {
    /// Refuses what was computed from samples that could not be read.
    pub(crate) fn check_read(&self) -> Result<(), FitError> {
        self.examples.samples().fault().map_or(Ok(()), |fault| Err(FitError::Data(fault)))
    }
}

impl Lane {
    /// One lane for each thread.
    pub(crate) fn for_all_threads() -> Vec<Self> {
        (0..current_threads()).map(|_| Self::default()).collect()
    }

    /// Writes the gradient of the mean loss of the chosen examples to `grads`, and returns the
    /// loss.
    pub(crate) fn learn(
        &mut self,
        objective: &Objective<'_>,
        params: &Params,
        chosen: Chosen<'_>,
        (seed, epoch): (u64, usize),
        grads: &mut Grads,
    ) -> f64 {
        objective.examples.gather_chosen(chosen, epoch, &mut self.batch);
        let draws = Draws { mode: Mode::Training, seed, epoch };
        draw(&mut self.noise, objective.model, chosen.indices, draws);
        let mut tape = Tape::new(params, &mut self.buffers);
        let recorded = record(&mut tape, objective, &self.batch, &self.noise, draws.mode);
        let target = tape.input(self.batch.target());
        let mut loss = objective.loss.record(&mut tape, recorded.output, target);
        if let Some(penalty) = recorded.penalty {
            loss = tape.add(loss, penalty);
        }
        let value = f64::from(tape.value(loss).item());
        tape.backward(loss, grads);
        value
    }

    /// The mean loss of the examples in the batch, which [`Lane::gather`] filled, with the
    /// penalties of layers.
    pub(crate) fn loss(&mut self, objective: &Objective<'_>, params: &Params) -> f64 {
        draw(&mut self.noise, objective.model, &self.indices, EVALUATION);
        let mut tape = Tape::new(params, &mut self.buffers);
        let recorded = record(&mut tape, objective, &self.batch, &self.noise, EVALUATION.mode);
        // Recording the loss on the tape would compute a gradient that is not needed.
        let loss = objective.loss.value(tape.value(recorded.output), self.batch.target());
        let penalty = recorded.penalty.map_or(0.0, |penalty| tape.value(penalty).item());
        loss + f64::from(penalty)
    }

    /// Fills the batch with consecutive examples, as in the first epoch.
    pub(crate) fn gather(&mut self, examples: Examples<'_>, rows: Range<usize>) {
        self.indices.clear();
        self.indices.extend(rows);
        examples.gather(&self.indices, 0, &mut self.batch);
    }
}

/// Records the forward pass of a batch, up to the input of the loss.
fn record<'p>(
    tape: &mut Tape<'p>,
    objective: &Objective<'_>,
    batch: &'p Batch,
    noise: &'p [Tensor],
    mode: Mode,
) -> Recorded {
    let x = tape.input(batch.input());
    let noise: Vec<Var> = noise.iter().map(|noise| tape.input(noise)).collect();
    objective.model.record(tape, x, mode, &noise, end(objective.loss))
}

/// The end of a forward pass for this loss.
pub(crate) fn end(loss: &dyn Loss) -> End {
    if loss.wants_logits() { End::Logits } else { End::Outputs }
}

/// Fills `noise` with the random numbers of the model's layers for these samples, which do not
/// depend on the batch.
fn draw(noise: &mut Vec<Tensor>, model: &Sequential, indices: &[usize], draws: Draws) {
    let wanted = model.noise(draws.mode);
    noise.resize_with(wanted.len(), || Tensor::zeros([0]));
    for (tensor, noise) in noise.iter_mut().zip(wanted) {
        let rows = resized(tensor, [indices.len(), noise.len].into());
        for (row, &index) in rows.chunks_exact_mut(noise.len).zip(indices) {
            noise.fill(row, draws.seed, draws.epoch, index);
        }
    }
}
