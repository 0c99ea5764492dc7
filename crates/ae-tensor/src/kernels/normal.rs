//! Normal numbers from random bits, 32 at a time.
//!
//! The method is that of G. E. P. Box and M. E. Muller ("A note on the generation of random normal
//! deviates", Annals of Mathematical Statistics 29, 1958): a point in the plane whose coordinates
//! are normal and independent has an angle that is uniform and, independent of it, a squared radius
//! whose half is exponential. So for a uniform `u` and a uniform angle
//!
//! ```text
//! r = sqrt(-2 ln u)      x = r cos(angle)      y = r sin(angle)
//! ```
//!
//! It has no branch and no table, so 16 points become 32 numbers in vectors. Marsaglia and Tsang's
//! ziggurat, the usual method for one number at a time, needs fewer operations but looks up a table
//! and sometimes draws again.

use super::math::ln_vector;
use super::simd::{LANES, splat, store};
use wide::{f32x16, i32x16};

/// The number of normal numbers in a block, and of the random words of 32 bits that they are made
/// of.
pub(crate) const BLOCK: usize = 2 * LANES;

/// sin t = t + t^3 p(t^2) for |t| <= pi/4, by `tools/minimax.py`; its largest relative error is
/// 4e-9.
const SIN_TERMS: [f32; 3] = [-1.666_665_5e-1, 8.332_16e-3, -1.951_525e-4];
/// cos t = 1 - t^2/2 + t^4 p(t^2); 1e-10.
const COS_TERMS: [f32; 3] = [4.166_664_6e-2, -1.388_731_6e-3, 2.443_312e-5];

/// Returns numbers drawn from N(0, 1), if `words` are uniform.
///
/// The first 16 words give the radii. Their 31 upper bits are the place of `u` in (0, 1], so the
/// largest radius is sqrt(-2 ln 2^-32) = 6.66; of 4e10 normal numbers one is larger.
///
/// The others give the angles: 30 bits are an angle from -pi/4 to pi/4 about one of the axes, and
/// the two upper bits choose the axis.
pub(crate) fn box_muller(words: &[u32; BLOCK]) -> [f32; BLOCK] {
    let (radii, angles) = words.split_at(LANES);
    let u = lanes(radii, |word| word >> 1).round_float();
    let u = u.mul_add(f32x16::splat(2f32.powi(-31)), f32x16::splat(2f32.powi(-32)));
    let r = (ln_vector(u) * f32x16::splat(-2.0)).sqrt();

    let angles = lanes(angles, |word| word);
    let eighth = std::f32::consts::FRAC_PI_4 * 2f32.powi(-31);
    let within: i32x16 = angles << 2;
    let (sin, cos) = sin_and_cos(within.round_float() * f32x16::splat(eighth));
    let sign = angles & i32x16::splat(i32::MIN);
    let cos: f32x16 = bytemuck::cast(bytemuck::cast::<f32x16, i32x16>(cos) ^ sign);
    let second: i32x16 = angles << 1;
    let second: i32x16 = second >> 31;
    let swap: f32x16 = bytemuck::cast(second);
    let mut out = [0.0; BLOCK];
    let (x, y) = out.split_at_mut(LANES);
    store(r * swap.select(sin, cos), x);
    store(r * swap.select(cos, sin), y);
    out
}

/// Returns 16 words as signed numbers of the same bits, after `f`.
#[inline(always)]
fn lanes(words: &[u32], f: impl Fn(u32) -> u32) -> i32x16 {
    i32x16::new(std::array::from_fn(|i| f(words[i]).cast_signed()))
}

/// The sine and the cosine of an angle from -pi/4 to pi/4.
#[inline(always)]
fn sin_and_cos(t: f32x16) -> (f32x16, f32x16) {
    let u = t * t;
    let polynomial = |terms: [f32; 3]| {
        let [c0, c1, c2] = splat(terms);
        c2.mul_add(u, c1).mul_add(u, c0)
    };
    let sin = (polynomial(SIN_TERMS) * u).mul_add(t, t);
    let from_half = polynomial(COS_TERMS).mul_add(u, f32x16::splat(-0.5));
    (sin, from_half.mul_add(u, f32x16::ONE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::assert_close;

    /// Box and Muller's formula in f64, for one word of each kind.
    fn naive(radius: u32, angle: u32) -> [f64; 2] {
        let u = (f64::from(radius >> 1) + 0.5) / 2f64.powi(31);
        let r = (-2.0 * u.ln()).sqrt();
        let part = f64::from((angle << 2).cast_signed()) / 2f64.powi(31);
        let (sin, cos) = (part * std::f64::consts::FRAC_PI_4).sin_cos();
        let cos = if angle >> 31 == 1 { -cos } else { cos };
        if angle >> 30 & 1 == 1 { [r * sin, r * cos] } else { [r * cos, r * sin] }
    }

    #[test]
    fn the_numbers_are_those_of_the_formula() {
        let ends = [0, 1, 2, 3, 1 << 30, (1 << 30) - 1, 1 << 31, 3 << 30, u32::MAX, u32::MAX - 1];
        let some = (0..4000u32).map(|i| i.wrapping_mul(2_654_435_761));
        let words: Vec<u32> = ends.into_iter().chain(some).collect();
        for shift in 0..ends.len() {
            for block in words.chunks_exact(BLOCK) {
                let mut block: [u32; BLOCK] = block.try_into().expect("it has 32 words");
                block.rotate_left(shift);
                let found = box_muller(&block);
                for i in 0..LANES {
                    let expected = naive(block[i], block[LANES + i]);
                    // Close to 1, `u` is rounded to 24 bits, which moves the smallest radii.
                    assert_close(&[found[i], found[LANES + i]], &expected, 1e-6, 3e-4);
                }
            }
        }
    }

    #[test]
    fn the_largest_and_the_smallest_radius() {
        let all = |radius: u32| {
            let mut words = [radius; BLOCK];
            words[LANES..].fill(0);
            box_muller(&words)[0]
        };
        assert!((all(0) - 6.660_4).abs() < 1e-3, "{}", all(0));
        assert_eq!(all(u32::MAX), 0.0);
    }
}
