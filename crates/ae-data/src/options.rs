//! How images are taken from a source.

use crate::ScaleKind;
use ae_image::Channels;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a user asks of a source besides its place. All of it decides which images come out, so a
/// run records it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The height and width to which images are resized.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<[usize; 2]>,
    /// How images of another shape are resized.
    #[serde(default, skip_serializing_if = "is_default")]
    pub resize: Resize,
    /// Whether images become gray or color.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Channels>,
    /// Whether rows and columns are exchanged, as EMNIST needs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub transpose: bool,
    /// The share of images for testing where a source has no test part, in (0, 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_share: Option<Share>,
    /// The share of files that may be unreadable, in [0, 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_share: Option<Share>,
    /// Whether the rows of a table or of an array are vectors of measurements, and not images.
    #[serde(default, skip_serializing_if = "is_default")]
    pub vectors: bool,
    /// For vectors, the column of a table that holds the labels: its name, or its number from 1.
    /// Without it, a column named `label`, `class`, `target` or `y`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_column: Option<String>,
    /// For vectors, how the columns are scaled by the rows that a model is trained on. A source
    /// does not scale them; the job does, once it has chosen those rows.
    #[serde(default, skip_serializing_if = "is_default")]
    pub scale: ScaleKind,
    /// The names of all classes, in the order of their numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_names: Vec<String>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Options {
    /// The default share of images for testing.
    pub const TEST_SHARE: Share = Share(100_000);
    /// The default share of files that may be unreadable.
    pub const SKIP_SHARE: Share = Share(50_000);

    /// Returns whether nothing is asked for.
    #[must_use]
    pub fn is_default(&self) -> bool {
        is_default(self)
    }

    /// Returns what messages call a sample: "image", or "row" of vectors.
    #[must_use]
    pub fn sample(&self) -> &'static str {
        if self.vectors { "row" } else { "image" }
    }
}

/// A share of a number of things, from 0 to less than 1, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Share(u32);

impl Share {
    /// The share in millionths.
    #[must_use]
    pub fn millionths(self) -> u32 {
        self.0
    }

    /// Returns this share of `count`, rounded down.
    #[must_use]
    pub fn of(self, count: usize) -> usize {
        let share = count as u128 * u128::from(self.0) / 1_000_000;
        usize::try_from(share).unwrap_or(count)
    }
}

impl TryFrom<f64> for Share {
    type Error = String;

    fn try_from(share: f64) -> Result<Self, String> {
        let millionths = (share * 1e6).round();
        match (0.0..1e6).contains(&millionths) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
            true => Ok(Self(millionths as u32)),
            false => Err(format!("expected a share from 0 to less than 1, found {share}")),
        }
    }
}

impl From<Share> for f64 {
    fn from(share: Share) -> Self {
        Self::from(share.0) / 1e6
    }
}

/// As a decimal fraction: `0.1`.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f64::from(*self).fmt(f)
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let number = word.parse::<f64>();
        let number = number.map_err(|_| format!("expected a share such as 0.1, found '{word}'"))?;
        Self::try_from(number)
    }
}

/// How an image of another shape is brought to the size asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resize {
    /// The whole image, with a black border at two sides.
    #[default]
    Fit,
    /// The middle of the image, cut at two sides.
    Fill,
    /// The whole image, with another ratio of its sides.
    Stretch,
}

impl Resize {
    const ALL: [Self; 3] = [Self::Fit, Self::Fill, Self::Stretch];
}

impl fmt::Display for Resize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fit => "fit",
            Self::Fill => "fill",
            Self::Stretch => "stretch",
        })
    }
}

impl FromStr for Resize {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|value| value.to_string() == word);
        found.ok_or_else(|| format!("expected fit, fill or stretch, found '{word}'"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_decimal_fraction() {
        for (word, count, share) in
            [("0.1", 100, 10), ("0.25", 7, 1), ("0", 9, 0), ("0.999999", 5, 4)]
        {
            let parsed: Share = word.parse().unwrap();
            assert_eq!((parsed.to_string(), parsed.of(count)), (word.to_owned(), share));
            assert_eq!(Share::try_from(f64::from(parsed)), Ok(parsed));
        }
        for word in ["1", "-0.1", "NaN", "inf", "x", "", "0,1"] {
            assert!(word.parse::<Share>().is_err(), "{word}");
        }
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for resize in Resize::ALL {
            assert_eq!(resize.to_string().parse(), Ok(resize));
        }
        assert!("Fit".parse::<Resize>().is_err());
    }
}
