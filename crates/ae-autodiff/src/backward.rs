//! The backward pass: the chain rule, applied from the loss to the parameters.
//!
//! If `y` was computed from `x`, and `dy` is the gradient of the loss by `y`, then `x` receives
//! `dy * dy/dx`; if several values were computed from `x`, their contributions add up. Every node comes after
//! its inputs, so walking the nodes from the last to the first meets each only when all its
//! contributions are in (S. Linnainmaa, 1970; A. Griewank and A. Walther, "Evaluating Derivatives", 2nd ed.
//! 2008, chapter 3).

use crate::ops::{
    arithmetic, bce, bias, conv2d, dense, gaussian, l1, matmul, max_pool2d, mean, scale,
    up_sample_conv2d, up_sample2d,
};
use crate::tape::{Op, Tape, Var};
use crate::{Grads, ParamId};
use ae_tensor::kernels::gemm::MatRef;

/// The gradients on their way.
struct Flow<'g> {
    /// By each node's value; none where nothing has arrived yet, or where it has been handed on.
    of_node: Vec<Option<Vec<f32>>>,
    of_param: &'g mut Grads,
    /// Whether something has arrived at a parameter in this pass: the first arrival overwrites.
    reached: Vec<bool>,
}

impl Tape<'_> {
    /// Writes the gradient of `loss` by every parameter to `grads`; zero where the loss does not depend
    /// on it.
    ///
    /// # Panics
    /// If `loss` has more than one element, or `grads` was made for other parameters.
    #[track_caller]
    pub fn backward(mut self, loss: Var, grads: &mut Grads) {
        assert!(
            self.shape(loss).len() == 1,
            "backward: the loss has shape {}, a scalar is wanted",
            self.shape(loss)
        );
        grads.check_shapes(self.params);
        let mut flow = Flow {
            of_node: self.nodes.iter().map(|_| None).collect(),
            of_param: grads,
            reached: vec![false; self.params.len()],
        };
        if self.nodes[loss.0].differentiable {
            self.send(loss, &mut flow, |_, dy| dy.fill(1.0));
        }
        for i in (0..self.nodes.len()).rev() {
            if let Some(dy) = flow.of_node[i].take() {
                self.hand_on(i, dy, &mut flow);
            }
        }
        let Flow { of_param, reached, .. } = flow;
        for (id, _) in self.params.ids().zip(reached).filter(|(_, reached)| !reached) {
            of_param.get_mut(id).data_mut().fill(0.0);
        }
    }

    /// Hands `dy`, the whole gradient by node `i`, on to the node's inputs.
    fn hand_on(&mut self, i: usize, mut dy: Vec<f32>, flow: &mut Flow<'_>) {
        let y = Var(i);
        // Each node is visited once: its op can be taken apart.
        match std::mem::replace(&mut self.nodes[i].op, Op::Input) {
            Op::Input | Op::Param(_) => {}
            Op::MatMul { a, b } => {
                let dy = self.matrix_like(y, &dy);
                self.send(a, flow, |tape, da| matmul::backward_a(dy, tape.matrix(b), da));
                self.send(b, flow, |tape, db| matmul::backward_b(tape.matrix(a), dy, db));
            }
            Op::AddBias { x, b } => {
                self.send(b, flow, |_, db| bias::backward_bias(&dy, db));
                self.send(x, flow, |_, dx| dx.copy_from_slice(&dy));
            }
            Op::Dense { x, w, b, activation } => {
                dense::backward_activation(self.value(y).data(), activation, &mut dy);
                let dz = self.matrix_like(y, &dy);
                self.send(w, flow, |tape, dw| matmul::backward_b(tape.matrix(x), dz, dw));
                self.send(b, flow, |_, db| bias::backward_bias(&dy, db));
                self.send(x, flow, |tape, dx| matmul::backward_a(dz, tape.matrix(w), dx));
            }
            Op::Conv2d { x, kernel, bias, conv, activation } => {
                dense::backward_activation(self.value(y).data(), activation, &mut dy);
                let dz = &dy;
                self.send(kernel, flow, |tape, dk| {
                    conv2d::backward_kernel(&conv, tape.value(x).data(), dz, dk);
                });
                self.send(bias, flow, |_, db| bias::backward_bias(dz, db));
                self.send(x, flow, |tape, dx| {
                    conv2d::backward_input(&conv, dz, tape.value(kernel).data(), dx);
                });
            }
            Op::UpSampleConv2d { x, kernel, bias, conv, activation } => {
                dense::backward_activation(self.value(y).data(), activation, &mut dy);
                let dz = &dy;
                self.send(kernel, flow, |tape, dk| {
                    up_sample_conv2d::backward_kernel(&conv, tape.value(x).data(), dz, dk);
                });
                self.send(bias, flow, |_, db| bias::backward_bias(dz, db));
                self.send(x, flow, |tape, dx| {
                    up_sample_conv2d::backward_input(&conv, dz, tape.value(kernel).data(), dx);
                });
            }
            Op::MaxPool2d { x, placement, winners } => {
                let (_, _, channels) = self.shape(x).images("backward");
                self.send(x, flow, |_, dx| {
                    max_pool2d::backward(&placement, channels, &winners, &dy, dx);
                });
                self.buffers.give(winners);
            }
            Op::UpSample2d { x, factor } => {
                let (_, image, channels) = self.shape(x).images("backward");
                self.send(x, flow, |_, dx| {
                    up_sample2d::backward(image, channels, factor, &dy, dx);
                });
            }
            Op::Activate { x, activation } => {
                activation.backward(self.value(y).data(), &mut dy);
                self.send(x, flow, |_, dx| dx.copy_from_slice(&dy));
            }
            Op::Add { a, b } => {
                self.send(a, flow, |_, da| da.copy_from_slice(&dy));
                self.send(b, flow, |_, db| db.copy_from_slice(&dy));
            }
            Op::Sub { a, b } => {
                self.send(a, flow, |_, da| da.copy_from_slice(&dy));
                self.send(b, flow, |_, db| arithmetic::neg(&dy, db));
            }
            Op::Mul { a, b } => {
                self.send(a, flow, |tape, da| arithmetic::mul(&dy, tape.value(b).data(), da));
                self.send(b, flow, |tape, db| arithmetic::mul(&dy, tape.value(a).data(), db));
            }
            Op::Reshape { x } => self.send(x, flow, |_, dx| dx.copy_from_slice(&dy)),
            Op::Scale { x, factor } => self.send(x, flow, |_, dx| scale::scale(factor, &dy, dx)),
            Op::L1 { x, rows } => self.send(x, flow, |tape, dx| {
                l1::backward(dy[0], tape.value(x).data(), rows, dx);
            }),
            Op::GaussianMeans { x, n } => {
                self.send(x, flow, |_, dx| gaussian::backward_means(&dy, n, dx));
            }
            Op::GaussianSample { x, noise, n } => self.send(x, flow, |tape, dx| {
                let (x, noise) = (tape.value(x).data(), tape.value(noise).data());
                gaussian::backward_sample(x, noise, n, &dy, dx);
            }),
            Op::GaussianDivergence { x, n } => self.send(x, flow, |tape, dx| {
                gaussian::backward_divergence(dy[0], tape.value(x).data(), n, dx);
            }),
            Op::Mean { x } => self.send(x, flow, |_, dx| mean::backward(dy[0], dx)),
            Op::Bce { logits, gradient } => {
                if let Some(mut dz) = gradient {
                    bce::backward(dy[0], &mut dz);
                    self.send_buffer(logits, flow, dz);
                }
            }
        }
        self.buffers.give(dy);
    }

    /// Adds to the gradient by `to` what `write` writes, which must fill the slice; does nothing, and calls
    /// nothing, if no parameter is behind `to`.
    fn send(&mut self, to: Var, flow: &mut Flow<'_>, write: impl FnOnce(&Self, &mut [f32])) {
        let node = &self.nodes[to.0];
        if !node.differentiable {
            return;
        }
        if let Op::Param(id) = node.op
            && !std::mem::replace(&mut flow.reached[id.index()], true)
        {
            // The usual case: a parameter's only use. No buffer in between.
            write(self, flow.of_param.get_mut(id).data_mut());
            return;
        }
        let mut gradient = self.buffers.take(self.shape(to).len());
        write(self, &mut gradient);
        self.send_buffer(to, flow, gradient);
    }

    /// [`Tape::send`] of a gradient that already has a buffer of its own.
    fn send_buffer(&mut self, to: Var, flow: &mut Flow<'_>, gradient: Vec<f32>) {
        if let Op::Param(id) = self.nodes[to.0].op {
            let first = !std::mem::replace(&mut flow.reached[id.index()], true);
            add_to_param(flow.of_param, id, first, &gradient);
            self.buffers.give(gradient);
        } else if let Some(sum) = &mut flow.of_node[to.0] {
            sum.iter_mut().zip(&gradient).for_each(|(sum, g)| *sum += g);
            self.buffers.give(gradient);
        } else {
            flow.of_node[to.0] = Some(gradient);
        }
    }

    fn matrix(&self, var: Var) -> MatRef<'_> {
        self.value(var).as_matrix()
    }

    /// `data` as a matrix of the shape that `var` has.
    fn matrix_like<'d>(&self, var: Var, data: &'d [f32]) -> MatRef<'d> {
        let (rows, cols) = self.shape(var).matrix("backward");
        MatRef::new(data, rows, cols)
    }
}

fn add_to_param(grads: &mut Grads, id: ParamId, first: bool, gradient: &[f32]) {
    let sum = grads.get_mut(id).data_mut();
    if first {
        sum.copy_from_slice(gradient);
    } else {
        sum.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += g);
    }
}

#[cfg(test)]
mod tests;
