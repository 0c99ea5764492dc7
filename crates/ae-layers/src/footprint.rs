//! Which pixels of the input a pixel of the output depends on. This must be known to process a
//! large image in tiles.
//!
//! Layers that slide windows over an image compute the same function everywhere. If the image
//! moves, the output moves with it, as long as every layer's windows still cover the same pixels: a
//! layer with stride `s` requires moves by multiples of `s` of *its* input. Let `r` be the number
//! of pixels in a layer's output for one pixel of the model's input: `r` starts at 1, is divided by
//! each stride and multiplied by each enlargement. A move by `m` pixels is one by `m r` pixels
//! after the layer, and all of these are whole numbers if `m` is a multiple of the *grid*, the
//! least common multiple of the denominators of all `r`. The notebook's denoising model halves
//! twice and doubles twice: `r` is 1, 1/2, 1/4, 1/2, 1, and the grid 4.
//!
//! How far a pixel sees is found by going backwards through the layers. Pixels `first..=last` of a
//! layer's output depend on those of its input
//!
//! ```text
//! window of k, stride s, padding p before:   s first - p       ..=  s last - p + k - 1
//! enlargement by f:                          floor(first / f)  ..=  floor(last / f)
//! kernel of k spread s apart, p before:
//!                           ceil((first + p - k + 1) / s)  ..=  floor((last + p) / s)
//! ```
//!
//! For output pixel 3 of the notebook's model, whose convolutions have windows of 3 and whose
//! poolings have windows of 2 with stride 2:
//!
//! ```text
//! conv     2..=4      up-sampling  1..=2
//! conv     0..=3      up-sampling  0..=1
//! conv    -1..=2      pooling     -2..=5
//! conv    -3..=6      pooling     -6..=13
//! conv    -7..=14     10 pixels before it and 11 behind it
//! ```
//!
//! Past a shortcut, a pixel also sees those that the end of the shortcut sees, which matters only
//! if the layers between see less.
//!
//! The position of a pixel on the grid decides how its neighbors are paired: pixel 1 sees 12 and
//! 13, pixel 2 sees 13 and 12, pixel 0 sees 11 and 10. The largest, 13, rounded up to the grid is
//! the *margin*, 16. Farther from a cut than the margin, a tile does not depend on the cut: from 16
//! pixels on, the output equals that of the whole image.

use crate::LayerSpec;

/// The largest useful grid and margin. With larger ones an image is a single tile anyway.
const LARGEST: usize = 1024;

/// The grid and the margin of a convolutional model. All pairs are (vertical, horizontal), in
/// pixels of the input.
///
/// ```
/// use ae_layers::{Activation, Footprint, Window, conv2d, dense, max_pool2d, up_sample2d};
/// let convolution = || conv2d(8, Window::same([3, 3]), Activation::Relu);
/// let halve = max_pool2d(Window::same([2, 2]).with_stride([2, 2]));
/// let layers = [convolution(), halve, convolution(), up_sample2d([2, 2]), convolution()];
/// let footprint = Footprint::of(&layers).expect("windows only");
/// assert_eq!((footprint.grid, footprint.margin), ([2, 2], [6, 6]));
/// assert!(Footprint::of(&[dense(10, Activation::Relu)]).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// If the image moves by a multiple of this, the output moves by the same amount. An image
    /// whose height and width are multiples has an output of the same size.
    pub grid: [usize; 2],
    /// How far a pixel of the output sees, rounded up to the grid.
    pub margin: [usize; 2],
}

impl Footprint {
    /// The footprint of these layers. `None` if one of them is not the same everywhere (for
    /// example, a dense layer), if a window may not reach over the edge, if the output is not as
    /// large as the input, or if a pixel sees more than 1024 others on one side.
    ///
    /// It is the footprint of [`Footprint::layers`], without the layers that add pixels at the
    /// edges or cut them off.
    #[must_use]
    pub fn of(layers: &[LayerSpec]) -> Option<Self> {
        let [rows, cols] = [0, 1].map(|axis| {
            let steps: Option<Vec<AxisMap>> =
                layers.iter().map(|layer| layer.axis_map(axis)).collect();
            let steps = steps?;
            let grid = grid(&steps)?;
            let margin = reach(&steps, grid).checked_next_multiple_of(grid)?;
            (margin <= LARGEST).then_some((grid, margin))
        });
        let ((rows, above), (cols, beside)) = (rows?, cols?);
        Some(Self { grid: [rows, cols], margin: [above, beside] })
    }
}

