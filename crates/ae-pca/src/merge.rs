//! Two solved halves of a tridiagonal matrix become the solution of the whole.
//!
//! With the halves' eigenvectors as the rows of R, the whole is `R^T (D + rho z z^T) R`. Where an
//! entry of z is negligible, or two entries of D are nearly equal, an eigenpair of the halves is
//! one of the whole already (*deflation*); [`Secular`] gives the others.

use crate::secular::{Root, Secular, z_of_roots};
use crate::vectors::fused;
use ae_tensor::kernels::packed::Packed;
use ae_tensor::kernels::parallel::{current_threads, for_each_with};

/// Below this many poles a second thread costs more than it saves.
const WORTH_SHARING: usize = 96;

/// The number of poles, or of roots, of one task.
const TASK: usize = 16;

/// The eigenvalues of a part of the matrix, ascending, each with its eigenvector.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) values: Vec<f64>,
    pub(crate) rows: Vec<Vec<f64>>,
}

/// An eigenvector of one half, or after a rotation of both: an empty half is all zeros.
#[derive(Debug)]
struct Line {
    value: f64,
    z: f64,
    halves: [Vec<f64>; 2],
}

/// Solves the matrix of two parts and the entry `e` beside the diagonal between them. The parts are
/// those of the matrix with `|e|` subtracted from the two diagonal entries beside the cut.
pub(crate) fn merge(left: Part, right: Part, e: f64) -> Part {
    let sizes = [left.values.len(), right.values.len()];
    let lines = lines(left, right, e);
    let (mut kept, deflated) = deflate(lines, 2.0 * e.abs());
    let (values, rows) = modified(&mut kept, 2.0 * e.abs(), sizes);

    let mut pairs: Vec<(f64, Vec<f64>)> = values.into_iter().zip(rows).collect();
    pairs.extend(deflated.into_iter().map(|line| (line.value, whole(line.halves, sizes))));
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (values, rows) = pairs.into_iter().unzip();
    Part { values, rows }
}

/// The eigenpairs of both parts, ascending, with their entries of z: `z = R u / sqrt 2`, whose
/// length is 1.
fn lines(left: Part, right: Part, e: f64) -> Vec<Line> {
    let half = 0.5f64.sqrt();
    let left = left.values.into_iter().zip(left.rows).map(|(value, row)| {
        let z = half * row.last().expect("a part has rows");
        Line { value, z, halves: [row, Vec::new()] }
    });
    let right = right.values.into_iter().zip(right.rows).map(|(value, row)| {
        let z = half.copysign(e) * row.first().expect("a part has rows");
        Line { value, z, halves: [Vec::new(), row] }
    });
    let mut lines: Vec<Line> = left.chain(right).collect();
    lines.sort_by(|a, b| a.value.total_cmp(&b.value));
    lines
}

/// Separates the eigenpairs that take part from those that are final already.
///
/// What is neglected is below the rounding errors of the whole (LAPACK's `dlaed2`).
fn deflate(lines: Vec<Line>, rho: f64) -> (Vec<Line>, Vec<Line>) {
    let largest = |of: fn(&Line) -> f64| lines.iter().fold(0.0f64, |m, line| m.max(of(line).abs()));
    let small = 8.0 * f64::EPSILON * largest(|line| line.value).max(largest(|line| line.z));
    let (mut kept, mut deflated): (Vec<Line>, Vec<Line>) = (Vec::new(), Vec::new());
    for mut line in lines {
        if rho * line.z.abs() <= small {
            deflated.push(line);
            continue;
        }
        if let Some(mut last) = kept.pop_if(|last| nearly_equal(last, &line, small)) {
            rotate(&mut last, &mut line);
            deflated.push(last);
        }
        kept.push(line);
    }
    (kept, deflated)
}

/// Whether a rotation that makes the first z zero leaves an entry of at most `small` beside the
/// diagonal.
fn nearly_equal(first: &Line, second: &Line, small: f64) -> bool {
    let length = first.z.hypot(second.z);
    let (c, s) = (second.z / length, first.z / length);
    ((second.value - first.value) * c * s).abs() <= small
}

/// Rotates two eigenpairs so that the first z becomes zero.
fn rotate(first: &mut Line, second: &mut Line) {
    let length = first.z.hypot(second.z);
    let (c, s) = (second.z / length, first.z / length);
    (first.z, second.z) = (0.0, length);
    let (p, q) = (first.value, second.value);
    first.value = p * (c * c) + q * (s * s);
    second.value = p * (s * s) + q * (c * c);
    for (p, q) in first.halves.iter_mut().zip(&mut second.halves) {
        let size = p.len().max(q.len());
        p.resize(size, 0.0);
        q.resize(size, 0.0);
        for (p, q) in p.iter_mut().zip(q) {
            (*p, *q) = (fused(c, *p, -s * *q), fused(s, *p, c * *q));
        }
    }
}

/// A row of both halves.
fn whole([mut row, second]: [Vec<f64>; 2], sizes: [usize; 2]) -> Vec<f64> {
    row.resize(sizes[0], 0.0);
    row.extend(second);
    row.resize(sizes[0] + sizes[1], 0.0);
    row
}

