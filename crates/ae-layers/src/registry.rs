//! The layers by name: those that a description may contain.

use crate::{Architecture, ArchitectureError, LayerSpec, Words, layers};

/// A function that reads the words after a layer's keyword.
pub type Reader = fn(&mut Words<'_>) -> Result<LayerSpec, ArchitectureError>;

/// Which layers a description may name. [`Registry::standard`] knows the layers of this crate;
/// [`Registry::with`] adds others.
#[derive(Clone, Debug)]
pub struct Registry {
    readers: Vec<(&'static str, Reader)>,
}

impl Registry {
    /// The maximum number of layers that are read: a description may come from a file.
    pub const MOST_LAYERS: usize = 1000;

    /// The layers of this crate.
    #[must_use]
    pub fn standard() -> Self {
        Self { readers: layers::READERS.to_vec() }
    }

    /// Adds a layer. `keyword` must equal its [`Layer::keyword`](crate::Layer::keyword), so that a
    /// description that was written can be read again.
    ///
    /// # Panics
    /// If the keyword is taken, or is not a single word.
    #[must_use]
    pub fn with(mut self, keyword: &'static str, reader: Reader) -> Self {
        assert!(!self.keywords().any(|known| known == keyword), "Registry: {keyword} is taken");
        let word = !keyword.is_empty() && !keyword.contains([' ', ';', '|']);
        assert!(word, "Registry: the keyword {keyword:?} is not a word");
        self.readers.push((keyword, reader));
        self
    }

    /// The keywords of all layers.
    pub fn keywords(&self) -> impl Iterator<Item = &'static str> {
        self.readers.iter().map(|(keyword, _)| *keyword)
    }

    /// Reads the layer of a description such as `dense 10 relu`.
    ///
    /// # Errors
    /// The first word that is not what it should be.
    pub fn layer(&self, text: &str) -> Result<LayerSpec, ArchitectureError> {
        let mut words = Words::of(text);
        let keyword = words.next();
        let Some((_, reader)) = self.readers.iter().find(|(known, _)| *known == keyword) else {
            return Err(ArchitectureError::new("the name of a layer", keyword));
        };
        let layer = reader(&mut words)?;
        words.end()?;
        Ok(layer)
    }

    /// Reads the model of a description such as `input 784; dense 10 relu | dense 784 sigmoid`, see
    /// [`Architecture`].
    ///
    /// # Errors
    /// The first word that is not what it should be.
    pub fn parse(&self, text: &str) -> Result<Architecture, ArchitectureError> {
        let (text, decoder) = match text.split_once(" | ") {
            Some((text, decoder)) => (text, Some(decoder)),
            None => (text, None),
        };
        let mut parts = text.split("; ");
        let mut words = Words::of(parts.next().unwrap_or_default());
        words.exactly("input")?;
        let input = words.shape()?;
        words.end()?;
        let mut layers = Vec::new();
        self.push_all(&mut layers, parts)?;
        let mut encoder = 0;
        if let Some(decoder) = decoder {
            if layers.is_empty() {
                return Err(ArchitectureError::new("a layer before the bar", decoder));
            }
            encoder = layers.len();
            self.push_all(&mut layers, decoder.split("; "))?;
        }
        Ok(Architecture { input, layers, encoder })
    }

    fn push_all<'a>(
        &self,
        layers: &mut Vec<LayerSpec>,
        parts: impl Iterator<Item = &'a str>,
    ) -> Result<(), ArchitectureError> {
        for part in parts {
            if layers.len() == Self::MOST_LAYERS {
                return Err(ArchitectureError::new("at most 1000 layers", part));
            }
            layers.push(self.layer(part)?);
        }
        Ok(())
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::standard()
    }
}

impl std::str::FromStr for LayerSpec {
    type Err = ArchitectureError;

    /// Reads a layer of [`Registry::standard`].
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Registry::standard().layer(text)
    }
}

impl std::str::FromStr for Architecture {
    type Err = ArchitectureError;

    /// Reads a model made of the layers of [`Registry::standard`].
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Registry::standard().parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "Registry: dense is taken")]
    fn a_layer_cannot_be_replaced() {
        let _ = Registry::standard().with("dense", |_| Ok(crate::flatten()));
    }

    #[test]
    #[should_panic(expected = "is not a word")]
    fn a_keyword_is_one_word() {
        let _ = Registry::standard().with("my layer", |_| Ok(crate::flatten()));
    }
}
