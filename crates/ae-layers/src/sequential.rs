//! Layers in a row.

use crate::error::BuildError;
use crate::layer::{Layer, LayerSpec};
use ae_autodiff::{Buffers, ParamId, Params, Tape, Var};
use ae_tensor::{Activation, Shape, Tensor};
use std::collections::BTreeMap;

/// A chain of layers whose shapes have been checked against each other.
///
/// It holds no weights but the ids of those in a [`Params`]: a part of it ([`Sequential::split_at`])
/// computes with the same weights as the whole, before, while and after they are trained.
#[derive(Clone, Debug)]
pub struct Sequential {
    layers: Vec<Layer>,
}

impl Sequential {
    /// Builds the layers for inputs of shape `input` (one sample, without the batch), and adds their
    /// parameters, drawn for this `seed`, to `params`.
    ///
    /// Layers are named as Keras names them, `dense_1`, `dense_2`, and their parameters `dense_1/kernel`
    /// and so on.
    ///
    /// # Errors
    /// The first layer that does not fit its input, and why.
    ///
    /// # Panics
    /// If `params` already holds parameters of these names.
    pub fn build(
        input: impl Into<Shape>,
        specs: &[LayerSpec],
        params: &mut Params,
        seed: u64,
    ) -> Result<Self, BuildError> {
        let mut shape = input.into();
        if shape.is_empty() || shape.rank() > 3 {
            return Err(BuildError::Input(shape));
        }
        let mut counts = BTreeMap::new();
        let mut layers = Vec::with_capacity(specs.len());
        for spec in specs {
            let count: &mut usize = counts.entry(spec.class()).or_default();
            *count += 1;
            let name = format!("{}_{count}", spec.class().to_lowercase());
            let layer = spec.build(name, shape, params, seed)?;
            shape = layer.output;
            layers.push(layer);
        }
        if layers.is_empty() { Err(BuildError::NoLayers) } else { Ok(Self { layers }) }
    }

    /// The shape of one input sample.
    #[must_use]
    pub fn input_shape(&self) -> Shape {
        self.layers[0].input
    }

    /// The shape of one output sample.
    #[must_use]
    pub fn output_shape(&self) -> Shape {
        self.layers[self.layers.len() - 1].output
    }

    /// How many numbers a forward pass holds per sample: the elements of all layers' outputs.
    #[must_use]
    pub fn activation_len(&self) -> usize {
        self.layers.iter().map(|layer| layer.output.len()).sum()
    }

    /// The first `count` layers and the rest, as two models that share the weights of this one: an
    /// auto-encoder's encoder and decoder.
    ///
    /// # Panics
    /// If one of them would have no layers.
    #[must_use]
    pub fn split_at(&self, count: usize) -> (Self, Self) {
        assert!(
            0 < count && count < self.layers.len(),
            "split_at: {count} of {} layers",
            self.layers.len()
        );
        let (head, tail) = self.layers.split_at(count);
        (Self { layers: head.to_vec() }, Self { layers: tail.to_vec() })
    }

    /// Records the model's work on `x`, `[batch, ...input shape]`, and returns `[batch, ...output shape]`.
    ///
    /// # Panics
    /// If `x` has another shape.
    #[track_caller]
    pub fn forward(&self, tape: &mut Tape<'_>, x: Var) -> Var {
        self.check_input(tape.shape(x));
        self.layers.iter().fold(x, |x, layer| layer.forward(tape, x))
    }

    /// [`Sequential::forward`] without the sigmoid at the end: the logits that a cross-entropy wants.
    ///
    /// # Panics
    /// If `x` has another shape, or the model does not end with a sigmoid.
    #[track_caller]
    pub fn forward_logits(&self, tape: &mut Tape<'_>, x: Var) -> Var {
        self.check_input(tape.shape(x));
        let (last, before) = self.layers.split_last().expect("a model has layers");
        assert!(
            last.activation() == Activation::Sigmoid,
            "forward_logits: the model ends with {} ({}), not with a sigmoid",
            last.name,
            last.activation().name()
        );
        let x = before.iter().fold(x, |x, layer| layer.forward(tape, x));
        last.with_activation(Activation::Linear).forward(tape, x)
    }

