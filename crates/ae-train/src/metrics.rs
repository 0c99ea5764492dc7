//! Two common measures of the similarity of images, gray or in color, used to evaluate denoising.

/// The peak signal-to-noise ratio of `image` in decibels, `10 log10(1 / mse)` with the mean squared
/// error against `reference` over all values, channels included; both have values in [0, 1]. It is
/// infinite for equal images; 10 dB more means a tenth of the squared error.
///
/// # Special values
/// A NaN pixel gives NaN, an infinite pixel -infinity; without pixels the result is NaN.
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn psnr(reference: &[f32], image: &[f32]) -> f64 {
    assert!(reference.len() == image.len(), "psnr: {} and {} pixels", reference.len(), image.len());
    let mut errors = SquaredErrors::default();
    errors.add(reference, image);
    errors.psnr()
}

/// The squared errors of an image that is read in pieces, for [`psnr`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SquaredErrors {
    sum: f64,
    count: usize,
}

impl SquaredErrors {
    /// Adds the squared errors of the next pixels.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn add(&mut self, reference: &[f32], image: &[f32]) {
        let (expected, found) = (reference.len(), image.len());
        assert!(expected == found, "squared errors: {expected} and {found} pixels");
        for (&a, &b) in reference.iter().zip(image) {
            self.sum += (f64::from(a) - f64::from(b)).powi(2);
        }
        self.count += expected;
    }

    /// The mean squared error; NaN without pixels.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }

    /// The peak signal-to-noise ratio in decibels, as [`psnr`] gives it.
    #[must_use]
    pub fn psnr(&self) -> f64 {
        10.0 * (self.count as f64 / self.sum).log10()
    }
}

/// The maximum number of decibels that one image adds to a mean of [`psnr`] over images.
///
/// 60 dB mean an error of 0.001, a quarter of an 8-bit gray level: written to files, the two images
/// are equal. Without a limit, a single perfect image would make the mean infinite, however bad the
/// others are. Netflix's VMAF limits the PSNR of 8-bit video to the same value.
pub const MAX_PSNR: f64 = 60.0;

/// A sum of PSNRs, each at most [`MAX_PSNR`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PsnrSum {
    decibels: f64,
    /// The number of images that are not perfect.
    imperfect: usize,
}

impl PsnrSum {
    /// The sum of no images.
    pub(crate) const ZERO: Self = Self { decibels: 0.0, imperfect: 0 };

    /// The sum of one image.
    pub(crate) fn of(psnr: f64) -> Self {
        // `f64::min` would hide NaN.
        let decibels = if psnr > MAX_PSNR { MAX_PSNR } else { psnr };
        Self { decibels, imperfect: usize::from(psnr != f64::INFINITY) }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.decibels += other.decibels;
        self.imperfect += other.imperfect;
    }

    /// The mean over `count` images: NaN for none, infinite if all are perfect.
    pub(crate) fn mean(self, count: usize) -> f64 {
        match self.imperfect {
            0 if count > 0 => f64::INFINITY,
            _ => self.decibels / count as f64,
        }
    }
}

/// The extent of the window of [`ssim`].
pub(crate) const WINDOW: usize = 11;
/// The standard deviation of the window.
const SIGMA: f64 = 1.5;
/// Constants that keep quotients stable where both images are flat: (K1 L)^2 and (K2 L)^2 with K1 =
/// 0.01, K2 = 0.03, L = 1.
const C1: f64 = 0.01 * 0.01;
const C2: f64 = 0.03 * 0.03;

