//! Properties of a user's image: whether its paper is light or dark, and clean or speckled.

use crate::gray::GrayImage;
use crate::photo;

/// The paper level of a scan: its paper may have grays up to this, and ink is brighter.
const SCANNED_PAPER: u8 = 64;

/// The darkest grays: black with the artifacts of a lossy format.
const BLACK: u8 = 8;

impl GrayImage {
    /// Converts values in [0, 1] to pixels, 0 black and 1 white; values beyond are clamped, and NaN
    /// is black.
    ///
    /// # Panics
    /// Those of [`GrayImage::new`].
    #[must_use]
    pub fn from_levels(rows: usize, cols: usize, levels: &[f32]) -> Self {
        let gray = |level: &f32| (level.clamp(0.0, 1.0) * 255.0).round() as u8;
        Self::new(rows, cols, levels.iter().map(gray).collect())
    }

    /// The image in `rows` by `cols` pixels with its proportions: as large as possible, in the
    /// middle, with `background` around it.
    ///
    /// # Panics
    /// When `rows` or `cols` is zero or above `u32::MAX`.
    #[must_use]
    pub fn fit(&self, rows: usize, cols: usize, background: u8) -> Self {
        // Products of two sides within u32 fit into u128 with room to spare.
        let scaled = |side: usize, to: usize, of: usize| {
            let (side, to, of) = (side as u128, to as u128, of as u128);
            ((side * to + of / 2) / of).max(1) as usize
        };
        let (height, width) =
            if self.rows() as u128 * cols as u128 > rows as u128 * self.cols() as u128 {
                (rows, scaled(self.cols(), rows, self.rows()).min(cols))
            } else {
                (scaled(self.rows(), cols, self.cols()).min(rows), cols)
            };
        let small = self.resize(height, width);
        let (top, left) = ((rows - height) / 2, (cols - width) / 2);
        let mut field = vec![background; rows * cols];
        let lines = field.chunks_exact_mut(cols).skip(top);
        for (line, from) in lines.zip(small.pixels().chunks_exact(width)) {
            line[left..][..width].copy_from_slice(from);
        }
        Self::new(rows, cols, field)
    }

    /// Whether the image looks like dark ink on light paper: whether the mean of its outermost rows
    /// and columns, which usually show paper, is lighter than middle gray.
    #[must_use]
    pub fn looks_dark_on_light(&self) -> bool {
        let (sum, count) =
            self.frame().fold((0, 0), |(sum, count), pixel| (sum + u64::from(pixel), count + 1));
        2 * sum > 255 * count
    }

    /// The paper level of a bright drawing on a dark background ([`GrayImage::centre_as_mnist`]): 0
    /// if the outermost rows and columns are entirely black, as in drawing programs and MNIST; else
    /// 64, since in a photograph or scan they are not black.
    #[must_use]
    pub fn paper(&self) -> u8 {
        if self.frame().all(|pixel| pixel == 0) { 0 } else { SCANNED_PAPER }
    }

    /// The drawing, bright on dark, in 28 x 28 pixels like a digit of MNIST
    /// ([`GrayImage::centre_as_mnist`]).
    ///
    /// With `paper`, all pixels that are not brighter are paper. Without it, the level is
    /// estimated: only black is paper in a clean drawing, and grays up to 64 in a clean scan
    /// ([`GrayImage::paper`]). If this does not explain the outermost rows and columns, the image
    /// is a photograph, whose paper has a different gray at each place. Strokes that are much
    /// thinner than those of MNIST are thickened.
    ///
    /// `None` if there is no drawing.
    #[must_use]
    pub fn drawing(&self, paper: Option<u8>) -> Option<Self> {
        if let Some(paper) = paper {
            return self.centre_as_mnist(paper);
        }
        let paper = self.paper();
        if self.looks_photographed() {
            if let Some(drawing) = photo::without_paper(self) {
                return drawing.thickened().centre_as_mnist(0);
            }
            // A sheet of the wrong kind, dark on light, has no ink in this sense.
            return self.centre_as_mnist(paper).filter(|_| self.looks_dark_on_light());
        }
        self.clone().clear(paper).thickened().centre_as_mnist(0)
    }

