//! Glorot's uniform initializer against Keras's: `glorot.json`. The generators differ, so the draws
//! do; their range and moments must not.

use ae_autodiff::Params;
use ae_layers::init::{glorot_limit, glorot_uniform};
use ae_layers::{Activation, Sequential, dense};
use ae_tensor::Shape;
use ae_tests::read;
use serde::Deserialize;
use std::sync::LazyLock;

static GOLDEN: LazyLock<Golden> = LazyLock::new(|| read("glorot.json"));

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    shape: Vec<usize>,
    fan_in: usize,
    fan_out: usize,
    limit: f64,
    keras_min: f64,
    keras_max: f64,
    keras_mean: f64,
    keras_std: f64,
}

/// Both are the root of one quotient, in f64.
#[test]
fn limits_are_equal() {
    assert_eq!(GOLDEN.cases.len(), 6);
    for case in &GOLDEN.cases {
        assert_eq!(case.limit, (6.0 / (case.fan_in + case.fan_out) as f64).sqrt());
        assert_eq!(glorot_limit(Shape::new(&case.shape)), case.limit, "{:?}", case.shape);
    }
}

#[test]
fn draws_have_the_range_and_moments_of_keras() {
    for case in &GOLDEN.cases {
        let shape = Shape::new(&case.shape);
        let n = shape.len() as f64;
        for seed in 0..20 {
            let w = glorot_uniform(shape, seed, 0);
            let data = w.data().iter().map(|&x| f64::from(x));
            let (min, max) =
                data.clone().fold((0.0, 0.0), |(a, b): (f64, f64), x| (a.min(x), b.max(x)));
            let mean = data.clone().sum::<f64>() / n;
            let std = (data.map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
            // The limit itself is rounded to f32.
            let limit = case.limit * (1.0 + 6e-8);
            assert!(-limit <= min && max <= limit, "{shape} seed {seed}: {min} to {max}");
            // The outermost of n draws lies l k / n within the limit with probability 1 - e^(-k/2):
            // k = 30.
            let near = 30.0 * case.limit / n;
            assert!(
                min - case.keras_min < near && case.keras_max - max < near,
                "{shape} seed {seed}"
            );
            // Standard errors: of the mean l / sqrt(3 n), of the standard deviation s / sqrt(5 n).
            // Both sides are draws, which makes it sqrt(2) as much; five times that is one false
            // alarm in a million.
            let five = 5.0 * (2.0 / n).sqrt();
            let sigma = case.limit / 3f64.sqrt();
            assert!((mean - case.keras_mean).abs() < five * sigma, "{shape} seed {seed}: {mean}");
            assert!(
                (std - case.keras_std).abs() < five * sigma / 5f64.sqrt(),
                "{shape} seed {seed}: {std}"
            );
        }
    }
}

/// The notebook's model: kernels by this rule, biases zero.
#[test]
fn a_model_starts_as_in_keras() {
    let mut params = Params::new();
    let layers = [dense(10, Activation::Relu), dense(784, Activation::Sigmoid)];
    Sequential::build([784], &layers, &mut params, 1).expect("the shapes fit");
    let kernels = [("dense_1", [784, 10]), ("dense_2", [10, 784])];
    for (layer, shape) in kernels {
        let case = GOLDEN.cases.iter().find(|c| c.shape == shape).expect("a golden case");
        let kernel = params.get(params.find(&format!("{layer}/kernel")).expect("a kernel"));
        assert_eq!(kernel.shape().dims(), shape);
        let largest = kernel.data().iter().fold(0f32, |m, x| m.max(x.abs()));
        assert!((0.99..=1.0 + 6e-8).contains(&(f64::from(largest) / case.limit)), "{largest}");
        let bias = params.get(params.find(&format!("{layer}/bias")).expect("a bias"));
        assert_eq!(bias.shape().dims(), [shape[1]]);
        assert!(bias.data().iter().all(|&b| b == 0.0));
    }
}
