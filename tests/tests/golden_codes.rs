//! The operations of random and sparse codes, with their gradients, against PyTorch in f64:
//! `codes.json`.

use ae_autodiff::{Buffers, Grads, Params, Tape, Var};
use ae_testkit::assert_close;
use ae_tests::{Array, read};
use serde::Deserialize;
use std::sync::LazyLock;

static GOLDEN: LazyLock<Golden> = LazyLock::new(|| read("codes.json"));

#[derive(Deserialize)]
struct Golden {
    n: usize,
    x: Array,
    noise: Array,
    weights: Array,
    weighted_sample: Run,
    divergence: Run,
    l1: Run,
}

#[derive(Deserialize)]
struct Run {
    y: Array,
    dx: Array,
}

/// `build` makes the value of x, and a scalar whose gradient is compared.
fn check(run: &Run, build: impl Fn(&mut Tape<'_>, Var) -> (Var, Var)) {
    let mut params = Params::new();
    let x = params.add("x", GOLDEN.x.tensor());
    let mut grads = Grads::zeros_like(&params);
    let mut buffers = Buffers::new();
    let mut tape = Tape::new(&params, &mut buffers);
    let var = tape.param(x);
    let (y, loss) = build(&mut tape, var);
    assert_close(tape.value(y).data(), &run.y.data, 5e-7, 1e-7);
    tape.backward(loss, &mut grads);
    assert_close(grads.get(x).data(), &run.dx.data, 5e-7, 1e-7);
}

#[test]
fn draws() {
    // Leaked, because an input must outlive the tape.
    let tensor = |array: &Array| &*Box::leak(Box::new(array.tensor()));
    let (noise, weights) = (tensor(&GOLDEN.noise), tensor(&GOLDEN.weights));
    let count = weights.len() as f32;
    check(&GOLDEN.weighted_sample, |tape, x| {
        let (noise, weights) = (tape.input(noise), tape.input(weights));
        let z = tape.gaussian_sample(x, noise);
        assert_eq!(tape.shape(z).dims(), [GOLDEN.x.shape[0], GOLDEN.n]);
        let weighted = tape.mul(z, weights);
        let mean = tape.mean(weighted);
        (weighted, tape.scale(mean, count))
    });
}

#[test]
fn divergence() {
    check(&GOLDEN.divergence, |tape, x| {
        let y = tape.gaussian_divergence(x);
        (y, y)
    });
}

#[test]
fn l1() {
    check(&GOLDEN.l1, |tape, x| {
        let y = tape.l1(x);
        (y, y)
    });
}
