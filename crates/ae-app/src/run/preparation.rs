//! From a job's specification and its data to a model and a plan that match them.

use crate::exit::{Refusal, data, usage};
use crate::input::{Data, SelectedModel, select_model, which_fits};
use crate::report::pictures::check_gallery;
use ae_layers::{Activation, Sequential};
use ae_run::{Job, ModelFile, Plan};
use ae_tensor::Tensor;
use ae_train::{AutoEncoder, Loss};
use anyhow::Result;

/// A model and a plan that fit the data.
pub(crate) struct FittedModel {
    /// The name of the model.
    pub(crate) name: String,
    pub(crate) model: AutoEncoder,
    pub(crate) plan: Plan,
    /// Notes for the report on what differs from the defaults: a heading and a text.
    pub(crate) notes: Vec<(&'static str, String)>,
}

/// Builds the job's model for these data. Refuses a model that cannot be trained, and galleries of
/// this many rows if they cannot be drawn.
pub(crate) fn fit_model(
    job: &Job,
    data: &Data,
    gallery_rows: usize,
) -> Result<FittedModel, Refusal> {
    let spec = job.training();
    let selected = select_model(job, data.known_name(), data.image())?;
    let mut plan = selected.plan(job)?;
    let [height, width] = data.image();
    let row = Tensor::zeros([spec.samples, height * width]);
    check_gallery(data.image(), &row, gallery_rows)?;
    let model = build(&selected, data, &plan, spec.seed)?;
    let mut notes = Vec::new();
    notes.extend(selected.padding().map(|text| ("images", text)));
    let asked = job.plan().batch.is_some();
    if let Some(all) = whole_batch(plan, asked, data.dataset.train.count())? {
        let usual = plan.batch;
        notes.push(("batch", format!("all {all} training images, fewer than the usual {usual}")));
        plan.batch = all;
    }
    Ok(FittedModel { name: selected.name, model, plan, notes })
}

/// Returns the number of training images if they do not fill a batch: they are one batch then. A
/// batch that was asked for is refused instead. clap cannot check this, because it does not know
/// the number of images.
fn whole_batch(plan: Plan, asked: bool, count: usize) -> Result<Option<usize>, Refusal> {
    let batch = plan.batch;
    match (batch > count, asked) {
        (false, _) => Ok(None),
        (true, false) => Ok(Some(count)),
        (true, true) => {
            let message = format!("--batch {batch}: expected 1 to {count}, the training images");
            Err(usage(message))
        }
    }
}

/// The maximum number of weights of a model. They take one gibibyte; with the gradients and the
/// optimizer's state, five.
const MOST_WEIGHTS: usize = 1 << 28;

/// Builds a model whose outputs have the shape of the data's images.
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
    let (activations, most) = (model.sequential().activation_len(), AutoEncoder::MOST_ACTIVATIONS);
    if activations > most {
        let found = format!("expected at most {most} numbers to an image, found {activations}");
        return Err(refused(found));
    }
    check_same_shape(model.sequential(), selected, data)?;
    if plan.loss.wants_logits() && model.sequential().last_activation() != Activation::Sigmoid {
        return Err(refused("expected a sigmoid at its end, since pixels are from 0 to 1".into()));
    }
    Ok(model)
}

/// Checks the shape of the outputs. An image whose sides cannot be halved evenly comes out larger.
fn check_same_shape(
    model: &Sequential,
    SelectedModel { name, can_pad, .. }: &SelectedModel,
    images: &Data,
) -> Result<(), Refusal> {
    let (input, output) = (model.input_shape(), model.output_shape());
    if input == output {
        return Ok(());
    }
    let folder = images.folder.display();
    Err(data(format!(
        "{folder}: model {name} makes {output} of images of shape {input}: expected outputs of the same shape, \
         with sides that it can halve as often as it doubles them; {}",
        which_fits(images.image(), *can_pad)
    )))
}

/// Checks that a model takes these images, and that its outputs have the same shape. A model of
/// vectors takes any images of as many pixels, but has learned only those of one height and width.
pub(crate) fn check_images(trained: &ModelFile, images: &Data) -> Result<(), Refusal> {
    let model = trained.model.sequential();
    let (input, output) = (model.input_shape(), model.output_shape());
    let [height, width] = images.image();
    let fits = match *input.dims() {
        [pixels] => pixels == height * width,
        [h, w, 1] => [h, w] == [height, width],
        _ => false,
    };
    let shape = format_args!("({height}, {width})");
    let folder = images.folder.display();
    if !fits || input != output {
        return Err(data(format!(
            "{folder}: expected images of shape {input}, as the model takes, found {shape}"
        )));
    }
    let [h, w] = trained.config.data().image;
    if [h, w] != [height, width] {
        return Err(data(format!(
            "{folder}: expected images of shape ({h}, {w}), as the model was trained on, found {shape}"
        )));
    }
    Ok(())
}
