//! Tiles of gray and color images, cut and blended.

use super::*;
use ae_layers::{
    Activation, LayerSpec, Window, add, conv2d, flatten, max_pool2d, reshape, shortcut, sigmoid,
    up_sample2d,
};
use ae_tensor::with_threads;
use ae_testkit::naive::widen;
use ae_testkit::{Sampler, assert_close};

/// The notebook's denoising model with fewer filters and with random weights large enough to
/// have an effect.
fn notebook() -> (Architecture, Params) {
    let three = Window::same([3, 3]);
    let convolution = || conv2d(4, three, Activation::Relu);
    let halve = || max_pool2d(Window::same([2, 2]).with_stride([2, 2]));
    let last = conv2d(1, three, Activation::Sigmoid);
    let double = || up_sample2d([2, 2]);
    let layers = vec![
        convolution(),
        halve(),
        convolution(),
        halve(),
        convolution(),
        double(),
        convolution(),
        double(),
        last,
    ];
    built([28, 28, 1], layers)
}

/// A block that predicts the noise.
fn residual() -> (Architecture, Params) {
    let three = Window::same([3, 3]);
    let inner = [conv2d(4, three, Activation::Relu), conv2d(1, three, Activation::Linear)];
    built([28, 28, 1], [vec![shortcut()], inner.to_vec(), vec![add()]].concat())
}

fn built(input: impl Into<Shape>, layers: Vec<LayerSpec>) -> (Architecture, Params) {
    let mut params = Params::new();
    let input = input.into();
    let dims: Vec<String> = input.dims().iter().map(ToString::to_string).collect();
    let words: Vec<String> = layers.iter().map(ToString::to_string).collect();
    let words = format!("input {}; {}", dims.join("x"), words.join("; "));
    let architecture: Architecture = words.parse().expect("a model's description");
    Sequential::build(input, &architecture.layers, &mut params, 2).expect("the shapes fit");
    for id in params.ids() {
        let len = params.get(id).len();
        let bias = Sampler::new(5).vec(len, -0.1, 0.3);
        if params.name(id).ends_with("bias") {
            params.get_mut(id).data_mut().copy_from_slice(&bias);
        }
    }
    (architecture, params)
}

fn image(height: usize, width: usize) -> Tensor {
    Tensor::new([height, width], Sampler::new(9).vec(height * width, 0.0, 1.0))
}

/// Compares the output of tiles, from the smallest on, with that of one tile that holds the
/// whole image.
#[test]
fn no_seam_shows() {
    for (model, params) in [notebook(), residual()] {
        // 64 is the smallest tile. One tile, two, and several; sides that are not multiples of 4; a
        // single row.
        for (height, width) in [(28, 28), (64, 68), (101, 230), (1, 131), (300, 3)] {
            let image = image(height, width);
            let whole = predict_image(&model, &params, [28, 28, 1], &image, 4096);
            assert_eq!(whole.shape(), image.shape());
            for tile in [1, 64, 97, 128] {
                let tiled = predict_image(&model, &params, [28, 28, 1], &image, tile);
                assert_close(tiled.data(), &widen(whole.data()), 0.0, 1e-5);
            }
        }
    }
}

/// For an image of the trained size, the output is that of `predict`.
#[test]
fn an_image_of_the_trained_size_is_one_tile() {
    let (architecture, params) = notebook();
    let image = image(28, 28);
    let got = predict_image(&architecture, &params, [28, 28, 1], &image, TILE);
    let mut again = Params::new();
    let model = Sequential::build([28, 28, 1], &architecture.layers, &mut again, 2).unwrap();
    let expected = model.predict(&params, &image.reshape([1, 28, 28, 1]));
    assert_eq!(got.data(), expected.data());
}

/// Rows that are read and written one by one give the same bits, for tiles that are cut and for
/// tiles that are blended. No row is kept longer than two tiles.
#[test]
fn rows_that_come_one_by_one_give_the_same_image() {
    let dense = built([6, 8, 1], vec![flatten(), reshape([48]), sigmoid()]);
    for ((model, params), trained, tile) in [(notebook(), [28, 28, 1], 64), (dense, [6, 8, 1], 6)] {
        for (height, width) in [(300, 70), (1, 131), (61, 9), (4, 4)] {
            let image = image(height, width);
            let whole = predict_image(&model, &params, trained, &image, tile);
            let (rows_read, mut out) = (std::cell::Cell::new(0), Vec::new());
            let read = |row: &mut [f32]| {
                row.copy_from_slice(image.row(rows_read.get()));
                rows_read.set(rows_read.get() + 1);
                Ok::<(), ()>(())
            };
            let write = |row: &[f32]| {
                out.extend_from_slice(row);
                assert!(rows_read.get() <= out.len() / width + 2 * tile);
                Ok(())
            };
            let size = [height, width, 1];
            predict_rows(&model, &params, trained, size, tile, read, write).unwrap();
            assert!(out == whole.data(), "{height} x {width}");
        }
    }
}

