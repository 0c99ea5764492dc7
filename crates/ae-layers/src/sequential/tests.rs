//! Tests of shapes, names, tables and weights of whole models.

use super::*;
use crate::{
    Architecture, Window, activity_regularization, conv2d, dense, flatten, max_pool2d, relu,
    reshape, sampling, sigmoid, up_sample2d,
};
use ae_autodiff::Grads;
use ae_testkit::{Sampler, assert_close, naive};

/// The notebook's second model, which removes noise.
fn denoiser(image: [usize; 2]) -> Result<(Sequential, Params), BuildError> {
    let conv = |filters| conv2d(filters, Window::same([3, 3]), Activation::Relu);
    let halve = || max_pool2d(Window::same([2, 2]).with_stride([2, 2]));
    let double = || up_sample2d([2, 2]);
    let last = conv2d(1, Window::same([3, 3]), Activation::Sigmoid);
    let layers =
        [conv(32), halve(), conv(32), halve(), conv(32), double(), conv(32), double(), last];
    let mut params = Params::new();
    let model = Sequential::build([image[0], image[1], 1], &layers, &mut params, 1)?;
    Ok((model, params))
}

#[test]
fn the_denoisers_summary_is_that_of_keras() {
    let (model, params) = denoiser([28, 28]).unwrap();
    assert_eq!(
        model.summary(&params),
        "\
___________________________________________________________________
Layer (type)                   Output Shape              Param #
===================================================================
conv2d_1 (Conv2D)              (None, 28, 28, 32)        320
___________________________________________________________________
max_pooling2d_1 (MaxPooling2D) (None, 14, 14, 32)        0
___________________________________________________________________
conv2d_2 (Conv2D)              (None, 14, 14, 32)        9248
___________________________________________________________________
max_pooling2d_2 (MaxPooling2D) (None, 7, 7, 32)          0
___________________________________________________________________
conv2d_3 (Conv2D)              (None, 7, 7, 32)          9248
___________________________________________________________________
up_sampling2d_1 (UpSampling2D) (None, 14, 14, 32)        0
___________________________________________________________________
conv2d_4 (Conv2D)              (None, 14, 14, 32)        9248
___________________________________________________________________
up_sampling2d_2 (UpSampling2D) (None, 28, 28, 32)        0
___________________________________________________________________
conv2d_5 (Conv2D)              (None, 28, 28, 1)         289
===================================================================
Total params: 28,353
Trainable params: 28,353
Non-trainable params: 0
___________________________________________________________________
"
    );
    // Neither the two enlarged images nor those before a pooling are ever kept.
    assert_eq!(model.activation_len(), 2 * 6272 + 2 * 1568 + 784);
    // Glorot's limit for 3 x 3 x 32 in and out.
    let kernel = params.get(params.find("conv2d_2/kernel").unwrap());
    assert_eq!(kernel.shape(), Shape::from([3, 3, 32, 32]));
    let limit = (6.0f32 / (9.0 * 64.0)).sqrt();
    assert!((0.99 * limit..=limit).contains(&kernel.max()), "{}", kernel.max());
    // 30, halved twice and doubled twice, becomes 32.
    assert_eq!(denoiser([30, 28]).unwrap().0.output_shape(), Shape::from([32, 28, 1]));
}

/// Up-sampling and the convolution after it, merged and separate.
#[test]
fn merged_layers_compute_what_they_do_apart() {
    let convolve = |window| conv2d(3, window, Activation::Sigmoid);
    for (window, merged) in [
        (Window::same([3, 3]), true),
        (Window::valid([3, 3]), false),
        (Window::same([3, 3]).with_stride([1, 2]), false),
    ] {
        let mut params = Params::new();
        let layers = [up_sample2d([2, 2]), convolve(window)];
        let model = Sequential::build([3, 4, 2], &layers, &mut params, 5).unwrap();
        let enlarged = 6 * 8 * 2;
        let own = model.output_shape().len() + if merged { 0 } else { enlarged };
        assert_eq!(model.activation_len(), own);
        let x = Tensor::new([2, 3, 4, 2], Sampler::new(1).vec(48, -1.0, 1.0));
        let (enlarge, convolve) = model.split_at(1);
        let apart = convolve.predict(&params, &enlarge.predict(&params, &x));
        let together = model.predict(&params, &x);
        assert_close(together.data(), &naive::widen(apart.data()), 1e-6, 1e-6);
        let mut buffers = Buffers::new();
        let mut tape = Tape::new(&params, &mut buffers);
        let input = tape.input(&x);
        let logits = model.forward_logits(&mut tape, input);
        let y = tape.sigmoid(logits);
        assert_close(tape.value(y).data(), &naive::widen(together.data()), 1e-6, 1e-6);
    }
}

