//! Tests scores whose values are known, and properties that hold for any points.

use ae_lab::{
    LabError, Reference, ScoreOptions, Scores, frechet_distance, nearest_distances,
    precision_recall, score,
};
use ae_tensor::{Tensor, with_threads};
use ae_testkit::{Sampler, assert_close_f64};
use proptest::prelude::*;

fn points(n: usize, d: usize, seed: u64) -> Tensor {
    Tensor::new([n, d], Sampler::new(seed).vec(n * d, -1.0, 1.0))
}

fn rows(x: &Tensor, which: impl Iterator<Item = usize>) -> Tensor {
    let data: Vec<f32> = which.flat_map(|i| x.row(i)).copied().collect();
    let d = x.shape().dims()[1];
    Tensor::new([data.len() / d, d], data)
}

#[test]
fn equal_sets_and_far_sets() {
    let x = points(200, 10, 1);
    let same = precision_recall(&x, &x, 3).unwrap();
    assert_eq!((same.precision, same.recall, same.coverage), (1.0, 1.0, 1.0));
    // Each point lies in its own ball, and in the balls of the points to whose nearest three it
    // belongs: three on average.
    assert_close_f64(&[same.density], &[4.0 / 3.0], 1e-12, 0.0);
    assert!(frechet_distance(&x, &x).unwrap() < 1e-12);
    let far = x.clone().map(|x| x + 50.0);
    let scores = precision_recall(&x, &far, 3).unwrap();
    assert_eq!([scores.precision, scores.recall, scores.density, scores.coverage], [0.0; 4]);
    assert_close_f64(&[frechet_distance(&x, &far).unwrap()], &[10.0 * 2500.0], 1e-6, 0.0);
}

/// Fidelity without diversity, and diversity without fidelity.
#[test]
fn precision_and_recall_tell_two_failures_apart() {
    let real = points(400, 3, 1);
    // Only the middle of the cloud.
    let narrow = points(400, 3, 2).map(|x| 0.2 * x);
    let scores = precision_recall(&real, &narrow, 3).unwrap();
    assert!(scores.precision > 0.95 && scores.recall < 0.1 && scores.coverage < 0.2, "{scores:?}");
    // The whole cloud, and as much outside of it.
    let wide = points(400, 3, 2).map(|x| 3.0 * x);
    let scores = precision_recall(&real, &wide, 3).unwrap();
    assert!(scores.precision < 0.2 && scores.recall > 0.9, "{scores:?}");
}

/// For commuting covariances the distance is that of the means and of the deviations, axis by axis.
#[test]
fn gaussians_whose_distance_is_known() {
    // Exact moments: the corners of a cube have means 0 and no correlation.
    let cube = |scale: [f32; 3], center: [f32; 3]| {
        let corner = |i: usize, j: usize| if i >> j & 1 == 1 { 1.0 } else { -1.0 };
        Tensor::from_fn([8, 3], |i| center[i % 3] + scale[i % 3] * corner(i / 3, i % 3))
    };
    let x = cube([1.0, 2.0, 0.0], [0.0; 3]);
    let y = cube([4.0, 2.0, 0.5], [1.0, -2.0, 0.0]);
    let expected = 5.0 + (9.0 + 0.25) * 8.0 / 7.0;
    assert_close_f64(&[frechet_distance(&x, &y).unwrap()], &[expected], 1e-13, 0.0);
    assert_close_f64(&[frechet_distance(&y, &x).unwrap()], &[expected], 1e-13, 0.0);
    // Covariances that do not commute: with S1 = diag(1, 4) and S2 = [1, 1; 1, 4], the product has
    // trace 17 and determinant 12; the trace of its root is sqrt(17 + 2 sqrt(12)).
    let half = 0.5f32.sqrt() * 3f32.sqrt();
    let square = |a: [f32; 4]| {
        let corners = [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]];
        let data =
            corners.map(|[x, y]| [half * (a[0] * x + a[1] * y), half * (a[2] * x + a[3] * y)]);
        Tensor::new([4, 2], data.concat())
    };
    let norm = 2f64 * 4.0 / 3.0 * f64::from(half).powi(2) / 2.0;
    let (x, y) = (square([1.0, 0.0, 0.0, 2.0]), square([1.0, 0.0, 1.0, 3f32.sqrt()]));
    let expected = norm * (5.0 + 5.0 - 2.0 * (17.0 + 2.0 * 12f64.sqrt()).sqrt());
    assert_close_f64(&[frechet_distance(&x, &y).unwrap()], &[expected], 1e-6, 0.0);
}

