//! A process that does not lead its team: it trains when the leader orders it, and neither prints
//! nor writes files. An error of its own is for the leader to print, unless it comes in the middle
//! of a training.

use super::order::Order;
use super::processes::{is_of_one_process, trained_here};
use super::signals::{self, Signal};
use super::training::fit;
use super::{Environment, FittedModel, Task, faults, fit_model};
use crate::exit::{data as data_error, silence_warnings, status};
use crate::input::Data;
use crate::report::Output;
use ae_files::printable_path;
use ae_optim::Optimizer;
use ae_run::{Config, Job, Plan};
use ae_train::{AutoEncoder, Event, Team, TrainingState};
use anyhow::{Context, Result};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Follows the leader's orders until it has none left. An error means that the others may be
/// waiting for this process.
pub(crate) fn work(team: &dyn Team) -> Result<()> {
    silence_warnings();
    let heard = Heard::listen()?;
    loop {
        let mut message = Vec::new();
        team.share(0, &mut message)?;
        if message.is_empty() {
            return Ok(());
        }
        follow(&message, team, &heard)?;
    }
}

/// The signal that has asked this process to end, if one has. While it waits for an order it goes
/// on, and tells the others in the first step of the next training.
#[derive(Clone)]
struct Heard(Arc<Mutex<Option<Signal>>>);

impl Heard {
    fn listen() -> Result<Self> {
        let heard = Self(Arc::default());
        let listener = heard.clone();
        let listen = move |signal| *listener.lock() = Some(signal);
        signals::listen(listen).context("cannot listen for signals")?;
        Ok(heard)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Signal>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signal(&self) -> Option<Signal> {
        *self.lock()
    }
}

/// Prepares the training of this order and says whether that has worked. If all processes are
/// ready, trains.
fn follow(message: &[u8], team: &dyn Team, heard: &Heard) -> Result<()> {
    let order = Order::read(message);
    let threads = order.as_ref().map_or(None, Order::threads);
    let environment = Environment { threads, output: Output::silent(), ..Environment::default() };
    environment.on_threads(|| {
        let prepared = order.map_err(Into::into);
        let prepared = prepared.and_then(|order| Prepared::new(order, &environment));
        let answer = match &prepared {
            Ok(_) => Vec::new(),
            Err(error) => [&[status(error)], format!("{error:#}").as_bytes()].concat(),
        };
        team.gather(&answer)?;
        let mut ready = Vec::new();
        team.share(0, &mut ready)?;
        match prepared {
            Ok(prepared) if ready == [1] => prepared.train(&environment, team, heard),
            _ => Ok(()),
        }
    })
}

/// All that a training begins with.
struct Prepared {
    job: Job,
    data: Data,
    model: AutoEncoder,
    plan: Plan,
    optimizer: Box<dyn Optimizer>,
    state: TrainingState,
}

impl Prepared {
    /// Loads the data, builds the model, and restores its weights.
    fn new(order: Order, environment: &Environment) -> Result<Self> {
        let (config, folder, in_memory) = (order.config()?, order.folder()?, order.in_memory()?);
        let mut job = config.job_of(&folder)?;
        let spec = &mut job.training_mut().data;
        spec.look_in(folder);
        spec.in_memory = in_memory;
        // If the content is another: "not the file that process 0 has".
        spec.recorded
            .iter_mut()
            .for_each(|data| (data.run, data.verb) = ("process 0".into(), "has"));
        let mut data = Data::of_job(&job, environment.finding())?;
        check_same_images(&data, &config)?;
        let FittedModel { mut model, plan, .. } = fit_model(&job, &data, 1)?;
        if data.held_out.is_some() {
            // Training is measured on the images that are held out, so only the leader needs the
            // test images.
            data.dataset.test.truncate(0);
        }
        data.keep_in_file(in_memory);
        let mut optimizer = plan.optimizer.build(plan.lr);
        let state = order.restore(&config, &mut model, &mut *optimizer)?;
        Ok(Self { job, data, model, plan, optimizer, state })
    }

    fn train(self, environment: &Environment, team: &dyn Team, heard: &Heard) -> Result<()> {
        let Self { job, data, mut model, plan, mut optimizer, state } = self;
        let task = Task::new(&job, &data, &model, environment);
        let (train, validation) = (task.train_examples(), task.validation_examples());
        let fit = fit([&train, &validation], &plan, task.seed, team).resume(state);
        let fit = fit.on_event(|event| {
            if matches!(event, Event::Batch(_)) {
                faults::point("worker-mid-epoch");
            }
            match heard.signal() {
                Some(_) => ControlFlow::Break(()),
                None => ControlFlow::Continue(()),
            }
        });
        match fit.run(&mut model, &mut *optimizer) {
            Ok(_) => {
                team.gather(&trained_here(&model, heard.signal()))?;
                Ok(())
            }
            Err(error) if is_of_one_process(&error) => Err(error.into()),
            // The leader has the same error, and reports it.
            Err(_) => Ok(()),
        }
    }
}

/// Refuses images that are not those of the leader.
fn check_same_images(data: &Data, config: &Config) -> Result<()> {
    if data.are_of(config.data()) {
        return Ok(());
    }
    let folder = printable_path(&data.folder);
    let message = format!("{folder}: expected the images of process 0, found others");
    Err(data_error(message).into())
}

#[cfg(test)]
mod tests;
