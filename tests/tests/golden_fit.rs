//! A whole training, never shuffled, against Keras's own `fit` (f32) and PyTorch (f64): `fit.json`.
//! The loop is written out here, so that it tests the parts and not `ae_train::fit`, which
//! shuffles.

use ae_autodiff::{Buffers, Grads, Params, Tape};
use ae_layers::Sequential;
use ae_optim::{EpsilonPlace, Optimizer, RmsProp};
use ae_tensor::Tensor;
use ae_testkit::{assert_close, assert_close_f64};
use ae_tests::{Array, Weights, read};
use serde::Deserialize;
use std::sync::LazyLock;

static GOLDEN: LazyLock<Golden> = LazyLock::new(|| read("fit.json"));

#[derive(Deserialize)]
struct Golden {
    epochs: usize,
    batch: usize,
    lr: f64,
    rho: f64,
    eps: f64,
    x: Array,
    val: Array,
    start: Weights,
    notebook_f64: Run,
    inside_f64: Run,
    keras_f32: Run,
}

#[derive(Deserialize)]
struct Run {
    batch_loss: Option<Array>,
    loss: Array,
    val_loss: Array,
    weights: Weights,
}

/// The results of a training.
struct History {
    batch_loss: Vec<f64>,
    loss: Vec<f64>,
    val_loss: Vec<f64>,
    params: Params,
}

fn train(epsilon_place: EpsilonPlace) -> History {
    let golden = &*GOLDEN;
    let (model, mut params) = golden.start.model();
    let mut optimizer = RmsProp::new(golden.lr);
    optimizer.rho = golden.rho;
    optimizer.epsilon = golden.eps;
    optimizer.epsilon_place = epsilon_place;
    let mut grads = Grads::zeros_like(&params);
    let mut buffers = Buffers::new();
    let width = golden.x.shape[1];
    let (x, val) = (golden.x.tensor(), golden.val.tensor());
    // In the file's order, the last batch being what is left.
    let batches: Vec<Tensor> = x
        .data()
        .chunks(golden.batch * width)
        .map(|rows| Tensor::new([rows.len() / width, width], rows.to_vec()))
        .collect();
    let (mut batch_loss, mut loss, mut val_loss) = (vec![], vec![], vec![]);
    for _ in 0..golden.epochs {
        let mut total = 0.0;
        for batch in &batches {
            // Before the update, and weighed by the batch's size.
            let value = step(&model, &mut params, &mut optimizer, batch, &mut grads, &mut buffers);
            total += value * batch.shape().dims()[0] as f64;
            batch_loss.push(value);
        }
        loss.push(total / golden.x.shape[0] as f64);
        val_loss.push(loss_of(&model, &params, &val, &mut buffers));
    }
    History { batch_loss, loss, val_loss, params }
}

/// One step of training on a batch, and the loss that it started from.
fn step(
    model: &Sequential,
    params: &mut Params,
    optimizer: &mut impl Optimizer,
    batch: &Tensor,
    grads: &mut Grads,
    buffers: &mut Buffers,
) -> f64 {
    let mut tape = Tape::new(params, buffers);
    let x = tape.input(batch);
    let logits = model.forward_logits(&mut tape, x);
    let loss = tape.bce_with_logits(logits, x);
    let value = tape.value(loss).item();
    tape.backward(loss, grads);
    optimizer.step(params, grads);
    value.into()
}

fn loss_of(model: &Sequential, params: &Params, x: &Tensor, buffers: &mut Buffers) -> f64 {
    let mut tape = Tape::new(params, buffers);
    let x = tape.input(x);
    let logits = model.forward_logits(&mut tape, x);
    let loss = tape.bce_with_logits(logits, x);
    tape.value(loss).item().into()
}

/// Relative. A loss is a mean of terms around 0.7, good to 1.2e-7; the weights' roundings, up to
/// 2^-25 in each of 15 steps and of no preferred sign, hardly show in it.
const LOSS: f64 = 2e-7;
/// Absolute, for weights below 1: 15 times 2^-25 at worst.
const WEIGHT: f64 = 4.5e-7;

fn check(ours: &History, golden: &Run) {
    assert_eq!(ours.loss.len(), GOLDEN.epochs);
    if let Some(batch_loss) = &golden.batch_loss {
        assert_close_f64(&ours.batch_loss, &batch_loss.data, LOSS, 0.0);
    }
    assert_close_f64(&ours.loss, &golden.loss.data, LOSS, 0.0);
    assert_close_f64(&ours.val_loss, &golden.val_loss.data, LOSS, 0.0);
    for (id, expected) in golden.weights.with_ids(&ours.params) {
        assert_close(ours.params.get(id).data(), &expected.data, 0.0, WEIGHT);
    }
}

#[test]
fn by_the_rule_of_the_notebook() {
    check(&train(EpsilonPlace::OutsideRoot), &GOLDEN.notebook_f64);
}

#[test]
fn by_the_rule_of_keras_3() {
    let ours = train(EpsilonPlace::InsideRoot);
    check(&ours, &GOLDEN.inside_f64);
    check(&ours, &GOLDEN.keras_f32);
}

/// The two rules differ by a hundred times the tolerance, so one cannot be mistaken for the other.
#[test]
fn the_rules_differ() {
    let outside = train(EpsilonPlace::OutsideRoot).loss;
    let inside = train(EpsilonPlace::InsideRoot).loss;
    // The first batch's loss is the same; all after it are not.
    for (a, b) in outside.iter().zip(&inside).skip(1) {
        assert!((a / b - 1.0).abs() > 100.0 * LOSS, "{a} {b}");
    }
}
