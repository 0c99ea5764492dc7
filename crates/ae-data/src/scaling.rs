//! Columns of measurements on one scale.
//!
//! Measurements have units: a temperature of 300 and a pressure of 0.002 in one row. An error
//! counts by its size, so a model would see the temperature alone. Scaling by the rows that it is
//! trained on gives every column the same weight. Other rows are scaled by the same numbers, so an
//! odd measurement stays odd.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How columns are scaled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScaleKind {
    /// By mean and standard deviation: `(x - mean) / deviation`, where the deviation divides by the
    /// number of rows, as in scikit-learn's `StandardScaler`.
    #[default]
    Standard,
    /// To 0 to 1 over the rows: `(x - min) / (max - min)`, as in `MinMaxScaler`. Other rows may lie
    /// beyond.
    MinMax,
    /// Not at all.
    None,
}

impl ScaleKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Standard, Self::MinMax, Self::None];
}

impl fmt::Display for ScaleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Standard => "standard",
            Self::MinMax => "minmax",
            Self::None => "none",
        })
    }
}

impl FromStr for ScaleKind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|value| value.to_string() == word);
        found.ok_or_else(|| format!("expected standard, minmax or none, found '{word}'"))
    }
}

/// What each column is shifted and divided by: `(x - shift) / scale`.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    shifts: Vec<f32>,
    scales: Vec<f32>,
}

impl Scaling {
    /// Determines the scaling by these rows of `columns` values, one row after another. A column
    /// whose values are all equal has the scale 1, and so becomes 0. Without rows, or with
    /// [`ScaleKind::None`], nothing is changed.
    ///
    /// Sums are in `f64`: the mean first, then the squares of the distances from it. A spread below
    /// the rounding of `f32` counts as none.
    ///
    /// # Panics
    /// If `columns` is 0, or `rows` is not a whole number of rows.
    #[must_use]
    pub fn fit(rows: &[f32], columns: usize, kind: ScaleKind) -> Self {
        assert!(columns > 0, "rows without columns");
        assert!(rows.len().is_multiple_of(columns), "{} values in rows of {columns}", rows.len());
        let count = (rows.len() / columns) as f64;
        let (mut shifts, mut scales) = (vec![0.0; columns], vec![1.0; columns]);
        if rows.is_empty() || kind == ScaleKind::None {
            return Self { shifts, scales };
        }
        for (column, (shift, scale)) in shifts.iter_mut().zip(&mut scales).enumerate() {
            let values =
                || rows.iter().skip(column).step_by(columns).map(|&value| f64::from(value));
            let (from, spread) = match kind {
                ScaleKind::Standard => {
                    let mean = values().sum::<f64>() / count;
                    let squares = values().map(|value| (value - mean) * (value - mean));
                    (mean, (squares.sum::<f64>() / count).sqrt())
                }
                _ => {
                    let low = values().fold(f64::INFINITY, f64::min);
                    (low, values().fold(f64::NEG_INFINITY, f64::max) - low)
                }
            };
            *shift = from as f32;
            let noise = 10.0 * f64::EPSILON * from.abs();
            // A spread that is zero in f32 would give infinity.
            if spread > noise && (spread as f32).is_normal() {
                *scale = spread as f32;
            }
        }
        Self { shifts, scales }
    }

    /// A scaling with these numbers, as [`Scaling::shifts`] and [`Scaling::scales`] gave them.
    ///
    /// # Errors
    /// One line if they differ in length, if there are none, or if a number is not finite or a
    /// scale not above 0.
    pub fn from_parts(shifts: Vec<f32>, scales: Vec<f32>) -> Result<Self, String> {
        if shifts.len() != scales.len() || shifts.is_empty() {
            let (expected, found) = (shifts.len(), scales.len());
            return Err(format!("expected a scale for each of {expected} columns, found {found}"));
        }
        if let Some(i) = shifts.iter().position(|shift| !shift.is_finite()) {
            let found = shifts[i];
            return Err(format!("expected a finite shift of column {}, found {found}", i + 1));
        }
        let valid = |scale: &f32| scale.is_finite() && *scale > 0.0;
        if let Some(i) = scales.iter().position(|scale| !valid(scale)) {
            let found = scales[i];
            return Err(format!("expected a scale of column {} above 0, found {found}", i + 1));
        }
        Ok(Self { shifts, scales })
    }

