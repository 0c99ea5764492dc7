//! Every preset and every layer is right, and every mistake is found where it was made.

use ae_gradcheck::{Broken, Bug, Options, check};
use ae_layers::{Architecture, Registry};
use ae_models::presets;

/// Models that have all layers between them.
const MODELS: [&str; 5] = [
    "input 8x8x1; zero_padding2d 1 1 1 1; cropping2d 1 1 1 1; conv2d 3 3x3 stride 1x1 same relu; \
     max_pooling2d 2x2 stride 2x2 same; conv2d 4 3x2 stride 2x1 same elu:0.5; flatten | \
     dense 8 leaky_relu; reshape 2x2x2; up_sampling2d 2x2; \
     conv2d_transpose 1 3x3 stride 2x2 same sigmoid",
    "input 6; dense 5 tanh; dropout 0.25; activity_regularization 0.01 | dense 6 linear",
    "input 6; dense 8 softplus; dense 4 linear; sampling 0.5 | dense 6 sigmoid",
    "input 4x4x2; shortcut; conv2d 2 3x3 stride 1x1 same relu; add; flatten | dense 32 linear; \
     reshape 4x4x2; activation sigmoid",
    "input 5x5x1; conv2d 2 2x2 stride 1x1 valid linear | \
     conv2d_transpose 1 2x2 stride 1x1 valid linear",
];

#[test]
fn every_layer_has_a_twin() {
    for keyword in Registry::standard().keywords() {
        let has = |model: &&str| {
            model.split(['|', ';']).any(|part| part.split_whitespace().next() == Some(keyword))
        };
        assert!(MODELS.iter().any(has), "{keyword} is in no model of this table");
    }
    for words in MODELS {
        let report = check(&words.parse().unwrap(), None, &Options::default()).unwrap();
        for row in &report.rows {
            let place = format!("{words}\n{}/{}", row.layer, row.parameter);
            assert!(!row.is_wrong(), "{place}: {} roundings", row.roundings());
            assert!(row.points.len() > row.lost, "{place}");
        }
    }
}

#[test]
fn every_preset_is_right() {
    for preset in presets() {
        let recipe = preset.recipe();
        let made = [[8, 8, 1], [8, 8, 3], [28, 28, 1]]
            .into_iter()
            .find_map(|image| recipe.architecture(image, recipe.latent.map(|_| 4)).ok());
        let options = Options { most: Some(4), images: 1, ..Options::default() };
        let report = check(&made.expect("one size fits"), None, &options).unwrap();
        for row in &report.rows {
            let place = format!("{} {}/{}", preset.name, row.layer, row.parameter);
            assert!(!row.is_wrong(), "{place}: {} roundings", row.roundings());
        }
    }
}

#[test]
fn every_mistake_is_found_where_it_was_made() {
    let model: Architecture = "input 6x6x1; conv2d 2 3x3 stride 1x1 same tanh; \
        conv2d 3 3x3 stride 2x2 same relu; flatten | dense 36 sigmoid; reshape 6x6x1"
        .parse()
        .unwrap();
    for bug in Bug::ALL {
        let layer = (bug != Bug::Mean).then(|| "conv2d_2".to_owned());
        let broken = Some(Broken { bug, layer });
        let report = check(&model, None, &Options { broken, ..Options::default() }).unwrap();
        let entered = report.where_it_enters();
        let expected = if bug == Bug::Mean { "dense_1" } else { "conv2d_2" };
        assert_eq!(entered, Some(expected), "{}", bug.name());
        let before = report.rows[0].is_wrong();
        assert_eq!(
            before,
            matches!(bug, Bug::Activation | Bug::Sign | Bug::Mean),
            "{}",
            bug.name()
        );
    }
}
