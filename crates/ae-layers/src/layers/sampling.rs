//! The code of a variational auto-encoder: a distribution, from which a code is drawn in training.

use super::images::{check_penalty, checked};
use crate::keras::{Keras, decimal};
use crate::onnx::{Input, Node};
use crate::{
    ArchitectureError, BuildError, Distribution, Layer, LayerSpec, Mode, Noise, Pass, Shapes, Site,
    Takes, Words,
};
use ae_autodiff::Var;
use ae_tensor::Shape;
use ae_tensor::random::Purpose;
use serde_json::json;

pub(super) const KEYWORD: &str = "sampling";

/// See [`sampling`].
#[derive(Clone, Copy, Debug)]
struct Sampling {
    kl_weight: f32,
}

/// The code of a variational auto-encoder: of `2 n` numbers the first `n` are the means of normal
/// distributions, the others the logarithms of their variances. In training a code is drawn from
/// them, and a penalty is added to the loss: `kl_weight` times the divergence from N(0, 1), summed
/// over a code, averaged over the batch, and divided by the number of the model's outputs. The
/// cross-entropy is a mean over the outputs, so with a weight of 1 the loss is the evidence lower
/// bound divided by the number of outputs; other weights are the beta of I. Higgins et al.,
/// "beta-VAE" (ICLR 2017). Outside of training the code is the means.
#[must_use]
pub fn sampling(kl_weight: f32) -> LayerSpec {
    LayerSpec::new(Sampling { kl_weight })
}

/// `0.05`.
pub(super) fn read(words: &mut Words<'_>) -> Result<LayerSpec, ArchitectureError> {
    Ok(sampling(words.weight()?))
}

impl Layer for Sampling {
    fn keyword(&self) -> &str {
        KEYWORD
    }

    fn arguments(&self) -> String {
        self.kl_weight.to_string()
    }

    fn takes(&self) -> Takes {
        Takes::Vectors
    }

    fn shapes(&self, name: &str, input: Shape) -> Result<Shapes, BuildError> {
        check_penalty(name, self.kl_weight)?;
        match *input.dims() {
            [numbers] if numbers.is_multiple_of(2) => {
                Ok(Shapes::of(checked(name, input, &[numbers / 2])?))
            }
            _ => {
                let expected = "a vector of means and as many log-variances";
                Err(BuildError::InputShape { layer: name.into(), expected, found: input })
            }
        }
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, _site: &Site<'_>, x: Var) -> Var {
        if pass.mode() == Mode::Inference {
            return pass.tape.gaussian_means(x);
        }
        let weight = self.kl_weight / pass.outputs() as f32;
        pass.penalize(weight, |tape| tape.gaussian_divergence(x));
        let noise = pass.noise();
        pass.tape.gaussian_sample(x, noise)
    }

    /// An evaluation always draws the same codes.
    fn noise(&self, _name: &str, output: Shape, mode: Mode) -> Option<Noise> {
        let purpose = match mode {
            Mode::Inference => return None,
            Mode::Evaluation => Purpose::TestCodes,
            Mode::Training => Purpose::Codes,
        };
        Some(Noise { len: output.len(), distribution: Distribution::Normal, purpose })
    }

    fn penalizes(&self) -> bool {
        true
    }

    /// Keras has no such class: `tools/keras_model.py` defines it.
    fn keras(&self) -> Option<Keras> {
        Some(Keras::new("Sampling", json!({ "kl_weight": decimal(self.kl_weight) })))
    }

    /// The first half of the input, which holds the means.
    fn onnx(&self, _input: Shape, output: Shape) -> Option<Vec<Node>> {
        let bound = |name, value| Input::Integers { name, values: vec![value] };
        let node = Node::new("Slice")
            .input(bound("from", 0))
            .input(bound("to", output.len() as i64))
            .input(bound("axis", 1));
        Some(vec![node])
    }
}
