//! Single operations, forward and backward, against PyTorch (f64) and TensorFlow (f32): `ops.json`.
//! Products of matrices and cross-entropies have separate files, `golden_matmul.rs` and
//! `golden_bce.rs`.

use ae_autodiff::{Tape, Var};
use ae_tensor::{Activation, Tensor};
use ae_testkit::assert_close;
use ae_tests::{Array, assert_ulp, pick, read, run, subnormal_to_zero};
use serde::Deserialize;
use std::sync::LazyLock;

static OPS: LazyLock<Ops> = LazyLock::new(|| read("ops.json"));

#[derive(Deserialize)]
struct Ops {
    bias_relu: BiasRelu,
    sigmoid: Sigmoid,
    mean: Mean,
    mse: Mse,
}

#[derive(Deserialize)]
struct BiasRelu {
    x: Array,
    bias: Array,
    dy: Array,
    y: Array,
    dx: Array,
    dbias: Array,
}

#[derive(Deserialize)]
struct Sigmoid {
    z: Array,
    torch_f64: SigmoidResult,
    keras_f32: SigmoidResult,
}

#[derive(Deserialize)]
struct SigmoidResult {
    y: Array,
    dz: Array,
}

#[derive(Deserialize)]
struct Mean {
    x: Array,
    torch_f64: ScalarResult,
}

#[derive(Deserialize)]
struct Mse {
    x: Array,
    t: Array,
    torch_f64: ScalarResult,
    keras_f32: ScalarResult,
}

#[derive(Deserialize)]
struct ScalarResult {
    y: f64,
    dx: Array,
}

/// Exact in f32; where the sum is zero the gradient is zero.
#[test]
fn bias_and_relu() {
    let case = &OPS.bias_relu;
    let zeros = case.y.data.iter().zip(&case.dy.data).filter(|&(&y, &dy)| y == 0.0 && dy != 0.0);
    assert!(zeros.count() > 6, "the case must hold the corner of relu");
    let (x, bias) = (case.x.tensor(), case.bias.tensor());
    let (y, grads) = run(&[&x, &bias], &[], &case.dy.tensor(), |tape, x| {
        let sum = tape.add_bias(x[0], x[1]);
        tape.relu(sum)
    });
    assert_eq!(y, case.y.tensor());
    assert_eq!(grads[0], case.dx.tensor());
    assert_eq!(grads[1], case.dbias.tensor());
}

/// The same numbers through a dense layer whose kernel is the identity.
#[test]
fn bias_and_relu_within_a_dense_layer() {
    let case = &OPS.bias_relu;
    let identity = Tensor::from_fn([6, 6], |i| if i % 7 == 0 { 1.0 } else { 0.0 });
    let (x, bias) = (case.x.tensor(), case.bias.tensor());
    let (y, grads) = run(&[&x, &identity, &bias], &[], &case.dy.tensor(), |tape, x| {
        tape.dense(x[0], x[1], x[2], Activation::Relu)
    });
    assert_eq!(y, case.y.tensor());
    assert_eq!(grads[0], case.dx.tensor());
    assert_eq!(grads[2], case.dbias.tensor());
    // With y = relu(x w + b): dw = x^T dz, and dz is what reached x.
    assert_eq!(grads[1], x.transposed().matmul(&case.dx.tensor()));
}

