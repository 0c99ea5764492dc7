//! A draw from normal distributions, made from noise of N(0, 1), derived in [`gaussian`](super).

use super::{check, deviations, halves, halves_mut};
use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::Tensor;

/// `h = m + e^(l/2) ε` with the noise ε, row by row.
pub fn forward(x: &[f32], noise: &[f32], n: usize, h: &mut [f32]) {
    check("sample", x.len(), h.len());
    check("sample", x.len(), noise.len());
    let (mut half, mut deviation) = (vec![0.0; n], vec![0.0; n]);
    let rows = h.chunks_exact_mut(n).zip(noise.chunks_exact(n)).zip(halves(x, n));
    for ((h, noise), (m, l)) in rows {
        deviations(l, &mut half, &mut deviation);
        for (((h, e), m), s) in h.iter_mut().zip(noise).zip(m).zip(&deviation) {
            *h = m + s * e;
        }
    }
}

/// `dx` from the gradient `dh` by the draw: `dm = dh`, `dl = dh e^(l/2) ε / 2`.
pub fn backward(x: &[f32], noise: &[f32], n: usize, dh: &[f32], dx: &mut [f32]) {
    check("sample", x.len(), dh.len());
    check("sample", dx.len(), noise.len());
    let (mut half, mut deviation) = (vec![0.0; n], vec![0.0; n]);
    let rows = dh.chunks_exact(n).zip(noise.chunks_exact(n)).zip(halves(x, n));
    for (((dh, noise), (_, l)), (dm, dl)) in rows.zip(halves_mut(dx, n)) {
        dm.copy_from_slice(dh);
        deviations(l, &mut half, &mut deviation);
        for (((dl, dh), e), s) in dl.iter_mut().zip(dh).zip(noise).zip(&deviation) {
            *dl = 0.5 * dh * e * s;
        }
    }
}

impl Tape<'_> {
    /// A draw from each of the normal distributions `x [batch, 2 n]`, made from `noise [batch, n]`
    /// of N(0, 1): `[batch, n]`, see [`crate::ops::gaussian`].
    ///
    /// # Panics
    /// If the shapes do not fit, or the noise depends on a parameter.
    #[track_caller]
    pub fn gaussian_sample(&mut self, x: Var, noise: Var) -> Var {
        let (rows, n) = self.gaussians("gaussian_sample", x);
        let found = self.shape(noise);
        assert!(found.dims() == [rows, n], "gaussian_sample: noise {found} for [{rows}, {n}]");
        assert!(!self.requires_gradient(noise), "gaussian_sample: the noise must be constant");
        let mut h = self.buffer(rows * n);
        forward(self.value(x).data(), self.value(noise).data(), n, &mut h);
        self.custom(&[x], Tensor::new([rows, n], h), GaussianSample { x, noise, n })
    }
}

struct GaussianSample {
    x: Var,
    noise: Var,
    n: usize,
}

impl Backward for GaussianSample {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { x, noise, n } = self;
        pass.accumulate(x, |tape, dx| {
            backward(tape.value(x).data(), tape.value(noise).data(), n, dy, dx);
        });
    }
}
