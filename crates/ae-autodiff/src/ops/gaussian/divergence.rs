//! The Kullback-Leibler divergence of normal distributions from N(0, 1), derived in
//! [`gaussian`](super).

use super::{halves, halves_mut};
use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::kernels::math::exp;

/// The mean over the rows of the divergence from N(0, 1), accumulated in f64.
#[must_use]
pub fn forward(x: &[f32], n: usize) -> f32 {
    let mut variance = vec![0.0; n];
    let mut sum = 0.0;
    for (m, l) in halves(x, n) {
        exp(l, &mut variance);
        for ((&m, &l), &v) in m.iter().zip(l).zip(&variance) {
            let (m, l, v) = (f64::from(m), f64::from(l), f64::from(v));
            sum += 0.5 * (m * m + v - 1.0 - l);
        }
    }
    (sum / (x.len() / (2 * n)) as f64) as f32
}

/// `dx` from the gradient `dy` by [`forward`].
pub fn backward(dy: f32, x: &[f32], n: usize, dx: &mut [f32]) {
    assert!(x.len() == dx.len(), "divergence: {} elements into {}", x.len(), dx.len());
    let share = dy / (x.len() / (2 * n)) as f32;
    let mut variance = vec![0.0; n];
    for ((m, l), (dm, dl)) in halves(x, n).zip(halves_mut(dx, n)) {
        exp(l, &mut variance);
        dm.iter_mut().zip(m).for_each(|(dm, m)| *dm = share * m);
        dl.iter_mut().zip(&variance).for_each(|(dl, v)| *dl = 0.5 * share * (v - 1.0));
    }
}

impl Tape<'_> {
    /// The Kullback-Leibler divergence of the normal distributions `x [batch, 2 n]` from N(0, 1):
    /// the sum over a row, averaged over the batch; a scalar.
    ///
    /// # Panics
    /// If `x` is not a matrix with an even number of columns, or has no rows.
    #[track_caller]
    pub fn gaussian_divergence(&mut self, x: Var) -> Var {
        let (_, n) = self.gaussians("gaussian_divergence", x);
        self.rows("gaussian_divergence", x);
        let y = forward(self.value(x).data(), n);
        let y = self.scalar(y);
        self.custom(&[x], y, GaussianDivergence { x, n })
    }
}

struct GaussianDivergence {
    x: Var,
    n: usize,
}

impl Backward for GaussianDivergence {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { x, n } = self;
        pass.accumulate(x, |tape, dx| backward(dy[0], tape.value(x).data(), n, dx));
    }
}
