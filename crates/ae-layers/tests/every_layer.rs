//! Compares every layer of the standard registry with an f64 twin: its outputs, and its gradients
//! by its input and its weights. A new layer needs rows in `ROWS`.

use ae_autodiff::{Buffers, Grads, Params, Tape, Var};
use ae_layers::{Architecture, End, Mode, Registry, Sequential, Takes};
use ae_tensor::{Activation, Shape, Tensor};
use ae_testkit::naive::{self, Window2d};
use ae_testkit::{Sampler, assert_close, gradient};

const BATCH: usize = 2;

/// A layer, the shape of its input, and a twin that computes its output. A layer that needs others
/// before it is the last one of several.
struct Row {
    words: &'static str,
    input: &'static [usize],
    twin: fn(&Case<'_>) -> Vec<f64>,
}

/// The inputs of a twin, all in f64.
struct Case<'a> {
    x: &'a [f64],
    /// The layer's weights, in its order.
    weights: &'a [Vec<f64>],
    /// The random numbers that the layer draws in this mode; empty if it draws none.
    noise: &'a [f64],
    mode: Mode,
}

const ROWS: &[Row] = &[
    Row { words: "dense 3 linear", input: &[5], twin: |case| affine(case, 5, 3) },
    Row {
        words: "dense 4 sigmoid",
        input: &[3],
        twin: |case| map(affine(case, 3, 4), naive::sigmoid),
    },
    Row { words: "dense 4 relu", input: &[3], twin: |case| map(affine(case, 3, 4), naive::relu) },
    Row {
        words: "conv2d 3 3x2 stride 2x1 same relu",
        input: &[5, 4, 2],
        twin: |case| map(conv(case, Window2d::same([5, 4], [3, 2], [2, 1]), 2, 3), naive::relu),
    },
    Row {
        words: "conv2d 2 2x3 stride 1x2 valid linear",
        input: &[4, 6, 3],
        twin: |case| conv(case, Window2d::valid([4, 6], [2, 3], [1, 2]).unwrap(), 3, 2),
    },
    Row {
        words: "conv2d_transpose 3 3x2 stride 2x1 same relu",
        input: &[3, 4, 2],
        twin: |case| map(spread(case, Window2d::same([6, 4], [3, 2], [2, 1]), 2, 3), naive::relu),
    },
    // With a kernel smaller than the stride, some pixels hold only the bias.
    Row {
        words: "conv2d_transpose 2 1x4 stride 2x3 valid linear",
        input: &[2, 3, 3],
        twin: |case| spread(case, Window2d::valid([4, 10], [1, 4], [2, 3]).unwrap(), 3, 2),
    },
    Row {
        words: "max_pooling2d 2x3 stride 2x2 same",
        input: &[5, 4, 2],
        twin: |case| naive::max_pool2d(case.x, Window2d::same([5, 4], [2, 3], [2, 2]), 2).0,
    },
    Row {
        words: "up_sampling2d 2x3",
        input: &[2, 3, 2],
        twin: |case| naive::up_sample2d(case.x, [2, 3], 2, [2, 3]),
    },
    Row {
        words: "zero_padding2d 0 1 2 3",
        input: &[2, 3, 2],
        twin: |case| naive::zero_padding2d(case.x, [2, 3], 2, [[0, 1], [2, 3]]),
    },
    Row {
        words: "cropping2d 1 0 1 2",
        input: &[3, 5, 2],
        twin: |case| naive::cropping2d(case.x, [3, 5], 2, [[1, 0], [1, 2]]),
    },
    Row { words: "activation linear", input: &[4], twin: |case| case.x.to_vec() },
    Row {
        words: "activation sigmoid",
        input: &[2, 2, 1],
        twin: |case| map(case.x.to_vec(), naive::sigmoid),
    },
    Row {
        words: "activation softplus",
        input: &[5],
        twin: |case| map(case.x.to_vec(), |x| x.exp().ln_1p()),
    },
    Row { words: "dense 4 tanh", input: &[3], twin: |case| map(affine(case, 3, 4), f64::tanh) },
    Row {
        words: "dense 4 leaky_relu:0.125",
        input: &[3],
        twin: |case| map(affine(case, 3, 4), |x| if x > 0.0 { x } else { 0.125 * x }),
    },
    Row {
        words: "activation elu:0.5",
        input: &[4],
        twin: |case| map(case.x.to_vec(), |x| if x > 0.0 { x } else { 0.5 * x.exp_m1() }),
    },
    Row { words: "flatten", input: &[2, 3, 2], twin: |case| case.x.to_vec() },
    Row { words: "reshape 3x2x2", input: &[12], twin: |case| case.x.to_vec() },
    Row { words: "activity_regularization 0.5", input: &[5], twin: |case| case.x.to_vec() },
    Row { words: "sampling 0.5", input: &[6], twin: sampled },
    Row { words: "dropout 0.25", input: &[6], twin: |case| dropped(case, 0.25) },
    Row { words: "dropout 0.5", input: &[2, 3, 2], twin: |case| dropped(case, 0.5) },
    Row { words: "shortcut", input: &[2, 3, 2], twin: |case| case.x.to_vec() },
    Row { words: "shortcut; add", input: &[4], twin: |case| map(case.x.to_vec(), |x| x + x) },
    Row {
        words: "shortcut; conv2d 2 3x3 stride 1x1 same relu; add",
        input: &[3, 4, 2],
        twin: |case| {
            let inner = conv(case, Window2d::same([3, 4], [3, 3], [1, 1]), 2, 2);
            sum(case.x, &map(inner, naive::relu))
        },
    },
    // The outer block adds x to the inner one, which adds tanh(x) to the affine map of it.
    Row {
        words: "shortcut; activation tanh; shortcut; dense 3 linear; add; add",
        input: &[3],
        twin: |case| {
            let kept = map(case.x.to_vec(), f64::tanh);
            let inner = affine(&Case { x: &kept, ..*case }, 3, 3);
            sum(case.x, &sum(&kept, &inner))
        },
    },
];

