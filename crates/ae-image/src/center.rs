//! Places a user's drawing in the way the digits of MNIST were placed.
//!
//! LeCun, Cortes and Burges describe it on MNIST's page: the digits were "size normalized to fit in
//! a 20x20 pixel box while preserving their aspect ratio", gray levels come from the anti-aliasing,
//! and the images "were centered in a 28x28 image by computing the center of mass of the pixels,
//! and translating the image so as to position this point at the center of the 28x28 field".

use crate::gray::GrayImage;

/// The number of rows and columns of an image of MNIST.
pub const MNIST_SIDE: usize = 28;

/// The longer side of the box around the ink.
const BOX: usize = 20;

/// The pixel of the center of mass. Counted from 0 the field's middle is at 13.5, between two
/// pixels; in MNIST itself, centers of mass lie between 13.5 and 14.5.
const CENTER: usize = 14;

impl GrayImage {
    /// The drawing, bright on dark, in 28 x 28 pixels like a digit of MNIST. The box around the ink
    /// is enlarged or reduced to 20 pixels on its longer side and moved by whole pixels until the
    /// center of mass is in pixel (14, 14), or as near to it as the image's border allows. An image
    /// of MNIST does not change.
    ///
    /// Pixels that are not brighter than `paper` count as paper and become black. A clean drawing
    /// needs 0. The paper of a photograph is not quite black anywhere, and one gray speck in a
    /// corner would extend the box to it.
    ///
    /// `None` if there is no ink, or so little of it that nothing is left in 20 pixels.
    #[must_use]
    pub fn centre_as_mnist(&self, paper: u8) -> Option<Self> {
        let (top, left, rows, cols) = ink_box(self, paper)?;
        let ink = self.crop(top, left, rows, cols).clear(paper);
        let longer = rows.max(cols);
        // Round to the nearest, but to at least one pixel.
        let fit = |side: usize| ((side * BOX + longer / 2) / longer).max(1);
        let ink = ink.resize(fit(rows), fit(cols));

        let (row, col) = center_of_mass(&ink)?;
        let place =
            |center: usize, side: usize| CENTER.saturating_sub(center).min(MNIST_SIDE - side);
        let (top, left) = (place(row, ink.rows()), place(col, ink.cols()));
        let mut field = vec![0; MNIST_SIDE * MNIST_SIDE];
        let lines = field.chunks_exact_mut(MNIST_SIDE).skip(top);
        for (line, from) in lines.zip(ink.pixels().chunks_exact(ink.cols())) {
            line[left..][..from.len()].copy_from_slice(from);
        }
        Some(Self::new(MNIST_SIDE, MNIST_SIDE, field))
    }
}

/// The top, left, rows and columns of the smallest box that contains all ink.
fn ink_box(image: &GrayImage, paper: u8) -> Option<(usize, usize, usize, usize)> {
    let (mut top, mut bottom, mut left, mut right) = (usize::MAX, 0, usize::MAX, 0);
    for (r, line) in image.pixels().chunks_exact(image.cols()).enumerate() {
        let is_ink = |p: &u8| *p > paper;
        if let Some(first) = line.iter().position(is_ink) {
            // A line with a first pixel of ink also has a last one.
            let last = line.iter().rposition(is_ink).unwrap_or(first);
            top = top.min(r);
            bottom = r;
            left = left.min(first);
            right = right.max(last);
        }
    }
    (top != usize::MAX).then(|| (top, left, bottom - top + 1, right - left + 1))
}

