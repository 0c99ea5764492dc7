//! Code that is shared by the layers that slide windows over images.

use crate::footprint::AxisMap;
use crate::{ArchitectureError, BuildError, Words};
use ae_tensor::{Padding, Shape, Window};

/// The default stride of a convolution: its window moves pixel by pixel.
pub(super) fn unit_stride(_size: [usize; 2]) -> [usize; 2] {
    [1, 1]
}

/// The height, width and channels of a layer's input.
pub(super) fn images(layer: &str, input: Shape) -> Result<([usize; 2], usize), BuildError> {
    let &[h, w, channels] = input.dims() else {
        let expected = "images (height, width, channels)";
        return Err(BuildError::InputShape { layer: layer.into(), expected, found: input });
    };
    Ok(([h, w], channels))
}

/// The height and width of the output of a window on images.
pub(super) fn place(
    layer: &str,
    window: Window,
    image: [usize; 2],
    input: Shape,
) -> Result<[usize; 2], BuildError> {
    window.over(image).map(|placement| placement.output).ok_or_else(|| BuildError::Window {
        layer: layer.into(),
        size: window.size,
        stride: window.stride,
        padding: window.padding.name(),
        image: input,
    })
}

/// Reads top, bottom, left and right: `0 1 1 2`.
pub(super) fn sides(words: &mut Words<'_>) -> Result<[[usize; 2]; 2], ArchitectureError> {
    let mut pair = || Ok([words.number_or_zero()?, words.number_or_zero()?]);
    Ok([pair()?, pair()?])
}

/// A shape whose extents may come from a file.
pub(super) fn checked(layer: &str, input: Shape, dims: &[usize]) -> Result<Shape, BuildError> {
    let error = BuildError::TooLarge { layer: layer.into(), found: input };
    Shape::checked(dims).ok_or(error)
}

/// The effect of a window along an axis; `None` if the window must stay within the image.
pub(super) fn axis_map(window: Window, axis: usize) -> Option<AxisMap> {
    let Window { size, stride, padding } = window;
    let (size, stride) = (size[axis], stride[axis]);
    // With n a multiple of s, the last of n / s windows begins at n - s and needs k - s pixels of
    // padding.
    let before = size.saturating_sub(stride) / 2;
    let fits = padding == Padding::Same && size > 0 && stride > 0;
    fits.then_some(AxisMap::Window { size, stride, before })
}

/// Returns an error if the weight of a penalty is NaN, infinite or negative.
pub(super) fn check_penalty(layer: &str, weight: f32) -> Result<(), BuildError> {
    if weight.is_finite() && weight >= 0.0 {
        return Ok(());
    }
    Err(BuildError::Penalty { layer: layer.into(), weight: weight.to_string() })
}
