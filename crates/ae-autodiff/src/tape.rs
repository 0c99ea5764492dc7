//! The tape: a record of what was computed. [`crate::BackwardPass`] walks it backwards.

use crate::{Backward, Buffers, ParamId, Params};
use ae_tensor::{Shape, Tensor};

/// A value on a [`Tape`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Var(pub(crate) usize);

/// How a value was computed.
pub(crate) enum Origin {
    /// An input, or a value computed only from inputs: its gradient is never needed.
    Constant,
    Param(ParamId),
    Computed(Box<dyn Backward>),
}

enum Value<'p> {
    Borrowed(&'p Tensor),
    Owned(Tensor),
}

pub(crate) struct Node<'p> {
    pub(crate) origin: Origin,
    value: Value<'p>,
    /// Whether the value depends on a parameter. If it does not, its gradient is never computed.
    requires_gradient: bool,
}

/// Records a forward pass and differentiates it.
///
/// Every method computes at once and appends a node. A node can only refer to nodes before it, so
/// the order of creation is a topological order, and the backward pass is one loop over it from the
/// end.
///
/// The tape borrows the parameters; while it lives they cannot change. [`Tape::backward`] consumes
/// it. Its memory is taken from [`Buffers`] and returned there.
pub struct Tape<'p> {
    pub(crate) params: &'p Params,
    pub(crate) buffers: &'p mut Buffers,
    pub(crate) nodes: Vec<Node<'p>>,
}

impl<'p> Tape<'p> {
    /// An empty tape.
    #[must_use]
    pub fn new(params: &'p Params, buffers: &'p mut Buffers) -> Self {
        Self { params, buffers, nodes: Vec::new() }
    }

    /// Records an input that outlives the tape, such as data or targets.
    pub fn input(&mut self, tensor: &'p Tensor) -> Var {
        self.push(Origin::Constant, Value::Borrowed(tensor), false)
    }

    /// Records an input that the tape owns; it may be created after the tape. Its memory is
    /// returned with the tape's if it came from [`Tape::buffer`], and freed otherwise.
    ///
    /// ```
    /// # use ae_autodiff::{Buffers, Params, Tape};
    /// # use ae_tensor::Tensor;
    /// # let (params, mut buffers) = (Params::new(), Buffers::new());
    /// let mut tape = Tape::new(&params, &mut buffers);
    /// let two = tape.constant(Tensor::scalar(2.0));
    /// let four = tape.mul(two, two);
    /// assert_eq!(tape.value(four).item(), 4.0);
    /// ```
    pub fn constant(&mut self, tensor: Tensor) -> Var {
        self.push(Origin::Constant, Value::Owned(tensor), false)
    }

    /// Records a parameter. The same parameter may be recorded twice: its gradients add up.
    pub fn param(&mut self, id: ParamId) -> Var {
        self.push(Origin::Param(id), Value::Borrowed(self.params.get(id)), true)
    }

    /// Appends the `value` of an operation on `inputs`, and the operation's record `op` for the
    /// backward pass. Every operation is recorded here, in this crate and in others: see the
    /// example of [`Backward`].
    ///
    /// `inputs` are all values to whose gradients `op` may contribute. If none of them depends on a
    /// parameter, `op` is released at once. The memory of `value` should come from
    /// [`Tape::buffer`]; other memory is freed when the tape is dropped.
    pub fn custom(
        &mut self,
        inputs: &[Var],
        value: Tensor,
        mut op: impl Backward + 'static,
    ) -> Var {
        let requires_gradient = inputs.iter().any(|&input| self.requires_gradient(input));
        let origin = if requires_gradient {
            Origin::Computed(Box::new(op))
        } else {
            op.release(self.buffers);
            Origin::Constant
        };
        self.push(origin, Value::Owned(value), requires_gradient)
    }

    /// The tensor of a value.
    #[must_use]
    pub fn value(&self, var: Var) -> &Tensor {
        match &self.nodes[var.0].value {
            Value::Borrowed(tensor) => tensor,
            Value::Owned(tensor) => tensor,
        }
    }

    /// The shape of a value.
    #[must_use]
    pub fn shape(&self, var: Var) -> Shape {
        self.value(var).shape()
    }

    /// Whether the value depends on a parameter, so that a backward pass may need its gradient.
    #[must_use]
    pub fn requires_gradient(&self, var: Var) -> bool {
        self.nodes[var.0].requires_gradient
    }

    /// A vector of `len` elements of arbitrary value from the tape's [`Buffers`]: memory for the
    /// value of an operation, or for the data that its record keeps.
    #[must_use]
    pub fn buffer(&mut self, len: usize) -> Vec<f32> {
        self.buffers.take(len)
    }

    /// Takes a value out of the tape and drops the tape.
    #[must_use]
    pub fn into_value(mut self, var: Var) -> Tensor {
        match &mut self.nodes[var.0].value {
            Value::Borrowed(tensor) => tensor.clone(),
            Value::Owned(tensor) => std::mem::replace(tensor, Tensor::zeros([0])),
        }
    }

    /// A tensor of rank 0 in the tape's memory.
    pub(crate) fn scalar(&mut self, value: f32) -> Tensor {
        let mut data = self.buffer(1);
        data[0] = value;
        Tensor::new([], data)
    }

    fn push(&mut self, origin: Origin, value: Value<'p>, requires_gradient: bool) -> Var {
        self.nodes.push(Node { origin, value, requires_gradient });
        Var(self.nodes.len() - 1)
    }
}

/// Returns the tape's memory to the [`Buffers`] for the next tape.
impl Drop for Tape<'_> {
    fn drop(&mut self) {
        for node in self.nodes.drain(..) {
            if let Value::Owned(tensor) = node.value {
                self.buffers.give(tensor.into_data());
            }
            if let Origin::Computed(mut op) = node.origin {
                op.release(self.buffers);
            }
        }
        self.buffers.forget_lent();
    }
}
