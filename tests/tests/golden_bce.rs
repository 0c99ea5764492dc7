//! Binary cross-entropy, of logits and of probabilities, against PyTorch (f64) and Keras (f32 and
//! f64): `bce_logits` and `bce_probabilities` of `ops.json`.

use ae_autodiff::{Tape, Var};
use ae_tensor::Tensor;
use ae_tensor::kernels::bce::{bce_sum, bce_sum_and_gradient};
use ae_tensor::kernels::math;
use ae_testkit::{assert_close, assert_close_f64};
use ae_tests::{Array, assert_ulp, pick, read, run};
use serde::Deserialize;
use std::sync::LazyLock;

/// The size below which an exponential counts as 0, 2^-80.
const NEGLIGIBLE: f64 = 1.0 / (1u128 << 80) as f64;

static OPS: LazyLock<Ops> = LazyLock::new(|| read("ops.json"));

#[derive(Deserialize)]
struct Ops {
    bce_logits: BceLogits,
    bce_probabilities: BceProbabilities,
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

/// Each element separately, in the padded end of a slice and in all lanes of a vector.
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
    // max(z, 0) - z t is rounded once. ln(1 + e^-|z|) is that of a product of factors 1 + e, each
    // of which has an error of half a unit of 1: 2^-24 absolutely, whatever the loss.
    let exact = &case.each_torch_f64.data;
    let (large, small) = by_size(exact);
    assert!(large.len() > 100 && small.len() > 20);
    assert_ulp(&pick(&each, &large), &pick(exact, &large), 4);
    assert_close(&pick(&each, &small), &pick(exact, &small), 0.0, HALF_UNIT);
    // Keras rounds z t before it subtracts, and its logarithm is a few ULP from the truth as well.
    let keras = &case.each_keras_f32.data;
    assert_close(&pick(&each, &large), &pick(keras, &large), 5e-7, 0.0);
    assert_close(&pick(&each, &small), &pick(keras, &small), 0.0, HALF_UNIT);
}

/// Half of the last place of 1.
const HALF_UNIT: f64 = 1.0 / (1 << 24) as f64;

/// The positions of the losses that are large enough for a relative bound, of which half a unit is
/// at most two last places, and of the others.
fn by_size(losses: &[f64]) -> (Vec<usize>, Vec<usize>) {
    (0..losses.len()).partition(|&i| losses[i] > 0.25)
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
    // (sigmoid - t) / n: where t is not 0 the two cancel, and sigmoid's rounding, up to 4 steps of
    // 2^-25 below a half and of 2^-24 above, stays behind.
    let dz = grads[0].data();
    let cancelled = 1.2e-7 / n;
    assert_close(dz, &case.mean_torch_f64.dz.data, 2e-7, cancelled);
    assert_close(dz, &case.mean_keras_f32.dz.data, 2e-7, cancelled);
    // Where t is 0 nothing cancels: the fused sigmoid's 4 ULP, the rounding of 1 / n and of the
    // product.
    let zero: Vec<usize> = (0..t.len()).filter(|&i| t.data()[i] == 0.0).collect();
    let exact: Vec<f64> = zero.iter().map(|&i| n * case.mean_torch_f64.dz.data[i]).collect();
    // An exponential below 2^-80 counts as 0.
    let of_any_size = |x: f64| if x.abs() < NEGLIGIBLE { 0.0 } else { x };
    let exact: Vec<f64> = exact.iter().map(|&x| of_any_size(x) / n).collect();
    assert!(exact.contains(&0.0));
    assert_ulp(&pick(dz, &zero), &exact, 5);
}

/// Keras 2.2 turns probabilities back into logits: it clips them to [1e-7, 1 - 1e-7] and takes ln(p
/// / (1 - p)).
///
/// After that, in f64, our cross-entropy of logits is Keras's of probabilities, and so is its
/// gradient by p, (sigmoid(z) - t) / (p (1 - p)), with 0 where p is clipped.
#[test]
fn bce_of_probabilities_in_f64() {
    const EPSILON: f64 = 1e-7;
    let case = &OPS.bce_probabilities;
    let t = case.t.exact_f32();
    let clipped: Vec<f64> = case.p.data.iter().map(|p| p.clamp(EPSILON, 1.0 - EPSILON)).collect();
    let z: Vec<f32> = clipped.iter().map(|p| (p / (1.0 - p)).ln() as f32).collect();
    let each = each_loss(&z, &t);
    // A logit of 16 rounded to f32 is off by up to 4.8e-7; the loss, about e^-16 or 16, by as much,
    // relative, if it is not too small for that.
    let exact = &case.keras_f64.y.data;
    let (large, small) = by_size(exact);
    assert!(!large.is_empty() && !small.is_empty());
    assert_close(&pick(&each, &large), &pick(exact, &large), 1e-6, 0.0);
    assert_close(&pick(&each, &small), &pick(exact, &small), 1e-6, HALF_UNIT);

    check_gradient_by_probability(case, &clipped, &z, &case.keras_f64.dp);
}

/// The gradient by the probability, from ours by the logit: (sigmoid(z) - t) / (p (1 - p)), and 0
/// where the clip has moved p.
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
        // Relative, the rounding of a logit of 16; absolute, what sigmoid(z) - t loses to
        // cancellation, 2^-24, magnified.
        let atol = 6e-8 / (p * (1.0 - p));
        assert_close_f64(&[dp], &expected.data[i..=i], 1e-6, atol);
    }
    assert!(held >= 12, "only {held} probabilities are beyond the clip");
}

/// The same with every step in f32, against Keras 3 in f32.
///
/// Its clip ends at 1 - 1.19e-7, the nearest f32 to 1 - 1e-7. And Keras 3 takes the logarithms of p
/// and of 1 - p instead of the logit; 1 - p is rounded to a multiple of 2^-24 or 2^-25, and that
/// much is left in a loss near zero.
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
