//! The loss in f64, and its central differences.

use ae_reference::{Layer, Mode, State, naive};
use ae_train::NamedLoss;

/// A model at a point, with everything that stands still.
pub(crate) struct Twin<'a> {
    pub(crate) layers: Vec<Layer>,
    /// The parameters of each layer.
    pub(crate) weights: Vec<Vec<Vec<f64>>>,
    /// The random numbers of each layer.
    pub(crate) noise: Vec<Vec<f64>>,
    pub(crate) mode: Mode,
    pub(crate) targets: &'a [f64],
    pub(crate) loss: NamedLoss,
    /// The number of the model's outputs for one sample.
    pub(crate) outputs: usize,
}

/// The terms of a loss: it is their sum.
pub(crate) struct Terms {
    terms: Vec<f64>,
    branches: u64,
}

/// A derivative by central differences.
pub(crate) struct Difference {
    pub(crate) value: f64,
    /// How far the value may be off.
    pub(crate) error: f64,
    /// Whether a bend lay within the first step.
    pub(crate) bend: bool,
    /// Whether one lies within the smallest step too: then the value means nothing.
    pub(crate) lost: bool,
}

impl Twin<'_> {
    /// What reaches each layer, and the end.
    pub(crate) fn states(&self, start: State) -> Vec<State> {
        let mut states = vec![start];
        for (i, layer) in self.layers.iter().enumerate() {
            let before = &states[i];
            let after =
                layer.step(before, &self.weights[i], &self.noise[i], self.mode, self.outputs);
            states.push(after);
        }
        states
    }

    /// The derivative by one number of a layer's parameter. `before` is what reaches the layer, and
    /// `here` the loss of the layer as it is.
    ///
    /// With L(w) the loss, D(h) = (L(w + h) - L(w - h)) / 2h is off by h^2 L'''/6 + O(h^4), and
    /// (4 D(h/2) - D(h)) / 3 by O(h^4) only (L. F. Richardson, 1911). Each of the terms of the loss
    /// is rounded, which puts about eps |L| / h on top. At h = 1e-3, eps / h is 2e-13, and h^4 is
    /// 1e-12, against 6e-8 of one rounding in f32. A step across a bend is of no use: it is made
    /// smaller until none is left.
    pub(crate) fn derivative(
        &self,
        layer: usize,
        part: usize,
        place: usize,
        before: &State,
        here: &Terms,
    ) -> Difference {
        let mut weights = self.weights[layer].clone();
        let old = weights[part][place];
        let mut at = |new: f64| {
            weights[part][place] = new;
            self.loss(layer, &weights, before)
        };
        let mut bend = false;
        let mut h = 1e-3 * old.abs().max(1.0);
        let total: f64 = here.terms.iter().map(|term| term.abs()).sum();
        for _ in 0..5 {
            let mut smooth = true;
            let mut slope = |h: f64| {
                let (above, below) = (old + h, old - h);
                let (up, down) = (at(above), at(below));
                smooth &= up.branches == here.branches && down.branches == here.branches;
                // Term by term: what does not change cancels exactly.
                let terms = up.terms.iter().zip(&down.terms);
                terms.map(|(up, down)| up - down).sum::<f64>() / (above - below)
            };
            let (wide, narrow) = (slope(h), slope(h / 2.0));
            if smooth {
                let value = (4.0 * narrow - wide) / 3.0;
                // The second is what is left of the first, which was of order h^2.
                let left = (wide - narrow).abs() * h * h;
                let error = f64::EPSILON * total / h + left;
                return Difference { value, error, bend, lost: false };
            }
            bend = true;
            h /= 16.0;
        }
        Difference { value: 0.0, error: 0.0, bend, lost: true }
    }

    pub(crate) fn loss(&self, from: usize, weights: &[Vec<f64>], before: &State) -> Terms {
        let step = |i: usize, weights: &[Vec<f64>], state: &State| {
            self.layers[i].step(state, weights, &self.noise[i], self.mode, self.outputs)
        };
        let mut state = step(from, weights, before);
        for i in from + 1..self.layers.len() {
            state = step(i, &self.weights[i], &state);
        }
        let n = self.targets.len() as f64;
        let pairs = state.x.iter().zip(self.targets);
        let mut terms: Vec<f64> = match self.loss {
            NamedLoss::BinaryCrossentropy => {
                pairs.map(|(&z, &t)| naive::bce_with_logit(z, t) / n).collect()
            }
            _ => pairs.map(|(y, t)| (y - t) * (y - t) / n).collect(),
        };
        terms.extend(&state.penalties);
        Terms { terms, branches: state.branches }
    }
}
