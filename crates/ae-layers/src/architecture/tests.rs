//! Tests of descriptions that are written and read.

use super::*;
use crate::words::LARGEST;
use crate::{
    BuildError, Sequential, activity_regularization, conv2d, dense, flatten, max_pool2d, reshape,
    sampling, sigmoid, up_sample2d,
};
use ae_autodiff::Params;
use ae_tensor::{Activation, Tensor, Window};

#[test]
fn every_layer_is_read_as_it_was_written() {
    let layers = vec![
        conv2d(32, Window::same([3, 5]), Activation::Relu),
        max_pool2d(Window::valid([2, 2]).with_stride([2, 1])),
        up_sample2d([2, 3]),
        flatten(),
        dense(12, Activation::Linear),
        reshape([3, 4]),
        sigmoid(),
        activity_regularization(1e-5),
        sampling(0.5),
    ];
    let model = Architecture { input: [28, 28, 1].into(), layers, encoder: 5 };
    let words = "input 28x28x1; conv2d 32 3x5 stride 1x1 same relu; max_pooling2d 2x2 stride 2x1 valid; \
                 up_sampling2d 2x3; flatten; dense 12 linear | reshape 3x4; activation sigmoid; \
                 activity_regularization 0.00001; sampling 0.5";
    assert_eq!(model.to_string(), words);
    assert_eq!(words.parse(), Ok(model));
}

#[test]
fn what_goes_without_saying_can_be_left_out() {
    let short = "input 28x28x1; conv2d 8 3x5 relu; max_pooling2d 2x3; conv2d 8 3x3 valid relu; max_pooling2d 2x2 stride 1x1";
    let long = "input 28x28x1; conv2d 8 3x5 stride 1x1 same relu; max_pooling2d 2x3 stride 2x3 same; \
                conv2d 8 3x3 stride 1x1 valid relu; max_pooling2d 2x2 stride 1x1 same";
    let model: Architecture = short.parse().unwrap();
    assert_eq!(model.to_string(), long);
    assert_eq!(long.parse(), Ok(model));
}

#[test]
fn other_words_are_refused() {
    for (words, expected) in [
        ("", "input"),
        ("input", "a whole number from 1 to 1048576"),
        ("input 0", "a whole number from 1 to 1048576"),
        ("input 1x2x3x4", "a shape of at most three extents"),
        ("input 1x2x3x4x5x6x7", "a shape of at most three extents"),
        ("input 4;dense 2 relu", "a whole number from 1 to 1048576"),
        ("input 4; dense +2 relu", "a whole number from 1 to 1048576"),
        ("input 4; dense 1048577 relu", "a whole number from 1 to 1048576"),
        ("input 4; dense 99999999999999999999 relu", "a whole number from 1 to 1048576"),
        ("input 4; dense 2 gelu", Activation::EXPECTED),
        ("input 4; dense 2 relu relu", "the end of the layer"),
        ("input 4; lstm 2", "the name of a layer"),
        ("input 4; conv2d 2 3x3 step 1x1 same relu", Activation::EXPECTED),
        ("input 4; max_pooling2d 2x2 2x2", "the end of the layer"),
        ("input 4; sampling", "a number of at least 0"),
        ("input 4; sampling -1", "a number of at least 0"),
        ("input 4; activity_regularization inf", "a number of at least 0"),
        ("input 4 | dense 2 relu", "a layer before the bar"),
        ("input 4; dense 2 relu | ", "the name of a layer"),
        ("input 4; dense 2 relu | dense 3 relu | dense 4 relu", "the end of the layer"),
        ("input 4; conv2d 2 3 stride 1x1 same relu", "two extents"),
        ("input 4; conv2d 2 3x3 stride 1x1 full relu", Activation::EXPECTED),
    ] {
        let error = words.parse::<Architecture>().expect_err(words);
        assert_eq!(error.expected, expected, "{words}");
    }
    let many = format!("input 4{}", "; flatten".repeat(1001));
    assert_eq!(many.parse::<Architecture>().unwrap_err().expected, "at most 1000 layers");
}

#[test]
fn a_model_beyond_counting_is_refused_before_anything_is_allocated() {
    for words in [
        "input 1048576x1048576x1048576; flatten; dense 1048576 relu",
        "input 1048576x1048576x1; up_sampling2d 1048576x1; conv2d 32 1x1 stride 1x1 same relu",
        "input 1048576x1048576x1; conv2d 1048576 1x1 stride 1x1 same relu; up_sampling2d 1024x1024",
        "input 9x9x1048576; conv2d 1048576 1048576x1048576 stride 1x1 same relu",
    ] {
        let model: Architecture = words.parse().unwrap();
        let mut params = Params::new();
        let small = |_: &str, shape: Shape| match shape.len() {
            0..=LARGEST => Ok(Tensor::zeros(shape)),
            len => panic!("{words}: asked for {len} numbers"),
        };
        let error = Sequential::build_with(model.input, &model.layers, &mut params, small);
        let error: BuildError = error.expect_err(words);
        let too_large = matches!(error, BuildError::TooLarge { .. } | BuildError::Factor { .. });
        assert!(too_large, "{words}: {error}");
    }
}
