//! RMSprop: each weight's step is scaled by the running root mean square of its gradient.

use crate::Optimizer;
use crate::memory::{Memory, flushed, with_square};
use ae_autodiff::{Grads, Params};
use ae_tensor::Tensor;

/// The position of epsilon in the denominator. It affects the speed considerably: gradients
/// averaged over 784 pixels are tiny compared with sqrt(1e-7) = 3e-4, so with epsilon inside the
/// root the first steps are far shorter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EpsilonPlace {
    /// `sqrt(a) + epsilon`: Keras 2.2, the notebook's rule, and PyTorch.
    #[default]
    OutsideRoot,
    /// `sqrt(a + epsilon)`: Keras 3.
    InsideRoot,
}

/// RMSprop (T. Tieleman and G. Hinton, "Lecture 6.5 - rmsprop", Neural Networks for Machine
/// Learning, 2012), in the form of Keras 2.2:
///
/// ```text
/// a = rho a + (1 - rho) g^2
/// p = p - learning_rate g / (sqrt(a) + epsilon)
/// ```
///
/// # Special values
/// A gradient that is NaN or infinite makes its own weight NaN forever, and no other. A finite
/// gradient whose square overflows (above 1.8e19) does not move its weight, which stays where it is
/// from then on, as in Keras; one below 8.9e-16 is scaled by epsilon alone, and one below 8.3e-25
/// counts as 0. A mean of squares ends at 7.9e-31 instead of 0, so no subnormal number is in it.
#[derive(Clone, Debug)]
pub struct RmsProp {
    /// The length of a step for a gradient of constant size.
    pub learning_rate: f64,
    /// The fraction of the mean of squares kept from one step to the next; the mean covers about
    /// the last 1 / (1 - rho) steps.
    pub rho: f64,
    /// Keeps the denominator from zero.
    pub epsilon: f64,
    /// The position of epsilon.
    pub epsilon_place: EpsilonPlace,
    mean_square: Memory,
}

impl Default for RmsProp {
    /// Keras's defaults: 0.001, 0.9, 1e-7, outside the root.
    fn default() -> Self {
        Self {
            learning_rate: 0.001,
            rho: 0.9,
            epsilon: 1e-7,
            epsilon_place: EpsilonPlace::default(),
            mean_square: Memory::default(),
        }
    }
}

impl RmsProp {
    /// Creates the rule with Keras's defaults and this learning rate.
    #[must_use]
    pub fn new(learning_rate: f64) -> Self {
        Self { learning_rate, ..Self::default() }
    }

    /// Sets the position of epsilon.
    #[must_use]
    pub fn with_epsilon(self, epsilon_place: EpsilonPlace) -> Self {
        Self { epsilon_place, ..self }
    }

    /// The running mean of squared gradients of one parameter; `None` before the first step.
    #[must_use]
    pub fn mean_square(&self, id: ae_autodiff::ParamId) -> Option<&Tensor> {
        self.mean_square.tensors().get(id.index())
    }
}

impl Optimizer for RmsProp {
    fn step(&mut self, params: &mut Params, grads: &Grads) {
        // 1 - rho is computed in f64, as Keras does: 1 - 0.9f32 would be 0.100000024.
        let shares = [self.rho as f32, (1.0 - self.rho) as f32];
        let (rate, epsilon) = (self.learning_rate as f32, self.epsilon as f32);
        let (name, memory) = (self.name(), &mut self.mean_square);
        // Two loops rather than a branch within one: each becomes straight vector code.
        match self.epsilon_place {
            EpsilonPlace::OutsideRoot => memory.each(name, params, grads, |p, g, a| {
                *a = with_square(*a, g, shares);
                *p -= rate * flushed(g) / (a.sqrt() + epsilon);
            }),
            EpsilonPlace::InsideRoot => memory.each(name, params, grads, |p, g, a| {
                *a = with_square(*a, g, shares);
                *p -= rate * flushed(g) / (*a + epsilon).sqrt();
            }),
        }
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
    }

    fn name(&self) -> &'static str {
        "RMSprop"
    }

    fn constants(&self) -> Vec<(&'static str, String)> {
        let place = match self.epsilon_place {
            EpsilonPlace::OutsideRoot => "outside the root",
            EpsilonPlace::InsideRoot => "inside the root",
        };
        vec![
            ("learning_rate", self.learning_rate.to_string()),
            ("rho", self.rho.to_string()),
            ("epsilon", format!("{:e} ({place})", self.epsilon)),
        ]
    }

    fn state(&self) -> Vec<(&'static str, &[Tensor])> {
        vec![("mean_square", self.mean_square.tensors())]
    }

    fn restore(&mut self, _steps: u64, state: Vec<Vec<Tensor>>) {
        let rule = self.name();
        Memory::restore([&mut self.mean_square], state, rule);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::ten_steps;

    #[test]
    fn ten_steps_equal_the_formula() {
        for place in [EpsilonPlace::OutsideRoot, EpsilonPlace::InsideRoot] {
            let optimizer = RmsProp { epsilon_place: place, ..RmsProp::default() };
            ten_steps(optimizer, |p, g, memory| {
                memory[0] = 0.9 * memory[0] + (1.0 - 0.9) * g * g;
                *p -= match place {
                    EpsilonPlace::OutsideRoot => 0.001 * g / (memory[0].sqrt() + 1e-7),
                    EpsilonPlace::InsideRoot => 0.001 * g / (memory[0] + 1e-7).sqrt(),
                };
            });
        }
    }

    #[test]
    fn the_share_of_the_new_gradient_is_rounded_once() {
        // The gradient of a mean of one element is 1: its square is weighted with 0.1, not with 1 -
        // 0.9f32.
        let mut params = Params::new();
        let p = params.add("p", ae_tensor::Tensor::full([1], 2.0));
        let mut grads = Grads::zeros_like(&params);
        let mut buffers = ae_autodiff::Buffers::new();
        let mut tape = ae_autodiff::Tape::new(&params, &mut buffers);
        let x = tape.param(p);
        let loss = tape.mean(x);
        tape.backward(loss, &mut grads);
        let mut optimizer = RmsProp::default();
        assert!(optimizer.mean_square(p).is_none());
        optimizer.step(&mut params, &grads);
        assert_eq!(optimizer.mean_square(p).map(|a| a.item()), Some(0.1));
    }

    #[test]
    fn says_all_its_constants() {
        let constants = RmsProp::new(0.01).constants();
        let expected =
            [("learning_rate", "0.01"), ("rho", "0.9"), ("epsilon", "1e-7 (outside the root)")];
        assert_eq!(constants, expected.map(|(name, value)| (name, value.to_string())));
    }
}
