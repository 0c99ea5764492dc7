//! Compares scores with NumPy and SciPy, and mixtures with scikit-learn, by `lab.json` of the
//! workspace's test package.

use ae_lab::{EmOptions, GaussianMixture, frechet_distance, nearest_distances, precision_recall};
use ae_tensor::Tensor;
use ae_testkit::assert_close_f64;
use serde_json::Value;

fn golden(list: &str) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/lab.json");
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let mut golden: Value = serde_json::from_str(&text).expect("the golden is JSON");
    let Value::Array(cases) = golden[list].take() else { panic!("{path}: no {list}") };
    cases
}

fn number(case: &Value, key: &str) -> f64 {
    case[key].as_f64().unwrap_or_else(|| panic!("no number {key}"))
}

fn array(case: &Value, key: &str) -> Vec<f64> {
    let data = case[key]["data"].as_array().unwrap_or_else(|| panic!("no array {key}"));
    data.iter().map(|v| v.as_f64().expect("a number")).collect()
}

/// A matrix of numbers that are exact in f32.
fn tensor(case: &Value, key: &str) -> Tensor {
    let shape = case[key]["shape"].as_array().expect("a shape");
    let [rows, columns] = [0, 1].map(|axis| shape[axis].as_u64().expect("an extent") as usize);
    let data = array(case, key).into_iter().map(|x| {
        assert!(f64::from(x as f32) == x, "{x} is not an f32");
        x as f32
    });
    Tensor::new([rows, columns], data.collect())
}

#[test]
fn scores_are_those_of_the_definitions() {
    let cases = golden("scores");
    assert_eq!(cases.len(), 9);
    for case in cases {
        println!("{}", case["name"]);
        let (real, generated) = (tensor(&case, "real"), tensor(&case, "generated"));
        let k = number(&case, "k") as usize;
        let ours = precision_recall(&real, &generated, k).expect("sound points");
        let expected = ["precision", "recall", "density", "coverage"].map(|key| number(&case, key));
        // These are ratios of counts: they are equal unless a point is on the other side of a
        // surface.
        let ours = [ours.precision, ours.recall, ours.density, ours.coverage];
        assert_close_f64(&ours, &expected, 1e-15, 0.0);
        let nearest = nearest_distances(&generated, &real).expect("sound points");
        assert_close_f64(&nearest, &array(&case, "nearest"), 1e-15, 0.0);
        let ours = frechet_distance(&real, &generated).expect("sound points");
        let expected = number(&case, "frechet");
        println!("Frechet distance {ours:e}, off by {:e}", ours - expected);
        assert_close_f64(&[ours], &[expected], 1e-11, 1e-12);
    }
}

#[test]
fn mixtures_are_those_of_scikit_learn() {
    let cases = golden("mixtures");
    assert_eq!(cases.len(), 5);
    for case in cases {
        println!("{}", case["name"]);
        let (x, start) = (tensor(&case, "x"), array(&case, "start"));
        let d = x.shape().dims()[1];
        let k = start.len() / d;
        let identity = (0..k * d * d).map(|i| f64::from(u8::from(i % (d * d) % (d + 1) == 0)));
        let start = GaussianMixture::new(d, vec![1.0; k], start, identity.collect())
            .expect("unit covariances");
        let options = EmOptions {
            floor: 1e-6,
            tolerance: number(&case, "tol"),
            max_iterations: number(&case, "max_iter") as usize,
        };
        let fit = start.improve(&x, &options).expect("sound points");
        assert_eq!(fit.iterations as f64, number(&case, "iterations"));
        assert_eq!(fit.converged, number(&case, "converged") == 1.0);
        let mixture = &fit.mixture;
        assert_close_f64(mixture.weights(), &array(&case, "weights"), 1e-9, 0.0);
        assert_close_f64(mixture.means(), &array(&case, "means"), 1e-9, 1e-10);
        assert_close_f64(mixture.covariances(), &array(&case, "covariances"), 1e-9, 1e-10);
        let log = number(&case, "log_likelihood");
        assert_close_f64(&[fit.log_likelihood], &[log], 1e-11, 0.0);
        // The likelihood of the mixture after the last step.
        let mut shares = vec![0.0; k];
        let points =
            x.data().chunks(d).map(|row| row.iter().map(|&x| x.into()).collect::<Vec<_>>());
        let sum: f64 = points.map(|x| mixture.responsibilities(&x, &mut shares)).sum();
        let mean = sum / x.shape().dims()[0] as f64;
        assert_close_f64(&[mean], &[number(&case, "score")], 1e-10, 0.0);
    }
}
