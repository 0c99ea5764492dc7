//! What the commands that use a model ask its configuration.

use super::Config;

impl Config {
    /// The command that trained the model.
    pub(crate) fn job(&self) -> &str {
        &self.job
    }

    /// Height and width of the images that it was trained on.
    pub(crate) fn image(&self) -> [usize; 2] {
        self.data.image
    }

    /// Whether it learnt the digits of MNIST, which stand in the middle of their images.
    pub(crate) fn learnt_mnist(&self) -> bool {
        self.data.dataset == ae_idx::MNIST.name && self.data.folder.is_none()
    }
}
