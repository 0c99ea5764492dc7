//! The tape: a record of what was computed. [`crate::backward`] walks it backwards.

use crate::ops::{arithmetic, bce, bias, dense, matmul, mean};
use crate::{Buffers, ParamId, Params};
use ae_tensor::kernels::conv::{Conv2d, enlarged::EnlargedConv2d};
use ae_tensor::{Activation, Placement, Shape, Tensor};

/// A value on a [`Tape`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Var(pub(crate) usize);

/// How a value came about, with what the backward pass needs beyond the values themselves.
///
/// A closed list: to add an operation is to add a variant, and the compiler then names every place that has to
/// learn of it.
pub(crate) enum Op {
    /// Given from outside; nobody asks for its gradient.
    Input,
    Param(ParamId),
    MatMul {
        a: Var,
        b: Var,
    },
    AddBias {
        x: Var,
        b: Var,
    },
    Dense {
        x: Var,
        w: Var,
        b: Var,
        activation: Activation,
    },
    Conv2d {
        x: Var,
        kernel: Var,
        bias: Var,
        conv: Conv2d,
        activation: Activation,
    },
    UpSampleConv2d {
        x: Var,
        kernel: Var,
        bias: Var,
        conv: EnlargedConv2d,
        activation: Activation,
    },
    /// `winners` is which tap of its window each output is, kept by the forward pass.
    MaxPool2d {
        x: Var,
        placement: Placement,
        winners: Vec<f32>,
    },
    UpSample2d {
        x: Var,
        factor: [usize; 2],
    },
    Activate {
        x: Var,
        activation: Activation,
    },
    Add {
        a: Var,
        b: Var,
    },
    Sub {
        a: Var,
        b: Var,
    },
    Mul {
        a: Var,
        b: Var,
    },
    Reshape {
        x: Var,
    },
    Scale {
        x: Var,
        factor: f32,
    },
    Mean {
        x: Var,
    },
    L1 {
        x: Var,
        rows: usize,
    },
    GaussianMeans {
        x: Var,
        n: usize,
    },
    GaussianSample {
        x: Var,
        noise: Var,
        n: usize,
    },
    GaussianDivergence {
        x: Var,
        n: usize,
    },
    /// `gradient` is that of the mean by the logits, kept by the forward pass.
    Bce {
        logits: Var,
        gradient: Option<Vec<f32>>,
    },
}

pub(crate) enum Value<'p> {
    Borrowed(&'p Tensor),
    Owned(Tensor),
}

pub(crate) struct Node<'p> {
    pub(crate) op: Op,
    value: Value<'p>,
    /// Whether a parameter is among its ancestors: if not, its gradient is never computed.
    pub(crate) differentiable: bool,
}