impl Footprint {
    /// The layers that have this footprint: all except those that only add pixels at the edges or
    /// cut them off, which are made for images of one size.
    #[must_use]
    pub fn layers(layers: &[LayerSpec]) -> Vec<LayerSpec> {
        let edges = |layer: &LayerSpec| matches!(layer.axis_map(0), Some(AxisMap::Edges { .. }));
        layers.iter().filter(|layer| !edges(layer)).cloned().collect()
    }
}

/// What a layer does along one axis of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AxisMap {
    /// A window on an extent that is a multiple of the stride.
    Window {
        /// The number of pixels that it covers.
        size: usize,
        /// The number of pixels by which it moves.
        stride: usize,
        /// How far the first window reaches over the edge.
        before: usize,
    },
    /// Each pixel repeated this many times.
    Enlarge(usize),
    /// Each pixel adds a kernel to the output, at positions one stride apart.
    Spread {
        /// The number of pixels that the kernel covers.
        size: usize,
        /// The distance between the kernels of two neighboring pixels.
        stride: usize,
        /// How far the first kernel reaches over the edge.
        before: usize,
    },
    /// Each pixel separately.
    Pointwise,
    /// Each pixel separately; it is also kept for the end of the shortcut.
    ShortcutBegins,
    /// Each pixel is added to the one that the last open shortcut has kept, which must be at the
    /// same place of an image of the same size.
    ShortcutEnds,
    /// The number of pixels added at the edges, or cut off if the number is negative. A model may
    /// add pixels at its beginning and cut off as many at its end, so that its layers get images of
    /// a certain size. For images of other sizes it runs without such layers.
    Edges {
        /// The number of pixels added before the first.
        before: i64,
        /// The number of pixels added after the last.
        after: i64,
    },
}

/// The least common multiple of the denominators of all rates, if the last rate is 1.
fn grid(steps: &[AxisMap]) -> Option<usize> {
    let (mut numerator, mut denominator, mut grid) = (1usize, 1usize, 1usize);
    let mut added = [0i64; 2];
    let mut kept = Vec::new();
    for step in steps {
        match *step {
            AxisMap::Window { stride, .. } => denominator = denominator.checked_mul(stride)?,
            AxisMap::Enlarge(factor) | AxisMap::Spread { stride: factor, .. } => {
                numerator = numerator.checked_mul(factor)?;
            }
            AxisMap::Pointwise => {}
            AxisMap::ShortcutBegins => kept.push((numerator, denominator, added)),
            // Both ways must lead to the same pixels.
            AxisMap::ShortcutEnds if kept.pop() != Some((numerator, denominator, added)) => {
                return None;
            }
            AxisMap::ShortcutEnds => {}
            // They can be left out only at the resolution of the input.
            AxisMap::Edges { .. } if numerator != denominator => return None,
            AxisMap::Edges { before, after } => {
                added = [added[0].checked_add(before)?, added[1].checked_add(after)?];
            }
        }
        let common = greatest_common_divisor(numerator, denominator);
        (numerator, denominator) = (numerator / common, denominator / common);
        grid = grid / greatest_common_divisor(grid, denominator) * denominator;
        // This also keeps every number below it far from overflow.
        if grid.max(numerator) > LARGEST {
            return None;
        }
    }
    (numerator == denominator && added == [0, 0]).then_some(grid)
}

