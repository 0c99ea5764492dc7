//! AdamW: Adam with weights that shrink slightly in each step.

use crate::memory::flushed;
use crate::{Adam, Optimizer};
use ae_autodiff::{Grads, Params};
use ae_tensor::Tensor;

/// Adam with decoupled weight decay (I. Loshchilov and F. Hutter, "Decoupled weight decay
/// regularization", arXiv:1711.05101), as in Keras 3:
///
/// ```text
/// p = p - weight_decay learning_rate p
/// p = the step of Adam from there
/// ```
///
/// The decay is part of the step, not of the loss: the gradient of a penalty would be divided by
/// Adam's running root mean square, and weights with large gradients would decay less. All
/// parameters decay, biases included, as in Keras and PyTorch.
///
/// # Special values
/// As for [`Adam`]; a weight below 8.3e-25 becomes 0. A weight decay above `1 / learning_rate`
/// changes the sign of a weight in each step.
#[derive(Clone, Debug)]
pub struct AdamW {
    /// The rule that follows the decay; its learning rate scales the decay as well.
    pub adam: Adam,
    /// The fraction of a weight lost per step, divided by the learning rate.
    pub weight_decay: f64,
}

impl Default for AdamW {
    /// The defaults of Keras: those of [`Adam`], and a weight decay of 0.004. (PyTorch's is 0.01.)
    fn default() -> Self {
        Self { adam: Adam::default(), weight_decay: 0.004 }
    }
}

impl AdamW {
    /// Creates the rule with the default constants and this learning rate.
    #[must_use]
    pub fn new(learning_rate: f64) -> Self {
        Self { adam: Adam::new(learning_rate), ..Self::default() }
    }

    /// Sets the weight decay.
    #[must_use]
    pub fn with_weight_decay(self, weight_decay: f64) -> Self {
        Self { weight_decay, ..self }
    }
}

impl Optimizer for AdamW {
    fn step(&mut self, params: &mut Params, grads: &Grads) {
        let (rate, decay) = (self.adam.learning_rate as f32, self.weight_decay as f32);
        let name = self.name();
        self.adam.step_as(name, params, grads, |p| {
            // Without a gradient a weight would decay to a subnormal number.
            let p = flushed(p);
            // In Keras's order of operations.
            p - p * decay * rate
        });
    }

    fn learning_rate(&self) -> f64 {
        self.adam.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f64) {
        self.adam.learning_rate = learning_rate;
    }

    fn name(&self) -> &'static str {
        "AdamW"
    }

    fn constants(&self) -> Vec<(&'static str, String)> {
        let mut constants = self.adam.constants();
        constants.insert(1, ("weight_decay", self.weight_decay.to_string()));
        constants
    }

    fn state(&self) -> Vec<(&'static str, &[Tensor])> {
        self.adam.state()
    }

    fn restore(&mut self, steps: u64, state: Vec<Vec<Tensor>>) {
        self.adam.restore_as(self.name(), steps, state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::ten_steps;

    #[test]
    fn ten_steps_equal_the_formula() {
        for (rate, decay) in [(0.001, 0.004), (0.02, 0.1), (0.02, 0.0)] {
            let mut t = 0;
            ten_steps(AdamW::new(rate).with_weight_decay(decay), |p, g, memory| {
                // Forty weights take one step each before the next step begins.
                let step = t / 40 + 1;
                t += 1;
                *p -= decay * rate * *p;
                memory[0] = 0.9 * memory[0] + (1.0 - 0.9) * g;
                memory[1] = 0.999 * memory[1] + (1.0 - 0.999) * g * g;
                let corrected =
                    rate * (1.0 - 0.999f64.powi(step)).sqrt() / (1.0 - 0.9f64.powi(step));
                *p -= corrected * memory[0] / (memory[1].sqrt() + 1e-7);
            });
        }
    }

    #[test]
    fn without_decay_it_is_adam_bit_for_bit() {
        let mut params = Params::new();
        params.add("p", Tensor::new([3], vec![0.5, -1.0, 2.0]));
        let mut grads = Grads::zeros_like(&params);
        crate::tests::write(&params, &mut grads, &[1.0, -3.0, 1e-3]);
        let (mut adam, mut adamw) = (Adam::new(0.1), AdamW::new(0.1).with_weight_decay(0.0));
        let mut decayed = params.clone();
        for _ in 0..5 {
            adam.step(&mut params, &grads);
            adamw.step(&mut decayed, &grads);
        }
        assert_eq!(decayed, params);
    }

    #[test]
    fn a_weight_without_a_gradient_decays_by_the_same_factor_in_each_step() {
        let mut params = Params::new();
        let p = params.add("p", Tensor::full([1], 2.0));
        let grads = Grads::zeros_like(&params);
        let mut optimizer = AdamW::new(0.5).with_weight_decay(0.5);
        for step in 1..=4 {
            optimizer.step(&mut params, &grads);
            assert_eq!(params.get(p).item(), 2.0 * 0.75f32.powi(step));
        }
    }

    #[test]
    fn says_all_its_constants() {
        let names: Vec<_> =
            AdamW::default().constants().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["learning_rate", "weight_decay", "beta_1", "beta_2", "epsilon"]);
        assert_eq!(AdamW::default().constants()[1].1, "0.004");
    }
}
