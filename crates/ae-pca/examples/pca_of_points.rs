//! Draws a tilted cloud of points; PCA finds its axes, the variance along each, and more points
//! like it.
//!
//! `cargo run -p ae-pca --example pca_of_points`

use ae_pca::{Pca, PcaError};
use ae_tensor::Tensor;
use ae_tensor::random::{Purpose, stream};

fn main() -> Result<(), PcaError> {
    // Standard deviations 3 and 1 along axes rotated by 30 degrees, around (10, 5).
    let mut rng = stream(1, Purpose::Generation, 0, 0);
    let (sin, cos) = 30f32.to_radians().sin_cos();
    let axes = Tensor::new([2, 2], vec![3.0 * cos, 3.0 * sin, -sin, cos]);
    let mut points = Tensor::standard_normal([10_000, 2], &mut rng).matmul(&axes);
    points.data_mut().chunks_exact_mut(2).for_each(|p| (p[0], p[1]) = (p[0] + 10.0, p[1] + 5.0));

    let pca = Pca::fit(&points, None)?;
    println!("mean {:.2?}", pca.mean());
    for (i, direction) in pca.components_f64().chunks_exact(2).enumerate() {
        println!(
            "axis {}: {direction:.3?} at {:.1} degrees, standard deviation {:.2}, {:.1} % of the variance",
            i + 1,
            direction[1].atan2(direction[0]).to_degrees(),
            pca.standard_deviations()[i],
            100.0 * pca.explained_variance_ratio()[i]
        );
    }

    // Standard normal numbers, transformed back with whitening, are distributed like the points.
    let z = Tensor::standard_normal([3, 2], &mut rng);
    let new = pca.with_whitening(true).inverse_transform(&z);
    println!("three more points: {:.2?}", new.data().chunks_exact(2).collect::<Vec<_>>());
    Ok(())
}
