//! Random numbers that depend on their purpose, not on when they are drawn.
//!
//! If a program draws everything from one generator, one more draw changes all later numbers, and
//! threads cannot share the drawing. Here every purpose has its own stream, keyed by (seed,
//! purpose, epoch, index): a ChaCha generator with 8 rounds whose 256-bit key is these four
//! numbers. Streams with different keys are independent for any practical purpose (J.-P. Aumasson,
//! "Too much crypto", 2019, explains why 8 rounds suffice).

use crate::kernels::normal::{BLOCK, box_muller};
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

/// The purpose of a stream of random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// Initial weights; the index counts parameters.
    Weights,
    /// The order of the samples in an epoch.
    Shuffle,
    /// Noise added to training images.
    Noise,
    /// The choice of images that a gallery shows.
    Gallery,
    /// Latent codes to decode into new images.
    Generation,
    /// Noise added to evaluation images; its streams differ from those of [`Purpose::Noise`].
    TestNoise,
    /// Codes that a variational auto-encoder samples during training.
    Codes,
    /// Codes that it samples during evaluation; its streams differ from those of
    /// [`Purpose::Codes`].
    TestCodes,
    /// Crops, flips and other changes of training images.
    Augmentation,
    /// Any other purpose: see [`Purpose::custom`].
    Custom(CustomPurpose),
}

/// A custom purpose, created by [`Purpose::custom`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CustomPurpose(u64);

impl Purpose {
    /// Creates a custom purpose. Its streams are independent of those of every other purpose.
    ///
    /// The name is reduced to 63 bits of its FNV-1a hash (G. Fowler, L. C. Noll, K.-P. Vo,
    /// <http://www.isthe.com/chongo/tech/comp/fnv>), with the highest bit set. So it never equals a
    /// purpose of this crate, whose numbers are small. Two names collide by chance with probability
    /// `2^-63`; among 1000 names any two collide with probability about `5e-14`. The hash does not
    /// withstand names that are chosen to collide.
    ///
    /// ```
    /// use ae_tensor::random::{Purpose, standard_normal, stream};
    /// const SNOW: Purpose = Purpose::custom("my-crate/snow");
    /// let flake = |image| standard_normal(&mut stream(1, SNOW, 0, image));
    /// assert_eq!(flake(7), flake(7));
    /// assert_ne!(flake(7), flake(8));
    /// ```
    #[must_use]
    pub const fn custom(name: &str) -> Self {
        let (bytes, mut hash, mut i) = (name.as_bytes(), 0xcbf2_9ce4_8422_2325_u64, 0);
        // A constant function cannot use an iterator.
        while i < bytes.len() {
            hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0100_0000_01b3);
            i += 1;
        }
        Self::Custom(CustomPurpose(hash | 1 << 63))
    }
}

