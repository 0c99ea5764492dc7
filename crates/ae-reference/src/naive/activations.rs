//! Activations and their derivatives, each from its definition.

/// `1 / (1 + e^-x)`.
#[must_use]
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// `max(x, 0)`, except that NaN stays NaN, which `f64::max` would drop.
#[must_use]
pub fn relu(x: f64) -> f64 {
    if x < 0.0 { 0.0 } else { x }
}

/// The gradient of [`relu`] with respect to `x`, given that of its value: `dy` where `x > 0`, else
/// 0.
#[must_use]
pub fn relu_backward(x: f64, dy: f64) -> f64 {
    if x > 0.0 { dy } else { 0.0 }
}

/// The gradient of [`sigmoid`] with respect to `x`, given that of its value: `dy s (1 - s)` with
/// `s = sigmoid(x)`.
#[must_use]
pub fn sigmoid_backward(x: f64, dy: f64) -> f64 {
    let s = sigmoid(x);
    dy * s * (1.0 - s)
}

/// The activation with the given name, in the text form of the tensors' `Activation`: `tanh`,
/// `leaky_relu` with slope 0.2, `leaky_relu:0.1`, `elu` with alpha 1, `elu:0.5`.
///
/// # Panics
/// If the name is unknown.
#[must_use]
pub fn activation(text: &str, x: f64) -> f64 {
    Curve::read(text).unwrap_or_else(|| panic!("unknown activation {text:?}")).value(x)
}

/// An activation that has been read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Curve {
    /// `x`.
    Linear,
    /// See [`relu`].
    Relu,
    /// See [`sigmoid`].
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// `ln(1 + e^x)`.
    Softplus,
    /// `x`, or its slope times `x` below 0.
    LeakyRelu(f64),
    /// `x`, or alpha times `e^x - 1` below 0.
    Elu(f64),
}

impl Curve {
    /// Reads the text form; `None` if the name is unknown. Numbers are rounded to f32, since that
    /// is what the tested code computes with.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (name, number) = match text.split_once(':') {
            Some((name, value)) => (name, Some(value.parse::<f32>().ok()?)),
            None => (text, None),
        };
        Some(match (name, number) {
            ("linear", None) => Self::Linear,
            ("relu", None) => Self::Relu,
            ("sigmoid", None) => Self::Sigmoid,
            ("tanh", None) => Self::Tanh,
            ("softplus", None) => Self::Softplus,
            ("leaky_relu", slope) => Self::LeakyRelu(slope.unwrap_or(0.2).into()),
            ("elu", alpha) => Self::Elu(alpha.unwrap_or(1.0).into()),
            _ => return None,
        })
    }

    /// Its value at `x`.
    #[must_use]
    pub fn value(self, x: f64) -> f64 {
        match self {
            Self::Linear => x,
            Self::Relu => relu(x),
            Self::Sigmoid => sigmoid(x),
            Self::Tanh => x.tanh(),
            // Equal to ln(1 + e^x), in which e^x overflows for x above 709.
            Self::Softplus => relu(x) + (-x.abs()).exp().ln_1p(),
            Self::LeakyRelu(slope) => {
                if x > 0.0 {
                    x
                } else {
                    slope * x
                }
            }
            Self::Elu(alpha) => {
                if x > 0.0 {
                    x
                } else {
                    alpha * x.exp_m1()
                }
            }
        }
    }

    /// Whether its slope jumps at 0.
    #[must_use]
    pub fn bends(self) -> bool {
        matches!(self, Self::Relu | Self::LeakyRelu(_) | Self::Elu(_))
    }
}

/// The gradient of [`activation`] with respect to `x`, given that of its value, written in terms of
/// `x`. At 0 it uses the slope of the lower side.
///
/// # Panics
/// If the name is unknown.
#[must_use]
pub fn activation_backward(text: &str, x: f64, dy: f64) -> f64 {
    match parts(text) {
        ("linear", None) => dy,
        ("relu", None) => relu_backward(x, dy),
        ("sigmoid", None) => sigmoid_backward(x, dy),
        ("tanh", None) => dy / x.cosh().powi(2),
        ("softplus", None) => dy * sigmoid(x),
        ("leaky_relu", slope) => {
            if x > 0.0 {
                dy
            } else {
                dy * slope.unwrap_or(f64::from(0.2f32))
            }
        }
        ("elu", alpha) => {
            if x > 0.0 {
                dy
            } else {
                dy * alpha.unwrap_or(1.0) * x.exp()
            }
        }
        _ => panic!("unknown activation {text:?}"),
    }
}

fn parts(text: &str) -> (&str, Option<f64>) {
    match text.split_once(':') {
        // Rounded to f32, since that is what the tested code computes with.
        Some((name, value)) => (name, Some(value.parse::<f32>().expect("a parameter").into())),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::{assert_close_f64, gradient};

    const ALL: [&str; 9] = [
        "linear",
        "relu",
        "sigmoid",
        "tanh",
        "softplus",
        "leaky_relu",
        "leaky_relu:0.01",
        "elu",
        "elu:0.5",
    ];

    #[test]
    fn gradients_are_those_of_the_definition() {
        let x = [-2.5, -0.25, 0.25, 3.0];
        for text in ALL {
            let exact = gradient(&x, |x| x.iter().map(|&x| 1.5 * activation(text, x)).sum());
            assert_close_f64(&x.map(|x| activation_backward(text, x, 1.5)), &exact, 1e-8, 1e-10);
        }
        assert_eq!(
            (relu(-0.0), relu_backward(0.0, 1.0), relu(f64::INFINITY)),
            (0.0, 0.0, f64::INFINITY)
        );
        assert!(relu(f64::NAN).is_nan());
    }

    /// Keras 3.15: `keras.activations.softplus(1.0)` and so on, to seven digits.
    #[test]
    fn values_with_a_pencil() {
        let values = ALL.map(|text| activation(text, -1.0));
        let expected =
            [-1.0, 0.0, 0.2689414, -0.7615942, 0.3132617, -0.2, -0.01, -0.6321206, -0.3160603];
        assert_close_f64(&values, &expected, 1e-6, 0.0);
    }
}
