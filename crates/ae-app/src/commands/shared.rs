//! From the options that several commands have to plain values.

use crate::cli::{DataDirArgs, RunArgs, WorkArgs};
use crate::exit::{Refusal, data};
use crate::report::Output;
use crate::run::Environment;
use ae_run::{Config, Job, ModelFile, RunError};
use std::path::Path;

/// Where, and how, a command works that makes a folder.
pub(super) fn environment(work: WorkArgs, data_dir: DataDirArgs, output: Output) -> Environment {
    let WorkArgs { threads, out, show } = work;
    Environment {
        data_dir: data_dir.data_dir,
        threads: threads.threads,
        out: out.out,
        show: show.show(),
        output,
    }
}

/// The job of a run, with its data set where it is now.
pub(super) fn run_job(config: &Config, args: &RunArgs) -> Result<Job, RunError> {
    let mut job = config.job()?;
    if let Some(dataset) = &args.dataset {
        job.training_mut().data.dataset.clone_from(dataset);
    }
    Ok(job)
}

/// Where, and how, a run goes on or is repeated.
pub(super) fn run_environment(args: RunArgs, output: Output) -> Environment {
    let (data_dir, threads) = (args.data_dir.data_dir, args.threads.threads);
    Environment { data_dir, threads, output, ..Environment::default() }
}

/// Height and width of the images that the model was trained on, if it makes such images of them. `place` is where it was read.
pub(super) fn trained_size(place: &Path, trained: &ModelFile) -> Result<[usize; 2], Refusal> {
    trained.image().ok_or_else(|| {
        let [height, width] = trained.config.data().image;
        let layers = trained.model.sequential();
        let (input, output) = (layers.input_shape(), layers.output_shape());
        data(format!(
            "{}: expected a model of gray images of {height} x {width}, found one from {input} to {output}",
            place.display()
        ))
    })
}