    /// What is subtracted from each column.
    #[must_use]
    pub fn shifts(&self) -> &[f32] {
        &self.shifts
    }

    /// What each column is divided by then.
    #[must_use]
    pub fn scales(&self) -> &[f32] {
        &self.scales
    }

    /// Scales rows in place.
    ///
    /// # Panics
    /// If `rows` is not a whole number of rows of these columns.
    pub fn apply(&self, rows: &mut [f32]) {
        self.each(rows, |value, shift, scale| (value - shift) / scale);
    }

    /// Returns rows to their units, in place.
    ///
    /// # Panics
    /// If `rows` is not a whole number of rows of these columns.
    pub fn undo(&self, rows: &mut [f32]) {
        self.each(rows, |value, shift, scale| value * scale + shift);
    }

    fn each(&self, rows: &mut [f32], change: impl Fn(f32, f32, f32) -> f32) {
        let columns = self.shifts.len();
        assert!(rows.len().is_multiple_of(columns), "{} values in rows of {columns}", rows.len());
        for row in rows.chunks_exact_mut(columns) {
            for ((value, &shift), &scale) in row.iter_mut().zip(&self.shifts).zip(&self.scales) {
                *value = change(*value, shift, scale);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [f32; 12] = [1.0, -5.0, 7.0, 2.0, 0.0, 7.0, 4.0, 5.0, 7.0, 9.0, 8.0, 7.0];

    fn scaled(kind: ScaleKind) -> Vec<f32> {
        let mut rows = ROWS.to_vec();
        Scaling::fit(&ROWS, 3, kind).apply(&mut rows);
        rows
    }

    fn near(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-6, "{found:?} and not {expected:?}");
        }
    }

    #[test]
    fn rows_are_scaled_as_scikit_learn_scales_them() {
        // scikit-learn 1.9.1: StandardScaler and MinMaxScaler, fit_transform of the same rows.
        near(
            &scaled(ScaleKind::Standard),
            &[
                -0.9733285,
                -std::f32::consts::SQRT_2,
                0.0,
                -0.6488857,
                -0.404061,
                0.0,
                0.0,
                0.6060915,
                0.0,
                1.6222142,
                1.2121831,
                0.0,
            ],
        );
        near(
            &scaled(ScaleKind::MinMax),
            &[0.0, 0.0, 0.0, 0.125, 0.3846154, 0.0, 0.375, 0.7692308, 0.0, 1.0, 1.0, 0.0],
        );
    }

    #[test]
    fn rows_return_to_their_units() {
        for kind in ScaleKind::ALL {
            let mut rows = scaled(kind);
            Scaling::fit(&ROWS, 3, kind).undo(&mut rows);
            near(&rows, &ROWS);
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert_eq!(scaled(ScaleKind::None), ROWS);
        assert!("max".parse::<ScaleKind>().is_err());
    }

    #[test]
    fn a_column_without_spread_keeps_its_unit() {
        for kind in [ScaleKind::Standard, ScaleKind::MinMax] {
            for value in [0.0, 7.0, 0.1, 1e30, 1e-45] {
                let scaling = Scaling::fit(&[value; 5], 1, kind);
                assert_eq!(scaling.scales(), [1.0], "{value}");
                let mut rows = [value; 2];
                scaling.apply(&mut rows);
                assert!(rows.iter().all(|v| v.abs() <= value * 1e-6), "{rows:?}");
            }
        }
    }

    #[test]
    fn stored_numbers_are_checked() {
        let scaling = Scaling::fit(&ROWS, 3, ScaleKind::Standard);
        let parts = (scaling.shifts().to_vec(), scaling.scales().to_vec());
        assert_eq!(Scaling::from_parts(parts.0, parts.1), Ok(scaling));
        for (shifts, scales) in [
            (vec![], vec![]),
            (vec![0.0], vec![]),
            (vec![f32::NAN], vec![1.0]),
            (vec![0.0], vec![0.0]),
            (vec![0.0], vec![f32::INFINITY]),
        ] {
            assert!(Scaling::from_parts(shifts, scales).is_err());
        }
    }
}
