//! The optimizers by name.

use ae_optim::{Adadelta, Adam, EpsilonPlace, Optimizer, RmsProp, Sgd};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Of gradient descent: what most use.
const MOMENTUM: f64 = 0.9;

/// What `--optimizer` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OptimizerName {
    /// RMSprop with epsilon outside the root, as Keras 2.2 and PyTorch have it
    Rmsprop,
    /// RMSprop with epsilon inside the root, as Keras 3 has it
    RmspropKeras3,
    /// Adadelta
    Adadelta,
    /// Adam
    Adam,
    /// Gradient descent with momentum of 0.9
    Sgd,
}

impl OptimizerName {
    /// The rule with its own constants, but for the learning rate if there is one.
    pub(crate) fn build(self, rate: Option<f64>) -> Box<dyn Optimizer> {
        let rmsprop = rate.map_or_else(RmsProp::default, RmsProp::new);
        match self {
            Self::Rmsprop => Box::new(rmsprop),
            Self::RmspropKeras3 => Box::new(rmsprop.with_epsilon(EpsilonPlace::InsideRoot)),
            Self::Adadelta => Box::new(rate.map_or_else(Adadelta::default, Adadelta::new)),
            Self::Adam => Box::new(rate.map_or_else(Adam::default, Adam::new)),
            Self::Sgd => {
                let sgd = rate.map_or_else(Sgd::default, Sgd::new);
                Box::new(sgd.with_momentum(MOMENTUM))
            }
        }
    }
}
