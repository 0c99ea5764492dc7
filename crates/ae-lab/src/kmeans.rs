//! K-means, which gives the start of a mixture.

use crate::draws::{Draw, choose, units};

/// The number of passes after which the centers are good enough for a start.
const MAX_PASSES: usize = 100;

/// Splits the rows of `x`, `[n, d]`, into at most `k` clusters, none of them empty, and returns the
/// cluster of each row. There are fewer clusters if there are fewer distinct rows.
///
/// S. Lloyd's method ("Least squares quantization in PCM", 1957, published 1982), from the start of
/// D. Arthur and S. Vassilvitskii, "k-means++: the advantages of careful seeding" (SODA 2007): each
/// new center is a row, chosen with a probability proportional to the square of its distance to the
/// nearest center so far. So distant clusters get a center.
pub(crate) fn kmeans(x: &[f64], d: usize, k: usize, seed: u64) -> Vec<usize> {
    let mut centers = careful_start(x, d, k, seed);
    let mut clusters = assign(x, d, &centers);
    for _ in 0..MAX_PASSES {
        centers = means(x, d, &clusters, &centers);
        let next = assign(x, d, &centers);
        if next == clusters {
            break;
        }
        clusters = next;
    }
    without_gaps(clusters)
}

fn careful_start(x: &[f64], d: usize, k: usize, seed: u64) -> Vec<f64> {
    let rows = x.chunks_exact(d);
    let mut unit = units(seed, Draw::Centers, 0);
    let mut squares = vec![1.0; rows.len()];
    let mut centers: Vec<f64> = Vec::with_capacity(k * d);
    for first in (0..k).map(|i| i == 0) {
        // Every row is already a center.
        if squares.iter().all(|&s| s == 0.0) {
            break;
        }
        let center = &x[choose(&squares, unit()) * d..][..d];
        centers.extend_from_slice(center);
        for (square, row) in squares.iter_mut().zip(rows.clone()) {
            let new = squared(row, center);
            *square = if first { new } else { square.min(new) };
        }
    }
    centers
}

/// The nearest center of each row; the first one of equals.
fn assign(x: &[f64], d: usize, centers: &[f64]) -> Vec<usize> {
    let nearest = |row: &[f64]| {
        let mut best = (f64::INFINITY, 0);
        for (i, center) in centers.chunks_exact(d).enumerate() {
            let square = squared(row, center);
            if square < best.0 {
                best = (square, i);
            }
        }
        best.1
    };
    x.chunks_exact(d).map(nearest).collect()
}

/// The mean of each cluster; an empty cluster keeps its center.
fn means(x: &[f64], d: usize, clusters: &[usize], centers: &[f64]) -> Vec<f64> {
    let mut counts = vec![0usize; centers.len() / d];
    let mut sums = vec![0.0; centers.len()];
    for (row, &cluster) in x.chunks_exact(d).zip(clusters) {
        counts[cluster] += 1;
        sums[cluster * d..][..d].iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
    }
    for (i, &count) in counts.iter().enumerate() {
        let range = i * d..(i + 1) * d;
        if count == 0 {
            sums[range.clone()].copy_from_slice(&centers[range]);
        } else {
            sums[range].iter_mut().for_each(|sum| *sum /= count as f64);
        }
    }
    sums
}

/// Renumbers the clusters, so that all numbers up to the highest have rows.
fn without_gaps(clusters: Vec<usize>) -> Vec<usize> {
    let mut used = clusters.clone();
    used.sort_unstable();
    used.dedup();
    clusters.iter().map(|c| used.binary_search(c).expect("among those in use")).collect()
}

/// The squared distance, as four sums, so that the compiler can use vectors.
fn squared(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let mut sums = [0.0; 4];
    for (a, b) in a.iter().zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += (a - b).powi(2);
        }
    }
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| (a - b).powi(2));
    sums.into_iter().chain(rest).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::Sampler;
    use ae_testkit::naive::widen;

    /// Five clouds around (10, 0), (20, 0), ..., where point `i` is in cloud `i % 5`.
    fn clouds() -> Vec<f64> {
        let mut x = widen(&Sampler::new(1).vec(200 * 2, -1.0, 1.0));
        x.iter_mut().step_by(2).enumerate().for_each(|(i, x)| *x += 10.0 * (i % 5) as f64);
        x
    }

    #[test]
    fn clouds_far_apart_are_found() {
        let x = clouds();
        for seed in 0..20 {
            let clusters = kmeans(&x, 2, 5, seed);
            assert!((0..200).all(|i| clusters[i] == clusters[i % 5]), "seed {seed}");
            let mut names = clusters[..5].to_vec();
            names.sort_unstable();
            assert_eq!(names, [0, 1, 2, 3, 4]);
        }
        assert_eq!(kmeans(&x, 2, 1, 0), [0; 200]);
    }

    #[test]
    fn every_row_is_nearest_to_its_own_mean() {
        let x = widen(&Sampler::new(2).vec(300 * 3, -1.0, 1.0));
        let clusters = kmeans(&x, 3, 7, 1);
        assert_eq!(clusters.iter().max(), Some(&6));
        let centers = means(&x, 3, &clusters, &[0.0; 21]);
        assert_eq!(assign(&x, 3, &centers), clusters);
    }

    #[test]
    fn no_more_clusters_than_different_rows() {
        let x: Vec<f64> = (0..40).map(|i| f64::from(i % 4)).collect();
        let clusters = kmeans(&x, 1, 9, 3);
        assert_eq!(clusters.iter().max(), Some(&3));
        assert!((0..40).all(|i| clusters[i] == clusters[i % 4]));
        assert_eq!(kmeans(&[5.0; 6], 2, 4, 1), [0; 3]);
    }

    #[test]
    fn an_empty_cluster_keeps_its_center_and_loses_its_number() {
        assert_eq!(means(&[1.0, 3.0], 1, &[2, 2], &[7.0, 8.0, 9.0]), [7.0, 8.0, 2.0]);
        assert_eq!(without_gaps(vec![4, 1, 4, 0]), [2, 1, 2, 0]);
    }
}
