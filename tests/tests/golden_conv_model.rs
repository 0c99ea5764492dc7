//! The notebook's denoising model, forward, backward and three steps of training, against Keras
//! (f32) and PyTorch (f64): `conv_model.json`; and its table against what Keras prints of it:
//! `summary_conv.txt`.

use ae_autodiff::{Buffers, Grads, Params, Tape};
use ae_layers::{Activation, LayerSpec, Sequential, Window, conv2d, max_pool2d, up_sample2d};
use ae_optim::{Adadelta, Optimizer};
use ae_tensor::Tensor;
use ae_testkit::{Sampler, assert_close};
use ae_tests::{Array, Summary, read, read_text};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static GOLDEN: LazyLock<Golden> = LazyLock::new(|| read("conv_model.json"));

#[derive(Deserialize)]
struct Golden {
    lr: f64,
    rho: f64,
    eps: f64,
    steps: usize,
    small: Case,
    notebook: Case,
}

#[derive(Deserialize)]
struct Case {
    filters: usize,
    seed: u64,
    params: usize,
    x: Part,
    target: Part,
    start: BTreeMap<String, Part>,
    torch_f64: Run,
    keras_f32: Run,
}

#[derive(Deserialize)]
struct Run {
    losses: Array,
    logits: Option<Part>,
    output: Part,
    grads: BTreeMap<String, Part>,
    weights: BTreeMap<String, Part>,
}

/// The error allowed for a chain of five convolutions, as a fraction of the largest number. Each
/// sums up to 288 products of either sign one after the other, so the rounded terms are larger than
/// the sum. Measured: up to 1e-6 for logits and gradients, 1.3e-6 with up-sampling as a separate
/// operation; Keras, which sums in another order, differs by up to 7e-7.
const CHAIN: f64 = 3e-6;

/// Some elements of an array, and the norm of all.
#[derive(Deserialize)]
struct Part {
    shape: Vec<usize>,
    every: usize,
    norm: f64,
    data: Array,
}

impl Part {
    /// The error of every element is at most `bound` times the largest magnitude, and so is the
    /// relative error of the norm.
    #[track_caller]
    fn check(&self, what: &str, found: &Tensor, bound: f64) {
        assert_eq!(found.shape().dims(), self.shape, "{what}");
        let part: Vec<f32> = found.data().iter().step_by(self.every).copied().collect();
        let largest = found.data().iter().fold(0.0f32, |m, x| m.max(x.abs()));
        assert_close(&part, &self.data.data, 0.0, bound * f64::from(largest));
        // The norm covers the elements that were not compared.
        let norm = found.data().iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
        let off = (norm - self.norm).abs();
        // The norm of equal numbers still depends on the order of its sum.
        assert!(off <= bound.max(1e-13) * self.norm, "{what}: a norm of {norm}, not {}", self.norm);
    }
}

fn layers(filters: usize) -> [LayerSpec; 9] {
    let conv = || conv2d(filters, Window::same([3, 3]), Activation::Relu);
    let halve = || max_pool2d(Window::same([2, 2]).with_stride([2, 2]));
    let double = || up_sample2d([2, 2]);
    let last = conv2d(1, Window::same([3, 3]), Activation::Sigmoid);
    [conv(), halve(), conv(), halve(), conv(), double(), conv(), double(), last]
}

impl Case {
    /// The numbers that `golden/README.md` describes.
    fn model(&self) -> (Sequential, Params) {
        let mut params = Params::new();
        let model = Sequential::build([28, 28, 1], &layers(self.filters), &mut params, 0)
            .expect("the shapes fit");
        assert_eq!(params.element_count(), self.params);
        let middle = if self.filters == 8 { 0.25 } else { 0.125 };
        let limits = [0.5, middle, middle, middle, 0.25];
        let limits = limits.into_iter().flat_map(|kernel| [kernel, 0.125]);
        let ids: Vec<_> = params.ids().collect();
        assert_eq!(ids.len(), 10);
        for ((i, id), limit) in ids.into_iter().enumerate().zip(limits) {
            let shape = params.get(id).shape();
            let numbers = Sampler::new(self.seed + 100 + i as u64).vec(shape.len(), -limit, limit);
            *params.get_mut(id) = Tensor::new(shape, numbers);
            let name = params.name(id);
            self.start[name].check(name, params.get(id), 0.0);
        }
        (model, params)
    }

    fn images(&self) -> (Tensor, Tensor) {
        let numbers = |seed, low, high| {
            let data = Sampler::new(seed).vec(2 * 28 * 28, low, high);
            Tensor::new([2, 28, 28, 1], data.into_iter().map(|v| v.clamp(0.0, 1.0)).collect())
        };
        let (x, target) = (numbers(self.seed, 0.0, 1.0), numbers(self.seed + 1, -4.0, 4.0));
        self.x.check("x", &x, 0.0);
        self.target.check("target", &target, 0.0);
        (x, target)
    }

    fn check(&self) {
        let (model, mut params) = self.model();
        let (x, target) = self.images();
        let output = model.predict(&params, &x);
        let mut buffers = Buffers::new();
        let mut grads = Grads::zeros_like(&params);
        let mut optimizer = Adadelta::new(GOLDEN.lr);
        (optimizer.rho, optimizer.epsilon) = (GOLDEN.rho, GOLDEN.eps);
        let mut losses = Vec::new();
        for step in 0..=GOLDEN.steps {
            let mut tape = Tape::new(&params, &mut buffers);
            let (input, target) = (tape.input(&x), tape.input(&target));
            let logits = model.forward_logits(&mut tape, input);
            if step == 0 {
                let expected =
                    self.torch_f64.logits.as_ref().expect("PyTorch's results have logits");
                expected.check("logits", tape.value(logits), CHAIN);
            }
            let loss = tape.bce_with_logits(logits, target);
            losses.push(tape.value(loss).item());
            tape.backward(loss, &mut grads);
            if step == 0 {
                for golden in [&self.torch_f64, &self.keras_f32] {
                    // The sigmoid's slope is 1/4 at most.
                    golden.output.check("output", &output, 1e-6);
                    assert_eq!(golden.grads.len(), 10);
                    for id in params.ids() {
                        golden.grads[params.name(id)].check(params.name(id), grads.get(id), CHAIN);
                    }
                }
            }
            if step < GOLDEN.steps {
                optimizer.step(&mut params, &grads);
            }
        }
        for golden in [&self.torch_f64, &self.keras_f32] {
            // A mean over 1568 terms, in which errors of either sign even out; then it is rounded,
            // to 2^-25.
            assert_close(&losses, &golden.losses.data, 1.5e-7, 0.0);
            for id in params.ids() {
                // Three updates of some 1e-3 at most, each added with a rounding.
                golden.weights[params.name(id)].check(params.name(id), params.get(id), 2.5e-7);
            }
        }
    }
}

/// All logits and all gradients.
#[test]
fn the_small_model() {
    GOLDEN.small.check();
}

/// Whole register tiles of 32 channels; of the gradients some elements and the norm.
#[test]
fn the_notebooks_model() {
    GOLDEN.notebook.check();
}

#[test]
fn summary_of_the_denoising_model() {
    let mut params = Params::new();
    let model =
        Sequential::build([28, 28, 1], &layers(32), &mut params, 0).expect("the shapes fit");
    let golden = Summary::parse(&read_text("summary_conv.txt"));
    assert_eq!((golden.layers.len(), golden.total), (9, 28_353));
    assert_eq!(Summary::parse(&model.summary(&params)), golden);
    assert_eq!(params.element_count() as u64, golden.total);
}
