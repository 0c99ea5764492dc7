//! The shape of a tensor: up to four extents, stored without an allocation.

use std::fmt;

/// The highest rank a tensor can have: images in a batch, `[batch, height, width, channels]`.
pub const MAX_RANK: usize = 4;

/// The extents of a tensor, outermost first; rank 0 is a scalar.
///
/// ```
/// use ae_tensor::Shape;
/// let batch = Shape::from([250, 784]);
/// assert_eq!((batch.rank(), batch.len(), batch.to_string()), (2, 196_000, "(250, 784)".into()));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    // Extents beyond the rank are always 1, so that derived equality compares shapes.
    extents: [usize; MAX_RANK],
    rank: usize,
}

impl Shape {
    /// Creates the shape with these extents.
    ///
    /// # Panics
    /// If there are more than [`MAX_RANK`] of them, or if their product overflows `usize`.
    #[must_use]
    pub fn new(dims: &[usize]) -> Self {
        assert!(dims.len() <= MAX_RANK, "Shape: rank {} is above {MAX_RANK}: {dims:?}", dims.len());
        let product = dims.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
        assert!(product.is_some(), "Shape: too many elements: {dims:?}");
        let mut extents = [1; MAX_RANK];
        extents[..dims.len()].copy_from_slice(dims);
        Self { extents, rank: dims.len() }
    }

    /// As [`Shape::new`], but `None` where that would panic: for untrusted extents.
    #[must_use]
    pub fn checked(dims: &[usize]) -> Option<Self> {
        let product = dims.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
        (dims.len() <= MAX_RANK && product.is_some()).then(|| Self::new(dims))
    }

    /// The extents, outermost first.
    #[must_use]
    pub fn dims(&self) -> &[usize] {
        &self.extents[..self.rank]
    }

    /// The number of extents.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// The number of elements of a tensor of this shape: the product of the extents, 1 for a
    /// scalar.
    #[must_use]
    pub fn len(&self) -> usize {
        self.extents.iter().product()
    }

    /// Returns whether a tensor of this shape has no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The shape of `count` items of this shape stacked in one tensor: `(28, 28)` becomes
    /// `(count, 28, 28)`.
    ///
    /// # Panics
    /// If the rank is already [`MAX_RANK`], or the number of elements overflows `usize`.
    #[must_use]
    pub fn with_batch(&self, count: usize) -> Self {
        let mut dims = vec![count];
        dims.extend_from_slice(self.dims());
        Self::new(&dims)
    }

    /// The extents of a matrix, `(rows, columns)`.
    ///
    /// # Panics
    /// If the rank is not 2; the message names `op`.
    #[must_use]
    #[track_caller]
    pub fn matrix(&self, op: &str) -> (usize, usize) {
        assert!(self.rank == 2, "{op}: expected a matrix, got shape {self}");
        (self.extents[0], self.extents[1])
    }

    /// The extents of a batch of images `[batch, height, width, channels]`:
    /// `(batch, [height, width], channels)`.
    ///
    /// # Panics
    /// If the rank is not 4; the message names `op`.
    #[must_use]
    #[track_caller]
    pub fn images(&self, op: &str) -> (usize, [usize; 2], usize) {
        assert!(
            self.rank == 4,
            "{op}: expected images (batch, height, width, channels), got shape {self}"
        );
        let [batch, height, width, channels] = self.extents;
        (batch, [height, width], channels)
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(dims: [usize; N]) -> Self {
        Self::new(&dims)
    }
}

impl From<&[usize]> for Shape {
    fn from(dims: &[usize]) -> Self {
        Self::new(dims)
    }
}

/// Prints the shape as Python does: `()`, `(784,)`, `(250, 784)`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.dims() {
            [only] => write!(f, "({only},)"),
            dims => {
                let list: Vec<String> = dims.iter().map(ToString::to_string).collect();
                write!(f, "({})", list.join(", "))
            }
        }
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_python_does() {
        assert_eq!(Shape::from([]).to_string(), "()");
        assert_eq!(Shape::from([784]).to_string(), "(784,)");
        assert_eq!(Shape::from([2, 3, 4, 5]).to_string(), "(2, 3, 4, 5)");
    }

    #[test]
    fn counts_elements() {
        assert_eq!(Shape::from([]).len(), 1);
        assert_eq!(Shape::from([0, 7]).len(), 0);
        assert!(Shape::from([0, 7]).is_empty());
    }

    #[test]
    fn a_batch_is_one_rank_more() {
        assert_eq!(Shape::from([28, 28]).with_batch(250), Shape::from([250, 28, 28]));
        assert_eq!(Shape::from([]).with_batch(3), Shape::from([3]));
    }

    #[test]
    fn rank_is_part_of_equality() {
        assert_ne!(Shape::from([3]), Shape::from([3, 1]));
    }

    #[test]
    fn extents_from_outside_are_checked() {
        assert_eq!(Shape::checked(&[2, 3]), Some(Shape::from([2, 3])));
        assert_eq!(Shape::checked(&[]), Some(Shape::from([])));
        assert_eq!(Shape::checked(&[1; 5]), None);
        assert_eq!(Shape::checked(&[1 << 40, 1 << 40]), None);
    }

    #[test]
    #[should_panic(expected = "rank 5 is above 4")]
    fn rejects_rank_five() {
        let _ = Shape::from([1, 1, 1, 1, 1]);
    }

    #[test]
    #[should_panic(expected = "too many elements")]
    fn rejects_overflow() {
        let _ = Shape::from([usize::MAX, 2]);
    }
}
