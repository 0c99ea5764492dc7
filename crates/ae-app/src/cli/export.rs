//! The arguments of `ae-app export`.

use super::shared::{OtherDataArgs, ThreadsArgs};
use ae_onnx::Part;
use clap::{ArgGroup, Args, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  ae-app export runs/dense-mnist-5 --onnx fives.onnx --part all   model, encoder and decoder
  ae-app export runs/dense-mnist-5 --npz fives.npz                codes and more for NumPy
  ae-app export model.safetensors --onnx fives.onnx --force       over an older export
";

/// Which part of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PartName {
    // Documentation of the single values would make the help three times as long.
    Whole,
    Encoder,
    Decoder,
    All,
}

impl PartName {
    /// Returns the parts to write.
    pub(crate) fn parts(self) -> &'static [Part] {
        match self {
            Self::Whole => &[Part::Whole],
            Self::Encoder => &[Part::Encoder],
            Self::Decoder => &[Part::Decoder],
            Self::All => &[Part::Whole, Part::Encoder, Part::Decoder],
        }
    }
}

/// The arguments of `ae-app export`.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES)]
#[command(group = ArgGroup::new("files").args(["onnx", "npz"]).required(true).multiple(true))]
#[command(mut_arg("dataset", |arg| arg.requires("npz").help(
    "Other images than those of the run, for --npz: mnist, fashion-mnist, or a folder or file"
)))]
#[command(mut_arg("classes", |arg| arg.requires("npz").help("Other classes than those of the run, for --npz")))]
pub(crate) struct ExportArgs {
    /// The folder of a run that has ended, or a model.safetensors
    #[arg(value_name = "RUN|MODEL")]
    pub(crate) model: PathBuf,

    /// Write the model as ONNX, opset 13, for any batch size
    #[arg(long, value_name = "FILE")]
    pub(crate) onnx: Option<PathBuf>,

    /// What --onnx writes; "all" is FILE, FILE-encoder and FILE-decoder
    #[arg(long, value_enum, default_value_t = PartName::Whole, requires = "onnx")]
    pub(crate) part: PartName,

    /// Write codes, labels, reconstructions and PCA as NumPy arrays
    #[arg(long, value_name = "FILE")]
    pub(crate) npz: Option<PathBuf>,

    /// Replace existing files
    #[arg(long)]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) data: OtherDataArgs,

    #[command(flatten)]
    pub(crate) threads: ThreadsArgs,
}
