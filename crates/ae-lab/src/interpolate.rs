//! Walks between two codes, or two images.

use ae_tensor::Tensor;

/// `steps` points from `a` to `b`, both ends included, on the straight line between them:
/// `(1 - t) a + t b`.
///
/// Between the codes of two images, decoded, it shows what the decoder has learned between them.
/// Between the images themselves it is a cross-fade, a weighted sum of two pictures.
///
/// ```
/// let walk = ae_lab::interpolate(&[0.0, 10.0], &[4.0, 10.0], 5);
/// assert_eq!(walk.shape().dims(), [5, 2]);
/// assert_eq!(walk.row(1), [1.0, 10.0]);
/// ```
///
/// # Panics
/// If `a` and `b` differ in length, or there are fewer than two steps.
#[must_use]
#[track_caller]
pub fn interpolate(a: &[f32], b: &[f32], steps: usize) -> Tensor {
    walk("interpolate", a, b, steps, |t| [1.0 - t, t])
}

/// `steps` points from `a` to `b`, both ends included, on the arc around the origin (K. Shoemake,
/// "Animating rotation with quaternion curves", SIGGRAPH 1985; for latent codes T. White, "Sampling
/// generative networks", arXiv:1609.04468):
///
/// ```text
///   ( sin((1 - t) omega) a + sin(t omega) b ) / sin omega,    omega the angle between a and b
/// ```
///
/// Codes drawn from N(0, I) in n dimensions lie near the sphere of radius sqrt(n). The middle of
/// the straight line between two of them is shorter by sqrt(2), where there are no codes. The arc
/// stays at the radius.
///
/// If `a` and `b` have the same or opposite directions (where the arc is not unique), or if one is
/// zero, the path is the straight line.
///
/// # Panics
/// If `a` and `b` differ in length, or there are fewer than two steps.
#[must_use]
#[track_caller]
pub fn slerp(a: &[f32], b: &[f32], steps: usize) -> Tensor {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
    };
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    let cos = if lengths > 0.0 { (dot(a, b) / lengths).clamp(-1.0, 1.0) } else { 1.0 };
    let omega = cos.acos();
    // Below this, the arc and the line differ by less than f32 can represent, and the quotients
    // would consist of rounding errors.
    let straight = omega.sin() < 1e-6;
    walk("slerp", a, b, steps, |t| {
        if straight {
            return [1.0 - t, t];
        }
        [1.0 - t, t].map(|part| (part * omega).sin() / omega.sin())
    })
}

/// Pairs of images to walk between, as indices into `labels`. Pair `i` leads from the `i`-th image
/// of one of the `classes` to the `(i + count)`-th image of the next class. So with several classes
/// its ends have different classes, and with one class they are two images of it. There are at most
/// `count` pairs; a pair is left out if there are too few images for it. If no pair is left, the
/// first and the last image of these classes are the only pair.
///
/// ```
/// let labels = [3, 5, 5, 3, 5, 3];
/// assert_eq!(ae_lab::walk_pairs(&labels, &[3, 5], 2), [[0, 4]]);
/// assert_eq!(ae_lab::walk_pairs(&labels, &[5], 1), [[1, 2]]);
/// assert_eq!(ae_lab::walk_pairs(&labels, &[5, 3], 9), [[0, 5]]);
/// ```
#[must_use]
pub fn walk_pairs<T: Copy + PartialEq>(
    labels: &[T],
    classes: &[T],
    count: usize,
) -> Vec<[usize; 2]> {
    let nth_of = |class: T, n: usize| {
        let of_class = labels.iter().enumerate().filter(|(_, label)| **label == class);
        of_class.map(|(i, _)| i).nth(n)
    };
    let mut pairs = Vec::new();
    for i in 0..count {
        let Some(&from) = classes.get(i % classes.len().max(1)) else { break };
        let to = classes[(i + 1) % classes.len()];
        pairs.extend(nth_of(from, i).zip(nth_of(to, i + count)).map(|(a, b)| [a, b]));
    }
    if pairs.is_empty() && count > 0 {
        let wanted = |label: &T| classes.contains(label);
        let ends = labels.iter().position(wanted).zip(labels.iter().rposition(wanted));
        pairs.extend(ends.filter(|(first, last)| first != last).map(|(a, b)| [a, b]));
    }
    pairs
}

