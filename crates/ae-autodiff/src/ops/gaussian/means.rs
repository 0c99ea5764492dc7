//! The means of normal distributions, the first half of their parameters. They are the code where
//! nothing is drawn.

use super::{check, halves, halves_mut};
use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::Tensor;

/// The first `n` of the `2 n` numbers in each row: the code where nothing is drawn.
///
/// # Panics
/// If `x` is not twice as long as `means`, as in all functions here.
pub fn forward(x: &[f32], n: usize, means: &mut [f32]) {
    check("means", x.len(), means.len());
    for (out, (m, _)) in means.chunks_exact_mut(n).zip(halves(x, n)) {
        out.copy_from_slice(m);
    }
}

/// The gradient of [`forward`]: it is 0 for the log-variances.
pub fn backward(dm: &[f32], n: usize, dx: &mut [f32]) {
    check("means", dx.len(), dm.len());
    for (dm, (by_mean, by_log)) in dm.chunks_exact(n).zip(halves_mut(dx, n)) {
        by_mean.copy_from_slice(dm);
        by_log.fill(0.0);
    }
}

impl Tape<'_> {
    /// The means of the normal distributions `x [batch, 2 n]`, whose log-variances follow the
    /// means: `[batch, n]`.
    ///
    /// # Panics
    /// If `x` is not a matrix with an even number of columns.
    #[track_caller]
    pub fn gaussian_means(&mut self, x: Var) -> Var {
        let (rows, n) = self.gaussians("gaussian_means", x);
        let mut y = self.buffer(rows * n);
        forward(self.value(x).data(), n, &mut y);
        self.custom(&[x], Tensor::new([rows, n], y), GaussianMeans { x, n })
    }
}

struct GaussianMeans {
    x: Var,
    n: usize,
}

impl Backward for GaussianMeans {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        pass.accumulate(self.x, |_, dx| backward(dy, self.n, dx));
    }
}
