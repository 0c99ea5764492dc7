//! The operations. Each has a file with its derivation, its forward and backward functions, the
//! method of [`Tape`] that records it, and the record, whose [`Backward`] rule calls the backward
//! function.
//!
//! The functions work on plain slices and do not use the tape. In the backward functions `dy` is
//! the gradient of the loss by the operation's output; a result named `dx` is the gradient by the
//! input `x`.
//!
//! NaN, infinity and the smallest numbers are treated as in the kernels, which document it under
//! "Special values". Elementwise arithmetic follows IEEE 754. The mean of no elements is NaN.
//!
//! All functions panic if lengths or shapes do not match.
//!
//! Every operation has a row in the table of `tests/table`. The tests compare the operation's value
//! and gradients with its f64 reference over random shapes, and the reference's gradients with
//! finite differences. The workspace's `tests/` compare the operations with other frameworks.

pub mod activate;
pub mod add;
pub mod add_bias;
pub mod bce;
pub mod concat;
pub mod conv2d;
pub mod conv2d_max_pool2d;
pub mod conv2d_transpose;
pub mod cropping2d;
pub mod dense;
pub mod div;
pub mod dropout;
pub mod exp;
pub mod gaussian;
pub mod l1;
pub mod ln;
pub mod matmul;
pub mod max_pool2d;
pub mod mean;
pub mod mean_axis;
pub mod mse;
pub mod mul;
pub mod reshape;
pub mod scale;
pub mod slice;
pub mod sqrt;
pub mod sub;
pub mod sum;
pub mod sum_axis;
pub mod up_sample2d;
pub mod up_sample_conv2d;
pub mod zero_padding2d;

use crate::{Backward, Tape, Var};
use ae_tensor::{Placement, Shape, Tensor, Window};

/// `out = f(x)`, element by element.
fn map(x: &[f32], out: &mut [f32], f: impl Fn(f32) -> f32) {
    assert!(x.len() == out.len(), "{} elements into {}", x.len(), out.len());
    out.iter_mut().zip(x).for_each(|(out, &x)| *out = f(x));
}

/// `out = f(a, b)`, element by element.
fn combine(a: &[f32], b: &[f32], out: &mut [f32], f: impl Fn(f32, f32) -> f32) {
    assert!(
        a.len() == b.len() && a.len() == out.len(),
        "{} and {} elements into {}",
        a.len(),
        b.len(),
        out.len()
    );
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *out = f(a, b);
    }
}

/// The extents of a shape around one of its axes: the number of elements before, along and after
/// it.
#[derive(Clone, Copy)]
struct Axis {
    outer: usize,
    len: usize,
    inner: usize,
}

impl Axis {
    /// # Panics
    /// If the shape has no such axis.
    #[track_caller]
    fn of(op: &str, shape: Shape, axis: usize) -> Self {
        let dims = shape.dims();
        assert!(axis < dims.len(), "{op}: no axis {axis} in shape {shape}");
        Self {
            outer: dims[..axis].iter().product(),
            len: dims[axis],
            inner: dims[axis + 1..].iter().product(),
        }
    }
}

/// The shape without one of its axes.
fn without_axis(shape: Shape, axis: usize) -> Shape {
    let dims = shape.dims();
    Shape::new(&[&dims[..axis], &dims[axis + 1..]].concat())
}

/// The shape with another extent of one of its axes.
fn with_extent(shape: Shape, axis: usize, extent: usize) -> Shape {
    let mut dims = shape.dims().to_vec();
    dims[axis] = extent;
    Shape::new(&dims)
}

/// Helpers that several operations share.
impl Tape<'_> {
    /// Records a function that is applied to each element.
    fn elementwise(
        &mut self,
        x: Var,
        f: impl FnOnce(&[f32], &mut [f32]),
        op: impl Backward + 'static,
    ) -> Var {
        let shape = self.shape(x);
        let mut y = self.buffer(shape.len());
        f(self.value(x).data(), &mut y);
        self.custom(&[x], Tensor::new(shape, y), op)
    }

    /// Records a function that is applied to each pair of elements of two values of the same shape.
    #[track_caller]
    fn elementwise_pair(
        &mut self,
        name: &str,
        [a, b]: [Var; 2],
        f: fn(&[f32], &[f32], &mut [f32]),
        op: impl Backward + 'static,
    ) -> Var {
        let shape = self.same_shape(name, a, b);
        let mut y = self.buffer(shape.len());
        f(self.value(a).data(), self.value(b).data(), &mut y);
        self.custom(&[a, b], Tensor::new(shape, y), op)
    }

    #[track_caller]
    fn same_shape(&self, op: &str, a: Var, b: Var) -> Shape {
        let shape = self.shape(a);
        assert!(shape == self.shape(b), "{op}: {shape} and {}", self.shape(b));
        shape
    }

    /// The number of rows of a value `[rows, ...]`, at least one.
    #[track_caller]
    fn rows(&self, op: &str, x: Var) -> usize {
        let shape = self.shape(x);
        let rows = shape.dims().first().copied().unwrap_or(0);
        assert!(rows > 0, "{op}: a batch of {shape}");
        rows
    }
}

/// The placement of a window on images of this size.
#[track_caller]
fn place(op: &str, window: Window, image: [usize; 2]) -> Placement {
    let placement = window.over(image);
    placement.unwrap_or_else(|| panic!("{op}: {window:?} does not fit images of {image:?}"))
}
