//! What can be wrong with a model before it ever runs.

use ae_tensor::Shape;

/// Why a [`Sequential`](crate::Sequential) cannot be built. Shapes are those of one sample, without the batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A layer cannot take what the one before it gives.
    #[error("layer {layer} takes {expected}, but is given shape {found}")]
    InputShape {
        /// The layer's name.
        layer: String,
        /// What it can take.
        expected: &'static str,
        /// What it would be given.
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
    /// A layer with nothing in it.
    #[error("layer {layer} has no units")]
    NoUnits {
        /// The layer's name.
        layer: String,
    },
    /// An input with nothing in it, or of too high a rank.
    #[error("the input shape {0} has no elements, or more than three extents")]
    Input(Shape),
    /// A model without layers.
    #[error("a model needs at least one layer")]
    NoLayers,
}
