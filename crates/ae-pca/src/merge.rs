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
