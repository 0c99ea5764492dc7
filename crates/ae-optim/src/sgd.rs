//! Gradient descent, with or without momentum.

use crate::Optimizer;
use crate::memory::{Memory, flushed};
use ae_autodiff::{Grads, Params};
use ae_tensor::Tensor;

/// Stochastic gradient descent with momentum (B. T. Polyak, "Some methods of speeding up the
/// convergence of iteration methods", 1964), as in Keras:
///
/// ```text
/// v = momentum v - learning_rate g
/// p = p + v
/// ```
///
/// or, with Nesterov's variant (I. Sutskever et al., "On the importance of initialization and
/// momentum in deep learning", ICML 2013), which anticipates the step of the new velocity:
///
/// ```text
/// p = p + momentum v - learning_rate g
/// ```
///
/// Without momentum both are `p = p - learning_rate g`. With a constant gradient the step tends to
/// `learning_rate g / (1 - momentum)`: ten times as long for a momentum of 0.9.
///
/// # Special values
/// A gradient that is NaN or infinite makes its own weight NaN or infinite forever, and no other. A
/// gradient or velocity below 8.3e-25 becomes 0, so no subnormal number stays in the velocity.
#[derive(Clone, Debug)]
pub struct Sgd {
    /// The factor of each gradient.
    pub learning_rate: f64,
    /// The fraction of the velocity kept from one step to the next; 0 is plain gradient descent.
    pub momentum: f64,
    /// Whether the step looks ahead (Nesterov).
    pub nesterov: bool,
    velocity: Memory,
}

impl Default for Sgd {
    /// The defaults of Keras: 0.01, no momentum.
    fn default() -> Self {
        Self { learning_rate: 0.01, momentum: 0.0, nesterov: false, velocity: Memory::default() }
    }
}

impl Sgd {
    /// Creates the rule without momentum and with this learning rate.
    #[must_use]
    pub fn new(learning_rate: f64) -> Self {
        Self { learning_rate, ..Self::default() }
    }

    /// Sets the momentum.
    #[must_use]
    pub fn with_momentum(self, momentum: f64) -> Self {
        Self { momentum, ..self }
    }
}

impl Optimizer for Sgd {
    fn step(&mut self, params: &mut Params, grads: &Grads) {
        let (name, nesterov) = (self.name(), self.nesterov);
        let (rate, momentum) = (self.learning_rate as f32, self.momentum as f32);
        self.velocity.each(name, params, grads, |p, g, v| {
            let g = flushed(g);
            *v = flushed(momentum * *v - rate * g);
            *p += if nesterov { momentum * *v - rate * g } else { *v };
        });
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
    }

    fn name(&self) -> &'static str {
        "SGD"
    }

    fn constants(&self) -> Vec<(&'static str, String)> {
        vec![
            ("learning_rate", self.learning_rate.to_string()),
            ("momentum", self.momentum.to_string()),
            ("nesterov", self.nesterov.to_string()),
        ]
    }

    fn state(&self) -> Vec<(&'static str, &[Tensor])> {
        vec![("velocity", self.velocity.tensors())]
    }

    fn restore(&mut self, _steps: u64, state: Vec<Vec<Tensor>>) {
        let rule = self.name();
        Memory::restore([&mut self.velocity], state, rule);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::ten_steps;

    #[test]
    fn ten_steps_equal_the_formula() {
        for (rate, momentum, nesterov) in [(0.1, 0.0, false), (0.1, 0.9, false), (0.03, 0.8, true)]
        {
            let mut optimizer = Sgd::new(rate).with_momentum(momentum);
            optimizer.nesterov = nesterov;
            ten_steps(optimizer, |p, g, memory| {
                memory[0] = momentum * memory[0] - rate * g;
                *p += if nesterov { momentum * memory[0] - rate * g } else { memory[0] };
            });
        }
    }

    #[test]
    fn a_steady_gradient_moves_ten_times_as_far_with_momentum_of_nine_tenths() {
        let mut params = Params::new();
        let p = params.add("p", Tensor::full([1], 0.0));
        let mut grads = Grads::zeros_like(&params);
        crate::tests::write(&params, &mut grads, &[1.0]);
        let mut optimizer = Sgd::new(0.01).with_momentum(0.9);
        let mut before = 0.0;
        for _ in 0..200 {
            before = params.get(p).item();
            optimizer.step(&mut params, &grads);
        }
        assert!((before - params.get(p).item() - 0.1).abs() < 1e-4);
    }

    #[test]
    fn says_all_its_constants() {
        let expected = [("learning_rate", "0.5"), ("momentum", "0.9"), ("nesterov", "false")];
        let constants = Sgd::new(0.5).with_momentum(0.9).constants();
        assert_eq!(constants, expected.map(|(name, value)| (name, value.to_string())));
    }
}
