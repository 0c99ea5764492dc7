//! Why the engine refuses what a page gives it.

use ae_checkpoint::CheckpointError;
use ae_models::RecipeError;
use ae_optim::UnknownOptimizer;
use ae_pca::PcaError;
use ae_train::{FitError, ModelError, NameError};

/// Why the engine refuses a call. The page shows the line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The bytes are not a model's file.
    #[error(transparent)]
    File(#[from] CheckpointError),
    /// The model cannot be built, or is not divided into an encoder and a decoder.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The preset does not suit these images or this length of a code.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The training cannot begin or go on.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The codes have no principal components.
    #[error(transparent)]
    Pca(#[from] PcaError),
    /// No optimizer has this name.
    #[error(transparent)]
    Optimizer(#[from] UnknownOptimizer),
    /// A preset names a loss that does not exist.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A schedule that does not exist.
    #[error(transparent)]
    Schedule(#[from] ae_optim::ScheduleError),
    /// Anything else that was expected otherwise.
    #[error("{what}: expected {expected}, found {found}")]
    Unexpected {
        /// What was looked at.
        what: &'static str,
        /// What it should have been.
        expected: String,
        /// What it was.
        found: String,
    },
}

impl EngineError {
    pub(crate) fn new(what: &'static str, expected: impl ToString, found: impl ToString) -> Self {
        Self::Unexpected { what, expected: expected.to_string(), found: found.to_string() }
    }
}

/// Checks that `numbers` are whole rows of `len` numbers.
pub(crate) fn check_rows(
    what: &'static str,
    numbers: usize,
    len: usize,
) -> Result<(), EngineError> {
    if len > 0 && numbers.is_multiple_of(len) {
        return Ok(());
    }
    Err(EngineError::new(what, format_args!("a multiple of {len} numbers"), numbers))
}

/// Checks that all of these are numbers.
pub(crate) fn check_finite(what: &'static str, numbers: &[f32]) -> Result<(), EngineError> {
    match numbers.iter().all(|number| number.is_finite()) {
        true => Ok(()),
        false => Err(EngineError::new(what, "finite numbers", "NaN or infinity")),
    }
}
