//! Applies a model without training, in shards over all threads, so that neither the data in f32
//! nor the activations of a large model fill the memory.

use crate::lane::{Lane, Objective};
use crate::team::sum::{part_of, share_parts};
use crate::{Alone, Examples, FitError, Loss, Samples, Team, shards};
use ae_autodiff::{Params, Tape};
use ae_layers::Sequential;
use ae_tensor::{Tensor, for_each_with};
use std::ops::Range;

/// The mean loss between the model's outputs and the targets of the examples; NaN if there are no
/// examples. A corruption that is fresh in each epoch is that of the first epoch. The penalties of
/// layers are part of the loss. A variational code is drawn, always the same one for the same
/// example, for any seed of the training.
///
/// # Panics
/// If the loss needs logits and the model does not end with a sigmoid, or if the model takes
/// samples of another shape.
#[must_use]
pub fn evaluate(
    model: &Sequential,
    params: &Params,
    examples: Examples<'_>,
    loss: &dyn Loss,
) -> f64 {
    let (mut lanes, objective) = (Lane::for_all_threads(), Objective { model, examples, loss });
    mean(&objective, &shard_losses(&mut lanes, &objective, params, &Alone))
}

/// [`evaluate`] in these lanes, together with the other processes of a team.
///
/// # Errors
/// [`FitError::Data`] if this process could not read a sample: then the others do not get its
/// losses, and none of them goes on. [`FitError::Team`] if another process has ended.
pub(crate) fn mean_loss(
    lanes: &mut [Lane],
    objective: &Objective<'_>,
    params: &Params,
    team: &dyn Team,
) -> Result<f64, FitError> {
    let mut losses = shard_losses(lanes, objective, params, team);
    objective.check_read()?;
    share_parts(team, &mut losses)?;
    Ok(mean(objective, &losses))
}

/// The loss of each shard that this process evaluates, and 0 for the others.
fn shard_losses(
    lanes: &mut [Lane],
    objective: &Objective<'_>,
    params: &Params,
    team: &dyn Team,
) -> Vec<f64> {
    let &Objective { model, examples, .. } = objective;
    let mut shards: Vec<_> = inference_shards(model, examples).map(|rows| (rows, 0.0)).collect();
    let own = part_of(team, shards.len());
    each_shard(lanes, examples, &mut shards[own], |lane| lane.loss(objective, params));
    shards.into_iter().map(|(_, loss)| loss).collect()
}

/// The mean loss of all samples.
fn mean(&Objective { model, examples, .. }: &Objective<'_>, losses: &[f64]) -> f64 {
    let shards = inference_shards(model, examples).zip(losses);
    let total: f64 = shards.map(|(rows, loss)| loss * rows.len() as f64).sum();
    total / examples.count() as f64
}

/// The samples of each shard in an evaluation.
fn inference_shards(
    model: &Sequential,
    examples: Examples<'_>,
) -> impl ExactSizeIterator<Item = Range<usize>> {
    shards::even(examples.count(), shards::inference_len(model))
}

/// Writes the result of `work` for each of these shards, which is in its lane's batch.
fn each_shard<R: Send>(
    lanes: &mut [Lane],
    examples: Examples<'_>,
    shards: &mut [(Range<usize>, R)],
    work: impl Fn(&mut Lane) -> R + Sync,
) {
    for_each_with(lanes, shards, |lane, _, (rows, result)| {
        lane.gather(examples, rows.clone());
        *result = work(lane);
    });
}

/// Calls `work` for each shard of the examples, which is in its lane's batch, and returns the
/// results in the order of the shards.
pub(crate) fn over_shards<R: Default + Send>(
    lanes: &mut [Lane],
    model: &Sequential,
    examples: Examples<'_>,
    work: impl Fn(&mut Lane) -> R + Sync,
) -> Vec<(Range<usize>, R)> {
    let ranges = inference_shards(model, examples);
    let mut results: Vec<_> = ranges.map(|rows| (rows, R::default())).collect();
    each_shard(lanes, examples, &mut results, work);
    results
}

