//! From a job's specification to data, a model and an optimizer that fit each other.

use super::Environment;
use crate::exit::{Refusal, data, usage};
use crate::input::{Data, SelectedModel, select_model};
use crate::report::pictures::check_gallery;
use ae_layers::{Activation, Sequential};
use ae_optim::Optimizer;
use ae_run::{Job, Plan};
use ae_tensor::Tensor;
use ae_train::{AutoEncoder, Loss};
use anyhow::Result;

/// All that a job trains with.
pub(crate) struct Prepared {
    pub(crate) data: Data,
    /// What the model is called.
    pub(crate) model_name: String,
    pub(crate) model: AutoEncoder,
    pub(crate) plan: Plan,
    pub(crate) optimizer: Box<dyn Optimizer>,
}

/// Loads the data and builds the model. Refuses what cannot be trained, and galleries of this many rows if they cannot be drawn.
pub(crate) fn prepare(
    job: &Job,
    environment: &Environment,
    gallery_rows: usize,
) -> Result<Prepared> {
    let spec = job.training();
    let data = Data::load(&spec.data, environment.data_dir.as_deref(), job.limits())?;
    let selected = select_model(job, &data.dataset.name, data.image())?;
    let plan = selected.plan(job)?;
    let [height, width] = data.image();
    let row = Tensor::zeros([spec.samples, height * width]);
    check_gallery(data.image(), &row, gallery_rows)?;
    let model = build(&selected, &data, &plan, spec.seed)?;
    check_batch(plan, data.dataset.train.count())?;
    let optimizer = plan.optimizer.build(plan.lr);
    Ok(Prepared { data, model_name: selected.name, model, plan, optimizer })
}

/// Whether the training images fill a batch; clap cannot know how many there are.
fn check_batch(plan: Plan, count: usize) -> Result<(), Refusal> {
    let batch = plan.batch;
    if batch > count {
        let message = format!("--batch {batch}: expected 1 to {count}, the training images");
        return Err(usage(message));
    }
    Ok(())
}

/// The most weights that a model may have: a gibibyte of them, and four with the gradient and what an optimizer remembers.
const MOST_WEIGHTS: usize = 1 << 28;

/// Builds a model for data whose images it must give back in the shape that it takes them in.
fn build(
    selected: &SelectedModel,
    data: &Data,
    plan: &Plan,
    seed: u64,
) -> Result<AutoEncoder, Refusal> {
    let SelectedModel { name, architecture, .. } = selected;
    let refused = |why: String| usage(format!("--model {name}: {why}"));
    let weights = architecture.weight_count().map_err(|error| refused(error.to_string()))?;
    if weights > MOST_WEIGHTS {
        return Err(refused(format!("expected at most {MOST_WEIGHTS} weights, found {weights}")));
    }
    let model = AutoEncoder::from_architecture(architecture.clone(), seed)
        .map_err(|error| refused(error.to_string()))?;
    check_same_shape(model.sequential(), name, data)?;
    if plan.loss.wants_logits() && model.sequential().last_activation() != Activation::Sigmoid {
        return Err(refused("expected a sigmoid at its end, since pixels are from 0 to 1".into()));
    }
    Ok(model)
}

/// An image that cannot be halved comes out larger than it went in.
fn check_same_shape(model: &Sequential, name: &str, images: &Data) -> Result<(), Refusal> {
    let (input, output) = (model.input_shape(), model.output_shape());
    if input == output {
        return Ok(());
    }
    let folder = images.folder.display();
    Err(data(format!(
        "{folder}: model {name} makes {output} of images of shape {input}: expected images that come out as they went in, \
         with sides that it can halve as often as it doubles them"
    )))
}

/// Whether a model takes these images, and gives back others of their shape.
pub(crate) fn check_images(model: &AutoEncoder, images: &Data) -> Result<(), Refusal> {
    let model = model.sequential();
    let (input, output) = (model.input_shape(), model.output_shape());
    let [height, width] = images.image();
    let fits = match *input.dims() {
        [pixels] => pixels == height * width,
        [h, w, 1] => [h, w] == [height, width],
        _ => false,
    };
    if fits && input == output {
        return Ok(());
    }
    let shape = format_args!("({height}, {width})");
    let folder = images.folder.display();
    Err(data(format!(
        "{folder}: expected images of shape {input}, as the model takes, found {shape}"
    )))
}
