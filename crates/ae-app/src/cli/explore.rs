//! The arguments of `ae-app explore`.

use super::shared::{DataArgs, OutArgs, ThreadsArgs};
use super::values::at_least_one;
use ae_run::DataSpec;
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  ae-app explore runs/dense-mnist-5 --open    a page with the model: move, draw, train, look
  ae-app explore runs/denoise-mnist-all       a page in which one draws and the model removes noise
  ae-app explore                              a page that begins without a model, and trains one
  ae-app explore --classes 3,8 --train-images 4000
";

const DATASET: &str = "mnist, fashion-mnist, or a folder or file of images [default: the run's; without a run, \
                       mnist]";
const CLASSES: &str = "Classes to take, by number or name, separated by commas, or \"all\" [default: \
                       the run's; without a run, 5]";

/// The options for how images are taken, which a run has recorded.
const HOW_TAKEN: [&str; 9] = [
    "size",
    "resize",
    "channels",
    "transpose",
    "test_share",
    "skip_share",
    "class_names",
    "in_memory",
    "limit",
];

/// The arguments of `ae-app explore`.
#[derive(Clone, Debug, Args)]
#[command(before_help = EXAMPLES)]
#[command(mut_arg("dataset", |arg| arg.default_value(None).help(DATASET)))]
#[command(mut_arg("classes", |arg| arg.help(CLASSES)))]
#[command(mut_arg("out", |arg| arg.help(
    "Folder for the page, new or empty [default: runs/explore-DATA-CLASSES, numbered if taken]"
)))]
pub(crate) struct ExploreArgs {
    /// The folder of a run that has ended, or a model.safetensors; without it the page begins
    /// without a model
    #[arg(value_name = "RUN|MODEL", conflicts_with_all = HOW_TAKEN)]
    pub(crate) model: Option<PathBuf>,

    /// Open the page with the system's browser
    #[arg(long)]
    pub(crate) open: bool,

    /// Training images in the page, the first ones, with which it can train [default: 2000, if
    /// they take at most 2 MB together with the test images]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) train_images: Option<usize>,

    /// Test images in the page, the first ones [default: 300]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) test_images: Option<usize>,

    #[command(flatten)]
    pub(crate) data: DataArgs,

    #[command(flatten)]
    pub(crate) threads: ThreadsArgs,

    #[command(flatten)]
    pub(crate) out: OutArgs,
}

impl ExploreArgs {
    /// Applies the typed options to the images of a run, or to the default ones.
    pub(crate) fn apply(&self, data: &mut DataSpec) {
        if self.model.is_none() {
            return self.data.clone().apply(data);
        }
        self.data.dataset.iter().for_each(|dataset| data.take(dataset.clone()));
        self.data.classes.iter().for_each(|classes| data.take_classes(classes.clone()));
    }
}
