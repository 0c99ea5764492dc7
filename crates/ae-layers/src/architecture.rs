//! A model in words, which can be written to a file beside its weights and read back.

use crate::LayerSpec;
use ae_tensor::{Activation, Padding, Shape, Window};
use std::fmt;
use std::str::FromStr;

/// The shape of the input and the layers: all of a model but its weights. In words, one layer after the other:
///
/// ```
/// use ae_layers::{Activation, Architecture, dense};
/// let layers = vec![dense(10, Activation::Relu), dense(784, Activation::Sigmoid)];
/// let model = Architecture { input: [784].into(), layers };
/// let words = "input 784; dense 10 relu; dense 784 sigmoid";
/// assert_eq!(model.to_string(), words);
/// assert_eq!(words.parse(), Ok(model));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Architecture {
    /// The shape of one sample.
    pub input: Shape,
    /// The layers, first to last.
    pub layers: Vec<LayerSpec>,
}

/// Words that describe no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
pub struct ArchitectureError {
    /// What should stand there.
    pub expected: &'static str,
    /// What does.
    pub found: String,
}

/// The largest extent that is read: words may come from a file, and a product of few such numbers can be counted.
const LARGEST: usize = 1 << 20;
/// The most layers that are read.
const MOST_LAYERS: usize = 1000;

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "input {}", extents(self.input.dims()))?;
        self.layers.iter().try_for_each(|layer| write!(f, "; {layer}"))
    }
}

impl fmt::Display for LayerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.base_name();
        match *self {
            Self::Dense { units, activation } => write!(f, "{name} {units} {}", activation.name()),
            Self::Conv2d { filters, window, activation } => {
                write!(f, "{name} {filters} {} {}", self::window(window), activation.name())
            }
            Self::MaxPool2d(window) => write!(f, "{name} {}", self::window(window)),
            Self::UpSample2d(factor) => write!(f, "{name} {}", extents(&factor)),
            Self::Activation(activation) => write!(f, "{name} {}", activation.name()),
            Self::Flatten => f.write_str(name),
            Self::Reshape(to) => write!(f, "{name} {}", extents(to.dims())),
        }
    }
}

/// `28x28x1`.
fn extents(dims: &[usize]) -> String {
    dims.iter().map(ToString::to_string).collect::<Vec<_>>().join("x")
}

/// `3x3 stride 1x1 same`.
fn window(window: Window) -> String {
    let Window { size, stride, padding } = window;
    format!("{} stride {} {}", extents(&size), extents(&stride), padding.name())
}

impl FromStr for Architecture {
    type Err = ArchitectureError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split("; ");
        let mut words = Words::of(parts.next().unwrap_or_default());
        words.exactly("input")?;
        let input = words.shape()?;
        words.end()?;
        let mut layers = Vec::new();
        for part in parts {
            if layers.len() == MOST_LAYERS {
                return Err(error("at most 1000 layers", part));
            }
            layers.push(part.parse()?);
        }
        Ok(Self { input, layers })
    }
}

impl FromStr for LayerSpec {
    type Err = ArchitectureError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = Words::of(text);
        let layer = match words.next() {
            "dense" => Self::Dense { units: words.number()?, activation: words.activation()? },
            "conv2d" => Self::Conv2d {
                filters: words.number()?,
                window: words.window()?,
                activation: words.activation()?,
            },
            "max_pooling2d" => Self::MaxPool2d(words.window()?),
            "up_sampling2d" => Self::UpSample2d(words.pair()?),
            "activation" => Self::Activation(words.activation()?),
            "flatten" => Self::Flatten,
            "reshape" => Self::Reshape(words.shape()?),
            other => return Err(error("the name of a layer", other)),
        };
        words.end()?;
        Ok(layer)
    }
}

fn error(expected: &'static str, found: &str) -> ArchitectureError {
    ArchitectureError { expected, found: found.into() }
}

