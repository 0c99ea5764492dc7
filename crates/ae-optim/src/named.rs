//! The optimizers by name.

use crate::{Adadelta, Adam, AdamW, EpsilonPlace, Optimizer, RmsProp, Sgd};

/// The momentum of gradient descent: the common choice.
const MOMENTUM: f64 = 0.9;

/// An optimizer as configurations and command lines name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum OptimizerName {
    /// RMSprop with epsilon outside the root, as Keras 2.2 and PyTorch have it.
    Rmsprop,
    /// RMSprop with epsilon inside the root, as Keras 3 has it.
    RmspropKeras3,
    /// Adadelta.
    Adadelta,
    /// Adam.
    Adam,
    /// Adam with decoupled weight decay.
    Adamw,
    /// Gradient descent with a momentum of 0.9.
    Sgd,
}

/// The error for a name that does not belong to any optimizer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownOptimizer(pub String);

impl std::fmt::Display for UnknownOptimizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "expected the name of an optimizer, found {:?}", self.0)
    }
}

impl std::error::Error for UnknownOptimizer {}

impl OptimizerName {
    /// All optimizers.
    pub const ALL: [Self; 6] =
        [Self::Rmsprop, Self::RmspropKeras3, Self::Adadelta, Self::Adam, Self::Adamw, Self::Sgd];

    /// Returns the name, such as `rmsprop-keras3`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rmsprop => "rmsprop",
            Self::RmspropKeras3 => "rmsprop-keras3",
            Self::Adadelta => "adadelta",
            Self::Adam => "adam",
            Self::Adamw => "adamw",
            Self::Sgd => "sgd",
        }
    }

    /// Returns a short description.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Rmsprop => {
                "RMSprop with epsilon outside the root, as Keras 2.2 and PyTorch have it"
            }
            Self::RmspropKeras3 => "RMSprop with epsilon inside the root, as Keras 3 has it",
            Self::Adadelta => "Adadelta",
            Self::Adam => "Adam",
            Self::Adamw => "Adam with decoupled weight decay of 0.004, as Keras 3 has it",
            Self::Sgd => "Gradient descent with momentum of 0.9",
        }
    }

    /// Returns whether the optimizers take this learning rate: it is positive, and because the
    /// weights are `f32`, it is also a normal `f32`.
    #[must_use]
    pub fn takes_rate(rate: f64) -> bool {
        rate > 0.0 && (rate as f32).is_normal()
    }

    /// Builds the optimizer with its default constants, and with this learning rate if one is
    /// given.
    #[must_use]
    pub fn build(self, rate: Option<f64>) -> Box<dyn Optimizer> {
        let rmsprop = rate.map_or_else(RmsProp::default, RmsProp::new);
        match self {
            Self::Rmsprop => Box::new(rmsprop),
            Self::RmspropKeras3 => Box::new(rmsprop.with_epsilon(EpsilonPlace::InsideRoot)),
            Self::Adadelta => Box::new(rate.map_or_else(Adadelta::default, Adadelta::new)),
            Self::Adam => Box::new(rate.map_or_else(Adam::default, Adam::new)),
            Self::Adamw => Box::new(rate.map_or_else(AdamW::default, AdamW::new)),
            Self::Sgd => {
                let sgd = rate.map_or_else(Sgd::default, Sgd::new);
                Box::new(sgd.with_momentum(MOMENTUM))
            }
        }
    }
}

impl std::fmt::Display for OptimizerName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for OptimizerName {
    type Err = UnknownOptimizer;

    fn from_str(name: &str) -> Result<Self, UnknownOptimizer> {
        Self::ALL
            .into_iter()
            .find(|optimizer| optimizer.name() == name)
            .ok_or_else(|| UnknownOptimizer(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_stand_in_configurations_as_they_are_written() {
        for optimizer in OptimizerName::ALL {
            assert_eq!(optimizer.to_string().parse(), Ok(optimizer));
            #[cfg(feature = "serde")]
            {
                let text = serde_json::to_string(&optimizer).unwrap();
                assert_eq!(text, format!("\"{optimizer}\""));
                assert_eq!(serde_json::from_str::<OptimizerName>(&text).unwrap(), optimizer);
            }
        }
        assert_eq!("adm".parse::<OptimizerName>(), Err(UnknownOptimizer("adm".into())));
    }

    #[test]
    fn a_learning_rate_replaces_the_optimizers_own() {
        for optimizer in OptimizerName::ALL {
            assert_eq!(optimizer.build(Some(0.25)).learning_rate(), 0.25);
            assert_ne!(optimizer.build(None).learning_rate(), 0.25);
        }
    }
}
