//! Elementwise operations and reductions on whole tensors, for convenience in code that is not hot.

use crate::Tensor;
use crate::kernels;

impl Tensor {
    /// Applies `f` to every element.
    #[must_use]
    pub fn map(mut self, f: impl Fn(f32) -> f32) -> Self {
        self.data_mut().iter_mut().for_each(|x| *x = f(*x));
        self
    }

    /// Combines the tensors element by element: `f(self, other)`.
    ///
    /// # Panics
    /// If the shapes differ.
    #[must_use]
    #[track_caller]
    pub fn zip_map(mut self, other: &Self, f: impl Fn(f32, f32) -> f32) -> Self {
        assert!(self.shape() == other.shape(), "zip_map: {} and {}", self.shape(), other.shape());
        let pairs = self.data_mut().iter_mut().zip(other.data());
        pairs.for_each(|(a, &b)| *a = f(*a, b));
        self
    }

    /// The sum of all elements, accumulated in f64.
    #[must_use]
    pub fn sum(&self) -> f64 {
        kernels::sum::sum(self.data())
    }

    /// The mean of all elements, accumulated in f64; NaN for an empty tensor.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.sum() / self.len() as f64
    }

    /// The sum of each column of a matrix.
    ///
    /// # Panics
    /// If the rank is not 2.
    #[must_use]
    #[track_caller]
    pub fn column_sums(&self) -> Self {
        let (_, cols) = self.shape().matrix("column_sums");
        let mut out = Self::zeros([cols]);
        kernels::sum::column_sums(self.data(), out.data_mut());
        out
    }

    /// The largest element, or negative infinity for an empty tensor; any NaN gives NaN.
    #[must_use]
    pub fn max(&self) -> f32 {
        self.data().iter().fold(f32::NEG_INFINITY, |m, &x| if x > m || x.is_nan() { x } else { m })
    }

    /// Returns whether every element is finite.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        // Without a branch for each element the compiler uses vectors. The sign is shifted out; the
        // exponents of NaN and infinity are all ones, and largest.
        let largest = |block: &[f32]| block.iter().fold(0, |most, x| most.max(x.to_bits() << 1));
        self.data().chunks(4096).all(|block| largest(block) < f32::INFINITY.to_bits() << 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reductions() {
        let x = Tensor::new([2, 2], vec![1.0, -2.0, 3.0, 4.0]);
        assert_eq!((x.sum(), x.mean(), x.max()), (6.0, 1.5, 4.0));
        assert_eq!(x.column_sums().data(), [4.0, 2.0]);
        assert!(x.is_finite());
        let broken = x.map(|v| if v < 0.0 { f32::NAN } else { v });
        assert!(broken.max().is_nan() && !broken.is_finite());
    }

    #[test]
    fn one_number_that_is_not_finite_is_found_anywhere() {
        for broken in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for at in [0, 17, 4095, 4096, 9999] {
                let mut x = Tensor::full([10_000], f32::MAX);
                x.data_mut()[at] = broken;
                assert!(!x.is_finite(), "{broken} at {at}");
                x.data_mut()[at] = f32::MIN;
                assert!(x.is_finite());
            }
        }
        assert!(Tensor::zeros([0]).is_finite());
    }

    #[test]
    #[should_panic(expected = "zip_map: (2,) and (3,)")]
    fn zip_map_names_both_shapes() {
        let _ = Tensor::zeros([2]).zip_map(&Tensor::zeros([3]), |a, _| a);
    }
}
