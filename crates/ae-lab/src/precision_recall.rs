//! Measures whether generated images are like real ones, and whether they cover all kinds of real
//! images.

use crate::LabError;
use crate::error::{checked, positive, same_columns};
use crate::neighbors::{Own, balls_around, kth_nearest};
use ae_tensor::Tensor;

/// How well two sets of points cover each other, by balls around each point that reach to its k-th
/// neighbor in its own set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrecisionRecall {
    /// The share of generated points in at least one ball around a real point, 0 to 1: fidelity.
    pub precision: f64,
    /// The share of real points in at least one ball around a generated point, 0 to 1: diversity.
    pub recall: f64,
    /// The mean number of balls around real points that contain a generated point, divided by `k`:
    /// 1 if both sets have the same distribution, more if generated points gather in dense regions.
    pub density: f64,
    /// The share of real points whose own ball holds at least one generated point, 0 to 1.
    pub coverage: f64,
}

/// Computes precision and recall after T. Kynkaanniemi et al., "Improved precision and recall
/// metric for assessing generative models" (arXiv:1904.06991, equations 1 and 2); density and
/// coverage after M. F. Naeem et al., "Reliable fidelity and diversity metrics for generative
/// models" (arXiv:2002.09797, equations 3 and 4).
///
/// `real` is `[n, d]`, `generated` `[m, d]`; `k` counts neighbors without the point itself; 3, as
/// in the first paper, is usual. A point on a ball's surface is inside, as in the first paper; the
/// second one's code leaves it out, which makes a difference only where points coincide. Both sets
/// should have about the same size, since more points make smaller balls.
///
/// ```
/// use ae_tensor::Tensor;
/// let real = Tensor::new([4, 1], vec![0.0, 1.0, 2.0, 3.0]);
/// // Two of three lie among the real ones, both at one end.
/// let generated = Tensor::new([3, 1], vec![0.2, 0.4, 9.0]);
/// let scores = ae_lab::precision_recall(&real, &generated, 1)?;
/// assert_eq!((scores.precision, scores.coverage), (2.0 / 3.0, 0.5));
/// # Ok::<(), ae_lab::LabError>(())
/// ```
///
/// # Errors
/// [`LabError::TooFewRows`] for a set of `k` points or fewer, [`LabError::Zero`] for `k = 0`,
/// [`LabError::NoColumns`], [`LabError::NotFinite`].
///
/// # Panics
/// If either is not a matrix, or their numbers of columns differ.
pub fn precision_recall(
    real: &Tensor,
    generated: &Tensor,
    k: usize,
) -> Result<PrecisionRecall, LabError> {
    same_columns("precision_recall", real, generated);
    let real_radii = squared_radii(real, k, "real points")?;
    let generated_radii = squared_radii(generated, k, "generated points")?;
    Ok(compare([real, generated], [&real_radii, &generated_radii], k))
}

/// The squared distance of each point to its `k`-th neighbor.
pub(crate) fn squared_radii(
    x: &Tensor,
    k: usize,
    what: &'static str,
) -> Result<Vec<f64>, LabError> {
    positive(k, "neighbours")?;
    checked(x, what, k.saturating_add(1))?;
    Ok(kth_nearest(x, x, k, Own::IsLeftOut))
}

/// The scores of `[real, generated]`, checked, with the squared radii of each.
pub(crate) fn compare(
    [real, generated]: [&Tensor; 2],
    [real_radii, generated_radii]: [&[f64]; 2],
    k: usize,
) -> PrecisionRecall {
    let share = |hits: usize, of: usize| hits as f64 / of as f64;
    let around = balls_around(generated, real, real_radii);
    let recalled = balls_around(real, generated, generated_radii);
    // A real point's ball holds a generated point if it holds the nearest one.
    let nearest = kth_nearest(real, generated, 1, Own::Counts);
    let covered = nearest.iter().zip(real_radii).filter(|(nearest, radius)| nearest <= radius);
    PrecisionRecall {
        precision: share(around.iter().filter(|&&balls| balls > 0).count(), around.len()),
        recall: share(recalled.iter().filter(|&&balls| balls > 0).count(), recalled.len()),
        density: share(around.iter().sum(), k * around.len()),
        coverage: share(covered.count(), real_radii.len()),
    }
}
