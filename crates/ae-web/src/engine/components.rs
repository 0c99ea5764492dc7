//! The principal components of codes.

use super::EngineError;
use super::error::check_rows;
use ae_pca::Pca;
use ae_tensor::Tensor;

/// The principal components of codes of length `d`: `k` of them, the smaller of `d` and the number
/// of codes.
#[derive(Clone, Debug, PartialEq)]
pub struct Components {
    /// The mean code, `[d]`.
    pub mean: Vec<f32>,
    /// `[k, d]`, a component in each row, by decreasing variance.
    pub components: Vec<f32>,
    /// The standard deviation of the codes along each component, `[k]`.
    pub deviations: Vec<f32>,
    /// The share of the variance along each component, `[k]`.
    pub explained: Vec<f32>,
}

/// Finds the components of these codes, each of `length` numbers.
///
/// # Errors
/// If the codes are not whole, fewer than two, or not finite.
pub fn components(codes: &[f32], length: usize) -> Result<Components, EngineError> {
    check_rows("codes", codes.len(), length)?;
    let pca = Pca::fit(&Tensor::new([codes.len() / length, length], codes.to_vec()), None)?;
    let narrow = |numbers: &[f64]| numbers.iter().map(|&number| number as f32).collect();
    Ok(Components {
        mean: narrow(pca.mean()),
        components: pca.components().data().to_vec(),
        deviations: narrow(&pca.standard_deviations()),
        explained: narrow(pca.explained_variance_ratio()),
    })
}
