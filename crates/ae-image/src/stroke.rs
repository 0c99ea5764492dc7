//! Measures the width of a drawing's strokes, and makes them as wide as those of MNIST.
//!
//! A pen's line is a hundredth as wide as a digit is high; the strokes of MNIST are a tenth.
//! Reduced to 20 pixels, such a line becomes a faint gray that does not occur in MNIST.

use crate::gray::GrayImage;
use crate::photo::reduced;

/// The width of MNIST's strokes as a share of the longer side of the box around them: 2.4 of 20
/// pixels. The estimate below gives 2.8 pixels for the median of its test images, because it counts
/// soft edges, which at this size make a stroke about 0.4 pixels wider.
const MNIST: f32 = 0.12;

/// Strokes below this share are thickened. One of MNIST's 10,000 test images is below it, and one
/// in a hundred is below 0.083.
const THIN: f32 = 0.055;

impl GrayImage {
    /// The drawing with strokes as wide as those of MNIST, if they are much thinner; bright on
    /// black.
    pub(crate) fn thickened(self) -> Self {
        let brightest = self.pixels().iter().copied().max().unwrap_or(0);
        let is_ink = |image: &Self| -> Vec<bool> {
            image
                .pixels()
                .iter()
                .map(|&pixel| u16::from(pixel) * 3 > u16::from(brightest))
                .collect()
        };
        let Some(strokes) = Strokes::of(&is_ink(&self), self.cols()) else { return self };
        if strokes.width >= THIN * strokes.longer {
            return self;
        }
        let small = reduced(&self);
        let ink = is_ink(&small);
        let Some(strokes) = Strokes::of(&ink, small.cols()) else { return self };
        // The box grows by the radius on both sides as well.
        let radius = (MNIST * strokes.longer - strokes.width) / (2.0 * (1.0 - MNIST));
        let margin = radius.ceil() as usize + 1;
        small.widened(&ink, radius, margin)
    }

    /// Makes all pixels within `radius` of ink as bright as the ink, with a soft edge, in a field
    /// that is larger by `margin` on each side.
    fn widened(&self, ink: &[bool], radius: f32, margin: usize) -> Self {
        let brightest = self.pixels().iter().copied().max().unwrap_or(0);
        let (rows, cols) = (self.rows() + 2 * margin, self.cols() + 2 * margin);
        let mut field = vec![false; rows * cols];
        for (line, from) in field.chunks_mut(cols).skip(margin).zip(ink.chunks(self.cols())) {
            line[margin..][..from.len()].copy_from_slice(from);
        }
        let level = |distance: f32| (radius + 0.5 - distance).clamp(0.0, 1.0);
        let pixels = distances(&field, cols, margin)
            .into_iter()
            .map(|distance| (level(distance) * f32::from(brightest)).round() as u8)
            .collect();
        Self::new(rows, cols, pixels)
    }
}

/// Measures of the strokes of a drawing, in pixels.
struct Strokes {
    width: f32,
    /// The longer side of the box around all of them.
    longer: f32,
}

impl Strokes {
    /// A long stroke of width w has two edges, so its area is w times half of the length of its
    /// edges. Edges are counted between pixels, along rows and columns, which makes slanting ones
    /// longer: by 4 / pi on average over all directions.
    fn of(ink: &[bool], cols: usize) -> Option<Self> {
        let rows = ink.len() / cols;
        let (mut area, mut edges) = (0usize, 0usize);
        let [mut top, mut bottom, mut left, mut right] = [rows, 0, cols, 0];
        for (row, line) in ink.chunks(cols).enumerate() {
            for (col, _) in line.iter().enumerate().filter(|(_, ink)| **ink) {
                area += 1;
                (top, bottom) = (top.min(row), bottom.max(row));
                (left, right) = (left.min(col), right.max(col));
                let near = [
                    col > 0 && line[col - 1],
                    col + 1 < cols && line[col + 1],
                    row > 0 && ink[(row - 1) * cols + col],
                    row + 1 < rows && ink[(row + 1) * cols + col],
                ];
                edges += near.iter().filter(|ink| !**ink).count();
            }
        }
        let longer = (bottom.max(top) - top).max(right.max(left) - left) + 1;
        let width = 2.0 * area as f32 / edges as f32 * 4.0 / std::f32::consts::PI;
        (area > 0).then_some(Self { width, longer: longer as f32 })
    }
}

