//! Tests of the loop's bookkeeping, and that the loss falls.

use super::*;
use crate::order::Order;
use crate::{
    BatchReport, BinaryCrossentropy, Corruption, Divergence, EpochLosses, EpochReport,
    GaussianNoise, ImageKey, Samples, Split, evaluate, predict, shards,
};
use ae_autodiff::{Buffers, Grads, Tape};
use ae_layers::{Activation, dense};
use ae_optim::RmsProp;
use ae_tensor::{Tensor, with_threads};
use ae_testkit::Sampler;

/// Samples of twelve pixels that three numbers describe.
fn data(count: usize) -> Vec<u8> {
    let mut sampler = Sampler::new(count as u64);
    (0..count)
        .flat_map(|_| {
            let code = [0; 3].map(|_| sampler.uniform(0.0, 85.0));
            (0..12).map(move |i| (code[i % 3] * (1 + i % 2) as f32) as u8).collect::<Vec<_>>()
        })
        .collect()
}

fn model(params: &mut Params) -> Sequential {
    let layers = [dense(4, Activation::Relu), dense(12, Activation::Sigmoid)];
    Sequential::build([12], &layers, params, 1).expect("the shapes fit")
}

const OPTIONS: FitOptions<'_> = FitOptions::new(3, 8, 5);
const NOISE: GaussianNoise = GaussianNoise { factor: 0.3, seed: 11, fresh: true };

/// The content of an [`Event`], which outlives it.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Batch(BatchReport),
    Epoch { epoch: usize, epochs: usize, losses: EpochLosses, params: Params, history: History },
}

impl Seen {
    fn of(event: &Event<'_>) -> Self {
        match *event {
            Event::Batch(report) => Self::Batch(report),
            Event::Epoch(EpochReport { epoch, epochs, losses, params, history, .. }) => {
                let (params, history) = (params.clone(), history.clone());
                Self::Epoch { epoch, epochs, losses, params, history }
            }
        }
    }

    fn is_epoch(&self) -> bool {
        matches!(self, Self::Epoch { .. })
    }
}

struct Run {
    params: Params,
    result: Result<Fitted, FitError>,
    seen: Vec<Seen>,
}

