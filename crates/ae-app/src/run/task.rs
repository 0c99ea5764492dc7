//! A model and its images, during training and afterwards.

use super::corruption::JobCorruption;
use super::views::Views;
use super::{Environment, FittedModel};
use crate::input::Data;
use crate::report::{Report, counted};
use ae_files::printable_path;
use ae_layers::Sequential;
use ae_optim::{NamedSchedule, Optimizer};
use ae_run::{Job, Plan, RunFolder};
use ae_tensor::{cpu_features, current_threads, unused_cpu_features};
use ae_train::{AutoEncoder, Examples, NamedLoss, Samples, Split, Summation};
use anyhow::Result;

/// The values that stay constant from the first line of the report to the last picture.
pub(crate) struct Task<'a> {
    pub(super) job: &'a Job,
    pub(crate) data: &'a Data,
    pub(crate) train: Samples<'a>,
    pub(crate) test: Samples<'a>,
    /// The images that training is measured on: the test images, unless some are held out.
    validation: Samples<'a>,
    /// The masks of the test images, and how they are cropped: as those.
    masks: Option<(Samples<'a>, Views)>,
    /// How the images become the model's inputs.
    views: Views,
    /// The height, width and channels of the images that the model gets.
    pub(crate) image: [usize; 3],
    /// The layers. The weights are kept elsewhere, and change.
    pub(crate) layers: Sequential,
    /// The number of images in a row of a gallery.
    pub(crate) samples: usize,
    pub(crate) seed: u64,
    pub(crate) environment: &'a Environment,
}

impl<'a> Task<'a> {
    /// Creates the task of a job with these images and this model.
    pub(crate) fn new(
        job: &'a Job,
        data: &'a Data,
        model: &AutoEncoder,
        environment: &'a Environment,
    ) -> Self {
        let (spec, input) = (job.training(), model.architecture().input);
        let views = Views::of(job, data.extents());
        let validation = data.held_out.as_ref().unwrap_or(&data.dataset.test);
        let masks = data.masks.as_ref().map(|masks| {
            let views = Views::of(job, masks.images.extents());
            (views.samples(&masks.images, <[usize; 3]>::from(masks.images.extents()).into()), views)
        });
        Self {
            job,
            data,
            masks,
            train: views.samples(&data.dataset.train, input),
            test: views.samples(&data.dataset.test, input),
            validation: views.samples(validation, input),
            views,
            image: spec.image(data.extents()).into(),
            layers: model.sequential().clone(),
            samples: spec.samples,
            seed: spec.seed,
            environment,
        }
    }

    /// Returns the training examples.
    pub(crate) fn train_examples(&self) -> Examples<'_> {
        self.views.examples(self.train, Split::Train)
    }

    /// Returns the test examples.
    pub(crate) fn test_examples(&self) -> Examples<'_> {
        self.views.examples(self.test, Split::Test)
    }

    /// Returns the masks of the test examples, if the data have any: 1 where a defect is, else 0.
    pub(crate) fn mask_examples(&self) -> Option<Examples<'_>> {
        self.masks.as_ref().map(|(samples, views)| views.examples(*samples, Split::Test))
    }

    /// Returns the examples that training is measured on.
    pub(crate) fn validation_examples(&self) -> Examples<'_> {
        self.views.examples(self.validation, Split::Test)
    }

    /// Returns the test examples with another corruption.
    pub(crate) fn test_examples_with<'c>(&'c self, corruption: &'c JobCorruption) -> Examples<'c> {
        self.views.corrupted(self.test, Some(corruption), Split::Test)
    }

    /// Returns one example of each training image, without random changes.
    pub(crate) fn centered_train(&self) -> Examples<'_> {
        self.views.centered(self.train, Split::Train)
    }

    /// Returns the test images without noise.
    pub(crate) fn clean_test(&self) -> Examples<'_> {
        self.views.clean(self.test)
    }

    /// Returns the job's corruption, if it has one.
    pub(crate) fn corruption(&self) -> Option<&JobCorruption> {
        self.views.corruption.as_ref()
    }

    /// Returns the indices of the test images that galleries show, chosen at random.
    pub(crate) fn gallery_indices(&self) -> Vec<usize> {
        self.clean_test().choose(self.samples, self.seed)
    }

    /// Creates a folder for the results of this command on these images.
    pub(crate) fn folder(&self, command: &str) -> Result<RunFolder> {
        let (data, classes) = (&self.data.dataset.name, self.data.class_label());
        self.environment.folder(&format!("{command}-{data}-{classes}"))
    }

    /// Prints the job, with its data, constants, notes and machine.
    pub(crate) fn announce(
        &self,
        report: &Report,
        fitted: &FittedModel,
        optimizer: &dyn Optimizer,
    ) {
        let &FittedModel { ref name, ref model, plan, ref notes } = fitted;
        let (data, train, test) = (self.data, self.train_examples(), self.test_examples());
        let folder = printable_path(&data.folder);
        report.item("data", format_args!("{}, {folder}", data.dataset.name));
        report.item("classes", data.class_names().join(", "));
        report.line(format_args!("train {}", train.shape().with_batch(train.count())));
        report.line(format_args!("test {}", test.shape().with_batch(test.count())));
        report.item("model", name);
        report.line(model.summary());
        let constants: Vec<String> =
            optimizer.constants().iter().map(|(name, value)| format!("{name} {value}")).collect();
        report.item("optimizer", format_args!("{}, {}", optimizer.name(), constants.join(", ")));
        announce_plan(report, data, model, plan);
        if let Some(augmentation) = self.views.augmentation() {
            report.item("augment", format_args!("{augmentation}, new in each epoch"));
        }
        if let Some(corruption) = self.corruption() {
            report.item("noise", corruption.description());
        }
        let (epochs, batch) = (counted(plan.epochs, "epoch"), plan.batch);
        report.item("training", format_args!("{epochs}, batch {batch}, seed {}", self.seed));
        notes.iter().for_each(|(heading, text)| report.item(heading, text));
        announce_machine(report, self.environment.processes.count());
    }
}

/// Prints the loss, the schedule and the clipping of gradients.
fn announce_plan(report: &Report, data: &Data, model: &AutoEncoder, plan: Plan) {
    let name = match plan.loss {
        NamedLoss::BinaryCrossentropy => "binary cross-entropy",
        NamedLoss::MeanSquaredError => "mean squared error",
        _ => "a loss",
    };
    let penalty = model.architecture().layers.iter().any(|layer| layer.penalizes());
    let also = if penalty { "; the penalty of the code is added" } else { "" };
    let over = match data.scaling {
        Some(_) => "numbers and rows",
        None => "pixels and images",
    };
    report.item("loss", format_args!("{name}, mean over {over}{also}"));
    if plan.schedule != NamedSchedule::default() {
        report.item("schedule", plan.schedule);
    }
    if let Some(norm) = plan.clip_norm {
        report.item("gradients", format_args!("clipped to a norm of {norm}"));
    }
    if plan.summation != Summation::default() {
        report.item("summation", plan.summation);
    }
}

fn announce_machine(report: &Report, processes: usize) {
    let threads = counted(current_threads(), "thread");
    let threads = match processes {
        1 => threads,
        _ => format!("{processes} processes, here {threads}"),
    };
    report.item("machine", format_args!("{threads}, {}", cpu_features().join(" ")));
    let unused = unused_cpu_features();
    if !unused.is_empty() {
        // The program was installed without `.cargo/config.toml`, or by the user's own wish.
        let unused = unused.join(" ");
        report
            .item("", format_args!("built without {unused}, which this CPU has: 'ae-app doctor'"));
    }
}
