//! A Jacobi rotation: its angle, and its effect on two rows.
//!
//! The formulas are from H. Rutishauser, "The Jacobi method for real symmetric matrices",
//! Numerische Mathematik 9 (1966), 1-10: every updated number is the old one plus a small
//! correction, never a product with a cosine that is nearly 1, so that small rotations cause small
//! errors. The README derives them.

use crate::vectors::fused;

/// The number of columns in a strip: two rows of them fill eight 512-bit registers, or sixteen of
/// 256 bits.
pub(crate) const STRIP: usize = 32;

/// The rotation of the plane of rows `p` and `q`, `p < q`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rotation {
    pub(crate) p: usize,
    pub(crate) q: usize,
    /// The tangent of the angle.
    tangent: f64,
    /// The sine of the angle.
    sine: f64,
    /// The tangent of half the angle, `sin / (1 + cos)`.
    half_tangent: f64,
}

impl Rotation {
    /// Creates the rotation by the smaller angle, at most pi/4, that annihilates `a_pq`.
    ///
    /// `a_pq` must not be zero.
    pub(crate) fn annihilating(p: usize, q: usize, a_pp: f64, a_qq: f64, a_pq: f64) -> Self {
        // cot(2 angle). If it overflows, the tangent becomes 0, as it should.
        let theta = (a_qq - a_pp) / (2.0 * a_pq);
        // The root of t^2 + 2 theta t - 1 that is smaller in magnitude, without cancellation.
        let tangent = 1.0f64.copysign(theta) / (theta.abs() + (theta * theta + 1.0).sqrt());
        let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
        let sine = tangent * cosine;
        Self { p, q, tangent, sine, half_tangent: sine / (1.0 + cosine) }
    }

    /// Returns the same rotation for other rows.
    pub(crate) fn between(self, p: usize, q: usize) -> Self {
        Self { p, q, ..self }
    }

    /// The amount that `a_pp` loses and `a_qq` gains: `t a_pq`.
    pub(crate) fn shift(&self, a_pq: f64) -> f64 {
        self.tangent * a_pq
    }

    /// Replaces rows `p` and `q` by `cos p - sin q` and `sin p + cos q`.
    #[inline(always)]
    pub(crate) fn apply(&self, p: &mut [f64], q: &mut [f64]) {
        let (s, tau) = (self.sine, self.half_tangent);
        for (p, q) in p.iter_mut().zip(q) {
            let (g, h) = (*p, *q);
            // cos = 1 - s tau, so that cos g - s h = g - s (h + tau g).
            *p = fused(-s, fused(tau, g, h), g);
            *q = fused(s, fused(-tau, h, g), h);
        }
    }
}

/// Applies `rotations`, in order, to the rows of a strip.
///
/// Consecutive rotations with the same `p` read and write that row once: it stays in registers.
pub(crate) fn rotate_strip(strip: &mut [[f64; STRIP]], rotations: &[Rotation]) {
    for group in rotations.chunk_by(|a, b| a.p == b.p) {
        let p = group[0].p;
        let mut row = strip[p];
        for rotation in group {
            rotation.apply(&mut row, &mut strip[rotation.q]);
        }
        strip[p] = row;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::{Sampler, assert_close_f64};

    #[test]
    fn annihilates_and_keeps_trace_and_norm() {
        let cases = [
            (2.0, 3.0, 1.0),
            (3.0, 2.0, 1.0),
            (1.0, 1.0, -0.5),
            (0.0, 0.0, 1e-30),
            (1.0, 1.0, 1e-200),
            (-4.0, 4.0, 1e-9),
            (1e-12, 1e12, 0.7),
        ];
        for (a_pp, a_qq, a_pq) in cases {
            let r = Rotation::annihilating(0, 1, a_pp, a_qq, a_pq);
            assert!(r.tangent.abs() <= 1.0, "the angle is at most pi/4");
            let cosine = r.sine / r.tangent;
            assert_close_f64(&[r.sine * r.sine + cosine * cosine], &[1.0], 1e-15, 0.0);
            // The off-diagonal entry after it: (c^2 - s^2) a_pq + c s (a_pp - a_qq).
            let rest =
                (cosine - r.sine) * (cosine + r.sine) * a_pq + cosine * r.sine * (a_pp - a_qq);
            assert!(rest.abs() <= 1e-15 * a_pq.abs(), "{rest:e} is left of {a_pq:e}");
            let shift = r.shift(a_pq);
            let (pp, qq) = (a_pp - shift, a_qq + shift);
            let before = a_pp * a_pp + a_qq * a_qq + 2.0 * a_pq * a_pq;
            assert_close_f64(&[pp * pp + qq * qq], &[before], 1e-15, 0.0);
        }
    }

    #[test]
    fn a_far_smaller_entry_needs_no_angle() {
        // theta^2 overflows here: it must not cause a NaN.
        let r = Rotation::annihilating(0, 1, 0.0, 1.0, 1e-200);
        assert_eq!((r.tangent, r.sine, r.half_tangent), (0.0, 0.0, 0.0));
    }

    #[test]
    fn strips_are_rotated_as_by_the_definition() {
        let mut sampler = Sampler::new(3);
        let mut strip = [[0.0; STRIP]; 4];
        for row in &mut strip {
            row.fill_with(|| f64::from(sampler.uniform(-1.0, 1.0)));
        }
        let mut expected = strip;
        let rotations = [(0, 1), (0, 3), (1, 2), (2, 3), (0, 1)]
            .map(|(p, q)| Rotation::annihilating(p, q, 1.0 + p as f64, q as f64 / 3.0, 0.4));
        for r in &rotations {
            let cosine = r.sine / r.tangent;
            let [p, q] = expected.get_disjoint_mut([r.p, r.q]).expect("two different rows");
            for (g, h) in p.iter_mut().zip(q) {
                (*g, *h) = (cosine * *g - r.sine * *h, r.sine * *g + cosine * *h);
            }
        }
        rotate_strip(&mut strip, &rotations);
        assert_close_f64(strip.as_flattened(), expected.as_flattened(), 1e-14, 1e-14);
    }
}
