//! `y = a b`, the product of matrices.
//!
//! With `L` the loss and `y_ij = sum_p a_ip b_pj`:
//!
//! ```text
//! dL/da_ip = sum_j dL/dy_ij b_pj    so    da = dy b^T
//! dL/db_pj = sum_i a_ip dL/dy_ij    so    db = a^T dy
//! ```
//!
//! Both are again products, with one operand transposed. Transposing moves no data.

use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::Tensor;
use ae_tensor::kernels::gemm::{Epilogue, MatRef, gemm};

/// `y = a b`: `[m, k] x [k, n]` into `[m, n]`.
pub fn forward(a: MatRef<'_>, b: MatRef<'_>, y: &mut [f32]) {
    gemm(a, b, y, Epilogue::default());
}

/// `da = dy b^T`: `[m, n] x [n, k]` into `[m, k]`.
pub fn backward_a(dy: MatRef<'_>, b: MatRef<'_>, da: &mut [f32]) {
    gemm(dy, b.t(), da, Epilogue::default());
}

/// `db = a^T dy`: `[k, m] x [m, n]` into `[k, n]`.
pub fn backward_b(a: MatRef<'_>, dy: MatRef<'_>, db: &mut [f32]) {
    gemm(a.t(), dy, db, Epilogue::default());
}

impl Tape<'_> {
    /// The product `a b`: `[m, k] x [k, n]` is `[m, n]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn matmul(&mut self, a: Var, b: Var) -> Var {
        let (m, k) = self.shape(a).matrix("matmul");
        let (k2, n) = self.shape(b).matrix("matmul");
        assert!(k == k2, "matmul: {} x {}", self.shape(a), self.shape(b));
        let mut y = self.buffer(m * n);
        forward(self.value(a).as_matrix(), self.value(b).as_matrix(), &mut y);
        self.custom(&[a, b], Tensor::new([m, n], y), MatMul { a, b })
    }
}

struct MatMul {
    a: Var,
    b: Var,
}

impl Backward for MatMul {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { a, b } = self;
        let (rows, cols) = pass.tape().shape(pass.output()).matrix("matmul");
        let dy = MatRef::new(dy, rows, cols);
        pass.accumulate(a, |tape, da| backward_a(dy, tape.value(b).as_matrix(), da));
        pass.accumulate(b, |tape, db| backward_b(tape.value(a).as_matrix(), dy, db));
    }
}
