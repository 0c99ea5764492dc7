//! Both sides of the comparison: the model, with the mistake that it is to have, and the layers of
//! its twin. The same random numbers go into both.

use crate::CheckError;
use crate::broken::{Broken, Bug, Wrong};
use ae_autodiff::Params;
use ae_layers::{Architecture, End, LayerOutline, LayerSpec, Mode, Sequential};
use ae_reference::Model;
use ae_tensor::random::{Purpose, stream, uniform};
use ae_tensor::{Activation, Shape, Tensor};
use ae_train::NamedLoss;
use std::fmt;

pub(crate) fn wrong(error: &dyn fmt::Display) -> CheckError {
    CheckError::Model(error.to_string())
}

/// Refuses the name of a layer that has no parameters.
pub(crate) fn check_layer(
    outlines: &[LayerOutline],
    name: Option<&String>,
) -> Result<(), CheckError> {
    let Some(name) = name else { return Ok(()) };
    let with_parameters = || outlines.iter().filter(|layer| !layer.parameters.is_empty());
    if with_parameters().any(|layer| layer.name == *name) {
        return Ok(());
    }
    let layers = with_parameters().map(|layer| layer.name.clone()).collect();
    Err(CheckError::NoLayer { name: name.clone(), layers })
}

/// Returns the layers of the twin, the loss, and where that is computed: a sigmoid at the end is a
/// part of the cross-entropy.
pub(crate) fn twin_of(
    architecture: &Architecture,
) -> Result<(Vec<ae_reference::Layer>, NamedLoss, End), CheckError> {
    let model = Model::read(&architecture.to_string()).map_err(|error| wrong(&error))?;
    let mut twin = model.layers().to_vec();
    let sigmoid =
        architecture.layers.last().is_some_and(|layer| layer.activation() == Activation::Sigmoid);
    let last = twin.last_mut().filter(|_| sigmoid);
    let logits = last.and_then(|last| last.logits().map(|logits| *last = logits));
    Ok(match logits {
        Some(()) => (twin, NamedLoss::BinaryCrossentropy, End::Logits),
        None => (twin, NamedLoss::MeanSquaredError, End::Outputs),
    })
}

/// Builds the model with the mistake, if one is to be in a layer. Weights that are not among
/// `params` are drawn.
pub(crate) fn build(
    architecture: &Architecture,
    broken: Option<(Bug, Option<usize>)>,
    params: Option<&Params>,
    seed: u64,
) -> Result<(Sequential, Params), CheckError> {
    let mut specs: Vec<LayerSpec> = architecture.layers.clone();
    if let Some((bug, Some(at))) = broken
        && bug.wraps()
    {
        specs[at] = LayerSpec::new(Wrong { right: specs[at].clone(), bug });
    }
    let (mut own, mut count) = (Params::new(), 0);
    let model = Sequential::build_with(architecture.input, &specs, &mut own, |name, shape| {
        count += 1;
        let tensor = params.and_then(|params| params.find(name).map(|id| params.get(id).clone()));
        Ok::<_, ae_layers::BuildError>(tensor.unwrap_or_else(|| draw(shape, seed, count)))
    });
    Ok((model.map_err(|error| wrong(&error))?, own))
}

/// Draws the random numbers of the layers that have some, `[rows, numbers]` of each.
pub(crate) fn noise_of(model: &Sequential, rows: usize, seed: u64) -> Vec<Tensor> {
    let of_layer = |noise: &ae_layers::Noise| {
        let mut tensor = Tensor::zeros([rows, noise.len]);
        let filled = tensor.data_mut().chunks_exact_mut(noise.len).enumerate();
        filled.for_each(|(i, row)| noise.fill(row, seed, 0, i));
        tensor
    };
    model.noise(Mode::Training).iter().map(of_layer).collect()
}

/// The layer that has the mistake; `None` for one in the loss.
pub(crate) fn place(
    outlines: &[LayerOutline],
    broken: Option<&Broken>,
    logits: bool,
) -> Result<Option<(Bug, Option<usize>)>, CheckError> {
    let Some(Broken { bug, layer }) = broken else { return Ok(None) };
    if *bug == Bug::Mean && layer.is_none() {
        return Ok(Some((*bug, None)));
    }
    let fits = |(at, outline): &(usize, &LayerOutline)| {
        let shapes: Vec<Shape> = outline.parameters.iter().map(|p| p.shape).collect();
        let last = logits && at + 1 == outlines.len();
        bug.fits(&outline.spec, &shapes, last)
    };
    let fitting: Vec<_> = outlines.iter().enumerate().filter(fits).collect();
    let found = match layer {
        // Not the first: one sees that what lies behind it is right, and what lies before it is
        // wrong.
        None => fitting.get(fitting.len() / 2),
        Some(name) => fitting.iter().find(|(_, outline)| outline.name == *name),
    };
    match found {
        Some(&(at, _)) => Ok(Some((*bug, Some(at)))),
        None => {
            let layers = fitting.iter().map(|(_, outline)| outline.name.clone()).collect();
            Err(CheckError::NoPlace { bug: bug.name(), name: layer.clone(), layers })
        }
    }
}

/// A kernel as Glorot and Bengio draw it, and a bias of at most 0.1.
fn draw(shape: Shape, seed: u64, count: u64) -> Tensor {
    let dims = shape.dims();
    let reach = match dims {
        [.., inputs, outputs] => {
            let taps: usize = dims[..dims.len() - 2].iter().product();
            (6.0 / (taps * (inputs + outputs)) as f32).sqrt()
        }
        _ => 0.1,
    };
    random(shape, seed, 1 + count, -reach, reach)
}

pub(crate) fn random(shape: Shape, seed: u64, which: u64, low: f32, high: f32) -> Tensor {
    let mut rng = stream(seed, Purpose::custom("gradcheck"), which, 0);
    Tensor::new(shape, (0..shape.len()).map(|_| uniform(&mut rng, low, high)).collect())
}
