//! The values of options, each checked by itself. An error message states what was expected.

use ae_data::Share;
use ae_lab::anomaly::ScoreKind;
use ae_optim::{NamedSchedule, ScheduleError};
use ae_run::{AnomalySpec, MaskSpec, OptimizerName, TrainingSpec};
use ae_train::{Augmentation, AugmentationError, NameError, NamedCorruption, NamedLoss, Summation};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, value_parser};
use std::num::{IntErrorKind, ParseIntError};
use std::str::FromStr;

/// Parses a whole number. The standard parser's message would be "invalid digit found in string".
pub(super) fn whole<T: FromStr<Err = ParseIntError>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: ParseIntError| match error.kind() {
        IntErrorKind::PosOverflow => "it is too large".into(),
        _ => "it must be a whole number".into(),
    })
}

/// Parses a count, up to the largest integer of TOML, in which runs record it.
pub(super) fn count(text: &str) -> Result<usize, String> {
    match whole(text)? {
        n if i64::try_from(n).is_err() => Err(format!("it must be at most {}", i64::MAX)),
        n => Ok(n),
    }
}

pub(super) fn at_least_one(text: &str) -> Result<usize, String> {
    match count(text)? {
        0 => Err("it must be at least 1".into()),
        n => Ok(n),
    }
}

/// Parses a whole number from 1 to `most`.
fn bounded(text: &str, most: usize) -> Result<usize, String> {
    at_least_one(text)
        .and_then(|n| if n <= most { Ok(n) } else { Err(format!("it must be at most {most}")) })
}

/// Parses a number of pixels. It may be more than memory can hold: images are read row by row.
pub(super) fn pixels(text: &str) -> Result<u64, String> {
    match whole(text)? {
        0 => Err("it must be at least 1".into()),
        n => Ok(n),
    }
}

/// Parses a folder of masks, or that none are used.
pub(super) fn masks(text: &str) -> Result<MaskSpec, String> {
    match text {
        "" => Err("expected a folder, or none".into()),
        "none" => Ok(MaskSpec::Without),
        folder => Ok(MaskSpec::In(folder.into())),
    }
}

pub(super) fn samples(text: &str) -> Result<usize, String> {
    bounded(text, TrainingSpec::MOST_SAMPLES)
}

/// Parses the side of a latent map. At most 60 by 60 images fit into a picture.
pub(super) fn map_side(text: &str) -> Result<usize, String> {
    bounded(text, 60)
}

pub(super) fn threads(text: &str) -> Result<usize, String> {
    bounded(text, 256)
}

/// Adds a tip to the message if the text can be parsed with a decimal point instead of a comma.
fn with_point_tip<T>(text: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<T, String> {
    parse(text).map_err(|message| {
        let pointed = text.replacen(',', ".", 1);
        match pointed != text && parse(&pointed).is_ok() {
            true => format!("{message}; tip: write a decimal point: {pointed}"),
            false => message,
        }
    })
}

/// Parses a decimal number that is `valid`. `message` describes valid numbers.
fn decimal<T: FromStr + Copy>(
    text: &str,
    valid: impl Fn(T) -> bool,
    message: &str,
) -> Result<T, String> {
    with_point_tip(text, |text| {
        text.parse().ok().filter(|&number| valid(number)).ok_or_else(|| message.to_owned())
    })
}

pub(super) fn learning_rate(text: &str) -> Result<f64, String> {
    decimal(
        text,
        OptimizerName::takes_rate,
        "it must be a positive number (between 1.2e-38 and 3.4e38)",
    )
}

/// Parses an optimizer. The help shows a description of each.
pub(super) fn optimizer() -> impl TypedValueParser<Value = OptimizerName> {
    let values = OptimizerName::ALL.map(|name| PossibleValue::new(name.name()).help(name.about()));
    PossibleValuesParser::new(values).try_map(|name| name.parse::<OptimizerName>())
}

/// Parses a score of anomalies.
pub(super) fn score() -> impl TypedValueParser<Value = ScoreKind> {
    let values = ScoreKind::ALL.map(ScoreKind::name);
    PossibleValuesParser::new(values).try_map(|name| name.parse::<ScoreKind>())
}

/// Parses a rate of false alarms.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    decimal(text, AnomalySpec::takes_rate, "it must be a number above 0 and below 1")
}

/// Parses a share of images that is not nothing.
pub(super) fn share(text: &str) -> Result<Share, String> {
    let share: Share = text.parse()?;
    match share.millionths() {
        0 => Err("it must be a share above 0".into()),
        _ => Ok(share),
    }
}

