//! PSNR and SSIM against scikit-image (f64) and TensorFlow (f32): `metrics.json`.

use ae_testkit::assert_close_f64;
use ae_tests::{Array, read};
use ae_train::metrics::{psnr, ssim};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    x: Array,
    y: Array,
    scikit_image_f64: Metrics,
    tensorflow_f32: Metrics,
}

#[derive(Deserialize)]
struct Metrics {
    psnr: f64,
    ssim: f64,
}

#[test]
fn both_metrics_are_those_of_scikit_image_and_tensorflow() {
    let golden: Golden = read("metrics.json");
    assert_eq!(golden.cases.len(), 14);
    for case in golden.cases {
        println!("{}", case.name);
        let (x, y) = (case.x.exact_f32(), case.y.exact_f32());
        let extents = match case.x.shape[..] {
            [height, width] => [height, width, 1],
            [height, width, channels] => [height, width, channels],
            _ => panic!("an image has two or three extents"),
        };
        let ours = [psnr(&x, &y), ssim(&x, &y, extents).expect("a window fits in")];
        let of = |metrics: &Metrics| [metrics.psnr, metrics.ssim];
        // Variances are differences of sums near 1, good to some 1e-16, over C2 = 9e-4 at least.
        assert_close_f64(&ours, &of(&case.scikit_image_f64), 1e-13, 1e-12);
        // The same in f32, where both differences and quotients lose more.
        assert_close_f64(&ours, &of(&case.tensorflow_f32), 1e-6, 2e-5);
        // Neither distinguishes the reference from the other image.
        assert_close_f64(&ours, &[psnr(&y, &x), ssim(&y, &x, extents).unwrap()], 1e-14, 0.0);
    }
}