#[test]
fn an_error_of_the_rows_ends_the_work() {
    let (model, params) = notebook();
    let run = |bad_read: usize, bad_write: usize| {
        let (mut reads, mut writes) = (0, 0);
        let count = |count: &mut usize, bad: usize, what| {
            *count += 1;
            if *count > bad { Err(what) } else { Ok(()) }
        };
        let read = |row: &mut [f32]| {
            row.fill(0.5);
            reads += 1;
            if reads > bad_read { Err("read") } else { Ok(()) }
        };
        let write = |_: &[f32]| count(&mut writes, bad_write, "write");
        predict_rows(&model, &params, [28, 28, 1], [200, 40, 1], 64, read, write)
    };
    assert_eq!(run(150, 1000), Err("read"));
    assert_eq!(run(1000, 3), Err("write"));
    assert_eq!(run(200, 200), Ok(()));
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let (model, params) = notebook();
    let image = image(150, 210);
    let run = |threads| {
        with_threads(threads, || predict_image(&model, &params, [28, 28, 1], &image, 64)).unwrap()
    };
    assert!(run(2) == run(1) && run(3) == run(1));
}

/// A model that is the same everywhere although its layers do not declare it: overlapping tiles
/// give the same output as one tile.
#[test]
fn tiles_that_are_mixed_make_up_one_image() {
    for input in [Shape::from([6, 8, 1]), Shape::from([48])] {
        let (model, params) = built(input, vec![flatten(), reshape([48]), sigmoid()]);
        for (height, width) in [(6, 8), (3, 5), (7, 8), (20, 31)] {
            let image = image(height, width);
            let got = predict_image(&model, &params, [6, 8, 1], &image, TILE);
            let expected: Vec<f64> =
                image.data().iter().map(|x| 1.0 / (1.0 + f64::from(-x).exp())).collect();
            assert_close(got.data(), &expected, 0.0, 1e-6);
        }
    }
}

/// The convolutional model and the dense one, for color images of 28 x 28 and of 6 x 8.
fn in_color() -> [((Architecture, Params), [usize; 3]); 2] {
    let three = Window::same([3, 3]);
    let halve = max_pool2d(Window::same([2, 2]).with_stride([2, 2]));
    let layers = vec![
        conv2d(4, three, Activation::Relu),
        halve,
        conv2d(4, three, Activation::Relu),
        up_sample2d([2, 2]),
        conv2d(3, three, Activation::Sigmoid),
    ];
    let dense = vec![flatten(), reshape([144]), sigmoid()];
    [(built([28, 28, 3], layers), [28, 28, 3]), (built([6, 8, 3], dense), [6, 8, 3])]
}

#[test]
fn no_seam_shows_in_color() {
    for ((model, params), trained) in in_color() {
        for (height, width) in [(28, 28), (101, 130), (1, 131), (6, 3)] {
            let values = Sampler::new(9).vec(height * width * 3, 0.0, 1.0);
            let image = Tensor::new([height, width, 3], values);
            let whole = predict_image(&model, &params, trained, &image, 4096);
            assert_eq!(whole.shape(), image.shape());
            let tiled = predict_image(&model, &params, trained, &image, 1);
            assert_close(tiled.data(), &widen(whole.data()), 0.0, 1e-5);
        }
    }
    // An image of the trained size is one tile: the channels are not exchanged.
    let [((architecture, params), trained), _] = in_color();
    let image = Tensor::new(trained, Sampler::new(9).vec(28 * 28 * 3, 0.0, 1.0));
    let got = predict_image(&architecture, &params, trained, &image, TILE);
    let mut again = Params::new();
    let model = Sequential::build(trained, &architecture.layers, &mut again, 2).unwrap();
    assert_eq!(got.data(), model.predict(&params, &image.reshape([1, 28, 28, 3])).data());
}

#[test]
fn a_gray_model_takes_the_channels_one_by_one() {
    let dense = built([6, 8, 1], vec![flatten(), reshape([48]), sigmoid()]);
    for ((model, params), trained, tile) in [(notebook(), [28, 28, 1], 64), (dense, [6, 8, 1], 6)] {
        let channels = [(); 3].map(|()| image(101, 70));
        let channels: Vec<Tensor> = (1..)
            .zip(channels)
            .map(|(i, t)| Tensor::new(t.shape(), t.data().iter().map(|x| x / i as f32).collect()))
            .collect();
        let color = (0..101 * 70).flat_map(|i| [0, 1, 2].map(|c: usize| channels[c].data()[i]));
        let color = Tensor::new([101, 70, 3], color.collect());
        let got = predict_image(&model, &params, trained, &color, tile);
        for (c, channel) in channels.iter().enumerate() {
            let alone = predict_image(&model, &params, trained, channel, tile);
            let of_color: Vec<f32> = got.data().iter().skip(c).step_by(3).copied().collect();
            assert_eq!(of_color, alone.data(), "channel {c}");
        }
    }
}

#[test]
#[should_panic(expected = "an image of 1 channels for a model of 3")]
fn a_color_model_of_a_gray_image() {
    let [((model, params), trained), _] = in_color();
    let _ = predict_image(&model, &params, trained, &image(28, 28), TILE);
}

#[test]
#[should_panic(expected = "images of (28, 28, 1) for a model that takes (27, 28, 1)")]
fn a_model_of_other_images() {
    let (model, params) = built([27, 28, 1], vec![sigmoid()]);
    let _ = predict_image(&model, &params, [28, 28, 1], &image(28, 28), TILE);
}
