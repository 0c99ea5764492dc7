//! The code of a variational auto-encoder (D. P. Kingma and M. Welling, "Auto-encoding variational Bayes", arXiv:1312.6114): not
//! a point but a normal distribution for each sample. A row of `x` holds its parameters, `n` means `m` and then the logarithms
//! `l` of `n` variances.
//!
//! **Drawing from it.** `z` drawn from N(m, e^l) has no derivative by `m`: a draw is no function of its distribution's parameters.
//! But `z = m + e^(l/2) e` with `e` from N(0, 1) has that distribution, and for given noise `e` it is a function:
//!
//! ```text
//! dz/dm = 1        dz/dl = e^(l/2) e / 2
//! ```
//!
//! **How far it is from N(0, 1).** The Kullback-Leibler divergence of two normal distributions, for each number of the code
//! (appendix B of the paper), summed over a code and averaged over the m rows of a batch:
//!
//! ```text
//! y = 1/m sum (m^2 + e^l - 1 - l) / 2      dy/dm = m / rows      dy/dl = (e^l - 1) / (2 rows)
//! ```
//!
//! It is 0 for `m = 0, l = 0` and positive elsewhere.

use ae_tensor::kernels::math::exp;

/// Cuts the rows of `x`, `2 n` long, into means and log-variances.
fn halves(x: &[f32], n: usize) -> impl Iterator<Item = (&[f32], &[f32])> {
    x.chunks_exact(2 * n).map(move |row| row.split_at(n))
}

/// Cuts the rows of a gradient in the same way.
fn halves_mut(dx: &mut [f32], n: usize) -> impl Iterator<Item = (&mut [f32], &mut [f32])> {
    dx.chunks_exact_mut(2 * n).map(move |row| row.split_at_mut(n))
}

/// Writes the standard deviations `e^(l/2)` of a row.
fn deviations(logs: &[f32], half: &mut [f32], out: &mut [f32]) {
    half.iter_mut().zip(logs).for_each(|(half, l)| *half = 0.5 * l);
    exp(half, out);
}

/// The first `n` of the `2 n` numbers in each row: what stands for a code where nothing is drawn.
///
/// # Panics
/// If `x` is not twice as long as `means`, as in all functions here.
pub fn means(x: &[f32], n: usize, means: &mut [f32]) {
    check("means", x.len(), means.len());
    for (out, (m, _)) in means.chunks_exact_mut(n).zip(halves(x, n)) {
        out.copy_from_slice(m);
    }
}

/// The gradient of [`means`]: nothing comes to the log-variances.
pub fn backward_means(dm: &[f32], n: usize, dx: &mut [f32]) {
    check("means", dx.len(), dm.len());
    for (dm, (by_mean, by_log)) in dm.chunks_exact(n).zip(halves_mut(dx, n)) {
        by_mean.copy_from_slice(dm);
        by_log.fill(0.0);
    }
}

/// `z = m + e^(l/2) noise`, row by row.
pub fn sample(x: &[f32], noise: &[f32], n: usize, z: &mut [f32]) {
    check("sample", x.len(), z.len());
    check("sample", x.len(), noise.len());
    let (mut half, mut deviation) = (vec![0.0; n], vec![0.0; n]);
    let rows = z.chunks_exact_mut(n).zip(noise.chunks_exact(n)).zip(halves(x, n));
    for ((z, noise), (m, l)) in rows {
        deviations(l, &mut half, &mut deviation);
        for (((z, e), m), s) in z.iter_mut().zip(noise).zip(m).zip(&deviation) {
            *z = m + s * e;
        }
    }
}

/// `dx` from the gradient `dz` by the draw: `dm = dz`, `dl = dz noise e^(l/2) / 2`.
pub fn backward_sample(x: &[f32], noise: &[f32], n: usize, dz: &[f32], dx: &mut [f32]) {
    check("sample", x.len(), dz.len());
    check("sample", dx.len(), noise.len());
    let (mut half, mut deviation) = (vec![0.0; n], vec![0.0; n]);
    let rows = dz.chunks_exact(n).zip(noise.chunks_exact(n)).zip(halves(x, n));
    for (((dz, noise), (_, l)), (dm, dl)) in rows.zip(halves_mut(dx, n)) {
        dm.copy_from_slice(dz);
        deviations(l, &mut half, &mut deviation);
        for (((dl, dz), e), s) in dl.iter_mut().zip(dz).zip(noise).zip(&deviation) {
            *dl = 0.5 * dz * e * s;
        }
    }
}

/// The mean over the rows of the divergence from N(0, 1), accumulated in f64.
#[must_use]
pub fn divergence(x: &[f32], n: usize) -> f32 {
    let mut variance = vec![0.0; n];
    let mut sum = 0.0;
    for (m, l) in halves(x, n) {
        exp(l, &mut variance);
        for ((&m, &l), &v) in m.iter().zip(l).zip(&variance) {
            let (m, l, v) = (f64::from(m), f64::from(l), f64::from(v));
            sum += 0.5 * (m * m + v - 1.0 - l);
        }
    }
    (sum / (x.len() / (2 * n)) as f64) as f32
}

/// `dx` from the gradient `dy` by [`divergence`].
pub fn backward_divergence(dy: f32, x: &[f32], n: usize, dx: &mut [f32]) {
    assert!(x.len() == dx.len(), "divergence: {} elements into {}", x.len(), dx.len());
    let share = dy / (x.len() / (2 * n)) as f32;
    let mut variance = vec![0.0; n];
    for ((m, l), (dm, dl)) in halves(x, n).zip(halves_mut(dx, n)) {
        exp(l, &mut variance);
        dm.iter_mut().zip(m).for_each(|(dm, m)| *dm = share * m);
        dl.iter_mut().zip(&variance).for_each(|(dl, v)| *dl = 0.5 * share * (v - 1.0));
    }
}

fn check(what: &str, parameters: usize, numbers: usize) {
    assert!(
        parameters == 2 * numbers,
        "{what}: {parameters} parameters of {numbers} normal distributions"
    );
}