fn map(x: Vec<f64>, f: impl Fn(f64) -> f64) -> Vec<f64> {
    x.into_iter().map(f).collect()
}

fn sum(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

fn affine(case: &Case<'_>, inputs: usize, outputs: usize) -> Vec<f64> {
    let product = naive::matmul(case.x, &case.weights[0], BATCH, inputs, outputs);
    naive::add_bias(&product, &case.weights[1])
}

fn conv(case: &Case<'_>, window: Window2d, inputs: usize, outputs: usize) -> Vec<f64> {
    let products = naive::conv2d(case.x, &case.weights[0], window, inputs, outputs);
    naive::add_bias(&products, &case.weights[1])
}

fn spread(case: &Case<'_>, window: Window2d, inputs: usize, outputs: usize) -> Vec<f64> {
    let sums = naive::conv2d_transpose(case.x, &case.weights[0], window, inputs, outputs);
    naive::add_bias(&sums, &case.weights[1])
}

/// Codes of 3 numbers.
fn sampled(case: &Case<'_>) -> Vec<f64> {
    let code = |(i, row): (usize, &[f64])| -> Vec<f64> {
        let draw = |j: usize| match case.mode {
            Mode::Inference => 0.0,
            _ => (row[3 + j] / 2.0).exp() * case.noise[3 * i + j],
        };
        (0..3).map(|j| row[j] + draw(j)).collect()
    };
    case.x.chunks(6).enumerate().flat_map(code).collect()
}

fn dropped(case: &Case<'_>, rate: f64) -> Vec<f64> {
    if case.mode != Mode::Training {
        return case.x.to_vec();
    }
    let keep = |(x, &noise): (&f64, &f64)| if noise >= rate { x / (1.0 - rate) } else { 0.0 };
    case.x.iter().zip(case.noise).map(keep).collect()
}

/// A row's layer as a model with random weights and a random input, which is also a parameter.
struct Built {
    model: Sequential,
    params: Params,
    noise: Vec<Tensor>,
}

impl Row {
    fn architecture(&self) -> Architecture {
        let layers = self.words.split("; ").map(|words| words.parse().unwrap()).collect();
        Architecture { input: Shape::new(self.input), layers, encoder: 0 }
    }

    fn build(&self, mode: Mode) -> Built {
        let mut sampler = Sampler::new(5);
        let mut random = |shape: Shape| Tensor::new(shape, sampler.vec(shape.len(), -1.5, 1.5));
        let mut params = Params::new();
        let Architecture { input, layers, .. } = self.architecture();
        params.add("x", random(input.with_batch(BATCH)));
        let draw = |_: &str, shape| Ok::<_, ae_layers::BuildError>(random(shape));
        let model = Sequential::build_with(input, &layers, &mut params, draw).unwrap();
        let noise = model.noise(mode).into_iter().map(|noise| {
            let mut tensor = Tensor::zeros([BATCH, noise.len]);
            let rows = tensor.data_mut().chunks_exact_mut(noise.len);
            rows.enumerate().for_each(|(i, row)| noise.fill(row, 3, 1, i));
            tensor
        });
        Built { noise: noise.collect(), model, params }
    }

    /// The twin's outputs for these values of all parameters: the input, then the weights.
    fn twin(&self, built: &Built, values: &[Vec<f64>], mode: Mode) -> Vec<f64> {
        let noise = built.noise.first().map_or_else(Vec::new, |noise| naive::widen(noise.data()));
        (self.twin)(&Case { x: &values[0], weights: &values[1..], noise: &noise, mode })
    }
}

impl Built {
    fn record<'p>(&'p self, tape: &mut Tape<'p>, mode: Mode) -> Var {
        let x = tape.param(self.params.find("x").unwrap());
        let noise: Vec<Var> = self.noise.iter().map(|noise| tape.input(noise)).collect();
        self.model.record(tape, x, mode, &noise, End::Outputs).output
    }

    fn values(&self) -> Vec<Vec<f64>> {
        self.params.ids().map(|id| naive::widen(self.params.get(id).data())).collect()
    }
}

