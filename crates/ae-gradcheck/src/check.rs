//! The comparison of a model's gradients with differences.

use crate::CheckError;
use crate::broken::{Broken, Bug, apart};
use crate::differences::{Difference, Twin};
use crate::sides::{build, check_layer, noise_of, place, random, twin_of, wrong};
use ae_autodiff::{Buffers, Grads, ParamId, Params, Tape, Var};
use ae_layers::{Architecture, End, LayerOutline, Mode, Sequential};
use ae_reference::{State, naive};
use ae_tensor::random::{Purpose, stream, uniform};
use ae_tensor::{Activation, Shape, Tensor, current_threads, for_each_with};
use ae_train::NamedLoss;

/// A deviation of more roundings than this is not rounding: see [`Row::expected`].
const LIMIT: f64 = 32.0;

/// What is compared.
#[derive(Clone, Debug)]
pub struct Options {
    /// Decides the images, the random numbers of layers, and which weights are taken.
    pub seed: u64,
    /// The number of images in the batch.
    pub images: usize,
    /// The most weights of one parameter that are compared; `None` for all.
    pub most: Option<usize>,
    /// The layer whose parameters are compared; `None` for all.
    pub layer: Option<String>,
    /// A mistake to make.
    pub broken: Option<Broken>,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, images: 2, most: Some(12), layer: None, broken: None }
    }
}

/// One weight.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// Its place in its parameter, row-major.
    pub place: usize,
    /// The gradient of the backward pass.
    pub gradient: f64,
    /// The central difference.
    pub difference: f64,
    /// The deviation of the two, in units of the rounding to be expected.
    pub roundings: f64,
}

/// One parameter of a layer.
#[derive(Clone, Debug)]
pub struct Row {
    /// The layer, `dense_1`.
    pub layer: String,
    /// The parameter, `kernel`.
    pub parameter: String,
    /// Its shape.
    pub shape: Shape,
    /// The weights that were compared.
    pub points: Vec<Point>,
    /// How many had a bend of ReLU or another winner of a pooling within the first step, so that a
    /// smaller one was taken.
    pub bends: usize,
    /// How many had one within the smallest step too, and were not compared.
    pub lost: usize,
    /// The rounding to be expected of a gradient of the backward pass.
    ///
    /// A sum of n products in f32 is off by about u sqrt(n) times its typical size, with
    /// u = 2^-24, whether its terms have one sign or both (N. J. Higham, "Accuracy and Stability of
    /// Numerical Algorithms", section 2.8). The sums on the way from the input to the loss and back
    /// follow each other, and their squares add up. So we expect u sqrt(N) times the largest
    /// difference of the parameter, with N the number of terms of all those sums, plus the error of
    /// the difference itself.
    pub expected: f64,
    /// The largest deviation.
    pub deviation: f64,
    /// The largest difference.
    pub largest: f64,
}

impl Row {
    /// The largest deviation in units of the expected rounding.
    #[must_use]
    pub fn roundings(&self) -> f64 {
        self.points.iter().fold(0.0, |most, point| f64::max(most, point.roundings))
    }

    /// Whether some gradient is wrong.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        !self.points.iter().all(|point| point.roundings <= LIMIT)
    }

    /// The factor between gradients and differences, if the gradients are wrong by one.
    #[must_use]
    pub fn factor(&self) -> Option<f64> {
        let product: f64 = self.points.iter().map(|p| p.gradient * p.difference).sum();
        let square: f64 = self.points.iter().map(|p| p.difference * p.difference).sum();
        let factor = product / square;
        let off = |p: &Point| (p.gradient - factor * p.difference).abs();
        let within = LIMIT * self.expected * factor.abs().max(1.0);
        (self.is_wrong() && factor.is_finite() && self.points.iter().all(|p| off(p) <= within))
            .then_some(factor)
    }
}

/// The result.
#[derive(Clone, Debug)]
pub struct Report {
    /// The parameters, first layer first.
    pub rows: Vec<Row>,
    /// The loss, by its name in Keras.
    pub loss: &'static str,
    /// The mistake that was made, and the layer that has it.
    pub broken: Option<(Bug, String)>,
}

impl Report {
    /// The number of roundings above which a gradient is wrong.
    pub const LIMIT: f64 = LIMIT;

