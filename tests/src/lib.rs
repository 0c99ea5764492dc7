//! Code that the golden tests share: a reader of the files in `golden/`, and the small model that
//! two of them describe; and the exercises and commands of the lessons.
//!
//! `golden/README.md` describes the files and the libraries that computed them; the tests are in
//! `tests/`, one or more for each golden file.

mod check;
pub mod commands;
pub mod exercises;
mod summary;
pub mod surfaces;

/// The example in the README at the root, which must compile and run as it stands there.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

pub use check::{assert_ulp, pick, run, subnormal_to_zero};
pub use summary::Summary;

use ae_autodiff::{ParamId, Params};
use ae_layers::{Activation, Sequential, dense};
use ae_tensor::{Shape, Tensor};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::PathBuf;

/// An array of a golden file: row-major, each number as f64.
///
/// An f32 of Keras is written as the shortest decimal that reads back as that f32. As f64 its error
/// is below half an f32's last place; [`Array::to_f32`] gives the exact f32.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "RawArray")]
pub struct Array {
    /// The extents, outermost first.
    pub shape: Vec<usize>,
    /// The elements.
    pub data: Vec<f64>,
}

#[derive(Deserialize)]
struct RawArray {
    shape: Vec<usize>,
    data: Vec<f64>,
}

impl TryFrom<RawArray> for Array {
    type Error = String;

    fn try_from(RawArray { shape, data }: RawArray) -> Result<Self, String> {
        if shape.iter().product::<usize>() == data.len() {
            Ok(Self { shape, data })
        } else {
            Err(format!("{} elements for an array of shape {shape:?}", data.len()))
        }
    }
}

impl Array {
    /// Every element rounded to f32.
    #[must_use]
    pub fn to_f32(&self) -> Vec<f32> {
        self.data.iter().map(|&x| x as f32).collect()
    }

    /// The elements as f32, which must be exact: inputs are the same for both precisions.
    ///
    /// # Panics
    /// If an element is not exactly an f32.
    #[must_use]
    #[track_caller]
    pub fn exact_f32(&self) -> Vec<f32> {
        let rounded = self.to_f32();
        for (&x, &r) in self.data.iter().zip(&rounded) {
            assert!(f64::from(r) == x, "the golden input {x:e} is not an f32");
        }
        rounded
    }

    /// [`Array::exact_f32`] with its shape.
    ///
    /// # Panics
    /// If an element is not exactly an f32.
    #[must_use]
    #[track_caller]
    pub fn tensor(&self) -> Tensor {
        Tensor::new(Shape::new(&self.shape), self.exact_f32())
    }

    /// Row `i` of a matrix.
    ///
    /// # Panics
    /// If the array is not a matrix, or has no such row.
    #[must_use]
    #[track_caller]
    pub fn row(&self, i: usize) -> &[f64] {
        let &[rows, cols] = &self.shape[..] else { panic!("row: shape {:?}", self.shape) };
        assert!(i < rows, "row {i} of {rows}");
        &self.data[i * cols..][..cols]
    }
}

/// The path of a golden file.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "golden", name].iter().collect()
}

/// The text of a golden file.
///
/// # Panics
/// If it cannot be read.
#[must_use]
#[track_caller]
pub fn read_text(name: &str) -> String {
    let path = path(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A golden file's content, or the part of it that `T` describes.
///
/// # Panics
/// If the file cannot be read, or does not match `T`.
#[must_use]
#[track_caller]
pub fn read<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&read_text(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// One array for each parameter of the auto-encoder Dense(4, relu) -> Dense(12, sigmoid).
#[derive(Clone, Debug, Deserialize)]
pub struct Weights {
    /// The encoder's kernel `[12, 4]`.
    pub w1: Array,
    /// Its bias `[4]`.
    pub b1: Array,
    /// The decoder's kernel `[4, 12]`.
    pub w2: Array,
    /// Its bias `[12]`.
    pub b2: Array,
}

impl Weights {
    /// The arrays, each with the parameter of `params` that it belongs to.
    ///
    /// # Panics
    /// If `params` does not come from [`Weights::model`].
    #[track_caller]
    pub fn with_ids(&self, params: &Params) -> impl Iterator<Item = (ParamId, &Array)> {
        let find = |name| params.find(name).unwrap_or_else(|| panic!("no parameter {name}"));
        [
            (find("dense_1/kernel"), &self.w1),
            (find("dense_1/bias"), &self.b1),
            (find("dense_2/kernel"), &self.w2),
            (find("dense_2/bias"), &self.b2),
        ]
        .into_iter()
    }

    /// The auto-encoder with these weights.
    ///
    /// # Panics
    /// If their shapes are not those of the auto-encoder.
    #[must_use]
    #[track_caller]
    pub fn model(&self) -> (Sequential, Params) {
        let layers = [dense(4, Activation::Relu), dense(12, Activation::Sigmoid)];
        let mut params = Params::new();
        let model = Sequential::build([12], &layers, &mut params, 0).expect("the shapes fit");
        let all: Vec<_> = self.with_ids(&params).collect();
        for (id, array) in all {
            assert_eq!(array.shape, params.get(id).shape().dims(), "{}", params.name(id));
            *params.get_mut(id) = array.tensor();
        }
        (model, params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_to_the_last_bit() {
        let text = r#"{"shape":[1,2],"data":[0.1,1.7976931348623157e308]}"#;
        let array: Array = serde_json::from_str(text).unwrap();
        assert_eq!(array.row(0), [0.1, f64::MAX]);
    }

    #[test]
    fn a_shape_must_fit_its_data() {
        let array = serde_json::from_str::<Array>(r#"{"shape":[2,2],"data":[1,2,3]}"#);
        assert!(array.unwrap_err().to_string().starts_with("3 elements for an array of shape"));
    }

    #[test]
    #[should_panic(expected = "is not an f32")]
    fn an_input_is_never_rounded_in_silence() {
        let _ = Array { shape: vec![1], data: vec![0.1] }.tensor();
    }
}
