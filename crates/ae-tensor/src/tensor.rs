//! The tensor: a shape and its elements.

use crate::Shape;
use crate::kernels::{self, gemm::MatRef};
use rand::Rng;
use std::fmt;

/// A contiguous, row-major array of f32 of rank 0 to 4.
///
/// Layouts are Keras's, so that weights can be compared directly: images are
/// `[batch, height, width, channels]`, dense kernels `[inputs, outputs]`.
///
/// ```
/// use ae_tensor::Tensor;
/// let x = Tensor::new([2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// assert_eq!(x.matmul(&x.transposed()).data(), [14.0, 32.0, 32.0, 77.0]);
/// ```
#[derive(Clone, PartialEq)]
pub struct Tensor {
    shape: Shape,
    data: Vec<f32>,
}

impl Tensor {
    /// Creates a tensor of these elements, row-major.
    ///
    /// # Panics
    /// If `data` does not have as many elements as the shape.
    #[must_use]
    #[track_caller]
    pub fn new(shape: impl Into<Shape>, data: Vec<f32>) -> Self {
        let shape = shape.into();
        assert!(
            data.len() == shape.len(),
            "Tensor::new: {} elements for shape {shape}",
            data.len()
        );
        Self { shape, data }
    }

    /// Creates a tensor of zeros.
    #[must_use]
    pub fn zeros(shape: impl Into<Shape>) -> Self {
        Self::full(shape, 0.0)
    }

    /// Creates a tensor whose elements all equal `value`.
    #[must_use]
    pub fn full(shape: impl Into<Shape>, value: f32) -> Self {
        let shape = shape.into();
        Self { shape, data: vec![value; shape.len()] }
    }

    /// Creates a tensor of rank 0.
    #[must_use]
    pub fn scalar(value: f32) -> Self {
        Self { shape: Shape::from([]), data: vec![value] }
    }

    /// Creates a tensor whose element `i`, in row-major order, is `f(i)`.
    #[must_use]
    pub fn from_fn(shape: impl Into<Shape>, f: impl FnMut(usize) -> f32) -> Self {
        let shape = shape.into();
        Self { shape, data: (0..shape.len()).map(f).collect() }
    }

    /// Creates a tensor of elements drawn independently and uniformly from `[low, high)`, in
    /// row-major order.
    ///
    /// # Panics
    /// If `low < high` does not hold, or the interval's length is not finite in f32.
    #[must_use]
    pub fn uniform(shape: impl Into<Shape>, low: f32, high: f32, rng: &mut impl Rng) -> Self {
        assert!(
            low < high && (high - low).is_finite(),
            "Tensor::uniform: [{low}, {high}) is not an interval"
        );
        Self::from_fn(shape, |_| crate::random::uniform(rng, low, high))
    }

    /// Creates a tensor of elements drawn independently from the normal distribution with mean 0
    /// and variance 1.
    #[must_use]
    pub fn standard_normal(shape: impl Into<Shape>, rng: &mut impl Rng) -> Self {
        Self::from_fn(shape, |_| crate::random::standard_normal(rng))
    }

    /// The shape.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Returns whether the tensor has no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The elements, row-major.
    #[must_use]
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// The elements, row-major, for modification in place.
    #[must_use]
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// Returns the elements and drops the shape.
    #[must_use]
    pub fn into_data(self) -> Vec<f32> {
        self.data
    }

    /// The only element.
    ///
    /// # Panics
    /// If the tensor does not have exactly one element.
    #[must_use]
    #[track_caller]
    pub fn item(&self) -> f32 {
        assert!(self.len() == 1, "item: shape {} has {} elements", self.shape, self.len());
        self.data[0]
    }

    /// The elements under index `i` of the first axis: row `i` of a matrix, image `i` of a batch.
    ///
    /// # Panics
    /// If the rank is 0 or `i` is out of range.
    #[must_use]
    #[track_caller]
    pub fn row(&self, i: usize) -> &[f32] {
        let dims = self.shape.dims();
        assert!(
            dims.first().is_some_and(|&rows| i < rows),
            "row: no row {i} in shape {}",
            self.shape
        );
        let len = self.len() / dims[0];
        &self.data[i * len..(i + 1) * len]
    }

    /// Returns the same elements with another shape.
    ///
    /// # Panics
    /// If the shapes differ in their number of elements.
    #[must_use]
    #[track_caller]
    pub fn reshape(self, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        assert!(shape.len() == self.len(), "reshape: {} cannot become {shape}", self.shape);
        Self { shape, data: self.data }
    }

    /// The transpose of a matrix.
    ///
    /// # Panics
    /// If the rank is not 2.
    #[must_use]
    #[track_caller]
    pub fn transposed(&self) -> Self {
        let (rows, cols) = self.shape.matrix("transposed");
        let mut data = vec![0.0; self.len()];
        kernels::transpose::transpose(&self.data, rows, cols, &mut data);
        Self { shape: Shape::from([cols, rows]), data }
    }

