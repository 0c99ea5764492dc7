//! How a batch is cut into shards: pieces that one thread runs through the model one at a time.
//!
//! A convolutional model computes a hundred numbers for each pixel. A batch of 128 images at once
//! would move tens of megabytes through memory layer by layer; a shard's numbers stay in the cache
//! of the core that works on it. The cut depends only on the model and the batch, never on the
//! number of threads, and the results of shards are combined in their order. So the result does not
//! depend on the number of threads either.

use crate::Team;
use crate::team::sum::part_of;
use ae_layers::Sequential;
use std::ops::Range;

/// The number of values that a shard of training samples may hold in a forward pass: 2 MB. The
/// backward pass needs about as much again.
const TRAINING: usize = 1 << 19;
/// The same limit for a model with few weights: 128 KB, which stay in the second-level cache with
/// the shard's samples and gradients. A batch of the notebook's dense model, 250 images, is then
/// eight shards, and a step has a single parallel region instead of one for each kernel.
const TRAINING_SMALL: usize = 1 << 15;
/// The maximum number of weights of such a model. Each shard has a gradient of its own, which is
/// written and then added to the others: for more weights this takes longer than it saves.
const FEW_WEIGHTS: usize = 1 << 15;
/// The minimum number of samples in a shard of such a model; with fewer, products are inefficient.
const SAMPLES: usize = 32;
/// The same limit without training.
const INFERENCE: usize = 1 << 20;
/// The number of values that the samples of a shard may have without training: 32 MB on each
/// thread. Only encoders reach it. They have few activations, but their inputs take memory too.
const INFERENCE_INPUTS: usize = 1 << 23;
/// The maximum number of samples in a shard without training, for any model.
const INFERENCE_SAMPLES: usize = 1024;

/// The maximum number of samples in a shard in training, for a model with this many weights.
pub(crate) fn training_len(model: &Sequential, weights: usize) -> usize {
    let values = model.activation_len();
    let most = (TRAINING / values).max(1);
    if weights <= FEW_WEIGHTS { most.min((TRAINING_SMALL / values).max(SAMPLES)) } else { most }
}

/// The maximum number of samples in a shard without training.
pub(crate) fn inference_len(model: &Sequential) -> usize {
    let by_activations = INFERENCE / model.activation_len();
    let by_inputs = INFERENCE_INPUTS / model.input_shape().len();
    by_activations.min(by_inputs).clamp(1, INFERENCE_SAMPLES)
}

/// If there are several shards, their number is a multiple of this, so that two, four or eight
/// threads finish together.
const EVENLY: usize = 8;

/// The number of shards of at most `len` samples for `count` samples: one if that is enough, else a
/// multiple of 8, or the number of samples.
pub(crate) fn how_many(count: usize, len: usize) -> usize {
    match count.div_ceil(len) {
        few @ (0 | 1) => few,
        more => more.next_multiple_of(EVENLY).min(count),
    }
}

/// The positions of the samples of a batch of `count` whose shards this process computes.
pub(crate) fn own(count: usize, len: usize, team: &dyn Team) -> Range<usize> {
    let own = part_of(team, how_many(count, len));
    let mut shards = even(count, len).skip(own.start).take(own.len());
    let first = shards.next();
    first.map_or(0..0, |first| first.start..shards.last().map_or(first.end, |last| last.end))
}

/// `count` samples in order, cut into [`how_many`] shards of at most `len`, which differ in size by
/// at most one sample; the larger ones come first.
pub(crate) fn even(count: usize, len: usize) -> impl ExactSizeIterator<Item = Range<usize>> {
    let shards = how_many(count, len);
    (0..shards).map(move |i| {
        let (size, larger) = (count / shards, count % shards);
        let start = i * size + i.min(larger);
        start..start + size + usize::from(i < larger)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InThreads;
    use ae_autodiff::Params;
    use ae_layers::{Activation, dense, relu};

    #[test]
    fn a_batch_of_the_notebooks_dense_model_is_eight_shards() {
        for latent in [10, 15] {
            let layers = [dense(latent, Activation::Relu), dense(784, Activation::Sigmoid)];
            let mut params = Params::new();
            let model = Sequential::build([784], &layers, &mut params, 1).unwrap();
            let len = training_len(&model, params.element_count());
            let sizes: Vec<_> = even(250, len).map(|shard| shard.len()).collect();
            assert_eq!(sizes, [32, 32, 31, 31, 31, 31, 31, 31]);
            assert!(even(892, inference_len(&model)).eq(std::iter::once(0..892)));
        }
    }

    #[test]
    fn a_larger_model_has_smaller_shards() {
        let lens = |activations, weights| {
            let model = Sequential::build([activations], &[relu()], &mut Params::new(), 1).unwrap();
            (training_len(&model, weights), inference_len(&model))
        };
        assert_eq!(lens(10, FEW_WEIGHTS + 1), (52_428, 1024));
        assert_eq!(lens(10, FEW_WEIGHTS), (3276, 1024));
        assert_eq!(lens(800, FEW_WEIGHTS + 1), (655, 1024));
        assert_eq!(lens(800, 0), (40, 1024));
        assert_eq!(lens(8000, 0), (32, 131));
        assert_eq!(lens(104_857, 0), (5, 10));
        assert_eq!(lens(3_000_000, 0), (1, 1));
    }

    #[test]
    fn large_samples_are_encoded_few_at_a_time() {
        for (input, rows) in [(784, 1024), (8192, 1024), (49_152, 170), ((1 << 23) + 1, 1)] {
            let layers = [dense(1, Activation::Relu)];
            let model = Sequential::build([input], &layers, &mut Params::new(), 1).unwrap();
            assert_eq!(inference_len(&model), rows);
        }
    }

    #[test]
    fn the_processes_of_a_team_share_all_samples() {
        for (count, len) in [(128, 10), (10, 4), (3, 1), (4, 4), (0, 4)] {
            for size in [1, 2, 3, 5] {
                let parts = InThreads::run(size, |team| own(count, len, team));
                let all: Vec<usize> = parts.into_iter().flatten().collect();
                assert_eq!(all, (0..count).collect::<Vec<_>>(), "{count} {len} {size}");
            }
        }
        assert_eq!(InThreads::run(3, |team| own(128, 10, team)), [0..48, 48..88, 88..128]);
    }

    #[test]
    fn shards_are_even_and_cover_all() {
        let sizes = |count, len| even(count, len).map(|s| s.len()).collect::<Vec<_>>();
        // 13 shards would be enough, but would give two threads 7 and 6 of them.
        assert_eq!(sizes(128, 10), [8; 16]);
        assert_eq!(sizes(10, 4), [2, 2, 1, 1, 1, 1, 1, 1]);
        assert_eq!(sizes(3, 1), [1, 1, 1]);
        assert_eq!(sizes(4, 4), [4]);
        assert_eq!(sizes(0, 4), [0; 0]);
        for (count, len) in [(128, 5), (97, 10), (7, 3)] {
            let all: Vec<usize> = even(count, len).flatten().collect();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
        }
    }
}