    /// The outputs for a batch of inputs.
    ///
    /// # Panics
    /// If `x` is not of shape `[batch, ...input shape]`.
    #[must_use]
    #[track_caller]
    pub fn predict(&self, params: &Params, x: &Tensor) -> Tensor {
        let mut buffers = Buffers::new();
        let mut tape = Tape::new(params, &mut buffers);
        let x = tape.input(x);
        let y = self.forward(&mut tape, x);
        tape.into_value(y)
    }

    #[track_caller]
    fn check_input(&self, found: Shape) {
        let expected = self.input_shape();
        let batch = found.dims().first().copied().unwrap_or(0);
        assert!(
            found == expected.with_batch(batch),
            "{}: wants a batch of {expected}, got {found}",
            self.layers[0].name
        );
    }

    /// The ids of all parameters, layer by layer.
    #[must_use]
    pub fn params(&self) -> Vec<ParamId> {
        self.layers.iter().flat_map(Layer::params).collect()
    }

    /// The table that Keras's `summary()` prints: each layer's name and class, its output's shape, its
    /// number of parameters, and the total.
    #[must_use]
    pub fn summary(&self, params: &Params) -> String {
        const WIDTH: usize = 65;
        let row = |name: &str, shape: &str, count: &str| {
            let line = format!("{name:<28} {shape:<25} {count}");
            format!("{}\n", line.trim_end())
        };
        let elements = |ids: &[ParamId]| ids.iter().map(|&id| params.get(id).len()).sum::<usize>();
        let mut text = format!("{}\n", "_".repeat(WIDTH));
        text += &row("Layer (type)", "Output Shape", "Param #");
        text += &format!("{}\n", "=".repeat(WIDTH));
        for (i, layer) in self.layers.iter().enumerate() {
            if i > 0 {
                text += &format!("{}\n", "_".repeat(WIDTH));
            }
            let dims: Vec<String> = layer.output.dims().iter().map(ToString::to_string).collect();
            text += &row(
                &format!("{} ({})", layer.name, layer.class),
                &format!("(None, {})", dims.join(", ")),
                &elements(&layer.params()).to_string(),
            );
        }
        let total = grouped(elements(&self.params()));
        text += &format!("{}\n", "=".repeat(WIDTH));
        text += &format!("Total params: {total}\nTrainable params: {total}\n");
        text += &format!("Non-trainable params: 0\n{}\n", "_".repeat(WIDTH));
        text
    }
}