    /// Returns whether the outermost rows and columns are those of a photograph: some pixels are
    /// brighter than the paper of a scan, and most are not black. (Around a drawing that merely
    /// touches the border, most are black.)
    fn looks_photographed(&self) -> bool {
        let (count, black) = self
            .frame()
            .fold((0, 0), |(count, black), pixel| (count + 1, black + usize::from(pixel <= BLACK)));
        2 * black <= count && self.frame().any(|pixel| pixel > SCANNED_PAPER)
    }

    /// The pixels of the outermost rows and columns. Those at the corners occur more than once.
    fn frame(&self) -> impl Iterator<Item = u8> {
        let cols = self.cols();
        let (first, last) = (&self.pixels()[..cols], &self.pixels()[self.pixels().len() - cols..]);
        let sides = self.pixels().chunks_exact(cols).flat_map(move |row| [row[0], row[cols - 1]]);
        first.iter().chain(last).copied().chain(sides)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_become_pixels_and_back() {
        let levels = [0.0, 1.0, 0.5, -3.0, 7.0, f32::NAN];
        assert_eq!(GrayImage::from_levels(2, 3, &levels).pixels(), [0, 255, 128, 0, 255, 0]);
        let all: Vec<f32> = (0..=255u8).map(|p| f32::from(p) / 255.0).collect();
        let expected: Vec<u8> = (0..=255).collect();
        assert_eq!(GrayImage::from_levels(16, 16, &all).pixels(), expected);
    }

    #[test]
    fn proportions_are_kept() {
        let ink_of = |image: GrayImage| {
            let lines: Vec<&[u8]> = image.pixels().chunks_exact(image.cols()).collect();
            let rows = lines.iter().filter(|line| line.contains(&200)).count();
            let cols = (0..image.cols()).filter(|&c| lines.iter().any(|l| l[c] == 200)).count();
            (rows, cols, lines[0].contains(&200), lines[0].contains(&9))
        };
        let flat = |rows, cols| GrayImage::new(rows, cols, vec![200; rows * cols]);
        assert_eq!(ink_of(flat(100, 50).fit(28, 28, 9)), (28, 14, true, true));
        assert_eq!(ink_of(flat(50, 100).fit(28, 28, 9)), (14, 28, false, true));
        assert_eq!(ink_of(flat(7, 7).fit(28, 28, 9)), (28, 28, true, false));
        assert_eq!(ink_of(flat(1, 9000).fit(20, 30, 9)), (1, 30, false, true));
        assert_eq!(ink_of(flat(9000, 1).fit(20, 30, 9)), (20, 1, true, true));
        // The same size gives the same pixels.
        let ramp = GrayImage::new(4, 5, (0..20).collect());
        assert_eq!(ramp.fit(4, 5, 9), ramp);
    }

    #[test]
    fn paper_is_told_by_the_frame() {
        let drawing = |paper: u8, ink: u8| {
            let mut pixels = vec![paper; 100];
            for row in pixels.chunks_exact_mut(10).skip(2).take(6) {
                row[2..8].fill(ink);
            }
            GrayImage::new(10, 10, pixels)
        };
        assert!(drawing(255, 0).looks_dark_on_light());
        assert!(drawing(130, 0).looks_dark_on_light());
        assert!(!drawing(0, 255).looks_dark_on_light());
        assert!(!drawing(120, 255).looks_dark_on_light());
        assert_eq!((drawing(0, 255).paper(), drawing(1, 255).paper()), (0, 64));
        // A single row consists of the frame only.
        assert!(GrayImage::new(1, 3, vec![255, 0, 255]).looks_dark_on_light());
    }
}
