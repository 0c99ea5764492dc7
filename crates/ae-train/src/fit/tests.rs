//! The loop's bookkeeping, and that it learns.

use super::*;
use ae_layers::{Activation, dense};
use ae_optim::RmsProp;
use ae_testkit::Sampler;

/// Forty samples of twelve pixels that three numbers describe.
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

const OPTIONS: FitOptions = FitOptions { epochs: 3, batch: 8, seed: 5 };

fn run(options: FitOptions, rate: f64) -> (Params, Result<History, FitError>, Vec<EpochReport>) {
    let (train, test) = (data(20), data(7));
    let mut params = Params::new();
    let model = model(&mut params);
    let mut optimizer = RmsProp::new(rate);
    let mut reports = Vec::new();
    let result = fit(
        &model,
        &mut params,
        &mut optimizer,
        Samples::new(&train, [12]),
        Samples::new(&test, [12]),
        options,
        |report| reports.push(*report),
    );
    (params, result, reports)
}

#[test]
fn the_loss_falls_and_every_epoch_is_reported() {
    let (_, history, reports) = run(FitOptions { epochs: 60, ..OPTIONS }, 0.01);
    let history = history.unwrap();
    assert_eq!(history.epochs.len(), 60);
    assert_eq!(reports.iter().map(|r| r.epoch).collect::<Vec<_>>(), (1..=60).collect::<Vec<_>>());
    assert!(reports.iter().zip(&history.epochs).all(|(r, e)| r.losses == *e && r.epochs == 60));
    let (first, last) = (history.epochs[0], history.epochs[59]);
    assert!(
        last.loss < 0.9 * first.loss && last.val_loss < 0.95 * first.val_loss,
        "{first:?} {last:?}"
    );
}

#[test]
fn with_nothing_learnt_the_loss_is_that_of_all_samples() {
    // A learning rate of 0: the weighted mean over batches of 8, 8 and 4 is the mean over all.
    let (params, history, _) = run(OPTIONS, 0.0);
    let mut fresh = Params::new();
    let model = model(&mut fresh);
    assert_eq!(params, fresh);
    let (train, test) = (data(20), data(7));
    let mut buffers = Buffers::new();
    for epoch in history.unwrap().epochs {
        let loss = evaluate(&model, &fresh, Samples::new(&train, [12]), &mut buffers);
        assert!((epoch.loss - loss).abs() < 1e-6, "{} {loss}", epoch.loss);
        let val_loss = evaluate(&model, &fresh, Samples::new(&test, [12]), &mut buffers);
        assert_eq!(epoch.val_loss, val_loss);
    }
}

#[test]
fn a_seed_decides_everything() {
    let (params, history, _) = run(OPTIONS, 0.01);
    let (again, same, _) = run(OPTIONS, 0.01);
    assert_eq!((&params, &history), (&again, &same));
    let (other, ..) = run(FitOptions { seed: 6, ..OPTIONS }, 0.01);
    assert_ne!(params, other);
}

#[test]
fn what_cannot_be_trained_is_refused() {
    let batch = |batch| run(FitOptions { batch, ..OPTIONS }, 0.01).1;
    assert_eq!(batch(0), Err(FitError::Batch { batch: 0, samples: 20 }));
    assert_eq!(batch(21), Err(FitError::Batch { batch: 21, samples: 20 }));
    assert!(batch(20).is_ok());

    let mut params = Params::new();
    let model = model(&mut params);
    let train = data(20);
    let mut fit_on = |train: Samples<'_>, validation: Samples<'_>| {
        let result =
            fit(&model, &mut params, &mut RmsProp::default(), train, validation, OPTIONS, |_| {});
        result.unwrap_err().to_string()
    };
    let good = Samples::new(&train, [12]);
    assert_eq!(fit_on(good, Samples::new(&[], [12])), "there are no validation samples");
    assert_eq!(
        fit_on(Samples::new(&train, [6]), good),
        "the model takes samples of shape (12,), the training samples have shape (6,)"
    );
    let encoder = model.split_at(1).0;
    let result = fit(&encoder, &mut params, &mut RmsProp::default(), good, good, OPTIONS, |_| {});
    let message = "the model takes (12,) and gives (4,): an auto-encoder gives what it takes";
    assert_eq!(result.unwrap_err().to_string(), message);
}

#[test]
fn divergence_stops_before_the_step() {
    // The first step throws the weights to 3e37 and the second batch's loss overflows.
    let (params, result, reports) = run(OPTIONS, 1e37);
    let Err(FitError::Diverged { epoch: 1, .. }) = result else { panic!("{result:?}") };
    assert!(reports.is_empty());
    assert!(params.ids().all(|id| params.get(id).is_finite()));
}

#[test]
fn predictions_in_portions_equal_those_at_once() {
    let bytes = data(INFERENCE_BATCH + 3);
    let samples = Samples::new(&bytes, [12]);
    let mut params = Params::new();
    let model = model(&mut params);
    let all: Vec<usize> = (0..samples.count()).collect();
    assert_eq!(predict(&model, &params, samples), model.predict(&params, &samples.gather(&all)));
}

#[test]
fn every_epoch_has_an_order_of_its_own() {
    // The same training written out: whatever `fit` shuffled otherwise would end with other weights.
    let (trained, ..) = run(OPTIONS, 0.01);
    let train = data(20);
    let mut params = Params::new();
    let model = model(&mut params);
    let mut grads = Grads::zeros_like(&params);
    let (mut buffers, mut optimizer) = (Buffers::new(), RmsProp::new(0.01));
    let mut batches = Batches::new(Samples::new(&train, [12]), OPTIONS.batch);
    for epoch in 0..OPTIONS.epochs {
        batches.start_epoch(OPTIONS.seed, epoch);
        while let Some(x) = batches.next_batch() {
            let mut tape = Tape::new(&params, &mut buffers);
            let input = tape.input(x);
            let logits = model.forward_logits(&mut tape, input);
            let loss = tape.bce_with_logits(logits, input);
            tape.backward(loss, &mut grads);
            optimizer.step(&mut params, &grads);
        }
    }
    assert_eq!(params, trained);
}

#[test]
fn a_gradient_that_overflows_stops_before_the_step() {
    // Forwards the small first kernel keeps all numbers finite; backwards the two large ones come first.
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
    let samples = Samples::new(&bytes, [12]);
    let mut optimizer = RmsProp::default();
    let result = fit(&model, &mut params, &mut optimizer, samples, samples, OPTIONS, |_| {});
    assert_eq!(result, Err(FitError::Diverged { what: "gradient", epoch: 1, batch: 1 }));
    assert_eq!(params, before);
}