/// The words of a layer, taken one after the other.
struct Words<'a>(std::str::Split<'a, char>);

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Self {
        Self(text.split(' '))
    }

    /// The next word; empty if there is none.
    fn next(&mut self) -> &'a str {
        self.0.next().unwrap_or_default()
    }

    fn exactly(&mut self, expected: &'static str) -> Result<(), ArchitectureError> {
        match self.next() {
            word if word == expected => Ok(()),
            other => Err(error(expected, other)),
        }
    }

    fn end(&mut self) -> Result<(), ArchitectureError> {
        self.0.next().map_or(Ok(()), |word| Err(error("the end of the layer", word)))
    }

    fn number(&mut self) -> Result<usize, ArchitectureError> {
        number(self.next())
    }

    fn dims(&mut self) -> Result<Vec<usize>, ArchitectureError> {
        self.next().split('x').take(ae_tensor::MAX_RANK + 1).map(number).collect()
    }

    fn shape(&mut self) -> Result<Shape, ArchitectureError> {
        let dims = self.dims()?;
        let shape = Shape::checked(&dims).filter(|shape| shape.rank() <= 3);
        shape.ok_or_else(|| error("a shape of at most three extents", &extents(&dims)))
    }

    fn pair(&mut self) -> Result<[usize; 2], ArchitectureError> {
        let dims = self.dims()?;
        <[usize; 2]>::try_from(dims).map_err(|dims| error("two extents", &extents(&dims)))
    }

    fn window(&mut self) -> Result<Window, ArchitectureError> {
        let size = self.pair()?;
        self.exactly("stride")?;
        let stride = self.pair()?;
        let padding = match self.next() {
            "same" => Padding::Same,
            "valid" => Padding::Valid,
            other => return Err(error("same or valid", other)),
        };
        Ok(Window { size, stride, padding })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        BuildError, Sequential, conv2d, dense, flatten, max_pool2d, reshape, sigmoid, up_sample2d,
    };
    use ae_autodiff::Params;
    use ae_tensor::Tensor;

    #[test]
    fn every_layer_is_read_as_it_was_written() {
        let layers = vec![
            conv2d(32, Window::same([3, 5]), Activation::Relu),
            max_pool2d(Window::valid([2, 2]).with_stride([2, 1])),
            up_sample2d([2, 3]),
            flatten(),
            dense(12, Activation::Linear),
            reshape([3, 4]),
            sigmoid(),
        ];
        let model = Architecture { input: [28, 28, 1].into(), layers };
        let words = "input 28x28x1; conv2d 32 3x5 stride 1x1 same relu; max_pooling2d 2x2 stride 2x1 valid; \
                     up_sampling2d 2x3; flatten; dense 12 linear; reshape 3x4; activation sigmoid";
        assert_eq!(model.to_string(), words);
        assert_eq!(words.parse(), Ok(model));
    }

    #[test]
    fn other_words_are_refused() {
        for (words, expected) in [
            ("", "input"),
            ("input", "a whole number from 1 to 1048576"),
            ("input 0", "a whole number from 1 to 1048576"),
            ("input 1x2x3x4", "a shape of at most three extents"),
            ("input 1x2x3x4x5x6x7", "a shape of at most three extents"),
            ("input 4;dense 2 relu", "a whole number from 1 to 1048576"),
            ("input 4; dense +2 relu", "a whole number from 1 to 1048576"),
            ("input 4; dense 1048577 relu", "a whole number from 1 to 1048576"),
            ("input 4; dense 99999999999999999999 relu", "a whole number from 1 to 1048576"),
            ("input 4; dense 2 tanh", "linear, relu or sigmoid"),
            ("input 4; dense 2 relu relu", "the end of the layer"),
            ("input 4; lstm 2", "the name of a layer"),
            ("input 4; conv2d 2 3x3 step 1x1 same relu", "stride"),
            ("input 4; conv2d 2 3 stride 1x1 same relu", "two extents"),
            ("input 4; conv2d 2 3x3 stride 1x1 full relu", "same or valid"),
        ] {
            let error = words.parse::<Architecture>().expect_err(words);
            assert_eq!(error.expected, expected, "{words}");
        }
        let many = format!("input 4{}", "; flatten".repeat(1001));
        assert_eq!(many.parse::<Architecture>().unwrap_err().expected, "at most 1000 layers");
    }

    #[test]
    fn a_model_beyond_counting_is_refused_before_anything_is_allocated() {
        for words in [
            "input 1048576x1048576x1048576; flatten; dense 1048576 relu",
            "input 1048576x1048576x1; up_sampling2d 1048576x1; conv2d 32 1x1 stride 1x1 same relu",
            "input 1048576x1048576x1; conv2d 1048576 1x1 stride 1x1 same relu; up_sampling2d 1024x1024",
            "input 9x9x1048576; conv2d 1048576 1048576x1048576 stride 1x1 same relu",
        ] {
            let model: Architecture = words.parse().unwrap();
            let mut params = Params::new();
            let small = |_: &str, shape: Shape| match shape.len() {
                0..=LARGEST => Ok(Tensor::zeros(shape)),
                len => panic!("{words}: asked for {len} numbers"),
            };
            let error = Sequential::build_with(model.input, &model.layers, &mut params, small);
            let error: BuildError = error.expect_err(words);
            let too_large =
                matches!(error, BuildError::TooLarge { .. } | BuildError::Factor { .. });
            assert!(too_large, "{words}: {error}");
        }
    }
}