    /// Reorders the axes: axis `i` of the result is axis `axes[i]` of this tensor. So
    /// `[0, 3, 1, 2]` turns images from `[batch, height, width, channels]` into
    /// `[batch, channels, height, width]`.
    ///
    /// # Panics
    /// If `axes` does not name every axis once.
    #[must_use]
    #[track_caller]
    pub fn permuted(&self, axes: &[usize]) -> Self {
        let dims = self.shape.dims();
        let mut named = axes.to_vec();
        named.sort_unstable();
        assert!(
            named.into_iter().eq(0..dims.len()),
            "permuted: {axes:?} are not the axes of {}",
            self.shape
        );
        // The distance in this tensor between neighbors along each axis of the result.
        let stride_of = |axis: usize| dims[axis + 1..].iter().product::<usize>();
        let strides: Vec<usize> = axes.iter().map(|&axis| stride_of(axis)).collect();
        let shape: Vec<usize> = axes.iter().map(|&axis| dims[axis]).collect();
        let shape = Shape::new(&shape);
        Self::from_fn(shape, |mut place| {
            let mut source = 0;
            for (&extent, &stride) in shape.dims().iter().zip(&strides).rev() {
                source += place % extent * stride;
                place /= extent;
            }
            self.data[source]
        })
    }

    /// The matrix for [`kernels::gemm`]; its `.t()` is the transpose, without a copy.
    ///
    /// # Panics
    /// If the rank is not 2.
    #[must_use]
    #[track_caller]
    pub fn as_matrix(&self) -> MatRef<'_> {
        let (rows, cols) = self.shape.matrix("as_matrix");
        MatRef::new(&self.data, rows, cols)
    }

    /// The matrix product.
    ///
    /// # Panics
    /// If either tensor is not a matrix, or the inner extents differ.
    #[must_use]
    #[track_caller]
    pub fn matmul(&self, other: &Self) -> Self {
        let (m, k) = self.shape.matrix("matmul");
        let (k2, n) = other.shape.matrix("matmul");
        assert!(k == k2, "matmul: {} x {}", self.shape, other.shape);
        let mut out = Self::zeros([m, n]);
        kernels::gemm::gemm(
            self.as_matrix(),
            other.as_matrix(),
            &mut out.data,
            kernels::gemm::Epilogue::default(),
        );
        out
    }
}

/// Prints the shape and the first elements; a whole batch would hide the message around it.
impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 8;
        write!(f, "Tensor{} ", self.shape)?;
        f.debug_list().entries(self.data.iter().take(SHOWN)).finish()?;
        if self.len() > SHOWN { write!(f, "...") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "matmul: (2, 3) x (2, 3)")]
    fn matmul_names_both_shapes() {
        let x = Tensor::zeros([2, 3]);
        let _ = x.matmul(&x);
    }

    #[test]
    #[should_panic(expected = "5 elements for shape (2, 3)")]
    fn new_checks_the_count() {
        let _ = Tensor::new([2, 3], vec![0.0; 5]);
    }

    #[test]
    fn rows_of_a_batch_of_images() {
        let x = Tensor::from_fn([2, 2, 2, 1], |i| i as f32);
        assert_eq!(x.row(1), [4.0, 5.0, 6.0, 7.0]);
        assert_eq!(x.reshape([4, 2]).transposed().row(1), [1.0, 3.0, 5.0, 7.0]);
    }

    #[test]
    fn permuted_axes() {
        // Each element encodes its indices: n, y, x, c of shape [2, 3, 4, 5].
        let x = Tensor::from_fn([2, 3, 4, 5], |i| {
            (i / 60 * 1000 + i / 20 % 3 * 100 + i / 5 % 4 * 10 + i % 5) as f32
        });
        let channels_first = x.permuted(&[0, 3, 1, 2]);
        assert_eq!(channels_first.shape(), Shape::from([2, 5, 3, 4]));
        // n = 1, c = 3, y = 2, x = 1
        assert_eq!(channels_first.data()[60 + 3 * 12 + 2 * 4 + 1], 1213.0);
        assert_eq!(channels_first.permuted(&[0, 2, 3, 1]), x);
        let matrix = x.reshape([6, 20]);
        assert_eq!(matrix.permuted(&[1, 0]), matrix.transposed());
        assert_eq!(Tensor::scalar(3.0).permuted(&[]).item(), 3.0);
        assert!(Tensor::zeros([0, 2]).permuted(&[1, 0]).is_empty());
    }

    #[test]
    #[should_panic(expected = "permuted: [0, 0] are not the axes of (2, 3)")]
    fn permuted_wants_each_axis_once() {
        let _ = Tensor::zeros([2, 3]).permuted(&[0, 0]);
    }

    #[test]
    fn debug_is_short() {
        let text = format!("{:?}", Tensor::zeros([100, 100]));
        assert!(text.starts_with("Tensor(100, 100) [0.0,") && text.len() < 80, "{text}");
    }
}
