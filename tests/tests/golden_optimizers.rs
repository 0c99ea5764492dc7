//! Ten steps of RMSprop, with epsilon in both places, of Adadelta, Adam, AdamW and SGD, against
//! Keras (f32), PyTorch and NumPy (f64): `optimizers.json`. Gradients are given, from 1e-8 to 2 in
//! size, with zeros among them.

use ae_autodiff::{Buffers, Grads, ParamId, Params, Tape};
use ae_optim::{Adadelta, Adam, AdamW, EpsilonPlace, Optimizer, RmsProp, Sgd};
use ae_tensor::Tensor;
use ae_testkit::assert_close;
use ae_tests::{Array, read};
use serde::Deserialize;
use std::sync::LazyLock;

static GOLDEN: LazyLock<Golden> = LazyLock::new(|| read("optimizers.json"));

#[derive(Deserialize)]
struct Golden {
    steps: usize,
    start: Array,
    grads: Array,
    rmsprop_eps_outside: Rule,
    rmsprop_eps_inside: Rule,
    adadelta: Rule,
    adam: Rule,
    adamw: Rule,
    sgd_momentum: Rule,
    sgd_nesterov: Rule,
}

#[derive(Deserialize)]
struct Rule {
    lr: f64,
    #[serde(default)]
    rho: f64,
    #[serde(default)]
    eps: f64,
    #[serde(default)]
    momentum: f64,
    #[serde(default)]
    weight_decay: f64,
    torch_f64: Option<Run>,
    numpy_f64: Option<Run>,
    keras_f32: Option<Run>,
}

#[derive(Deserialize)]
struct Run {
    params: Array,
    last_state: Option<State>,
}

#[derive(Deserialize)]
struct State {
    mean_square: Option<Array>,
}

impl Rule {
    fn exact(&self) -> &Run {
        self.torch_f64.as_ref().or(self.numpy_f64.as_ref()).expect("one source is f64")
    }
}

/// One step with `gradient` as the gradient of `p`, the only parameter.
fn make_step(optimizer: &mut impl Optimizer, params: &mut Params, p: ParamId, gradient: &[f32]) {
    let n = gradient.len();
    let g = Tensor::new([n, 1], gradient.to_vec());
    let mut grads = Grads::zeros_like(params);
    let mut buffers = Buffers::new();
    // The inner product of the parameters and g has the gradient g, to the last bit.
    let mut tape = Tape::new(params, &mut buffers);
    let (row, column) = (tape.param(p), tape.input(&g));
    let row = tape.reshape(row, [1, n]);
    let loss = tape.matmul(row, column);
    tape.backward(loss, &mut grads);
    assert_eq!(grads.get(p).data(), gradient);
    optimizer.step(params, &grads);
}

/// Makes every step with the golden gradients and compares the parameters after each.
fn check(rule: &Rule, optimizer: &mut impl Optimizer) -> ParamId {
    check_keras_to(4e-7, rule, optimizer)
}

/// The same where Keras itself is not so close to the formula.
fn check_keras_to(tolerance: f64, rule: &Rule, optimizer: &mut impl Optimizer) -> ParamId {
    let mut params = Params::new();
    let p = params.add("p", GOLDEN.start.tensor());
    let n = GOLDEN.start.data.len();
    assert_eq!(rule.exact().params.shape, [GOLDEN.steps, n]);
    let all = GOLDEN.grads.tensor();
    for step in 0..GOLDEN.steps {
        make_step(optimizer, &mut params, p, all.row(step));
        let ours = params.get(p).data();
        let exact = rule.exact().params.row(step);
        // An update takes some eight roundings of 2^-24, of which a root halves some. Ten steps
        // from 0 add updates of one sign mostly, which keeps the relative error.
        assert_close(ours, exact, 4e-7, 0.0);
        if let Some(keras) = &rule.keras_f32 {
            assert_close(ours, keras.params.row(step), tolerance, 0.0);
        }
    }
    p
}

fn rmsprop(rule: &Rule, epsilon_place: EpsilonPlace) {
    let mut optimizer = RmsProp::new(rule.lr);
    optimizer.rho = rule.rho;
    optimizer.epsilon = rule.eps;
    optimizer.epsilon_place = epsilon_place;
    let p = check(rule, &mut optimizer);
    let state = rule.exact().last_state.as_ref().expect("a golden state");
    let ours = optimizer.mean_square(p).expect("it has made steps");
    // A sum of ten squares: each is rounded three times, and decays in steps of one rounding each.
    let golden = state.mean_square.as_ref().expect("the mean of squares");
    // A mean of squares never falls below some 2^-100, so that none is subnormal.
    assert_close(ours.data(), &golden.data, 5e-7, 2f64.powi(-100));
}

#[test]
fn rmsprop_with_epsilon_outside_the_root() {
    rmsprop(&GOLDEN.rmsprop_eps_outside, EpsilonPlace::OutsideRoot);
}

