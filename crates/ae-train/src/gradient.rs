//! The gradient of a batch, computed from the gradients of its shards.

use crate::examples::Chosen;
use crate::lane::{Lane, Objective};
use crate::shards;
use ae_autodiff::{Grads, Params};
use ae_tensor::for_each_with;
use std::ops::Range;

/// The number of shards whose gradients are stored at a time. A larger batch is processed in groups
/// of shards, so that memory does not grow with it. The gradients are added in the order of the
/// shards anyway, so the result is the same.
const AT_A_TIME: usize = 64;
/// The maximum number of weights in all gradients stored at a time, one gibibyte. Large models
/// store fewer gradients than [`AT_A_TIME`], the largest only one.
const WEIGHTS_AT_A_TIME: usize = 1 << 28;

/// The number of gradients that are stored at a time for a batch of this many shards.
fn stored(shards: usize, weights: usize) -> usize {
    let most = (WEIGHTS_AT_A_TIME / weights.max(1)).clamp(1, AT_A_TIME);
    shards.min(most)
}

/// Computes batch gradients in memory that it reuses.
#[derive(Debug)]
pub(crate) struct BatchGradient {
    shard_len: usize,
    shards: Vec<Shard>,
    sum: Grads,
}

#[derive(Debug)]
struct Shard {
    /// The positions of its samples in the batch.
    rows: Range<usize>,
    loss: f64,
    grads: Grads,
}

impl BatchGradient {
    /// Memory for batches of at most `batch` samples, in shards of at most `shard_len`.
    pub(crate) fn new(params: &Params, batch: usize, shard_len: usize) -> Self {
        let shard = || Shard { rows: 0..0, loss: 0.0, grads: Grads::zeros_like(params) };
        let count = stored(shards::how_many(batch, shard_len), params.element_count());
        let shards = (0..count).map(|_| shard()).collect();
        Self { shard_len, shards, sum: Grads::zeros_like(params) }
    }

