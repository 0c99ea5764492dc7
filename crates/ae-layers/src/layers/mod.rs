//! The layers, one file each. A new one is a file here and a line in [`READERS`].

mod activation;
mod activity_regularization;
mod add;
mod conv2d;
mod conv2d_transpose;
mod cropping2d;
mod dense;
mod dropout;
mod flatten;
mod images;
mod max_pool2d;
mod reshape;
mod sampling;
mod shortcut;
mod up_sample2d;
mod zero_padding2d;

pub use activation::{activate, relu, sigmoid};
pub use activity_regularization::activity_regularization;
pub use add::add;
pub use conv2d::conv2d;
pub use conv2d_transpose::conv2d_transpose;
pub use cropping2d::cropping2d;
pub use dense::dense;
pub use dropout::dropout;
pub use flatten::flatten;
pub use max_pool2d::max_pool2d;
pub use reshape::reshape;
pub use sampling::sampling;
pub use shortcut::shortcut;
pub use up_sample2d::up_sample2d;
pub use zero_padding2d::zero_padding2d;

use crate::registry::Reader;

/// The layers by the first word of their descriptions.
pub(crate) const READERS: &[(&str, Reader)] = &[
    (dense::KEYWORD, dense::read),
    (conv2d::KEYWORD, conv2d::read),
    (conv2d_transpose::KEYWORD, conv2d_transpose::read),
    (max_pool2d::KEYWORD, max_pool2d::read),
    (up_sample2d::KEYWORD, up_sample2d::read),
    (zero_padding2d::KEYWORD, zero_padding2d::read),
    (cropping2d::KEYWORD, cropping2d::read),
    (activation::KEYWORD, activation::read),
    (flatten::KEYWORD, flatten::read),
    (reshape::KEYWORD, reshape::read),
    (activity_regularization::KEYWORD, activity_regularization::read),
    (sampling::KEYWORD, sampling::read),
    (dropout::KEYWORD, dropout::read),
    (shortcut::KEYWORD, shortcut::read),
    (add::KEYWORD, add::read),
];
