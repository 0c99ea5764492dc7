//! The weights, and their gradients.

use ae_tensor::{Shape, Tensor};

/// Names one tensor of a [`Params`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParamId(usize);

impl ParamId {
    /// Its place: ids count from 0 in the order in which parameters were added, so that state kept beside
    /// the parameters (an optimizer's) can be a plain vector.
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
    pub fn add(&mut self, name: impl Into<String>, tensor: Tensor) -> ParamId {
        let name = name.into();
        assert!(self.find(&name).is_none(), "Params: two parameters called {name}");
        self.names.push(name);
        self.tensors.push(tensor);
        ParamId(self.tensors.len() - 1)
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

/// The gradient of the loss by every parameter, allocated once and overwritten by each
/// [`Tape::backward`](crate::Tape::backward).
#[derive(Clone, Debug)]
pub struct Grads {
    tensors: Vec<Tensor>,
}

impl Grads {
    /// Zeros in the shapes of `params`.
    #[must_use]
    pub fn zeros_like(params: &Params) -> Self {
        Self { tensors: params.tensors.iter().map(|t| Tensor::zeros(t.shape())).collect() }
    }

    /// The gradient by one parameter, in its shape.
    #[must_use]
    pub fn get(&self, id: ParamId) -> &Tensor {
        &self.tensors[id.0]
    }

    /// Whether every gradient is a finite number.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.tensors.iter().all(Tensor::is_finite)
    }

    /// Makes every gradient zero: where a sum begins.
    pub fn set_zero(&mut self) {
        for sum in &mut self.tensors {
            sum.data_mut().fill(0.0);
        }
    }

    /// Adds `weight * other`, element by element. The gradient of a mean over a batch is the sum of those over its
    /// parts, each weighted with its share of the samples.
    ///
    /// # Panics
    /// If `other` was made for other parameters.
    pub fn add_weighted(&mut self, weight: f32, other: &Self) {
        let shapes = |grads: &Self| grads.tensors.iter().map(Tensor::shape).collect::<Vec<_>>();
        assert!(
            self.tensors.iter().map(Tensor::shape).eq(other.tensors.iter().map(Tensor::shape)),
            "add_weighted: gradients of shapes {:?} to those of shapes {:?}",
            shapes(other),
            shapes(self)
        );
        for (sum, part) in self.tensors.iter_mut().zip(&other.tensors) {
            for (sum, &part) in sum.data_mut().iter_mut().zip(part.data()) {
                *sum += weight * part;
            }
        }
    }

    pub(crate) fn get_mut(&mut self, id: ParamId) -> &mut Tensor {
        &mut self.tensors[id.0]
    }

    /// Whether there is one for each of these parameters, in its shape.
    #[must_use]
    pub fn fit(&self, params: &Params) -> bool {
        self.tensors.len() == params.tensors.len()
            && self.tensors.iter().zip(&params.tensors).all(|(g, p)| g.shape() == p.shape())
    }

    /// # Panics
    /// If these are not the gradients of parameters of these shapes.
    pub(crate) fn check_shapes(&self, params: &Params) {
        let shapes = |tensors: &[Tensor]| tensors.iter().map(Tensor::shape).collect::<Vec<Shape>>();
        assert!(
            self.fit(params),
            "backward: gradients of shapes {:?} for parameters of shapes {:?}",
            shapes(&self.tensors),
            shapes(&params.tensors)
        );
    }
}

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

    fn grads(values: [f32; 3]) -> Grads {
        let [a, b, c] = values;
        Grads { tensors: vec![Tensor::new([2], vec![a, b]), Tensor::scalar(c)] }
    }

    #[test]
    fn weighted_sums_begin_at_zero() {
        let mut sum = grads([9.0; 3]);
        sum.set_zero();
        sum.add_weighted(0.25, &grads([1.0, 2.0, 4.0]));
        sum.add_weighted(0.75, &grads([1.0, -2.0, 8.0]));
        assert_eq!(sum.tensors[0].data(), [1.0, -1.0]);
        assert_eq!(sum.tensors[1].item(), 7.0);
    }

    #[test]
    #[should_panic(
        expected = "add_weighted: gradients of shapes [(1,)] to those of shapes [(2,), ()]"
    )]
    fn a_sum_wants_the_same_parameters() {
        grads([0.0; 3]).add_weighted(1.0, &Grads { tensors: vec![Tensor::zeros([1])] });
    }

    #[test]
    #[should_panic(expected = "two parameters called w")]
    fn names_are_unique() {
        let mut params = Params::new();
        params.add("w", Tensor::zeros([1]));
        params.add("w", Tensor::zeros([1]));
    }
}
