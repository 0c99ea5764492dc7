//! How a layer's words are read.

use super::{ArchitectureError, extents};
use crate::LayerSpec;
use ae_tensor::{Activation, Padding, Shape, Window};
use std::str::FromStr;

/// The largest extent that is read: words may come from a file, and a product of few such numbers can be counted.
pub(super) const LARGEST: usize = 1 << 20;

impl FromStr for LayerSpec {
    type Err = ArchitectureError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = Words::of(text);
        let layer = match words.next() {
            "dense" => Self::Dense { units: words.number()?, activation: words.activation()? },
            "conv2d" => Self::Conv2d {
                filters: words.number()?,
                window: words.window(|_| [1, 1])?,
                activation: words.activation()?,
            },
            "max_pooling2d" => Self::MaxPool2d(words.window(|size| size)?),
            "up_sampling2d" => Self::UpSample2d(words.pair()?),
            "activation" => Self::Activation(words.activation()?),
            "flatten" => Self::Flatten,
            "reshape" => Self::Reshape(words.shape()?),
            "activity_regularization" => Self::ActivityRegularization { l1: words.weight()? },
            "sampling" => Self::Sampling { kl_weight: words.weight()? },
            other => return Err(error("the name of a layer", other)),
        };
        words.end()?;
        Ok(layer)
    }
}

pub(super) fn error(expected: &'static str, found: &str) -> ArchitectureError {
    ArchitectureError { expected, found: found.into() }
}

/// The words of a layer, taken one after the other.
pub(super) struct Words<'a>(std::iter::Peekable<std::str::Split<'a, char>>);

impl<'a> Words<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self(text.split(' ').peekable())
    }

    /// The next word; empty if there is none.
    pub(super) fn next(&mut self) -> &'a str {
        self.0.next().unwrap_or_default()
    }

    pub(super) fn exactly(&mut self, expected: &'static str) -> Result<(), ArchitectureError> {
        match self.next() {
            word if word == expected => Ok(()),
            other => Err(error(expected, other)),
        }
    }

    pub(super) fn end(&mut self) -> Result<(), ArchitectureError> {
        self.0.next().map_or(Ok(()), |word| Err(error("the end of the layer", word)))
    }

    fn number(&mut self) -> Result<usize, ArchitectureError> {
        number(self.next())
    }

    fn dims(&mut self) -> Result<Vec<usize>, ArchitectureError> {
        self.next().split('x').take(ae_tensor::MAX_RANK + 1).map(number).collect()
    }

    pub(super) fn shape(&mut self) -> Result<Shape, ArchitectureError> {
        let dims = self.dims()?;
        let shape = Shape::checked(&dims).filter(|shape| shape.rank() <= 3);
        shape.ok_or_else(|| error("a shape of at most three extents", &extents(&dims)))
    }

    fn pair(&mut self) -> Result<[usize; 2], ArchitectureError> {
        let dims = self.dims()?;
        <[usize; 2]>::try_from(dims).map_err(|dims| error("two extents", &extents(&dims)))
    }

    /// A window, whose stride is that of `usual` if there is none.
    fn window(&mut self, usual: fn([usize; 2]) -> [usize; 2]) -> Result<Window, ArchitectureError> {
        let size = self.pair()?;
        let stride = match self.0.next_if_eq(&"stride") {
            Some(_) => self.pair()?,
            None => usual(size),
        };
        let padding = match self.0.next_if(|word| matches!(*word, "same" | "valid")) {
            Some("valid") => Padding::Valid,
            _ => Padding::Same,
        };
        Ok(Window { size, stride, padding })
    }

    /// What a penalty counts.
    fn weight(&mut self) -> Result<f32, ArchitectureError> {
        let text = self.next();
        let weight = text.parse().ok().filter(|w: &f32| w.is_finite() && w.is_sign_positive());
        weight.ok_or_else(|| error("a number of at least 0", text))
    }

    fn activation(&mut self) -> Result<Activation, ArchitectureError> {
        match self.next() {
            "linear" => Ok(Activation::Linear),
            "relu" => Ok(Activation::Relu),
            "sigmoid" => Ok(Activation::Sigmoid),
            other => Err(error("linear, relu or sigmoid", other)),
        }
    }
}

fn number(text: &str) -> Result<usize, ArchitectureError> {
    // No sign, and no leading zero: a model has one description.
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    let parsed = text.parse().ok().filter(|&n: &usize| plain && n <= LARGEST);
    parsed.ok_or_else(|| error("a whole number from 1 to 1048576", text))
}
