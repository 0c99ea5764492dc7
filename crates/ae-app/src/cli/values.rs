//! The values of options, each checked by itself. An error message states what was expected.

use ae_optim::{NamedSchedule, ScheduleError};
use ae_run::OptimizerName;
use ae_train::{NameError, NamedCorruption, NamedLoss};
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

/// Parses a count. Runs record it in TOML, whose integers end there.
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

pub(super) fn samples(text: &str) -> Result<usize, String> {
    bounded(text, 100)
}

/// Parses the side of a latent map. At most 60 by 60 images fit into a picture.
pub(super) fn map_side(text: &str) -> Result<usize, String> {
    bounded(text, 60)
}

pub(super) fn threads(text: &str) -> Result<usize, String> {
    bounded(text, 256)
}

pub(super) fn learning_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        // The weights are f32, so their updates must be f32 too.
        Ok(rate) if rate > 0.0 && (rate as f32).is_normal() => Ok(rate),
        _ => Err("it must be a positive number (between 1.2e-38 and 3.4e38)".into()),
    }
}

/// Parses an optimizer. The help shows a description of each.
pub(super) fn optimizer() -> impl TypedValueParser<Value = OptimizerName> {
    let values = OptimizerName::ALL.map(|name| PossibleValue::new(name.name()).help(name.about()));
    PossibleValuesParser::new(values).try_map(|name| name.parse::<OptimizerName>())
}

pub(super) fn schedule(text: &str) -> Result<NamedSchedule, String> {
    text.parse().map_err(|error: ScheduleError| error.to_string())
}

pub(super) fn loss(text: &str) -> Result<NamedLoss, String> {
    text.parse().map_err(|error: NameError| error.to_string())
}

pub(super) fn corruption(text: &str) -> Result<NamedCorruption, String> {
    text.parse().map_err(|error: NameError| error.to_string())
}

/// Parses a norm for gradient clipping.
pub(super) fn norm(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(norm) if norm.is_finite() && norm > 0.0 => Ok(norm),
        _ => Err("it must be a positive number".into()),
    }
}

pub(super) fn noise(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(factor) if factor.is_finite() && factor.is_sign_positive() => Ok(factor),
        _ => Err("it must be a number of at least 0".into()),
    }
}

pub(super) fn difference(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(difference) if difference.is_finite() && difference.is_sign_positive() => Ok(difference),
        _ => Err("it must be a number of at least 0".into()),
    }
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
