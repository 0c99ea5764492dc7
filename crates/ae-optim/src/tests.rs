//! Helpers shared by the tests of all rules.

use crate::{Adadelta, Adam, AdamW, Optimizer, RmsProp, Sgd};
use ae_autodiff::{Buffers, Grads, Params, Tape};
use ae_tensor::Tensor;
use ae_testkit::{Sampler, assert_close};

/// Ten steps on `mean(s * p)`, whose gradient with respect to `p` is `s / n`, with a new `s` in
/// each step and gradients from 1e-9 to 1 in size; compared with `rule(p, g, memory)` in f64, to
/// 1e-6 relative.
pub(crate) fn ten_steps(
    mut optimizer: impl Optimizer,
    mut rule: impl FnMut(&mut f64, f64, &mut [f64; 2]),
) {
    const N: usize = 40;
    let mut sampler = Sampler::new(2);
    let mut params = Params::new();
    let p = params.add("p", Tensor::new([N], sampler.vec(N, 0.5, 1.0)));
    let mut grads = Grads::zeros_like(&params);
    let mut buffers = Buffers::new();
    let mut expected: Vec<f64> = params.get(p).data().iter().map(|&x| f64::from(x)).collect();
    let mut memory = [[0.0; 2]; N];
    for _ in 0..10 {
        let slopes =
            Tensor::from_fn([N], |i| sampler.uniform(-1.0, 1.0) * 10f32.powi(-((i % 10) as i32)));
        let mut tape = Tape::new(&params, &mut buffers);
        let (s, x) = (tape.input(&slopes), tape.param(p));
        let product = tape.mul(s, x);
        let loss = tape.mean(product);
        tape.backward(loss, &mut grads);
        optimizer.step(&mut params, &grads);
        for (i, p_i) in expected.iter_mut().enumerate() {
            rule(p_i, f64::from(grads.get(p).data()[i]), &mut memory[i]);
        }
        assert_close(params.get(p).data(), &expected, 1e-6, 0.0);
    }
}

/// Sets the gradient of the only parameter to these numbers.
pub(crate) fn write(params: &Params, grads: &mut Grads, values: &[f32]) {
    let column = Tensor::new([values.len(), 1], values.to_vec());
    let mut buffers = Buffers::new();
    let mut tape = Tape::new(params, &mut buffers);
    let id = params.ids().next().expect("a parameter");
    let (p, column) = (tape.param(id), tape.input(&column));
    let row = tape.reshape(p, [1, values.len()]);
    let product = tape.matmul(row, column);
    tape.backward(product, grads);
}

/// Every rule, configured so that it has a memory.
fn all() -> [Box<dyn Optimizer>; 5] {
    [
        Box::new(RmsProp::default()),
        Box::new(Adadelta::default()),
        Box::new(Adam::default()),
        Box::new(AdamW::default()),
        Box::new(Sgd::default().with_momentum(0.9)),
    ]
}

#[test]
fn a_zero_gradient_moves_nothing() {
    let mut params = Params::new();
    let p = params.add("p", Tensor::full([3], 2.0));
    let grads = Grads::zeros_like(&params);
    // Weight decay does not depend on the gradient.
    for mut optimizer in all().into_iter().filter(|optimizer| optimizer.name() != "AdamW") {
        optimizer.step(&mut params, &grads);
    }
    assert_eq!(params.get(p).data(), [2.0, 2.0, 2.0]);
}

#[test]
#[should_panic(expected = "Adadelta: these are not the gradients of these parameters")]
fn gradients_belong_to_their_parameters() {
    let mut other = Params::new();
    other.add("p", Tensor::zeros([4]));
    let grads = Grads::zeros_like(&other);
    let mut params = Params::new();
    params.add("p", Tensor::zeros([3]));
    Adadelta::default().step(&mut params, &grads);
}

#[test]
#[should_panic(expected = "RMSprop: these are not the parameters of the first step")]
fn an_optimizer_belongs_to_its_parameters() {
    let mut optimizer = RmsProp::default();
    let mut one = Params::new();
    one.add("p", Tensor::zeros([3]));
    let grads = Grads::zeros_like(&one);
    optimizer.step(&mut one, &grads);
    let mut other = Params::new();
    other.add("p", Tensor::zeros([4]));
    let grads = Grads::zeros_like(&other);
    optimizer.step(&mut other, &grads);
}

/// A parameter, and gradients for it: those of `mean(s * p)` for some `s`.
fn parameter_and_gradients() -> (Params, Vec<Grads>) {
    let mut sampler = Sampler::new(5);
    let mut params = Params::new();
    let p = params.add("p", Tensor::new([6], sampler.vec(6, 0.5, 1.0)));
    let mut buffers = Buffers::new();
    let gradients = (0..6).map(|_| {
        let slopes = Tensor::new([6], sampler.vec(6, -1.0, 1.0));
        let mut grads = Grads::zeros_like(&params);
        let mut tape = Tape::new(&params, &mut buffers);
        let (s, x) = (tape.input(&slopes), tape.param(p));
        let product = tape.mul(s, x);
        let loss = tape.mean(product);
        tape.backward(loss, &mut grads);
        grads
    });
    let gradients = gradients.collect();
    (params, gradients)
}

#[test]
fn a_restored_optimizer_goes_on_as_the_first_would_have() {
    for ((mut first, mut second), mut third) in all().into_iter().zip(all()).zip(all()) {
        let (mut params, gradients) = parameter_and_gradients();
        assert!(first.state().iter().all(|(_, tensors)| tensors.is_empty()));
        for grads in &gradients[..3] {
            first.step(&mut params, grads);
        }
        let mut resumed = params.clone();
        let mut forgetful = params.clone();
        let memory = first.state().into_iter().map(|(_, tensors)| tensors.to_vec()).collect();
        second.restore(3, memory);
        assert_eq!(second.state(), first.state());
        for grads in &gradients[3..] {
            first.step(&mut params, grads);
            second.step(&mut resumed, grads);
            third.step(&mut forgetful, grads);
        }
        assert_eq!(resumed, params);
        assert_ne!(forgetful, params);
    }
}

#[test]
#[should_panic(expected = "Adadelta: expected a state of 2 lists, found 1")]
fn a_state_belongs_to_its_rule() {
    Adadelta::default().restore(0, vec![vec![]]);
}

#[test]
#[should_panic(expected = "RMSprop: these are not the parameters of the first step")]
fn a_state_belongs_to_its_parameters() {
    let (mut params, gradients) = parameter_and_gradients();
    let mut optimizer = RmsProp::default();
    optimizer.restore(1, vec![vec![Tensor::zeros([5])]]);
    optimizer.step(&mut params, &gradients[0]);
}

#[test]
fn the_learning_rate_can_be_read_and_changed_without_forgetting() {
    for (mut changed, mut same) in all().into_iter().zip(all()) {
        let (mut params, gradients) = parameter_and_gradients();
        let mut unchanged = params.clone();
        changed.step(&mut params, &gradients[0]);
        same.step(&mut unchanged, &gradients[0]);
        let (rate, state) = (changed.learning_rate(), changed.state());
        assert_eq!(changed.constants()[0], ("learning_rate", rate.to_string()));
        assert_eq!(state, same.state());
        changed.set_learning_rate(0.0);
        assert_eq!((changed.learning_rate(), changed.state()), (0.0, same.state()));
        // With a rate of 0 nothing moves; after the old rate is set again, only the memory matters.
        let before = params.clone();
        let resting = changed.name() != "SGD";
        changed.step(&mut params, &gradients[1]);
        assert_eq!(params == before, resting, "SGD's velocity continues: {}", changed.name());
    }
}
