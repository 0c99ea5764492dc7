//! The largest problem of the workbench: all 784 pixels of real images.

use ae_idx::Limits;
use ae_pca::{Pca, symmetric_eigen};
use ae_tensor::Tensor;
use ae_tensor::kernels::gram::{column_means, scatter};
use ae_testkit::assert_close_f64;

const PIXELS: usize = 784;

/// The 10,000 test images, `[10000, 784]`, in `[0, 1]`.
fn images() -> Tensor {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/mnist/t10k-images-idx3-ubyte.gz");
    let images = ae_idx::read_file(path, &Limits::default()).expect("the data set is in the tree");
    let pixels = images.as_u8().expect("pixels are bytes");
    Tensor::new(
        [pixels.len() / PIXELS, PIXELS],
        pixels.iter().map(|&p| f32::from(p) / 255.0).collect(),
    )
}

#[test]
fn the_covariance_of_all_pixels() {
    let x = images();
    let n = x.shape().dims()[0];
    let mut c = scatter(x.data(), &column_means(x.data(), PIXELS));
    c.iter_mut().for_each(|c| *c /= (n - 1) as f64);
    let constant = c.iter().step_by(PIXELS + 1).filter(|&&variance| variance == 0.0).count();

    let eigen = symmetric_eigen(&c, PIXELS).expect("converges");
    assert!(eigen.sweeps <= 20);

    let trace: f64 = c.iter().step_by(PIXELS + 1).sum();
    assert_close_f64(&[eigen.values.iter().sum()], &[trace], 1e-12, 0.0);
    // Pixels that are always black take part in no rotation: their eigenvalues are exactly zero.
    // The others have rank 661 (NumPy's matrix_rank of the centered images); seven eigenvalues are
    // rounding noise of either sign.
    assert_eq!(constant, 116);
    assert_eq!(eigen.values.iter().filter(|&&v| v == 0.0).count(), constant);
    assert_eq!(eigen.values.iter().filter(|&&v| v > 1e-12).count(), 661);
    assert_eq!(eigen.values.iter().filter(|&&v| v.abs() > 1e-17).count(), 661);
    // NumPy 2.4.6's eigh, for the same images.
    assert_close_f64(&eigen.values[..2], &[5.310_545_213_873, 3.987_527_843_629], 1e-12, 0.0);

    // A v = lambda v for some of them; the full product would take longer than the solution.
    for i in [0, 1, 100, 500, 660, 661, 700, 783] {
        let v = &eigen.vectors[i * PIXELS..][..PIXELS];
        let product = c.chunks_exact(PIXELS).map(|row| row.iter().zip(v).map(|(c, v)| c * v).sum());
        let expected: Vec<f64> = v.iter().map(|v| v * eigen.values[i]).collect();
        assert_close_f64(&product.collect::<Vec<f64>>(), &expected, 0.0, 1e-13);
    }
    let gram = scatter_rows(&eigen.vectors);
    for (i, row) in gram.chunks_exact(PIXELS).enumerate() {
        let identity: Vec<f64> = (0..PIXELS).map(|j| f64::from(u8::from(i == j))).collect();
        assert_close_f64(row, &identity, 0.0, 1e-13);
    }
}

/// The inner products of all pairs of rows.
fn scatter_rows(v: &[f64]) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| -> f64 {
        // Eight partial sums, so that the compiler can use vectors.
        let mut sums = [0.0; 8];
        for (a, b) in a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0) {
            for k in 0..8 {
                sums[k] += a[k] * b[k];
            }
        }
        sums.iter().sum()
    };
    let rows = || v.chunks_exact(PIXELS);
    rows().flat_map(|a| rows().map(move |b| dot(a, b))).collect()
}

#[test]
fn fewer_images_than_pixels() {
    let x = images();
    let x = Tensor::new([100, PIXELS], x.data()[..100 * PIXELS].to_vec());
    let pca = Pca::fit(&x, None).expect("a valid fit");
    assert_eq!(pca.n_components(), 100);
    // 100 centered images span 99 directions.
    let variance = pca.explained_variance();
    assert!(variance[98] > 1e-3 * variance[0] && variance[99] < 1e-13 * variance[0]);
    let back = pca.inverse_transform(&pca.transform(&x));
    let worst = back.zip_map(&x, |a, b| (a - b).abs()).max();
    assert!(worst < 1e-5, "off by {worst}");
}
