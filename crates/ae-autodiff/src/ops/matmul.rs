//! `y = a b`, the product of matrices.
//!
//! With `L` the loss and `y_ij = sum_p a_ip b_pj`:
//!
//! ```text
//! dL/da_ip = sum_j dL/dy_ij b_pj    so    da = dy b^T
//! dL/db_pj = sum_i a_ip dL/dy_ij    so    db = a^T dy
//! ```
//!
//! Both are products again, with one operand transposed; nothing is moved to transpose it.

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