/// The eigenpairs of `D + rho z z^T`, in the coordinates of the whole.
///
/// One half of the columns is computed after the other, which takes less memory.
fn modified(lines: &mut [Line], rho: f64, sizes: [usize; 2]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let count = lines.len();
    if count == 0 {
        return (Vec::new(), Vec::new());
    }
    let d: Vec<f64> = lines.iter().map(|line| line.value).collect();
    let roots = roots(lines, &d, rho);
    let width = sizes[0] + sizes[1];
    let mut out = vec![0.0; count * width];
    let mut squares = vec![0.0; count];
    for (half, first) in [(0, 0), (1, sizes[0])] {
        let taking_part: Vec<usize> =
            (0..count).filter(|&j| !lines[j].halves[half].is_empty()).collect();
        let entries = entries(&taking_part, lines, &d, &roots);
        for (&j, row) in taking_part.iter().zip(entries.chunks_exact(count)) {
            // One that takes part in both halves counts once.
            if half == 0 || lines[j].halves[0].is_empty() {
                squares.iter_mut().zip(row).for_each(|(sum, &x)| *sum = fused(x, x, *sum));
            }
        }
        let left = Packed::new(&entries, count);
        drop(entries);
        let rows: Vec<&[f64]> = taking_part.iter().map(|&j| &lines[j].halves[half][..]).collect();
        let right = Packed::from_rows(rows.into_iter(), sizes[half]);
        left.add_cross_product(&right, 1.0, &mut out[first..], width);
    }
    lines.iter_mut().for_each(|line| line.halves = Default::default());
    let rows = out.chunks_exact(width).zip(&squares).map(|(row, square)| {
        let length = square.sqrt();
        row.iter().map(|x| x / length).collect()
    });
    (roots.iter().map(Root::value).collect(), rows.collect())
}

/// For each of these poles, in a row, the entries in all eigenvectors: `z_j / (d_j - root_i)`, not
/// normalized.
fn entries(poles: &[usize], lines: &[Line], d: &[f64], roots: &[Root]) -> Vec<f64> {
    let count = roots.len();
    let mut entries = vec![0.0; poles.len() * count];
    let lanes = if count < WORTH_SHARING { 1 } else { current_threads() };
    let mut tasks: Vec<_> = poles.chunks(TASK).zip(entries.chunks_mut(TASK * count)).collect();
    for_each_with(&mut vec![(); lanes], &mut tasks, |(), _, (poles, rows)| {
        for (&j, row) in poles.iter().zip(rows.chunks_exact_mut(count)) {
            let z = z_of_roots(j, d, roots).copysign(lines[j].z);
            row.iter_mut().zip(roots).for_each(|(x, root)| *x = z / root.below(d[j]));
        }
    });
    entries
}

/// The roots of the secular equation, ascending.
fn roots(lines: &[Line], d: &[f64], rho: f64) -> Vec<Root> {
    let weights: Vec<f64> = lines.iter().map(|line| rho * line.z * line.z).collect();
    let secular = Secular { d, weights: &weights };
    let mut roots = vec![Root::default(); d.len()];
    let lanes = if d.len() < WORTH_SHARING { 1 } else { current_threads() };
    let mut tasks: Vec<&mut [Root]> = roots.chunks_mut(TASK).collect();
    for_each_with(&mut vec![(); lanes], &mut tasks, |(), task, roots| {
        for (i, root) in roots.iter_mut().enumerate() {
            *root = secular.root(task * TASK + i);
        }
    });
    roots
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::assert_close_f64;

    fn lines(values: &[f64], z: &[f64]) -> Vec<Line> {
        let of = |(i, (&value, &z)): (usize, (&f64, &f64))| {
            let unit: Vec<f64> = (0..values.len()).map(|j| f64::from(u8::from(i == j))).collect();
            Line { value, z, halves: [unit, Vec::new()] }
        };
        values.iter().zip(z).enumerate().map(of).collect()
    }

    #[test]
    fn what_does_not_take_part_is_set_aside() {
        let values = [1.0, 2.0, 2.0, 2.0 + 1e-16, 3.0];
        let z = [0.5, 0.3, -0.4, 0.5, 1e-17];
        let (kept, deflated) = deflate(lines(&values, &z), 1.0);
        let of = |lines: &[Line]| lines.iter().map(|line| line.value).collect::<Vec<_>>();
        assert_close_f64(&of(&kept), &[1.0, 2.0], 4e-15, 0.0);
        assert_close_f64(&of(&deflated), &[2.0, 2.0, 3.0], 4e-15, 0.0);
        // What z was in the plane of the equal ones is in the one that is left.
        assert_close_f64(&[kept[1].z], &[0.5f64.sqrt()], 4e-15, 0.0);
        // Its vector is the direction of z in their plane.
        let expected = [0.0, 0.3, -0.4, 0.5, 0.0].map(|z: f64| z / 0.5f64.sqrt());
        assert_close_f64(&kept[1].halves[0], &expected, 4e-15, 1e-16);
    }

    #[test]
    fn rotations_of_both_halves_fill_the_empty_ones() {
        let mut first = Line { value: 1.0, z: 3.0, halves: [vec![1.0, 0.0], vec![]] };
        let mut second = Line { value: 1.0, z: 4.0, halves: [vec![], vec![0.0, 0.0, 1.0]] };
        rotate(&mut first, &mut second);
        assert_eq!((first.z, second.z), (0.0, 5.0));
        assert_close_f64(&first.halves[0], &[0.8, 0.0], 4e-15, 0.0);
        assert_close_f64(&first.halves[1], &[0.0, 0.0, -0.6], 4e-15, 0.0);
        assert_close_f64(&whole(second.halves, [2, 3]), &[0.6, 0.0, 0.0, 0.0, 0.8], 4e-15, 0.0);
    }

    #[test]
    fn two_by_two_from_two_numbers() {
        // (3 1; 1 3) = (2 0; 0 2) + 1 (1 1; 1 1)
        let one = || Part { values: vec![2.0], rows: vec![vec![1.0]] };
        for e in [1.0, -1.0] {
            let both = merge(one(), one(), e);
            assert_close_f64(&both.values, &[2.0, 4.0], 4e-15, 0.0);
            assert!((both.rows[1][0] - e * both.rows[1][1]).abs() < 1e-15);
        }
    }
}
