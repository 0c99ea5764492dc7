//! Dropout: numbers are dropped at random in training, so that the model does not rely on any of
//! them.

use crate::footprint::AxisMap;
use crate::keras::{Keras, decimal};
use crate::onnx::Node;
use crate::{
    ArchitectureError, BuildError, Distribution, Layer, LayerSpec, Mode, Noise, Pass, Shapes, Site,
    Takes, Words,
};
use ae_autodiff::Var;
use ae_tensor::Shape;
use ae_tensor::random::Purpose;
use serde_json::json;

pub(super) const KEYWORD: &str = "dropout";

const EXPECTED: &str = "a rate of at least 0 and below 1";

/// See [`dropout`].
#[derive(Clone, Copy, Debug)]
struct Dropout {
    rate: f32,
}

/// In training, each number becomes 0 with probability `rate`, and the others are divided by
/// `1 - rate`, so that the expected sum stays the same (N. Srivastava et al., "Dropout", JMLR 15,
/// 2014, in the inverted form of Keras). Outside of training the input is returned unchanged.
///
/// Which numbers are dropped depends on the seed, the epoch, the sample and the layer's name, and
/// not on the batch or the threads.
#[must_use]
pub fn dropout(rate: f32) -> LayerSpec {
    LayerSpec::new(Dropout { rate })
}

/// `0.2`.
pub(super) fn read(words: &mut Words<'_>) -> Result<LayerSpec, ArchitectureError> {
    Ok(dropout(words.number_in(EXPECTED, |rate| accepts(*rate))?))
}

fn accepts(rate: f32) -> bool {
    (0.0..1.0).contains(&rate) && rate.is_sign_positive()
}

impl Layer for Dropout {
    fn keyword(&self) -> &str {
        KEYWORD
    }

    fn arguments(&self) -> String {
        self.rate.to_string()
    }

    fn takes(&self) -> Takes {
        Takes::Any
    }

    fn shapes(&self, name: &str, input: Shape) -> Result<Shapes, BuildError> {
        if !accepts(self.rate) {
            let reason = format!("expected {EXPECTED}, found {}", self.rate);
            return Err(BuildError::Other { layer: name.into(), reason });
        }
        Ok(Shapes::of(input))
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, _site: &Site<'_>, x: Var) -> Var {
        if pass.mode() != Mode::Training {
            return x;
        }
        let (noise, shape) = (pass.noise(), pass.tape.shape(x));
        let noise = pass.tape.reshape(noise, shape);
        pass.tape.dropout(x, noise, self.rate)
    }

    fn noise(&self, name: &str, output: Shape, mode: Mode) -> Option<Noise> {
        let (len, distribution) = (output.len(), Distribution::Uniform);
        let noise = Noise { len, distribution, purpose: Purpose::custom(name) };
        (mode == Mode::Training).then_some(noise)
    }

    fn axis_map(&self, _axis: usize) -> Option<AxisMap> {
        Some(AxisMap::Pointwise)
    }

    fn keras(&self) -> Option<Keras> {
        Some(Keras::new("Dropout", json!({ "rate": decimal(self.rate) })))
    }

    fn onnx(&self, _input: Shape, _output: Shape) -> Option<Vec<Node>> {
        // It has an effect only in training.
        Some(vec![])
    }
}