/// The structural similarity of two images with values in [0, 1] and the `extents`
/// `[height, width, channels]`, the channels of a pixel side by side: 1 for equal images, around 0
/// for unrelated ones. `None` if the window does not fit.
///
/// Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error
/// visibility to structural similarity", IEEE Transactions on Image Processing 13 (2004),
/// equation 13. With means, variances and covariance weighted by a Gaussian window of 11 x 11
/// pixels around a position,
///
/// ```text
///          (2 mean_x mean_y + C1) (2 cov_xy + C2)
/// ssim = ---------------------------------------------
///        (mean_x^2 + mean_y^2 + C1) (var_x + var_y + C2)
/// ```
///
/// The result is the mean over all positions where the window is entirely inside the image. For
/// color it is the mean over the channels, each compared by itself, as in scikit-image's
/// `structural_similarity` with `channel_axis=-1`.
///
/// # Special values
/// A pixel that is NaN or infinite gives NaN.
///
/// # Panics
/// If the images do not have `extents[0] * extents[1] * extents[2]` values, or no channels.
#[must_use]
pub fn ssim(reference: &[f32], image: &[f32], extents: [usize; 3]) -> Option<f64> {
    let [height, width, channels] = extents;
    let len = height * width * channels;
    assert!(
        channels > 0 && reference.len() == len && image.len() == len,
        "ssim: {} and {} values for images of {height} x {width} x {channels}",
        reference.len(),
        image.len()
    );
    if height < WINDOW || width < WINDOW {
        return None;
    }
    let mut filter = Filter::new([height, width]);
    let of_channel = |channel: usize| {
        let values = |image: &'_ [f32]| -> Vec<f64> {
            image.iter().skip(channel).step_by(channels).map(|&x| f64::from(x)).collect()
        };
        ssim_of_channel(&mut filter, &values(reference), &values(image))
    };
    Some((0..channels).map(of_channel).sum::<f64>() / channels as f64)
}

/// The mean similarity of one channel.
fn ssim_of_channel(filter: &mut Filter, reference: &[f64], image: &[f64]) -> f64 {
    // The formula needs four windowed sums. One is enough for both squares, because only the sum of
    // the variances occurs.
    let pairs = || reference.iter().zip(image).map(|(&x, &y)| (x, y));
    let mean_x = filter.apply(pairs().map(|(x, _)| x));
    let mean_y = filter.apply(pairs().map(|(_, y)| y));
    let products = filter.apply(pairs().map(|(x, y)| x * y));
    let squares = filter.apply(pairs().map(|(x, y)| x * x + y * y));
    let mut sum = 0.0;
    for (((x, y), xy), xx_yy) in mean_x.iter().zip(&mean_y).zip(&products).zip(&squares) {
        let (product, square) = (x * y, x * x + y * y);
        let structure = (2.0 * (xy - product) + C2) / (xx_yy - square + C2);
        sum += structure * (2.0 * product + C1) / (square + C1);
    }
    sum / mean_x.len() as f64
}

/// The Gaussian window, which is the product of a window over rows and one over columns. This needs
/// 22 products per position instead of 121.
struct Filter {
    size: [usize; 2],
    weights: [f64; WINDOW],
    image: Vec<f64>,
    row: Vec<f64>,
}

impl Filter {
    fn new(size: [usize; 2]) -> Self {
        let offset = |i: usize| i as f64 - (WINDOW / 2) as f64;
        let weights: [f64; WINDOW] =
            std::array::from_fn(|i| (-0.5 * (offset(i) / SIGMA).powi(2)).exp());
        let sum: f64 = weights.iter().sum();
        let row = vec![0.0; size[1]];
        Self { size, weights: weights.map(|w| w / sum), image: Vec::new(), row }
    }

    /// The windowed mean at all positions where the window fits.
    fn apply(&mut self, image: impl Iterator<Item = f64>) -> Vec<f64> {
        let [height, width] = self.size;
        let (out_height, out_width) = (height + 1 - WINDOW, width + 1 - WINDOW);
        self.image.clear();
        self.image.extend(image);
        let mut out = vec![0.0; out_height * out_width];
        for (y, out) in out.chunks_exact_mut(out_width).enumerate() {
            self.row.fill(0.0);
            for (weight, from) in
                self.weights.iter().zip(self.image[y * width..].chunks_exact(width))
            {
                self.row.iter_mut().zip(from).for_each(|(sum, x)| *sum += weight * x);
            }
            for (weight, from) in self.weights.iter().zip(self.row.windows(out_width)) {
                out.iter_mut().zip(from).for_each(|(sum, x)| *sum += weight * x);
            }
        }
        out
    }
}

