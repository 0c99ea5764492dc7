//! The dense auto-encoder, forward and backward, against Keras (f32) and PyTorch (f64):
//! `dense_model.json`; and the notebook's model against what Keras prints of it: `summary.txt`.

use ae_autodiff::{Buffers, Grads, ParamId, Params, Tape, Var};
use ae_layers::{Activation, Sequential, dense};
use ae_testkit::{assert_close, max_ulp};
use ae_tests::{Array, Summary, Weights, read, read_text};
use serde::Deserialize;
use std::sync::LazyLock;

static GOLDEN: LazyLock<Golden> = LazyLock::new(|| read("dense_model.json"));

#[derive(Deserialize)]
struct Golden {
    x: Array,
    weights: Weights,
    keras_f32: Results,
    torch_f64: Results,
}

#[derive(Deserialize)]
struct Results {
    latent: Array,
    logits: Option<Array>,
    output: Array,
    loss: f64,
    grads: Weights,
}

/// With these weights every code and every logit is a multiple of 2^-18 below 16, exact in f32:
/// equality. An output is the sigmoid of that.
#[test]
fn whole_model_encoder_and_decoder() {
    let (model, params) = GOLDEN.weights.model();
    let (encoder, decoder) = model.split_at(1);
    let x = GOLDEN.x.tensor();
    let code = encoder.predict(&params, &x);
    assert_eq!(code.data(), GOLDEN.torch_f64.latent.exact_f32());
    assert_eq!(code.data(), GOLDEN.keras_f32.latent.to_f32());
    for output in [model.predict(&params, &x), decoder.predict(&params, &code)] {
        // Our sigmoid's own bound is 3 ULP.
        let (worst, at) = max_ulp(output.data(), &GOLDEN.torch_f64.output.data);
        assert!(worst <= 3, "output {at} is off by {worst} ULP");
        // Keras's is off by up to two steps of 2^-24.
        assert_close(output.data(), &GOLDEN.keras_f32.output.data, 0.0, 1.8e-7);
    }
}

/// The loss and all gradients of `logits(tape, x)`, which are looked at as well.
fn check_training_step(params: &Params, logits: impl Fn(&mut Tape<'_>, Var) -> Var) {
    let x = GOLDEN.x.tensor();
    let mut grads = Grads::zeros_like(params);
    let mut buffers = Buffers::new();
    let mut tape = Tape::new(params, &mut buffers);
    let input = tape.input(&x);
    let z = logits(&mut tape, input);
    let expected = GOLDEN.torch_f64.logits.as_ref().expect("PyTorch's results have logits");
    assert_eq!(tape.value(z).data(), expected.exact_f32());
    let loss = tape.bce_with_logits(z, input);
    let loss_value = tape.value(loss).item();
    tape.backward(loss, &mut grads);
    for golden in [&GOLDEN.torch_f64, &GOLDEN.keras_f32] {
        // The sum is kept in f32 over few terms, in f64 beyond; then it is rounded: 2^-24, and as
        // much again.
        assert_close(&[loss_value], &[golden.loss], 1.2e-7, 0.0);
        for (id, expected) in golden.grads.with_ids(params) {
            assert_eq!(expected.shape, grads.get(id).shape().dims());
            // (p - t) / 84 is good to 1.2e-7 / 84 = 1.4e-9. Some of these, times codes and kernels
            // around 1, are summed over 7 rows; what the sum itself adds is relative.
            assert_close(grads.get(id).data(), &expected.data, 2.4e-7, 4e-9);
        }
    }
}

#[test]
fn loss_and_gradients() {
    let (model, params) = GOLDEN.weights.model();
    check_training_step(&params, |tape, x| model.forward_logits(tape, x));
}

/// The same from the single operations that a dense layer fuses.
#[test]
fn loss_and_gradients_of_the_parts() {
    let (_, params) = GOLDEN.weights.model();
    let [w1, b1, w2, b2] = ids(&params);
    check_training_step(&params, |tape, x| {
        let [w1, b1, w2, b2] = [w1, b1, w2, b2].map(|id| tape.param(id));
        let sum = tape.matmul(x, w1);
        let sum = tape.add_bias(sum, b1);
        let latent = tape.relu(sum);
        let sum = tape.matmul(latent, w2);
        tape.add_bias(sum, b2)
    });
}

fn ids(params: &Params) -> [ParamId; 4] {
    let ids: Vec<_> = params.ids().collect();
    ids.try_into().expect("four parameters")
}

#[test]
fn summary_of_the_notebook_model() {
    let mut params = Params::new();
    let layers = [dense(10, Activation::Relu), dense(784, Activation::Sigmoid)];
    let model = Sequential::build([784], &layers, &mut params, 1).expect("the shapes fit");
    let golden = Summary::parse(&read_text("summary.txt"));
    assert_eq!(golden.layers.len(), 2);
    assert_eq!(golden.total, 16_474);
    assert_eq!(Summary::parse(&model.summary(&params)), golden);
    assert_eq!(params.element_count() as u64, golden.total);
}
