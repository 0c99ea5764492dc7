//! One weight's gradient, computed in two ways.

use super::{EngineError, Model};
use ae_autodiff::{Buffers, Grads, Params, Tape};
use ae_layers::{End, Mode};
use ae_tensor::{Activation, Tensor};
use ae_train::{BinaryCrossentropy, Loss, MeanSquaredError};

/// A weight of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight<'a> {
    /// The number of its layer, counted from 0.
    pub layer: usize,
    /// `kernel` or `bias`.
    pub part: &'a str,
    /// Its place there, counted from 0.
    pub position: usize,
}

/// The derivative of the loss of one image by one weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradientCheck {
    /// The loss.
    pub loss: f64,
    /// Its derivative as the backward pass computes it, with those of all other weights.
    pub gradient: f64,
    /// The central difference: the loss with the weight a step larger, minus that with it a step
    /// smaller, over the distance of the two.
    pub difference: f64,
}

impl Model {
    /// The gradient of one weight from the backward pass, beside the difference of two losses. The
    /// loss is that of training: the binary cross-entropy if the model ends with a sigmoid, or else
    /// the mean squared error, of one image with its `target`. No random numbers are drawn, and no
    /// penalties of layers are added.
    ///
    /// # Errors
    /// If there is no such weight, an image has another size, or the step is not above 0.
    pub fn gradient(
        &self,
        input: &[f32],
        target: &[f32],
        weight: Weight<'_>,
        step: f32,
    ) -> Result<GradientCheck, EngineError> {
        if !(step.is_finite() && step > 0.0) {
            return Err(EngineError::new("step", "a number above 0", step));
        }
        let (x, t) = (self.one("input", input)?, self.one("target", target)?);
        let sigmoid = self.model.sequential().last_activation() == Activation::Sigmoid;
        if sigmoid && !target.iter().all(|value| (0.0..=1.0).contains(value)) {
            return Err(EngineError::new("target", "values from 0 to 1", "others"));
        }
        let layer = self.layer(weight.layer)?;
        let params = self.model.params();
        let id = params.find(&format!("{}/{}", layer.name, weight.part));
        let found = id.filter(|&id| weight.position < params.get(id).shape().len());
        let Some(id) = found else {
            let len = id.map_or(0, |id| params.get(id).shape().len());
            let expected = format!("one of the {len} of {} of {}", weight.part, layer.name);
            return Err(EngineError::new("weight", expected, weight.position));
        };

        let loss: &dyn Loss = if sigmoid { &BinaryCrossentropy } else { &MeanSquaredError };
        let end = if sigmoid { End::Logits } else { End::Outputs };
        let mut buffers = Buffers::new();
        let mut grads = Grads::zeros_like(params);
        let mut tape = Tape::new(params, &mut buffers);
        let (input, target) = (tape.input(&x), tape.input(&t));
        let output = self.model.sequential().record(&mut tape, input, Mode::Inference, &[], end);
        let value = loss.record(&mut tape, output.output, target);
        tape.backward(value, &mut grads);

        let mut moved = params.clone();
        let old = params.get(id).data()[weight.position];
        let mut at = |new: f32| {
            moved.get_mut(id).data_mut()[weight.position] = new;
            self.loss(&moved, &x, &t, loss, end)
        };
        // The two weights are rounded, so their distance is not quite twice the step.
        let (above, below) = (old + step, old - step);
        let distance = f64::from(above) - f64::from(below);
        let difference = (at(above) - at(below)) / distance;
        Ok(GradientCheck {
            loss: at(old),
            gradient: f64::from(grads.get(id).data()[weight.position]),
            difference,
        })
    }

    fn loss(&self, params: &Params, x: &Tensor, t: &Tensor, loss: &dyn Loss, end: End) -> f64 {
        let mut buffers = Buffers::new();
        let mut tape = Tape::new(params, &mut buffers);
        let x = tape.input(x);
        let output = self.model.sequential().record(&mut tape, x, Mode::Inference, &[], end);
        loss.value(tape.value(output.output), t)
    }
}