// The golden tests of the workspace compare both measures with scikit-image and TensorFlow.
#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::Sampler;

    #[test]
    fn a_tenth_of_the_range_off_is_twenty_decibels() {
        let (x, y) = ([0.25; 8], [0.35, 0.15, 0.35, 0.15, 0.35, 0.15, 0.35, 0.15]);
        assert!((psnr(&x, &y) - 20.0).abs() < 1e-5);
        assert_eq!(psnr(&x, &x), f64::INFINITY);
        assert_eq!(psnr(&[0.0], &[1.0]), 0.0);
    }

    #[test]
    fn a_perfect_image_does_not_make_a_mean_infinite() {
        let mean = |all: &[f64]| {
            let mut sum = PsnrSum::default();
            all.iter().for_each(|&psnr| sum.add(PsnrSum::of(psnr)));
            sum.mean(all.len())
        };
        assert_eq!(mean(&[8.0, 10.0]), 9.0);
        assert_eq!(mean(&[f64::INFINITY, 10.0]), 35.0);
        assert_eq!(mean(&[90.0, 10.0]), 35.0);
        // The error is 0 only if every image is perfect.
        assert_eq!(mean(&[f64::INFINITY; 2]), f64::INFINITY);
        assert_eq!(mean(&[90.0, 90.0]), MAX_PSNR);
        assert_eq!(mean(&[f64::NEG_INFINITY, 10.0]), f64::NEG_INFINITY);
        assert!(mean(&[f64::NAN, 10.0]).is_nan() && mean(&[]).is_nan());
    }

    #[test]
    fn the_window_is_the_product_of_its_two_sides() {
        // Compare with the definition, with all 121 weights.
        let [height, width] = [13, 15];
        let image = Sampler::new(2).vec(height * width, 0.0, 1.0);
        let got = Filter::new([height, width]).apply(image.iter().map(|&x| x.into()));
        assert_eq!(got.len(), 3 * 5);
        let offsets = || (-5..=5).flat_map(|dy| (-5..=5).map(move |dx| (dy, dx)));
        let weight =
            |(dy, dx): (i32, i32)| (-f64::from(dy * dy + dx * dx) / (2.0 * 1.5 * 1.5)).exp();
        let total: f64 = offsets().map(weight).sum();
        for (i, &got) in got.iter().enumerate() {
            let (y, x) = ((i / 5 + 5) as i32, (i % 5 + 5) as i32);
            let pixel = |dy, dx| f64::from(image[((y + dy) * width as i32 + x + dx) as usize]);
            let expected: f64 =
                offsets().map(|(dy, dx)| weight((dy, dx)) / total * pixel(dy, dx)).sum();
            assert!((got - expected).abs() < 1e-14, "{got} {expected}");
        }
    }

    #[test]
    fn equal_images_are_wholly_similar() {
        let x = Sampler::new(4).vec(12 * 11, 0.0, 1.0);
        assert_eq!(ssim(&x, &x, [12, 11, 1]), Some(1.0));
        assert_eq!(ssim(&x[..120], &x[..120], [12, 10, 1]), None);
        assert_eq!(ssim(&x[..120], &x[..120], [10, 12, 1]), None);
    }

    #[test]
    fn a_color_image_is_as_similar_as_its_channels_on_average() {
        let mut sampler = Sampler::new(6);
        let [x, y] = [(); 2].map(|()| sampler.vec(12 * 13 * 3, 0.0, 1.0));
        let channel = |image: &[f32], channel: usize| -> Vec<f32> {
            image.iter().skip(channel).step_by(3).copied().collect()
        };
        let of = |c: usize| ssim(&channel(&x, c), &channel(&y, c), [12, 13, 1]).unwrap();
        assert_eq!(ssim(&x, &y, [12, 13, 3]), Some((of(0) + of(1) + of(2)) / 3.0));
        // The same numbers as a gray image of three times the width are another image.
        assert_ne!(ssim(&x, &y, [12, 39, 1]), ssim(&x, &y, [12, 13, 3]));
    }

    #[test]
    #[should_panic(expected = "ssim: 132 and 131 values for images of 12 x 11 x 1")]
    fn images_have_the_size_they_are_said_to_have() {
        let _ = ssim(&[0.0; 132], &[0.0; 131], [12, 11, 1]);
    }
}
