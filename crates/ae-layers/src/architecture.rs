//! A model in words, which can be written to a file beside its weights and read back.

mod words;

use crate::{LayerSpec, Sequential};
use ae_tensor::{Shape, Window};
use std::fmt;
use std::str::FromStr;
use words::{Words, error};

/// The shape of the input and the layers: all of a model but its weights. In words, one layer after the other, and a bar where the
/// encoder ends:
///
/// ```
/// use ae_layers::{Activation, Architecture, dense};
/// let layers = vec![dense(10, Activation::Relu), dense(784, Activation::Sigmoid)];
/// let model = Architecture { input: [784].into(), layers, encoder: 1 };
/// let words = "input 784; dense 10 relu | dense 784 sigmoid";
/// assert_eq!(model.to_string(), words);
/// assert_eq!(words.parse(), Ok(model));
/// ```
///
/// What goes without saying can be left out when it is read: a window's `same`, and its stride, which is 1 for a convolution and the
/// window's size for pooling.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    /// The shape of one sample.
    pub input: Shape,
    /// The layers, first to last.
    pub layers: Vec<LayerSpec>,
    /// How many of them make up the encoder; 0 if the model is not divided.
    pub encoder: usize,
}

impl Architecture {
    /// The most layers that are read: words may come from a file.
    pub const MOST_LAYERS: usize = 1000;

    /// The encoder and the decoder of a model of this architecture, which share its weights; none if it is not divided.
    ///
    /// # Panics
    /// If the model has not as many layers as this architecture.
    #[must_use]
    pub fn divide(&self, model: &Sequential) -> Option<(Sequential, Sequential)> {
        assert!(model.len() == self.layers.len(), "divide: a model of another architecture");
        (0 < self.encoder && self.encoder < self.layers.len()).then(|| model.split_at(self.encoder))
    }
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
            Self::ActivityRegularization { l1: weight } | Self::Sampling { kl_weight: weight } => {
                write!(f, "{name} {weight}")
            }
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
        let mut push = |part: &str| {
            if layers.len() == Self::MOST_LAYERS {
                return Err(error("at most 1000 layers", part));
            }
            layers.push(part.parse()?);
            Ok(layers.len())
        };
        let mut count = 0;
        for part in parts {
            count = push(part)?;
        }
        let mut encoder = 0;
        if let Some(decoder) = decoder {
            if count == 0 {
                return Err(error("a layer before the bar", decoder));
            }
            encoder = count;
            decoder.split("; ").try_for_each(|part| push(part).map(|_| ()))?;
        }
        Ok(Self { input, layers, encoder })
    }
}

#[cfg(test)]
mod tests {
    use super::words::LARGEST;
    use super::*;
    use crate::{
        BuildError, Sequential, activity_regularization, conv2d, dense, flatten, max_pool2d,
        reshape, sampling, sigmoid, up_sample2d,
    };
    use ae_autodiff::Params;
    use ae_tensor::{Activation, Tensor};

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
            activity_regularization(1e-5),
            sampling(0.5),
        ];
        let model = Architecture { input: [28, 28, 1].into(), layers, encoder: 5 };
        let words = "input 28x28x1; conv2d 32 3x5 stride 1x1 same relu; max_pooling2d 2x2 stride 2x1 valid; \
                     up_sampling2d 2x3; flatten; dense 12 linear | reshape 3x4; activation sigmoid; \
                     activity_regularization 0.00001; sampling 0.5";
        assert_eq!(model.to_string(), words);
        assert_eq!(words.parse(), Ok(model));
    }

    #[test]
    fn what_goes_without_saying_can_be_left_out() {
        let short = "input 28x28x1; conv2d 8 3x5 relu; max_pooling2d 2x3; conv2d 8 3x3 valid relu; max_pooling2d 2x2 stride 1x1";
        let long = "input 28x28x1; conv2d 8 3x5 stride 1x1 same relu; max_pooling2d 2x3 stride 2x3 same; \
                    conv2d 8 3x3 stride 1x1 valid relu; max_pooling2d 2x2 stride 1x1 same";
        let model: Architecture = short.parse().unwrap();
        assert_eq!(model.to_string(), long);
        assert_eq!(long.parse(), Ok(model));
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
            ("input 4; conv2d 2 3x3 step 1x1 same relu", "linear, relu or sigmoid"),
            ("input 4; max_pooling2d 2x2 2x2", "the end of the layer"),
            ("input 4; sampling", "a number of at least 0"),
            ("input 4; sampling -1", "a number of at least 0"),
            ("input 4; activity_regularization inf", "a number of at least 0"),
            ("input 4 | dense 2 relu", "a layer before the bar"),
            ("input 4; dense 2 relu | ", "the name of a layer"),
            ("input 4; dense 2 relu | dense 3 relu | dense 4 relu", "the end of the layer"),
            ("input 4; conv2d 2 3 stride 1x1 same relu", "two extents"),
            ("input 4; conv2d 2 3x3 stride 1x1 full relu", "linear, relu or sigmoid"),
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