#[test]
fn every_layer_has_a_row() {
    for keyword in Registry::standard().keywords() {
        let last = |row: &Row| row.words.split("; ").last().unwrap_or_default();
        let has = |row: &Row| last(row).split(' ').next() == Some(keyword);
        assert!(ROWS.iter().any(has), "{keyword} has no row in this table");
    }
}

/// A layer that can be made but not read would be saved in a file that nobody can open.
#[test]
fn every_file_of_a_layer_is_in_the_registry() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/layers");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        if !text.contains("impl Layer for ") {
            continue;
        }
        files += 1;
        let keyword = text.split_once("const KEYWORD: &str = \"").and_then(|(_, rest)| {
            let (keyword, _) = rest.split_once('"')?;
            Registry::standard().keywords().find(|known| *known == keyword)
        });
        assert!(keyword.is_some(), "{}: its KEYWORD is not in READERS", path.display());
    }
    assert_eq!(files, Registry::standard().keywords().count());
}

/// What a recipe may assume of the layer's input.
#[test]
fn every_layer_takes_what_it_says() {
    for row in ROWS {
        let [spec] = &row.architecture().layers[..] else { continue };
        let is_image = row.input.len() == 3;
        match spec.takes() {
            Takes::Any => {
                let len = row.input.iter().product();
                assert!(spec.shapes("layer", Shape::new(&[len])).is_ok(), "{}", row.words);
            }
            // `flatten` does so too, because a vector needs none.
            Takes::Images => assert!(is_image, "{}", row.words),
            Takes::Vectors => {
                assert!(!is_image, "{}", row.words);
                assert!(spec.shapes("layer", Shape::new(&[2, 3, 2])).is_err(), "{}", row.words);
            }
            other => panic!("{}: this test does not know {other:?}", row.words),
        }
    }
}

/// Otherwise no image can be processed in tiles by a model that has it.
#[test]
fn every_layer_from_images_to_images_says_what_a_pixel_sees() {
    for keyword in Registry::standard().keywords() {
        let mut from_image_to_image = ROWS.iter().filter_map(|row| {
            let outline = row.architecture().outline().unwrap().pop()?;
            let images = outline.input.rank() == 3 && outline.output.rank() == 3;
            (outline.spec.keyword() == keyword && images).then_some(outline.spec)
        });
        let says = |spec: ae_layers::LayerSpec| [0, 1].map(|axis| spec.axis_map(axis).is_some());
        let first = from_image_to_image.next().map(says);
        let none_says = first == Some([false; 2])
            && from_image_to_image.map(says).all(|said| said == [false; 2]);
        assert!(!none_says, "{keyword} has no axis_map");
    }
}

/// A sum over a batch that forgets a penalty would be wrong in silence.
#[test]
fn every_layer_says_its_activation_and_its_penalty() {
    for row in ROWS {
        let layers = row.architecture().layers;
        for (spec, words) in layers.iter().zip(row.words.split("; ")) {
            let last = words
                .rsplit([' ', ':'])
                .find(|word| Activation::ALL.iter().any(|activation| activation.name() == *word));
            let said = spec.activation();
            assert_eq!(last.unwrap_or("linear"), said.name(), "{words}");
        }
        let built = row.build(Mode::Training);
        let mut buffers = Buffers::new();
        let mut tape = Tape::new(&built.params, &mut buffers);
        let x = tape.param(built.params.find("x").unwrap());
        let noise: Vec<Var> = built.noise.iter().map(|noise| tape.input(noise)).collect();
        let recorded = built.model.record(&mut tape, x, Mode::Training, &noise, End::Outputs);
        let says = layers.iter().any(|spec| spec.penalizes());
        assert_eq!(recorded.penalty.is_some(), says, "{}", row.words);
    }
}

