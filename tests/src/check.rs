//! Runs an operation in a test and compares its results.

use ae_autodiff::{Buffers, Grads, Params, Tape, Var};
use ae_tensor::Tensor;
use ae_testkit::max_ulp;

/// The value of `f(inputs, constants)` and its gradients by `inputs` for the upstream gradient
/// `dy`, through a tape.
///
/// The loss is the inner product of the value and `dy`, whose gradient by the value is `dy` to the
/// last bit; a mean would add a division.
///
/// # Panics
/// If `dy` does not have the shape of the value.
#[must_use]
#[track_caller]
pub fn run(
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

/// Checks that each number is within `bound` representable f32 numbers of the f64 value.
///
/// # Panics
/// If the lengths differ, or an element is farther away.
#[track_caller]
pub fn assert_ulp(actual: &[f32], expected: &[f64], bound: u32) {
    let (worst, at) = max_ulp(actual, expected);
    assert!(
        worst <= bound,
        "element {at}: {:e} is {worst} ULP from {:e}",
        actual[at],
        expected[at]
    );
}

/// The elements at these indices.
///
/// # Panics
/// If an index is out of range.
#[must_use]
pub fn pick<T: Copy>(from: &[T], at: &[usize]) -> Vec<T> {
    at.iter().map(|&i| from[i]).collect()
}

/// Our sigmoid and cross-entropy return 0 where the result would not be a normal f32; so does
/// TensorFlow.
#[must_use]
pub fn subnormal_to_zero(x: &[f64]) -> Vec<f64> {
    x.iter().map(|&x| if x.abs() < f64::from(f32::MIN_POSITIVE) { 0.0 } else { x }).collect()
}
