//! Adam: a running mean of gradients, a separate step length for each weight, and a correction of
//! both for their start from zero.

use crate::Optimizer;
use crate::memory::{Memory, flushed, with_square};
use ae_autodiff::{Grads, Params};
use ae_tensor::Tensor;

/// Adam (D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", arXiv:1412.6980), in
/// the form that Keras takes from the end of the paper's section 2, where epsilon is added to the
/// uncorrected root:
///
/// ```text
/// m = beta_1 m + (1 - beta_1) g
/// v = beta_2 v + (1 - beta_2) g^2
/// p = p - learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon)
/// ```
///
/// in step `t` = 1, 2, .. Both memories begin with zeros, so after `t` steps with the same gradient
/// `g` they are `(1 - beta^t) g` and `(1 - beta^t) g^2`: the factor in the last line corrects that.
///
/// # Special values
/// A gradient that is NaN or infinite makes its own weight NaN forever, and no other. A finite
/// gradient whose square overflows (above 1.8e19) stops its weight from then on; one below 8.9e-16
/// is scaled by epsilon alone, and one below 8.3e-25 counts as 0. A mean below 8.3e-25 becomes 0,
/// and a mean of squares ends at 7.9e-31, so no subnormal number is in them.
#[derive(Clone, Debug)]
pub struct Adam {
    /// The approximate length of a step, independent of the gradient's size.
    pub learning_rate: f64,
    /// The fraction of the mean of gradients kept from one step to the next.
    pub beta_1: f64,
    /// The fraction of the mean of their squares kept.
    pub beta_2: f64,
    /// Keeps the root from zero.
    pub epsilon: f64,
    steps: u64,
    mean: Memory,
    mean_square: Memory,
}

impl Default for Adam {
    /// The defaults of Keras: 0.001, 0.9, 0.999, 1e-7.
    fn default() -> Self {
        Self {
            learning_rate: 0.001,
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-7,
            steps: 0,
            mean: Memory::default(),
            mean_square: Memory::default(),
        }
    }
}

impl Adam {
    /// Creates the rule with the default constants and this learning rate.
    #[must_use]
    pub fn new(learning_rate: f64) -> Self {
        Self { learning_rate, ..Self::default() }
    }

    /// The learning rate of step `t`, corrected for the memories' start from zero.
    fn rate(&self, t: u64) -> f64 {
        let kept = |beta: f64| beta.powf(t as f64);
        self.learning_rate * (1.0 - kept(self.beta_2)).sqrt() / (1.0 - kept(self.beta_1))
    }

    /// Takes one step in the name of the calling optimizer, after `shrink` has changed each weight.
    ///
    /// # Panics
    /// As for [`Optimizer::step`], in that name.
    pub(crate) fn step_as(
        &mut self,
        name: &str,
        params: &mut Params,
        grads: &Grads,
        shrink: impl Fn(f32) -> f32 + Sync,
    ) {
        let t = self.steps + 1;
        let (rate, epsilon) = (self.rate(t) as f32, self.epsilon as f32);
        let (beta_1, fresh_1) = (self.beta_1 as f32, (1.0 - self.beta_1) as f32);
        let shares_2 = [self.beta_2 as f32, (1.0 - self.beta_2) as f32];
        let memories = [&mut self.mean, &mut self.mean_square];
        Memory::each_of_two(memories, name, params, grads, |p, g, m, v| {
            *m = flushed(beta_1 * *m + fresh_1 * flushed(g));
            *v = with_square(*v, g, shares_2);
            *p = shrink(*p) - rate * *m / (v.sqrt() + epsilon);
        });
        self.steps = t;
    }

    /// As [`Optimizer::restore`], in the name of the restored optimizer.
    pub(crate) fn restore_as(&mut self, name: &str, steps: u64, state: Vec<Vec<Tensor>>) {
        self.steps = steps;
        Memory::restore([&mut self.mean, &mut self.mean_square], state, name);
    }
}

impl Optimizer for Adam {
    fn step(&mut self, params: &mut Params, grads: &Grads) {
        self.step_as(self.name(), params, grads, |p| p);
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
    }

    fn name(&self) -> &'static str {
        "Adam"
    }

    fn constants(&self) -> Vec<(&'static str, String)> {
        vec![
            ("learning_rate", self.learning_rate.to_string()),
            ("beta_1", self.beta_1.to_string()),
            ("beta_2", self.beta_2.to_string()),
            ("epsilon", format!("{:e}", self.epsilon)),
        ]
    }

    fn state(&self) -> Vec<(&'static str, &[Tensor])> {
        vec![("mean", self.mean.tensors()), ("mean_square", self.mean_square.tensors())]
    }

    fn restore(&mut self, steps: u64, state: Vec<Vec<Tensor>>) {
        self.restore_as(self.name(), steps, state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::ten_steps;

    #[test]
    fn ten_steps_equal_the_formula() {
        for rate in [0.001, 0.02] {
            let mut t = 0;
            ten_steps(Adam::new(rate), |p, g, memory| {
                // Forty weights take one step each before the next step begins.
                let step = t / 40 + 1;
                t += 1;
                memory[0] = 0.9 * memory[0] + (1.0 - 0.9) * g;
                memory[1] = 0.999 * memory[1] + (1.0 - 0.999) * g * g;
                let corrected =
                    rate * (1.0 - 0.999f64.powi(step)).sqrt() / (1.0 - 0.9f64.powi(step));
                *p -= corrected * memory[0] / (memory[1].sqrt() + 1e-7);
            });
        }
    }

    #[test]
    fn the_first_step_is_as_long_as_the_learning_rate_whatever_the_gradient() {
        for slope in [1.0, -300.0, 1e-3] {
            let mut params = Params::new();
            let p = params.add("p", Tensor::full([1], 0.5));
            let mut grads = Grads::zeros_like(&params);
            crate::tests::write(&params, &mut grads, &[slope]);
            Adam::new(0.25).step(&mut params, &grads);
            // Epsilon reduces it by a share of 1e-7 / (0.03 |g|).
            let moved = 0.5 - f64::from(params.get(p).item());
            assert!((moved - 0.25 * f64::from(slope.signum())).abs() < 0.002, "{slope}: {moved}");
        }
    }

    #[test]
    fn says_all_its_constants() {
        let expected =
            [("learning_rate", "0.5"), ("beta_1", "0.9"), ("beta_2", "0.999"), ("epsilon", "1e-7")];
        let constants = Adam::new(0.5).constants();
        assert_eq!(constants, expected.map(|(name, value)| (name, value.to_string())));
    }
}