fn world() -> [Tensor; 2] {
    [points(1500, 8, 1), points(300, 8, 2)]
}

#[test]
fn copies_are_found() {
    let [train, held_out] = world();
    let of =
        |generated: &Tensor| score(&train, &held_out, generated, &ScoreOptions::default()).unwrap();
    let fresh = of(&points(300, 8, 3));
    let nearest = fresh.nearest;
    assert!((0.9..1.1).contains(&nearest.median_ratio()), "{nearest:?}");
    assert!(nearest.share_of_copies < 0.04 && nearest.smallest > 0.0, "{nearest:?}");
    // Every third one is a training image, some with invisible noise.
    let mut mixed = points(300, 8, 3);
    for i in (0..300).step_by(3) {
        let copy = train.row(5 * i).to_vec();
        mixed.data_mut()[8 * i..][..8].copy_from_slice(&copy);
        mixed.data_mut()[8 * i] += if i % 2 == 0 { 1e-3 } else { 0.0 };
    }
    let nearest = of(&mixed).nearest;
    assert_eq!((nearest.smallest, nearest.smallest_ratio()), (0.0, 0.0));
    assert!((nearest.share_of_copies - 0.333).abs() < 0.03, "{nearest:?}");
    // Points unlike any training point.
    let strange = of(&points(300, 8, 3).map(|x| 4.0 * x)).nearest;
    assert!(strange.median_ratio() > 3.0 && strange.share_of_copies == 0.0, "{strange:?}");
}

#[test]
fn all_scores_are_those_computed_one_by_one() {
    let [train, held_out] = world();
    let generated = points(300, 8, 3);
    let scores = score(&train, &held_out, &generated, &ScoreOptions::default()).unwrap();
    assert_eq!((scores.held_out, scores.generated), (300, 300));
    assert_eq!(scores.neighbours, precision_recall(&held_out, &generated, 3).unwrap());
    assert_eq!(scores.frechet, frechet_distance(&held_out, &generated).unwrap());
    let mut nearest = nearest_distances(&generated, &train).unwrap();
    nearest.sort_by(f64::total_cmp);
    let median = (nearest[149] + nearest[150]) / 2.0;
    assert_eq!((scores.nearest.smallest, scores.nearest.median), (nearest[0], median));
    let options = ScoreOptions { neighbours: 5, ..ScoreOptions::default() };
    let five = score(&train, &held_out, &generated, &options).unwrap();
    assert_eq!(five.neighbours, precision_recall(&held_out, &generated, 5).unwrap());
}

#[test]
fn a_limit_takes_some_and_always_the_same() {
    let [train, held_out] = world();
    let generated = points(400, 8, 3);
    let of = |limit, seed| {
        let options = ScoreOptions { limit, seed, ..ScoreOptions::default() };
        let reference = Reference::new(&train, &held_out, &options).unwrap();
        let scores = reference.score(&generated).unwrap();
        assert_eq!((scores.held_out, scores.generated), (reference.count(), limit.min(300)));
        scores
    };
    assert_eq!(of(100, 1), of(100, 1));
    assert_ne!(of(100, 1), of(100, 2));
    // The number of held-out images also limits the generated ones.
    assert_ne!(of(3000, 1).frechet, of(100, 1).frechet);
    // A smaller number of generated ones is not changed.
    let few = score(&train, &held_out, &rows(&generated, 0..50), &ScoreOptions::default()).unwrap();
    assert_eq!((few.held_out, few.generated), (300, 50));
}