/// A convolution and the pooling after it, merged and separate. The parameters are those of the
/// first of them.
#[test]
fn a_convolution_merges_with_a_pooling() {
    let halve = max_pool2d(Window::same([2, 2]).with_stride([2, 2]));
    for (channels, activation) in [(1, Activation::Relu), (2, Activation::Sigmoid)] {
        let mut params = Params::new();
        let convolve = conv2d(3, Window::same([3, 3]), activation);
        let layers = [convolve, halve.clone(), relu()];
        let model = Sequential::build([6, 4, channels], &layers, &mut params, 5).unwrap();
        assert_eq!(model.activation_len(), 2 * 3 * 2 * 3);
        let x = Tensor::new([2, 6, 4, channels], Sampler::new(1).vec(48 * channels, -1.0, 1.0));
        let (convolve, pool) = model.split_at(1);
        assert_eq!(convolve.activation_len(), 6 * 4 * 3);
        let apart = pool.predict(&params, &convolve.predict(&params, &x));
        assert_eq!(model.predict(&params, &x), apart);
    }
}

#[test]
fn errors_of_image_layers_name_the_layer_and_the_reason() {
    let build = |input: Shape, layer: LayerSpec| {
        let error = Sequential::build(input, &[layer], &mut Params::new(), 0).unwrap_err();
        error.to_string()
    };
    let image = Shape::from([4, 5, 1]);
    let large = Window::valid([3, 6]);
    assert_eq!(
        build(image, conv2d(8, large, Activation::Relu)),
        "layer conv2d_1 moves a window of [3, 6] in steps of [1, 1] (padding valid), which does not fit \
         images of shape (4, 5, 1)"
    );
    assert!(build(image, max_pool2d(large)).starts_with("layer max_pooling2d_1 moves"));
    assert_eq!(
        build(Shape::from([784]), conv2d(8, Window::same([3, 3]), Activation::Relu)),
        "layer conv2d_1 takes images (height, width, channels), but is given shape (784,)"
    );
    assert_eq!(
        build(image, conv2d(0, Window::same([3, 3]), Activation::Relu)),
        "layer conv2d_1 has no units"
    );
    for factor in [[2, 0], [usize::MAX, 2], [1 << 40, 1 << 40]] {
        let error = build(image, up_sample2d(factor));
        assert!(error.starts_with("layer up_sampling2d_1 cannot enlarge images"), "{error}");
    }
}

fn notebook(params: &mut Params) -> Sequential {
    let layers = [dense(10, Activation::Relu), dense(784, Activation::Sigmoid)];
    Sequential::build([784], &layers, params, 1).expect("the shapes fit")
}

#[test]
fn the_summary_is_that_of_keras() {
    let mut params = Params::new();
    let model = notebook(&mut params);
    assert_eq!(
        model.summary(&params),
        "\
_________________________________________________________________
Layer (type)                 Output Shape              Param #
=================================================================
dense_1 (Dense)              (None, 10)                7850
_________________________________________________________________
dense_2 (Dense)              (None, 784)               8624
=================================================================
Total params: 16,474
Trainable params: 16,474
Non-trainable params: 0
_________________________________________________________________
"
    );
    assert_eq!(params.element_count(), 16_474);
    let names: Vec<_> = params.ids().map(|id| params.name(id)).collect();
    assert_eq!(names, ["dense_1/kernel", "dense_1/bias", "dense_2/kernel", "dense_2/bias"]);
    assert!(params.get(params.find("dense_1/bias").unwrap()).data().iter().all(|&b| b == 0.0));
    // Both kernels have 7840 elements and the same limit, but must not have the same values.
    let kernel = |name| params.get(params.find(name).unwrap()).data();
    assert_ne!(kernel("dense_1/kernel"), kernel("dense_2/kernel"));
}

