//! A chain of layers.

use crate::error::BuildError;
use crate::layer::{LayerSpec, Parameter, Site};
use crate::outline::{LayerOutline, outline};
use crate::pass::{Mode, Noise, Pass};
use ae_autodiff::{Buffers, ParamId, Params, Tape, Var};
use ae_tensor::random::Purpose;
use ae_tensor::{Activation, Shape, Tensor};

/// A chain of layers whose shapes have been checked against each other.
///
/// It holds no weights, only the ids of the weights in a [`Params`]. So a part of it
/// ([`Sequential::split_at`]) computes with the same weights as the whole, before, during and after
/// training.
#[derive(Clone, Debug)]
pub struct Sequential {
    layers: Vec<Placed>,
    /// The layers as they are run, some of them merged.
    plan: Vec<Placed>,
    /// The last layer of the plan without its activation, if the activation is a sigmoid.
    logits: Option<Placed>,
}

/// A layer in its place, with the ids of its parameters.
#[derive(Clone, Debug)]
struct Placed {
    name: String,
    spec: LayerSpec,
    input: Shape,
    output: Shape,
    params: Vec<ParamId>,
}

impl Placed {
    fn site(&self) -> Site<'_> {
        let Self { ref name, input, output, ref params, .. } = *self;
        Site { name, input, output, params }
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, x: Var) -> Var {
        self.spec.forward(pass, &self.site(), x)
    }

    /// One layer that replaces this one and the `next`, if such a layer exists.
    fn merged_with(&self, next: &Self) -> Option<Self> {
        let spec = self.spec.merged_with(&*next.spec)?;
        let params = [&self.params[..], &next.params].concat();
        Some(Self { spec, input: self.input, params, ..next.clone() })
    }
}

/// The end of a forward pass in training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The model's outputs.
    Outputs,
    /// The outputs before the sigmoid at the end of the model.
    Logits,
}

/// The results of a forward pass that a loss needs.
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    /// The outputs or the logits, `[batch, ...output shape]`.
    pub output: Var,
    /// The sum of the layers' penalties, a scalar; `None` if no layer has one.
    pub penalty: Option<Var>,
}

impl Sequential {
    /// Builds the layers for inputs of shape `input` (one sample, without the batch), and adds
    /// their parameters, drawn for this `seed`, to `params`.
    ///
    /// Layers are named as Keras names them, `dense_1`, `dense_2`, and their parameters
    /// `dense_1/kernel` and so on.
    ///
    /// # Errors
    /// The first layer that does not fit its input, and why; or [`BuildError::NameTaken`] if
    /// `params` already holds a parameter of such a name: see [`Sequential::build_in`].
    pub fn build(
        input: impl Into<Shape>,
        layers: &[LayerSpec],
        params: &mut Params,
        seed: u64,
    ) -> Result<Self, BuildError> {
        Self::build_in("", input, layers, params, seed)
    }

    /// Builds one of several models in the same `params`, as [`Sequential::build`] does. The names
    /// of its parameters begin with `scope`, as in `teacher/dense_1/kernel`.
    ///
    /// ```
    /// use ae_autodiff::Params;
    /// use ae_layers::{Activation, Sequential, dense};
    /// let mut params = Params::new();
    /// for scope in ["teacher", "student"] {
    ///     Sequential::build_in(scope, [4], &[dense(2, Activation::Relu)], &mut params, 1)?;
    /// }
    /// assert!(params.find("student/dense_1/kernel").is_some());
    /// # Ok::<(), ae_layers::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Sequential::build`].
    pub fn build_in(
        scope: &str,
        input: impl Into<Shape>,
        layers: &[LayerSpec],
        params: &mut Params,
        seed: u64,
    ) -> Result<Self, BuildError> {
        let outlines = outline(checked_input(input.into())?, layers)?;
        // A parameter is drawn by its place in `params`.
        let mut inits = outlines.iter().flat_map(|layer| &layer.parameters).map(|p| p.init);
        let mut place = params.len() as u64;
        let draw = |_: &str, shape| {
            let init = inits.next().expect("each parameter is asked for once");
            let tensor = init.tensor(shape, seed, place);
            place += 1;
            Ok(tensor)
        };
        Self::from_outlines(scope, &outlines, params, draw)
    }

