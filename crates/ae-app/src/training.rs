//! Training, as far as a job sees it: progress on stderr, and what it took.

use crate::job::Job;
use crate::report::{Report, counted};
use ae_autodiff::Params;
use ae_optim::Optimizer;
use ae_tensor::current_threads;
use ae_train::{Examples, FitOptions, History, Progress, fit};
use anyhow::Result;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::record::Times;

/// What training has led to.
pub(crate) struct Trained {
    pub(crate) history: History,
    time: Duration,
}

/// Trains, and shows how far it is.
pub(crate) fn train(
    job: &Job<'_>,
    params: &mut Params,
    optimizer: &mut dyn Optimizer,
) -> Result<Trained> {
    let &Job { model, train, test, epochs, .. } = job;
    let options = FitOptions { epochs, batch: job.steps.batch, seed: job.common.seed };
    let progress = Progress::new(epochs, job.common.quiet);
    let start = Instant::now();
    let (train, test) = (Examples::clean(train), Examples::clean(test));
    let fitted = fit(model, params, optimizer, train, test, options, |event| {
        progress.event(event);
        ControlFlow::Continue(())
    });
    let time = start.elapsed();
    progress.finish();
    Ok(Trained { history: fitted?.history, time })
}

impl Trained {
    /// Says how long it took, and how well the last epoch ended.
    pub(crate) fn report(&self, report: &Report) {
        let epochs = &self.history.epochs;
        let trained = counted(epochs.len(), "epoch");
        report.line(format_args!("trained {trained} in {:.2} s", self.time.as_secs_f64()));
        if let Some(last) = epochs.last() {
            report.line(format_args!("loss {:.4}, val_loss {:.4}", last.loss, last.val_loss));
        }
    }

    /// For `times.toml`.
    pub(crate) fn times(&self) -> Times {
        Times { threads: current_threads(), training_seconds: self.time.as_secs_f64() }
    }
}