/// Creates the generator for one purpose, epoch and index.
///
/// ```
/// use ae_tensor::random::{Purpose, stream};
/// use rand::Rng;
/// let mut first = stream(1, Purpose::Noise, 0, 7);
/// let mut again = stream(1, Purpose::Noise, 0, 7);
/// let mut other = stream(1, Purpose::Noise, 0, 8);
/// let x = first.next_u64();
/// assert_eq!(x, again.next_u64());
/// assert_ne!(x, other.next_u64());
/// ```
#[must_use]
pub fn stream(seed: u64, purpose: Purpose, epoch: u64, index: u64) -> impl Rng {
    // Written out, so that reordering the enum does not change results.
    let purpose: u64 = match purpose {
        Purpose::Weights => 1,
        Purpose::Shuffle => 2,
        Purpose::Noise => 3,
        Purpose::Gallery => 4,
        Purpose::Generation => 5,
        Purpose::TestNoise => 6,
        Purpose::Codes => 7,
        Purpose::TestCodes => 8,
        Purpose::Augmentation => 9,
        Purpose::Custom(CustomPurpose(hash)) => hash,
    };
    let mut key = [0; 32];
    for (bytes, number) in key.chunks_exact_mut(8).zip([seed, purpose, epoch, index]) {
        bytes.copy_from_slice(&number.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}

/// Draws a number uniform in `[low, high)`: a multiple of 2^-24 of the interval's length.
///
/// # Panics
/// If `low < high` does not hold, or if the interval's length is not finite in f32, which would
/// otherwise yield NaN.
pub fn uniform(rng: &mut impl Rng, low: f32, high: f32) -> f32 {
    assert!(low < high && (high - low).is_finite(), "uniform: [{low}, {high}) is not an interval");
    let unit: f32 = rng.random();
    // Rounding can raise the largest unit to `high` itself, which the interval excludes.
    (low + (high - low) * unit).min(high.next_down())
}

/// Many numbers from the normal distribution with mean 0 and variance 1.
///
/// The numbers differ from those of [`standard_normal`] for the same generator: they are made in
/// vectors, by Box and Muller's method. They depend on the generator alone, not on the lengths of
/// the slices that they are written to. All are finite, and below 6.7 in size. `tools/normals.py`
/// is a twin in Python.
///
/// ```
/// use ae_tensor::random::{Normals, Purpose, stream};
/// let normals = || Normals::new(stream(1, Purpose::Noise, 0, 7));
/// let (mut whole, mut pieces) = ([0.0; 100], [0.0; 100]);
/// normals().fill(&mut whole);
/// let mut again = normals();
/// pieces.chunks_mut(7).for_each(|piece| again.fill(piece));
/// assert_eq!(pieces, whole);
/// ```
#[derive(Clone, Debug)]
pub struct Normals<R> {
    rng: R,
    /// The block that was begun last.
    block: [f32; BLOCK],
    /// How many of its numbers have been written.
    taken: usize,
}

impl<R: Rng> Normals<R> {
    /// Takes all random bits from this generator.
    pub fn new(rng: R) -> Self {
        Self { rng, block: [0.0; BLOCK], taken: BLOCK }
    }

    /// Fills `out` with the next numbers.
    pub fn fill(&mut self, out: &mut [f32]) {
        let begun = out.len().min(BLOCK - self.taken);
        let (begun, out) = out.split_at_mut(begun);
        begun.copy_from_slice(&self.block[self.taken..][..begun.len()]);
        self.taken += begun.len();
        let (blocks, rest) = out.as_chunks_mut();
        for block in blocks {
            *block = self.draw();
        }
        if !rest.is_empty() {
            self.block = self.draw();
            rest.copy_from_slice(&self.block[..rest.len()]);
            self.taken = rest.len();
        }
    }

    fn draw(&mut self) -> [f32; BLOCK] {
        let mut bytes = [[0; 4]; BLOCK];
        self.rng.fill_bytes(bytes.as_flattened_mut());
        box_muller(&bytes.map(u32::from_le_bytes))
    }
}

/// Draws a number from the normal distribution with mean 0 and variance 1.
pub fn standard_normal(rng: &mut impl Rng) -> f32 {
    StandardNormal.sample(rng)
}

/// Writes the numbers `0..len` to `order` in random order (Fisher-Yates shuffle).
pub fn permutation(rng: &mut impl Rng, len: usize, order: &mut Vec<usize>) {
    order.clear();
    order.extend(0..len);
    order.shuffle(rng);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers: an update of a dependency that changed them would change every trained model.
    #[test]
    fn streams_are_pinned() {
        let mut rng = stream(42, Purpose::Shuffle, 3, 9);
        let bits = [rng.next_u64(), rng.next_u64()];
        assert_eq!(bits, [11_465_149_387_849_729_043, 13_789_998_232_136_487_770]);
        let mut order = Vec::new();
        permutation(&mut stream(0, Purpose::Shuffle, 0, 0), 10, &mut order);
        assert_eq!(order, [0, 7, 8, 4, 9, 2, 3, 5, 6, 1]);
        let mut rng = stream(0, Purpose::Weights, 0, 0);
        let pair = [uniform(&mut rng, -1.0, 1.0), uniform(&mut rng, -1.0, 1.0)];
        assert_eq!(pair, [-0.352_801_68, -0.500_613_33]);
        let mut rng = stream(0, Purpose::Noise, 0, 0);
        let pair = [standard_normal(&mut rng), standard_normal(&mut rng)];
        assert_eq!(pair, [-1.252_647_2, 1.752_002_4]);
        let mut three = [0.0; 3];
        Normals::new(stream(0, Purpose::Noise, 0, 0)).fill(&mut three);
        // As `tools/normals.py` prints them. Without fused multiply-add the last digits differ.
        ae_testkit::assert_close(&three, &[-1.398_833_4, 1.559_817, -0.086_295_4], 1e-5, 1e-6);
        let mut rng = stream(0, Purpose::TestNoise, 0, 0);
        assert_eq!(standard_normal(&mut rng), 0.696_648_66);
    }

    #[test]
    fn every_part_of_the_key_counts() {
        let first = |seed, purpose, epoch, index| stream(seed, purpose, epoch, index).next_u64();
        let base = first(1, Purpose::Noise, 2, 3);
        assert_ne!(base, first(0, Purpose::Noise, 2, 3));
        assert_ne!(base, first(1, Purpose::Shuffle, 2, 3));
        assert_ne!(base, first(1, Purpose::TestNoise, 2, 3));
        assert_ne!(base, first(1, Purpose::Noise, 1, 3));
        assert_ne!(base, first(1, Purpose::Noise, 2, 2));
    }

    /// The published hashes of FNV-1a, with the highest bit set.
    #[test]
    fn custom_purposes_are_pinned_and_differ() {
        let hash = |name| match Purpose::custom(name) {
            Purpose::Custom(CustomPurpose(hash)) => hash,
            other => panic!("{other:?}"),
        };
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8);
        let first = |name| stream(1, Purpose::custom(name), 2, 3).next_u64();
        assert_ne!(first("masking"), first("masking "));
        assert_ne!(first("masking"), stream(1, Purpose::Noise, 2, 3).next_u64());
        assert_eq!(first("masking"), 14_447_315_512_247_877_920);
    }

    #[test]
    fn what_is_not_an_interval_is_refused() {
        let (nan, inf) = (f32::NAN, f32::INFINITY);
        for [low, high] in
            [[nan, 1.0], [0.0, nan], [0.0, inf], [-inf, 0.0], [1.0, 1.0], [1.0, 0.0], [-3e38, 3e38]]
        {
            let draw = || uniform(&mut stream(0, Purpose::Weights, 0, 0), low, high);
            assert!(std::panic::catch_unwind(draw).is_err(), "[{low}, {high})");
        }
        let tiny = f32::from_bits(1);
        assert_eq!(uniform(&mut stream(0, Purpose::Weights, 0, 0), 0.0, tiny), 0.0);
    }

    #[test]
    fn a_permutation_holds_every_number_once() {
        let mut order = vec![99; 3];
        permutation(&mut stream(5, Purpose::Shuffle, 0, 0), 1000, &mut order);
        assert_ne!(order, (0..1000).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..1000).collect::<Vec<_>>());
    }

    /// The normal distribution function, by numeric integration of its density.
    fn normal_cdf(sorted: &[f32]) -> Vec<f64> {
        let density = |x: f64| (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt();
        // Simpson's rule from -9, in steps of at most 0.01.
        let (mut at, mut below) = (-9.0, 0.0);
        let mut to = |x: f64| {
            let parts = ((x - at) / 0.01).ceil().max(1.0);
            let step = (x - at) / parts;
            for _ in 0..parts as usize {
                let (a, b, c) = (density(at), density(at + step / 2.0), density(at + step));
                below += step / 6.0 * (a + 4.0 * b + c);
                at += step;
            }
            below
        };
        sorted.iter().map(|&x| to(x.into())).collect()
    }

    #[test]
    fn many_normals_are_normal() {
        const N: usize = 1 << 20;
        let mut z = vec![f32::NAN; N];
        // Of many streams, as for images; a length that leaves a rest.
        for (image, z) in z.chunks_mut(785).enumerate() {
            Normals::new(stream(3, Purpose::Noise, 0, image as u64)).fill(z);
        }
        let n = N as f64;
        let moment = |k| z.iter().map(|&z| f64::from(z).powi(k)).sum::<f64>() / n;
        // Within four standard deviations of such means.
        for (k, expected, deviation) in
            [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0), (6, 15.0, 10_170.0)]
        {
            let (found, tolerance) = (moment(k), 4.0 * f64::sqrt(deviation / n));
            assert!((found - expected).abs() < tolerance, "moment {k}: {found}");
        }
        // Neighbors, and the two numbers of one point, are independent: so are their squares.
        for lag in [1, 16, 32] {
            let pairs = z.iter().zip(&z[lag..]).map(|(&a, &b)| (f64::from(a), f64::from(b)));
            let (products, squares): (Vec<f64>, Vec<f64>) =
                pairs.map(|(a, b)| (a * b, (a * a - 1.0) * (b * b - 1.0))).unzip();
            assert!(products.iter().sum::<f64>().abs() < 4.0 * n.sqrt(), "lag {lag}");
            assert!(squares.iter().sum::<f64>().abs() < 8.0 * n.sqrt(), "lag {lag}");
        }
        // P(|z| > 4) = 6.334e-5, P(|z| > 4.5) = 6.795e-6.
        for (size, probability) in [(4.0, 6.334e-5), (4.5, 6.795e-6)] {
            let (found, expected) = (z.iter().filter(|z| z.abs() > size).count(), probability * n);
            let off = (found as f64 - expected).abs();
            assert!(off < 4.0 * expected.sqrt(), "{found} beyond {size}, not {expected}");
        }
        // Kolmogorov and Smirnov: the largest difference of the distribution functions is above
        // 1.95 / sqrt(n) once in a thousand.
        z.sort_by(f32::total_cmp);
        let cdf = normal_cdf(&z);
        let gap =
            |(i, p): (usize, &f64)| (p - i as f64 / n).abs().max((p - (i + 1) as f64 / n).abs());
        let largest = cdf.iter().enumerate().map(gap).fold(0.0, f64::max);
        assert!(largest < 1.95 / n.sqrt(), "{largest}");
    }

    #[test]
    fn distributions_have_their_moments() {
        let mut rng = stream(1, Purpose::Noise, 0, 0);
        let n = 100_000;
        let x: Vec<f32> = (0..n).map(|_| uniform(&mut rng, -2.0, 4.0)).collect();
        assert!(x.iter().all(|&x| (-2.0..4.0).contains(&x)));
        let mean = x.iter().map(|&x| f64::from(x)).sum::<f64>() / f64::from(n);
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        let z: Vec<f64> = (0..n).map(|_| f64::from(standard_normal(&mut rng))).collect();
        let mean = z.iter().sum::<f64>() / f64::from(n);
        let variance = z.iter().map(|z| z * z).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
    }
}
