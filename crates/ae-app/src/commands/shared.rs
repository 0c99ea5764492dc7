//! Conversions from shared options to plain values.

use crate::cli::{DataDirArgs, KeepColorArgs, KeepColorName, RunArgs, ThreadsArgs, WorkArgs};
use crate::exit::{Refusal, data};
use crate::input::KeepColor;
use crate::report::Output;
use crate::run::Environment;
use ae_image::Channels;
use ae_run::{Config, Job, ModelFile, RunError};
use std::path::Path;

/// Returns the environment of a command that creates a folder.
pub(super) fn environment(work: WorkArgs, data_dir: DataDirArgs, output: Output) -> Environment {
    let WorkArgs { threads, out, show } = work;
    Environment {
        data_dir: data_dir.data_dir,
        threads: threads.threads,
        out: out.out,
        show: show.show(),
        output,
        ..Environment::default()
    }
}

/// Returns the job of a run. Its data are identified by their content, and searched only in
/// `--dataset` if that was given.
pub(super) fn run_job(config: &Config, args: &RunArgs) -> Result<Job, RunError> {
    let mut job = config.job_of(&args.run)?;
    if let Some(dataset) = &args.dataset {
        job.training_mut().data.look_in(dataset.clone());
    }
    Ok(job)
}

/// Returns the environment in which a run is continued or repeated.
pub(super) fn run_environment(
    data_dir: DataDirArgs,
    threads: ThreadsArgs,
    output: Output,
) -> Environment {
    let (data_dir, threads) = (data_dir.data_dir, threads.threads);
    Environment { data_dir, threads, output, ..Environment::default() }
}

/// Returns the height, width and channels of the images that the model was trained on, if its
/// outputs are such images. `place` is the path that the model was read from.
pub(super) fn trained_image(place: &Path, trained: &ModelFile) -> Result<[usize; 3], Refusal> {
    trained.image().map(<[usize; 3]>::from).ok_or_else(|| {
        let image = trained.config.data().image;
        let [height, width] = image.size();
        let kind = if image.is_color() { "color" } else { "gray" };
        let layers = trained.model.sequential();
        let (input, output) = (layers.input_shape(), layers.output_shape());
        data(format!(
            "{}: expected a model of {kind} images of {height} x {width}, found one from {input} to {output}",
            place.display()
        ))
    })
}

/// Returns what a model of gray images is to do with color.
pub(super) fn keep_color(args: KeepColorArgs) -> Option<KeepColor> {
    args.keep_color.map(|name| match name {
        KeepColorName::Luma => KeepColor::Luma,
        KeepColorName::Channels => KeepColor::Channels,
    })
}

/// Returns the channels of these images.
pub(super) fn channels_of([_, _, channels]: [usize; 3]) -> Channels {
    Channels::of_count(channels).expect("a data set's images have 1 channel or 3")
}
