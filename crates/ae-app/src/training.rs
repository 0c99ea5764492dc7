//! Training, as far as a job sees it: progress, Ctrl-C, and what it took.

use crate::cli::Output;
use crate::faults;
use crate::interrupt::Interrupt;
use crate::job::Job;
use crate::progress::Progress;
use crate::record::Times;
use crate::report::{Report, counted};
use ae_tensor::current_threads;
use ae_train::{EpochReport, Event, FitOptions, Fitted, Stopped, Training, fit_from};
use anyhow::Result;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// What training has led to.
pub(crate) struct Trained {
    pub(crate) fitted: Fitted,
    epochs: usize,
    /// Of which so many had ended before.
    before: usize,
    /// With validation, without what the job did at each epoch's end.
    time: Duration,
    /// What the job did at each epoch's end: checkpoints, pictures.
    elsewhere: Duration,
}

/// Trains on until the last epoch or Ctrl-C, shows how far it is, and calls `at_epoch` at each epoch's end; its failure
/// ends training, too.
pub(crate) fn train(
    job: &Job<'_>,
    training: Training<'_>,
    interrupt: &Interrupt,
    mut at_epoch: impl FnMut(&EpochReport<'_>) -> Result<()>,
) -> Result<Trained> {
    let (epochs, before) = (job.plan.epochs, training.state.epoch());
    let options = FitOptions::new(epochs, job.plan.batch, job.common.seed);
    let (train, test) = (job.train_examples(), job.test_examples());
    let Output { quiet, verbose, .. } = job.common.output;
    let progress = if verbose { Progress::detailed() } else { Progress::new(epochs, quiet) };
    let (mut failure, mut elsewhere) = (None, Duration::ZERO);
    let start = Instant::now();
    let fitted = fit_from(job.model, training, train, test, options, |event| {
        progress.event(event);
        match event {
            Event::Batch(_) => faults::point("mid-epoch"),
            Event::Epoch(report) => {
                let start = Instant::now();
                failure = at_epoch(report).err();
                elsewhere += start.elapsed();
            }
        }
        if failure.is_some() || interrupt.asked() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    let time = start.elapsed() - elsewhere;
    progress.finish();
    let fitted = fitted?;
    failure.map_or(Ok(Trained { fitted, epochs, before, time, elsewhere }), Err)
}

impl Trained {
    /// Says how long it took, and how well the last epoch ended.
    pub(crate) fn report(&self, report: &Report) {
        let Times { training_seconds, images_per_second, .. } = self.times();
        let epochs = &self.fitted.history.epochs;
        let trained = counted(epochs.len() - self.before, "epoch");
        report.line(format_args!(
            "trained {trained} in {training_seconds:.2} s, {images_per_second:.0} images/s"
        ));
        report.detail(self.seconds());
        report.note(|results| results.trained(epochs, self.times()));
        match epochs.last() {
            Some(last) => {
                report.line(format_args!("loss {:.4}, val_loss {:.4}", last.loss, last.val_loss));
            }
            None => report.line("no epoch has ended: there is nothing to draw in loss.png"),
        }
        if self.fitted.stopped_early {
            let (epoch, epochs) = (epochs.len(), self.epochs);
            report.line(format_args!("stopped early, after epoch {epoch} of {epochs}"));
        }
        if let Some(best) = self.fitted.restored {
            let loss = epochs[best - 1].val_loss;
            report.line(format_args!("the weights are those of epoch {best}, val_loss {loss:.4}"));
        }
    }

    /// Where the time went.
    fn seconds(&self) -> String {
        let steps = Duration::from_secs_f64(self.fitted.train_seconds);
        let [validation, elsewhere] = [self.time.saturating_sub(steps), self.elsewhere];
        format!(
            "of that {steps:.2?} in steps, {validation:.2?} in validation; {elsewhere:.2?} more in checkpoints and \
             pictures at the ends of epochs"
        )
    }

    /// How far the weights have come, in words.
    pub(crate) fn how_far(&self) -> String {
        let (epochs, finished) = (self.epochs, self.fitted.history.epochs.len());
        match (self.fitted.stopped, self.fitted.restored) {
            (Some(Stopped { epoch, batch, batches }), _) => {
                format!("epoch {epoch} of {epochs}, batch {batch} of {batches}")
            }
            (None, Some(best)) => format!("epoch {best} of {epochs}, the best of {finished}"),
            (None, None) => format!("epoch {finished} of {epochs}"),
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
            images_per_second: match self.fitted.samples_seen {
                // All had been learnt before.
                0 => 0.0,
                seen => seen as f64 / self.fitted.train_seconds,
            },
        }
    }
}
