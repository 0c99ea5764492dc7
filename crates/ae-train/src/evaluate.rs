//! Applying a model without learning: in shards over all threads, so that neither the data as numbers nor a large
//! model's activations ever fill the memory.

use crate::lane::Lane;
use crate::{Examples, Samples, shards};
use ae_autodiff::{Params, Tape};
use ae_layers::Sequential;
use ae_tensor::{Tensor, for_each_with};
use std::ops::Range;

/// The mean binary cross-entropy between what the model makes of the examples and what it shall; NaN for none. Noise
/// that is fresh in each epoch is that of the first.
///
/// # Panics
/// If the model does not end with a sigmoid, or takes samples of another shape.
#[must_use]
pub fn evaluate(model: &Sequential, params: &Params, examples: Examples<'_>) -> f64 {
    mean_loss(&mut Lane::for_all_threads(), model, params, examples)
}

/// [`evaluate`] in these lanes.
pub(crate) fn mean_loss(
    lanes: &mut [Lane],
    model: &Sequential,
    params: &Params,
    examples: Examples<'_>,
) -> f64 {
    let losses = over_shards(lanes, model, examples, |lane| {
        let mut tape = Tape::new(params, &mut lane.buffers);
        let input = tape.input(lane.batch.input());
        let logits = model.forward_logits(&mut tape, input);
        // The tape's own loss would compute a gradient that nobody asks for.
        let target = lane.batch.target().data();
        f64::from(ae_autodiff::ops::bce::forward(tape.value(logits).data(), target))
    });
    let total: f64 = losses.iter().map(|(rows, loss)| loss * rows.len() as f64).sum();
    total / examples.samples().count() as f64
}

/// What `work` returns for each shard of the examples, which it finds in its lane's batch; in the order of the
/// shards.
pub(crate) fn over_shards<R: Default + Send>(
    lanes: &mut [Lane],
    model: &Sequential,
    examples: Examples<'_>,
    work: impl Fn(&mut Lane) -> R + Sync,
) -> Vec<(Range<usize>, R)> {
    let ranges = shards::even(examples.samples().count(), shards::inference_len(model));
    let mut results: Vec<_> = ranges.map(|rows| (rows, R::default())).collect();
    for_each_with(lanes, &mut results, |lane, _, (rows, result)| {
        lane.gather(examples, rows.clone());
        *result = work(lane);
    });
    results
}

/// The model's outputs for all `samples`: `[count, ...output shape]`.
///
/// # Panics
/// If the model takes samples of another shape.
#[must_use]
pub fn predict(model: &Sequential, params: &Params, samples: Samples<'_>) -> Tensor {
    let shape = model.output_shape().with_batch(samples.count());
    let mut data = vec![0.0; shape.len()];
    let mut rest = &mut data[..];
    let ranges = shards::even(samples.count(), shards::inference_len(model));
    let mut parts: Vec<_> = ranges
        .map(|rows| {
            let len = rows.len() * model.output_shape().len();
            (rows, rest.split_off_mut(..len).expect("the parts make up the whole"))
        })
        .collect();
    for_each_with(&mut Lane::for_all_threads(), &mut parts, |lane, _, (rows, out)| {
        lane.gather(Examples::clean(samples), rows.clone());
        let mut tape = Tape::new(params, &mut lane.buffers);
        let input = tape.input(lane.batch.input());
        let output = model.forward(&mut tape, input);
        out.copy_from_slice(tape.value(output).data());
    });
    Tensor::new(shape, data)
}
