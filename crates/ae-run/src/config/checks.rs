//! Checks the values of a configuration, which may have been edited by hand, as strictly as those
//! of a command line.

use super::Config;
use super::denoise::DenoiseRecord;
use super::training::TrainingRecord;
use crate::{DenoiseSpec, Limits, OptimizerName, RunError, TrainingSpec};
use std::fmt::Debug;

impl Config {
    /// Checks the numbers of which a job is made. The types of the others allow no wrong values.
    pub(super) fn check(&self) -> Result<(), RunError> {
        let TrainingRecord {
            epochs,
            batch,
            learning_rate,
            clip_norm,
            checkpoint_every,
            min_delta,
            ..
        } = self.training;
        let at_least_one =
            |key, found: usize| valid(found > 0, key, "a whole number of at least 1", found);
        at_least_one("training.epochs", epochs)?;
        at_least_one("training.batch", batch)?;
        at_least_one("training.checkpoint_every", checkpoint_every)?;
        if let Some(rate) = learning_rate {
            let expected = "a positive number (between 1.2e-38 and 3.4e38)";
            valid(OptimizerName::takes_rate(rate), "training.learning_rate", expected, rate)?;
        }
        if let Some(norm) = clip_norm {
            let takes = norm.is_finite() && norm > 0.0;
            valid(takes, "training.clip_norm", "a positive number", norm)?;
        }
        let takes = min_delta.is_finite() && min_delta.is_sign_positive();
        valid(takes, "training.min_delta", "a number of at least 0", min_delta)?;
        let takes = (1..=TrainingSpec::MOST_SAMPLES).contains(&self.samples);
        let expected = format!("a whole number from 1 to {}", TrainingSpec::MOST_SAMPLES);
        valid(takes, "samples", &expected, self.samples)?;
        self.check_limit()?;
        self.anomaly.as_ref().map_or(Ok(()), super::AnomalyRecord::check)?;
        self.denoise.as_ref().map_or(Ok(()), DenoiseRecord::check)
    }

    /// A job has one limit for both kinds of images. Only the default of a quick run has two.
    fn check_limit(&self) -> Result<(), RunError> {
        let Some(found @ [train, test]) = self.limit else { return Ok(()) };
        let quick = self.denoise.as_ref().is_some_and(|denoise| denoise.quick);
        let usual = quick && Limits { train, test } == DenoiseSpec::QUICK_LIMITS;
        let takes = train > 0 && (train == test || usual);
        valid(takes, "limit", "the same whole number twice, of at least 1", found)
    }
}

impl DenoiseRecord {
    fn check(&self) -> Result<(), RunError> {
        let expected = "only one of noise and corruption";
        if let (Some(_), Some(corruption)) = (self.noise, self.corruption) {
            return valid(false, "corruption", expected, corruption.to_string());
        }
        if let Some(noise) = self.noise {
            let takes = noise.is_finite() && noise.is_sign_positive();
            valid(takes, "noise", "a number of at least 0", noise)?;
        }
        Ok(())
    }
}

/// Refuses the value of this key if it is not valid.
pub(super) fn valid(
    valid: bool,
    key: &str,
    expected: &str,
    found: impl Debug,
) -> Result<(), RunError> {
    if valid {
        return Ok(());
    }
    Err(refused(key, expected, found))
}

/// The refusal of the value of this key.
pub(super) fn refused(key: &str, expected: &str, found: impl Debug) -> RunError {
    RunError::Setting { key: key.into(), expected: expected.into(), found: format!("{found:?}") }
}
