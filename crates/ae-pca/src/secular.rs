//! The eigenvalues of `D + rho z z^T`: a diagonal matrix changed by a matrix of rank 1.
//!
//! They are the roots of the secular equation `f(x) = 1 + sum_j w_j / (d_j - x) = 0` with weights
//! `w_j = rho z_j^2`. A root is found as R.-C. Li, "Solving secular equations stably and
//! efficiently", LAPACK Working Note 89 (1993), proposes: `f` is replaced by a function with the
//! two poles beside the root that has the same value and, for either side's sum, the same slope
//! ("the middle way"). A bracket around the root makes every step safe.

/// Steps after which a root is as good as the bracket around it. Three to six are usual; where the
/// function does not fall, each second step halves the bracket, or the ratio of its logarithms.
const MAX_STEPS: usize = 400;

/// The number of terms summed side by side.
const LANES: usize = 8;

/// An eigenvalue, as the nearest `d` and the distance from it: so its distances from all other `d`
/// have small relative errors.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Root {
    /// The `d` nearest to the root.
    pub(crate) origin: f64,
    /// The root less that.
    pub(crate) offset: f64,
}

impl Root {
    /// `d - root`.
    #[inline(always)]
    pub(crate) fn below(&self, d: f64) -> f64 {
        (d - self.origin) - self.offset
    }

    pub(crate) fn value(&self) -> f64 {
        self.origin + self.offset
    }
}

/// The secular function.
#[derive(Debug)]
pub(crate) struct Secular<'a> {
    /// The poles, ascending, no two equal.
    pub(crate) d: &'a [f64],
    /// Their weights, all positive.
    pub(crate) weights: &'a [f64],
}

/// The two sums of the function at a point, over the poles below it and above it, and their slopes.
#[derive(Clone, Copy, Debug)]
struct Sums {
    below: [f64; 2],
    above: [f64; 2],
}

impl Sums {
    fn value(&self) -> f64 {
        1.0 + (self.below[0] + self.above[0])
    }

    fn slope(&self) -> f64 {
        self.below[1] + self.above[1]
    }
}

impl Secular<'_> {
    /// Root `i`, between `d[i]` and the next pole, or above the last.
    pub(crate) fn root(&self, i: usize) -> Root {
        let d = self.d;
        let total = || self.weights.iter().sum::<f64>();
        let Some(next) = d.get(i + 1) else {
            // f(d + sum of weights) >= 0
            return self.search(i, d[i], [0.0, total()], total());
        };
        let gap = next - d[i];
        let half = 0.5 * gap;
        let middle = self.sums(i, d[i], half).value();
        // The two nearest poles exactly, all others as they are in the middle:
        // c + w / (d_i - x) + v / (d_(i + 1) - x) = 0.
        let (w, v) = (self.weights[i], self.weights[i + 1]);
        let c = middle + w / half - v / half;
        if middle >= 0.0 {
            let guess = smaller_root(c, c * gap + w + v, w * gap);
            self.search(i, d[i], [0.0, half], guess)
        } else {
            let guess = smaller_root(c, w + v - c * gap, -v * gap);
            self.search(i, *next, [-half, 0.0], guess)
        }
    }

    /// The root between the ends of `bracket`, which are relative to `origin`.
    fn search(&self, i: usize, origin: f64, bracket: [f64; 2], guess: f64) -> Root {
        let [mut low, mut high] = bracket;
        let mut x = if guess > low && guess < high { guess } else { middle(low, high) };
        let mut before = f64::INFINITY;
        // The rounding error of a sum of terms of one sign, in lanes.
        let rounding = f64::EPSILON * (8 + self.d.len() / LANES) as f64;
        for _ in 0..MAX_STEPS {
            let sums = self.sums(i, origin, x);
            let f = sums.value();
            if f.abs() <= rounding * (1.0 + sums.above[0] - sums.below[0]) {
                break;
            }
            if f < 0.0 {
                low = x
            } else {
                high = x
            }
            let slow = f.abs() > 0.5 * before;
            before = f.abs();
            let mut next = x + self.step(i, origin, x, &sums);
            if slow || !(next > low && next < high) {
                next = middle(low, high);
                before = f64::INFINITY;
            }
            if next == x || next <= low || next >= high {
                break;
            }
            x = next;
        }
        Root { origin, offset: x }
    }

    /// The step to the root of the function with two poles.
    fn step(&self, i: usize, origin: f64, x: f64, sums: &Sums) -> f64 {
        let (f, slope) = (sums.value(), sums.slope());
        let left = (self.d[i] - origin) - x;
        let Some(next) = self.d.get(i + 1) else {
            // One pole: c + s / (left - step) = 0.
            return f * left / (f - left * slope);
        };
        let right = (next - origin) - x;
        let c = f - left * sums.below[1] - right * sums.above[1];
        let a = (left + right) * f - left * right * slope;
        let step = smaller_root(c, a, left * right * f);
        // The function grows: a step in the wrong direction is a rounding error.
        if step * f > 0.0 { -f / slope } else { step }
    }

    /// The sums at `origin + x`, a point between `d[i]` and the next pole.
    fn sums(&self, i: usize, origin: f64, x: f64) -> Sums {
        let (d, w) = (self.d.split_at(i + 1), self.weights.split_at(i + 1));
        Sums { below: sums(d.0, w.0, origin, x), above: sums(d.1, w.1, origin, x) }
    }
}