/// The distance of each pixel to the nearest ink, exact up to `most`: first along columns, then the
/// nearest of the neighbors in the row by Pythagoras.
fn distances(ink: &[bool], cols: usize, most: usize) -> Vec<f32> {
    let far = most + 1;
    let mut down: Vec<usize> = ink.iter().map(|&ink| if ink { 0 } else { far }).collect();
    for i in cols..down.len() {
        down[i] = down[i].min(down[i - cols] + 1);
    }
    for i in (0..down.len().saturating_sub(cols)).rev() {
        down[i] = down[i].min(down[i + cols] + 1);
    }
    let nearest = |i: usize| {
        let (start, col) = (i - i % cols, i % cols);
        let near = col.saturating_sub(most)..(col + most + 1).min(cols);
        let squares = near.map(|other| other.abs_diff(col).pow(2) + down[start + other].pow(2));
        (squares.min().unwrap_or(far * far) as f32).sqrt()
    };
    (0..ink.len()).map(nearest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of `width` from corner to corner, or along a row, in 200 x 200 pixels.
    fn line(width: f32, slanting: bool) -> Vec<bool> {
        let distance = |i: usize| {
            let (row, col) = ((i / 200) as f32, (i % 200) as f32);
            if slanting { (row - col).abs() / 2f32.sqrt() } else { (row - 99.5).abs() }
        };
        (0..200 * 200).map(|i| distance(i) < width / 2.0).collect()
    }

    #[test]
    fn the_width_of_a_line_is_found_in_any_direction() {
        for width in [4.0, 10.0] {
            for slanting in [false, true] {
                let found = Strokes::of(&line(width, slanting), 200).unwrap();
                assert!((found.width / width - 1.0).abs() < 0.3, "{} of {width}", found.width);
                assert_eq!(found.longer, 200.0);
            }
        }
        assert!(Strokes::of(&[false; 9], 3).is_none());
    }

    #[test]
    fn distances_are_what_a_search_of_all_pixels_finds() {
        let ink: Vec<bool> = (0..30 * 20).map(|i| [3, 251, 252, 533].contains(&i)).collect();
        let found = distances(&ink, 20, 40);
        for (i, distance) in found.iter().enumerate() {
            let square =
                |j: usize| (i / 20).abs_diff(j / 20).pow(2) + (i % 20).abs_diff(j % 20).pow(2);
            let expected = (0..600).filter(|&j| ink[j]).map(square).min().unwrap();
            assert_eq!(*distance, (expected as f32).sqrt(), "{i}");
        }
    }

    #[test]
    fn thin_strokes_become_as_wide_as_those_of_mnist_and_others_stay() {
        let drawing = |width: f32| {
            let pixels = line(width, true).iter().map(|&ink| if ink { 200 } else { 0 }).collect();
            GrayImage::new(200, 200, pixels)
        };
        let thin = drawing(3.0).thickened();
        let ink: Vec<bool> = thin.pixels().iter().map(|&pixel| pixel > 100).collect();
        let found = Strokes::of(&ink, thin.cols()).unwrap();
        assert!((found.width / found.longer / MNIST - 1.0).abs() < 0.3, "{}", found.width);
        assert_eq!(thin.pixels().iter().max(), Some(&200));
        assert_eq!(drawing(30.0).thickened(), drawing(30.0));
        let black = GrayImage::new(3, 3, vec![0; 9]);
        assert_eq!(black.clone().thickened(), black);
    }
}