pub(super) fn schedule(text: &str) -> Result<NamedSchedule, String> {
    with_point_tip(text, |text| text.parse().map_err(|error: ScheduleError| error.to_string()))
}

pub(super) fn loss(text: &str) -> Result<NamedLoss, String> {
    text.parse().map_err(|error: NameError| error.to_string())
}

pub(super) fn summation(text: &str) -> Result<Summation, String> {
    text.parse().map_err(|error: NameError| error.to_string())
}

pub(super) fn corruption(text: &str) -> Result<NamedCorruption, String> {
    with_point_tip(text, |text| text.parse().map_err(|error: NameError| error.to_string()))
}

/// Parses an augmentation; `none` is one that changes nothing.
pub(super) fn augmentation(text: &str) -> Result<Augmentation, String> {
    match text {
        "none" => Ok(Augmentation::default()),
        text => with_point_tip(text, |text| {
            text.parse().map_err(|error: AugmentationError| error.to_string())
        }),
    }
}

/// Parses the noise: a factor, or two for a strength that is drawn for each image.
pub(super) fn noise_levels(text: &str) -> Result<NamedCorruption, String> {
    match text.contains("..") {
        true => corruption(&format!("gaussian:{text}")),
        false => noise(text).map(|factor| NamedCorruption::Gaussian { factor }),
    }
}

/// The noise of an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ImageNoise {
    /// Estimated from the image.
    Auto,
    /// A standard deviation, for pixels from 0 to 1.
    Known(f32),
}

pub(super) fn image_noise(text: &str) -> Result<ImageNoise, String> {
    match text {
        "auto" => Ok(ImageNoise::Auto),
        text => noise(text)
            .map(ImageNoise::Known)
            .map_err(|why| why.replace("it must be a number", "it must be auto or a number")),
    }
}

pub(super) fn noise(text: &str) -> Result<f32, String> {
    let valid = |factor: f32| factor.is_finite() && factor.is_sign_positive();
    decimal(text, valid, "it must be a number of at least 0")
}

/// Parses a norm for gradient clipping.
pub(super) fn norm(text: &str) -> Result<f64, String> {
    let valid = |norm: f64| norm.is_finite() && norm > 0.0;
    decimal(text, valid, "it must be a positive number")
}

pub(super) fn difference(text: &str) -> Result<f64, String> {
    let valid = |difference: f64| difference.is_finite() && difference.is_sign_positive();
    decimal(text, valid, "it must be a number of at least 0")
}

/// Lets a switch be turned off with `--sweep=false`, in case a configuration file turns it on.
/// Arguments that are not switches stay as they are.
pub(super) fn switch(arg: Arg) -> Arg {
    if !matches!(arg.get_action(), ArgAction::SetTrue) {
        return arg;
    }
    arg.action(ArgAction::Set)
        .value_parser(value_parser!(bool))
        .value_name("true|false")
        .num_args(0..=1)
        .require_equals(true)
        .default_value("false")
        .default_missing_value("true")
        .hide_default_value(true)
        .hide_possible_values(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_comma_gets_a_tip_where_a_point_would_do() {
        let tip = "tip: write a decimal point: ";
        assert!(noise("0,5").unwrap_err().ends_with(&format!("{tip}0.5")));
        assert!(learning_rate("1,5e-3").unwrap_err().ends_with(&format!("{tip}1.5e-3")));
        assert!(corruption("masking:0,3").unwrap_err().ends_with(&format!("{tip}masking:0.3")));
        assert!(schedule("step:5:0,5").unwrap_err().ends_with(&format!("{tip}step:5:0.5")));
        for text in ["0,5,5", "-0,5", ",", "x"] {
            assert_eq!(noise(text).unwrap_err(), "it must be a number of at least 0", "{text}");
        }
        assert!(noise_levels("0.1..0,2").is_err() && noise_levels("0.2..0.1").is_err());
        let levels = NamedCorruption::GaussianLevels { from: 0.1, to: 0.2 };
        assert_eq!(noise_levels("0.1..0.2"), Ok(levels));
        assert_eq!(noise_levels("0.5"), Ok(NamedCorruption::Gaussian { factor: 0.5 }));
        assert_eq!(image_noise("auto"), Ok(ImageNoise::Auto));
        assert_eq!(image_noise("0.1"), Ok(ImageNoise::Known(0.1)));
        assert_eq!(image_noise("-1").unwrap_err(), "it must be auto or a number of at least 0");
        assert_eq!((noise("0.5"), norm("2")), (Ok(0.5), Ok(2.0)));
    }
}