/// Records a forward pass and differentiates it.
///
/// Every method computes at once and appends a node. A node can only refer to nodes before it, so the
/// order of creation is a topological order, and the backward pass is one loop over it from the end.
///
/// The tape borrows the parameters; while it lives they cannot change. [`Tape::backward`] consumes it.
/// Its memory comes from [`Buffers`] and goes back there.
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

    /// A value from outside: data, targets.
    pub fn input(&mut self, tensor: &'p Tensor) -> Var {
        self.push(Op::Input, Value::Borrowed(tensor), false)
    }

    /// A parameter. Asking twice for the same one is fine: its gradients add up.
    pub fn param(&mut self, id: ParamId) -> Var {
        self.push(Op::Param(id), Value::Borrowed(self.params.get(id)), true)
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

    /// Takes a value out of the tape, which ends with that.
    #[must_use]
    pub fn into_value(mut self, var: Var) -> Tensor {
        match &mut self.nodes[var.0].value {
            Value::Borrowed(tensor) => tensor.clone(),
            Value::Owned(tensor) => std::mem::replace(tensor, Tensor::zeros([0])),
        }
    }

    /// The product `a b`: `[m, k] x [k, n]` is `[m, n]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn matmul(&mut self, a: Var, b: Var) -> Var {
        let (m, k) = self.shape(a).matrix("matmul");
        let (k2, n) = self.shape(b).matrix("matmul");
        assert!(k == k2, "matmul: {} x {}", self.shape(a), self.shape(b));
        let mut y = self.buffers.take(m * n);
        matmul::forward(self.value(a).as_matrix(), self.value(b).as_matrix(), &mut y);
        self.computed(Op::MatMul { a, b }, Tensor::new([m, n], y), &[a, b])
    }

    /// `x + b`, the vector `b [n]` being added to each row of `x [m, n]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn add_bias(&mut self, x: Var, b: Var) -> Var {
        let (m, n) = self.shape(x).matrix("add_bias");
        assert!(
            self.shape(b).dims() == [n],
            "add_bias: {} to each row of {}",
            self.shape(b),
            self.shape(x)
        );
        let mut y = self.buffers.take(m * n);
        bias::forward(self.value(x).data(), self.value(b).data(), &mut y);
        self.computed(Op::AddBias { x, b }, Tensor::new([m, n], y), &[x, b])
    }

    /// A dense layer, `activation(x w + b)`: `[batch, in] x [in, out] + [out]` is `[batch, out]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn dense(&mut self, x: Var, w: Var, b: Var, activation: Activation) -> Var {
        let (batch, inputs) = self.shape(x).matrix("dense");
        let (w_inputs, outputs) = self.shape(w).matrix("dense");
        assert!(
            inputs == w_inputs && self.shape(b).dims() == [outputs],
            "dense: {} x {} + {}",
            self.shape(x),
            self.shape(w),
            self.shape(b)
        );
        let mut y = self.buffers.take(batch * outputs);
        let (x_value, w_value) = (self.value(x).as_matrix(), self.value(w).as_matrix());
        dense::forward(x_value, w_value, self.value(b).data(), activation, &mut y);
        let y = Tensor::new([batch, outputs], y);
        self.computed(Op::Dense { x, w, b, activation }, y, &[x, w, b])
    }

    /// An activation, element by element.
    pub fn activate(&mut self, x: Var, activation: Activation) -> Var {
        let shape = self.shape(x);
        let mut y = self.buffers.take(shape.len());
        ae_tensor::kernels::activation::activate(self.value(x).data(), &mut y, activation);
        self.computed(Op::Activate { x, activation }, Tensor::new(shape, y), &[x])
    }

    /// `max(x, 0)`.
    pub fn relu(&mut self, x: Var) -> Var {
        self.activate(x, Activation::Relu)
    }

    /// `1 / (1 + e^-x)`.
    pub fn sigmoid(&mut self, x: Var) -> Var {
        self.activate(x, Activation::Sigmoid)
    }

    /// `a + b` for equal shapes.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn add(&mut self, a: Var, b: Var) -> Var {
        self.elementwise("add", a, b, arithmetic::add, Op::Add { a, b })
    }

    /// `a - b` for equal shapes.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn sub(&mut self, a: Var, b: Var) -> Var {
        self.elementwise("sub", a, b, arithmetic::sub, Op::Sub { a, b })
    }

    /// `a * b`, element by element, for equal shapes.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn mul(&mut self, a: Var, b: Var) -> Var {
        self.elementwise("mul", a, b, arithmetic::mul, Op::Mul { a, b })
    }

    #[track_caller]
    fn elementwise(
        &mut self,
        name: &str,
        a: Var,
        b: Var,
        f: fn(&[f32], &[f32], &mut [f32]),
        op: Op,
    ) -> Var {
        let shape = self.shape(a);
        assert!(shape == self.shape(b), "{name}: {shape} and {}", self.shape(b));
        let mut y = self.buffers.take(shape.len());
        f(self.value(a).data(), self.value(b).data(), &mut y);
        self.computed(op, Tensor::new(shape, y), &[a, b])
    }

    /// The same elements under another shape.
    ///
    /// # Panics
    /// If the shapes differ in their number of elements.
    #[track_caller]
    pub fn reshape(&mut self, x: Var, shape: impl Into<Shape>) -> Var {
        let shape = shape.into();
        let from = self.shape(x);
        assert!(from.len() == shape.len(), "reshape: {from} cannot become {shape}");
        let mut y = self.buffers.take(shape.len());
        y.copy_from_slice(self.value(x).data());
        self.computed(Op::Reshape { x }, Tensor::new(shape, y), &[x])
    }

    /// The mean of all elements, a scalar.
    pub fn mean(&mut self, x: Var) -> Var {
        let mean = mean::forward(self.value(x).data());
        let mean = self.scalar(mean);
        self.computed(Op::Mean { x }, mean, &[x])
    }

    /// The mean binary cross-entropy of `sigmoid(logits)` and `targets` in [0, 1], a scalar.
    ///
    /// # Panics
    /// If the shapes differ, or if the targets depend on a parameter: no gradient by them is known here.
    #[track_caller]
    pub fn bce_with_logits(&mut self, logits: Var, targets: Var) -> Var {
        let shape = self.shape(logits);
        assert!(
            shape == self.shape(targets),
            "bce_with_logits: logits {shape}, targets {}",
            self.shape(targets)
        );
        assert!(!self.nodes[targets.0].differentiable, "bce_with_logits: targets are constants");
        let (loss, gradient) = if self.nodes[logits.0].differentiable {
            let mut dz = self.buffers.take(shape.len());
            let (z, t) = (self.value(logits).data(), self.value(targets).data());
            (bce::forward_with_gradient(z, t, &mut dz), Some(dz))
        } else {
            (bce::forward(self.value(logits).data(), self.value(targets).data()), None)
        };
        let loss = self.scalar(loss);
        self.computed(Op::Bce { logits, gradient }, loss, &[logits])
    }

    /// A tensor of rank 0, its memory from the buffers like any other's: what is given back must have been taken.
    pub(crate) fn scalar(&mut self, value: f32) -> Tensor {
        let mut data = self.buffers.take(1);
        data[0] = value;
        Tensor::new([], data)
    }

    fn push(&mut self, op: Op, value: Value<'p>, differentiable: bool) -> Var {
        self.nodes.push(Node { op, value, differentiable });
        Var(self.nodes.len() - 1)
    }

    pub(crate) fn computed(&mut self, op: Op, value: Tensor, inputs: &[Var]) -> Var {
        let differentiable = inputs.iter().any(|v| self.nodes[v.0].differentiable);
        self.push(op, Value::Owned(value), differentiable)
    }
}

/// The tape's memory goes back to where it came from, for the next one.
impl Drop for Tape<'_> {
    fn drop(&mut self) {
        for node in self.nodes.drain(..) {
            if let Value::Owned(tensor) = node.value {
                self.buffers.give(tensor.into_data());
            }
            match node.op {
                Op::Bce { gradient: Some(kept), .. } | Op::MaxPool2d { winners: kept, .. } => {
                    self.buffers.give(kept);
                }
                _ => {}
            }
        }
    }
}