/// The row and column of the pixel with the center of mass. It is exact, because it is computed
/// from sums of whole numbers.
fn center_of_mass(image: &GrayImage) -> Option<(usize, usize)> {
    let (mut mass, mut rows, mut cols) = (0, 0, 0);
    for (r, line) in image.pixels().chunks_exact(image.cols()).enumerate() {
        for (c, &pixel) in line.iter().enumerate() {
            let weight = usize::from(pixel);
            mass += weight;
            rows += weight * r;
            cols += weight * c;
        }
    }
    (mass > 0).then(|| ((rows + mass / 2) / mass, (cols + mass / 2) / mass))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A gray rectangle on black.
    fn rectangle(size: (usize, usize), at: (usize, usize), sides: (usize, usize)) -> GrayImage {
        let mut pixels = vec![0; size.0 * size.1];
        for line in pixels.chunks_exact_mut(size.1).skip(at.0).take(sides.0) {
            line[at.1..][..sides.1].fill(200);
        }
        GrayImage::new(size.0, size.1, pixels)
    }

    fn ink(image: &GrayImage) -> (usize, usize, usize, usize) {
        ink_box(image, 0).unwrap()
    }

    #[test]
    fn the_longer_side_becomes_twenty_and_the_other_keeps_the_proportion() {
        let tall = rectangle((100, 100), (5, 60), (80, 20)).centre_as_mnist(0).unwrap();
        let (_, _, rows, cols) = ink(&tall);
        assert_eq!((rows, cols), (20, 5));
        let wide = rectangle((9, 9), (7, 1), (1, 4)).centre_as_mnist(0).unwrap();
        let (_, _, rows, cols) = ink(&wide);
        assert_eq!((rows, cols), (5, 20));
        // 18 of 100 is 3.6 of 20: rounded to the nearest.
        let tall = rectangle((100, 100), (0, 0), (100, 18)).centre_as_mnist(0).unwrap();
        let (_, _, rows, cols) = ink(&tall);
        assert_eq!((rows, cols), (20, 4));
        let line = rectangle((300, 300), (0, 9), (300, 1)).centre_as_mnist(0).unwrap();
        let (_, _, rows, cols) = ink(&line);
        assert_eq!((rows, cols), (20, 1));
    }

    #[test]
    fn the_center_of_mass_is_in_the_middle_not_the_box() {
        // A bright bar above a faint one: the mass is near the top of the box.
        let mut pixels = vec![0; 40 * 40];
        for (r, gray) in [(10, 255), (11, 255), (12, 255), (13, 255), (29, 1)] {
            pixels[r * 40 + 10..r * 40 + 30].fill(gray);
        }
        let centered = GrayImage::new(40, 40, pixels).centre_as_mnist(0).unwrap();
        // The box is 20 high and its center of mass is in row 2: the border allows it to move down
        // by only 8.
        assert_eq!(center_of_mass(&centered), Some((10, 14)));
        let (top, _, rows, _) = ink(&centered);
        assert_eq!((top, rows), (8, 20));

        // Away from the border, the center of mass reaches the middle.
        let dots = GrayImage::new(1, 20, (0..20).map(|c| if c < 10 { 200 } else { 50 }).collect());
        let centered = dots.centre_as_mnist(0).unwrap();
        assert_eq!(center_of_mass(&centered), Some((14, 14)));
        // Mass: (4.5 * 200 + 14.5 * 50) / 250 = 6.5, rounded up to column 7 of the box.
        assert_eq!(ink(&centered), (14, 7, 1, 20));
    }

    #[test]
    fn where_the_drawing_was_does_not_matter() {
        let there = rectangle((64, 64), (3, 40), (30, 17)).centre_as_mnist(0);
        assert_eq!(rectangle((50, 90), (20, 1), (30, 17)).centre_as_mnist(0), there);
    }

    #[test]
    fn paper_is_not_ink() {
        let clean = rectangle((50, 50), (10, 10), (20, 10));
        let gray = clean.pixels().iter().map(|&p| p.max(30)).collect();
        let scanned = GrayImage::new(50, 50, gray);
        assert_ne!(scanned.centre_as_mnist(0), clean.centre_as_mnist(0));
        assert_eq!(scanned.centre_as_mnist(30), clean.centre_as_mnist(0));
        // Inside the box too, a ring's hole is black.
        let mut ring = scanned.clone().into_pixels();
        ring[20 * 50 + 15] = 30;
        let ring = GrayImage::new(50, 50, ring).centre_as_mnist(30).unwrap();
        assert!(ring.pixels().iter().all(|p| [0, 200].contains(p)));
    }

    #[test]
    fn no_ink_no_image() {
        assert_eq!(GrayImage::new(9, 9, vec![0; 81]).centre_as_mnist(0), None);
        assert_eq!(GrayImage::new(9, 9, vec![80; 81]).centre_as_mnist(80), None);
        // Two distant specks of the darkest gray vanish when a thousand pixels become twenty.
        let mut pixels = vec![0; 1_000_000];
        (pixels[0], pixels[999_999]) = (1, 1);
        assert_eq!(GrayImage::new(1000, 1000, pixels).centre_as_mnist(0), None);
    }

    #[test]
    fn a_single_pixel_fills_the_box() {
        let centered = rectangle((3, 3), (1, 1), (1, 1)).centre_as_mnist(0).unwrap();
        assert_eq!(ink(&centered), (4, 4, 20, 20));
    }
}
