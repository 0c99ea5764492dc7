//! A model's description, which can be written to a file with its weights and read back.

use crate::words::extents;
use crate::{BuildError, LayerSpec, Registry, Route, Sequential};
use ae_tensor::Shape;
use serde_json::{Map, Value, json};
use std::fmt;

/// The shape of the input and the layers: everything of a model except its weights. A description
/// lists them in order, with a bar where the encoder ends:
///
/// ```
/// use ae_layers::{Activation, Architecture, dense};
/// let layers = vec![dense(10, Activation::Relu), dense(784, Activation::Sigmoid)];
/// let model = Architecture { input: [784].into(), layers, encoder: 1 };
/// let description = "input 784; dense 10 relu | dense 784 sigmoid";
/// assert_eq!(model.to_string(), description);
/// assert_eq!(description.parse(), Ok(model));
/// ```
///
/// Defaults can be left out of a description that is read: a window's `same`, and its stride, which
/// is 1 for a convolution and the window's size for pooling. A model with layers of other crates is
/// read by a [`Registry`] that contains them.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    /// The shape of one sample.
    pub input: Shape,
    /// The layers, first to last.
    pub layers: Vec<LayerSpec>,
    /// The number of layers in the encoder; 0 if the model is not divided.
    pub encoder: usize,
}

impl Architecture {
    /// The maximum number of layers that are read: a description may come from a file.
    pub const MOST_LAYERS: usize = Registry::MOST_LAYERS;

    /// The encoder and the decoder of a model of this architecture, which share its weights; `None`
    /// if the model is not [divided](Architecture::is_divided).
    ///
    /// # Panics
    /// If the number of layers differs from that of this architecture.
    #[must_use]
    pub fn divide(&self, model: &Sequential) -> Option<(Sequential, Sequential)> {
        assert!(model.len() == self.layers.len(), "divide: a model of another architecture");
        self.is_divided().then(|| model.split_at(self.encoder))
    }

    /// Whether the model is divided into an encoder and a decoder. A model in which a shortcut
    /// leads past the division is not: its code alone does not determine the output.
    #[must_use]
    pub fn is_divided(&self) -> bool {
        let Some((encoder, decoder)) = self.layers.split_at_checked(self.encoder) else {
            return false;
        };
        let open = encoder.iter().fold(0usize, |open, layer| match layer.route() {
            Route::Straight => open,
            Route::ShortcutBegins => open + 1,
            Route::ShortcutEnds => open.saturating_sub(1),
        });
        !encoder.is_empty() && !decoder.is_empty() && open == 0
    }

    /// The description as JSON, for programs in other languages: `input`, `encoder`, and for each
    /// of the `layers` its `name`, `kind`, `words`, `input`, `output` and `parameters` (name to
    /// shape), with the `class` and `config` of Keras if it has such a layer.
    ///
    /// # Errors
    /// The first layer that does not fit its input, and why.
    pub fn to_json(&self) -> Result<Value, BuildError> {
        let layers = self.outline()?.into_iter().map(|layer| {
            let shapes = layer.parameters.iter().map(|p| (p.name.into(), json!(p.shape.dims())));
            let mut value = json!({
                "name": layer.name,
                "kind": layer.spec.keyword(),
                "words": layer.spec.arguments(),
                "input": layer.input.dims(),
                "output": layer.output.dims(),
                "parameters": Value::Object(shapes.collect::<Map<_, _>>()),
            });
            if let Some(keras) = layer.spec.keras() {
                value["class"] = keras.class.into();
                value["config"] = keras.config;
            }
            value
        });
        let layers: Vec<Value> = layers.collect();
        Ok(json!({ "input": self.input.dims(), "encoder": self.encoder, "layers": layers }))
    }
}

/// A description that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
pub struct ArchitectureError {
    /// What was expected at this point of the description.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl ArchitectureError {
    /// The error for `found`, where `expected` should be.
    #[must_use]
    pub fn new(expected: impl Into<String>, found: &str) -> Self {
        Self { expected: expected.into(), found: found.into() }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "input {}", extents(self.input.dims()))?;
        for (i, layer) in self.layers.iter().enumerate() {
            let mark = if i > 0 && i == self.encoder { " |" } else { ";" };
            write!(f, "{mark} {layer}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