/// `sum w / (d - x)`, where x is relative to the origin, and its derivative `sum w / (d - x)^2`.
fn sums(d: &[f64], weights: &[f64], origin: f64, x: f64) -> [f64; 2] {
    let mut lanes = [[0.0; LANES]; 2];
    let ((d, d_rest), (w, w_rest)) = (d.as_chunks::<LANES>(), weights.as_chunks::<LANES>());
    for (d, w) in d.iter().zip(w) {
        for k in 0..LANES {
            let inverse = 1.0 / ((d[k] - origin) - x);
            let term = w[k] * inverse;
            lanes[0][k] += term;
            lanes[1][k] += term * inverse;
        }
    }
    let mut total = lanes.map(|lanes| lanes.iter().sum::<f64>());
    for (d, w) in d_rest.iter().zip(w_rest) {
        let inverse = 1.0 / ((d - origin) - x);
        total[0] += w * inverse;
        total[1] += w * inverse * inverse;
    }
    total
}

/// The root of `c x^2 - a x + b` that is the smaller one if `a > 0`, without cancellation.
fn smaller_root(c: f64, a: f64, b: f64) -> f64 {
    let root = (a * a - 4.0 * b * c).abs().sqrt();
    if a <= 0.0 { (a - root) / (2.0 * c) } else { 2.0 * b / (a + root) }
}

/// A point between two numbers of equal sign, or of which one is 0: in the middle of their
/// logarithms if they differ much.
fn middle(low: f64, high: f64) -> f64 {
    let (near, far) = if low.abs() < high.abs() { (low, high) } else { (high, low) };
    if near == 0.0 {
        far / 64.0
    } else if far / near > 4.0 {
        // Not the root of the product, which may underflow.
        near * (far / near).sqrt()
    } else {
        low + 0.5 * (high - low)
    }
}

