//! The normal distributions of a variational code.

use super::{CLOSE, Case, Draw, Entry};
use ae_tensor::Tensor;
use ae_testkit::naive;

pub(super) const ROWS: &[Entry] =
    &[("gaussian/means", means), ("gaussian/sample", sample), ("gaussian/divergence", divergence)];

/// `[rows, 2 n]`
fn extents(draw: &mut Draw) -> [usize; 2] {
    [draw.extent(20), draw.extent(33)]
}

/// The means and log-variances of each row.
fn halves(x: &[f64], n: usize) -> impl Iterator<Item = (&[f64], &[f64])> {
    x.chunks(2 * n).map(move |row| row.split_at(n))
}

fn means(draw: &mut Draw) -> Option<Case> {
    let [rows, n] = extents(draw);
    Some(Case::new(
        &[&[rows, 2 * n]],
        |tape, v| tape.gaussian_means(v[0]),
        move |p| halves(&p[0], n).flat_map(|(m, _)| m.to_vec()).collect(),
        move |_, dy| vec![dy.chunks(n).flat_map(|dm| [dm, &vec![0.0; n]].concat()).collect()],
    ))
}

fn sample(draw: &mut Draw) -> Option<Case> {
    let [rows, n] = extents(draw);
    let noise = draw.uniform(rows * n, -2.0, 2.0);
    let wide = naive::widen(&noise);
    let again = wide.clone();
    let noise = Tensor::new([rows, n], noise);
    let case = Case::new(
        &[&[rows, 2 * n]],
        move |tape, v| {
            let noise = tape.constant(noise.clone());
            tape.gaussian_sample(v[0], noise)
        },
        move |p| {
            let of_row = |((m, l), e): ((&[f64], &[f64]), &[f64])| {
                (0..n).map(|j| m[j] + (l[j] / 2.0).exp() * e[j]).collect::<Vec<_>>()
            };
            halves(&p[0], n).zip(wide.chunks(n)).flat_map(of_row).collect()
        },
        move |p, dz| {
            let rows = halves(&p[0], n).zip(again.chunks(n)).zip(dz.chunks(n));
            let dx = rows.flat_map(|(((_, l), e), dz)| {
                let dl = (0..n).map(|j| dz[j] * e[j] * (l[j] / 2.0).exp() / 2.0);
                [dz.to_vec(), dl.collect()].concat()
            });
            vec![dx.collect()]
        },
    );
    Some(case.within(CLOSE))
}

fn divergence(draw: &mut Draw) -> Option<Case> {
    let [rows, n] = extents(draw);
    let batch = rows as f64;
    let case = Case::new(
        &[&[rows, 2 * n]],
        |tape, v| tape.gaussian_divergence(v[0]),
        move |p| {
            let of_row = |(m, l): (&[f64], &[f64])| -> f64 {
                (0..n).map(|j| (m[j] * m[j] + l[j].exp() - 1.0 - l[j]) / 2.0).sum()
            };
            vec![halves(&p[0], n).map(of_row).sum::<f64>() / batch]
        },
        move |p, dy| {
            let of_row = |(m, l): (&[f64], &[f64])| {
                let dm = m.iter().map(|m| dy[0] * m / batch);
                let dl = l.iter().map(|l| dy[0] * (l.exp() - 1.0) / (2.0 * batch));
                dm.chain(dl).collect::<Vec<_>>()
            };
            vec![halves(&p[0], n).flat_map(of_row).collect()]
        },
    );
    Some(case.within(CLOSE))
}
