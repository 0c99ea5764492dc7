//! Layers in a row.

use crate::error::BuildError;
use crate::init::glorot_uniform;
use crate::layer::{Kind, Layer, LayerSpec, Mode};
use crate::outline::Names;
use ae_autodiff::{Buffers, ParamId, Params, Tape, Var};
use ae_tensor::{Activation, Shape, Tensor};

/// A chain of layers whose shapes have been checked against each other.
///
/// It holds no weights but the ids of those in a [`Params`]: a part of it ([`Sequential::split_at`])
/// computes with the same weights as the whole, before, while and after they are trained.
#[derive(Clone, Debug)]
pub struct Sequential {
    layers: Vec<Layer>,
}

/// A forward pass in training.
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    /// The outputs before the sigmoid at the model's end.
    pub logits: Var,
    /// What layers add to the loss, a scalar, if there are such layers.
    pub penalty: Option<Var>,
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
        let mut index = params.len() as u64;
        Self::build_with(input, specs, params, |_, shape| {
            // A kernel is drawn by its place in the model; a bias, the one vector, begins with zeros.
            let place = index;
            index += 1;
            Ok(match shape.rank() {
                1 => Tensor::zeros(shape),
                _ => glorot_uniform(shape, seed, place),
            })
        })
    }

    /// The same with parameters that `source` gives for each name and shape: read from a file, say. Nothing is allocated
    /// before it has agreed.
    ///
    /// # Errors
    /// The first layer that does not fit its input, or the first error of `source`.
    ///
    /// # Panics
    /// If `params` already holds parameters of these names, or a tensor of `source` has another shape than asked for.
    pub fn build_with<E: From<BuildError>>(
        input: impl Into<Shape>,
        specs: &[LayerSpec],
        params: &mut Params,
        mut source: impl FnMut(&str, Shape) -> Result<Tensor, E>,
    ) -> Result<Self, E> {
        let mut shape = input.into();
        if shape.is_empty() || shape.rank() > 3 {
            return Err(BuildError::Input(shape).into());
        }
        let mut checked = |name: &str, shape: Shape| -> Result<Tensor, E> {
            let tensor = source(name, shape)?;
            assert!(tensor.shape() == shape, "{name}: {} for {shape}", tensor.shape());
            Ok(tensor)
        };
        let mut names = Names::default();
        let mut layers = Vec::with_capacity(specs.len());
        for spec in specs {
            let layer = spec.build(names.next(spec), shape, params, &mut checked)?;
            shape = layer.output;
            layers.push(layer);
        }
        // Whoever trains it draws noise for one.
        let mut random = layers.iter().filter(|layer| matches!(layer.kind, Kind::Sampling { .. }));
        if let Some(second) = random.nth(1) {
            return Err(BuildError::SecondSampling { layer: second.name.clone() }.into());
        }
        if layers.is_empty() { Err(BuildError::NoLayers.into()) } else { Ok(Self { layers }) }
    }

    /// How many layers it has.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a model has at least one layer")]
    pub fn len(&self) -> usize {
        self.layers.len()
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

    /// How many numbers a forward pass holds for each sample: the outputs of all layers, without enlarged images that are
    /// never made.
    #[must_use]
    pub fn activation_len(&self) -> usize {
        let all: usize = self.layers.iter().map(|layer| layer.output.len()).sum();
        let pairs = self.layers.iter().zip(&self.layers[1..]);
        let never_made = pairs.filter(|(layer, next)| layer.merges_with(next));
        all - never_made.map(|(layer, _)| layer.output.len()).sum::<usize>()
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
        record(&self.layers, tape, x, &mut Mode::Inference)
    }

    /// How many numbers of noise each sample needs in training: those of a variational code, else none.
    #[must_use]
    pub fn noise_len(&self) -> usize {
        let random = self.layers.iter().find(|layer| matches!(layer.kind, Kind::Sampling { .. }));
        random.map_or(0, |layer| layer.output.len())
    }

    /// [`Sequential::forward_logits`] as it is in training: a variational code is drawn, from `noise [batch, noise_len]` of N(0, 1),
    /// and what layers add to the loss is recorded as well.
    ///
    /// # Panics
    /// If `x` or the noise has another shape, or there is none although [`Sequential::noise_len`] is not 0; or if the model does not
    /// end with a sigmoid.
    #[track_caller]
    pub fn forward_training(&self, tape: &mut Tape<'_>, x: Var, noise: Option<Var>) -> Recorded {
        self.check_input(tape.shape(x));
        let outputs = self.output_shape().len();
        let mut mode = Mode::Training { noise, penalty: None, outputs };
        let logits = record(&self.with_linear_end(), tape, x, &mut mode);
        let penalty = match mode {
            Mode::Training { penalty, .. } => penalty,
            Mode::Inference => None,
        };
        Recorded { logits, penalty }
    }

    /// [`Sequential::forward`] without the sigmoid at the end: the logits that a cross-entropy wants.
    ///
    /// # Panics
    /// If `x` has another shape, or the model does not end with a sigmoid.
    #[track_caller]
    pub fn forward_logits(&self, tape: &mut Tape<'_>, x: Var) -> Var {
        self.check_input(tape.shape(x));
        record(&self.with_linear_end(), tape, x, &mut Mode::Inference)
    }

    /// The layers without the sigmoid at the end.
    #[track_caller]
    fn with_linear_end(&self) -> Vec<Layer> {
        let mut layers = self.layers.clone();
        let last = layers.last_mut().expect("a model has layers");
        assert!(
            last.activation() == Activation::Sigmoid,
            "forward_logits: the model ends with {} ({}), not with a sigmoid",
            last.name,
            last.activation().name()
        );
        *last = last.with_activation(Activation::Linear);
        layers
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
        let title = |layer: &Layer| format!("{} ({})", layer.name, layer.class);
        // Keras's width, or more: it would cut off a long name.
        let names = self.layers.iter().map(|layer| title(layer).len()).fold(28, usize::max);
        let width = names + 37;
        let row = |name: &str, shape: &str, count: &str| {
            let line = format!("{name:<names$} {shape:<25} {count}");
            format!("{}\n", line.trim_end())
        };
        let elements = |ids: &[ParamId]| ids.iter().map(|&id| params.get(id).len()).sum::<usize>();
        let mut text = format!("{}\n", "_".repeat(width));
        text += &row("Layer (type)", "Output Shape", "Param #");
        text += &format!("{}\n", "=".repeat(width));
        for (i, layer) in self.layers.iter().enumerate() {
            if i > 0 {
                text += &format!("{}\n", "_".repeat(width));
            }
            let dims: Vec<String> = layer.output.dims().iter().map(ToString::to_string).collect();
            text += &row(
                &title(layer),
                &format!("(None, {})", dims.join(", ")),
                &elements(&layer.params()).to_string(),
            );
        }
        let total = grouped(elements(&self.params()));
        text += &format!("{}\n", "=".repeat(width));
        text += &format!("Total params: {total}\nTrainable params: {total}\n");
        text += &format!("Non-trainable params: 0\n{}\n", "_".repeat(width));
        text
    }
}

/// Records the layers one after the other, or two at a time where one operation does the work of both.
fn record(layers: &[Layer], tape: &mut Tape<'_>, mut x: Var, mode: &mut Mode) -> Var {
    let mut layers = layers.iter().peekable();
    while let Some(layer) = layers.next() {
        let merged = layers.peek().and_then(|next| layer.forward_with(next, tape, x));
        if merged.is_some() {
            layers.next();
        }
        x = merged.unwrap_or_else(|| layer.forward(tape, x, mode));
    }
    x
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
mod tests;