fn greatest_common_divisor(mut a: usize, mut b: usize) -> usize {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The largest number of pixels before or after its own position that a pixel of the output sees,
/// over all positions on the grid.
fn reach(steps: &[AxisMap], grid: usize) -> usize {
    let of_place = |place: i64| {
        let (first, last) = seen(steps, place);
        (place - first).max(last - place).max(0) as usize
    };
    (0..grid as i64).map(of_place).max().unwrap_or(0)
}

/// The first and the last pixel of the input that a pixel of the output depends on.
fn seen(steps: &[AxisMap], place: i64) -> (i64, i64) {
    let (mut first, mut last) = (place, place);
    let mut kept = Vec::new();
    for step in steps.iter().rev() {
        match *step {
            AxisMap::Window { size, stride, before } => {
                let (size, stride, before) = (size as i64, stride as i64, before as i64);
                (first, last) = (stride * first - before, stride * last - before + size - 1);
            }
            AxisMap::Enlarge(factor) => {
                let factor = factor as i64;
                (first, last) = (first.div_euclid(factor), last.div_euclid(factor));
            }
            AxisMap::Spread { size, stride, before } => {
                let (size, stride, before) = (size as i64, stride as i64, before as i64);
                let seen_last = (last + before).div_euclid(stride);
                // A kernel smaller than the stride leaves pixels that see nothing.
                let seen_first = -(size - 1 - before - first).div_euclid(stride);
                (first, last) = (seen_first.min(seen_last), seen_last);
            }
            AxisMap::ShortcutEnds => kept.push((first, last)),
            AxisMap::ShortcutBegins => {
                let (from, to) = kept.pop().unwrap_or((first, last));
                (first, last) = (first.min(from), last.max(to));
            }
            AxisMap::Pointwise | AxisMap::Edges { .. } => {}
        }
    }
    (first, last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Activation, Sequential, Window, add, conv2d, cropping2d, flatten, max_pool2d, relu,
        reshape, shortcut, sigmoid, up_sample2d, zero_padding2d,
    };
    use ae_autodiff::Params;
    use ae_tensor::Tensor;
    use ae_testkit::Sampler;

    fn convolution(filters: usize) -> LayerSpec {
        // Linear, so that a ReLU's zeros hide no pixel.
        conv2d(filters, Window::same([3, 3]), Activation::Linear)
    }

    fn halve() -> LayerSpec {
        max_pool2d(Window::same([2, 2]).with_stride([2, 2]))
    }

    /// The notebook's denoising model with fewer filters.
    fn notebook() -> Vec<LayerSpec> {
        vec![
            convolution(4),
            halve(),
            convolution(4),
            halve(),
            convolution(4),
            up_sample2d([2, 2]),
            convolution(4),
            up_sample2d([2, 2]),
            convolution(1),
            sigmoid(),
        ]
    }

    /// Zeros around images that are cropped again change nothing on images of other sizes.
    #[test]
    fn edges_that_cancel_are_left_out() {
        let conv = || conv2d(1, Window::same([3, 3]), Activation::Linear);
        let halve = || max_pool2d(Window::same([2, 2]).with_stride([2, 2]));
        let sides = [[0, 1], [1, 2]];
        let (pad, crop) = (zero_padding2d(sides), cropping2d(sides));
        let plain = [conv(), halve(), up_sample2d([2, 2])];
        let padded: Vec<LayerSpec> =
            [pad.clone()].into_iter().chain(plain.clone()).chain([crop.clone()]).collect();
        assert_eq!(Footprint::of(&padded), Footprint::of(&plain));
        assert!(Footprint::of(&padded).is_some());
        assert_eq!(Footprint::layers(&padded), plain);
        // Something is left over, or the pixels are not those of the input.
        assert_eq!(Footprint::of(&padded[..4]), None);
        assert_eq!(Footprint::of(&[conv(), halve(), pad, crop, up_sample2d([2, 2])]), None);
    }

    #[test]
    fn the_derivation_of_the_notebooks_model() {
        let steps: Vec<AxisMap> =
            notebook().iter().map(|layer| layer.axis_map(0).unwrap()).collect();
        assert_eq!((grid(&steps), reach(&steps, 4)), (Some(4), 13));
        // Exercise 6 of README.md, and two pixels that see beyond the image.
        assert_eq!([29, 31].map(|place| seen(&steps, place)), [(17, 42), (21, 42)]);
        let at_the_edge = [(-11, 10), (-11, 14), (-11, 14), (-7, 14)];
        assert_eq!([0, 1, 2, 3].map(|place| seen(&steps, place)), at_the_edge);
        let expected = Footprint { grid: [4, 4], margin: [16, 16] };
        assert_eq!(Footprint::of(&notebook()), Some(expected));
    }

    #[test]
    fn axes_are_not_confused() {
        let layers = [
            conv2d(2, Window::same([3, 7]), Activation::Relu),
            conv2d(2, Window::same([1, 3]).with_stride([1, 3]), Activation::Relu),
            up_sample2d([1, 3]),
        ];
        let footprint = Footprint::of(&layers).unwrap();
        assert_eq!(footprint, Footprint { grid: [1, 3], margin: [1, 6] });
        // An even window reaches one pixel further after its position than before it.
        let even = Footprint::of(&[conv2d(1, Window::same([4, 2]), Activation::Relu)]).unwrap();
        assert_eq!(even.margin, [2, 1]);
    }

    #[test]
    fn a_shortcut_changes_what_is_seen_only_if_it_leads_past_less() {
        let block = |inner: Vec<LayerSpec>| [vec![shortcut()], inner, vec![add()]].concat();
        let convolutions = vec![convolution(4), convolution(1)];
        assert_eq!(Footprint::of(&block(convolutions.clone())), Footprint::of(&convolutions));
        let halved = vec![halve(), up_sample2d([2, 2])];
        assert_eq!(Footprint::of(&block(halved.clone())), Footprint::of(&halved));
        let nested = block([convolutions.clone(), block(vec![convolution(1)])].concat());
        let flat = [convolutions, vec![convolution(1)]].concat();
        assert_eq!(Footprint::of(&nested), Footprint::of(&flat));
        assert!(Footprint::of(&nested).is_some());
        let steps = |between: &[AxisMap]| {
            let mut steps = between.to_vec();
            steps.insert(0, AxisMap::ShortcutBegins);
            steps.push(AxisMap::ShortcutEnds);
            steps
        };
        let ahead = AxisMap::Window { size: 1, stride: 1, before: 3 };
        assert_eq!((seen(&[ahead], 10), seen(&steps(&[ahead]), 10)), ((7, 7), (7, 10)));
        let behind = AxisMap::Window { size: 1, stride: 1, before: 0 };
        assert_eq!(seen(&steps(&[behind]), 10), (10, 10));
        // The two ways must lead to the same pixels.
        assert_eq!(grid(&steps(&[AxisMap::Window { size: 2, stride: 2, before: 0 }])), None);
        assert_eq!(grid(&[AxisMap::ShortcutEnds]), None);
        let edges = |before, after| AxisMap::Edges { before, after };
        assert_eq!(
            grid(&[AxisMap::ShortcutBegins, edges(1, 1), AxisMap::ShortcutEnds, edges(-1, -1)]),
            None
        );
        assert_eq!(
            grid(&[edges(1, 1), AxisMap::ShortcutBegins, AxisMap::ShortcutEnds, edges(-1, -1)]),
            Some(1)
        );
    }

    #[test]
    fn what_is_not_the_same_everywhere_has_none() {
        let none = |layers: &[LayerSpec]| assert_eq!(Footprint::of(layers), None, "{layers:?}");
        none(&[convolution(1), flatten(), reshape([8, 8, 1])]);
        none(&[conv2d(1, Window::valid([3, 3]), Activation::Relu)]);
        none(&[halve()]);
        none(&[up_sample2d([2, 2])]);
        none(&[up_sample2d([1, 0]), relu()]);
        none(&[conv2d(1, Window::same([1, 2051]), Activation::Relu)]);
        let huge = max_pool2d(Window::same([1 << 20; 2]).with_stride([1 << 20; 2]));
        none(&vec![huge; 1000]);
        assert!(Footprint::of(&[conv2d(1, Window::same([1, 2049]), Activation::Relu)]).is_some());
    }

    /// Tests the claim itself: one pixel is changed, and the output must change only near it.
    #[test]
    fn a_pixel_is_felt_within_the_margin_and_no_further() {
        let mut params = Params::new();
        let model = Sequential::build([64, 64, 1], &notebook(), &mut params, 3).unwrap();
        let image = Tensor::new([1, 64, 64, 1], Sampler::new(1).vec(64 * 64, 0.0, 1.0));
        let before = model.predict(&params, &image);
        let mut furthest = 0;
        for (y, x) in [(32, 32), (33, 30), (34, 29), (31, 35)] {
            let mut changed = image.clone();
            changed.data_mut()[y * 64 + x] += 20.0;
            let after = model.predict(&params, &changed);
            for (i, (a, b)) in before.data().iter().zip(after.data()).enumerate() {
                if a != b {
                    furthest = furthest.max(y.abs_diff(i / 64)).max(x.abs_diff(i % 64));
                }
            }
        }
        assert!((10..=13).contains(&furthest), "{furthest}");
    }
}
