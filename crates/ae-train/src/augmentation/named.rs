//! An augmentation as a text, for a command line or a file.

use super::{Augmentation, AugmentationError, Crop, Flip};
use std::fmt;
use std::str::FromStr;

const EXPECTED: &str = "flip, flip:vertical, flip:both, turn, shift:PIXELS, rotate:DEGREES, crop:WIDTHxHEIGHT or crop:WIDTHxHEIGHT:PER_IMAGE, \
                        separated by commas";
const CROP: &str =
    "crop:WIDTHxHEIGHT or crop:WIDTHxHEIGHT:PER_IMAGE, with whole numbers from 1 to 65536";

/// The largest side of a crop, and the largest number of crops per image.
const MOST: usize = 1 << 16;

impl fmt::Display for Augmentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(Crop { width, height, per_image }) = self.crop {
            let count = if per_image == 1 { String::new() } else { format!(":{per_image}") };
            parts.push(format!("crop:{width}x{height}{count}"));
        }
        parts.extend(self.flip.map(|flip| match flip {
            Flip::Horizontal => "flip".into(),
            Flip::Vertical => "flip:vertical".into(),
            Flip::Both => "flip:both".into(),
        }));
        parts.extend(self.turn.then(|| "turn".into()));
        parts.extend((self.shift > 0).then(|| format!("shift:{}", self.shift)));
        parts.extend((self.rotate > 0.0).then(|| format!("rotate:{}", self.rotate)));
        f.write_str(&parts.join(","))
    }
}

/// Reads the parts in any order, each at most once.
impl FromStr for Augmentation {
    type Err = AugmentationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::default();
        let mut seen: Vec<&str> = Vec::new();
        for part in text.split(',') {
            let (name, amount) = match part.split_once(':') {
                Some((name, amount)) => (name, Some(amount)),
                None => (part, None),
            };
            if seen.contains(&name) {
                return Err(error("each change once", part));
            }
            seen.push(name);
            match (name, amount) {
                ("flip", _) => all.flip = Some(flip(part, amount)?),
                ("turn", None) => all.turn = true,
                ("shift", Some(pixels)) => all.shift = shift(pixels)?,
                ("rotate", Some(degrees)) => all.rotate = rotation(degrees)?,
                ("crop", Some(size)) => all.crop = Some(crop(size)?),
                _ => return Err(error(EXPECTED, part)),
            }
        }
        Ok(all)
    }
}

fn error(expected: &'static str, found: &str) -> AugmentationError {
    AugmentationError::Text { expected, found: found.into() }
}

fn flip(part: &str, direction: Option<&str>) -> Result<Flip, AugmentationError> {
    match direction {
        None | Some("horizontal") => Ok(Flip::Horizontal),
        Some("vertical") => Ok(Flip::Vertical),
        Some("both") => Ok(Flip::Both),
        Some(_) => Err(error("flip, flip:vertical or flip:both", part)),
    }
}

fn shift(pixels: &str) -> Result<usize, AugmentationError> {
    number(pixels).ok_or_else(|| error("a shift of 1 to 65536 pixels", pixels))
}

fn rotation(degrees: &str) -> Result<f32, AugmentationError> {
    let number = degrees.parse().ok().filter(|&degrees| 0.0 < degrees && degrees <= 180.0);
    number.ok_or_else(|| error("a rotation of more than 0 and at most 180 degrees", degrees))
}

fn crop(size: &str) -> Result<Crop, AugmentationError> {
    let read = || {
        let (size, per_image) = size.split_once(':').unwrap_or((size, "1"));
        let (width, height) = size.split_once('x')?;
        Some(Crop { width: number(width)?, height: number(height)?, per_image: number(per_image)? })
    };
    read().ok_or_else(|| error(CROP, size))
}

fn number(text: &str) -> Option<usize> {
    text.parse().ok().filter(|number| (1..=MOST).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "flip",
            "flip:vertical",
            "flip:both,turn",
            "shift:3,rotate:7.5",
            "crop:40x32",
            "crop:40x40:64,flip:both,turn,shift:1,rotate:180",
        ] {
            let augmentation: Augmentation = text.parse().unwrap();
            assert_eq!(augmentation.to_string(), text);
        }
        let any: Augmentation = "rotate:5,flip:horizontal,crop:9x8:1".parse().unwrap();
        assert_eq!(any.to_string(), "crop:9x8,flip,rotate:5");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, found) in [
            ("", ""),
            ("flip,", ""),
            ("mirror", "mirror"),
            ("flip,flip:both", "flip:both"),
            ("flip:up", "flip:up"),
            ("turn:90", "turn:90"),
            ("shift", "shift"),
            ("shift:0", "0"),
            ("shift:-1", "-1"),
            ("rotate:0", "0"),
            ("rotate:181", "181"),
            ("rotate:nan", "nan"),
            ("crop:40", "40"),
            ("crop:40x", "40x"),
            ("crop:0x40", "0x40"),
            ("crop:40x40:0", "40x40:0"),
            ("crop:99999x4", "99999x4"),
        ] {
            let error = text.parse::<Augmentation>().unwrap_err();
            assert!(error.to_string().ends_with(&format!(", found {found:?}")), "{error}");
            assert!(!error.to_string().contains('\n'));
        }
    }
}
