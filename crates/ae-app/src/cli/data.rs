//! Arguments of `data`.

use super::shared::{DataDirArgs, OutArgs, SamplesArgs, ShowArgs, ThreadsArgs};
use super::source::SourceArgs;
use clap::Args;
use std::path::PathBuf;

/// Examples of the command `data`.
pub(crate) const DATA_EXAMPLES: &str = "\
Examples:
  ae-app data photos --size 64x64            a folder of images, or of a folder for each class
  ae-app data mnist.npz                      arrays named as Keras or MedMNIST names them
  ae-app data train.csv                      a label and pixels in each line
  ae-app data cifar-10-batches-bin           CIFAR-10's binary batches
  ae-app data emnist/emnist-letters --transpose
";

/// Arguments of `data`.
#[derive(Debug, Args)]
pub(crate) struct DataCommandArgs {
    /// mnist, fashion-mnist, or a folder or file of images
    #[arg(value_name = "NAME|PATH")]
    pub(crate) place: PathBuf,

    #[command(flatten)]
    pub(crate) source: SourceArgs,

    #[command(flatten)]
    pub(crate) data_dir: DataDirArgs,

    #[command(flatten)]
    pub(crate) threads: ThreadsArgs,

    #[command(flatten)]
    pub(crate) out: OutArgs,

    #[command(flatten)]
    pub(crate) show: ShowArgs,

    #[command(flatten)]
    pub(crate) samples: SamplesArgs,
}
