//! Training, as far as a job sees it: progress, Ctrl-C, and what it took.

use crate::interrupt::Interrupt;
use crate::job::Job;
use crate::record::Times;
use crate::report::{Report, counted};
use ae_autodiff::Params;
use ae_optim::Optimizer;
use ae_tensor::current_threads;
use ae_train::{EpochReport, Event, FitOptions, Fitted, Progress, fit};
use anyhow::Result;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// What training has led to.
pub(crate) struct Trained {
    pub(crate) fitted: Fitted,
    epochs: usize,
    /// With validation, without what the job did at each epoch's end.
    time: Duration,
}

/// Trains until the last epoch or Ctrl-C, shows how far it is, and calls `at_epoch` at each epoch's end; its failure
/// ends training, too.
pub(crate) fn train(
    job: &Job<'_>,
    params: &mut Params,
    optimizer: &mut dyn Optimizer,
    interrupt: &Interrupt,
    mut at_epoch: impl FnMut(&EpochReport<'_>) -> Result<()>,
) -> Result<Trained> {
    let epochs = job.epochs;
    let options = FitOptions { epochs, batch: job.steps.batch, seed: job.common.seed };
    let (train, test) = (job.train_examples(), job.test_examples());
    let progress = Progress::new(epochs, job.common.quiet);
    let (mut failure, mut elsewhere) = (None, Duration::ZERO);
    let start = Instant::now();
    let fitted = fit(job.model, params, optimizer, train, test, options, |event| {
        progress.event(event);
        if let Event::Epoch(report) = event {
            let start = Instant::now();
            failure = at_epoch(report).err();
            elsewhere += start.elapsed();
        }
        if failure.is_some() || interrupt.asked() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    let time = start.elapsed() - elsewhere;
    progress.finish();
    let fitted = fitted?;
    failure.map_or(Ok(Trained { fitted, epochs, time }), Err)
}

impl Trained {
    /// Says how long it took, and how well the last epoch ended.
    pub(crate) fn report(&self, report: &Report) {
        let Times { training_seconds, images_per_second, .. } = self.times();
        let epochs = &self.fitted.history.epochs;
        let trained = counted(epochs.len(), "epoch");
        report.line(format_args!(
            "trained {trained} in {training_seconds:.2} s, {images_per_second:.0} images/s"
        ));
        match epochs.last() {
            Some(last) => {
                report.line(format_args!("loss {:.4}, val_loss {:.4}", last.loss, last.val_loss));
            }
            None => report.line("no epoch has ended: there is nothing to draw in loss.png"),
        }
    }

    /// How far it came, if Ctrl-C ended it.
    pub(crate) fn stopped(&self) -> Option<String> {
        let stopped = self.fitted.stopped?;
        Some(format!(
            "stopped by Ctrl-C in epoch {} of {}, after batch {} of {}",
            stopped.epoch, self.epochs, stopped.batch, stopped.batches
        ))
    }

    /// For `times.toml`.
    pub(crate) fn times(&self) -> Times {
        Times {
            threads: current_threads(),
            training_seconds: self.time.as_secs_f64(),
            images_per_second: self.fitted.samples_seen as f64 / self.fitted.train_seconds,
        }
    }
}
