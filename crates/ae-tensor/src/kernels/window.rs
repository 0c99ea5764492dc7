//! The positions of a sliding window on an image: the geometry that convolution and pooling share.
//!
//! A window of `k` pixels moves over `n` pixels in steps of `s`. With [`Padding::Valid`] it never
//! leaves the image:
//!
//! ```text
//! out = (n - k) / s + 1            (rounded down; the last pixels may be left out)
//! ```
//!
//! With [`Padding::Same`] there are as many positions as steps fit into the image, and the image is
//! padded by just what the last position needs, with the odd pixel at the end:
//!
//! ```text
//! out = ceil(n / s)
//! total = max((out - 1) s + k - n, 0)
//! before = total / 2                (rounded down)
//! ```
//!
//! This is TensorFlow's rule, and therefore Keras's. With "padding 1" in other frameworks the odd
//! pixel may be on the other side.

/// Whether a window may extend over the image's edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Padding {
    /// The window stays within the image.
    Valid,
    /// The window may extend over the edge, so that with a stride of 1 the output is as large as
    /// the image.
    Same,
}

impl Padding {
    /// The name in Keras.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Same => "same",
        }
    }
}

/// A window's size, stride and padding. All pairs are (vertical, horizontal).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// Height and width.
    pub size: [usize; 2],
    /// The steps downwards and to the right.
    pub stride: [usize; 2],
    /// The treatment of the edge.
    pub padding: Padding,
}

impl Window {
    /// Creates a window that moves pixel by pixel and may extend over the edge.
    #[must_use]
    pub const fn same(size: [usize; 2]) -> Self {
        Self { size, stride: [1, 1], padding: Padding::Same }
    }

    /// Creates a window that moves pixel by pixel and stays within the image.
    #[must_use]
    pub const fn valid(size: [usize; 2]) -> Self {
        Self { size, stride: [1, 1], padding: Padding::Valid }
    }

    /// Returns the same window with other strides.
    #[must_use]
    pub const fn with_stride(self, stride: [usize; 2]) -> Self {
        Self { stride, ..self }
    }

    /// The positions of the window on images of this height and width; `None` if an extent or a
    /// stride is 0, or if the window has to stay within the image and does not fit.
    ///
    /// ```
    /// use ae_tensor::Window;
    /// // Two pixels of padding for three: one above and one below.
    /// let placement = Window::same([3, 3]).over([28, 28]).unwrap();
    /// assert_eq!((placement.output, placement.before), ([28, 28], [1, 1]));
    /// // Seven rows in pairs: one row of padding, below the last.
    /// let placement = Window::same([2, 2]).with_stride([2, 2]).over([7, 7]).unwrap();
    /// assert_eq!((placement.output, placement.before), ([4, 4], [0, 0]));
    /// assert!(Window::valid([5, 5]).over([4, 9]).is_none());
    /// ```
    #[must_use]
    pub fn over(self, image: [usize; 2]) -> Option<Placement> {
        let mut output = [0; 2];
        let mut before = [0; 2];
        for axis in 0..2 {
            let (n, k, s) = (image[axis], self.size[axis], self.stride[axis]);
            if n == 0 || k == 0 || s == 0 {
                return None;
            }
            output[axis] = match self.padding {
                Padding::Valid => n.checked_sub(k)? / s + 1,
                Padding::Same => n.div_ceil(s),
            };
            before[axis] = match self.padding {
                Padding::Valid => 0,
                Padding::Same => ((output[axis] - 1) * s + k).saturating_sub(n) / 2,
            };
        }
        Some(Placement { size: self.size, stride: self.stride, input: image, output, before })
    }
}

/// A [`Window`] on images of a given size. All pairs are (vertical, horizontal).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Placement {
    /// The window's height and width.
    pub size: [usize; 2],
    /// The strides.
    pub stride: [usize; 2],
    /// Height and width of the image.
    pub input: [usize; 2],
    /// The number of positions.
    pub output: [usize; 2],
    /// How far the window at the first position extends over the image's upper and left edge.
    pub before: [usize; 2],
}

impl Placement {
    /// The part of the window at position `place` along `axis` that lies on the image: the taps,
    /// and the pixel under the first of them.
    ///
    /// It is empty only where the window lies entirely beyond the image, which never happens for a
    /// window placed by [`Window::over`].
    #[inline]
    pub(crate) fn taps(&self, axis: usize, place: usize) -> (std::ops::Range<usize>, usize) {
        let start = place * self.stride[axis];
        let first = self.before[axis].saturating_sub(start);
        let end = (self.input[axis] + self.before[axis]).saturating_sub(start);
        let end = end.min(self.size[axis]).max(first);
        (first..end, start + first - self.before[axis])
    }

    /// The number of pixels of an image.
    pub(crate) fn input_pixels(&self) -> usize {
        self.input[0] * self.input[1]
    }

    /// The number of positions of the window.
    pub(crate) fn output_pixels(&self) -> usize {
        self.output[0] * self.output[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Extents and padding for one axis, as TensorFlow's documentation of "same" and "valid" gives
    /// them.
    #[test]
    fn the_rules_of_tensorflow() {
        for (n, k, s, same, valid) in [
            (28, 3, 1, Some((28, 1)), Some(26)),
            (7, 2, 2, Some((4, 0)), Some(3)),
            (8, 3, 2, Some((4, 0)), Some(3)),
            (7, 3, 2, Some((4, 1)), Some(3)),
            (3, 5, 1, Some((3, 2)), None),
            (3, 4, 1, Some((3, 1)), None),
            (10, 1, 3, Some((4, 0)), Some(4)),
            (1, 7, 2, Some((1, 3)), None),
        ] {
            let place = |window: Window| {
                let placement = window.with_stride([s, 1]).over([n, 9])?;
                Some((placement.output[0], placement.before[0]))
            };
            assert_eq!(place(Window::same([k, 1])), same, "same {n} {k} {s}");
            let valid = valid.map(|out| (out, 0));
            assert_eq!(place(Window::valid([k, 1])), valid, "valid {n} {k} {s}");
        }
        assert!(Window::same([3, 3]).over([0, 3]).is_none());
        assert!(Window::same([3, 0]).over([3, 3]).is_none());
        assert!(Window::same([3, 3]).with_stride([0, 1]).over([3, 3]).is_none());
    }

    #[test]
    fn taps_that_lie_on_the_image() {
        let placement = Window::same([4, 1]).over([3, 1]).unwrap();
        assert_eq!(placement.before, [1, 0]);
        let taps: Vec<_> = (0..3).map(|y| placement.taps(0, y)).collect();
        assert_eq!(taps, [(1..4, 0), (0..3, 0), (0..2, 1)]);
    }
}
