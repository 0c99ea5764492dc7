//! What a file holds, in memory.

use crate::CheckpointError;
use ae_tensor::{Shape, Tensor};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Named tensors, and metadata: text about them by key. What is read from a file is taken out
/// tensor by tensor, each compared with what is expected there; [`Archive::finish`] then tells
/// whether something is left over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Archive {
    /// Where it was read from.
    pub(crate) path: PathBuf,
    pub(crate) tensors: BTreeMap<String, Entry>,
    pub(crate) metadata: BTreeMap<String, String>,
}

/// A tensor's extents and elements.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) dims: Vec<usize>,
    pub(crate) values: Values,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Values {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl Entry {
    fn describe(&self) -> String {
        let dtype = match self.values {
            Values::F32(_) => "F32",
            Values::F64(_) => "F64",
        };
        format!("{dtype} {:?}", self.dims)
    }
}

impl Archive {
    /// Without tensors and metadata.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The file it was read from; empty if none.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a tensor under a name such as `dense_1/kernel`.
    ///
    /// # Panics
    /// If there is a tensor of this name, or it is the layout's own `__metadata__`.
    pub fn put(&mut self, name: impl Into<String>, tensor: &Tensor) {
        let dims = tensor.shape().dims().to_vec();
        self.add(name.into(), Entry { dims, values: Values::F32(tensor.data().to_vec()) });
    }

    /// Adds a list of numbers that must come back exactly as they are.
    ///
    /// # Panics
    /// As [`Archive::put`].
    pub fn put_f64(&mut self, name: impl Into<String>, values: &[f64]) {
        let values = values.to_vec();
        self.add(name.into(), Entry { dims: vec![values.len()], values: Values::F64(values) });
    }

    fn add(&mut self, name: String, entry: Entry) {
        assert!(name != "__metadata__", "Archive: __metadata__ cannot be the name of a tensor");
        assert!(!self.tensors.contains_key(&name), "Archive: two tensors called {name}");
        self.tensors.insert(name, entry);
    }

    /// Sets the metadata of a key. Whole numbers go in as decimal digits.
    ///
    /// # Panics
    /// If the key has metadata already, or is one of the file's own, `sha256` and `format`.
    pub fn set_metadata(&mut self, key: impl Into<String>, value: impl ToString) {
        let key = key.into();
        assert!(key != "sha256" && key != "format", "Archive: {key} is the file's own");
        let taken = self.metadata.insert(key.clone(), value.to_string());
        assert!(taken.is_none(), "Archive: the metadata of {key} is set twice");
    }

    /// Whether there is a tensor of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Takes out a tensor of f32 of this shape.
    ///
    /// # Errors
    /// [`CheckpointError::Tensor`] if there is none of this name, or it is of another type or
    /// shape.
    pub fn take(&mut self, name: &str, shape: Shape) -> Result<Tensor, CheckpointError> {
        let entry = self.tensors.remove(name);
        let found = entry.as_ref().map_or_else(|| "none".into(), Entry::describe);
        match entry {
            Some(Entry { dims, values: Values::F32(values) }) if dims == shape.dims() => {
                Ok(Tensor::new(shape, values))
            }
            _ => Err(self.wrong_tensor(name, format!("F32 {:?}", shape.dims()), found)),
        }
    }

    /// Takes out a list of f64: of this length, if one is given.
    ///
    /// # Errors
    /// [`CheckpointError::Tensor`] if there is none of this name, or it is of another type or
    /// length.
    pub fn take_f64(
        &mut self,
        name: &str,
        len: Option<usize>,
    ) -> Result<Vec<f64>, CheckpointError> {
        let entry = self.tensors.remove(name);
        let found = entry.as_ref().map_or_else(|| "none".into(), Entry::describe);
        match entry {
            Some(Entry { dims, values: Values::F64(values) })
                if dims.len() == 1 && len.is_none_or(|len| len == values.len()) =>
            {
                Ok(values)
            }
            _ => {
                let expected = len.map_or_else(|| "F64 [any]".into(), |len| format!("F64 [{len}]"));
                Err(self.wrong_tensor(name, expected, found))
            }
        }
    }

    /// The metadata of a key.
    ///
    /// # Errors
    /// [`CheckpointError::Metadata`] if it has none.
    pub fn metadata(&self, key: &str) -> Result<&str, CheckpointError> {
        let value = self.metadata.get(key).map(String::as_str);
        value.ok_or_else(|| self.metadata_mismatch(key, "something", "nothing"))
    }

    /// The metadata of a key as a number.
    ///
    /// # Errors
    /// [`CheckpointError::Metadata`] if it has none, or it is not a number of this type.
    pub fn number<T: FromStr>(&self, key: &str) -> Result<T, CheckpointError> {
        let value = self.metadata(key)?;
        value.parse().map_err(|_| self.metadata_mismatch(key, "a number", value))
    }

    /// Whether all tensors have been taken out.
    ///
    /// # Errors
    /// [`CheckpointError::Tensor`] for the first that nobody asked for.
    pub fn finish(&self) -> Result<(), CheckpointError> {
        match self.tensors.first_key_value() {
            None => Ok(()),
            Some((name, entry)) => {
                Err(self.wrong_tensor(name, "no such tensor".into(), entry.describe()))
            }
        }
    }

    /// The error for metadata that is not what was expected.
    #[must_use]
    pub fn metadata_mismatch(&self, key: &str, expected: &str, found: &str) -> CheckpointError {
        let [key, expected, found] = [key, expected, found].map(String::from);
        CheckpointError::Metadata { path: self.path.clone(), key, expected, found }
    }

    fn wrong_tensor(&self, name: &str, expected: String, found: String) -> CheckpointError {
        CheckpointError::Tensor { path: self.path.clone(), name: name.into(), expected, found }
    }
}
