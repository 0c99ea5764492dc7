//! What one thread needs to itself while it works through shards.

use crate::{Batch, Examples};
use ae_autodiff::{Buffers, Grads, Params, Tape};
use ae_layers::Sequential;
use ae_tensor::current_threads;
use std::ops::Range;

/// Working memory for one shard at a time, reused by the next.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    pub(crate) buffers: Buffers,
    pub(crate) batch: Batch,
    indices: Vec<usize>,
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
        epoch: usize,
        grads: &mut Grads,
    ) -> f64 {
        examples.gather(indices, epoch, &mut self.batch);
        let mut tape = Tape::new(params, &mut self.buffers);
        let input = tape.input(self.batch.input());
        let target = tape.input(self.batch.target());
        let logits = model.forward_logits(&mut tape, input);
        let loss = tape.bce_with_logits(logits, target);
        let value = f64::from(tape.value(loss).item());
        tape.backward(loss, grads);
        value
    }

    /// Fills the batch with consecutive examples, as they are in the first epoch.
    pub(crate) fn gather(&mut self, examples: Examples<'_>, rows: Range<usize>) {
        self.indices.clear();
        self.indices.extend(rows);
        examples.gather(&self.indices, 0, &mut self.batch);
    }
}