    /// The layer nearest to the loss that has a wrong gradient: gradients flow from the loss to the
    /// input, so this is where the mistake enters.
    #[must_use]
    pub fn where_it_enters(&self) -> Option<&str> {
        self.rows.iter().rev().find(|row| row.is_wrong()).map(|row| row.layer.as_str())
    }
}

/// Compares the gradients of a model with differences of its twin in f64, in the mode of training:
/// codes are drawn, numbers dropped and penalties added, with the same random numbers on both
/// sides. `params` are the weights of a trained model; without them they are drawn, and biases too,
/// because a bias of 0 behind padding lies exactly on the bend of ReLU. Inputs and targets are
/// uniform from 0 to 1.
///
/// # Errors
/// If the model cannot be built, has a layer without a twin, or has no such layer.
pub fn check(
    architecture: &Architecture,
    params: Option<&Params>,
    options: &Options,
) -> Result<Report, CheckError> {
    let outlines = architecture.outline().map_err(|error| wrong(&error))?;
    check_layer(&outlines, options.layer.as_ref())?;
    let (twin, loss, end) = twin_of(architecture)?;
    let broken = place(&outlines, options.broken.as_ref(), end == End::Logits)?;
    let (model, own) = build(architecture, broken, params, options.seed)?;
    let rows = options.images.max(1);
    let inputs = random(architecture.input.with_batch(rows), options.seed, 0, 0.0, 1.0);
    let targets = random(model.output_shape().with_batch(rows), options.seed, 1, 0.0, 1.0);
    let noise = noise_of(&model, rows, options.seed);
    let bug = broken.as_ref().map(|(bug, _)| *bug);
    let run = |rows: usize| {
        let pass = Inputs { inputs: &inputs, targets: &targets, noise: &noise, rows };
        gradients(&model, &own, pass, loss, end, bug == Some(Bug::Mean))
    };
    let mut grads = run(rows);
    if let Some((bug, Some(at))) = broken {
        bug.spoil(&outlines[at].name, &own, &mut grads, &run(1), rows);
    }

    let mut drawn = noise.iter();
    let mode = ae_reference::Mode::Training;
    let targets = naive::widen(targets.data());
    let wide = |id: ParamId| naive::widen(own.get(id).data());
    let ids = |layer: &LayerOutline| -> Vec<ParamId> {
        let name = |part: &str| format!("{}/{part}", layer.name);
        layer.parameters.iter().filter_map(|p| own.find(&name(p.name))).collect()
    };
    let twin = Twin {
        noise: (twin.iter())
            .map(|layer| match layer.draws(mode) {
                true => naive::widen(drawn.next().map_or(&[][..], |noise| noise.data())),
                false => Vec::new(),
            })
            .collect(),
        layers: twin,
        weights: outlines.iter().map(|layer| ids(layer).into_iter().map(wide).collect()).collect(),
        mode,
        targets: &targets,
        loss,
        outputs: model.output_shape().len(),
    };
    let states = twin.states(State::new(naive::widen(inputs.data()), rows));
    // Forwards and backwards: each sum has its counterpart.
    let sums: usize = twin.layers.iter().map(|layer| 2 * layer.terms).sum();
    let mut found = Vec::new();
    for (at, layer) in outlines.iter().enumerate() {
        if options.layer.as_ref().is_some_and(|name| *name != layer.name) {
            continue;
        }
        for (part, id) in ids(layer).into_iter().enumerate() {
            let shape = own.get(id).shape();
            // A weight of a convolution is used at every place of its output, a bias too.
            let outputs = layer.output.len() / layer.output.dims().last().copied().unwrap_or(1);
            let terms = (sums + rows * outputs) as f64;
            let gradient = grads.get(id).data();
            let sample = Sample { at, part, places: places(shape.len(), options, id) };
            let (row, state) = (&layer.name, &states[at]);
            let name = layer.parameters[part].name;
            found.push(compare(&twin, &sample, state, gradient, terms).named(row, name, shape));
        }
    }
    let named = |(bug, at): (Bug, Option<usize>)| {
        (bug, at.map_or_else(|| "the loss".to_owned(), |at| outlines[at].name.clone()))
    };
    Ok(Report { rows: found, loss: loss.loss().name(), broken: broken.map(named) })
}