    /// Computes the mean loss of the chosen examples, and its gradient. `key` is the seed of the
    /// model's random numbers, and the epoch, counted from 0.
    pub(crate) fn compute(
        &mut self,
        lanes: &mut [Lane],
        objective: &Objective<'_>,
        params: &Params,
        chosen: Chosen<'_>,
        key: (u64, usize),
    ) -> (f64, &mut Grads) {
        let mut ranges = shards::even(chosen.indices.len(), self.shard_len);
        let one = ranges.len() == 1;
        let mut total = 0.0;
        let mut first = true;
        while ranges.len() > 0 {
            let count = ranges.len().min(self.shards.len());
            let portion = &mut self.shards[..count];
            for (shard, rows) in portion.iter_mut().zip(&mut ranges) {
                shard.rows = rows;
            }
            for_each_with(lanes, portion, |lane, _, shard| {
                let part = chosen.part(shard.rows.clone());
                shard.loss = lane.learn(objective, params, part, key, &mut shard.grads);
            });
            let portion = &*portion;
            portion.iter().for_each(|s| total += s.loss * s.rows.len() as f64);
            if !one {
                let whole = chosen.indices.len() as f32;
                let share = |shard: &Shard| shard.rows.len() as f32 / whole;
                let parts: Vec<_> = portion.iter().map(|s| (share(s), &s.grads)).collect();
                if first {
                    self.sum.set_weighted_sum(&parts);
                } else {
                    self.sum.add_weighted_sum(&parts);
                }
                first = false;
            }
        }
        let grads = if one { &mut self.shards[0].grads } else { &mut self.sum };
        (total / chosen.indices.len() as f64, grads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::mean_loss;
    use crate::{BinaryCrossentropy, Examples, GaussianNoise, Samples, Split};
    use ae_layers::{Activation, Sequential, dense};
    use ae_tensor::with_threads;
    use ae_testkit::{Sampler, assert_close, assert_close_f64};

    const NOISE: GaussianNoise = GaussianNoise { factor: 0.3, seed: 11, fresh: true };

    fn bytes() -> Vec<u8> {
        Sampler::new(3).vec(200 * 12, 0.0, 256.0).into_iter().map(|x| x as u8).collect()
    }

    fn model() -> (Sequential, Params) {
        let mut params = Params::new();
        let layers = [dense(5, Activation::Relu), dense(12, Activation::Sigmoid)];
        let model = Sequential::build([12], &layers, &mut params, 1).expect("the shapes fit");
        (model, params)
    }

    /// The loss and all gradients of these samples, in shards of at most `shard_len`.
    fn gradient(indices: &[usize], shard_len: usize) -> (f64, Vec<f32>) {
        let bytes = bytes();
        let examples = Examples::noisy(Samples::new(&bytes, [12]), NOISE, Split::Train);
        let (model, params) = model();
        let objective = Objective { model: &model, examples, loss: &BinaryCrossentropy };
        let mut gradient = BatchGradient::new(&params, indices.len(), shard_len);
        let mut lanes = Lane::for_all_threads();
        // An earlier batch must not affect the result.
        let _ = gradient.compute(&mut lanes, &objective, &params, Chosen::new(&[5; 3]), (9, 0));
        let (loss, grads) =
            gradient.compute(&mut lanes, &objective, &params, Chosen::new(indices), (9, 4));
        (loss, params.ids().flat_map(|id| grads.get(id).data().to_vec()).collect())
    }

    #[test]
    fn shards_make_up_the_batch() {
        let indices: Vec<usize> = (0..150).map(|i| (i * 7) % 200).collect();
        let (loss, grads) = gradient(&indices, 150);
        let wide: Vec<f64> = grads.iter().map(|&g| g.into()).collect();
        // The last case has more shards than are stored at a time.
        for shard_len in [149, 60, 4, 1] {
            let (sharded, parts) = gradient(&indices, shard_len);
            assert_close_f64(&[sharded], &[loss], 1e-6, 0.0);
            assert_close(&parts, &wide, 1e-4, 1e-7);
        }
    }

    #[test]
    fn the_gradients_of_a_large_model_are_few_at_a_time() {
        assert_eq!([stored(1, 10), stored(64, 8000), stored(200, 8000)], [1, 64, 64]);
        assert_eq!(stored(64, 1 << 22), 64);
        assert_eq!([stored(64, 1 << 25), stored(64, 1 << 28), stored(64, 1 << 30)], [8, 1, 1]);
        assert_eq!(stored(3, 0), 3);
    }

    #[test]
    fn the_same_bits_for_any_number_of_threads() {
        let indices: Vec<usize> = (0..131).map(|i| (i * 3) % 200).collect();
        for shard_len in [1, 10, 131] {
            let run = |threads| {
                with_threads(threads, || gradient(&indices, shard_len)).expect("threads start")
            };
            let one = run(1);
            assert!([2, 3].into_iter().all(|threads| run(threads) == one), "{shard_len}");
        }
    }

    /// The number of allocations of the lanes in `threads` threads, after each step and validation
    /// of 20 epochs.
    fn allocations(threads: usize) -> Vec<usize> {
        let bytes = bytes();
        let examples = Examples::noisy(Samples::new(&bytes, [12]), NOISE, Split::Train);
        let (model, params) = model();
        let objective = Objective { model: &model, examples, loss: &BinaryCrossentropy };
        let all: Vec<usize> = (0..200).collect();
        let training = || {
            let mut gradient = BatchGradient::new(&params, 90, 8);
            let mut lanes = Lane::for_all_threads();
            let count = |lanes: &[Lane]| lanes.iter().map(|lane| lane.buffers.allocations()).sum();
            let mut counts = Vec::new();
            for epoch in 0..20 {
                // Batches of 90, 90 and 20 in shards of 8, 7 and 6.
                for indices in all.chunks(90) {
                    gradient.compute(
                        &mut lanes,
                        &objective,
                        &params,
                        Chosen::new(indices),
                        (9, epoch),
                    );
                    counts.push(count(&lanes));
                }
                let _ = mean_loss(&mut lanes, &objective, &params);
                counts.push(count(&lanes));
            }
            counts
        };
        with_threads(threads, training).expect("threads start")
    }

    #[test]
    fn memory_is_reused_from_step_to_step() {
        let one = allocations(1);
        let epoch = one[3];
        // Only the first step and the first validation, whose shard is larger, allocate.
        assert!(one[0] == one[2] && one[2] < epoch, "{one:?}");
        assert!(one[4..].iter().all(|&count| count == epoch), "{one:?}");
        // Which shards a lane processes is random, and so is the time of its first larger one. But
        // a lane needs at most one set of buffers for each of the four sizes.
        let three = *allocations(3).last().unwrap();
        assert!(three <= 3 * 4 * epoch, "{three} {epoch}");
    }
}
