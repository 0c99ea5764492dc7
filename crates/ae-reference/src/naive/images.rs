//! Measures of how close two images are.

use super::window::grid;

/// `10 log10(1 / mse)`.
#[must_use]
pub fn psnr(reference: &[f64], image: &[f64]) -> f64 {
    let squares: f64 = reference.iter().zip(image).map(|(a, b)| (a - b).powi(2)).sum();
    -10.0 * (squares / reference.len() as f64).log10()
}

/// The mean structural similarity over all positions of an 11 x 11 Gaussian window with standard
/// deviation 1.5, every weighted sum taken about its mean and written out. `None` if the window
/// does not fit.
#[must_use]
pub fn ssim(x: &[f64], y: &[f64], [height, width]: [usize; 2]) -> Option<f64> {
    if height < 11 || width < 11 {
        return None;
    }
    let weight = |[dy, dx]: [usize; 2]| {
        let square = |d: usize| (d as f64 - 5.0).powi(2);
        (-(square(dy) + square(dx)) / (2.0 * 1.5 * 1.5)).exp()
    };
    let total: f64 = grid([11, 11]).map(weight).sum();
    let (mut sum, mut places) = (0.0, 0.0);
    for [top, left] in grid([height - 10, width - 10]) {
        // The weighted mean of a function of a pixel's index.
        let mean = |f: &dyn Fn(usize) -> f64| -> f64 {
            grid([11, 11]).map(|d| weight(d) / total * f((top + d[0]) * width + left + d[1])).sum()
        };
        let (mx, my) = (mean(&|i| x[i]), mean(&|i| y[i]));
        let covariance = mean(&|i| (x[i] - mx) * (y[i] - my));
        let variances = mean(&|i| (x[i] - mx).powi(2) + (y[i] - my).powi(2));
        let (c1, c2) = (1e-4, 9e-4);
        sum += (2.0 * mx * my + c1) * (2.0 * covariance + c2)
            / ((mx * mx + my * my + c1) * (variances + c2));
        places += 1.0;
    }
    Some(sum / places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_a_pencil() {
        assert!((psnr(&[0.25; 4], &[0.35; 4]) - 20.0).abs() < 1e-12);
        // Flat images have no variance, so only the ratio of the means remains.
        let (x, y) = ([0.5; 132], [0.25; 132]);
        let expected = (0.25 + 1e-4) / (0.25 + 0.0625 + 1e-4);
        assert!((ssim(&x, &y, [12, 11]).unwrap() - expected).abs() < 1e-12);
        assert_eq!(ssim(&x[..110], &y[..110], [10, 11]), None);
    }
}
