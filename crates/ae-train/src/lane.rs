//! What one thread needs to itself while it works through shards.

use crate::examples::resized;
use crate::{Batch, Examples};
use ae_autodiff::{Buffers, Grads, Params, Tape};
use ae_layers::Sequential;
use ae_tensor::random::{Purpose, standard_normal, stream};
use ae_tensor::{Tensor, current_threads};
use std::ops::Range;

/// Working memory for one shard at a time, reused by the next.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) buffers: Buffers,
    pub(crate) batch: Batch,
    indices: Vec<usize>,
    /// Of N(0, 1), for models that draw their codes.
    noise: Tensor,
}

impl Default for Lane {
    fn default() -> Self {
        let (buffers, batch) = (Buffers::new(), Batch::new());
        Self { buffers, batch, indices: Vec::new(), noise: Tensor::zeros([0]) }
    }
}

/// Which codes a model draws.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Draws {
    /// Others in each epoch, counted from 0, and for each seed.
    Training { seed: u64, epoch: usize },
    /// The same for whoever is judged.
    Test,
}

impl Lane {
    /// As many as there are threads to use them.
    pub(crate) fn for_all_threads() -> Vec<Self> {
        (0..current_threads()).map(|_| Self::default()).collect()
    }

    /// Writes the gradient of these examples' mean loss to `grads`, and returns the loss.
    pub(crate) fn learn(
        &mut self,
        model: &Sequential,
        params: &Params,
        examples: Examples<'_>,
        indices: &[usize],
        (seed, epoch): (u64, usize),
        grads: &mut Grads,
    ) -> f64 {
        examples.gather(indices, epoch, &mut self.batch);
        draw(&mut self.noise, model.noise_len(), indices, Draws::Training { seed, epoch });
        let mut tape = Tape::new(params, &mut self.buffers);
        let input = tape.input(self.batch.input());
        let target = tape.input(self.batch.target());
        let noise = (model.noise_len() > 0).then(|| tape.input(&self.noise));
        let recorded = model.forward_training(&mut tape, input, noise);
        let mut loss = tape.bce_with_logits(recorded.logits, target);
        if let Some(penalty) = recorded.penalty {
            loss = tape.add(loss, penalty);
        }
        let value = f64::from(tape.value(loss).item());
        tape.backward(loss, grads);
        value
    }

    /// The mean loss of the examples in the batch, that of [`Lane::gather`], as training sees it: with what layers add.
    pub(crate) fn loss(&mut self, model: &Sequential, params: &Params) -> f64 {
        draw(&mut self.noise, model.noise_len(), &self.indices, Draws::Test);
        let mut tape = Tape::new(params, &mut self.buffers);
        let input = tape.input(self.batch.input());
        let noise = (model.noise_len() > 0).then(|| tape.input(&self.noise));
        let recorded = model.forward_training(&mut tape, input, noise);
        // The tape's own loss would compute a gradient that nobody asks for.
        let target = self.batch.target().data();
        let loss = ae_autodiff::ops::bce::forward(tape.value(recorded.logits).data(), target);
        let penalty = recorded.penalty.map_or(0.0, |penalty| tape.value(penalty).item());
        f64::from(loss) + f64::from(penalty)
    }

    /// Fills the batch with consecutive examples, as they are in the first epoch.
    pub(crate) fn gather(&mut self, examples: Examples<'_>, rows: Range<usize>) {
        self.indices.clear();
        self.indices.extend(rows);
        examples.gather(&self.indices, 0, &mut self.batch);
    }
}

/// Fills `noise` with `len` numbers of N(0, 1) for each sample, whatever batch it is in.
fn draw(noise: &mut Tensor, len: usize, indices: &[usize], draws: Draws) {
    if len == 0 {
        return;
    }
    let rows = resized(noise, [indices.len(), len].into()).chunks_exact_mut(len);
    for (row, &index) in rows.zip(indices) {
        let (seed, purpose, epoch) = match draws {
            Draws::Training { seed, epoch } => (seed, Purpose::Codes, epoch),
            Draws::Test => (0, Purpose::TestCodes, 0),
        };
        let mut rng = stream(seed, purpose, epoch as u64, index as u64);
        row.fill_with(|| standard_normal(&mut rng));
    }
}
