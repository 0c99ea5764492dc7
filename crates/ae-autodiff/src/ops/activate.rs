//! `y = f(x)` for an [`Activation`] `f`, element by element.
//!
//! By the chain rule `dx = dy f'(x)`. The derivatives of all activations can be written in terms of
//! `y`, so `x` is not needed: [`Activation::backward`] has them.

use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::Activation;
use ae_tensor::kernels::activation::activate;

/// `y = f(x)`.
pub fn forward(x: &[f32], activation: Activation, y: &mut [f32]) {
    activate(x, y, activation);
}

/// Turns `dy` into `dx = dy f'(x)` in place.
pub fn backward(y: &[f32], activation: Activation, dy: &mut [f32]) {
    activation.backward(y, dy);
}

impl Tape<'_> {
    /// An activation, element by element.
    pub fn activate(&mut self, x: Var, activation: Activation) -> Var {
        self.elementwise(x, |x, y| forward(x, activation, y), Activate { x, activation })
    }

    /// `max(x, 0)`.
    pub fn relu(&mut self, x: Var) -> Var {
        self.activate(x, Activation::Relu)
    }

    /// `1 / (1 + e^-x)`.
    pub fn sigmoid(&mut self, x: Var) -> Var {
        self.activate(x, Activation::Sigmoid)
    }

    /// The hyperbolic tangent.
    pub fn tanh(&mut self, x: Var) -> Var {
        self.activate(x, Activation::Tanh)
    }
}

struct Activate {
    x: Var,
    activation: Activation,
}

impl Backward for Activate {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        backward(pass.tape().value(pass.output()).data(), self.activation, dy);
        pass.accumulate(self.x, |_, dx| dx.copy_from_slice(dy));
    }
}
