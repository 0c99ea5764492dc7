//! The errors of a model that is being built.

use ae_tensor::Shape;

/// Why a [`Sequential`](crate::Sequential) cannot be built. Shapes are those of one sample, without
/// the batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A layer cannot take the output of the layer before it.
    #[error("layer {layer} takes {expected}, but is given shape {found}")]
    InputShape {
        /// The layer's name.
        layer: String,
        /// The inputs that it can take.
        expected: &'static str,
        /// The shape of its input.
        found: Shape,
    },
    /// A reshape that would lose or invent elements.
    #[error("layer {layer} cannot reshape {from} ({} elements) to {to} ({} elements)", from.len(), to.len())]
    Reshape {
        /// The layer's name.
        layer: String,
        /// The shape it is given.
        from: Shape,
        /// The shape it should give.
        to: Shape,
    },
    /// A layer without units.
    #[error("layer {layer} has no units")]
    NoUnits {
        /// The layer's name.
        layer: String,
    },
    /// A kernel or a pooling window that does not fit the images.
    #[error(
        "layer {layer} moves a window of {size:?} in steps of {stride:?} (padding {padding}), which does not fit \
         images of shape {image}"
    )]
    Window {
        /// The layer's name.
        layer: String,
        /// The window's height and width.
        size: [usize; 2],
        /// Its steps.
        stride: [usize; 2],
        /// "same" or "valid".
        padding: &'static str,
        /// The images, `(height, width, channels)`.
        image: Shape,
    },
    /// Images enlarged to nothing, or beyond what can be counted.
    #[error("layer {layer} cannot enlarge images of shape {image} by {factor:?}")]
    Factor {
        /// The layer's name.
        layer: String,
        /// How often rows and columns are repeated.
        factor: [usize; 2],
        /// The images, `(height, width, channels)`.
        image: Shape,
    },
    /// Nothing would be left of the images.
    #[error("layer {layer} cuts {sides:?} rows and columns off images of shape {image}")]
    Cropped {
        /// The layer's name.
        layer: String,
        /// The rows at top and bottom, and the columns at left and right.
        sides: [[usize; 2]; 2],
        /// The images, `(height, width, channels)`.
        image: Shape,
    },
    /// More outputs or weights than can be counted.
    #[error("layer {layer} would have more numbers than can be counted, given shape {found}")]
    TooLarge {
        /// The layer's name.
        layer: String,
        /// The shape of its input.
        found: Shape,
    },
    /// A penalty whose weight is negative or not finite.
    #[error(
        "layer {layer} adds {weight} times its penalty to the loss: expected a number of at least 0"
    )]
    Penalty {
        /// The layer's name.
        layer: String,
        /// The weight.
        weight: String,
    },
    /// A second layer that draws from the same streams of random numbers.
    #[error("layer {layer} would draw the same random numbers as another layer")]
    SharedNoise {
        /// The layer's name.
        layer: String,
    },
    /// A sum without the beginning of its shortcut.
    #[error("layer {layer} expects a shortcut before it, found none")]
    NoShortcut {
        /// The layer's name.
        layer: String,
    },
    /// The two ways past and through a residual block give different shapes.
    #[error("layer {layer} expects shape {expected}, the input of its shortcut, found {found}")]
    Shortcut {
        /// The layer's name.
        layer: String,
        /// The shape that the shortcut has kept.
        expected: Shape,
        /// The shape of the layer's own input.
        found: Shape,
    },
    /// An error of a layer that is defined outside of this crate.
    #[error("layer {layer}: {reason}")]
    Other {
        /// The layer's name.
        layer: String,
        /// The reason, in one line.
        reason: String,
    },
    /// A parameter of another model already has this name.
    #[error("the parameter {name} already exists: give each model its own scope")]
    NameTaken {
        /// The parameter's name.
        name: String,
    },
    /// An input without elements, or of too high a rank.
    #[error("the input shape {0} has no elements, or more than three extents")]
    Input(Shape),
    /// A model without layers.
    #[error("a model needs at least one layer")]
    NoLayers,
}
