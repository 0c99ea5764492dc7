//! Training from a job's point of view: progress, signals, and times.

use super::order::Order;
use super::progress::Progress;
use super::signals::Signal;
use super::{Interrupt, Task, faults};
use crate::report::{Output, Report, counted};
use ae_checkpoint::Archive;
use ae_optim::Optimizer;
use ae_run::{CONFIG, Config, Plan, RunFolder, Session, Start, Times};
use ae_tensor::current_threads;
use ae_train::{
    AutoEncoder, EpochReport, Event, Examples, Fit, Fitted, Stopped, Team, TrainingState,
};
use anyhow::Result;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// A run to be continued: its locked folder, and the point from which it continues.
pub(crate) struct Resumed {
    pub(crate) folder: RunFolder,
    pub(crate) from: ResumePoint,
}

/// The point from which a run continues.
pub(crate) enum ResumePoint {
    /// The beginning, in a folder that was claimed before and holds nothing.
    Nothing,
    /// The beginning, for a run that was killed before its first checkpoint. Holds the text of its
    /// `config.toml`.
    Beginning(String),
    /// After a checkpoint.
    Checkpoint(Archive),
    /// After a checkpoint, to another number of epochs.
    Extended(Archive),
}

/// Begins a run in a new folder, or continues an earlier one.
pub(super) fn begin(
    task: &Task<'_>,
    config: &mut Config,
    model: &mut AutoEncoder,
    optimizer: &mut dyn Optimizer,
    resumed: Option<Resumed>,
) -> Result<(Session, TrainingState)> {
    let start = match resumed {
        None => Start::New(task.folder(config.job_name())?),
        Some(Resumed { folder, from: ResumePoint::Nothing }) => Start::New(folder),
        Some(Resumed { folder, from: ResumePoint::Beginning(text) }) => {
            config.check_same_as(&text, &folder.file(CONFIG))?;
            Start::New(folder)
        }
        Some(Resumed { folder, from: ResumePoint::Checkpoint(checkpoint) }) => {
            Start::Resumed { folder, checkpoint }
        }
        Some(Resumed { folder, from: ResumePoint::Extended(checkpoint) }) => {
            Start::Extended { folder, checkpoint }
        }
    };
    let masks = task.data.masks.as_ref().map(|masks| masks.folder.as_path());
    config.found_data_at(&task.data.folder, masks);
    Ok(Session::begin(start, config, model, optimizer, faults::step)?)
}

/// Prints where a run continues.
pub(super) fn announce_resumed(report: &Report, state: &TrainingState) {
    if state.epoch() > 0 {
        report.item("resumed", format_args!("after {}", counted(state.epoch(), "epoch")));
    }
}

/// The outcome of training.
pub(crate) struct Trained {
    pub(crate) fitted: Fitted,
    epochs: usize,
    processes: usize,
    /// The signal that ended training, if one did.
    signal: Option<Signal>,
    /// The number of epochs that had ended before this process began.
    before: usize,
    /// The time including validation, without the job's work at the ends of epochs.
    time: Duration,
    /// The time of the job's work at the ends of epochs: checkpoints, pictures.
    elsewhere: Duration,
}

/// Trains until the last epoch or a signal, shows the progress, and calls `at_epoch` at each
/// epoch's end. An error of `at_epoch` ends training, too.
pub(super) fn train(
    task: &Task<'_>,
    plan: Plan,
    model: &mut AutoEncoder,
    optimizer: &mut dyn Optimizer,
    state: TrainingState,
    interrupt: &Interrupt,
    mut at_epoch: impl FnMut(&EpochReport<'_>) -> Result<()>,
) -> Result<Trained> {
    let (epochs, before) = (plan.epochs, state.epoch());
    let processes = &task.environment.processes;
    processes.order(|| Order::new(task, &plan, model, optimizer, &state).to_bytes())?;
    let (train, test) = (task.train_examples(), task.validation_examples());
    let Output { quiet, verbose, .. } = task.environment.output;
    let progress = if verbose { Progress::detailed() } else { Progress::new(epochs, quiet) };
    let (mut failure, mut elsewhere) = (None, Duration::ZERO);
    let start = Instant::now();
    let fit = fit([&train, &test], &plan, task.seed, processes.team()).resume(state);
    let fit = fit.on_event(|event| {
        progress.event(event);
        match event {
            Event::Batch(_) => faults::point_until("mid-epoch", || interrupt.asked()),
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
    let fitted = fit.run(model, optimizer);
    let time = start.elapsed() - elsewhere;
    progress.finish();
    let fitted = processes.trained(fitted, model, interrupt)?;
    let (signal, processes) = (interrupt.request(), processes.count());
    failure.map_or(Ok(Trained { fitted, epochs, processes, signal, before, time, elsewhere }), Err)
}

/// The training that every process of a team begins: on the examples to train on and to validate
/// on.
pub(super) fn fit<'a>(
    [train, validation]: [&'a Examples<'a>; 2],
    plan: &'a Plan,
    seed: u64,
    team: &'a dyn Team,
) -> Fit<'a> {
    let fit = Fit::new(train)
        .validate(validation)
        .epochs(plan.epochs)
        .batch(plan.batch)
        .seed(seed)
        .loss(&plan.loss)
        .schedule(&plan.schedule)
        .summation(plan.summation)
        .team(team);
    match plan.clip_norm {
        Some(norm) => fit.clip_norm(norm),
        None => fit,
    }
}

impl Trained {
    /// Prints how long training took, and the losses of the last epoch.
    /// `sample` is what an image is called.
    pub(crate) fn report(&self, report: &Report, sample: &str) {
        let Times { training_seconds, images_per_second, .. } = self.times();
        let epochs = &self.fitted.history.epochs;
        let trained = counted(epochs.len() - self.before, "epoch");
        report.line(format_args!(
            "trained {trained} in {training_seconds:.2} s, {images_per_second:.0} {sample}s/s"
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

    /// Describes how the time was spent.
    fn seconds(&self) -> String {
        let steps = Duration::from_secs_f64(self.fitted.train_seconds);
        let [validation, elsewhere] = [self.time.saturating_sub(steps), self.elsewhere];
        format!(
            "of that {steps:.2?} in steps, {validation:.2?} in validation; {elsewhere:.2?} more in checkpoints and \
             pictures at the ends of epochs"
        )
    }

    /// Describes how far the weights have been trained.
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

    /// Describes the point at which a signal ended training, if one did.
    pub(crate) fn stopped(&self) -> Option<String> {
        let (stopped, signal) = (self.fitted.stopped?, self.signal?);
        Some(format!(
            "stopped by {} in epoch {} of {}, after batch {} of {}",
            signal.name(),
            stopped.epoch,
            self.epochs,
            stopped.batch,
            stopped.batches
        ))
    }

    /// Returns the content of `times.toml`.
    pub(crate) fn times(&self) -> Times {
        Times {
            threads: current_threads(),
            processes: self.processes,
            training_seconds: self.time.as_secs_f64(),
            images_per_second: match self.fitted.samples_seen {
                // All epochs had ended before.
                0 => 0.0,
                seen => seen as f64 / self.fitted.train_seconds,
            },
        }
    }
}
