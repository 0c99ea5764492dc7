//! Adadelta: RMSprop with an adaptive step length.

use crate::Optimizer;
use crate::memory::{Memory, flushed, with_square};
use ae_autodiff::{Grads, Params};
use ae_tensor::Tensor;

/// Adadelta (M. D. Zeiler, "ADADELTA: an adaptive learning rate method", arXiv:1212.5701, algorithm
/// 1), in the form of Keras:
///
/// ```text
/// a = rho a + (1 - rho) g^2
/// u = g sqrt(d + epsilon) / sqrt(a + epsilon)
/// p = p - learning_rate u
/// d = rho d + (1 - rho) u^2
/// ```
///
/// The memory `d` of updates accumulates `u` before the learning rate is applied. The paper has no
/// learning rate, which corresponds to 1, the default of Keras 2.2. With 0.001, the default of
/// later versions, it hardly learns at all.
///
/// # Special values
/// A gradient that is NaN or infinite makes its own weight NaN forever, and no other. A finite
/// gradient whose square overflows (above 1.8e19) does not move its weight, which stays where it is
/// from then on, as in Keras; one below 8.9e-16 is scaled by epsilon alone, and one below 8.3e-25
/// counts as 0. Means of squares end at 7.9e-31 instead of 0, so no subnormal number is in them.
#[derive(Clone, Debug)]
pub struct Adadelta {
    /// The factor of each update.
    pub learning_rate: f64,
    /// The fraction of both means of squares kept from one step to the next.
    pub rho: f64,
    /// Keeps the roots from zero, and gets the first updates started.
    pub epsilon: f64,
    mean_square: Memory,
    mean_square_update: Memory,
}

impl Default for Adadelta {
    /// The defaults of Keras 2.2 and of the paper: 1, 0.95, and Keras's epsilon of 1e-7.
    fn default() -> Self {
        Self {
            learning_rate: 1.0,
            rho: 0.95,
            epsilon: 1e-7,
            mean_square: Memory::default(),
            mean_square_update: Memory::default(),
        }
    }
}

impl Adadelta {
    /// Creates the rule with the default constants and this learning rate.
    #[must_use]
    pub fn new(learning_rate: f64) -> Self {
        Self { learning_rate, ..Self::default() }
    }
}

impl Optimizer for Adadelta {
    fn step(&mut self, params: &mut Params, grads: &Grads) {
        let shares = [self.rho as f32, (1.0 - self.rho) as f32];
        let (rate, epsilon) = (self.learning_rate as f32, self.epsilon as f32);
        let name = self.name();
        let memories = [&mut self.mean_square, &mut self.mean_square_update];
        Memory::each_of_two(memories, name, params, grads, |p, g, a, d| {
            *a = with_square(*a, g, shares);
            let update = flushed(g) * (*d + epsilon).sqrt() / (*a + epsilon).sqrt();
            *p -= rate * update;
            *d = with_square(*d, update, shares);
        });
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
    }

    fn name(&self) -> &'static str {
        "Adadelta"
    }

    fn constants(&self) -> Vec<(&'static str, String)> {
        vec![
            ("learning_rate", self.learning_rate.to_string()),
            ("rho", self.rho.to_string()),
            ("epsilon", format!("{:e}", self.epsilon)),
        ]
    }

    fn state(&self) -> Vec<(&'static str, &[Tensor])> {
        vec![
            ("mean_square", self.mean_square.tensors()),
            ("mean_square_update", self.mean_square_update.tensors()),
        ]
    }

    fn restore(&mut self, _steps: u64, state: Vec<Vec<Tensor>>) {
        let rule = self.name();
        Memory::restore([&mut self.mean_square, &mut self.mean_square_update], state, rule);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::ten_steps;

    #[test]
    fn ten_steps_equal_the_formula() {
        for rate in [1.0, 0.3] {
            ten_steps(Adadelta::new(rate), |p, g, memory| {
                memory[0] = 0.95 * memory[0] + (1.0 - 0.95) * g * g;
                let update = g * (memory[1] + 1e-7).sqrt() / (memory[0] + 1e-7).sqrt();
                *p -= rate * update;
                memory[1] = 0.95 * memory[1] + (1.0 - 0.95) * update * update;
            });
        }
    }

    #[test]
    fn says_all_its_constants() {
        let expected = [("learning_rate", "0.5"), ("rho", "0.95"), ("epsilon", "1e-7")];
        let constants = Adadelta::new(0.5).constants();
        assert_eq!(constants, expected.map(|(name, value)| (name, value.to_string())));
    }
}
