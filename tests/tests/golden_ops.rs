//! Single operations, forward and backward, against PyTorch (f64) and TensorFlow (f32): `ops.json`.

use ae_autodiff::{Buffers, Grads, Params, Tape, Var, ops};
use ae_tensor::kernels::bce::{bce_sum, bce_sum_and_gradient};
use ae_tensor::kernels::gemm::{Epilogue, MatRef, gemm};
use ae_tensor::kernels::math;
use ae_tensor::{Activation, Tensor};
use ae_testkit::{assert_close, assert_close_f64, max_ulp};
use ae_tests::{Array, read};
use serde::Deserialize;
use std::sync::LazyLock;

static OPS: LazyLock<Ops> = LazyLock::new(|| read("ops.json"));

#[derive(Deserialize)]
struct Ops {
    matmul: Vec<MatMul>,
    bias_relu: BiasRelu,
    sigmoid: Sigmoid,
    bce_logits: BceLogits,
    bce_probabilities: BceProbabilities,
    mean: Mean,
    mse: Mse,
}

#[derive(Deserialize)]
struct MatMul {
    m: usize,
    k: usize,
    n: usize,
    transpose_a: bool,
    transpose_b: bool,
    a: Array,
    b: Array,
    dy: Array,
    y: Array,
    da: Array,
    db: Array,
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
struct BceLogits {
    z: Array,
    t: Array,
    each_torch_f64: Array,
    each_keras_f32: Array,
    mean_torch_f64: BceResult,
    mean_keras_f32: BceResult,
}

#[derive(Deserialize)]
struct BceResult {
    y: f64,
    dz: Array,
}

#[derive(Deserialize)]
struct BceProbabilities {
    p: Array,
    t: Array,
    keras_f32: BceProbabilitiesResult,
    keras_f64: BceProbabilitiesResult,
    mean_keras_f32: f64,
}

#[derive(Deserialize)]
struct BceProbabilitiesResult {
    y: Array,
    dp: Array,
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

/// The value of `f(inputs, constants)` and its gradients by `inputs` for the upstream gradient `dy`, through a
/// tape.
///
/// The loss is the inner product of the value and `dy`, whose gradient by the value is `dy` to the last
/// bit; a mean would bring a division.
fn run(
    inputs: &[&Tensor],
    constants: &[&Tensor],
    dy: &Tensor,
    f: impl Fn(&mut Tape<'_>, &[Var]) -> Var,
) -> (Tensor, Vec<Tensor>) {
    let mut params = Params::new();
    let ids: Vec<_> =
        inputs.iter().enumerate().map(|(i, x)| params.add(i.to_string(), (*x).clone())).collect();
    let mut grads = Grads::zeros_like(&params);
    let mut buffers = Buffers::new();
    let column = dy.clone().reshape([dy.len(), 1]);
    let mut tape = Tape::new(&params, &mut buffers);
    let mut vars: Vec<_> = ids.iter().map(|&id| tape.param(id)).collect();
    vars.extend(constants.iter().map(|x| tape.input(x)));
    let y = f(&mut tape, &vars);
    let value = tape.value(y).clone();
    assert_eq!(value.shape(), dy.shape());
    let row = tape.reshape(y, [1, value.len()]);
    let column = tape.input(&column);
    let loss = tape.matmul(row, column);
    tape.backward(loss, &mut grads);
    (value, ids.iter().map(|&id| grads.get(id).clone()).collect())
}

/// At most `bound` representable numbers from the f64 value, as f32.
#[track_caller]
fn assert_ulp(actual: &[f32], expected: &[f64], bound: u32) {
    let (worst, at) = max_ulp(actual, expected);
    assert!(
        worst <= bound,
        "element {at}: {:e} is {worst} ULP from {:e}",
        actual[at],
        expected[at]
    );
}

/// The elements at some places.
fn pick<T: Copy>(from: &[T], at: &[usize]) -> Vec<T> {
    at.iter().map(|&i| from[i]).collect()
}

/// Our sigmoid and cross-entropy return 0 where the result would not be a normal f32; so does TensorFlow.
fn subnormal_to_zero(x: &[f64]) -> Vec<f64> {
    x.iter().map(|&x| if x.abs() < f64::from(f32::MIN_POSITIVE) { 0.0 } else { x }).collect()
}

/// The stored matrix, or its transpose.
fn matrix(array: &Array, transposed: bool) -> Tensor {
    if transposed { array.tensor().transposed() } else { array.tensor() }
}

/// The tape multiplies plain matrices: transposed operands are moved first. Every product and sum of these
/// inputs is exact in f32, in any order, hence equality.
#[test]
fn matmul_on_the_tape() {
    assert_eq!(OPS.matmul.len(), 12);
    for case in &OPS.matmul {
        let (a, b) = (matrix(&case.a, case.transpose_a), matrix(&case.b, case.transpose_b));
        assert_eq!(
            (a.shape().dims(), b.shape().dims()),
            (&[case.m, case.k][..], &[case.k, case.n][..])
        );
        let (y, grads) = run(&[&a, &b], &[], &case.dy.tensor(), |tape, x| tape.matmul(x[0], x[1]));
        assert_eq!(y, case.y.tensor());
        assert_eq!(grads[0], matrix(&case.da, case.transpose_a));
        assert_eq!(grads[1], matrix(&case.db, case.transpose_b));
    }
}

/// The kernel reads transposed operands where they lie; so do both products of the backward pass, for which a
/// transposed result is the product of the transposes in the other order. All exact, see above.
#[test]
fn gemm_with_transposed_operands() {
    fn product(a: MatRef<'_>, b: MatRef<'_>, expected: &Array) {
        let mut c = vec![f32::NAN; expected.data.len()];
        gemm(a, b, &mut c, Epilogue::default());
        assert_eq!(c, expected.exact_f32());
    }
    for case in &OPS.matmul {
        let (a_stored, b_stored, dy) = (case.a.tensor(), case.b.tensor(), case.dy.tensor());
        let a = if case.transpose_a { a_stored.as_matrix().t() } else { a_stored.as_matrix() };
        let b = if case.transpose_b { b_stored.as_matrix().t() } else { b_stored.as_matrix() };
        let dy = dy.as_matrix();
        product(a, b, &case.y);
        if case.transpose_a {
            product(b, dy.t(), &case.da);
        } else {
            product(dy, b.t(), &case.da);
            let mut da = vec![f32::NAN; case.da.data.len()];
            ops::matmul::backward_a(dy, b, &mut da);
            assert_eq!(da, case.da.exact_f32());
        }
        if case.transpose_b {
            product(dy.t(), a, &case.db);
        } else {
            product(a.t(), dy, &case.db);
            let mut db = vec![f32::NAN; case.db.data.len()];
            ops::matmul::backward_b(a, dy, &mut db);
            assert_eq!(db, case.db.exact_f32());
        }
    }
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
    // Beyond, 1 - y is exact but keeps the rounding of y in [0.5, 1), a step of 2^-24. From z = 17 on y is 1
    // and the gradient 0, where 4e-8 would be right: a limit of f32 that Keras shares.
    assert_close(&pick(dz, &positive), &pick(&case.torch_f64.dz.data, &positive), 0.0, 6e-8);
    assert_close(&pick(dz, &positive), &pick(&case.keras_f32.dz.data, &positive), 0.0, 6e-8);
    // Keras is a few ULP from the truth itself.
    assert_close(y.data(), &case.keras_f32.y.data, 5e-7, f32::MIN_POSITIVE.into());
}

/// Each element alone: in the padded end of a slice, and in all lanes of one vector.
#[test]
fn bce_of_each_logit() {
    let case = &OPS.bce_logits;
    let (z, t) = (case.z.exact_f32(), case.t.exact_f32());
    for (&z, &t) in z.iter().zip(&t) {
        let loss = bce_sum(&[z], &[t]);
        assert_eq!(bce_sum(&[z; 16], &[t; 16]), 16.0 * loss, "logit {z}, target {t}");
        let mut dz = [f32::NAN];
        assert_eq!(bce_sum_and_gradient(&[z], &[t], 1.0, &mut dz), loss);
    }
    let each = each_loss(&z, &t);
    // Both max(z, 0) - z t, rounded once, and ln(1 + e^-|z|), good to 4 ULP, are non-negative: nothing cancels.
    // PyTorch's own form does cancel: below 1e-7 its f64 holds no more than 104 * 2^-53 absolutely.
    let exact = &case.each_torch_f64.data;
    let (large, tiny): (Vec<usize>, _) = (0..z.len()).partition(|&i| exact[i] > 1e-7);
    assert!(large.len() > 100 && tiny.len() > 10);
    assert_ulp(&pick(&each, &large), &pick(exact, &large), 4);
    assert_close(&pick(&each, &tiny), &pick(exact, &tiny), 4e-7, 1.2e-14);
    // Keras rounds z t before it subtracts, and its logarithm is a few ULP from the truth as well.
    assert_close(&each, &case.each_keras_f32.data, 5e-7, f32::MIN_POSITIVE.into());
}

#[test]
fn mean_bce_of_logits_and_its_gradient() {
    let case = &OPS.bce_logits;
    let (z, t) = (case.z.tensor(), case.t.tensor());
    let n = z.len() as f64;
    let one = Tensor::scalar(1.0);
    let bce = |tape: &mut Tape<'_>, x: &[Var]| tape.bce_with_logits(x[0], x[1]);
    let (loss, grads) = run(&[&z], &[&t], &one, bce);
    // Without a parameter behind the logits another kernel computes the loss.
    let (constant, _) = run(&[], &[&z, &t], &one, bce);
    for loss in [loss, constant] {
        // Sixteen sums in f32 of ten terms each, the largest 104 of a total of 2479.
        assert_close(loss.data(), &[case.mean_torch_f64.y], 1.2e-7, 0.0);
        assert_close(loss.data(), &[case.mean_keras_f32.y], 1.2e-7, 0.0);
    }
    // (sigmoid - t) / n: where t is not 0 the two cancel, and sigmoid's rounding, up to 4 steps of 2^-25 below a half
    // and of 2^-24 above, stays behind.
    let dz = grads[0].data();
    let cancelled = 1.2e-7 / n;
    assert_close(dz, &case.mean_torch_f64.dz.data, 2e-7, cancelled);
    assert_close(dz, &case.mean_keras_f32.dz.data, 2e-7, cancelled);
    // Where t is 0 nothing cancels: the fused sigmoid's 4 ULP, the rounding of 1 / n and of the product.
    let zero: Vec<usize> = (0..t.len()).filter(|&i| t.data()[i] == 0.0).collect();
    let exact: Vec<f64> = zero.iter().map(|&i| n * case.mean_torch_f64.dz.data[i]).collect();
    let exact: Vec<f64> = subnormal_to_zero(&exact).iter().map(|x| x / n).collect();
    assert_ulp(&pick(dz, &zero), &exact, 5);
}

/// Keras 2.2 turns probabilities back into logits: it clips them to [1e-7, 1 - 1e-7] and takes ln(p / (1 - p)).
///
/// After that, in f64, our cross-entropy of logits is Keras's of probabilities, and so is its gradient by p,
/// (sigmoid(z) - t) / (p (1 - p)), with 0 where the clip holds p fast.
#[test]
fn bce_of_probabilities_in_f64() {
    const EPSILON: f64 = 1e-7;
    let case = &OPS.bce_probabilities;
    let t = case.t.exact_f32();
    let clipped: Vec<f64> = case.p.data.iter().map(|p| p.clamp(EPSILON, 1.0 - EPSILON)).collect();
    let z: Vec<f32> = clipped.iter().map(|p| (p / (1.0 - p)).ln() as f32).collect();
    let each = each_loss(&z, &t);
    // A logit of 16 rounded to f32 is off by up to 4.8e-7; the loss, about e^-16 or 16, by as much, relative.
    assert_close(&each, &case.keras_f64.y.data, 1e-6, 0.0);

    check_gradient_by_probability(case, &clipped, &z, &case.keras_f64.dp);
}

/// The gradient by the probability, from ours by the logit: (sigmoid(z) - t) / (p (1 - p)), and 0 where the clip
/// has moved p.
fn check_gradient_by_probability(
    case: &BceProbabilities,
    clipped: &[f64],
    z: &[f32],
    expected: &Array,
) {
    let mut dz = vec![f32::NAN; z.len()];
    let _ = bce_sum_and_gradient(z, &case.t.exact_f32(), 1.0, &mut dz);
    let mut held = 0;
    for i in 0..z.len() {
        let p = clipped[i];
        if p != case.p.data[i] {
            assert_eq!(expected.data[i], 0.0, "p {p}");
            held += 1;
            continue;
        }
        let dp = f64::from(dz[i]) / (p * (1.0 - p));
        // Relative, the rounding of a logit of 16; absolute, what sigmoid(z) - t loses to cancellation, 2^-24,
        // magnified.
        let atol = 6e-8 / (p * (1.0 - p));
        assert_close_f64(&[dp], &expected.data[i..=i], 1e-6, atol);
    }
    assert!(held >= 12, "only {held} probabilities are beyond the clip");
}

/// The same with every step in f32, against Keras 3 in f32.
///
/// Its clip ends at 1 - 1.19e-7, the nearest f32 to 1 - 1e-7. And Keras 3 takes the logarithms of p and of
/// 1 - p instead of the logit; 1 - p is rounded to a multiple of 2^-24 or 2^-25, and that much is left in a loss
/// near zero.
#[test]
fn bce_of_probabilities_in_f32() {
    const EPSILON: f32 = 1e-7;
    let case = &OPS.bce_probabilities;
    let (p, t) = (case.p.exact_f32(), case.t.exact_f32());
    let clipped: Vec<f32> = p.iter().map(|p| p.clamp(EPSILON, 1.0 - EPSILON)).collect();
    let odds: Vec<f32> = clipped.iter().map(|p| p / (1.0 - p)).collect();
    let mut z = vec![f32::NAN; odds.len()];
    math::ln(&odds, &mut z);
    assert_close(&each_loss(&z, &t), &case.keras_f32.y.data, 5e-7, 6e-8);
    let mean = bce_sum(&z, &t) / p.len() as f64;
    assert_close_f64(&[mean], &[case.mean_keras_f32], 2e-7, 0.0);
    let clipped: Vec<f64> = clipped.iter().map(|&p| p.into()).collect();
    check_gradient_by_probability(case, &clipped, &z, &case.keras_f32.dp);
}

fn each_loss(z: &[f32], t: &[f32]) -> Vec<f32> {
    z.iter().zip(t).map(|(&z, &t)| bce_sum(&[z], &[t]) as f32).collect()
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
    // Differences and squares of these inputs are exact; left are the rounding of 1 / 63 and that of the product.
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
