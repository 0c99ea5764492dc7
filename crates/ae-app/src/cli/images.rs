//! The arguments of the commands that use images from files, draw a latent space, or compare with
//! PCA.

use super::runs::ModelArgs;
use super::shared::{OtherDataArgs, SamplesArgs, SeedArgs, WorkArgs};
use super::values::{ImageNoise, at_least_one, image_noise, map_side, noise, pixels, whole};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

const DENOISE_EXAMPLES: &str = "\
Examples:
  ae-app denoise-image runs/denoise-mnist-all page.png --invert      dark writing on light paper
  ae-app denoise-image runs/denoise-mnist-all page.png --add-noise 0.5 --show
  ae-app denoise-image runs/denoise-mnist-all page.png --keep-color  a gray model, a color image
  ae-app denoise-image runs/denoise-mnist-all page.png --noise auto  estimate the noise first
";

const PCA_EXAMPLES: &str = "\
Examples:
  ae-app pca runs/dense-mnist-5             the model beside PCA with as many components
  ae-app pca --components 25 --classes 7    PCA alone, on the sevens
";

/// What a model of gray images takes of a color image, as it is named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeepColorName {
    Luma,
    Channels,
}

/// The option of a model of gray images on color images.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct KeepColorArgs {
    /// Keep the colors of color images although the model was trained on gray ones: it takes red,
    /// green and blue one after the other, or their luma, and the chroma stays with its noise
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "channels",
        requires = "images"
    )]
    pub(crate) keep_color: Option<KeepColorName>,
}

/// The arguments of `ae-app denoise-image`.
#[derive(Clone, Debug, Args)]
#[command(before_help = DENOISE_EXAMPLES)]
#[command(mut_arg("seed", |arg| arg.help("Decides the noise of --add-noise")))]
#[command(mut_arg("out", |arg| arg.help(
    "Folder for the pictures, new or empty [default: runs/denoise-image, numbered if taken]"
)))]
pub(crate) struct DenoiseImageArgs {
    /// The folder of a run of denoise that has ended, or its model.safetensors
    #[arg(value_name = "RUN|MODEL")]
    pub(crate) model: PathBuf,

    /// PNG or JPEG files of any size, in color or gray; - for standard input. They are turned
    /// upright (Exif); results of PNG files keep their dots per inch (pHYs); gAMA, sRGB and iCCP
    /// change no sample
    #[arg(value_name = "IMAGE", required = true)]
    pub(crate) images: Vec<PathBuf>,

    /// Add noise of this standard deviation first, for pixels from 0 to 1, to see it removed
    #[arg(long, value_name = "FACTOR", value_parser = noise, allow_negative_numbers = true)]
    pub(crate) add_noise: Option<f32>,

    /// Noise of the images, to be compared with what the model has learned to remove: auto, which
    /// estimates it, or a standard deviation, for pixels from 0 to 1. Of an image with less noise,
    /// less is removed; one with more goes through the model with less contrast
    #[arg(
        long,
        value_name = "auto|FACTOR",
        value_parser = image_noise,
        allow_negative_numbers = true
    )]
    pub(crate) noise: Option<ImageNoise>,

    /// How much of what the model removes is removed: 0 nothing, 1 all [default: 1, or what suits
    /// --noise]
    #[arg(long, value_name = "S", value_parser = noise, allow_negative_numbers = true)]
    pub(crate) strength: Option<f32>,

    /// Dark on light: give the model the negative, and turn its answer back
    #[arg(long)]
    pub(crate) invert: bool,

    #[command(flatten)]
    pub(crate) keep_color: KeepColorArgs,

    /// Maximum number of pixels of an image [default: 100000000]
    #[arg(long, value_name = "N", value_parser = pixels)]
    pub(crate) max_pixels: Option<u64>,

    #[command(flatten)]
    pub(crate) seed: SeedArgs,

    #[command(flatten)]
    pub(crate) work: WorkArgs,
}

/// The arguments of `ae-app reconstruct`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReconstructArgs {
    #[command(flatten)]
    pub(crate) model: ModelArgs,

    /// Your own PNG or JPEG files instead of test images, of any size, in color or gray; - for
    /// standard input
    #[arg(
        value_name = "IMAGE",
        conflicts_with_all = ["dataset", "classes", "data_dir", "samples"]
    )]
    pub(crate) images: Vec<PathBuf>,

    /// The images are dark on light: make negatives of them first
    #[arg(long, requires = "images")]
    pub(crate) invert: bool,

    #[command(flatten)]
    pub(crate) keep_color: KeepColorArgs,

    /// Cut out the drawing and place it as MNIST does its digits [default: for models of MNIST]
    #[arg(long = "centre", requires = "images", overrides_with = "no_center")]
    pub(crate) center: bool,

    /// Take each image as a whole
    #[arg(long = "no-centre", requires = "images")]
    pub(crate) no_center: bool,

    /// Pixels up to this gray, from 0 to 255, are paper [default: found for each place, so that
    /// gray paper and shadows are not ink]
    #[arg(long, value_name = "GRAY", requires = "images", value_parser = whole::<u8>)]
    pub(crate) paper: Option<u8>,

    /// Maximum number of pixels of an image [default: 100000000]
    #[arg(long, value_name = "N", requires = "images", value_parser = pixels)]
    pub(crate) max_pixels: Option<u64>,
}

/// The arguments of `ae-app generate`.
#[derive(Clone, Debug, Args)]
pub(crate) struct GenerateArgs {
    #[command(flatten)]
    pub(crate) model: ModelArgs,

    /// A map of the latent space instead, of N by N images [default N: 15]
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        default_missing_value = "15",
        value_parser = map_side
    )]
    pub(crate) grid: Option<usize>,
}

/// The arguments of `ae-app pca`.
#[derive(Clone, Debug, Args)]
#[command(before_help = PCA_EXAMPLES)]
#[command(mut_arg("out", |arg| arg.help(
    "Folder for the results, new or empty [default: runs/pca-DATA-CLASSES, numbered if taken]"
)))]
#[command(mut_arg("seed", |arg| arg.help("Decides which test images the gallery shows")))]
#[command(mut_arg("samples", |arg| arg.help("Images in a row of the gallery")))]
#[command(mut_arg("dataset", |arg| arg.help(
    "mnist, fashion-mnist, or a folder or file of images [default: the run's, else mnist]"
)))]
#[command(mut_arg("classes", |arg| arg.help("Classes to take, or \"all\" [default: the run's, else 5]")))]
pub(crate) struct PcaArgs {
    /// The folder of a run of dense that has ended, or its model.safetensors
    #[arg(value_name = "RUN|MODEL", required_unless_present = "components")]
    pub(crate) model: Option<PathBuf>,

    /// Components to keep [default: as many as the model's code has numbers]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) components: Option<usize>,

    #[command(flatten)]
    pub(crate) data: OtherDataArgs,

    #[command(flatten)]
    pub(crate) samples: SamplesArgs,

    #[command(flatten)]
    pub(crate) seed: SeedArgs,

    #[command(flatten)]
    pub(crate) work: WorkArgs,
}