#[test]
fn forward_equals_the_formula_and_logits_precede_the_sigmoid() {
    let mut params = Params::new();
    let layers = [dense(3, Activation::Relu), dense(5, Activation::Linear), sigmoid()];
    let model = Sequential::build([5], &layers, &mut params, 7).unwrap();
    for id in params.ids() {
        // The biases must not be zero either.
        let shape = params.get(id).shape();
        let data = Sampler::new(id.index() as u64).vec(shape.len(), -1.0, 1.0);
        *params.get_mut(id) = Tensor::new(shape, data);
    }
    let x = Tensor::new([2, 5], Sampler::new(9).vec(10, 0.0, 1.0));
    let w: Vec<Vec<f64>> = params.ids().map(|id| naive::widen(params.get(id).data())).collect();
    let mut h = naive::matmul(&naive::widen(x.data()), &w[0], 2, 5, 3);
    h.iter_mut().enumerate().for_each(|(i, h)| *h = (*h + w[1][i % 3]).max(0.0));
    let mut z = naive::matmul(&h, &w[2], 2, 3, 5);
    z.iter_mut().enumerate().for_each(|(i, z)| *z += w[3][i % 5]);
    let y: Vec<f64> = z.iter().map(|&z| naive::sigmoid(z)).collect();
    assert_close(model.predict(&params, &x).data(), &y, 1e-5, 1e-6);

    let mut buffers = Buffers::new();
    let mut tape = Tape::new(&params, &mut buffers);
    let x = tape.input(&x);
    let logits = model.forward_logits(&mut tape, x);
    assert_close(tape.value(logits).data(), &z, 1e-5, 1e-6);
}

#[test]
fn encoder_and_decoder_share_the_weights() {
    let mut params = Params::new();
    let model = notebook(&mut params);
    let (encoder, decoder) = model.split_at(1);
    let x = Tensor::new([3, 784], Sampler::new(1).vec(3 * 784, 0.0, 1.0));
    let through = |params: &Params| decoder.predict(params, &encoder.predict(params, &x));
    assert_eq!(through(&params), model.predict(&params, &x));
    // A change of the weights is seen by all three.
    let before = through(&params);
    let kernel = params.find("dense_1/kernel").unwrap();
    params.get_mut(kernel).data_mut().iter_mut().for_each(|w| *w *= 2.0);
    assert_ne!(through(&params), before);
    assert_eq!(through(&params), model.predict(&params, &x));
}

#[test]
fn images_are_flattened_and_restored() {
    let mut params = Params::new();
    let layers = [
        flatten(),
        dense(4, Activation::Linear),
        relu(),
        dense(6, Activation::Sigmoid),
        reshape([2, 3, 1]),
    ];
    let model = Sequential::build([2, 3, 1], &layers, &mut params, 0).unwrap();
    let y = model.predict(&params, &Tensor::full([5, 2, 3, 1], 0.5));
    assert_eq!(y.shape(), Shape::from([5, 2, 3, 1]));
    assert!(
        model.summary(&params).contains("reshape_1 (Reshape)          (None, 2, 3, 1)           0")
    );
}

#[test]
fn errors_name_the_layer_and_the_reason() {
    let build = |input: &[usize], layers: &[LayerSpec]| {
        Sequential::build(input, layers, &mut Params::new(), 0).unwrap_err().to_string()
    };
    assert_eq!(
        build(&[28, 28], &[dense(10, Activation::Relu)]),
        "layer dense_1 takes a vector, but is given shape (28, 28)"
    );
    assert_eq!(
        build(&[6], &[dense(4, Activation::Relu), reshape([3, 2])]),
        "layer reshape_1 cannot reshape (4,) (4 elements) to (3, 2) (6 elements)"
    );
    assert_eq!(build(&[6], &[dense(0, Activation::Relu)]), "layer dense_1 has no units");
    assert_eq!(build(&[6], &[]), "a model needs at least one layer");
    assert!(build(&[0], &[flatten()]).starts_with("the input shape (0,)"));
}

#[test]
#[should_panic(expected = "dense_1: expected a batch of (784,), got (2, 783)")]
fn a_batch_of_another_shape() {
    let mut params = Params::new();
    let model = notebook(&mut params);
    let _ = model.predict(&params, &Tensor::zeros([2, 783]));
}

