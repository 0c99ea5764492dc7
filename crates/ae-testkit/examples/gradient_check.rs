//! Compares a formula for a gradient with finite differences:
//! `cargo run -p ae-testkit --example gradient_check`.

use ae_testkit::naive::{bce_with_logit, sigmoid};
use ae_testkit::{Sampler, assert_close_f64, gradient};

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The loss of one neuron with these weights for an input and its target: the cross-entropy of
/// sigmoid(w . x).
fn loss(weights: &[f64], x: &[f64], target: f64) -> f64 {
    bce_with_logit(dot(weights, x), target)
}

/// The gradient with respect to the weights, derived by hand: (sigmoid(w . x) - target) x.
fn by_hand(weights: &[f64], x: &[f64], target: f64) -> Vec<f64> {
    x.iter().map(|x_i| (sigmoid(dot(weights, x)) - target) * x_i).collect()
}

fn main() {
    let mut sampler = Sampler::new(1);
    let [weights, x] = [(); 2]
        .map(|()| sampler.vec(3, -2.0, 2.0))
        .map(|v| v.into_iter().map(f64::from).collect::<Vec<_>>());
    let expected = gradient(&weights, |w| loss(w, &x, 1.0));
    let actual = by_hand(&weights, &x, 1.0);
    println!("finite differences {expected:.9?}");
    println!("by hand            {actual:.9?}");
    assert_close_f64(&actual, &expected, 1e-8, 1e-9);
    println!("the formula is right");

    // A wrong gradient is found: here the target differs.
    let wrong = by_hand(&weights, &x, 0.9);
    let off = wrong.iter().zip(&expected).map(|(w, e)| (w - e).abs()).fold(0.0, f64::max);
    println!("a wrong one is off by {off:.3}");
}
