//! Sliding windows over an image: the minimum, the maximum and the sum in a square around each
//! pixel. A square is a row of columns, so each takes two passes over lines.

use std::collections::VecDeque;

/// Values of an image, row by row.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) cols: usize,
    pub(crate) values: Vec<f32>,
}

impl Field {
    pub(crate) fn new(cols: usize, values: Vec<f32>) -> Self {
        debug_assert!(values.len().is_multiple_of(cols), "{} values, {cols} columns", values.len());
        Self { cols, values }
    }

    pub(crate) fn rows(&self) -> usize {
        self.values.len() / self.cols
    }

    /// Combines each value with the other image's value at the same place.
    pub(crate) fn with(&self, other: &Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let values = self.values.iter().zip(&other.values).map(|(&a, &b)| f(a, b)).collect();
        Self { cols: self.cols, values }
    }

    /// Morphological opening: the maximum of the minima in squares that reach `reach` pixels to
    /// each side, both upright squares and squares that stand on a corner. It removes what is
    /// brighter than its surroundings and narrower than the squares. The edges of wider objects
    /// stay in place, including slanting and round ones: where the side of one square leaves a gap,
    /// the corner of the other fills it.
    pub(crate) fn opened(&self, reach: usize) -> Self {
        let least =
            |line: &[f32], out: &mut [f32], reach| extremes(line, out, reach, |a, b| a <= b);
        let greatest =
            |line: &[f32], out: &mut [f32], reach| extremes(line, out, reach, |a, b| a >= b);
        let upright = self
            .by_lines(|line, out| least(line, out, reach))
            .by_lines(|line, out| greatest(line, out, reach));
        // The same distance from the center to a side: a step along a diagonal is longer.
        let steps = (reach as f32 / std::f32::consts::SQRT_2).round() as usize;
        let slanting = self
            .by_diagonals(|line, out| least(line, out, steps))
            .by_diagonals(|line, out| greatest(line, out, steps));
        upright.with(&slanting, f32::max)
    }

    /// The sums in squares that reach `reach` pixels to each side, and not beyond the border.
    pub(crate) fn sums(&self, reach: usize) -> Self {
        self.by_lines(|line, out| sums(line, out, reach))
    }

    /// The weighted mean of each pixel and its eight neighbors, with the weights 1, 2, 1 along both
    /// axes. The border is continued.
    pub(crate) fn softened(&self) -> Self {
        self.by_lines(|line, out| {
            let last = line.len() - 1;
            for (i, out) in out.iter_mut().enumerate() {
                let (before, after) = (line[i.saturating_sub(1)], line[(i + 1).min(last)]);
                *out = 0.25 * before + 0.5 * line[i] + 0.25 * after;
            }
        })
    }

    /// Applies `f` to all rows and then to all columns.
    fn by_lines(&self, f: impl Fn(&[f32], &mut [f32])) -> Self {
        let along_rows = self.along_rows(&f);
        along_rows.transposed().along_rows(&f).transposed()
    }

    /// Applies `f` to all diagonals of one direction and then of the other.
    fn by_diagonals(&self, f: impl Fn(&[f32], &mut [f32])) -> Self {
        let mut field = self.clone();
        let (mut line, mut out) = (Vec::new(), Vec::new());
        for falling in [true, false] {
            for places in diagonals(self.rows(), self.cols, falling) {
                line.clear();
                line.extend(places.clone().map(|i| field.values[i]));
                out.resize(line.len(), 0.0);
                f(&line, &mut out);
                places.zip(&out).for_each(|(i, &value)| field.values[i] = value);
            }
        }
        field
    }

    fn along_rows(&self, f: impl Fn(&[f32], &mut [f32])) -> Self {
        let mut values = vec![0.0; self.values.len()];
        for (line, out) in self.values.chunks(self.cols).zip(values.chunks_mut(self.cols)) {
            f(line, out);
        }
        Self { cols: self.cols, values }
    }

    fn transposed(&self) -> Self {
        let (rows, cols) = (self.rows(), self.cols);
        let value = |i: usize| self.values[i % rows * cols + i / rows];
        Self { cols: rows, values: (0..rows * cols).map(value).collect() }
    }
}

/// The places of each diagonal, falling or rising to the right.
fn diagonals(
    rows: usize,
    cols: usize,
    falling: bool,
) -> impl Iterator<Item = impl Iterator<Item = usize> + Clone> {
    // A diagonal begins in the first column, or in the first or last row.
    let starts = (0..rows)
        .map(|row| (row, 0))
        .chain((1..cols).map(move |col| (if falling { 0 } else { rows - 1 }, col)));
    starts.map(move |(row, col)| {
        let len = (if falling { rows - row } else { row + 1 }).min(cols - col);
        let step = move |k: usize| if falling { row + k } else { row - k } * cols + col + k;
        (0..len).map(step)
    })
}

/// Returns the extreme value of each window of `2 reach + 1` values. The queue holds the
/// candidates, the best one in front: a value that is not better than a later one can never become
/// the best.
fn extremes(line: &[f32], out: &mut [f32], reach: usize, better: impl Fn(f32, f32) -> bool) {
    let mut candidates: VecDeque<usize> = VecDeque::new();
    let mut next = 0;
    for (i, out) in out.iter_mut().enumerate() {
        while next < line.len() && next <= i + reach {
            while candidates.back().is_some_and(|&last| better(line[next], line[last])) {
                candidates.pop_back();
            }
            candidates.push_back(next);
            next += 1;
        }
        while candidates.front().is_some_and(|&first| first + reach < i) {
            candidates.pop_front();
        }
        *out = line[candidates[0]];
    }
}

