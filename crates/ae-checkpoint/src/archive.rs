//! The content of a file, in memory.

use crate::CheckpointError;
use ae_tensor::{Shape, Tensor};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Named tensors and metadata (text by key). What is read from a file is taken out tensor by
/// tensor, and each is compared with what is expected; [`Archive::finish`] then checks that nothing
/// is left over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Archive {
    /// The file it was read from.
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
    /// Creates an archive without tensors and metadata.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The file it was read from; empty if it was not read from a file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a tensor under a name such as `dense_1/kernel`.
    ///
    /// # Panics
    /// If a tensor of this name exists, or the name is `__metadata__`, which the layout reserves.
    pub fn put(&mut self, name: impl Into<String>, tensor: &Tensor) {
        let dims = tensor.shape().dims().to_vec();
        self.add(name.into(), Entry { dims, values: Values::F32(tensor.data().to_vec()) });
    }

    /// Adds a list of numbers that must be read back exactly.
    ///
    /// # Panics
    /// As for [`Archive::put`].
    pub fn put_f64(&mut self, name: impl Into<String>, values: &[f64]) {
        let values = values.to_vec();
        self.add(name.into(), Entry { dims: vec![values.len()], values: Values::F64(values) });
    }

    fn add(&mut self, name: String, entry: Entry) {
        assert!(name != "__metadata__", "Archive: __metadata__ cannot be the name of a tensor");
        assert!(!self.tensors.contains_key(&name), "Archive: two tensors called {name}");
        self.tensors.insert(name, entry);
    }

    /// Sets the metadata of a key. Integers are stored as decimal digits.
    ///
    /// # Panics
    /// If the key already has metadata, or is reserved: `sha256` and `format`.
    pub fn set_metadata(&mut self, key: impl Into<String>, value: impl ToString) {
        let key = key.into();
        assert!(key != "sha256" && key != "format", "Archive: {key} is reserved");
        let taken = self.metadata.insert(key.clone(), value.to_string());
        assert!(taken.is_none(), "Archive: the metadata of {key} is set twice");
    }

    /// Returns whether a tensor of this name exists.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Takes out an f32 tensor of this shape.
    ///
    /// # Errors
    /// [`CheckpointError::Tensor`] if no tensor has this name, or its type or shape differs.
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

    /// Takes out a list of f64, of this length if one is given.
    ///
    /// # Errors
    /// [`CheckpointError::Tensor`] if no tensor has this name, or its type or length differs.
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

    /// Returns the metadata of a key.
    ///
    /// # Errors
    /// [`CheckpointError::Metadata`] if the key is missing.
    pub fn metadata(&self, key: &str) -> Result<&str, CheckpointError> {
        let value = self.metadata.get(key).map(String::as_str);
        value.ok_or_else(|| self.metadata_mismatch(key, "a value", "none"))
    }

    /// Returns the metadata of a key, parsed as a number.
    ///
    /// # Errors
    /// [`CheckpointError::Metadata`] if the key is missing, or its value is not a number of this
    /// type.
    pub fn number<T: FromStr>(&self, key: &str) -> Result<T, CheckpointError> {
        let value = self.metadata(key)?;
        value.parse().map_err(|_| self.metadata_mismatch(key, "a number", value))
    }

    /// Checks that all tensors have been taken out.
    ///
    /// # Errors
    /// [`CheckpointError::Tensor`] for the first tensor that is left over.
    pub fn finish(&self) -> Result<(), CheckpointError> {
        match self.tensors.first_key_value() {
            None => Ok(()),
            Some((name, entry)) => {
                Err(self.wrong_tensor(name, "no tensor of this name".into(), entry.describe()))
            }
        }
    }

    /// Builds the error for metadata that differs from what was expected.
    #[must_use]
    pub fn metadata_mismatch(&self, key: &str, expected: &str, found: &str) -> CheckpointError {
        let [key, expected, found] = [key, expected, found].map(String::from);
        CheckpointError::Metadata { path: self.path.clone(), key, expected, found }
    }

    fn wrong_tensor(&self, name: &str, expected: String, found: String) -> CheckpointError {
        CheckpointError::Tensor { path: self.path.clone(), name: name.into(), expected, found }
    }
}
