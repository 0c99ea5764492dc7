//! Tiles of 2 x 2 outputs: `F(2x2, 3x3)`. The module's documentation derives the matrices.

use super::super::super::simd::LANES;
use super::Scheme;
use wide::f32x16;

/// 16 products for 4 outputs.
pub(super) struct Two;

impl Scheme<2, 4, 16> for Two {
    #[inline(always)]
    fn pixels(d: [f32x16; 4]) -> [f32x16; 4] {
        [d[0] - d[2], d[1] + d[2], d[2] - d[1], d[3] - d[1]]
    }

    #[inline(always)]
    fn gradients(d: [f32x16; 2]) -> [f32x16; 4] {
        [d[0], d[0] + d[1], d[0] - d[1], d[1]]
    }

    #[inline(always)]
    fn kernel(g: [f32x16; 3]) -> [f32x16; 4] {
        let half = f32x16::splat(0.5);
        let (ends, middle) = (half * (g[0] + g[2]), half * g[1]);
        [g[0], ends + middle, ends - middle, g[2]]
    }

    #[inline(always)]
    fn kernel_gradient(du: [f32x16; 4]) -> [f32x16; 3] {
        let half = f32x16::splat(0.5);
        let (sum, difference) = (half * (du[1] + du[2]), half * (du[1] - du[2]));
        [du[0] + sum, difference, sum + du[3]]
    }

    #[inline(always)]
    fn outputs(m: [&[f32; LANES]; 16]) -> [[f32x16; 2]; 2] {
        // Column by column downwards, each added to the outputs at once: four sums and a column fit
        // the registers of AVX2.
        let column = |k: usize| {
            let [a, b, c, d]: [f32x16; 4] = std::array::from_fn(|i| f32x16::new(*m[4 * i + k]));
            (a + b + c, b - c + d)
        };
        let (mut y00, mut y10) = column(0);
        let (upper, lower) = column(1);
        (y00, y10) = (y00 + upper, y10 + lower);
        let (mut y01, mut y11) = (upper, lower);
        let (upper, lower) = column(2);
        (y00, y10) = (y00 + upper, y10 + lower);
        (y01, y11) = (y01 - upper, y11 - lower);
        let (upper, lower) = column(3);
        (y01, y11) = (y01 + upper, y11 + lower);
        [[y00, y01], [y10, y11]]
    }
}
