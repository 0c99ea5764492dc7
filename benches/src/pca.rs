//! Principal components of MNIST's pixels: the covariance, its eigenvectors, and both together.
//!
//! Everything is in f64, for which the machine has half the peak: a share is relative to that half.

use crate::images::PIXELS;
use crate::loading::mnist;
use crate::report::Report;
use crate::stopwatch::median_seconds;
use ae_idx::{Limits, read_file};
use ae_pca::{Pca, divide_and_conquer, symmetric_eigen};
use ae_tensor::Tensor;
use ae_tensor::kernels::convert::unit_from_u8;
use ae_tensor::kernels::gram::{column_means, scatter};
use std::hint::black_box;

/// Measures all of them, in runs per second and milliseconds.
pub fn measure(report: &mut Report) {
    report.begin("pca", "        ms");
    let path = mnist().join("train-images-idx3-ubyte.gz");
    let pixels = match read_file(&path, &Limits::default()) {
        Ok(array) => array.as_u8().expect("pixels are bytes").to_vec(),
        Err(error) => return report.left_out("all of it", &error.to_string()),
    };
    let n = pixels.len() / PIXELS;
    let mut x = vec![0.0; pixels.len()];
    unit_from_u8(&pixels, &mut x);
    let x = Tensor::new([n, PIXELS], x);

    let covariance = || {
        let mut covariance = scatter(x.data(), &column_means(x.data(), PIXELS));
        covariance.iter_mut().for_each(|c| *c /= (n - 1) as f64);
        covariance
    };
    let mut line = |name: &str, flops: f64, rounds: usize, work: &mut dyn FnMut()| {
        let seconds = median_seconds(rounds, work);
        let speed = report.limits.flops_f64(flops, seconds).told_as(1.0 / seconds, "runs/s");
        report.line(name, speed, &format!("{:>10.1}", 1e3 * seconds));
    };
    // One triangle with its diagonal.
    let products = (n * PIXELS * (PIXELS + 1)) as f64;
    line("covariance, 60000x784", products, 3, &mut || {
        black_box(covariance());
    });
    let matrix = covariance();
    let eigen = symmetric_eigen(&matrix, PIXELS).expect("it converges");
    // Four fused multiply-adds for each column of two rows, in the matrix and in the eigenvectors.
    let rotations = (eigen.rotations * 2 * PIXELS * 8) as f64;
    line("Jacobi, 784x784", rotations, 5, &mut || {
        black_box(symmetric_eigen(&matrix, PIXELS).expect("it converges"));
    });
    // As LAPACK counts: 4/3 n^3 to make it tridiagonal, 2 n^3 to transform back, and at most 4/3
    // n^3 to divide.
    let division = 14.0 / 3.0 * (PIXELS as f64).powi(3);
    line("division, 784x784", division, 9, &mut || {
        black_box(divide_and_conquer(&matrix, PIXELS).expect("it converges"));
    });
    line("PCA(10), 60000x784", products, 3, &mut || {
        black_box(Pca::fit(&x, Some(10)).expect("it converges"));
    });
}
