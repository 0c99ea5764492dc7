//! A loss, a corruption, an optimizer and a schedule.

use autoencoder::optim::{Cadence, Step};
use autoencoder::tensor::random::uniform;
use autoencoder::{
    Corruption, Grads, ImageKey, Loss, Optimizer, Params, Schedule, Tape, Tensor, Var,
};

/// The mean of `ln cosh(error)`: a parabola for small errors, a line for large ones.
#[derive(Debug)]
pub(crate) struct LogCosh;

impl Loss for LogCosh {
    fn name(&self) -> &str {
        "log_cosh"
    }

    fn record(&self, tape: &mut Tape<'_>, outputs: Var, targets: Var) -> Var {
        let error = tape.sub(outputs, targets);
        let opposite = tape.scale(error, -1.0);
        let (up, down) = (tape.exp(error), tape.exp(opposite));
        let sum = tape.add(up, down);
        let cosh = tape.scale(sum, 0.5);
        let logarithm = tape.ln(cosh);
        tape.mean(logarithm)
    }
}

/// Sets a stripe of two numbers to 0, at another position in each epoch.
#[derive(Debug)]
pub(crate) struct Stripe {
    pub(crate) seed: u64,
}

impl Corruption for Stripe {
    fn name(&self) -> &str {
        "stripe"
    }

    fn corrupt(&self, key: ImageKey, clean: &[f32], corrupted: &mut [f32]) {
        let places = clean.len() as f32 - 1.0;
        let start = uniform(&mut key.stream(self.seed, true), 0.0, places) as usize;
        corrupted.copy_from_slice(clean);
        corrupted[start..start + 2].fill(0.0);
    }
}

/// Steps of constant length in the direction of the gradient's sign (J. Bernstein et al.,
/// "signSGD", 2018).
#[derive(Debug)]
pub(crate) struct SignDescent {
    learning_rate: f64,
}

impl SignDescent {
    pub(crate) fn new(learning_rate: f64) -> Self {
        Self { learning_rate }
    }
}

impl Optimizer for SignDescent {
    fn step(&mut self, params: &mut Params, grads: &Grads) {
        let rate = self.learning_rate as f32;
        for id in params.ids() {
            let weights = params.get_mut(id).data_mut().iter_mut();
            for (weight, &gradient) in weights.zip(grads.get(id).data()) {
                *weight -= if gradient == 0.0 { 0.0 } else { rate * gradient.signum() };
            }
        }
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
    }

    fn name(&self) -> &'static str {
        "signSGD"
    }

    fn constants(&self) -> Vec<(&'static str, String)> {
        vec![("learning_rate", self.learning_rate.to_string())]
    }

    fn state(&self) -> Vec<(&'static str, &[Tensor])> {
        vec![]
    }

    fn restore(&mut self, _steps: u64, state: Vec<Vec<Tensor>>) {
        assert!(state.is_empty(), "signSGD remembers nothing");
    }
}

/// Half of the learning rate after this many epochs, a quarter after twice as many, and so on.
#[derive(Debug)]
pub(crate) struct Halving {
    pub(crate) epochs: usize,
}

impl Schedule for Halving {
    fn learning_rate(&self, step: &Step<'_>) -> f64 {
        step.base_rate * 0.5f64.powi((step.epoch / self.epochs) as i32)
    }

    fn cadence(&self) -> Cadence {
        Cadence::Epoch
    }
}