#[derive(Clone, Copy)]
struct Inputs<'a> {
    inputs: &'a Tensor,
    targets: &'a Tensor,
    noise: &'a [Tensor],
    /// How many of their rows are taken.
    rows: usize,
}

/// The gradients of the backward pass.
fn gradients(
    model: &Sequential,
    params: &Params,
    pass: Inputs<'_>,
    loss: NamedLoss,
    end: End,
    as_sum: bool,
) -> Grads {
    let (mut buffers, mut grads) = (Buffers::new(), Grads::zeros_like(params));
    let mut tape = Tape::new(params, &mut buffers);
    let mut first = |tensor: &Tensor| -> Var {
        let (shape, rows) = (tensor.shape(), pass.rows);
        let len = tensor.len() / shape.dims()[0] * rows;
        let shape = Shape::new(&shape.dims()[1..]).with_batch(rows);
        tape.constant(Tensor::new(shape, tensor.data()[..len].to_vec()))
    };
    let (x, t) = (first(pass.inputs), first(pass.targets));
    let noise: Vec<Var> = pass.noise.iter().map(&mut first).collect();
    let recorded = model.record(&mut tape, x, Mode::Training, &noise, end);
    let mut value = loss.loss().record(&mut tape, recorded.output, t);
    if let Some(penalty) = recorded.penalty {
        value = tape.add(value, penalty);
    }
    if as_sum {
        let terms = tape.shape(t).len() as f32;
        value = apart(&mut tape, value, Activation::Linear, terms);
    }
    tape.backward(value, &mut grads);
    grads
}

/// The places that are compared: all, or some by chance, in order.
fn places(len: usize, options: &Options, id: ParamId) -> Vec<usize> {
    let Some(most) = options.most.filter(|&most| most < len) else { return (0..len).collect() };
    let purpose = Purpose::custom("gradcheck places");
    let mut rng = stream(options.seed, purpose, id.index() as u64, 0);
    let mut places: Vec<usize> = (0..most)
        // One of each stretch, so that no part is left out.
        .map(|i| {
            let (from, to) = (i * len / most, (i + 1) * len / most);
            let at = uniform(&mut rng, 0.0, 1.0) * (to - from) as f32;
            (from + at as usize).min(to - 1)
        })
        .collect();
    places.dedup();
    places
}

struct Sample {
    at: usize,
    part: usize,
    places: Vec<usize>,
}

fn compare(twin: &Twin<'_>, sample: &Sample, state: &State, gradient: &[f32], terms: f64) -> Row {
    let mut results: Vec<Option<Difference>> = sample.places.iter().map(|_| None).collect();
    let here = twin.loss(sample.at, &twin.weights[sample.at], state);
    let mut lanes = vec![(); current_threads()];
    for_each_with(&mut lanes, &mut results, |(), i, result| {
        *result = Some(twin.derivative(sample.at, sample.part, sample.places[i], state, &here));
    });
    let results: Vec<(usize, Difference)> =
        sample.places.iter().copied().zip(results.into_iter().flatten()).collect();
    let bends = results.iter().filter(|(_, found)| found.bend).count();
    let kept = || results.iter().filter(|(_, found)| !found.lost);
    let largest = kept().fold(0.0, |most, (_, found)| f64::max(most, found.value.abs()));
    let unit = 2f64.powi(-24) * terms.sqrt() * largest;
    let error = kept().fold(0.0, |most, (_, found)| f64::max(most, found.error));
    // Below the smallest normal number nothing is promised.
    let expected = unit + error + f64::from(f32::MIN_POSITIVE);
    let points: Vec<Point> = kept()
        .map(|(place, found)| {
            let gradient = f64::from(gradient[*place]);
            let roundings = (gradient - found.value).abs() / expected;
            Point { place: *place, gradient, difference: found.value, roundings }
        })
        .collect();
    let deviation = points.iter().map(|p| (p.gradient - p.difference).abs()).fold(0.0, f64::max);
    let lost = results.len() - points.len();
    let (layer, parameter, shape) = (String::new(), String::new(), Shape::new(&[]));
    Row { layer, parameter, shape, points, bends, lost, expected, deviation, largest }
}

impl Row {
    fn named(self, layer: &str, parameter: &str, shape: Shape) -> Self {
        Self { layer: layer.to_owned(), parameter: parameter.to_owned(), shape, ..self }
    }
}
