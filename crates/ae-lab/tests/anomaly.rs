//! Scores of anomalies, thresholds and curves: against scikit-learn (`anomaly.json` of the
//! workspace's test package), naive definitions, and what must hold for any scores.

use ae_lab::LabError;
use ae_lab::anomaly::{
    Mahalanobis, NeighborDistance, Outcome, PrecisionRecallCurve, RocCurve, Threshold,
    cross_entropies, error_maps, patch_maps, squared_errors, worst_patches,
};
use ae_tensor::{Tensor, with_threads};
use ae_testkit::{Sampler, assert_close_f64};
use serde_json::Value;

fn golden(list: &str) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/anomaly.json");
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let mut golden: Value = serde_json::from_str(&text).expect("the golden is JSON");
    let Value::Array(cases) = golden[list].take() else { panic!("{path}: no {list}") };
    cases
}

fn array(case: &Value, key: &str) -> Vec<f64> {
    let data = case[key]["data"].as_array().unwrap_or_else(|| panic!("no array {key}"));
    data.iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn tensor(case: &Value, key: &str) -> Tensor {
    let rows = case[key]["shape"][0].as_u64().expect("an extent") as usize;
    let data: Vec<f32> = array(case, key).into_iter().map(|x| x as f32).collect();
    Tensor::new([rows, data.len() / rows], data)
}

#[test]
fn curves_are_those_of_scikit_learn() {
    let cases = golden("curves");
    assert_eq!(cases.len(), 6);
    for case in cases {
        println!("{}", case["name"]);
        let scores = array(&case, "scores");
        let anomalous: Vec<bool> = array(&case, "anomalous").iter().map(|&x| x == 1.0).collect();
        let number = |key: &str| case[key].as_f64().expect("a number");
        let roc = RocCurve::new(&scores, &anomalous).expect("two groups");
        let column = |get: fn(&ae_lab::anomaly::RocPoint) -> f64| -> Vec<f64> {
            roc.points.iter().map(get).collect()
        };
        assert_close_f64(&column(|p| p.false_alarms), &array(&case, "false_alarms"), 1e-15, 0.0);
        assert_close_f64(&column(|p| p.recall), &array(&case, "recall"), 1e-15, 0.0);
        // Theirs flags a score at the threshold, ours only above it: ours is one score further.
        let (last, thresholds) = roc.points.split_last().expect("points");
        assert_eq!(last.threshold, f64::NEG_INFINITY);
        let thresholds: Vec<f64> = thresholds.iter().map(|p| p.threshold).collect();
        assert_eq!(thresholds, array(&case, "thresholds"));
        assert_close_f64(&[roc.auroc], &[number("auroc")], 1e-15, 1e-16);
        // Each point is what its threshold flags.
        for point in &roc.points {
            let outcome = Outcome::at(point.threshold, &scores, &anomalous).expect("two groups");
            assert_eq!((outcome.false_alarms, outcome.recall), (point.false_alarms, point.recall));
        }

        let curve = PrecisionRecallCurve::new(&scores, &anomalous).expect("two groups");
        let average = number("average_precision");
        assert_close_f64(&[curve.average_precision], &[average], 1e-14, 0.0);
        // Theirs begins where everything is flagged, and ends with the point (0, 1) of nothing.
        let theirs =
            |key: &str| -> Vec<f64> { array(&case, key).into_iter().rev().skip(1).collect() };
        let precision: Vec<f64> = curve.points.iter().map(|p| p.precision).collect();
        let recall: Vec<f64> = curve.points.iter().map(|p| p.recall).collect();
        assert_close_f64(&precision, &theirs("precision"), 1e-15, 0.0);
        assert_close_f64(&recall, &theirs("recall_of_precision"), 1e-15, 0.0);
    }
}

#[test]
fn distances_of_codes_are_those_of_scikit_learn() {
    let cases = golden("codes");
    assert_eq!(cases.len(), 4);
    for case in cases {
        println!("{}", case["name"]);
        let (train, test) = (tensor(&case, "train"), tensor(&case, "test"));
        let distances =
            Mahalanobis::fit(&train).expect("sound codes").distances(&test).expect("finite");
        let squares: Vec<f64> = distances.iter().map(|d| d * d).collect();
        assert_close_f64(&squares, &array(&case, "squared_mahalanobis"), 1e-10, 0.0);
        let k = case["k"].as_u64().expect("a number") as usize;
        let near = NeighborDistance::fit(train, k).expect("sound codes").distances(&test);
        assert_close_f64(&near.expect("finite"), &array(&case, "neighbors"), 1e-13, 0.0);
    }
}

/// Scores with many ties, and labels.
fn ranked(seed: u64) -> (Vec<f64>, Vec<bool>) {
    let (x, y) =
        (Sampler::new(seed).vec(90, -3.0, 3.0), Sampler::new(seed + 100).vec(90, 0.0, 1.0));
    (x.iter().map(|x| f64::from(x.round())).collect(), y.iter().map(|&y| y > 0.7).collect())
}

#[test]
fn the_area_is_the_share_of_pairs_in_the_right_order() {
    for seed in 0..20 {
        let (scores, anomalous) = ranked(seed);
        let (mut sum, mut pairs) = (0.0, 0.0);
        for (i, x) in scores.iter().enumerate().filter(|(i, _)| anomalous[*i]) {
            for (j, y) in scores.iter().enumerate().filter(|(j, _)| !anomalous[*j]) {
                assert_ne!(i, j);
                pairs += 1.0;
                sum += if x > y {
                    1.0
                } else if x == y {
                    0.5
                } else {
                    0.0
                };
            }
        }
        let roc = RocCurve::new(&scores, &anomalous).expect("two groups");
        assert_eq!(roc.auroc, sum / pairs);
        // Growing maps change nothing, the negative reverses, a permutation changes nothing.
        let map = |f: fn(f64) -> f64| {
            let scores: Vec<f64> = scores.iter().map(|&x| f(x)).collect();
            RocCurve::new(&scores, &anomalous).expect("two groups").auroc
        };
        assert_eq!(map(|x| x.exp() * 1e9 - 5.0), roc.auroc);
        assert_close_f64(&[map(|x| -x)], &[1.0 - roc.auroc], 1e-15, 0.0);
        let turned = |x: &[f64]| x.iter().rev().copied().collect::<Vec<_>>();
        let labels: Vec<bool> = anomalous.iter().rev().copied().collect();
        assert_eq!(RocCurve::new(&turned(&scores), &labels).expect("two groups"), roc);
    }
    // -0 and 0 are equal.
    assert_eq!(RocCurve::new(&[0.0, -0.0], &[false, true]).expect("two groups").auroc, 0.5);
}

#[test]
fn bad_scores_and_labels_are_refused_in_one_line() {
    let text = |error: LabError| error.to_string();
    assert_eq!(
        text(RocCurve::new(&[1.0, 2.0], &[false, false]).unwrap_err()),
        "labels: expected normal and anomalous samples, found 2 and 0"
    );
    assert_eq!(
        text(PrecisionRecallCurve::new(&[], &[]).unwrap_err()),
        "labels: expected normal and anomalous samples, found 0 and 0"
    );
    assert_eq!(
        text(Outcome::at(0.0, &[1.0, f64::NAN], &[false, true]).unwrap_err()),
        "scores: expected finite numbers, found NaN in row 1"
    );
    assert_eq!(
        text(Threshold::from_held_out(&[1.0; 98], 0.01).unwrap_err()),
        "held-out scores: expected at least 99 for a false-alarm rate of 0.01, found 98"
    );
    assert_eq!(
        text(Threshold::from_held_out(&[1.0; 98], 1.0).unwrap_err()),
        "false-alarm rate: expected a number above 0 and below 1, found 1"
    );
    assert_eq!(
        text(Mahalanobis::fit(&Tensor::full([3, 2], 0.5)).unwrap_err()),
        "codes: expected rows that differ, found 3 equal ones"
    );
    assert_eq!(
        text(NeighborDistance::fit(Tensor::zeros([3, 2]), 4).unwrap_err()),
        "codes: expected at least 4 rows, found 3"
    );
    assert_eq!(Outcome::at(9.0, &[1.0, 2.0], &[false, true]).expect("two groups").precision, None);
}

#[test]
fn a_threshold_is_the_order_statistic_of_its_rate() {
    let scores: Vec<f64> = (1..=999).rev().map(f64::from).collect();
    for (rate, above) in [(0.001, 1), (0.01, 10), (0.29, 290), (0.57, 570), (0.999, 999)] {
        let threshold = Threshold::from_held_out(&scores, rate).expect("enough");
        // 1000 - above of 999 scores are at or below it.
        assert_eq!(threshold.value, f64::from(1000 - above), "{rate}");
        assert!(threshold.rate[0] < rate && rate < threshold.rate[1]);
        assert!(
            threshold.interval[0] <= threshold.value && threshold.value <= threshold.interval[1]
        );
    }
    for (rate, needed) in [(0.5, 1), (0.3, 3), (0.1, 9), (0.05, 19), (0.01, 99), (0.001, 999)] {
        assert_eq!(Threshold::needed(rate), Ok(needed));
        assert!(Threshold::from_held_out(&scores[..needed as usize], rate).is_ok());
        assert!(Threshold::from_held_out(&scores[..needed as usize - 1], rate).is_err());
    }
    let upper =
        |n: usize| Threshold::from_held_out(&scores[..n], 0.01).expect("enough").interval[1];
    assert!(upper(367).is_infinite() && upper(368).is_finite());
}

#[test]
fn a_rate_that_binary_rounds_down_is_met_exactly() {
    // 100 * 0.29 is 28.999999999999996, yet 29 of 100 may be above.
    let scores: Vec<f64> = (1..=99).map(f64::from).collect();
    assert_eq!(Threshold::from_held_out(&scores, 0.29).unwrap().value, 71.0);
    // The largest rate below 1: 100 times it is 100 after rounding, but there are 99 scores.
    assert_eq!(Threshold::from_held_out(&scores, 1.0f64.next_down()).unwrap().value, 1.0);
}

#[test]
fn the_interval_of_the_value_has_the_ranks_of_the_binomial_distribution() {
    // SciPy 1.17: the largest l with binom.cdf(l - 1, n, 1 - a) <= 0.025, and the smallest u with
    // binom.cdf(u - 1, n, 1 - a) >= 0.975.
    for (n, rate, ranks) in [
        (60, 0.3, [35.0, 50.0]),
        (199, 0.1, [170.0, 188.0]),
        (542, 0.01, [532.0, 542.0]),
        (999, 0.01, [982.0, 996.0]),
    ] {
        let scores: Vec<f64> = (1..=n).map(f64::from).collect();
        let interval = Threshold::from_held_out(&scores, rate).expect("enough").interval;
        assert_eq!(interval, ranks, "{n} scores, {rate}");
    }
}

/// Held-out scores uniform in 0 to 1: the true rate of false alarms is 1 - threshold.
#[test]
fn both_intervals_cover_as_often_as_they_say() {
    let (runs, rate) = (2000, 0.1);
    let [mut mean, mut values, mut rates] = [0.0; 3];
    for seed in 0..runs {
        let scores: Vec<f64> =
            Sampler::new(seed).vec(199, 0.0, 1.0).into_iter().map(f64::from).collect();
        let t = Threshold::from_held_out(&scores, rate).expect("enough");
        mean += (1.0 - t.value) / runs as f64;
        values += f64::from(u8::from((t.interval[0]..=t.interval[1]).contains(&(1.0 - rate))));
        rates += f64::from(u8::from((t.rate[0]..=t.rate[1]).contains(&(1.0 - t.value))));
    }
    // One deviation of the shares is 0.005, of the mean 0.0005.
    let shares = [values, rates].map(|count| count / runs as f64);
    assert!((mean - rate).abs() < 0.002, "{mean}");
    assert!(shares[0] > 0.935 && shares[0] < 0.985, "{shares:?}");
    assert!((shares[1] - 0.95).abs() < 0.02, "{shares:?}");
}

/// Each window's mean by its definition.
fn naive_worst(map: &[f32], [h, w]: [usize; 2], side: usize) -> f64 {
    let (rows, columns) = (side.min(h), side.min(w));
    let mut worst = f64::NEG_INFINITY;
    for i in 0..=h - rows {
        for j in 0..=w - columns {
            let sum: f64 = (0..rows * columns)
                .map(|q| f64::from(map[(i + q / columns) * w + j + q % columns]))
                .sum();
            worst = worst.max(sum / (rows * columns) as f64);
        }
    }
    worst
}

#[test]
fn the_worst_patch_is_that_of_the_definition() {
    for (h, w) in [(1, 1), (1, 140), (3, 5), (28, 28), (17, 9)] {
        let n = 37;
        let mut maps = Tensor::new([n, h * w], Sampler::new(w as u64).vec(n * h * w, 0.0, 1.0));
        // A huge error beside small ones costs them no digit.
        maps.data_mut()[0] = 1e30;
        for side in [1, 2, 3, 7, 8, 28, 500] {
            let worst = worst_patches(&maps, [h, w], side);
            let expected: Vec<f64> =
                (0..n).map(|i| naive_worst(maps.row(i), [h, w], side)).collect();
            assert_close_f64(&worst, &expected, 1e-14, 0.0);
            let smooth = patch_maps(&maps, [h, w], side);
            let largest = |i: usize| smooth.row(i).iter().fold(0.0f32, |m, &x| m.max(x));
            assert!((0..n).all(|i| largest(i) == worst[i] as f32));
            let threads = |count| {
                with_threads(count, || {
                    (worst_patches(&maps, [h, w], side), patch_maps(&maps, [h, w], side))
                })
            };
            assert_eq!(threads(1).expect("a thread"), threads(3).expect("threads"));
        }
    }
}

#[test]
fn a_window_is_around_its_pixel_and_within_the_image() {
    let row = Tensor::from_fn([1, 6], |i| i as f32 * 2.0);
    assert_eq!(patch_maps(&row, [1, 6], 3).data(), [2.0, 2.0, 4.0, 6.0, 8.0, 8.0]);
    assert_eq!(patch_maps(&row, [6, 1], 2).data(), [1.0, 3.0, 5.0, 7.0, 9.0, 9.0]);
    // Rows 0 and 1, 1 and 2 of a 3 x 2 image.
    assert_eq!(patch_maps(&row, [3, 2], 2).data(), [3.0, 3.0, 7.0, 7.0, 7.0, 7.0]);
    let nan = Tensor::new([1, 4], vec![1.0, f32::NAN, 0.0, 0.0]);
    assert!(worst_patches(&nan, [1, 4], 2)[0].is_nan());
}

#[test]
fn errors_are_those_of_the_definition() {
    let (n, [h, w, c]) = (70, [3, 4, 3]);
    let d = h * w * c;
    let mut x = Tensor::new([n, d], Sampler::new(1).vec(n * d, 0.0, 1.0));
    let mut y = Tensor::new([n, d], Sampler::new(2).vec(n * d, 0.0, 1.0));
    // Black, white, and outputs that a sigmoid has rounded.
    x.data_mut()[..4].copy_from_slice(&[0.0, 1.0, 0.0, 1.0]);
    y.data_mut()[..4].copy_from_slice(&[0.0, 1.0, 1.0, 0.0]);
    let pairs = |i: usize| {
        let wide = |x: &Tensor| x.row(i).iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
        wide(&x).into_iter().zip(wide(&y)).collect::<Vec<_>>()
    };
    let mean =
        |i: usize, f: fn((f64, f64)) -> f64| pairs(i).into_iter().map(f).sum::<f64>() / d as f64;
    let expected: Vec<f64> = (0..n).map(|i| mean(i, |(x, y)| (x - y).powi(2))).collect();
    assert_close_f64(&squared_errors(&x, &y), &expected, 1e-14, 0.0);
    let cross = |(x, p): (f64, f64)| {
        let p = p.clamp(1e-7, 1.0 - 1e-7);
        -x * p.ln() - (1.0 - x) * (1.0 - p).ln()
    };
    let expected: Vec<f64> = (0..n).map(|i| mean(i, cross)).collect();
    assert_close_f64(&cross_entropies(&x, &y), &expected, 1e-12, 0.0);

    let maps = error_maps(&x, &y, [h, w, c]);
    assert_eq!(maps.shape().dims(), [n, h * w]);
    let pixel = |q: usize| {
        let pairs = &pairs(q / (h * w))[q % (h * w) * c..][..c];
        pairs.iter().map(|(x, y)| (x - y).powi(2)).sum::<f64>() / c as f64
    };
    let expected: Vec<f64> = (0..n * h * w).map(pixel).collect();
    let found: Vec<f64> = maps.data().iter().map(|&x| f64::from(x)).collect();
    assert_close_f64(&found, &expected, 1e-6, 0.0);

    x.data_mut()[d] = 1.5;
    y.data_mut()[2 * d] = f32::NAN;
    let scores = cross_entropies(&x, &y);
    assert!(scores[1].is_nan() && scores[2].is_nan() && scores[3].is_finite());
    let scores = squared_errors(&x, &y);
    assert!(scores[1].is_finite() && scores[2].is_nan());
    assert_eq!(
        Threshold::from_held_out(&scores, 0.1).unwrap_err().to_string(),
        "scores: expected finite numbers, found NaN in row 2"
    );
}
