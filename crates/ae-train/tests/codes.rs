//! Trains models with random codes and with sparse codes.

use ae_autodiff::Params;
use ae_layers::{
    Activation, LayerSpec, Sequential, activity_regularization, dense, relu, sampling,
};
use ae_optim::Adam;
use ae_tensor::with_threads;
use ae_testkit::Sampler;
use ae_train::{
    BinaryCrossentropy, EarlyStopping, Event, Examples, FitOptions, Fitted, Samples, Training,
    TrainingState, evaluate, fit, fit_from, predict,
};
use std::ops::ControlFlow::{Break, Continue};

const PIXELS: usize = 12;

/// Images that two numbers describe.
fn data(count: usize) -> Vec<u8> {
    let mut sampler = Sampler::new(count as u64);
    let image =
        |a: f32, b: f32| (0..PIXELS).map(move |i| if i % 3 == 0 { a as u8 } else { b as u8 });
    (0..count)
        .flat_map(|_| {
            image(sampler.uniform(0.0, 255.0), sampler.uniform(0.0, 255.0)).collect::<Vec<_>>()
        })
        .collect()
}

fn build(code: &[LayerSpec]) -> (Sequential, Params) {
    let mut params = Params::new();
    let mut layers = vec![dense(16, Activation::Relu)];
    layers.extend_from_slice(code);
    layers.push(dense(PIXELS, Activation::Sigmoid));
    let model = Sequential::build([PIXELS], &layers, &mut params, 1).expect("the shapes fit");
    (model, params)
}

fn train(code: &[LayerSpec], options: FitOptions<'_>) -> (Sequential, Params, Fitted) {
    let (model, mut params) = build(code);
    let (train, test) = (data(300), data(80));
    let [train, test] = [&train, &test].map(|bytes| Examples::clean(Samples::new(bytes, [PIXELS])));
    let mut optimizer = Adam::new(0.01);
    let fitted = fit(&model, &mut params, &mut optimizer, train, test, options, |_| Continue(()));
    (model, params, fitted.expect("it learns"))
}

const OPTIONS: FitOptions<'_> = FitOptions::new(3, 50, 5);

fn variational(kl_weight: f32) -> [LayerSpec; 2] {
    [dense(8, Activation::Linear), sampling(kl_weight)]
}

#[test]
fn drawn_codes_depend_on_the_seed_and_not_on_threads() {
    let run = |threads, seed| {
        let work = || train(&variational(1.0), FitOptions { seed, ..OPTIONS });
        let (_, params, fitted) = with_threads(threads, work).expect("threads start");
        (params, fitted.history)
    };
    let one = run(1, 5);
    assert!(run(2, 5) == one && run(3, 5) == one);
    assert!(run(1, 6) != one);
}

#[test]
fn a_resumed_training_draws_the_codes_it_would_have_drawn() {
    let (_, whole, _) = train(&variational(1.0), OPTIONS);
    let (model, mut params) = build(&variational(1.0));
    let (train, test) = (data(300), data(80));
    let [train, test] = [&train, &test].map(|bytes| Examples::clean(Samples::new(bytes, [PIXELS])));
    let mut optimizer = Adam::new(0.01);
    let mut state = TrainingState::new(EarlyStopping::default());
    for epochs in [1, 3] {
        let training = Training { params: &mut params, optimizer: &mut optimizer, state };
        let options = FitOptions { epochs, ..OPTIONS };
        let mut last = None;
        fit_from(&model, training, train, test, options, |event| {
            if let Event::Epoch(report) = event {
                last = Some(report.state.clone());
            }
            Continue(())
        })
        .expect("it learns");
        state = last.expect("an epoch");
    }
    assert_eq!(params, whole);
}

/// Without a penalty a code is unbounded; with it, the code stays near N(0, 1).
#[test]
fn the_divergence_keeps_codes_near_the_prior() {
    let options = FitOptions { epochs: 60, ..OPTIONS };
    let square = |weight| {
        let (model, params, fitted) = train(&variational(weight), options);
        assert!(fitted.history.epochs[59].loss < fitted.history.epochs[0].loss);
        let (encoder, _) = model.split_at(3);
        let bytes = data(80);
        let codes = predict(&encoder, &params, Samples::new(&bytes, [PIXELS]));
        assert_eq!(codes.shape().dims(), [80, 4]);
        codes.data().iter().map(|z| f64::from(z * z)).sum::<f64>() / codes.len() as f64
    };
    let (free, held) = (square(0.0), square(2.0));
    // The mean square of N(0, 1) is 1, and means vary less than draws.
    assert!(held < 1.1 && free > 2.0 * held, "{free} {held}");
}

#[test]
fn a_penalty_makes_codes_sparse_and_counts_in_both_losses() {
    let options = FitOptions { epochs: 80, ..OPTIONS };
    let off = |l1| {
        let code = [dense(8, Activation::Linear), relu(), activity_regularization(l1)];
        let (model, params, fitted) = train(&code, options);
        let bytes = data(80);
        let samples = Samples::new(&bytes, [PIXELS]);
        // The validation loss is that of evaluate, the penalty included.
        let last = fitted.history.epochs.last().expect("an epoch");
        assert_eq!(
            last.val_loss,
            evaluate(&model, &params, Examples::clean(samples), &BinaryCrossentropy)
        );
        let codes = predict(&model.split_at(4).0, &params, samples);
        let sum: f64 = codes.data().iter().map(|z| f64::from(*z)).sum::<f64>() / 80.0;
        let zeros = codes.data().iter().filter(|z| **z == 0.0).count();
        (zeros as f64 / codes.len() as f64, sum, last.val_loss)
    };
    let (zeros, sum, loss) = off(0.0);
    let (zeros_held, sum_held, loss_held) = off(3e-3);
    assert!(zeros_held > zeros + 0.1, "{zeros_held} {zeros}");
    assert!(sum_held < 0.5 * sum && loss_held > loss, "{sum_held} {sum}, {loss_held} {loss}");
}

/// A loss that is not finite ends the training, for any cause.
#[test]
fn a_code_without_bounds_is_seen() {
    let (model, mut params) = build(&variational(1.0));
    let kernel = params.find("dense_2/bias").expect("the code's bias");
    params.get_mut(kernel).data_mut()[5] = 200.0;
    let bytes = data(60);
    let examples = Examples::clean(Samples::new(&bytes, [PIXELS]));
    let mut optimizer = Adam::new(0.01);
    let result =
        fit(&model, &mut params, &mut optimizer, examples, examples, OPTIONS, |_| Break(()));
    assert!(result.is_err_and(|error| error.to_string().contains("loss")));
}
