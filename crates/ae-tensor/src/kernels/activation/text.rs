//! The text form of activations: `tanh`, `leaky_relu`, `leaky_relu:0.1`.

use super::Activation;
use std::fmt;
use std::str::FromStr;

/// A text that does not name an activation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivationError {
    found: String,
}

impl fmt::Display for ActivationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {:?}", Activation::EXPECTED, self.found)
    }
}

impl std::error::Error for ActivationError {}

impl Activation {
    /// The accepted texts, for error messages.
    pub const EXPECTED: &'static str =
        "linear, relu, sigmoid, tanh, softplus, leaky_relu, leaky_relu:SLOPE, elu or elu:ALPHA";
}

/// Writes the name, and `:parameter` unless that is the default. [`Activation::from_str`] reads it
/// back to the bit.
impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match *self {
            Self::LeakyRelu(slope) if slope != Self::LEAKY_RELU_SLOPE => write!(f, ":{slope}"),
            Self::Elu(alpha) if alpha != Self::ELU_ALPHA => write!(f, ":{alpha}"),
            _ => Ok(()),
        }
    }
}

/// Parses what [`Display`](fmt::Display) writes. A parameter is a finite number of at least 0 in
/// plain decimal digits.
impl FromStr for Activation {
    type Err = ActivationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, parameter) = match text.split_once(':') {
            Some((name, parameter)) => (name, Some(parameter)),
            None => (text, None),
        };
        let error = || ActivationError { found: text.into() };
        let usual = Self::ALL.into_iter().find(|activation| activation.name() == name);
        let usual = usual.ok_or_else(error)?;
        let Some(parameter) = parameter else { return Ok(usual) };
        let parameter = decimal(parameter).ok_or_else(error)?;
        match usual {
            Self::LeakyRelu(_) => Ok(Self::LeakyRelu(parameter)),
            Self::Elu(_) => Ok(Self::Elu(parameter)),
            Self::Linear | Self::Relu | Self::Sigmoid | Self::Tanh | Self::Softplus => Err(error()),
        }
    }
}

/// Returns whether a number can be a slope or an alpha: finite and not negative.
pub(super) fn is_valid(parameter: f32) -> bool {
    parameter.is_finite() && parameter >= 0.0
}

/// Parses digits with at most one decimal point between them.
fn decimal(text: &str) -> Option<f32> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let ends = [text.bytes().next()?, text.bytes().next_back()?];
    let parsed = text.parse().ok().filter(|&parameter| is_valid(parameter));
    parsed.filter(|_| plain && ends.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let parameters = [0.0, 0.1, 0.2, 1.0, 1.5, f32::MIN_POSITIVE, 3.0e38, 1.0 / 3.0];
        let leaky = parameters.map(Activation::LeakyRelu);
        let elu = parameters.map(Activation::Elu);
        for activation in Activation::ALL.into_iter().chain(leaky).chain(elu) {
            assert_eq!(activation.to_string().parse(), Ok(activation));
            assert!(activation.to_string().starts_with(activation.name()));
        }
    }

    #[test]
    fn usual_parameters_need_not_be_written() {
        let text = Activation::ALL.map(|activation| activation.to_string()).join(" ");
        assert_eq!(text, "linear relu sigmoid tanh softplus leaky_relu elu");
        assert_eq!(Activation::LeakyRelu(0.1).to_string(), "leaky_relu:0.1");
        assert_eq!("leaky_relu:0.2".parse(), Ok(Activation::LeakyRelu(0.2)));
        assert_eq!("elu:0.5".parse(), Ok(Activation::Elu(0.5)));
    }

    #[test]
    fn what_is_read_is_named() {
        let wrong = [
            "",
            "Relu",
            "relu ",
            "relu:1",
            "gelu",
            "elu:",
            "elu:-1",
            "elu:+1",
            "elu:inf",
            "elu:nan",
            "elu:1e3",
            "elu:1:2",
            "elu:.5",
            "elu:5.",
            "leaky_relu:x",
            "elu:9999999999999999999999999999999999999999",
        ];
        for text in wrong {
            let error = text.parse::<Activation>().unwrap_err();
            assert!(error.to_string().ends_with(&format!("found {text:?}")), "{error}");
        }
        let error = "gelu".parse::<Activation>().unwrap_err();
        assert!(error.to_string().starts_with("expected linear, relu,"), "{error}");
    }
}
