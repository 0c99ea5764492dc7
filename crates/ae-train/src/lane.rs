//! What one thread needs to itself while it works through shards.

use crate::examples::resized;
use crate::{Batch, Examples, Loss};
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
    /// One tensor for each layer that draws.
    noise: Vec<Tensor>,
}

impl Default for Lane {
    fn default() -> Self {
        let (buffers, batch) = (Buffers::new(), Batch::new());
        Self { buffers, batch, indices: Vec::new(), noise: Vec::new() }
    }
}

/// Which random numbers the layers draw, beside what they ask for: those of a seed and an epoch,
/// counted from 0.
#[derive(Clone, Copy, Debug)]
struct Draws {
    mode: Mode,
    seed: u64,
    epoch: usize,
}

/// Whoever is judged is given the same numbers, whatever the training's seed.
const EVALUATION: Draws = Draws { mode: Mode::Evaluation, seed: 0, epoch: 0 };

/// What a model is to give back for which examples, and what tells how far it is from that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Objective<'a> {
    pub(crate) model: &'a Sequential,
    pub(crate) examples: Examples<'a>,
    pub(crate) loss: &'a dyn Loss,
}

impl Lane {
    /// As many as there are threads to use them.
    pub(crate) fn for_all_threads() -> Vec<Self> {
        (0..current_threads()).map(|_| Self::default()).collect()
    }

    /// Writes the gradient of the mean loss of the examples of these numbers to `grads`, and
    /// returns the loss.
    pub(crate) fn learn(
        &mut self,
        objective: &Objective<'_>,
        params: &Params,
        indices: &[usize],
        (seed, epoch): (u64, usize),
        grads: &mut Grads,
    ) -> f64 {
        objective.examples.gather(indices, epoch, &mut self.batch);
        let draws = Draws { mode: Mode::Training, seed, epoch };
        draw(&mut self.noise, objective.model, indices, draws);
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

    /// The mean loss of the examples in the batch, that of [`Lane::gather`], with what layers add.
    pub(crate) fn loss(&mut self, objective: &Objective<'_>, params: &Params) -> f64 {
        draw(&mut self.noise, objective.model, &self.indices, EVALUATION);
        let mut tape = Tape::new(params, &mut self.buffers);
        let recorded = record(&mut tape, objective, &self.batch, &self.noise, EVALUATION.mode);
        // The tape's own loss would compute a gradient that nobody asks for.
        let loss = objective.loss.value(tape.value(recorded.output), self.batch.target());
        let penalty = recorded.penalty.map_or(0.0, |penalty| tape.value(penalty).item());
        loss + f64::from(penalty)
    }

    /// Fills the batch with consecutive examples, as they are in the first epoch.
    pub(crate) fn gather(&mut self, examples: Examples<'_>, rows: Range<usize>) {
        self.indices.clear();
        self.indices.extend(rows);
        examples.gather(&self.indices, 0, &mut self.batch);
    }
}

/// Records the forward pass of a batch, up to what the loss wants.
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

/// Where a forward pass ends for this loss.
pub(crate) fn end(loss: &dyn Loss) -> End {
    if loss.wants_logits() { End::Logits } else { End::Outputs }
}

/// Fills `noise` with what the model's layers draw for these samples, whatever batch they are in.
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
