//! The positions of a window on an image.

/// A window that moves over an image. Every extent is `[vertical, horizontal]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window2d {
    /// The image's extents.
    pub input: [usize; 2],
    /// The window's extents.
    pub size: [usize; 2],
    /// The distance between neighboring positions.
    pub stride: [usize; 2],
    /// The rows of padding above and the columns of padding left of the image.
    pub before: [usize; 2],
    /// The number of positions.
    pub output: [usize; 2],
}

impl Window2d {
    /// As many positions as strides begin within the image. The padding this needs is laid around
    /// the image, with the odd row below and the odd column to the right: TensorFlow's "SAME".
    ///
    /// # Panics
    /// If an extent or a stride is zero.
    #[must_use]
    pub fn same(input: [usize; 2], size: [usize; 2], stride: [usize; 2]) -> Self {
        let (mut before, mut output) = ([0; 2], [0; 2]);
        for axis in 0..2 {
            let (n, k, s) = (input[axis], size[axis], stride[axis]);
            assert!(n > 0 && k > 0 && s > 0, "same: {n} {k} {s}");
            let out = n.div_ceil(s);
            let covered = (out - 1) * s + k;
            let total = covered.saturating_sub(n);
            before[axis] = total / 2;
            output[axis] = out;
        }
        Self { input, size, stride, before, output }
    }

    /// Only positions within the image: TensorFlow's "VALID". `None` if there are none.
    ///
    /// # Panics
    /// If an extent or a stride is zero.
    #[must_use]
    pub fn valid(input: [usize; 2], size: [usize; 2], stride: [usize; 2]) -> Option<Self> {
        let mut output = [0; 2];
        for axis in 0..2 {
            let (n, k, s) = (input[axis], size[axis], stride[axis]);
            assert!(n > 0 && k > 0 && s > 0, "valid: {n} {k} {s}");
            if k > n {
                return None;
            }
            output[axis] = (n - k) / s + 1;
        }
        Some(Self { input, size, stride, before: [0; 2], output })
    }

    /// The pixel under tap `tap` of the window at position `at`, all `[row, column]`; `None` in the
    /// padding.
    #[must_use]
    pub fn pixel(&self, at: [usize; 2], tap: [usize; 2]) -> Option<[usize; 2]> {
        let mut pixel = [0; 2];
        for axis in 0..2 {
            let padded = at[axis] * self.stride[axis] + tap[axis];
            if padded < self.before[axis] || padded - self.before[axis] >= self.input[axis] {
                return None;
            }
            pixel[axis] = padded - self.before[axis];
        }
        Some(pixel)
    }

    /// The number of images with `channels` channels in `len` values.
    ///
    /// # Panics
    /// If they are not whole images, or the images are empty.
    pub(crate) fn batch(&self, len: usize, extents: [usize; 2], channels: usize) -> usize {
        let image = extents[0] * extents[1] * channels;
        assert!(
            image > 0 && len.is_multiple_of(image),
            "{len} values for {extents:?} x {channels}"
        );
        len / image
    }
}

/// The index of pixel `[y, x]`, channel `c` of image `n` in `[batch, height, width, channels]`.
pub(crate) fn nhwc(
    n: usize,
    [y, x]: [usize; 2],
    c: usize,
    [h, w]: [usize; 2],
    channels: usize,
) -> usize {
    ((n * h + y) * w + x) * channels + c
}

/// All `[row, column]` below `extents`, row by row.
pub(crate) fn grid([rows, columns]: [usize; 2]) -> impl Iterator<Item = [usize; 2]> {
    (0..rows).flat_map(move |y| (0..columns).map(move |x| [y, x]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// n, k, s -> output, before; worked out by hand.
    #[test]
    fn extents_of_same() {
        let cases = [
            ([28, 3, 1], [28, 1]),
            ([28, 2, 2], [14, 0]), // 26 + 2 = 28: nothing to pad
            ([7, 2, 2], [4, 0]),   // 6 + 2 = 8: one, which goes behind
            ([5, 2, 1], [5, 0]),   // one again
            ([5, 4, 1], [5, 1]),   // three: one before, two behind
            ([3, 5, 1], [3, 2]),   // a window larger than the image
            ([3, 7, 2], [2, 3]),   // 2 + 7 - 3 = 6
            ([9, 1, 3], [3, 0]),   // a stride that skips pixels: 6 + 1 < 9
            ([1, 1, 5], [1, 0]),
        ];
        for ([n, k, s], [output, before]) in cases {
            let w = Window2d::same([n, 4], [k, 1], [s, 1]);
            assert_eq!((w.output, w.before), ([output, 4], [before, 0]), "{n} {k} {s}");
            let w = Window2d::same([4, n], [1, k], [1, s]);
            assert_eq!((w.output, w.before), ([4, output], [0, before]), "{n} {k} {s}");
        }
    }

    #[test]
    fn extents_of_valid() {
        for ([n, k, s], output) in [
            ([28, 3, 1], 26),
            ([5, 5, 1], 1),
            ([5, 5, 3], 1),
            ([7, 2, 2], 3),
            ([7, 3, 2], 3),
            ([8, 3, 2], 3),
        ] {
            let w = Window2d::valid([n, 4], [k, 1], [s, 1]).unwrap();
            assert_eq!((w.output, w.before), ([output, 4], [0, 0]), "{n} {k} {s}");
            assert_eq!(Window2d::valid([4, n], [1, k], [1, s]).unwrap().output, [4, output]);
        }
        assert_eq!(Window2d::valid([5, 5], [6, 1], [1, 1]), None);
        assert_eq!(Window2d::valid([5, 5], [1, 6], [1, 1]), None);
    }

    #[test]
    fn pixels_and_padding() {
        let w = Window2d::same([2, 3], [3, 2], [1, 2]);
        assert_eq!((w.output, w.before), ([2, 2], [1, 0]));
        assert_eq!(w.pixel([0, 0], [0, 0]), None);
        assert_eq!(w.pixel([0, 1], [1, 0]), Some([0, 2]));
        assert_eq!(w.pixel([0, 1], [1, 1]), None);
        assert_eq!(w.pixel([1, 0], [1, 1]), Some([1, 1]));
        assert_eq!(w.pixel([1, 0], [2, 0]), None);
    }
}
