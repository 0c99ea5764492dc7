//! A model and the images that it works on, while it is trained and afterwards.

use super::Environment;
use crate::input::Data;
use crate::report::{Report, counted, shown};
use ae_autodiff::Params;
use ae_layers::{Architecture, LayerSpec, Sequential};
use ae_optim::Optimizer;
use ae_run::{DenoiseSpec, Job, Plan, RunFolder, cpu_features};
use ae_tensor::current_threads;
use ae_train::{Examples, GaussianNoise, Part, Samples};
use anyhow::Result;

/// What stays the same from the first line of the report to the last picture.
pub(crate) struct Task<'a> {
    pub(crate) data: &'a Data,
    pub(crate) train: Samples<'a>,
    pub(crate) test: Samples<'a>,
    /// What is added to the images on their way into the model.
    noise: Option<GaussianNoise>,
    pub(crate) architecture: &'a Architecture,
    pub(crate) model: &'a Sequential,
    /// Images in a row of a gallery.
    pub(crate) samples: usize,
    pub(crate) seed: u64,
    pub(crate) environment: &'a Environment,
}

impl<'a> Task<'a> {
    /// The job's, with these images and this model.
    pub(crate) fn new(
        job: &Job,
        data: &'a Data,
        architecture: &'a Architecture,
        model: &'a Sequential,
        environment: &'a Environment,
    ) -> Self {
        let (spec, shape) = (job.training(), architecture.input);
        Self {
            data,
            train: Samples::new(data.dataset.train.images(), shape),
            test: Samples::new(data.dataset.test.images(), shape),
            noise: noise(job),
            architecture,
            model,
            samples: spec.samples,
            seed: spec.seed,
            environment,
        }
    }

    /// What the model learns from.
    pub(crate) fn train_examples(&self) -> Examples<'a> {
        examples(self.train, self.noise, Part::Train)
    }

    /// What it is judged by.
    pub(crate) fn test_examples(&self) -> Examples<'a> {
        examples(self.test, self.noise, Part::Test)
    }

    /// The same with the same normal numbers times another factor.
    pub(crate) fn test_examples_at(&self, factor: f32) -> Examples<'a> {
        let noise = self.noise.map(|noise| GaussianNoise { factor, ..noise });
        examples(self.test, noise, Part::Test)
    }

    /// The test images that galleries show, chosen at random.
    pub(crate) fn gallery_indices(&self) -> Vec<usize> {
        self.test.choose(self.samples, self.seed)
    }

    /// A new folder for what this command makes of these images.
    pub(crate) fn folder(&self, command: &str) -> Result<RunFolder> {
        let (data, classes) = (&self.data.dataset.name, self.data.class_label());
        self.environment.folder(&format!("{command}-{data}-{classes}"))
    }

    /// Says what will be done, with which data, constants and machine.
    pub(crate) fn announce(
        &self,
        report: &Report,
        model_name: &str,
        plan: Plan,
        params: &Params,
        optimizer: &dyn Optimizer,
    ) {
        let &Self { data, train, test, .. } = self;
        report.item("data", format_args!("{}, {}", data.dataset.name, shown(&data.folder)));
        report.item("classes", data.class_names().join(", "));
        report.line(format_args!("train {}", train.batch_shape(train.count())));
        report.line(format_args!("test {}", test.batch_shape(test.count())));
        report.item("model", model_name);
        report.line(self.model.summary(params));
        let constants: Vec<String> =
            optimizer.constants().iter().map(|(name, value)| format!("{name} {value}")).collect();
        report.item("optimizer", format_args!("{}, {}", optimizer.name(), constants.join(", ")));
        let penalty = self.architecture.layers.iter().any(LayerSpec::penalizes);
        let also = if penalty { "; what the code is penalised with is added" } else { "" };
        let loss = format_args!("binary cross-entropy, mean over pixels and images{also}");
        report.item("loss", loss);
        if let Some(GaussianNoise { factor, fresh, .. }) = self.noise {
            let when = if fresh { "drawn anew in each epoch" } else { "drawn once" };
            let what = format_args!("Gaussian, {factor} times N(0, 1), clipped to [0, 1], {when}");
            report.item("noise", what);
        }
        let (epochs, batch) = (counted(plan.epochs, "epoch"), plan.batch);
        report.item("training", format_args!("{epochs}, batch {batch}, seed {}", self.seed));
        announce_machine(report);
    }
}

fn announce_machine(report: &Report) {
    let threads = counted(current_threads(), "thread");
    report.item("machine", format_args!("{threads}, {}", cpu_features().join(" ")));
    if cfg!(all(target_arch = "x86_64", not(target_feature = "avx2"))) {
        // See .cargo/config.toml: cargo was called from elsewhere, or told otherwise.
        let note = "built for any x86-64 CPU rather than for this one: several times slower";
        report.item("", note);
    }
}

/// What a job adds to its images.
pub(crate) fn noise(job: &Job) -> Option<GaussianNoise> {
    match job {
        Job::Dense(_) => None,
        &Job::Denoise(DenoiseSpec { noise: factor, fresh_noise: fresh, .. }) => {
            Some(GaussianNoise { factor, seed: job.training().seed, fresh })
        }
    }
}

/// Samples as the model is shown them.
pub(crate) fn examples(
    samples: Samples<'_>,
    noise: Option<GaussianNoise>,
    part: Part,
) -> Examples<'_> {
    match noise {
        Some(noise) => Examples::noisy(samples, noise, part),
        None => Examples::clean(samples),
    }
}
