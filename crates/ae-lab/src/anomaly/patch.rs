//! The largest mean error in a window: for defects that are small.

use ae_tensor::{Tensor, current_threads, for_each_with};

/// The number of maps in a task.
const MAPS: usize = 16;

/// The largest mean of a `side x side` window of each map, `[n, h * w]` for `size = [h, w]`, such
/// as those of [`error_maps`](super::error_maps). A window lies in the image as a whole; one that
/// is larger is clipped to the image, so that it is `1 x side` for a series.
///
/// It is the maximum of [`patch_maps`], before these are rounded to f32. A row with NaN has the
/// score NaN.
///
/// ```
/// use ae_tensor::Tensor;
/// // One pixel of nine is wrong: the mean is 0.1, that of the worst window 0.25.
/// let map = Tensor::from_fn([1, 9], |i| if i == 2 { 1.0 } else { 0.0 });
/// assert_eq!(ae_lab::anomaly::worst_patches(&map, [3, 3], 2), [0.25]);
/// ```
///
/// # Panics
/// If `maps` is not a matrix with `h * w` columns, more than 0, or `side` is 0.
#[must_use]
pub fn worst_patches(maps: &Tensor, size: [usize; 2], side: usize) -> Vec<f64> {
    let windows = Windows::new("worst_patches", maps, size, side);
    let mut scores = vec![0.0; maps.shape().dims()[0]];
    let mut items: Vec<&mut f64> = scores.iter_mut().collect();
    windows.for_each_map(maps, &mut items, |means, score| {
        // `f64::max` would leave NaN out.
        **score =
            means.iter().fold(f64::NEG_INFINITY, |m, &x| if x > m || x.is_nan() { x } else { m });
    });
    scores
}

/// For each pixel of each map, the mean of the `side x side` window around it; `[n, h * w]` for
/// `size = [h, w]`. Where the window would leave the image it is moved into it.
///
/// These are the heat maps that belong to [`worst_patches`]: smoother than the error itself.
///
/// # Panics
/// If `maps` is not a matrix with `h * w` columns, more than 0, or `side` is 0.
#[must_use]
pub fn patch_maps(maps: &Tensor, size: [usize; 2], side: usize) -> Tensor {
    let windows = Windows::new("patch_maps", maps, size, side);
    let [h, w] = size;
    let mut smooth = Tensor::zeros(maps.shape());
    let mut items: Vec<&mut [f32]> = smooth.data_mut().chunks_mut(h * w).collect();
    let [rows, columns] = [windows.firsts(0), windows.firsts(1)];
    let down = rows[h - 1] + 1;
    windows.for_each_map(maps, &mut items, |means, smooth| {
        for (out, row) in smooth.chunks_exact_mut(w).zip(&rows) {
            for (out, column) in out.iter_mut().zip(&columns) {
                *out = means[column * down + row] as f32;
            }
        }
    });
    smooth
}

/// The windows of images of one size.
struct Windows {
    size: [usize; 2],
    /// The extents of a window.
    window: [usize; 2],
}

impl Windows {
    #[track_caller]
    fn new(op: &str, maps: &Tensor, size: [usize; 2], side: usize) -> Self {
        let [h, w] = size;
        let columns = maps.shape().matrix(op).1;
        assert!(
            h * w == columns && columns > 0,
            "{op}: maps of shape {} as images of {size:?}",
            maps.shape()
        );
        assert!(side > 0, "{op}: a window of side 0");
        Self { size, window: [side.min(h), side.min(w)] }
    }

    /// For each place along an axis, the first place of its window: centered, but within the image.
    fn firsts(&self, axis: usize) -> Vec<usize> {
        let (extent, window) = (self.size[axis], self.window[axis]);
        let first = |i: usize| i.saturating_sub((window - 1) / 2).min(extent - window);
        (0..extent).map(first).collect()
    }

    /// Calls `take(means of all windows, item)` for each map. The means are `[w - window + 1, h -
    /// window + 1]`: transposed.
    fn for_each_map<T: Send>(
        &self,
        maps: &Tensor,
        items: &mut [T],
        take: impl Fn(&[f64], &mut T) + Sync,
    ) {
        let mut blocks: Vec<&mut [T]> = items.chunks_mut(MAPS).collect();
        let lanes = current_threads().min(blocks.len()).max(1);
        for_each_with(
            &mut vec![Scratch::default(); lanes],
            &mut blocks,
            |scratch, block, items| {
                for (i, item) in items.iter_mut().enumerate() {
                    take(self.means(maps.row(block * MAPS + i), scratch), item);
                }
            },
        );
    }

    /// The means of all windows of one map, `[w - window + 1, h - window + 1]`.
    fn means<'a>(&self, map: &[f32], scratch: &'a mut Scratch) -> &'a [f64] {
        let ([_, w], [rows, columns]) = (self.size, self.window);
        let Scratch { map: x, transposed, starts, ends } = scratch;
        x.clear();
        x.extend(map.iter().map(|&x| f64::from(x)));
        window_sums(x, w, rows, starts, ends);
        let down = x.len() / w;
        transposed.clear();
        transposed.extend((0..w).flat_map(|j| x.iter().skip(j).step_by(w)));
        window_sums(transposed, down, columns, starts, ends);
        let area = (rows * columns) as f64;
        transposed.iter_mut().for_each(|x| *x /= area);
        transposed
    }
}

/// Working memory of one thread.
#[derive(Clone, Debug, Default)]
struct Scratch {
    map: Vec<f64>,
    transposed: Vec<f64>,
    starts: Vec<f64>,
    ends: Vec<f64>,
}

/// Replaces the `[n, unit]` matrix `x` by the sums of each `window` consecutive rows, `[n - window
/// + 1, unit]`, with three additions for each number, whatever the window.
///
/// Rows are divided into blocks of `window`. A window is the end of one block and the start of the
/// next, so it takes a sum from each row to the end of its block, and one from the start of its
/// block to each row (M. van Herk, 1992, J. Gil and M. Werman, 1993, for the maximum in a window):
///
/// ```text
///   blocks of 4      | a b c d | e f g h |
///   window at c            c+d + e+f
/// ```
///
/// Differences of running sums would need two operations, but subtract large numbers where a bright
/// pixel was passed before. Here errors, which are not negative, are only added: each sum is as
/// accurate as that of the definition.
fn window_sums(
    x: &mut Vec<f64>,
    unit: usize,
    window: usize,
    starts: &mut Vec<f64>,
    ends: &mut Vec<f64>,
) {
    if window == 1 {
        return;
    }
    let n = x.len() / unit;
    starts.clone_from(x);
    ends.clone_from(x);
    for i in (1..n).filter(|i| !i.is_multiple_of(window)) {
        let (before, row) = starts.split_at_mut(i * unit);
        add(&mut row[..unit], &before[(i - 1) * unit..]);
    }
    for i in (1..n).rev().filter(|i| !i.is_multiple_of(window)) {
        let (row, after) = ends.split_at_mut(i * unit);
        add(&mut row[(i - 1) * unit..], &after[..unit]);
    }
    x.clear();
    x.extend_from_slice(&ends[..(n - window + 1) * unit]);
    for (i, sums) in x.chunks_exact_mut(unit).enumerate() {
        // A window that is one whole block has no start of the next.
        if !i.is_multiple_of(window) {
            add(sums, &starts[(i + window - 1) * unit..][..unit]);
        }
    }
}

/// Adds `x` to `sums`.
fn add(sums: &mut [f64], x: &[f64]) {
    for (sum, x) in sums.iter_mut().zip(x) {
        *sum += x;
    }
}
