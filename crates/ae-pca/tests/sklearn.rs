//! `Pca` compared with scikit-learn on the same data: the goldens of the workspace's test package.

use ae_pca::Pca;
use ae_tensor::Tensor;
use ae_testkit::{assert_close, assert_close_f64};
use serde_json::Value;

/// Tolerances, relative to the largest magnitude of the array: for values computed in f64, and for
/// samples transformed in f32 (a few roundings of 6e-8 each).
const F64: f64 = 1e-12;
const F32: f64 = 5e-6;

fn cases() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/pca.json");
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let mut golden: Value = serde_json::from_str(&text).expect("the golden is JSON");
    let Value::Array(cases) = golden["cases"].take() else { panic!("{path}: no cases") };
    cases
}

fn number(case: &Value, key: &str) -> usize {
    case[key].as_u64().unwrap_or_else(|| panic!("no number {key}")) as usize
}

/// The array's elements.
fn array(case: &Value, key: &str) -> Vec<f64> {
    let data = case[key]["data"].as_array().unwrap_or_else(|| panic!("no array {key}"));
    data.iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn scale(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |m, x| x.abs().max(m))
}

fn check_f64(what: &str, actual: &[f64], expected: &[f64]) {
    let off = actual.iter().zip(expected).fold(0.0f64, |m, (a, e)| m.max((a - e).abs()));
    println!("{what}: off by {:e} of the scale", off / scale(expected).max(f64::MIN_POSITIVE));
    assert_close_f64(actual, expected, 0.0, F64 * scale(expected));
}

/// Compares the first `expected.len() / rows` columns.
fn check_f32(what: &str, actual: &Tensor, expected: &[f64]) {
    let rows = actual.shape().dims()[0];
    let columns = expected.len() / rows;
    let leading: Vec<f32> = (0..rows).flat_map(|i| &actual.row(i)[..columns]).copied().collect();
    let off =
        leading.iter().zip(expected).fold(0.0f64, |m, (&a, e)| m.max((f64::from(a) - e).abs()));
    println!("{what}: off by {:e} of the scale", off / scale(expected).max(f64::MIN_POSITIVE));
    assert_close(&leading, expected, 0.0, F32 * scale(expected));
}

#[test]
fn every_case_agrees_with_scikit_learn() {
    let cases = cases();
    let mut seen = 0;
    for case in &cases {
        let name = case["name"].as_str().expect("a name");
        println!("{name}");
        let (n, d, k) = (number(case, "n"), number(case, "d"), number(case, "k"));
        let source = case["x_of"].as_str().unwrap_or(name);
        let source = cases.iter().find(|c| c["name"] == source).expect("the case named by x_of");
        let data = array(source, "x");
        let x: Vec<f32> = data.iter().map(|&v| v as f32).collect();
        assert!(x.iter().zip(&data).all(|(&x, v)| f64::from(x) == *v), "exact in f32");
        let x = Tensor::new([n, d], x);

        let pca = Pca::fit(&x, Some(k)).expect("a valid fit");
        let white = pca.clone().with_whitening(true);
        check_f64("mean", pca.mean(), &array(case, "mean"));
        check_f64("variance", pca.explained_variance(), &array(case, "explained_variance"));
        let ratio = pca.explained_variance_ratio();
        check_f64("ratio", ratio, &array(case, "explained_variance_ratio"));
        if !case["reconstruction"].is_null() {
            let back = pca.inverse_transform(&pca.transform(&x));
            check_f32("reconstruction", &back, &array(case, "reconstruction"));
        }
        let unique = number(case, "unique");
        if unique > 0 {
            check_f64(
                "components",
                &pca.components_f64()[..unique * d],
                &array(case, "components"),
            );
            check_f32("transform", &pca.transform(&x), &array(case, "transform"));
            check_f32("whitened", &white.transform(&x), &array(case, "whiten_transform"));
            let z: Vec<f32> = array(case, "z").iter().map(|&v| v as f32).collect();
            let z = Tensor::new([z.len() / k, k], z);
            check_f32("inverse", &pca.inverse_transform(&z), &array(case, "inverse"));
            check_f32(
                "whitened inverse",
                &white.inverse_transform(&z),
                &array(case, "whiten_inverse"),
            );
        }
        if k == n.min(d) {
            let all = Pca::fit(&x, None).expect("a valid fit");
            assert_eq!(all.explained_variance(), pca.explained_variance(), "None keeps min(n, d)");
        }
        seen += 1;
    }
    assert!(seen >= 12, "only {seen} cases in the golden");
}
