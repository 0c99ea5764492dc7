//! The backward pass: the chain rule, applied from the loss to the parameters.
//!
//! If `y` was computed from `x`, and `dy` is the gradient of the loss by `y`, then `x` receives
//! `dy * dy/dx`; if several values were computed from `x`, their contributions add up. Every node
//! comes after its inputs, so a walk from the last node to the first visits each node when all its
//! contributions have been added (S. Linnainmaa, 1970; A. Griewank and A. Walther, "Evaluating
//! Derivatives", 2nd ed. 2008, chapter 3).

use crate::tape::Origin;
use crate::{Grads, ParamId, Tape, Var};

impl Tape<'_> {
    /// Writes the gradient of `loss` by every parameter to `grads`; it is zero where the loss does
    /// not depend on the parameter.
    ///
    /// # Panics
    /// If `loss` has more than one element, or `grads` was made for other parameters.
    #[track_caller]
    pub fn backward(self, loss: Var, grads: &mut Grads) {
        assert!(
            self.shape(loss).len() == 1,
            "backward: the loss has shape {}, a scalar is wanted",
            self.shape(loss)
        );
        grads.check_shapes(self.params);
        let mut pass = BackwardPass::new(self, grads);
        pass.accumulate(loss, |_, dy| dy.fill(1.0));
        for node in (0..=loss.0).rev() {
            pass.visit(Var(node));
        }
        pass.finish();
    }
}

/// A backward pass, as an operation's [`Backward`](crate::Backward) rule sees it: the rule reads
/// values from it and adds gradients to it.
pub struct BackwardPass<'a> {
    tape: Tape<'a>,
    /// The gradient by each node's value; `None` before the first contribution and after the visit.
    by_node: Vec<Option<Vec<f32>>>,
    by_param: &'a mut Grads,
    /// Whether a parameter has received a contribution in this pass. The first one overwrites.
    reached: Vec<bool>,
    /// The output of the operation that is being differentiated.
    output: Var,
}

impl<'a> BackwardPass<'a> {
    fn new(tape: Tape<'a>, by_param: &'a mut Grads) -> Self {
        let nodes = tape.nodes.len();
        let reached = vec![false; tape.params.len()];
        Self { tape, by_node: vec![None; nodes], by_param, reached, output: Var(nodes) }
    }

    /// The output of the operation. [`Tape::value`] returns its value.
    #[must_use]
    pub fn output(&self) -> Var {
        self.output
    }

    /// The tape with all its values.
    #[must_use]
    pub fn tape(&self) -> &Tape<'a> {
        &self.tape
    }

    /// A vector of `len` elements of arbitrary value, from the tape's [`Buffers`](crate::Buffers);
    /// for [`BackwardPass::accumulate_buffer`], or to be returned by [`BackwardPass::give`].
    #[must_use]
    pub fn buffer(&mut self, len: usize) -> Vec<f32> {
        self.tape.buffer(len)
    }

    /// Returns a vector that came from [`BackwardPass::buffer`].
    pub fn give(&mut self, buffer: Vec<f32>) {
        self.tape.buffers.give(buffer);
    }

    /// Adds the contribution that `write` computes to the gradient by `to`, an input of the
    /// operation. The slice has as many elements as the value of `to`; `write` must fill all of it.
    /// If `to` does not depend on a parameter, `write` is not called and nothing changes.
    ///
    /// # Panics
    /// If `to` does not come before the operation's output.
    #[track_caller]
    pub fn accumulate(&mut self, to: Var, write: impl FnOnce(&Tape<'a>, &mut [f32])) {
        if !self.wants(to) {
            return;
        }
        if let Origin::Param(id) = self.tape.nodes[to.0].origin
            && !std::mem::replace(&mut self.reached[id.index()], true)
        {
            // The usual case, a parameter that is used once, needs no intermediate buffer.
            write(&self.tape, self.by_param.get_mut(id).data_mut());
            return;
        }
        let mut gradient = self.tape.buffer(self.tape.shape(to).len());
        write(&self.tape, &mut gradient);
        self.add(to, gradient);
    }

    /// Adds a gradient that is already in a buffer, as [`BackwardPass::accumulate`] does, and
    /// returns the buffer.
    ///
    /// # Panics
    /// If the gradient does not have as many elements as `to`, or `to` does not come before the
    /// operation's output.
    #[track_caller]
    pub fn accumulate_buffer(&mut self, to: Var, gradient: Vec<f32>) {
        assert!(
            gradient.len() == self.tape.shape(to).len(),
            "accumulate_buffer: {} elements for a value of shape {}",
            gradient.len(),
            self.tape.shape(to)
        );
        if self.wants(to) {
            self.add(to, gradient);
        } else {
            self.give(gradient);
        }
    }

    /// Whether the gradient by `to` is needed.
    #[track_caller]
    fn wants(&self, to: Var) -> bool {
        assert!(to.0 < self.output.0, "accumulate: an input comes after the operation's output");
        self.tape.requires_gradient(to)
    }

    fn add(&mut self, to: Var, gradient: Vec<f32>) {
        if let Origin::Param(id) = self.tape.nodes[to.0].origin {
            let first = !std::mem::replace(&mut self.reached[id.index()], true);
            add_to_param(self.by_param, id, first, &gradient);
            self.give(gradient);
        } else if let Some(sum) = &mut self.by_node[to.0] {
            sum.iter_mut().zip(&gradient).for_each(|(sum, g)| *sum += g);
            self.give(gradient);
        } else {
            self.by_node[to.0] = Some(gradient);
        }
    }

    /// Runs the backward rule of the operation that made a node. The node's gradient is complete.
    fn visit(&mut self, node: Var) {
        let Some(mut dy) = self.by_node[node.0].take() else { return };
        // Each node is visited once: its record can be taken out.
        let origin = std::mem::replace(&mut self.tape.nodes[node.0].origin, Origin::Constant);
        if let Origin::Computed(mut op) = origin {
            self.output = node;
            op.backward(&mut dy, self);
            op.release(self.tape.buffers);
        }
        self.give(dy);
    }

    /// Parameters that the loss does not depend on have the gradient zero.
    fn finish(self) {
        for (id, _) in self.tape.params.ids().zip(self.reached).filter(|(_, reached)| !reached) {
            self.by_param.get_mut(id).data_mut().fill(0.0);
        }
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
