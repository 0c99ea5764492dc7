//! The weights, and their gradients.

use ae_tensor::kernels::sum::sum_of_squares;
use ae_tensor::{Shape, Tensor};
use std::fmt;

/// Names one tensor of a [`Params`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParamId(usize);

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

    /// The gradient by one parameter, to be changed in place before the optimizer sees it.
    #[must_use]
    pub fn get_mut(&mut self, id: ParamId) -> &mut Tensor {
        &mut self.tensors[id.0]
    }

    /// The gradients of all parameters, in the order in which the parameters were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (ParamId, &Tensor)> {
        self.tensors.iter().enumerate().map(|(i, tensor)| (ParamId(i), tensor))
    }

    /// The same, to be changed in place.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (ParamId, &mut Tensor)> {
        self.tensors.iter_mut().enumerate().map(|(i, tensor)| (ParamId(i), tensor))
    }

    /// The Euclidean norm of all gradients taken as one vector, `sqrt(sum g^2)`, accumulated in f64
    /// in a fixed order.
    #[must_use]
    pub fn global_norm(&self) -> f64 {
        self.tensors.iter().map(|g| sum_of_squares(g.data())).sum::<f64>().sqrt()
    }

    /// Scales all gradients by `max / norm` if their [`Grads::global_norm`] is above `max`, and
    /// returns the norm before scaling (R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of
    /// training recurrent neural networks", 2013, section 3.2). The direction does not change. This
    /// is the `global_clipnorm` of Keras and the `clip_grad_norm_` of PyTorch.
    ///
    /// A norm that is NaN or infinite changes nothing, so that [`Grads::is_finite`] still sees it.
    ///
    /// # Panics
    /// If `max` is not positive.
    #[track_caller]
    pub fn clip_to_norm(&mut self, max: f64) -> f64 {
        assert!(max > 0.0, "clip_to_norm: a norm of at most {max}");
        let norm = self.global_norm();
        if norm > max && norm.is_finite() {
            let factor = (max / norm) as f32;
            for gradient in &mut self.tensors {
                gradient.data_mut().iter_mut().for_each(|g| *g *= factor);
            }
        }
        norm
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

    /// Adds `weight * other`, element by element. The gradient of a mean over a batch is the sum of
    /// those over its parts, each weighted with its share of the samples.
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

    /// Whether there is one for each of these parameters, in its shape.
    #[must_use]
    pub fn matches(&self, params: &Params) -> bool {
        self.tensors.len() == params.tensors.len()
            && self.tensors.iter().zip(&params.tensors).all(|(g, p)| g.shape() == p.shape())
    }

    /// # Panics
    /// If these are not the gradients of parameters of these shapes.
    pub(crate) fn check_shapes(&self, params: &Params) {
        let shapes = |tensors: &[Tensor]| tensors.iter().map(Tensor::shape).collect::<Vec<Shape>>();
        assert!(
            self.matches(params),
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
    fn clipping_keeps_the_direction() {
        let mut clipped = grads([2.0, -3.0, 6.0]);
        assert_eq!((clipped.global_norm(), clipped.clip_to_norm(7.0)), (7.0, 7.0));
        assert_eq!(clipped.tensors[1].item(), 6.0, "a norm of just max is not clipped");
        assert_eq!(clipped.clip_to_norm(3.5), 7.0);
        assert_eq!(clipped.tensors[0].data(), [1.0, -1.5]);
        assert_eq!(clipped.tensors[1].item(), 3.0);
        assert_eq!(clipped.clip_to_norm(f64::INFINITY), 3.5);
    }

    #[test]
    fn clipping_does_not_hide_a_broken_gradient() {
        for broken in [f32::NAN, f32::INFINITY] {
            let mut clipped = grads([1.0, broken, 2.0]);
            assert!(!clipped.clip_to_norm(1.0).is_finite());
            assert!(!clipped.is_finite());
            assert_eq!(clipped.tensors[1].item(), 2.0);
        }
        // Squares of f32 numbers do not overflow in f64.
        let mut large = grads([f32::MAX, 0.0, 0.0]);
        assert_eq!(large.clip_to_norm(1.0), f64::from(f32::MAX));
        assert!((large.global_norm() - 1.0).abs() < 1e-6);
    }

    #[test]
    #[should_panic(expected = "clip_to_norm: a norm of at most NaN")]
    fn clipping_wants_a_norm() {
        let _ = grads([1.0; 3]).clip_to_norm(f64::NAN);
    }

    #[test]
    fn gradients_are_read_and_changed_by_id() {
        let mut all = grads([1.0, 2.0, 3.0]);
        for (id, gradient) in all.iter_mut() {
            gradient.data_mut().iter_mut().for_each(|g| *g += 10.0 * id.index() as f32);
        }
        let first: Vec<(usize, f32)> =
            all.iter().map(|(id, g)| (id.index(), g.data()[0])).collect();
        assert_eq!(first, [(0, 1.0), (1, 13.0)]);
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