#[test]
#[should_panic(expected = "forward_logits: the model ends with dense_1 (relu), not with a sigmoid")]
fn logits_need_a_sigmoid() {
    let mut params = Params::new();
    let model = Sequential::build([2], &[dense(2, Activation::Relu)], &mut params, 0).unwrap();
    let x = Tensor::zeros([1, 2]);
    let mut buffers = Buffers::new();
    let mut tape = Tape::new(&params, &mut buffers);
    let x = tape.input(&x);
    model.forward_logits(&mut tape, x);
}

/// The parts of a loss in f64, for a dense code of 3 numbers that is sampled or sparse, and 4
/// outputs.
fn code(
    layer: LayerSpec,
    units: usize,
    noise: Option<&Tensor>,
) -> (Recorded, [f32; 2], Vec<f32>, Tensor) {
    let layers = [dense(units, Activation::Linear), layer, dense(4, Activation::Sigmoid)];
    let mut params = Params::new();
    let model = Sequential::build([4], &layers, &mut params, 3).unwrap();
    let asked: Vec<usize> = model.noise(Mode::Training).iter().map(|noise| noise.len).collect();
    assert_eq!(asked, noise.iter().map(|noise| noise.shape().dims()[1]).collect::<Vec<_>>());
    let x = Tensor::new([2, 4], Sampler::new(1).vec(8, -1.0, 1.0));
    let mut buffers = Buffers::new();
    let mut tape = Tape::new(&params, &mut buffers);
    let input = tape.input(&x);
    let noise: Vec<Var> = noise.iter().map(|noise| tape.input(noise)).collect();
    let recorded = model.record(&mut tape, input, Mode::Training, &noise, End::Logits);
    let penalty = recorded.penalty.expect("the layer has one");
    let sums = [tape.value(recorded.output).data().iter().sum(), tape.value(penalty).item()];
    let loss = tape.bce_with_logits(recorded.output, input);
    let loss = tape.add(loss, penalty);
    let mut grads = Grads::zeros_like(&params);
    tape.backward(loss, &mut grads);
    let hidden = model.split_at(1).0.predict(&params, &x).data().to_vec();
    assert!(params.ids().all(|id| grads.get(id).data().iter().any(|&g| g != 0.0)));
    (recorded, sums, hidden, model.predict(&params, &x))
}

#[test]
fn activity_regularization_changes_the_loss_alone() {
    let (_, [_, penalty], hidden, out) = code(activity_regularization(0.25), 3, None);
    // The mean over two samples.
    let expected = 0.25 / 2.0 * hidden.iter().map(|x| f64::from(x.abs())).sum::<f64>();
    assert_close(&[penalty], &[expected], 1e-6, 0.0);
    let (_, [_, none], _, same) = code(activity_regularization(0.0), 3, None);
    assert_eq!((none, same), (0.0, out));
}

#[test]
fn a_sampled_code_is_drawn_in_training_and_its_means_outside() {
    let noise = Tensor::new([2, 3], vec![1.0, -2.0, 0.5, 0.0, 1.5, -1.0]);
    let (_, [drawn, penalty], hidden, out) = code(sampling(0.5), 6, Some(&noise));
    let divergence = |row: &[f32]| -> f64 {
        let (m, l) = row.split_at(3);
        let of = |m: &f32, l: &f32| {
            let (m, l) = (f64::from(*m), f64::from(*l));
            (m * m + l.exp() - 1.0 - l) / 2.0
        };
        m.iter().zip(l).map(|(m, l)| of(m, l)).sum()
    };
    // The mean over two samples, times the weight 0.5, divided by four outputs.
    let expected: f64 = hidden.chunks(6).map(divergence).sum::<f64>() / 2.0 * 0.5 / 4.0;
    assert_close(&[penalty], &[expected], 1e-6, 0.0);
    // With noise 0 a draw is the means.
    let none = Tensor::zeros([2, 3]);
    let (_, [means, _], _, same) = code(sampling(0.5), 6, Some(&none));
    assert_eq!(out, same);
    let logits = out.data().iter().map(|y| (y / (1.0 - y)).ln()).sum::<f32>();
    assert!((means - logits).abs() < 1e-5, "{means} {logits}");
    assert!((drawn - means).abs() > 0.01, "{drawn} {means}");
}