/// `16474` as `16,474`.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dense, flatten, relu, reshape, sigmoid};
    use ae_testkit::{Sampler, assert_close, naive};

    fn notebook(params: &mut Params) -> Sequential {
        let layers = [dense(10, Activation::Relu), dense(784, Activation::Sigmoid)];
        Sequential::build([784], &layers, params, 1).expect("the shapes fit")
    }

    #[test]
    fn the_summary_is_that_of_keras() {
        let mut params = Params::new();
        let model = notebook(&mut params);
        assert_eq!(
            model.summary(&params),
            "\
_________________________________________________________________
Layer (type)                 Output Shape              Param #
=================================================================
dense_1 (Dense)              (None, 10)                7850
_________________________________________________________________
dense_2 (Dense)              (None, 784)               8624
=================================================================
Total params: 16,474
Trainable params: 16,474
Non-trainable params: 0
_________________________________________________________________
"
        );
        assert_eq!(params.element_count(), 16_474);
        assert_eq!(model.activation_len(), 794);
        let names: Vec<_> = params.ids().map(|id| params.name(id)).collect();
        assert_eq!(names, ["dense_1/kernel", "dense_1/bias", "dense_2/kernel", "dense_2/bias"]);
        assert!(params.get(params.find("dense_1/bias").unwrap()).data().iter().all(|&b| b == 0.0));
        // Both kernels have 7840 elements and the same limit, and yet must not be the same numbers.
        let kernel = |name| params.get(params.find(name).unwrap()).data();
        assert_ne!(kernel("dense_1/kernel"), kernel("dense_2/kernel"));
    }

    #[test]
    fn forward_equals_the_formula_and_logits_precede_the_sigmoid() {
        let mut params = Params::new();
        let layers = [dense(3, Activation::Relu), dense(5, Activation::Linear), sigmoid()];
        let model = Sequential::build([5], &layers, &mut params, 7).unwrap();
        for id in params.ids() {
            // Biases too shall not be zero.
            let shape = params.get(id).shape();
            let data = Sampler::new(id.index() as u64).vec(shape.len(), -1.0, 1.0);
            *params.get_mut(id) = Tensor::new(shape, data);
        }
        let x = Tensor::new([2, 5], Sampler::new(9).vec(10, 0.0, 1.0));
        let w: Vec<Vec<f64>> = params.ids().map(|id| naive::widen(params.get(id).data())).collect();
        let mut h = naive::matmul(&naive::widen(x.data()), &w[0], 2, 5, 3);
        h.iter_mut().enumerate().for_each(|(i, h)| *h = (*h + w[1][i % 3]).max(0.0));
        let mut z = naive::matmul(&h, &w[2], 2, 3, 5);
        z.iter_mut().enumerate().for_each(|(i, z)| *z += w[3][i % 5]);
        let y: Vec<f64> = z.iter().map(|&z| naive::sigmoid(z)).collect();
        assert_close(model.predict(&params, &x).data(), &y, 1e-5, 1e-6);

        let mut buffers = Buffers::new();
        let mut tape = Tape::new(&params, &mut buffers);
        let x = tape.input(&x);
        let logits = model.forward_logits(&mut tape, x);
        assert_close(tape.value(logits).data(), &z, 1e-5, 1e-6);
    }

    #[test]
    fn encoder_and_decoder_share_the_weights() {
        let mut params = Params::new();
        let model = notebook(&mut params);
        let (encoder, decoder) = model.split_at(1);
        let x = Tensor::new([3, 784], Sampler::new(1).vec(3 * 784, 0.0, 1.0));
        let through = |params: &Params| decoder.predict(params, &encoder.predict(params, &x));
        assert_eq!(through(&params), model.predict(&params, &x));
        // A change of the weights is seen by all three.
        let before = through(&params);
        let kernel = params.find("dense_1/kernel").unwrap();
        params.get_mut(kernel).data_mut().iter_mut().for_each(|w| *w *= 2.0);
        assert_ne!(through(&params), before);
        assert_eq!(through(&params), model.predict(&params, &x));
    }

    #[test]
    fn images_are_flattened_and_restored() {
        let mut params = Params::new();
        let layers = [
            flatten(),
            dense(4, Activation::Linear),
            relu(),
            dense(6, Activation::Sigmoid),
            reshape([2, 3, 1]),
        ];
        let model = Sequential::build([2, 3, 1], &layers, &mut params, 0).unwrap();
        let y = model.predict(&params, &Tensor::full([5, 2, 3, 1], 0.5));
        assert_eq!(y.shape(), Shape::from([5, 2, 3, 1]));
        assert!(
            model
                .summary(&params)
                .contains("reshape_1 (Reshape)          (None, 2, 3, 1)           0")
        );
    }

    #[test]
    fn errors_name_the_layer_and_the_reason() {
        let build = |input: &[usize], layers: &[LayerSpec]| {
            Sequential::build(input, layers, &mut Params::new(), 0).unwrap_err().to_string()
        };
        assert_eq!(
            build(&[28, 28], &[dense(10, Activation::Relu)]),
            "layer dense_1 takes a vector, but is given shape (28, 28)"
        );
        assert_eq!(
            build(&[6], &[dense(4, Activation::Relu), reshape([3, 2])]),
            "layer reshape_1 cannot reshape (4,) (4 elements) to (3, 2) (6 elements)"
        );
        assert_eq!(build(&[6], &[dense(0, Activation::Relu)]), "layer dense_1 has no units");
        assert_eq!(build(&[6], &[]), "a model needs at least one layer");
        assert!(build(&[0], &[flatten()]).starts_with("the input shape (0,)"));
    }

    #[test]
    #[should_panic(expected = "dense_1: wants a batch of (784,), got (2, 783)")]
    fn a_batch_of_another_shape() {
        let mut params = Params::new();
        let model = notebook(&mut params);
        let _ = model.predict(&params, &Tensor::zeros([2, 783]));
    }

    #[test]
    #[should_panic(
        expected = "forward_logits: the model ends with dense_1 (relu), not with a sigmoid"
    )]
    fn logits_need_a_sigmoid() {
        let mut params = Params::new();
        let model = Sequential::build([2], &[dense(2, Activation::Relu)], &mut params, 0).unwrap();
        let x = Tensor::zeros([1, 2]);
        let mut buffers = Buffers::new();
        let mut tape = Tape::new(&params, &mut buffers);
        let x = tape.input(&x);
        model.forward_logits(&mut tape, x);
    }
}