fn sums(line: &[f32], out: &mut [f32], reach: usize) {
    // In f64, so that adding and subtracting a value leaves no error.
    let mut sum: f64 = line.iter().take(reach).map(|&v| f64::from(v)).sum();
    for (i, out) in out.iter_mut().enumerate() {
        if let Some(&value) = line.get(i + reach) {
            sum += f64::from(value);
        }
        if let Some(gone) = i.checked_sub(reach + 1) {
            sum -= f64::from(line[gone]);
        }
        *out = sum as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(rows: usize, cols: usize) -> Field {
        Field::new(cols, (0..rows * cols).map(|i| (i * 37 % 101) as f32).collect())
    }

    /// The values in the square around a pixel.
    fn square(field: &Field, i: usize, reach: usize) -> Vec<f32> {
        let (row, col) = (i / field.cols, i % field.cols);
        let near = |a: usize, b: usize| a.abs_diff(b) <= reach;
        let inside = |j: &usize| near(j / field.cols, row) && near(j % field.cols, col);
        (0..field.values.len()).filter(inside).map(|j| field.values[j]).collect()
    }

    #[test]
    fn windows_are_what_a_search_of_all_pixels_finds() {
        for (rows, cols) in [(1, 1), (1, 9), (7, 1), (12, 9)] {
            for reach in [0, 1, 3, 20] {
                let field = field(rows, cols);
                let each = |f: &dyn Fn(Vec<f32>) -> f32, of: &Field| {
                    let all = 0..of.values.len();
                    Field::new(cols, all.map(|i| f(square(of, i, reach))).collect())
                };
                let sums = each(&|square| square.iter().sum(), &field);
                assert_eq!(field.sums(reach).values, sums.values, "{rows} x {cols}, {reach}");
                let least = each(&|square| square.into_iter().fold(f32::MAX, f32::min), &field);
                let found = field.by_lines(|line, out| extremes(line, out, reach, |a, b| a <= b));
                assert_eq!(found.values, least.values, "{rows} x {cols}, {reach}");
            }
        }
    }

    #[test]
    fn an_opening_removes_what_is_narrow_and_keeps_edges() {
        let mut line = vec![10.0; 60];
        line[20..24].fill(99.0);
        line[40..].fill(50.0);
        let opened = Field::new(60, line.repeat(60)).opened(4);
        line[20..24].fill(10.0);
        // Near the border, a square on its corner is cut off.
        for row in opened.values.chunks(60).skip(8).take(44) {
            assert_eq!(row, line);
        }
    }

    #[test]
    fn every_pixel_is_on_one_diagonal_of_each_direction() {
        for (rows, cols) in [(1, 1), (1, 5), (4, 1), (3, 5), (5, 3)] {
            for falling in [true, false] {
                let mut all = Vec::new();
                for diagonal in diagonals(rows, cols, falling) {
                    let places: Vec<(usize, usize)> =
                        diagonal.map(|i| (i / cols, i % cols)).collect();
                    for pair in places.windows(2) {
                        let down = pair[1].0 as isize - pair[0].0 as isize;
                        assert_eq!(down, if falling { 1 } else { -1 });
                        assert_eq!(pair[1].1, pair[0].1 + 1);
                    }
                    all.extend(places);
                }
                all.sort_unstable();
                let expected: Vec<(usize, usize)> =
                    (0..rows).flat_map(|row| (0..cols).map(move |col| (row, col))).collect();
                assert_eq!(all, expected, "{rows} x {cols}");
            }
        }
    }

    /// A disk much larger than the squares does not change; a ring as wide as a stroke is removed.
    #[test]
    fn round_edges_stay_where_they_are() {
        let disk = |i: usize, radius: f32| {
            let (row, col) = ((i / 200) as f32 - 99.5, (i % 200) as f32 - 99.5);
            row.hypot(col) <= radius
        };
        let field = |f: &dyn Fn(usize) -> bool| {
            let value = |i| if f(i) { 90.0 } else { 10.0 };
            Field::new(200, (0..200 * 200).map(value).collect())
        };
        let whole = field(&|i| disk(i, 80.0));
        let changed = whole.values.iter().zip(whole.opened(20).values).filter(|(a, b)| *a != b);
        assert!(changed.count() < 100);
        let ring = field(&|i| disk(i, 80.0) && !disk(i, 72.0));
        assert!(ring.opened(20).values.iter().all(|&value| value == 10.0));
    }

    #[test]
    fn softening_keeps_the_mean_of_an_area() {
        let flat = Field::new(5, vec![7.0; 15]).softened();
        assert_eq!(flat.values, vec![7.0; 15]);
        let mut dot = Field::new(5, vec![0.0; 25]);
        dot.values[12] = 16.0;
        let soft = dot.softened();
        assert_eq!((soft.values[12], soft.values[11], soft.values[6]), (4.0, 2.0, 1.0));
    }
}
