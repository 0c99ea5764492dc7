//! The command line: the arguments, and how each value is parsed. No module here knows what a
//! command does.

mod denoise;
mod dense;
mod export;
mod images;
mod lab;
mod models;
mod output;
mod runs;
mod shared;
mod tools;
mod values;
pub(crate) mod words;

pub(crate) use denoise::DenoiseArgs;
pub(crate) use dense::DenseArgs;
pub(crate) use export::ExportArgs;
pub(crate) use images::{DenoiseImageArgs, GenerateArgs, PcaArgs, ReconstructArgs};
pub(crate) use lab::LabArgs;
pub(crate) use models::ModelsArgs;
pub(crate) use output::OutputArgs;
pub(crate) use runs::{ModelArgs, RunArgs};
pub(crate) use shared::{DataDirArgs, WorkArgs};
pub(crate) use tools::{CompletionsArgs, DoctorArgs, ManArgs};

use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  ae-app dense                                     learn the fives of MNIST and generate new ones
  ae-app dense --classes 7 --latent 25             sevens, with 25 numbers to an image
  ae-app dense --dataset fashion-mnist --classes sandal,sneaker,ankle-boot
  ae-app denoise --quick                           remove noise from digits: a first impression
  ae-app denoise                                   the same in earnest; watch the picture it names
  ae-app resume runs/denoise-mnist-all             go on with a run that was stopped or killed
  ae-app generate runs/dense-mnist-5 --seed 2      more new images, without training again
  ae-app doctor                                    check data and CPU, and how long each job takes
  ae-app export runs/dense-mnist-5 --onnx m.onnx   the model for other programs
  ae-app denoise-image runs/denoise-mnist-all page.png    noise removed from an image of your own
  ae-app pca runs/dense-mnist-5                    what principal components make of the same images
  ae-app lab                                       shoes by several models and samplers, scored
";

const STATUS: &str = "\
Exit status:
  0    fine
  1    something failed: a file cannot be written, a folder is in use, a run is not what it was
  2    the arguments make no sense
  3    the data, a checkpoint or a model is missing, damaged or does not fit
  4    training diverged
  130  stopped by Ctrl-C; everything so far is written
";

/// Understand, train and use auto-encoders.
#[derive(Debug, Parser)]
// The name is given twice so that messages do not say `ae-app.exe` on Windows.
#[command(name = "ae-app", bin_name = "ae-app", version)]
#[command(before_help = EXAMPLES, after_help = STATUS, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) output: OutputArgs,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train a dense auto-encoder on images, and generate new ones naively and through PCA
    Dense(DenseArgs),
    /// Train a convolutional auto-encoder to remove noise from images
    Denoise(DenoiseArgs),
    /// Go on with a run that was stopped, killed or switched off; it ends with the same files as
    /// one that never was
    Resume(RunArgs),
    /// Repeat a run from its config.toml and compare the files, byte for byte
    Verify(RunArgs),
    /// Train models on the same images, draw codes by several samplers, and score what they become
    Lab(LabArgs),
    /// List the models that can be trained, or print the description of one
    Models(ModelsArgs),
    /// Say whether data, CPU and folders are as they should be, and how long each job takes here
    Doctor(DoctorArgs),
    /// Print what a shell needs to complete this program's commands and options
    Completions(CompletionsArgs),
    /// Print the manual pages, or write them to a folder
    Man(ManArgs),
    /// Write a trained model as ONNX, or what it makes of the images as NumPy reads it
    Export(ExportArgs),
    /// Show what a trained model makes of test images, or of images of your own, without training
    Reconstruct(ReconstructArgs),
    /// Generate images with a trained dense model, or map its latent space, without training
    Generate(GenerateArgs),
    /// Remove noise from images of your own, of any size, with a trained model
    DenoiseImage(DenoiseImageArgs),
    /// Put principal components beside a trained dense model: what does non-linearity buy?
    Pca(PcaArgs),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }
}
