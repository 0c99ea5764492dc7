//! A layer's class in Keras.

use ae_tensor::{Activation, Window};
use serde_json::{Value, json};

/// A class of Keras, and the arguments of its constructor:
/// `keras.layers.Dense(units=10, activation="relu")`.
#[derive(Clone, Debug, PartialEq)]
pub struct Keras {
    /// The name of the class, such as `Dense`.
    pub class: &'static str,
    /// The arguments as an object, such as `{"units": 10, "activation": "relu"}`.
    pub config: Value,
}

impl Keras {
    /// The class with these arguments.
    ///
    /// # Panics
    /// If `config` is not an object.
    #[must_use]
    pub fn new(class: &'static str, config: Value) -> Self {
        assert!(config.is_object(), "Keras: the arguments of {class} must be an object");
        Self { class, config }
    }

    /// Adds an argument.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.config[name] = value;
        self
    }

    /// Adds the size of a window under the class's name for it, its strides and its padding.
    #[must_use]
    pub fn with_window(self, size: &str, window: Window) -> Self {
        self.with(size, json!(window.size))
            .with("strides", json!(window.stride))
            .with("padding", json!(window.padding.name()))
    }
}

/// An activation as Keras's layers take it: its name, or the layer that has its parameter.
#[must_use]
pub fn activation(activation: Activation) -> Value {
    let layer = |class: &str, name: &str, value| json!({ "module": "keras.layers", "class_name": class, "config": { name: decimal(value) } });
    match activation {
        Activation::LeakyRelu(slope) if slope != Activation::LEAKY_RELU_SLOPE => {
            layer("LeakyReLU", "negative_slope", slope)
        }
        Activation::Elu(alpha) if alpha != Activation::ELU_ALPHA => layer("ELU", "alpha", alpha),
        usual => json!(usual.name()),
    }
}

/// An f32 in its shortest decimal form, `0.1`, and not as the nearest f64.
#[must_use]
pub fn decimal(value: f32) -> Value {
    let shortest: f64 = value.to_string().parse().expect("a number that was just written");
    json!(shortest)
}
