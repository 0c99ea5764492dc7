//! Operations on codes: what makes them sparse, or random.

use crate::ops::{gaussian, l1, scale};
use crate::tape::{Op, Tape, Var};
use ae_tensor::Tensor;

impl Tape<'_> {
    /// `factor * x` for a constant factor.
    pub fn scale(&mut self, x: Var, factor: f32) -> Var {
        let shape = self.shape(x);
        let mut y = self.buffers.take(shape.len());
        scale::scale(factor, self.value(x).data(), &mut y);
        self.computed(Op::Scale { x, factor }, Tensor::new(shape, y), &[x])
    }

    /// The sum of all magnitudes of `x [batch, ...]`, divided by `batch`: a scalar.
    ///
    /// # Panics
    /// If `x` has no rows.
    #[track_caller]
    pub fn l1(&mut self, x: Var) -> Var {
        let rows = self.rows(x, "l1");
        let y = l1::forward(self.value(x).data(), rows);
        let y = self.scalar(y);
        self.computed(Op::L1 { x, rows }, y, &[x])
    }

    /// The means of the normal distributions `x [batch, 2 n]`, whose log-variances come after them: `[batch, n]`.
    ///
    /// # Panics
    /// If `x` is no matrix with an even number of columns.
    #[track_caller]
    pub fn gaussian_means(&mut self, x: Var) -> Var {
        let (rows, n) = self.gaussians(x);
        let mut y = self.buffers.take(rows * n);
        gaussian::means(self.value(x).data(), n, &mut y);
        self.computed(Op::GaussianMeans { x, n }, Tensor::new([rows, n], y), &[x])
    }

    /// A draw from each of the normal distributions `x [batch, 2 n]`, made from `noise [batch, n]` of N(0, 1): `[batch, n]`, see
    /// [`crate::ops::gaussian`].
    ///
    /// # Panics
    /// If the shapes do not fit, or the noise depends on a parameter.
    #[track_caller]
    pub fn gaussian_sample(&mut self, x: Var, noise: Var) -> Var {
        let (rows, n) = self.gaussians(x);
        let found = self.shape(noise);
        assert!(found.dims() == [rows, n], "gaussian_sample: noise {found} for [{rows}, {n}]");
        assert!(!self.nodes[noise.0].differentiable, "gaussian_sample: noise is constant");
        let mut z = self.buffers.take(rows * n);
        gaussian::sample(self.value(x).data(), self.value(noise).data(), n, &mut z);
        self.computed(Op::GaussianSample { x, noise, n }, Tensor::new([rows, n], z), &[x])
    }

    /// The Kullback-Leibler divergence of the normal distributions `x [batch, 2 n]` from N(0, 1): the sum over a row, the mean over
    /// the batch, a scalar.
    ///
    /// # Panics
    /// If `x` is no matrix with an even number of columns, or has no rows.
    #[track_caller]
    pub fn gaussian_divergence(&mut self, x: Var) -> Var {
        let (_, n) = self.gaussians(x);
        self.rows(x, "gaussian_divergence");
        let y = gaussian::divergence(self.value(x).data(), n);
        let y = self.scalar(y);
        self.computed(Op::GaussianDivergence { x, n }, y, &[x])
    }

    #[track_caller]
    fn rows(&self, x: Var, op: &str) -> usize {
        let shape = self.shape(x);
        let rows = shape.dims().first().copied().unwrap_or(0);
        assert!(rows > 0, "{op}: a batch of {shape}");
        rows
    }

    #[track_caller]
    fn gaussians(&self, x: Var) -> (usize, usize) {
        let (rows, columns) = self.shape(x).matrix("gaussian");
        assert!(
            columns > 0 && columns.is_multiple_of(2),
            "gaussian: means and as many log-variances are no {}",
            self.shape(x)
        );
        (rows, columns / 2)
    }
}
