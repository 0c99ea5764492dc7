//! The noise of images against scikit-image's `estimate_sigma`: `noise.json`.

use ae_testkit::assert_close_f64;
use ae_tests::{Array, read};
use ae_train::estimate_noise;
use serde::Deserialize;
use std::convert::Infallible;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    image: Array,
    sigma: Array,
}

#[test]
fn the_estimate_is_that_of_scikit_image() {
    let golden: Golden = read("noise.json");
    assert_eq!(golden.cases.len(), 9);
    for Case { name, image, sigma } in golden.cases {
        println!("{name}");
        let [height, width, channels] = image.shape[..] else { panic!("height, width, channels") };
        let values = image.exact_f32();
        let mut rows = values.chunks_exact(width * channels);
        let Ok(found) =
            estimate_noise([height, width, channels], |row| -> Result<(), Infallible> {
                row.copy_from_slice(rows.next().expect("a row"));
                Ok(())
            });
        let found: Vec<f64> = found.into_iter().map(f64::from).collect();
        // Half a bin of the histogram of details, 1 / 131072, over 0.6745.
        assert_close_f64(&found, &sigma.data, 0.0, 1.2e-5);
    }
}