#[test]
fn sigmoid_and_its_gradient() {
    let case = &OPS.sigmoid;
    let z = case.z.tensor();
    let ones = Tensor::full(z.shape(), 1.0);
    let (y, grads) = run(&[&z], &[], &ones, |tape, x| tape.sigmoid(x[0]));
    // The kernel's own bound: an exponential of 1 ULP, a sum, a division and a product.
    assert_ulp(y.data(), &subnormal_to_zero(&case.torch_f64.y.data), 3);
    let dz = grads[0].data();
    let (negative, positive): (Vec<usize>, _) = (0..z.len()).partition(|&i| z.data()[i] <= 0.0);
    // y (1 - y) keeps y's relative error up to z = 0: its 3 ULP and two more roundings.
    let expected = subnormal_to_zero(&pick(&case.torch_f64.dz.data, &negative));
    assert_ulp(&pick(dz, &negative), &expected, 5);
    // Beyond, 1 - y is exact but keeps the rounding of y in [0.5, 1), a step of 2^-24. From z = 17
    // on y is 1 and the gradient 0, where 4e-8 would be right: a limit of f32 that Keras shares.
    assert_close(&pick(dz, &positive), &pick(&case.torch_f64.dz.data, &positive), 0.0, 6e-8);
    assert_close(&pick(dz, &positive), &pick(&case.keras_f32.dz.data, &positive), 0.0, 6e-8);
    // Keras is a few ULP from the truth itself.
    assert_close(y.data(), &case.keras_f32.y.data, 5e-7, f32::MIN_POSITIVE.into());
}

/// Sums are kept in f64 and rounded once.
#[test]
fn mean() {
    let case = &OPS.mean;
    let (y, grads) = run(&[&case.x.tensor()], &[], &Tensor::scalar(1.0), |tape, x| tape.mean(x[0]));
    assert_ulp(y.data(), &[case.torch_f64.y], 0);
    assert_ulp(grads[0].data(), &case.torch_f64.dx.data, 0);
}

/// mean((x - t)^2); the square is a product of a value with itself, whose two gradients add up.
#[test]
fn mean_squared_error() {
    let case = &OPS.mse;
    let mse = |tape: &mut Tape<'_>, x: &[Var]| {
        let difference = tape.sub(x[0], x[1]);
        let square = tape.mul(difference, difference);
        tape.mean(square)
    };
    let (x, t, one) = (case.x.tensor(), case.t.tensor(), Tensor::scalar(1.0));
    // Differences and squares of these inputs are exact; left are the rounding of 1 / 63 and that
    // of the product.
    let (y, grads) = run(&[&x], &[&t], &one, mse);
    assert_ulp(y.data(), &[case.torch_f64.y], 0);
    assert_ulp(grads[0].data(), &case.torch_f64.dx.data, 1);
    assert_close(y.data(), &[case.keras_f32.y], 2e-7, 0.0);
    assert_close(grads[0].data(), &case.keras_f32.dx.data, 2e-7, 0.0);
    // By the target it is the opposite.
    let (_, grads) = run(&[&t], &[&x], &one, |tape, v| mse(tape, &[v[1], v[0]]));
    let opposite: Vec<f64> = case.torch_f64.dx.data.iter().map(|d| -d).collect();
    assert_ulp(grads[0].data(), &opposite, 1);
}

/// The same as mean(x x - x t + t t - x t), by x and by t at once: products of different factors.
#[test]
fn mean_squared_error_multiplied_out() {
    let case = &OPS.mse;
    let (x, t) = (case.x.tensor(), case.t.tensor());
    let (y, grads) = run(&[&x, &t], &[], &Tensor::scalar(1.0), |tape, v| {
        let (xx, xt, tt) = (tape.mul(v[0], v[0]), tape.mul(v[0], v[1]), tape.mul(v[1], v[1]));
        let (left, right) = (tape.sub(xx, xt), tape.sub(tt, xt));
        let sum = tape.add(left, right);
        tape.mean(sum)
    });
    assert_ulp(y.data(), &[case.torch_f64.y], 0);
    // Four terms up to 2 / 63, each rounded, and their sums up to 8 / 63: some 6 steps of 2^-29.
    assert_close(grads[0].data(), &case.torch_f64.dx.data, 0.0, 1.2e-8);
    let opposite: Vec<f64> = case.torch_f64.dx.data.iter().map(|d| -d).collect();
    assert_close(grads[1].data(), &opposite, 0.0, 1.2e-8);
}
