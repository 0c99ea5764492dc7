//! The weights.

use ae_tensor::Tensor;
use std::fmt;

/// Names one tensor of a [`Params`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParamId(pub(crate) usize);

impl ParamId {
    /// The index of the parameter: ids count from 0 in the order in which parameters were added, so
    /// that other state per parameter (an optimizer's) can be a plain vector.
    #[must_use]
    pub fn index(self) -> usize {
        self.0
    }
}

/// Every weight of a model, owned in one place: a list of named tensors.
///
/// Layers hold [`ParamId`]s. Two models that hold the same ids share the weights.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params {
    names: Vec<String>,
    tensors: Vec<Tensor>,
}

impl Params {
    /// No parameters yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tensor under a name such as `dense_1/kernel`.
    ///
    /// # Panics
    /// If the name is taken.
    #[track_caller]
    pub fn add(&mut self, name: impl Into<String>, tensor: Tensor) -> ParamId {
        self.try_add(name, tensor).unwrap_or_else(|error| panic!("{error}"))
    }

    /// [`Params::add`] for names that come from outside.
    ///
    /// # Errors
    /// If the name is taken.
    pub fn try_add(
        &mut self,
        name: impl Into<String>,
        tensor: Tensor,
    ) -> Result<ParamId, NameTaken> {
        let name = name.into();
        if self.contains(&name) {
            return Err(NameTaken { name });
        }
        self.names.push(name);
        self.tensors.push(tensor);
        Ok(ParamId(self.tensors.len() - 1))
    }

    /// Whether there is a parameter of this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The tensor of an id that this `Params` gave out.
    #[must_use]
    pub fn get(&self, id: ParamId) -> &Tensor {
        &self.tensors[id.0]
    }

    /// The tensor, to be changed in place.
    #[must_use]
    pub fn get_mut(&mut self, id: ParamId) -> &mut Tensor {
        &mut self.tensors[id.0]
    }

    /// The tensors of all parameters, in the order in which they were added.
    pub(crate) fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The tensors of all parameters, in the order in which they were added, to be changed in
    /// place.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (ParamId, &mut Tensor)> {
        self.tensors.iter_mut().enumerate().map(|(i, tensor)| (ParamId(i), tensor))
    }

    /// The name it was added under.
    #[must_use]
    pub fn name(&self, id: ParamId) -> &str {
        &self.names[id.0]
    }

    /// The id of the parameter of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<ParamId> {
        self.names.iter().position(|n| n == name).map(ParamId)
    }

    /// All ids, in the order in which they were added.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = ParamId> + use<> {
        (0..self.tensors.len()).map(ParamId)
    }

    /// How many tensors there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tensors.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// How many numbers all tensors hold together: Keras's "Total params".
    #[must_use]
    pub fn element_count(&self) -> usize {
        self.tensors.iter().map(Tensor::len).sum()
    }
}

/// Two parameters would have the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NameTaken {
    /// The name.
    pub name: String,
}

impl fmt::Display for NameTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Params: two parameters called {}", self.name)
    }
}

impl std::error::Error for NameTaken {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_count_in_order_and_names_are_found() {
        let mut params = Params::new();
        let kernel = params.add("dense_1/kernel", Tensor::zeros([3, 2]));
        let bias = params.add("dense_1/bias", Tensor::zeros([2]));
        assert_eq!((kernel.index(), bias.index(), params.element_count()), (0, 1, 8));
        assert_eq!(params.find("dense_1/bias"), Some(bias));
        assert_eq!(params.name(kernel), "dense_1/kernel");
        assert_eq!(params.find("dense_2/bias"), None);
    }

    #[test]
    fn all_parameters_can_be_changed_in_their_order() {
        let mut params = Params::new();
        let (a, b) = (params.add("a", Tensor::scalar(1.0)), params.add("b", Tensor::scalar(2.0)));
        for (id, tensor) in params.iter_mut() {
            tensor.data_mut()[0] += 10.0 * id.index() as f32;
        }
        assert_eq!([params.get(a).item(), params.get(b).item()], [1.0, 12.0]);
    }

    #[test]
    fn a_taken_name_can_be_asked_for() {
        let mut params = Params::new();
        params.add("w", Tensor::zeros([1]));
        assert!(params.contains("w") && !params.contains("b"));
        let error = params.try_add("w", Tensor::zeros([2])).unwrap_err();
        assert_eq!(error.to_string(), "Params: two parameters called w");
        assert_eq!((params.len(), error.name.as_str()), (1, "w"));
    }

    #[test]
    #[should_panic(expected = "two parameters called w")]
    fn names_are_unique() {
        let mut params = Params::new();
        params.add("w", Tensor::zeros([1]));
        params.add("w", Tensor::zeros([1]));
    }
}