#[test]
fn codes_that_cannot_be_are_refused() {
    let build = |layers: &[LayerSpec]| {
        Sequential::build([4], layers, &mut Params::new(), 1)
            .expect_err("no such model")
            .to_string()
    };
    assert_eq!(
        build(&[dense(5, Activation::Linear), sampling(1.0)]),
        "layer sampling_1 takes a vector of means and as many log-variances, but is given shape (5,)"
    );
    assert_eq!(
        build(&[sampling(1.0), sampling(1.0)]),
        "layer sampling_2 would draw the same random numbers as another layer"
    );
    assert_eq!(
        build(&[activity_regularization(-1.0)]),
        "layer activity_regularization_1 adds -1 times its penalty to the loss: expected a number of at least 0"
    );
    assert!(build(&[sampling(f32::NAN)]).contains("adds NaN times"));
}

#[test]
fn a_model_is_divided_where_its_architecture_says() {
    let divide = |words: &str| {
        let it: Architecture = words.parse().unwrap();
        let model = Sequential::build(it.input, &it.layers, &mut Params::new(), 1).unwrap();
        it.divide(&model).map(|(encoder, decoder)| (encoder.output_shape(), decoder.len()))
    };
    assert_eq!(
        divide("input 8; dense 6 relu; dense 4 linear; sampling 1 | dense 8 sigmoid"),
        Some((Shape::from([2]), 1))
    );
    assert_eq!(divide("input 8; dense 6 relu; dense 8 sigmoid"), None);
}

#[test]
#[should_panic(expected = "1 of the given noises were not drawn by any layer")]
fn all_noise_is_drawn() {
    let mut params = Params::new();
    let layers = [dense(3, Activation::Sigmoid)];
    let model = Sequential::build([3], &layers, &mut params, 0).unwrap();
    let x = Tensor::zeros([1, 3]);
    let mut buffers = Buffers::new();
    let mut tape = Tape::new(&params, &mut buffers);
    let x = tape.input(&x);
    model.record(&mut tape, x, Mode::Training, &[x], End::Outputs);
}

#[test]
fn a_residual_block_without_weights_is_the_identity() {
    let words = "input 6x5x2; shortcut; conv2d 4 3x3 relu; conv2d 2 3x3 linear; add";
    let it: Architecture = words.parse().unwrap();
    let mut params = Params::new();
    let model = Sequential::build(it.input, &it.layers, &mut params, 1).unwrap();
    let x = Tensor::new([2, 6, 5, 2], Sampler::new(1).vec(120, -1.0, 1.0));
    assert_ne!(model.predict(&params, &x), x);
    let last = params.find("conv2d_2/kernel").unwrap();
    params.get_mut(last).data_mut().fill(0.0);
    assert_eq!(model.predict(&params, &x), x);
}

#[test]
fn shortcuts_that_do_not_fit_are_refused() {
    let error = |words: &str| {
        let it: Architecture = words.parse().unwrap();
        let error = Sequential::build(it.input, &it.layers, &mut Params::new(), 1).unwrap_err();
        error.to_string()
    };
    assert_eq!(
        error("input 4; dense 4 relu; add"),
        "layer add_1 expects a shortcut before it, found none"
    );
    assert_eq!(
        error("input 4; shortcut; add; dense 4 relu; add"),
        "layer add_2 expects a shortcut before it, found none"
    );
    assert_eq!(
        error("input 8x8x1; shortcut; conv2d 2 3x3 relu; add"),
        "layer add_1 expects shape (8, 8, 1), the input of its shortcut, found (8, 8, 2)"
    );
}

#[test]
fn a_model_is_not_divided_within_a_residual_block() {
    let divided = |words: &str| words.parse::<Architecture>().unwrap().is_divided();
    assert!(divided("input 4; shortcut; dense 4 relu; add | dense 4 linear"));
    assert!(divided("input 4; dense 4 relu | shortcut; dense 4 linear; add"));
    assert!(!divided("input 4; shortcut; dense 4 relu | dense 4 linear; add"));
    assert!(!divided("input 4; dense 4 relu; dense 4 linear"));
    let it: Architecture = "input 4; shortcut; dense 3 relu | dense 4 linear; add".parse().unwrap();
    let model = Sequential::build(it.input, &it.layers, &mut Params::new(), 1).unwrap();
    assert!(it.divide(&model).is_none());
}
