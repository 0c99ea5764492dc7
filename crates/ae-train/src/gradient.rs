//! The gradient of a batch, from those of its shards.

use crate::lane::Lane;
use crate::{Examples, shards};
use ae_autodiff::{Grads, Params};
use ae_layers::Sequential;
use ae_tensor::for_each_with;
use std::ops::Range;

/// Shards whose gradients are kept at a time. A batch of more is worked through in portions, so that memory does not
/// grow with it; as all is added up in the order of the shards anyway, the result is the same.
const AT_A_TIME: usize = 64;

/// Computes batch gradients in memory that it reuses.
#[derive(Debug)]
pub(crate) struct BatchGradient {
    shard_len: usize,
    shards: Vec<Shard>,
    sum: Grads,
}

#[derive(Debug)]
struct Shard {
    /// Its samples' places in the batch.
    rows: Range<usize>,
    loss: f64,
    grads: Grads,
}

impl BatchGradient {
    /// For batches of at most `batch` samples, in shards of at most `shard_len`.
    pub(crate) fn new(params: &Params, batch: usize, shard_len: usize) -> Self {
        let shard = || Shard { rows: 0..0, loss: 0.0, grads: Grads::zeros_like(params) };
        let count = batch.div_ceil(shard_len).min(AT_A_TIME);
        let shards = (0..count).map(|_| shard()).collect();
        Self { shard_len, shards, sum: Grads::zeros_like(params) }
    }

    /// The mean loss of these examples in `epoch`, counted from 0, and its gradient.
    pub(crate) fn compute(
        &mut self,
        lanes: &mut [Lane],
        model: &Sequential,
        params: &Params,
        examples: Examples<'_>,
        indices: &[usize],
        epoch: usize,
    ) -> (f64, &Grads) {
        let mut ranges = shards::even(indices.len(), self.shard_len);
        let one = ranges.len() == 1;
        let mut total = 0.0;
        self.sum.set_zero();
        while ranges.len() > 0 {
            let count = ranges.len().min(self.shards.len());
            let portion = &mut self.shards[..count];
            for (shard, rows) in portion.iter_mut().zip(&mut ranges) {
                shard.rows = rows;
            }
            for_each_with(lanes, portion, |lane, _, shard| {
                let indices = &indices[shard.rows.clone()];
                shard.loss = lane.learn(model, params, examples, indices, epoch, &mut shard.grads);
            });
            for shard in portion {
                total += shard.loss * shard.rows.len() as f64;
                if !one {
                    let share = shard.rows.len() as f32 / indices.len() as f32;
                    self.sum.add_weighted(share, &shard.grads);
                }
            }
        }
        let grads = if one { &self.shards[0].grads } else { &self.sum };
        (total / indices.len() as f64, grads)
    }
}