/// The model's outputs for all `samples`: `[count, ...output shape]`.
///
/// # Panics
/// If the model takes samples of another shape.
#[must_use]
pub fn predict(model: &Sequential, params: &Params, samples: Samples<'_>) -> Tensor {
    predict_examples(model, params, Examples::clean(samples))
}

/// [`predict`] for samples that may be corrupted. A corruption that is fresh in each epoch is that
/// of the first epoch.
///
/// # Panics
/// If the model takes samples of another shape.
#[must_use]
pub fn predict_examples(model: &Sequential, params: &Params, examples: Examples<'_>) -> Tensor {
    let count = examples.count();
    let shape = model.output_shape().with_batch(count);
    let mut data = vec![0.0; shape.len()];
    let mut rest = &mut data[..];
    let mut parts: Vec<_> = inference_shards(model, examples)
        .map(|rows| {
            let len = rows.len() * model.output_shape().len();
            (rows, rest.split_off_mut(..len).expect("the parts make up the whole"))
        })
        .collect();
    for_each_with(&mut Lane::for_all_threads(), &mut parts, |lane, _, (rows, out)| {
        lane.gather(examples, rows.clone());
        let mut tape = Tape::new(params, &mut lane.buffers);
        let input = tape.input(lane.batch.input());
        let output = model.forward(&mut tape, input);
        out.copy_from_slice(tape.value(output).data());
    });
    Tensor::new(shape, data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BinaryCrossentropy, GaussianNoise, Split};
    use ae_autodiff::Buffers;
    use ae_layers::{Activation, dense};
    use ae_tensor::with_threads;
    use ae_testkit::{Sampler, naive};

    #[test]
    fn the_loss_is_the_mean_over_all_samples_whatever_the_shards() {
        // Three shards, of 684, 684 and 683 samples.
        let bytes: Vec<u8> =
            Sampler::new(1).vec(2051 * 6, 0.0, 256.0).into_iter().map(|x| x as u8).collect();
        let samples = Samples::new(&bytes, [6]);
        let mut params = Params::new();
        let layers = [dense(3, Activation::Relu), dense(6, Activation::Sigmoid)];
        let model = Sequential::build([6], &layers, &mut params, 1).expect("the shapes fit");
        let noise = GaussianNoise { factor: 0.4, seed: 3, fresh: true };
        let all: Vec<usize> = (0..2051).collect();
        let mut losses = Vec::new();
        for examples in [
            Examples::clean(samples),
            Examples::noisy(samples, noise, Split::Train),
            Examples::noisy(samples, noise, Split::Test),
        ] {
            let run = |threads| {
                with_threads(threads, || evaluate(&model, &params, examples, &BinaryCrossentropy))
                    .unwrap()
            };
            let loss = run(1);
            assert!(run(2) == loss && run(3) == loss);

            let mut batch = crate::Batch::new();
            examples.gather(&all, 0, &mut batch);
            let mut buffers = Buffers::new();
            let mut tape = Tape::new(&params, &mut buffers);
            let input = tape.input(batch.input());
            let logits = model.forward_logits(&mut tape, input);
            let logits = naive::widen(tape.value(logits).data());
            let expected =
                naive::mean_bce_with_logits(&logits, &naive::widen(batch.target().data()));
            assert!((loss / expected - 1.0).abs() < 1e-6, "{loss} {expected}");
            losses.push(loss);

            let outputs: Vec<f64> = logits.iter().map(|z| 1.0 / (1.0 + (-z).exp())).collect();
            let predicted = predict_examples(&model, &params, examples);
            ae_testkit::assert_close(predicted.data(), &outputs, 1e-6, 0.0);
            let mut again = crate::Batch::new();
            examples.gather(&all, 0, &mut again);
            assert_eq!(again.into_input(), *batch.input());
        }
        assert!(losses[0] != losses[1] && losses[1] != losses[2]);
        let none = Examples::clean(Samples::new(&[], [6]));
        assert!(evaluate(&model, &params, none, &BinaryCrossentropy).is_nan());
    }
}
