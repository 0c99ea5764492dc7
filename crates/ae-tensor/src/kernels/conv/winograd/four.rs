//! Tiles of 4 x 4 outputs: `F(4x4, 3x3)`, 36 products for 16 outputs. The module's documentation
//! derives the matrices.

use super::super::super::simd::LANES;
use super::Scheme;
use wide::f32x16;

/// 36 products for 16 outputs.
pub(super) struct Four;

/// The points are 0, `A`, `-A`, `B`, `-B` and infinity. `A B = 1` keeps the powers of both close to
/// 1, and spares products.
const A: f32 = 2.0 / 3.0;
const B: f32 = 3.0 / 2.0;
const A2: f32 = 4.0 / 9.0;
const B2: f32 = 9.0 / 4.0;
const A3: f32 = 8.0 / 27.0;
const B3: f32 = 27.0 / 8.0;
/// `A^2 + B^2`
const SUM: f32 = 97.0 / 36.0;
/// `1 / (2 A^2 (A^2 - B^2))`
const SCALE_A: f32 = -81.0 / 130.0;
/// `1 / (2 B^2 (B^2 - A^2))`
const SCALE_B: f32 = 8.0 / 65.0;

/// `c x + y`
#[inline(always)]
fn add(c: f32, x: f32x16, y: f32x16) -> f32x16 {
    f32x16::splat(c).mul_add(x, y)
}

/// `y - c x`
#[inline(always)]
fn subtract(c: f32, x: f32x16, y: f32x16) -> f32x16 {
    f32x16::splat(c).mul_neg_add(x, y)
}

/// `c x`
#[inline(always)]
fn times(c: f32, x: f32x16) -> f32x16 {
    f32x16::splat(c) * x
}

impl Scheme<4, 6, 36> for Four {
    #[inline(always)]
    fn pixels(d: [f32x16; 6]) -> [f32x16; 6] {
        // At a point and its negative, the even powers are equal and the odd ones opposite.
        let (even_a, odd_a) = (subtract(B2, d[2], d[4]), subtract(B2, d[1], d[3]));
        let (even_b, odd_b) = (subtract(A2, d[2], d[4]), subtract(A2, d[1], d[3]));
        [
            subtract(SUM, d[2], d[0] + d[4]),
            add(A, odd_a, even_a),
            subtract(A, odd_a, even_a),
            add(B, odd_b, even_b),
            subtract(B, odd_b, even_b),
            subtract(SUM, d[3], d[1] + d[5]),
        ]
    }

    #[inline(always)]
    fn gradients(d: [f32x16; 4]) -> [f32x16; 6] {
        let (even_a, odd_a) = (add(A2, d[2], d[0]), add(A2, d[3], d[1]));
        let (even_b, odd_b) = (add(B2, d[2], d[0]), add(B2, d[3], d[1]));
        [
            d[0],
            add(A, odd_a, even_a),
            subtract(A, odd_a, even_a),
            add(B, odd_b, even_b),
            subtract(B, odd_b, even_b),
            d[3],
        ]
    }

    #[inline(always)]
    fn kernel(g: [f32x16; 3]) -> [f32x16; 6] {
        let (even_a, even_b) = (add(A2, g[2], g[0]), add(B2, g[2], g[0]));
        [
            g[0],
            times(SCALE_A, add(A, g[1], even_a)),
            times(SCALE_A, subtract(A, g[1], even_a)),
            times(SCALE_B, add(B, g[1], even_b)),
            times(SCALE_B, subtract(B, g[1], even_b)),
            g[2],
        ]
    }

    #[inline(always)]
    fn kernel_gradient(du: [f32x16; 6]) -> [f32x16; 3] {
        let (even_a, odd_a) = (times(SCALE_A, du[1] + du[2]), times(SCALE_A, du[1] - du[2]));
        let (even_b, odd_b) = (times(SCALE_B, du[3] + du[4]), times(SCALE_B, du[3] - du[4]));
        [
            du[0] + even_a + even_b,
            add(A, odd_a, times(B, odd_b)),
            add(A2, even_a, add(B2, even_b, du[5])),
        ]
    }

    #[inline(always)]
    fn outputs(m: [&[f32; LANES]; 36]) -> [[f32x16; 4]; 4] {
        let column = |k: usize| downwards(std::array::from_fn(|i| f32x16::new(*m[6 * i + k])));
        // Columns are added to the outputs as they come, so that no more than the 16 sums and two
        // columns are in registers.
        let (first, last) = (column(0), column(5));
        let mut y: [[f32x16; 4]; 4] =
            std::array::from_fn(|i| [first[i], f32x16::ZERO, f32x16::ZERO, last[i]]);
        for (k, [p, p2, p3]) in [(1, [A, A2, A3]), (3, [B, B2, B3])] {
            let (plus, minus) = (column(k), column(k + 1));
            for (i, y) in y.iter_mut().enumerate() {
                let (even, odd) = (plus[i] + minus[i], plus[i] - minus[i]);
                *y = [y[0] + even, add(p, odd, y[1]), add(p2, even, y[2]), add(p3, odd, y[3])];
            }
        }
        y
    }
}

/// `A^T m`
#[inline(always)]
fn downwards(m: [f32x16; 6]) -> [f32x16; 4] {
    let (even_a, odd_a) = (m[1] + m[2], m[1] - m[2]);
    let (even_b, odd_b) = (m[3] + m[4], m[3] - m[4]);
    [
        m[0] + even_a + even_b,
        add(A, odd_a, times(B, odd_b)),
        add(A2, even_a, times(B2, even_b)),
        add(A3, odd_a, add(B3, odd_b, m[5])),
    ]
}