/// Row `i` is `share(t)[0] a + share(t)[1] b` for `t = i / (steps - 1)`; the first is `a` and the
/// last is `b`.
#[track_caller]
fn walk(op: &str, a: &[f32], b: &[f32], steps: usize, share: impl Fn(f64) -> [f64; 2]) -> Tensor {
    assert!(a.len() == b.len(), "{op}: from {} numbers to {}", a.len(), b.len());
    assert!(steps >= 2, "{op}: {steps} steps do not have two ends");
    let mut out = Vec::with_capacity(steps * a.len());
    out.extend_from_slice(a);
    for i in 1..steps - 1 {
        let [of_a, of_b] = share(i as f64 / (steps - 1) as f64);
        let point = |(&a, &b): (&f32, &f32)| (of_a * f64::from(a) + of_b * f64::from(b)) as f32;
        out.extend(a.iter().zip(b).map(point));
    }
    out.extend_from_slice(b);
    Tensor::new([steps, a.len()], out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::{Sampler, assert_close};

    #[test]
    fn a_line_with_a_pencil() {
        let line = interpolate(&[0.0, 1.0], &[1.0, -1.0], 5);
        assert_eq!(line.data(), [0.0, 1.0, 0.25, 0.5, 0.5, 0.0, 0.75, -0.5, 1.0, -1.0]);
        assert_eq!(interpolate(&[0.1], &[0.7], 2).data(), [0.1, 0.7]);
        assert!(interpolate(&[], &[], 3).is_empty());
    }

    #[test]
    fn an_arc_keeps_its_radius_and_its_pace() {
        let arc = slerp(&[3.0, 0.0], &[0.0, 3.0], 4);
        let degrees = |i: f64| (30.0 * i).to_radians();
        let expected: Vec<f64> = (0..4)
            .flat_map(|i| [3.0 * degrees(i.into()).cos(), 3.0 * degrees(i.into()).sin()])
            .collect();
        assert_close(arc.data(), &expected, 1e-6, 1e-6);
        // In many dimensions, where the straight line falls to 1 / sqrt(2) of the radius.
        let mut sampler = Sampler::new(1);
        let mut unit = || {
            let x = sampler.vec(64, -1.0, 1.0);
            let length = x.iter().map(|x| x * x).sum::<f32>().sqrt();
            x.iter().map(|x| x / length).collect::<Vec<f32>>()
        };
        let (a, b) = (unit(), unit());
        let length = |x: &[f32]| x.iter().map(|x| f64::from(x * x)).sum::<f64>().sqrt();
        let arc = slerp(&a, &b, 9);
        assert!((0..9).all(|i| (length(arc.row(i)) - 1.0).abs() < 1e-5));
        assert!(length(interpolate(&a, &b, 9).row(4)) < 0.85);
        assert_eq!((arc.row(0), arc.row(8)), (&a[..], &b[..]));
    }

    #[test]
    fn without_an_angle_the_arc_is_a_line() {
        for (a, b) in [
            ([1.0, 2.0], [2.0, 4.0]),
            ([1.0, 2.0], [1.0, 2.0]),
            ([1.0, 2.0], [-1.0, -2.0]),
            ([0.0, 0.0], [1.0, 2.0]),
            ([0.0, 0.0], [0.0, 0.0]),
        ] {
            assert_eq!(slerp(&a, &b, 7), interpolate(&a, &b, 7));
        }
    }

    #[test]
    fn pairs_lead_between_classes_and_no_image_is_used_twice() {
        let labels: Vec<u8> = (0..30).map(|i| i % 3).collect();
        let pairs = walk_pairs(&labels, &[0, 1, 2], 3);
        // The first 0 and the fourth 1, the second 1 and the fifth 2, the third 2 and the sixth 0.
        assert_eq!(pairs, [[0, 10], [4, 14], [8, 15]]);
        assert_eq!(walk_pairs(&labels, &[1], 2), [[1, 7], [4, 10]]);
        assert!(walk_pairs(&labels, &[7], 2).is_empty());
        assert!(walk_pairs(&labels, &[], 2).is_empty() && walk_pairs(&[], &[0], 2).is_empty());
        // There are four images of the class, and the second pair would need a fifth.
        assert_eq!(walk_pairs(&[0; 4], &[0], 3), [[0, 3]]);
    }

    #[test]
    #[should_panic(expected = "slerp: from 2 numbers to 3")]
    fn both_ends_have_as_many_numbers() {
        let _ = slerp(&[0.0; 2], &[0.0; 3], 4);
    }

    #[test]
    #[should_panic(expected = "interpolate: 1 steps do not have two ends")]
    fn a_walk_has_two_ends() {
        let _ = interpolate(&[0.0], &[1.0], 1);
    }
}
