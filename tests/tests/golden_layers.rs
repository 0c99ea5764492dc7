//! Every layer against Keras in f64, forward and backward, and its class and configuration there:
//! `layers.json`.
//!
//! A new layer adds a row to `golden/gold_layers.py`.

use ae_autodiff::{Buffers, Grads, Params, Tape};
use ae_layers::{BuildError, LayerSpec, Registry, Sequential};
use ae_tensor::{Shape, Tensor};
use ae_testkit::assert_close;
use ae_tests::{Array, read};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

/// The gradients are those of `sum(y * dy)`.
#[derive(Deserialize)]
struct Case {
    words: String,
    input: Vec<usize>,
    class: String,
    config: Value,
    x: Array,
    weights: Vec<Array>,
    y: Array,
    dy: Array,
    dx: Array,
    dweights: Vec<Array>,
}

impl Case {
    /// The layer that the case is about, after those that it needs before it.
    fn last(&self) -> &str {
        self.words.split("; ").last().expect("a split has a part")
    }
}

fn cases() -> Vec<Case> {
    read::<Golden>("layers.json").cases
}

#[test]
fn every_layer_that_keras_has_is_here() {
    let cases = cases();
    for keyword in Registry::standard().keywords() {
        // A class of tools/keras_model.py, not of Keras: see golden_codes.rs.
        let here = |case: &Case| case.last().split(' ').next() == Some(keyword);
        assert!(keyword == "sampling" || cases.iter().any(here), "{keyword} has no case");
    }
}

#[test]
fn classes_and_configurations_are_those_of_keras() {
    for case in cases() {
        let layer: LayerSpec = case.last().parse().unwrap();
        let keras = layer.keras().expect("a class of Keras");
        assert_eq!((keras.class, &keras.config), (&*case.class, &case.config), "{}", case.words);
    }
}

#[test]
fn outputs_and_gradients_are_those_of_keras() {
    for case in cases() {
        let words = case.words.split("; ");
        let layers: Vec<LayerSpec> = words.map(|words| words.parse().unwrap()).collect();
        let mut params = Params::new();
        let x = params.add("x", case.x.tensor());
        let mut weights = case.weights.iter();
        let next = |_: &str, shape: Shape| -> Result<Tensor, BuildError> {
            let tensor = weights.next().expect("as many weights as Keras has").tensor();
            assert_eq!(tensor.shape(), shape, "{}", case.words);
            Ok(tensor)
        };
        let input = Shape::new(&case.input);
        let model = Sequential::build_with(input, &layers, &mut params, next).unwrap();

        let dy = case.dy.tensor();
        let (mut buffers, mut grads) = (Buffers::new(), Grads::zeros_like(&params));
        let mut tape = Tape::new(&params, &mut buffers);
        let x_value = tape.param(x);
        let y = model.forward(&mut tape, x_value);
        assert_eq!(tape.shape(y).dims(), case.y.shape, "{}", case.words);
        assert_close(tape.value(y).data(), &case.y.data, 1e-6, 1e-6);
        let factors = tape.input(&dy);
        let product = tape.mul(y, factors);
        let mean = tape.mean(product);
        let sum = tape.scale(mean, dy.len() as f32);
        tape.backward(sum, &mut grads);
        assert_close(grads.get(x).data(), &case.dx.data, 1e-5, 1e-5);
        for (id, expected) in model.params().into_iter().zip(&case.dweights) {
            assert_close(grads.get(id).data(), &expected.data, 1e-5, 1e-5);
        }
    }
}