#[test]
fn rmsprop_with_epsilon_inside_the_root() {
    rmsprop(&GOLDEN.rmsprop_eps_inside, EpsilonPlace::InsideRoot);
}

#[test]
fn adadelta() {
    let rule = &GOLDEN.adadelta;
    let mut optimizer = Adadelta::new(rule.lr);
    optimizer.rho = rule.rho;
    optimizer.epsilon = rule.eps;
    check(rule, &mut optimizer);
}

#[test]
fn adam() {
    let rule = &GOLDEN.adam;
    let mut optimizer = Adam::new(rule.lr);
    optimizer.epsilon = rule.eps;
    // Keras takes 1 - 0.999^t in f32, which for t = 1 is off by 1.3e-5, and its root by half of
    // that.
    check_keras_to(1e-5, rule, &mut optimizer);
}

#[test]
fn adamw() {
    let rule = &GOLDEN.adamw;
    let mut optimizer = AdamW::new(rule.lr).with_weight_decay(rule.weight_decay);
    optimizer.adam.epsilon = rule.eps;
    // The same as for Adam.
    check_keras_to(1e-5, rule, &mut optimizer);
}

#[test]
fn sgd_with_momentum() {
    let rule = &GOLDEN.sgd_momentum;
    check(rule, &mut Sgd::new(rule.lr).with_momentum(rule.momentum));
    let rule = &GOLDEN.sgd_nesterov;
    let mut optimizer = Sgd::new(rule.lr).with_momentum(rule.momentum);
    optimizer.nesterov = true;
    check(rule, &mut optimizer);
}

/// The golden run has learning rate 1. With given gradients the updates `u` are the same for any
/// rate, if the memory of updates keeps them without it: at a quarter of the rate the parameters
/// move a quarter as far.
#[test]
fn adadelta_remembers_updates_without_the_rate() {
    let rule = &GOLDEN.adadelta;
    let mut optimizer = Adadelta::new(rule.lr / 4.0);
    optimizer.rho = rule.rho;
    optimizer.epsilon = rule.eps;
    let mut params = Params::new();
    let p = params.add("p", GOLDEN.start.tensor());
    let gradients = GOLDEN.grads.tensor();
    for step in 0..GOLDEN.steps {
        make_step(&mut optimizer, &mut params, p, gradients.row(step));
        let full_rate = rule.exact().params.row(step);
        let quarter_of_the_way: Vec<f64> =
            GOLDEN.start.data.iter().zip(full_rate).map(|(s, p)| s + (p - s) / 4.0).collect();
        assert_close(params.get(p).data(), &quarter_of_the_way, 4e-7, 0.0);
    }
}

/// The golden runs use the notebook's constants, which must be the defaults.
#[test]
fn defaults_are_those_of_keras_2() {
    let (rms, outside) = (RmsProp::default(), &GOLDEN.rmsprop_eps_outside);
    assert_eq!((rms.learning_rate, rms.rho, rms.epsilon), (outside.lr, outside.rho, outside.eps));
    assert_eq!(rms.epsilon_place, EpsilonPlace::OutsideRoot);
    let (adam, rule) = (Adam::default(), &GOLDEN.adam);
    assert_eq!((adam.learning_rate, adam.epsilon), (rule.lr, rule.eps));
    let (ada, rule) = (Adadelta::default(), &GOLDEN.adadelta);
    assert_eq!((ada.learning_rate, ada.rho, ada.epsilon), (rule.lr, rule.rho, rule.eps));
}

/// Keras subtracts rho from 1 in f64. In f32 the difference would keep what rounding did to rho:
/// 2e-7 of it for 0.9, too little to tell in a few steps, but 1 % for a rho this close to 1.
#[test]
fn one_minus_rho_is_taken_in_f64() {
    const RHO: f64 = 0.999_999;
    const EPSILON: f64 = 1e-7;
    fn first_update(mut optimizer: impl Optimizer) -> f32 {
        let mut params = Params::new();
        let p = params.add("p", Tensor::zeros([1]));
        make_step(&mut optimizer, &mut params, p, &[1.0]);
        params.get(p).item()
    }
    let mean_square = 1.0 - RHO;

    let mut rms = RmsProp::new(1.0);
    (rms.rho, rms.epsilon) = (RHO, EPSILON);
    let expected = -1.0 / (mean_square.sqrt() + EPSILON);
    assert_close(&[first_update(rms)], &[expected], 4e-7, 0.0);

    let mut ada = Adadelta::new(1.0);
    (ada.rho, ada.epsilon) = (RHO, EPSILON);
    let expected = -EPSILON.sqrt() / (mean_square + EPSILON).sqrt();
    assert_close(&[first_update(ada)], &[expected], 4e-7, 0.0);
}