/// Trains on 20 samples, with 7 for validation, until the event with the number `stop`.
fn run_until(options: FitOptions<'_>, rate: f64, stop: usize) -> Run {
    let (train, test) = (data(20), data(7));
    let train = Examples::clean(Samples::new(&train, [12]));
    let test = Examples::clean(Samples::new(&test, [12]));
    let mut params = Params::new();
    let model = model(&mut params);
    let mut seen = Vec::new();
    let mut optimizer = RmsProp::new(rate);
    let result = fit(&model, &mut params, &mut optimizer, train, test, options, |event| {
        seen.push(Seen::of(event));
        if seen.len() == stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    Run { params, result, seen }
}

fn run(options: FitOptions<'_>, rate: f64) -> Run {
    run_until(options, rate, usize::MAX)
}

#[test]
fn the_loss_falls_and_all_is_told() {
    let Run { params, result, seen } = run(FitOptions { epochs: 60, ..OPTIONS }, 0.01);
    let fitted = result.unwrap();
    let epochs = &fitted.history.epochs;
    assert_eq!((epochs.len(), fitted.samples_seen, fitted.stopped), (60, 1200, None));
    assert!(fitted.train_seconds > 0.0);
    let mut seen = seen.into_iter();
    for (epoch, &losses) in (1..).zip(epochs) {
        for (batch, samples) in [(1, 8.0), (2, 16.0), (3, 20.0)] {
            let Some(Seen::Batch(report)) = seen.next() else { panic!("epoch {epoch}") };
            let at = (report.epoch, report.epochs, report.batch, report.batches);
            assert_eq!(at, (epoch, 60, batch, 3));
            // The report after the last batch holds the mean of the whole epoch.
            assert!(report.loss.is_finite() && (samples < 20.0 || report.loss == losses.loss));
        }
        let Some(Seen::Epoch { epoch: e, epochs: 60, losses: l, params: p, history }) = seen.next()
        else {
            panic!("epoch {epoch}")
        };
        assert_eq!((e, l, &history.epochs[..]), (epoch, losses, &epochs[..epoch]));
        assert_eq!(p == params, epoch == 60);
    }
    assert_eq!(seen.next(), None);
    let (first, last) = (epochs[0], epochs[59]);
    assert!(
        last.loss < 0.9 * first.loss && last.val_loss < 0.95 * first.val_loss,
        "{first:?} {last:?}"
    );
}

#[test]
fn with_nothing_learned_the_loss_is_that_of_all_samples() {
    // A learning rate of 0: the weighted mean over batches of 8, 8 and 4 is the mean over all.
    let Run { params, result, seen } = run(OPTIONS, 0.0);
    let mut fresh = Params::new();
    let model = model(&mut fresh);
    assert_eq!(params, fresh);
    let (train, test) = (data(20), data(7));
    let train = Samples::new(&train, [12]);
    for epoch in result.unwrap().history.epochs {
        let loss = evaluate(&model, &fresh, Examples::clean(train), &BinaryCrossentropy);
        assert!((epoch.loss - loss).abs() < 1e-6, "{} {loss}", epoch.loss);
        let test = Examples::clean(Samples::new(&test, [12]));
        let val_loss = evaluate(&model, &fresh, test, &BinaryCrossentropy);
        assert_eq!(epoch.val_loss, val_loss);
    }
    // The mean after two batches is the mean over their 16 samples.
    let mut order = Order::default();
    order.shuffle(20, OPTIONS.seed, 0);
    let first: Vec<u8> = order
        .batches(16)
        .next()
        .unwrap()
        .iter()
        .flat_map(|&i| data(20)[i * 12..][..12].to_vec())
        .collect();
    let first = Examples::clean(Samples::new(&first, [12]));
    let loss = evaluate(&model, &fresh, first, &BinaryCrossentropy);
    let Seen::Batch(BatchReport { batch: 2, loss: so_far, .. }) = seen[1] else { panic!() };
    assert!((so_far - loss).abs() < 1e-6, "{so_far} {loss}");
}

#[test]
fn a_seed_decides_everything() {
    let one = run(OPTIONS, 0.01);
    let again = run(OPTIONS, 0.01);
    assert_eq!(one.params, again.params);
    assert_eq!(one.seen, again.seen);
    assert_ne!(one.params, run(FitOptions { seed: 6, ..OPTIONS }, 0.01).params);
}

#[test]
fn what_cannot_be_trained_is_refused() {
    let batch = |batch| run(FitOptions { batch, ..OPTIONS }, 0.01).result;
    assert_eq!(batch(0), Err(FitError::Batch { batch: 0, samples: 20 }));
    assert_eq!(batch(21), Err(FitError::Batch { batch: 21, samples: 20 }));
    assert!(batch(20).is_ok());

    let mut params = Params::new();
    let model = model(&mut params);
    let encoder = model.split_at(1).0;
    let bytes = data(20);
    let mut refused = |model: &Sequential, train, validation| {
        let (train, validation) = (Examples::clean(train), Examples::clean(validation));
        let mut optimizer = RmsProp::default();
        let go_on = |_: &Event<'_>| ControlFlow::Continue(());
        let result = fit(model, &mut params, &mut optimizer, train, validation, OPTIONS, go_on);
        result.unwrap_err().to_string()
    };
    let good = Samples::new(&bytes, [12]);
    let (none, wrong) = (Samples::new(&[], [12]), Samples::new(&bytes, [6]));
    assert_eq!(refused(&model, good, none), "there are no validation samples");
    assert_eq!(
        refused(&model, wrong, good),
        "the model takes samples of shape (12,), the training samples have shape (6,)"
    );
    assert_eq!(
        refused(&encoder, good, good),
        "the model maps (12,) to (4,): an auto-encoder's output has the shape of its input"
    );
}

/// The error for this number in the first epoch.
fn not_finite(what: &'static str, batch: usize) -> FitError {
    FitError::Diverged { what, how: Divergence::NotFinite, epoch: 1, batch }
}

#[test]
fn divergence_stops_before_the_step() {
    // The first step moves the weights to 3e37, and the second batch's loss overflows.
    let Run { params, result, seen } = run(OPTIONS, 1e37);
    assert_eq!(result, Err(not_finite("loss", 2)));
    assert!(matches!(seen[..], [Seen::Batch(BatchReport { batch: 1, .. })]), "{seen:?}");
    assert!(params.ids().all(|id| params.get(id).is_finite()));
}

#[test]
fn a_gradient_that_overflows_stops_before_the_step() {
    // In the forward pass the small first kernel keeps all numbers finite; the backward pass meets
    // the two large kernels first.
    let mut params = Params::new();
    let layers = [
        dense(4, Activation::Linear),
        dense(4, Activation::Linear),
        dense(12, Activation::Sigmoid),
    ];
    let model = Sequential::build([12], &layers, &mut params, 1).expect("the shapes fit");
    for (name, value) in
        [("dense_1/kernel", 1e-30), ("dense_2/kernel", 1e25), ("dense_3/kernel", 1e25)]
    {
        let id = params.find(name).expect("a kernel of this name");
        params.get_mut(id).data_mut().fill(value);
    }
    let before = params.clone();
    let bytes = data(20);
    let examples = Examples::clean(Samples::new(&bytes, [12]));
    let mut optimizer = RmsProp::default();
    let result = fit(&model, &mut params, &mut optimizer, examples, examples, OPTIONS, |_| {
        panic!("nothing happened")
    });
    assert_eq!(result, Err(not_finite("gradient", 1)));
    assert_eq!(params, before);
}

#[test]
fn a_validation_loss_that_is_not_a_number_stops_training() {
    // With this learning rate the only step makes the weights infinite.
    let Run { result, seen, .. } = run(FitOptions { batch: 20, ..OPTIONS }, f64::INFINITY);
    assert_eq!(result, Err(not_finite("validation loss", 1)));
    assert_eq!(seen.len(), 1);
}

#[test]
fn predictions_in_portions_equal_those_at_once() {
    let bytes = data(1027);
    let samples = Samples::new(&bytes, [12]);
    let mut params = Params::new();
    let model = model(&mut params);
    let all: Vec<usize> = (0..samples.count()).collect();
    let expected = model.predict(&params, &samples.gather(&all));
    for threads in [1, 2, 3] {
        let got = with_threads(threads, || predict(&model, &params, samples)).unwrap();
        assert_eq!(got, expected);
    }
    assert_eq!(predict(&model, &params, Samples::new(&[], [12])).len(), 0);
}

/// The same training as explicit steps, each batch as a whole.
fn written_out(batch_at: impl Fn(&[usize], usize) -> (Tensor, Tensor)) -> Params {
    let mut params = Params::new();
    let model = model(&mut params);
    let mut grads = Grads::zeros_like(&params);
    let (mut buffers, mut optimizer) = (Buffers::new(), RmsProp::new(0.01));
    let mut order = Order::default();
    for epoch in 0..OPTIONS.epochs {
        order.shuffle(20, OPTIONS.seed, epoch);
        for indices in order.batches(OPTIONS.batch) {
            let (input, target) = batch_at(indices, epoch);
            let mut tape = Tape::new(&params, &mut buffers);
            let (input, target) = (tape.input(&input), tape.input(&target));
            let logits = model.forward_logits(&mut tape, input);
            let loss = tape.bce_with_logits(logits, target);
            tape.backward(loss, &mut grads);
            optimizer.step(&mut params, &grads);
        }
    }
    params
}

#[test]
fn every_epoch_has_an_order_of_its_own() {
    // With any other order the weights would end different.
    let bytes = data(20);
    let samples = Samples::new(&bytes, [12]);
    let params = written_out(|indices, _| (samples.gather(indices), samples.gather(indices)));
    assert_eq!(params, run(OPTIONS, 0.01).params);
}

#[test]
fn noise_is_that_of_the_image_and_the_epoch() {
    let (bytes, test) = (data(20), data(7));
    let samples = Samples::new(&bytes, [12]);
    let expected = written_out(|indices, epoch| {
        let target = samples.gather(indices);
        let mut input = target.clone();
        for ((i, &image), noisy) in indices.iter().enumerate().zip(input.data_mut().chunks_mut(12))
        {
            NOISE.corrupt(ImageKey { split: Split::Train, epoch, image }, target.row(i), noisy);
        }
        (input, target)
    });
    let mut params = Params::new();
    let model = model(&mut params);
    let train = Examples::noisy(samples, NOISE, Split::Train);
    let validation = Examples::noisy(Samples::new(&test, [12]), NOISE, Split::Test);
    let mut optimizer = RmsProp::new(0.01);
    let mut val_losses = Vec::new();
    let fitted = fit(&model, &mut params, &mut optimizer, train, validation, OPTIONS, |event| {
        if let Event::Epoch(report) = event {
            val_losses.push(evaluate(&model, report.params, validation, &BinaryCrossentropy));
        }
        ControlFlow::Continue(())
    });
    assert_eq!(params, expected);
    assert_eq!(fitted.unwrap().history.val_losses(), val_losses);
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    // Enough hidden units that every batch is cut into shards, even the smaller last one.
    let mut start = Params::new();
    let layers = [dense(40_000, Activation::Relu), dense(12, Activation::Sigmoid)];
    let model = Sequential::build([12], &layers, &mut start, 1).expect("the shapes fit");
    assert_eq!(shards::training_len(&model, start.element_count()), 13);
    let (train, test) = (data(75), data(70));
    let train = Examples::noisy(Samples::new(&train, [12]), NOISE, Split::Train);
    let test = Examples::noisy(Samples::new(&test, [12]), NOISE, Split::Test);
    let options = FitOptions::new(2, 45, 5);
    let run = |threads| {
        let mut params = start.clone();
        let mut optimizer = RmsProp::new(0.001);
        let go_on = |_: &Event<'_>| ControlFlow::Continue(());
        let training = || fit(&model, &mut params, &mut optimizer, train, test, options, go_on);
        let fitted = with_threads(threads, training).expect("threads start").unwrap();
        (params, fitted.history)
    };
    let one = run(1);
    for threads in [2, 3] {
        assert!(run(threads) == one, "{threads} threads");
    }
}

mod divergence;
mod options;
mod stepwise;
mod stopping;
mod team;
