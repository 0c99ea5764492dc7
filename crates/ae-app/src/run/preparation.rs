//! From a job's specification and its data to a model and a plan that match them.

use crate::exit::{Refusal, data, usage};
use crate::input::{Data, SelectedModel, select_model, which_fits};
use crate::report::pictures::check_gallery;
use ae_data::Extents;
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
    let image = job_image(job, data)?;
    let selected = select_model(job, data.known_name(), image.into())?;
    let mut plan = selected.plan(job)?;
    let row = Tensor::zeros([spec.samples, image.len()]);
    if data.scaling.is_none() {
        check_gallery(image.into(), &row, gallery_rows)?;
    }
    let model = build(&selected, data, image, &plan, spec.seed)?;
    let mut notes = Vec::new();
    notes.extend(selected.padding().map(|text| ("images", text)));
    let asked = job.plan().batch.is_some();
    let per_image = spec.augmentation.map_or(1, |augmentation| augmentation.per_image());
    let count = data.dataset.train.count() * per_image;
    let sample = data.sample();
    if let Some(all) = whole_batch(plan, asked, count, sample)? {
        let usual = plan.batch;
        notes
            .push(("batch", format!("all {all} training {sample}s, fewer than the usual {usual}")));
        plan.batch = all;
    }
    Ok(FittedModel { name: selected.name, model, plan, notes })
}

/// Returns the size of the images that the job's model gets. Refuses an augmentation
/// that does not fit the data.
pub(crate) fn job_image(job: &Job, data: &Data) -> Result<Extents, Refusal> {
    let spec = job.training();
    if let Some(augmentation) = spec.augmentation {
        if data.scaling.is_some() {
            let message = "expected images, found vectors (--vectors)";
            return Err(usage(format!("--augment {augmentation}: {message}")));
        }
        let refused = |error| usage(format!("--augment {augmentation}: {error}"));
        augmentation.check(data.extents().size()).map_err(refused)?;
    }
    Ok(spec.image(data.extents()))
}

/// Returns the number of training images if they do not fill a batch: they are one batch then. A
/// batch that was asked for is refused instead. clap cannot check this, because it does not know
/// the number of images. `sample` is what one of them is called.
fn whole_batch(
    plan: Plan,
    asked: bool,
    count: usize,
    sample: &str,
) -> Result<Option<usize>, Refusal> {
    let batch = plan.batch;
    match (batch > count, asked) {
        (false, _) => Ok(None),
        (true, false) => Ok(Some(count)),
        (true, true) => {
            let message = format!("--batch {batch}: expected 1 to {count}, the training {sample}s");
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
    image: Extents,
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
    check_same_shape(model.sequential(), selected, data, image)?;
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
    image: Extents,
) -> Result<(), Refusal> {
    let (input, output) = (model.input_shape(), model.output_shape());
    if input == output {
        return Ok(());
    }
    let folder = images.folder.display();
    let channels = image.channels;
    if channels > 1 && output.len() * channels == input.len() {
        return Err(data(format!(
            "{folder}: model {name} makes {output} of images of shape {input}: expected outputs of the same shape; \
             a model for color ends with {{channels}} channels or {{pixels*channels}} numbers"
        )));
    }
    if output.len() == input.len() {
        return Err(data(format!(
            "{folder}: model {name} makes {output} of images of shape {input}: expected outputs of the same shape; \
             leave out a flatten at the start, or end with reshape {{height}}x{{width}}x{{channels}}"
        )));
    }
    Err(data(format!(
        "{folder}: model {name} makes {output} of images of shape {input}: expected outputs of the same shape, \
         with sides that it can halve as often as it doubles them; {}",
        which_fits(image.into(), *can_pad)
    )))
}

/// Checks that a model takes these images, and that its outputs have the same shape. A model of
/// vectors takes any images of as many pixels, but has learned only those of one height and width.
/// The images are those of the data, or crops of them, of this size.
pub(crate) fn check_images(
    trained: &ModelFile,
    images: &Data,
    extents: Extents,
) -> Result<(), Refusal> {
    let model = trained.model.sequential();
    let (input, output) = (model.input_shape(), model.output_shape());
    let fits = match *input.dims() {
        [values] => values == extents.len(),
        [h, w, c] => [h, w, c] == <[usize; 3]>::from(extents),
        _ => false,
    };
    let shape = shape_of(extents);
    let (folder, sample) = (images.folder.display(), images.sample());
    if !fits || input != output {
        return Err(data(format!(
            "{folder}: expected {sample}s of shape {input}, as the model takes, found {shape}"
        )));
    }
    let trained = trained.config.image();
    if trained != extents {
        let trained = shape_of(trained);
        return Err(data(format!(
            "{folder}: expected {sample}s of shape {trained}, as the model was trained on, found {shape}"
        )));
    }
    Ok(())
}

/// Formats the size of images as a shape: height and width, and the channels of color images.
fn shape_of(extents: Extents) -> String {
    let [height, width] = extents.size();
    match extents.is_color() {
        true => format!("({height}, {width}, {})", extents.channels),
        false => format!("({height}, {width})"),
    }
}
