//! Sliding windows over an image: the least, the greatest and the mean value in a square around
//! each pixel. A square is a row of columns, so each takes two passes over lines.

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

    /// Combines each value with the other's value at the same place.
    pub(crate) fn with(&self, other: &Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let values = self.values.iter().zip(&other.values).map(|(&a, &b)| f(a, b)).collect();
        Self { cols: self.cols, values }
    }

    /// Morphological opening: the greatest of the least values in squares that reach `reach` pixels
    /// to each side. What is brighter than its surroundings and narrower than the square is gone;
    /// edges of what is wider stay where they are.
    pub(crate) fn opened(&self, reach: usize) -> Self {
        let least = self.by_lines(|line, out| extremes(line, out, reach, |a, b| a <= b));
        least.by_lines(|line, out| extremes(line, out, reach, |a, b| a >= b))
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

/// The extreme value of each window of `2 reach + 1` values. The queue holds the candidates, the
/// best one in front: a value that is not better than a later one can never be the best again.
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
    // In f64, so that what is added and taken away again leaves nothing.
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
                let opened = each(&|square| square.into_iter().fold(f32::MIN, f32::max), &least);
                assert_eq!(field.opened(reach).values, opened.values, "{rows} x {cols}, {reach}");
            }
        }
    }

    #[test]
    fn an_opening_removes_what_is_narrow_and_keeps_edges() {
        let mut line = vec![10.0; 60];
        line[20..24].fill(99.0);
        line[40..].fill(50.0);
        let opened = Field::new(60, line.clone()).opened(4);
        line[20..24].fill(10.0);
        // A single row is a square of one row.
        assert_eq!(opened.values, line);
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
