//! Why a model cannot be checked.

use std::fmt;

/// Why a model cannot be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckError {
    /// The model cannot be built, or a layer has no twin.
    Model(String),
    /// No layer of this name has parameters.
    NoLayer {
        /// The name.
        name: String,
        /// The names there are.
        layers: Vec<String>,
    },
    /// No layer, or not this one, can have the mistake.
    NoPlace {
        /// The mistake.
        bug: &'static str,
        /// The layer that was asked for.
        name: Option<String>,
        /// The names of the layers that can have it.
        layers: Vec<String>,
    },
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(why) => f.write_str(why),
            Self::NoLayer { name, layers } => {
                write!(f, "expected one of the layers {}, found {name:?}", layers.join(", "))
            }
            Self::NoPlace { bug, name: Some(name), layers } if !layers.is_empty() => {
                let layers = layers.join(", ");
                write!(f, "mistake {bug}: expected one of the layers {layers}, found {name:?}")
            }
            Self::NoPlace { bug, .. } => {
                write!(f, "no layer of this model can have the mistake {bug}; choose another")
            }
        }
    }
}

impl std::error::Error for CheckError {}
