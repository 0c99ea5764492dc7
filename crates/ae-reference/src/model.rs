//! A model, read from its description.

use crate::layer::Layer;
use std::fmt;

/// A chain of layers in f64.
#[derive(Clone, Debug)]
pub struct Model {
    layers: Vec<Layer>,
}

/// A part of a description that this crate does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoTwin {
    /// The part: a layer, or the input.
    pub words: String,
}

impl fmt::Display for NoTwin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected a layer that has a twin in f64, found {:?}", self.words)
    }
}

impl std::error::Error for NoTwin {}

impl Model {
    /// Reads the description that an architecture prints, such as
    /// `input 784; dense 10 relu | dense 784 sigmoid`.
    ///
    /// # Errors
    /// The first layer that has no twin here, or does not fit its input.
    pub fn read(text: &str) -> Result<Self, NoTwin> {
        let text = text.replace(" | ", "; ");
        let mut parts = text.split("; ");
        let first = parts.next().unwrap_or_default();
        let input = first.strip_prefix("input ").and_then(extents);
        let mut shape = input.ok_or_else(|| NoTwin { words: first.to_owned() })?;
        let mut layers = Vec::new();
        for words in parts {
            let layer = Layer::read(words, &shape);
            let layer = layer.ok_or_else(|| NoTwin { words: words.to_owned() })?;
            shape = layer.output.clone();
            layers.push(layer);
        }
        Ok(Self { layers })
    }

    /// The layers, first to last.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }
}

/// `28x28x1`.
pub(crate) fn extents(word: &str) -> Option<Vec<usize>> {
    word.split('x').map(|number| number.parse().ok()).collect()
}