#[test]
fn every_activation_has_a_row() {
    for activation in Activation::ALL {
        let has = |row: &Row| row.words.contains(activation.name());
        assert!(ROWS.iter().any(has), "{activation} has no row in this table");
    }
}

#[test]
fn outputs_are_those_of_the_twin_in_every_mode() {
    for row in ROWS {
        for mode in [Mode::Inference, Mode::Evaluation, Mode::Training] {
            let built = row.build(mode);
            let mut buffers = Buffers::new();
            let mut tape = Tape::new(&built.params, &mut buffers);
            let y = built.record(&mut tape, mode);
            let expected_shape = built.model.output_shape().with_batch(BATCH);
            assert_eq!(tape.shape(y), expected_shape, "{}", row.words);
            let expected = row.twin(&built, &built.values(), mode);
            assert_close(tape.value(y).data(), &expected, 1e-5, 1e-6);
        }
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    for row in ROWS {
        for mode in [Mode::Inference, Mode::Training] {
            let built = row.build(mode);
            let (mut buffers, mut grads) = (Buffers::new(), Grads::zeros_like(&built.params));
            let shape = built.model.output_shape().with_batch(BATCH);
            // Every output has a different weight.
            let weights = Tensor::new(shape, Sampler::new(9).vec(shape.len(), 0.5, 2.0));
            let mut tape = Tape::new(&built.params, &mut buffers);
            let y = built.record(&mut tape, mode);
            let factors = tape.input(&weights);
            let product = tape.mul(y, factors);
            let loss = tape.mean(product);
            tape.backward(loss, &mut grads);

            let values = built.values();
            for (i, id) in built.params.ids().enumerate() {
                let expected = gradient(&values[i], |changed| {
                    let mut values = values.clone();
                    values[i] = changed.to_vec();
                    let y = row.twin(&built, &values, mode);
                    let terms = y.iter().zip(weights.data()).map(|(y, &w)| y * f64::from(w));
                    terms.sum::<f64>() / y.len() as f64
                });
                assert_close(grads.get(id).data(), &expected, 1e-4, 1e-6);
            }
        }
    }
}

#[test]
fn a_layer_is_read_as_it_was_written() {
    for row in ROWS {
        let architecture = row.architecture();
        let written = architecture.to_string();
        assert_eq!(written.split_once("; ").unwrap().1, row.words);
        assert_eq!(written.parse::<Architecture>().as_ref(), Ok(&architecture));
    }
}

#[test]
fn other_programs_are_told_of_every_layer() {
    for row in ROWS {
        let architecture = row.architecture();
        let json = architecture.to_json().unwrap();
        for (i, outline) in architecture.outline().unwrap().iter().enumerate() {
            let layer = &json["layers"][i];
            assert!(layer["class"].is_string() && layer["config"].is_object(), "{}", row.words);
            assert!(outline.spec.onnx(outline.input, outline.output).is_some(), "{}", row.words);
            for parameter in &outline.parameters {
                let dims = serde_json::json!(parameter.shape.dims());
                assert_eq!(layer["parameters"][parameter.name], dims);
            }
        }
    }
}

/// A layer without its activation, followed by the activation, must equal the layer.
#[test]
fn without_its_activation_a_layer_is_linear_at_its_end() {
    for row in ROWS {
        let [spec] = &row.architecture().layers[..] else { continue };
        let activation = spec.activation();
        assert_eq!(spec.without_activation().is_some(), activation != Activation::Linear);
        let Some(linear) = spec.without_activation() else { continue };
        let built = row.build(Mode::Inference);
        let mut params = Params::new();
        let same = |name: &str, _| {
            let id = built.params.find(name).unwrap();
            Ok::<_, ae_layers::BuildError>(built.params.get(id).clone())
        };
        let input = Shape::new(row.input);
        let model = Sequential::build_with(input, &[linear], &mut params, same).unwrap();
        let x = built.params.get(built.params.find("x").unwrap());
        let mut buffers = Buffers::new();
        let mut tape = Tape::new(&params, &mut buffers);
        let input = tape.input(x);
        let y = model.forward(&mut tape, input);
        let y = tape.activate(y, activation);
        let expected = built.model.predict(&built.params, x);
        assert_close(tape.value(y).data(), &naive::widen(expected.data()), 1e-6, 1e-7);
    }
}
