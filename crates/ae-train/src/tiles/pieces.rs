//! Computes where tiles begin along one axis, and the weights of their pixels.

/// The start of a tile along one axis, and the weights of its pixels.
pub(super) struct Piece {
    pub(super) start: usize,
    pub(super) weights: Vec<f32>,
}

/// Which values of a pixel belong to a tile.
#[derive(Clone, Copy)]
pub(super) struct Channels {
    /// The values of a pixel of the image.
    pub(super) image: usize,
    /// The first of the tile's values in it.
    pub(super) first: usize,
    /// The values of a pixel of the tile.
    pub(super) tile: usize,
}

/// The tile of `rows`, each a row of an image whose pixels are side by side.
pub(super) fn gather<'a>(
    rows: impl Iterator<Item = &'a [f32]>,
    cols: std::ops::Range<usize>,
    channels: Channels,
) -> Vec<f32> {
    let Channels { image, first, tile } = channels;
    let line = |row: &'a [f32]| &row[cols.start * image..cols.end * image];
    if tile == image {
        return rows.flat_map(line).copied().collect();
    }
    rows.flat_map(|row| line(row).chunks_exact(image))
        .flat_map(|pixel| &pixel[first..][..tile])
        .copied()
        .collect()
}

/// Adds the pixels of a tile to the rows of `out`, which are `width` pixels long and begin at the
/// tile's first row, with the weights of both axes.
pub(super) fn add_weighted(
    out: &mut [f32],
    width: usize,
    channels: Channels,
    [row, col]: [&Piece; 2],
    tile: &[f32],
) {
    let Channels { image, first, tile: values } = channels;
    let lines = out.chunks_exact_mut(width * image);
    let rows = tile.chunks_exact(col.weights.len() * values);
    for ((line, from), down) in lines.zip(rows).zip(&row.weights) {
        let pixels = line[col.start * image..].chunks_exact_mut(image);
        for ((out, pixel), across) in pixels.zip(from.chunks_exact(values)).zip(&col.weights) {
            let weight = down * across;
            // A pixel with weight 0 is ignored, even if it is NaN.
            if weight > 0.0 {
                out[first..].iter_mut().zip(pixel).for_each(|(out, value)| *out += weight * value);
            }
        }
    }
}

/// The starts of tiles that cover `len` pixels, at most `step` apart; the last tile ends at the end
/// of the image.
fn starts(len: usize, tile: usize, step: usize) -> Vec<usize> {
    let last = len - tile;
    (0..last).step_by(step).chain([last]).collect()
}

/// Returns tiles such that each pixel is kept from exactly one tile, whose cuts are farther than
/// `margin` from the pixel.
pub(super) fn cut(len: usize, tile: usize, margin: usize) -> Vec<Piece> {
    // A tile as large as the image has no cuts and may be smaller than its margins.
    let starts = starts(len, tile, tile.saturating_sub(2 * margin).max(1));
    let begin = |i: usize| if i == 0 { 0 } else { starts[i] + margin };
    let piece = |i: usize| {
        let kept = begin(i)..if i + 1 == starts.len() { len } else { begin(i + 1) };
        let weight = |k: usize| if kept.contains(&(starts[i] + k)) { 1.0 } else { 0.0 };
        Piece { start: starts[i], weights: (0..tile).map(weight).collect() }
    };
    (0..starts.len()).map(piece).collect()
}

/// Returns tiles that overlap by half, each with a weight that falls linearly from its middle to
/// its edges.
pub(super) fn mixed(len: usize, tile: usize) -> Vec<Piece> {
    let tent = |k: usize| (k + 1).min(tile - k) as f32;
    let starts = starts(len, tile, tile.div_ceil(2));
    let mut sums = vec![0.0; len];
    for &start in &starts {
        sums[start..start + tile].iter_mut().enumerate().for_each(|(k, sum)| *sum += tent(k));
    }
    let piece = |&start: &usize| {
        let weights = (0..tile).map(|k| tent(k) / sums[start + k]).collect();
        Piece { start, weights }
    };
    starts.iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::assert_close;

    #[test]
    fn weights_add_up_to_one_and_cuts_are_far() {
        for (len, tile, margin) in
            [(64, 64, 16), (68, 64, 16), (400, 64, 16), (9, 9, 4), (50, 7, 1)]
        {
            for pieces in [cut(len, tile, margin), mixed(len, tile)] {
                let mut sums = vec![0.0; len];
                for piece in &pieces {
                    let range = piece.start..piece.start + tile;
                    sums[range].iter_mut().zip(&piece.weights).for_each(|(sum, w)| *sum += w);
                }
                assert_close(&sums, &vec![1.0; len], 0.0, 1e-6);
            }
            for Piece { start, weights } in cut(len, tile, margin) {
                let kept = |k: &usize| weights[*k] > 0.0;
                let (first, last) = ((0..tile).find(kept), (0..tile).rev().find(kept));
                assert!(start == 0 || first >= Some(margin));
                assert!(start + tile == len || last < Some(tile - margin));
            }
        }
    }
}