/// The `z_j`, without sign, of the matrix `D + z z^T` of which these are the exact eigenvalues.
///
/// K. Loewner's formula, `z_j^2 = prod_i (root_i - d_j) / prod_(i != j) (d_i - d_j)`. Eigenvectors
/// computed from these z are orthogonal although the roots are rounded: M. Gu and S. C. Eisenstat,
/// "A stable and efficient algorithm for the rank-one modification of the symmetric eigenproblem",
/// SIAM J. Matrix Anal. Appl. 15 (1994). Each quotient is paired so that it lies between 0 and 1.
pub(crate) fn z_of_roots(j: usize, d: &[f64], roots: &[Root]) -> f64 {
    let n = d.len();
    let here = d[j];
    let product = |roots: &[Root], d: &[f64]| {
        let mut lanes = [1.0; LANES];
        for (roots, d) in roots.chunks(LANES).zip(d.chunks(LANES)) {
            for ((lane, root), d) in lanes.iter_mut().zip(roots).zip(d) {
                *lane *= root.below(here) / (here - d);
            }
        }
        lanes.iter().product::<f64>()
    };
    let low = product(&roots[..j], &d[..j]);
    let high = product(&roots[j..n - 1], &d[j + 1..]);
    (low * high * -roots[n - 1].below(here)).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symmetric_eigen;
    use ae_testkit::Sampler;
    use ae_testkit::assert_close_f64;

    fn roots(d: &[f64], weights: &[f64]) -> Vec<Root> {
        let secular = Secular { d, weights };
        (0..d.len()).map(|i| secular.root(i)).collect()
    }

    #[test]
    fn two_poles_by_hand() {
        // 1 + 1 / (0 - x) + 1 / (1 - x) = 0: x^2 - 3 x + 1 = 0.
        let found: Vec<f64> = roots(&[0.0, 1.0], &[1.0, 1.0]).iter().map(Root::value).collect();
        let root = 5f64.sqrt();
        assert_close_f64(&found, &[(3.0 - root) / 2.0, (3.0 + root) / 2.0], 1e-15, 0.0);
        // One pole: d + w.
        let one = roots(&[2.0], &[0.25])[0];
        assert_close_f64(&[one.origin, one.offset], &[2.0, 0.25], 4e-16, 0.0);
    }

    #[test]
    fn roots_are_the_eigenvalues_that_jacobi_finds() {
        for (n, seed) in [(2, 1), (3, 2), (9, 3), (40, 4)] {
            let mut sampler = Sampler::new(seed);
            let mut d: Vec<f64> = sampler.vec(n, -1.0, 1.0).into_iter().map(f64::from).collect();
            d.sort_by(f64::total_cmp);
            let z: Vec<f64> = sampler.vec(n, 0.1, 1.0).into_iter().map(f64::from).collect();
            let a: Vec<f64> = (0..n * n)
                .map(|p| z[p / n] * z[p % n] + if p / n == p % n { d[p / n] } else { 0.0 })
                .collect();
            let mut expected = symmetric_eigen(&a, n).unwrap().values;
            expected.reverse();
            let weights: Vec<f64> = z.iter().map(|z| z * z).collect();
            let found = roots(&d, &weights);
            let values: Vec<f64> = found.iter().map(Root::value).collect();
            assert_close_f64(&values, &expected, 1e-14, 1e-14);
            let again: Vec<f64> = (0..n).map(|j| z_of_roots(j, &d, &found)).collect();
            assert_close_f64(&again, &z, 1e-12, 0.0);
        }
    }

    #[test]
    fn weights_and_gaps_of_all_sizes() {
        // The function changes its sign at a root, within rounding.
        let scales = [1e-30, 1e-17, 1e-8, 1e-3, 1.0];
        let mut sampler = Sampler::new(5);
        for _ in 0..300 {
            let n = 2 + (sampler.bits() % 20) as usize;
            let mut any = || {
                let scale = scales[(sampler.bits() % 5) as usize];
                scale * f64::from(sampler.uniform(0.1, 1.0))
            };
            let weights: Vec<f64> = (0..n).map(|_| any()).collect();
            let mut d: Vec<f64> = (0..n).map(|_| any()).collect();
            d.sort_by(f64::total_cmp);
            d.dedup();
            let weights = &weights[..d.len()];
            let secular = Secular { d: &d, weights };
            for i in 0..d.len() {
                let Root { origin, offset } = secular.root(i);
                let at = |x: f64| secular.sums(i, origin, x).value();
                let (near, far) = (offset * (1.0 - 1e-12), offset * (1.0 + 1e-12));
                let (low, high) = if offset > 0.0 { (near, far) } else { (far, near) };
                let sums = secular.sums(i, origin, offset);
                let small = 1e-14 * (1.0 + sums.above[0] - sums.below[0]);
                assert!(at(low) <= small && at(high) >= -small, "{d:?} {weights:?} {i} {offset:e}");
            }
        }
    }
}