    /// Builds a model as [`Sequential::build`] does, with parameters that `source` returns for each
    /// name and shape, for example from a file. Nothing is allocated before `source` has returned
    /// the parameter.
    ///
    /// # Errors
    /// As [`Sequential::build`], or the first error of `source`.
    ///
    /// # Panics
    /// If a tensor of `source` does not have the requested shape.
    pub fn build_with<E: From<BuildError>>(
        input: impl Into<Shape>,
        layers: &[LayerSpec],
        params: &mut Params,
        source: impl FnMut(&str, Shape) -> Result<Tensor, E>,
    ) -> Result<Self, E> {
        let outlines = outline(checked_input(input.into())?, layers)?;
        Self::from_outlines("", &outlines, params, source)
    }

    fn from_outlines<E: From<BuildError>>(
        scope: &str,
        outlines: &[LayerOutline],
        params: &mut Params,
        mut source: impl FnMut(&str, Shape) -> Result<Tensor, E>,
    ) -> Result<Self, E> {
        if outlines.is_empty() {
            return Err(BuildError::NoLayers.into());
        }
        check_noise(outlines)?;
        let prefix = if scope.is_empty() { String::new() } else { format!("{scope}/") };
        let full = |layer: &str, parameter: &str| format!("{prefix}{layer}/{parameter}");
        for (layer, parameter) in
            outlines.iter().flat_map(|l| l.parameters.iter().map(move |p| (l, p)))
        {
            let name = full(&layer.name, parameter.name);
            if params.find(&name).is_some() {
                return Err(BuildError::NameTaken { name }.into());
            }
        }
        let mut add = |layer: &str, &Parameter { name, shape, .. }: &Parameter| {
            let name = full(layer, name);
            let tensor = source(&name, shape)?;
            assert!(tensor.shape() == shape, "{name}: {} for {shape}", tensor.shape());
            Ok(params.add(name, tensor))
        };
        let mut layers = Vec::with_capacity(outlines.len());
        for LayerOutline { name, spec, input, output, parameters } in outlines {
            let ids = parameters.iter().map(|parameter| add(name, parameter));
            let params = ids.collect::<Result<_, E>>()?;
            let (name, spec) = (name.clone(), spec.clone());
            layers.push(Placed { name, spec, input: *input, output: *output, params });
        }
        Ok(Self::of(layers))
    }

    /// The model of these layers; there must be at least one.
    fn of(layers: Vec<Placed>) -> Self {
        let mut plan: Vec<Placed> = Vec::with_capacity(layers.len());
        for layer in &layers {
            match plan.last().and_then(|last| last.merged_with(layer)) {
                Some(merged) => *plan.last_mut().expect("it was just there") = merged,
                None => plan.push(layer.clone()),
            }
        }
        let last = plan.last().expect("a model has layers");
        let sigmoid = last.spec.activation() == Activation::Sigmoid;
        let without = last.spec.without_activation().filter(|_| sigmoid);
        let logits = without.map(|spec| Placed { spec, ..last.clone() });
        Self { layers, plan, logits }
    }