#[test]
fn threads_change_no_bit() {
    let [train, held_out] = world();
    let generated = points(300, 8, 3);
    let run = |threads| -> Scores {
        let run = || score(&train, &held_out, &generated, &ScoreOptions::default()).unwrap();
        with_threads(threads, run).expect("threads start")
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(3));
}

#[test]
fn features_that_do_not_vary() {
    let flat = |n| Tensor::full([n, 4], 0.3);
    let scores = score(&flat(20), &flat(10), &flat(10), &ScoreOptions::default()).unwrap();
    let neighbours = scores.neighbours;
    assert_eq!((neighbours.precision, neighbours.recall, neighbours.coverage), (1.0, 1.0, 1.0));
    assert_eq!((scores.frechet, scores.nearest.median_ratio()), (0.0, 1.0));
    assert_eq!(scores.nearest.share_of_copies, 1.0, "all are copies, held-out ones as well");
}

#[test]
fn what_cannot_be_scored_is_refused() {
    let [train, held_out] = world();
    let options = ScoreOptions::default();
    let text = |result: Result<Scores, LabError>| result.unwrap_err().to_string();
    let few = points(3, 8, 1);
    assert_eq!(
        text(score(&train, &few, &held_out, &options)),
        "held-out features: expected at least 4 rows, found 3"
    );
    assert_eq!(
        text(score(&train, &held_out, &few, &options)),
        "generated features: expected at least 4 rows, found 3"
    );
    assert_eq!(
        text(score(&Tensor::zeros([0, 8]), &held_out, &few, &options)),
        "training features: expected at least 1 rows, found 0"
    );
    let neighbours = |neighbours| ScoreOptions { neighbours, ..options };
    assert_eq!(
        text(score(&train, &held_out, &held_out, &neighbours(0))),
        "neighbours: expected at least 1, found 0"
    );
    assert_eq!(
        text(score(&train, &held_out, &held_out, &neighbours(usize::MAX))),
        format!("held-out features: expected at least {} rows, found 300", usize::MAX)
    );
    assert_eq!(
        text(score(&train, &held_out, &held_out, &ScoreOptions { limit: 0, ..options })),
        "limit of compared images: expected at least 1, found 0"
    );
    let mut nan = held_out.clone();
    nan.data_mut()[17] = f32::NEG_INFINITY;
    let expected = "features: expected finite numbers, found -inf in row 2, column 1";
    assert_eq!(text(score(&nan, &held_out, &held_out, &options)), format!("training {expected}"));
    assert_eq!(text(score(&train, &nan, &held_out, &options)), format!("held-out {expected}"));
    assert_eq!(text(score(&train, &held_out, &nan, &options)), format!("generated {expected}"));
    let empty = |n| Tensor::zeros([n, 0]);
    assert_eq!(
        text(score(&empty(5), &empty(5), &empty(5), &options)),
        "training features: expected at least 1 column, found none"
    );
    assert_eq!(
        frechet_distance(&held_out, &points(1, 8, 1)).unwrap_err().to_string(),
        "second set: expected at least 2 rows, found 1"
    );
}

#[test]
#[should_panic(expected = "Reference::score: rows of shape (1500, 8) and of shape (9, 7)")]
fn columns_must_fit() {
    let [train, held_out] = world();
    let _ = score(&train, &held_out, &points(9, 7, 1), &ScoreOptions::default());
}

