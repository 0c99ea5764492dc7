//! Whole training steps of the notebook's two models, with everything that belongs to one: picking
//! and unpacking the batch, its noise, both passes, the update. The training loop measures the time
//! itself.

use crate::images::{DENSE_FLOPS, PIXELS, blobs, denoising_flops, denoising_model, dense_model};
use crate::report::Report;
use crate::stopwatch::median;
use ae_autodiff::Params;
use ae_layers::Sequential;
use ae_optim::{Adadelta, Optimizer, RmsProp};
use ae_train::{Event, Examples, FitOptions, GaussianNoise, Samples, Split, fit};
use std::ops::ControlFlow;

/// Measures both jobs, in images per second and microseconds per step. A share counts the
/// operations of products and convolutions, the latter in direct form.
pub fn measure(report: &mut Report) {
    report.begin("steps", "  us/step");
    let bytes = blobs(5000);
    let one = &bytes[..PIXELS];
    let dense = Job {
        model: dense_model(),
        optimizer: &mut RmsProp::default(),
        train: Examples::clean(Samples::new(&bytes, [PIXELS])),
        validation: Examples::clean(Samples::new(one, [PIXELS])),
        batch: 250,
        flops: DENSE_FLOPS,
    };
    dense.measure("dense, batch 250", 60, report);

    let noise = GaussianNoise { factor: 0.5, seed: 1, fresh: false };
    let noisy = |bytes, part| Examples::noisy(Samples::new(bytes, [28, 28, 1]), noise, part);
    let denoising = Job {
        model: denoising_model(),
        optimizer: &mut Adadelta::default(),
        train: noisy(&bytes[..1024 * PIXELS], Split::Train),
        validation: noisy(one, Split::Test),
        batch: 128,
        flops: denoising_flops(),
    };
    denoising.measure("denoising, batch 128", 15, report);
}

struct Job<'a> {
    model: (Sequential, Params),
    optimizer: &'a mut dyn Optimizer,
    train: Examples<'a>,
    /// One image: the loop requires some, and does not count the time.
    validation: Examples<'a>,
    batch: usize,
    /// The floating-point operations per image.
    flops: f64,
}

impl Job<'_> {
    /// Trains for some epochs and takes the median of their times, without the first fifth.
    fn measure(self, name: &str, epochs: usize, report: &mut Report) {
        let (model, mut params) = self.model;
        let images = self.train.samples().count();
        let mut seconds = Vec::new();
        let options = FitOptions::new(epochs, self.batch, 1);
        let on_event = |event: &Event<'_>| {
            if let Event::Epoch(epoch) = event
                && epoch.epoch > epochs / 5
            {
                seconds.push(epoch.train_seconds / images as f64);
            }
            ControlFlow::Continue(())
        };
        fit(&model, &mut params, self.optimizer, self.train, self.validation, options, on_event)
            .expect("gray blobs can be learned from");
        let each = median(seconds);
        let speed = report.limits.flops(self.flops, each).told_as(1.0 / each, "images/s");
        report.line(name, speed, &format!("{:>9.1}", 1e6 * each * self.batch as f64));
    }
}
