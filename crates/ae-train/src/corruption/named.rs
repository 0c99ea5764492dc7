//! Corruptions by name, for a command line or a file.

use super::{Corruption, GaussianLevels, GaussianNoise, Masking, SaltAndPepper};
use crate::NameError;
use std::fmt;
use std::str::FromStr;

/// The expected form of a corruption's name.
const EXPECTED: &str =
    "gaussian:FACTOR, gaussian:FROM..TO, masking:PROBABILITY or salt-and-pepper:PROBABILITY";

/// A corruption of this crate with its strength, which can be written as a text and read back:
/// `gaussian:0.5`, `gaussian:0.05..0.2`, `masking:0.3`, `salt-and-pepper:0.1`.
///
/// ```
/// use ae_train::NamedCorruption;
/// let corruption: NamedCorruption = "masking:0.3".parse()?;
/// assert_eq!(corruption, NamedCorruption::Masking { probability: 0.3 });
/// assert_eq!(corruption.to_string(), "masking:0.3");
/// # Ok::<(), ae_train::NameError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum NamedCorruption {
    /// See [`GaussianNoise`].
    Gaussian {
        /// The standard deviation: at least 0.
        factor: f32,
    },
    /// See [`GaussianLevels`].
    GaussianLevels {
        /// The smallest standard deviation: at least 0.
        from: f32,
        /// The largest: above the smallest.
        to: f32,
    },
    /// See [`Masking`].
    Masking {
        /// The probability that a pixel is replaced.
        probability: f32,
    },
    /// See [`SaltAndPepper`].
    SaltAndPepper {
        /// The probability that a pixel is replaced.
        probability: f32,
    },
}

impl NamedCorruption {
    /// Builds the corruption with this seed. If it is `fresh`, training images are corrupted
    /// differently in each epoch.
    #[must_use]
    pub fn build(self, seed: u64, fresh: bool) -> Box<dyn Corruption> {
        match self {
            Self::Gaussian { factor } => Box::new(GaussianNoise { factor, seed, fresh }),
            Self::GaussianLevels { from, to } => Box::new(GaussianLevels { from, to, seed, fresh }),
            Self::Masking { probability } => Box::new(Masking { probability, seed, fresh }),
            Self::SaltAndPepper { probability } => {
                Box::new(SaltAndPepper { probability, seed, fresh })
            }
        }
    }

    /// Returns the smallest and the largest standard deviation of Gaussian noise, or `None` for
    /// another corruption.
    #[must_use]
    pub fn deviations(self) -> Option<[f32; 2]> {
        match self {
            Self::Gaussian { factor } => Some([factor; 2]),
            Self::GaussianLevels { from, to } => Some([from, to]),
            Self::Masking { .. } | Self::SaltAndPepper { .. } => None,
        }
    }
}

impl fmt::Display for NamedCorruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gaussian { factor } => write!(f, "gaussian:{factor}"),
            Self::GaussianLevels { from, to } => write!(f, "gaussian:{from}..{to}"),
            Self::Masking { probability } => write!(f, "masking:{probability}"),
            Self::SaltAndPepper { probability } => write!(f, "salt-and-pepper:{probability}"),
        }
    }
}

impl FromStr for NamedCorruption {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |expected, found: &str| NameError { expected, found: found.into() };
        let (name, amount) = text.split_once(':').unwrap_or((text, ""));
        let number = |expected, accepted: fn(f32) -> bool| {
            let number = amount.parse().ok().filter(|&x: &f32| x.is_finite() && accepted(x));
            number.ok_or_else(|| error(expected, amount))
        };
        let probability = || number("a probability from 0 to 1", |p| (0.0..=1.0).contains(&p));
        match name {
            "gaussian" if amount.contains("..") => {
                let levels = levels(amount);
                levels.ok_or_else(|| error("two factors of at least 0, the smaller first", amount))
            }
            "gaussian" => {
                let factor = number("a factor of at least 0", |factor| factor >= 0.0)?;
                Ok(Self::Gaussian { factor })
            }
            "masking" => Ok(Self::Masking { probability: probability()? }),
            "salt-and-pepper" => Ok(Self::SaltAndPepper { probability: probability()? }),
            _ => Err(error(EXPECTED, text)),
        }
    }
}

/// `0.05..0.2`.
fn levels(text: &str) -> Option<NamedCorruption> {
    let (from, to) = text.split_once("..")?;
    let (from, to): (f32, f32) = (from.parse().ok()?, to.parse().ok()?);
    let accepted = from.is_sign_positive() && to.is_finite() && from < to;
    accepted.then_some(NamedCorruption::GaussianLevels { from, to })
}
