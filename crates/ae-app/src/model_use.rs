//! `ae-app reconstruct` and `ae-app generate`: a trained model at work on a data set, without training.

use crate::cli::{Command, ModelArgs};
use crate::interrupt::Ending;
use crate::model_file::ModelFile;
use crate::record::Place;
use crate::run_folder::RunFolder;
use anyhow::Result;

/// What a model is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Give back test images.
    Reconstruct,
    /// Make new images.
    Generate,
    /// Draw a map of the latent space, so many images wide and high.
    Map(usize),
}

impl Use {
    /// The command's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Reconstruct => "reconstruct",
            Self::Generate | Self::Map(_) => "generate",
        }
    }
}

pub(crate) fn run(args: &ModelArgs, what: Use) -> Result<Ending> {
    let model = ModelFile::load(&args.model)?;
    let place = Place {
        dataset: args.dataset.clone(),
        data_dir: args.data_dir.clone(),
        threads: args.threads,
        out: args.out.clone(),
        output: args.output,
        show: args.show,
    };
    let mut command = model.config.command(&place)?;
    let (data, steps, common) = match &mut command {
        Command::Dense(args) => (&mut args.data, &mut args.steps, &mut args.common),
        Command::Denoise(args) => (&mut args.data, &mut args.steps, &mut args.common),
        _ => unreachable!("these are the jobs"),
    };
    if let Some(classes) = &args.classes {
        data.classes.clone_from(classes);
    }
    steps.samples = args.samples.unwrap_or(steps.samples);
    common.seed = args.seed.unwrap_or(common.seed);
    match command {
        Command::Dense(args) => crate::dense::apply(&args, &model, what),
        Command::Denoise(args) => crate::denoise::apply(&args, &model, what),
        _ => unreachable!("these are the jobs"),
    }
}

/// Keeps the folder, and names what is in it.
pub(crate) fn close(
    folder: &RunFolder,
    report: &crate::report::Report,
    files: &[(&'static str, &'static str)],
) -> Result<Ending> {
    folder.keep();
    crate::report::files(report, folder, files);
    report.end_in("done", folder, None)?;
    Ok(Ending::Done)
}
