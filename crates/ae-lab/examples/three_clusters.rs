//! Codes in three clusters: draws new codes with each sampler and scores them. There is no decoder:
//! the codes are the features.
//!
//! `cargo run -p ae-lab --example three_clusters`

use ae_lab::{LabError, Reference, Sampler, SamplerKind, ScoreOptions};
use ae_tensor::Tensor;
use ae_tensor::random::{Purpose, stream};

/// `count` codes around three centers, tilted; `index` distinguishes sets.
fn codes(count: usize, index: u64) -> Tensor {
    let centers = [[8.0, 2.0, 10.0], [2.0, 12.0, 9.0], [14.0, 11.0, 1.0]];
    let mut rng = stream(1, Purpose::Generation, 0, index);
    let mix = Tensor::new([3, 3], vec![1.0, 0.8, 0.0, 0.0, 0.7, 0.5, 0.3, 0.0, 0.4]);
    let mut x = Tensor::standard_normal([count, 3], &mut rng).matmul(&mix);
    let rows = x.data_mut().chunks_exact_mut(3).zip(centers.iter().cycle());
    rows.for_each(|(row, center)| row.iter_mut().zip(center).for_each(|(x, c)| *x += c));
    x
}

fn main() -> Result<(), LabError> {
    let (train, held_out) = (codes(9000, 0), codes(1500, 1));
    let reference = Reference::new(&train, &held_out, &ScoreOptions::default())?;
    println!("sampler        precision  recall  density  coverage  Frechet  nearest  copies");
    for kind in SamplerKind::ALL {
        let new = Sampler::fit(kind, &train, 0)?.sample(reference.count(), 1);
        let scores = reference.score(&new)?;
        let (near, train) = (scores.neighbours, scores.nearest);
        println!(
            "{kind:13} {:10.3} {:7.3} {:8.3} {:9.3} {:8.3} {:8.2} {:7.3}",
            near.precision,
            near.recall,
            near.density,
            near.coverage,
            scores.frechet,
            train.median_ratio(),
            train.share_of_copies
        );
    }
    Ok(())
}