/// The scores by their definitions.
fn naive(real: &Tensor, generated: &Tensor, k: usize) -> [f64; 4] {
    let square = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum()
    };
    let count = |x: &Tensor| x.shape().dims()[0];
    let radius = |x: &Tensor, i: usize| {
        let others = (0..count(x)).filter(|&j| j != i);
        let mut all: Vec<f64> = others.map(|j| square(x.row(i), x.row(j))).collect();
        all.sort_by(f64::total_cmp);
        all[k - 1]
    };
    let inside = |x: &[f32], balls: &Tensor, j: usize| square(x, balls.row(j)) <= radius(balls, j);
    let (n, m) = (count(real), count(generated));
    let around: Vec<usize> =
        (0..m).map(|i| (0..n).filter(|&j| inside(generated.row(i), real, j)).count()).collect();
    let recalled = (0..n).filter(|&i| (0..m).any(|j| inside(real.row(i), generated, j)));
    let covered = (0..n).filter(|&j| (0..m).any(|i| inside(generated.row(i), real, j)));
    [
        around.iter().filter(|&&balls| balls > 0).count() as f64 / m as f64,
        recalled.count() as f64 / n as f64,
        around.iter().sum::<usize>() as f64 / (k * m) as f64,
        covered.count() as f64 / n as f64,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// On a coarse grid many points coincide and many distances are equal; far from the origin f32
    /// products have few correct digits.
    #[test]
    fn scores_of_any_points(
        n in 4..=40usize, m in 4..=40usize, d in 1..=20usize, k in 1..=3usize, grid in 1..=40i32, center in -1000..1000i32, seed: u64,
    ) {
        let make = |n, seed| {
            points(n, d, seed).map(|x| (x * grid as f32).round() + center as f32)
        };
        let (real, generated) = (make(n, seed), make(m, seed ^ 1));
        let scores = precision_recall(&real, &generated, k).unwrap();
        let ours = [scores.precision, scores.recall, scores.density, scores.coverage];
        prop_assert_eq!(ours, naive(&real, &generated, k));
        prop_assert!(ours.iter().all(|x| *x >= 0.0) && ours[0] <= 1.0 && ours[1] <= 1.0 && ours[3] <= 1.0);
        // If a real point is covered, some generated point is in a ball.
        prop_assert_eq!(scores.coverage > 0.0, scores.precision > 0.0);
        // The two sets with their roles exchanged.
        let swapped = precision_recall(&generated, &real, k).unwrap();
        prop_assert_eq!((swapped.precision, swapped.recall), (scores.recall, scores.precision));
    }

    /// The properties of a distance: it is symmetric, never negative, 0 for equal clouds, and
    /// invariant if both move.
    #[test]
    fn frechet_distances_of_any_clouds(n in 2..=30usize, m in 2..=30usize, d in 1..=12usize, scale in -8..8i32, seed: u64) {
        let factor = 2f32.powi(scale);
        let (x, y) = (points(n, d, seed), points(m, d, seed ^ 1).map(|x| x * factor + 1.0));
        let distance = frechet_distance(&x, &y).unwrap();
        let size = f64::from(factor).powi(2).max(1.0) * d as f64;
        prop_assert!(distance >= 0.0);
        prop_assert!((frechet_distance(&y, &x).unwrap() - distance).abs() <= 1e-6 * size);
        prop_assert!(frechet_distance(&x, &x).unwrap() <= 1e-7 * d as f64);
        // It is at least the distance of the means.
        let mean = |x: &Tensor, j: usize| {
            let column: Vec<f64> = x.data().iter().skip(j).step_by(d).map(|&x| x.into()).collect();
            column.iter().sum::<f64>() / column.len() as f64
        };
        let between: f64 = (0..d).map(|j| (mean(&x, j) - mean(&y, j)).powi(2)).sum();
        prop_assert!(distance >= between * (1.0 - 1e-12));
        // If the points are scaled by a power of two, it is scaled by the square.
        let double = frechet_distance(&x.clone().map(|x| 2.0 * x), &y.clone().map(|x| 2.0 * x)).unwrap();
        prop_assert!((double - 4.0 * distance).abs() <= 1e-6 * size);
    }
}
