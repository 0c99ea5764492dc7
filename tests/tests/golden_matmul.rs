//! Products of matrices, plain and transposed, against PyTorch and TensorFlow: `matmul` of
//! `ops.json`.
//!
//! The inputs are multiples of 1/16 up to 2: every product and sum is exact in f32, in any order.
//! Hence equality.

use ae_autodiff::ops;
use ae_tensor::Tensor;
use ae_tensor::kernels::gemm::{Epilogue, MatRef, gemm};
use ae_tests::{Array, read, run};
use serde::Deserialize;
use std::sync::LazyLock;

static OPS: LazyLock<Ops> = LazyLock::new(|| read("ops.json"));

#[derive(Deserialize)]
struct Ops {
    matmul: Vec<MatMul>,
}

#[derive(Deserialize)]
struct MatMul {
    m: usize,
    k: usize,
    n: usize,
    transpose_a: bool,
    transpose_b: bool,
    a: Array,
    b: Array,
    dy: Array,
    y: Array,
    da: Array,
    db: Array,
}

/// The stored matrix, or its transpose.
fn matrix(array: &Array, transposed: bool) -> Tensor {
    if transposed { array.tensor().transposed() } else { array.tensor() }
}

/// The tape multiplies plain matrices: transposed operands are moved first.
#[test]
fn matmul_on_the_tape() {
    assert_eq!(OPS.matmul.len(), 12);
    for case in &OPS.matmul {
        let (a, b) = (matrix(&case.a, case.transpose_a), matrix(&case.b, case.transpose_b));
        assert_eq!(a.shape().dims(), [case.m, case.k]);
        assert_eq!(b.shape().dims(), [case.k, case.n]);
        let (y, grads) = run(&[&a, &b], &[], &case.dy.tensor(), |tape, x| tape.matmul(x[0], x[1]));
        assert_eq!(y, case.y.tensor());
        assert_eq!(grads[0], matrix(&case.da, case.transpose_a));
        assert_eq!(grads[1], matrix(&case.db, case.transpose_b));
    }
}

/// The kernel reads transposed operands where they lie; so do both products of the backward pass,
/// for which a transposed result is the product of the transposes in the other order.
#[test]
fn gemm_with_transposed_operands() {
    fn product(a: MatRef<'_>, b: MatRef<'_>, expected: &Array) {
        let mut c = vec![f32::NAN; expected.data.len()];
        gemm(a, b, &mut c, Epilogue::default());
        assert_eq!(c, expected.exact_f32());
    }
    for case in &OPS.matmul {
        let (a_stored, b_stored, dy) = (case.a.tensor(), case.b.tensor(), case.dy.tensor());
        let a = if case.transpose_a { a_stored.as_matrix().t() } else { a_stored.as_matrix() };
        let b = if case.transpose_b { b_stored.as_matrix().t() } else { b_stored.as_matrix() };
        let dy = dy.as_matrix();
        product(a, b, &case.y);
        if case.transpose_a {
            product(b, dy.t(), &case.da);
        } else {
            product(dy, b.t(), &case.da);
            let mut da = vec![f32::NAN; case.da.data.len()];
            ops::matmul::backward_a(dy, b, &mut da);
            assert_eq!(da, case.da.exact_f32());
        }
        if case.transpose_b {
            product(dy.t(), a, &case.db);
        } else {
            product(a.t(), dy, &case.db);
            let mut db = vec![f32::NAN; case.db.data.len()];
            ops::matmul::backward_b(a, dy, &mut db);
            assert_eq!(db, case.db.exact_f32());
        }
    }
}

/// The golden matrices are smaller than a register tile. Repeated ten times they reach the kernels
/// for large and for skinny operands: repeating the rows of `a` or the columns of `b` repeats those
/// of the product.
#[test]
fn gemm_of_many_tiles() {
    for case in OPS.matmul.iter().filter(|case| case.n == 9) {
        let (a, b) = (matrix(&case.a, case.transpose_a), matrix(&case.b, case.transpose_b));
        for (down, across) in [(1, 10), (10, 1), (10, 10)] {
            let (a, b) = (repeated(&a, down, 1), repeated(&b, 1, across));
            // In the golden file's own storage, transposed or not.
            let a = if case.transpose_a { a.transposed() } else { a };
            let b = if case.transpose_b { b.transposed() } else { b };
            let a = if case.transpose_a { a.as_matrix().t() } else { a.as_matrix() };
            let b = if case.transpose_b { b.as_matrix().t() } else { b.as_matrix() };
            let expected = repeated(&case.y.tensor(), down, across);
            let mut c = vec![f32::NAN; expected.len()];
            gemm(a, b, &mut c, Epilogue::default());
            assert_eq!(c, expected.data());
        }
    }
}

/// A matrix repeated in rows and columns.
fn repeated(x: &Tensor, down: usize, across: usize) -> Tensor {
    let (rows, cols) = x.shape().matrix("repeated");
    let (height, width) = (rows * down, cols * across);
    Tensor::from_fn([height, width], |i| x.row(i / width % rows)[i % width % cols])
}