    /// The number of layers.
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
        self.last().output
    }

    /// The activation that is applied last.
    #[must_use]
    pub fn last_activation(&self) -> Activation {
        self.last().spec.activation()
    }

    fn last(&self) -> &Placed {
        self.layers.last().expect("a model has layers")
    }

    /// The number of values that a forward pass holds for each sample: the outputs of all layers,
    /// except images that are never created: enlarged ones, and those before a pooling.
    #[must_use]
    pub fn activation_len(&self) -> usize {
        self.plan.iter().map(|layer| layer.output.len()).sum()
    }

    /// The first `count` layers and the rest, as two models that share the weights of this one: an
    /// auto-encoder's encoder and decoder.
    ///
    /// # Panics
    /// If one of them would have no layers. The second part panics when it is used if a shortcut
    /// leads into it from the first.
    #[must_use]
    pub fn split_at(&self, count: usize) -> (Self, Self) {
        assert!(
            0 < count && count < self.layers.len(),
            "split_at: {count} of {} layers",
            self.layers.len()
        );
        let (head, tail) = self.layers.split_at(count);
        (Self::of(head.to_vec()), Self::of(tail.to_vec()))
    }

    /// Records the model's forward pass on `x`, `[batch, ...input shape]`, and returns
    /// `[batch, ...output shape]`.
    ///
    /// # Panics
    /// If `x` has another shape.
    #[track_caller]
    pub fn forward(&self, tape: &mut Tape<'_>, x: Var) -> Var {
        self.record(tape, x, Mode::Inference, &[], End::Outputs).output
    }

    /// [`Sequential::forward`] without the sigmoid at the end: it returns the logits for a
    /// cross-entropy.
    ///
    /// # Panics
    /// If `x` has another shape, or the model does not end with a sigmoid.
    #[track_caller]
    pub fn forward_logits(&self, tape: &mut Tape<'_>, x: Var) -> Var {
        self.record(tape, x, Mode::Inference, &[], End::Logits).output
    }

    /// The random numbers that each sample needs in this mode, layer by layer.
    #[must_use]
    pub fn noise(&self, mode: Mode) -> Vec<Noise> {
        let of = |layer: &Placed| layer.spec.noise(&layer.name, layer.output, mode);
        self.plan.iter().filter_map(of).collect()
    }

    /// Records the model's forward pass on `x`, `[batch, ...input shape]`, in this `mode`,
    /// including the random numbers and the penalties of its layers. `noise` has a value
    /// `[batch, len]` for each element of [`Sequential::noise`].
    ///
    /// # Panics
    /// If `x` or the noise has another shape, if the number of noise values is wrong, or if logits
    /// are requested from a model that does not end with a sigmoid.
    #[track_caller]
    pub fn record(
        &self,
        tape: &mut Tape<'_>,
        x: Var,
        mode: Mode,
        noise: &[Var],
        end: End,
    ) -> Recorded {
        self.check_input(tape.shape(x));
        let (last, before) = self.plan.split_last().expect("a model has layers");
        let last = match end {
            End::Outputs => last,
            End::Logits => self.logits.as_ref().unwrap_or_else(|| self.no_logits()),
        };
        let mut pass = Pass::new(tape, mode, noise, self.output_shape().len());
        let x = before.iter().fold(x, |x, layer| layer.forward(&mut pass, x));
        let output = last.forward(&mut pass, x);
        let left = pass.noise_left();
        assert!(left == 0, "record: {left} of the given noises were not drawn by any layer");
        Recorded { output, penalty: pass.penalty() }
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
    fn no_logits(&self) -> ! {
        let last = self.last();
        let activation = last.spec.activation().name();
        panic!(
            "forward_logits: the model ends with {} ({activation}), not with a sigmoid",
            last.name
        )
    }

    #[track_caller]
    fn check_input(&self, found: Shape) {
        let expected = self.input_shape();
        let batch = found.dims().first().copied().unwrap_or(0);
        assert!(
            found == expected.with_batch(batch),
            "{}: expected a batch of {expected}, got {found}",
            self.layers[0].name
        );
    }

    /// The ids of all parameters, layer by layer.
    #[must_use]
    pub fn params(&self) -> Vec<ParamId> {
        self.layers.iter().flat_map(|layer| layer.params.iter().copied()).collect()
    }

    /// The layers with their places, for the summary.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&LayerSpec, Site<'_>)> {
        self.layers.iter().map(|layer| (&layer.spec, layer.site()))
    }
}

fn checked_input(input: Shape) -> Result<Shape, BuildError> {
    if input.is_empty() || input.rank() > 3 { Err(BuildError::Input(input)) } else { Ok(input) }
}

/// Refuses two layers that draw from the same streams: they would draw the same numbers.
fn check_noise(layers: &[LayerOutline]) -> Result<(), BuildError> {
    let mut taken: Vec<Purpose> = Vec::new();
    for LayerOutline { name, spec, output, .. } in layers {
        let Some(noise) = spec.noise(name, *output, Mode::Training) else { continue };
        if taken.contains(&noise.purpose) {
            return Err(BuildError::SharedNoise { layer: name.clone() });
        }
        taken.push(noise.purpose);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
