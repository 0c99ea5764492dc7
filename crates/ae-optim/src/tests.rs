//! What the tests of all rules share.

use crate::{Optimizer, RmsProp};
use ae_autodiff::{Buffers, Grads, Params, Tape};
use ae_tensor::Tensor;
use ae_testkit::{Sampler, assert_close};

/// Ten steps on `mean(s * p)`, whose gradient by `p` is `s / n`, with a new `s` in each step and gradients from
/// 1e-9 to 1 in size; compared with `rule(p, g, memory)` in f64, to 1e-6 relative.
pub(crate) fn ten_steps(
    mut optimizer: impl Optimizer,
    rule: impl Fn(&mut f64, f64, &mut [f64; 2]),
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

#[test]
fn a_zero_gradient_moves_nothing() {
    let mut params = Params::new();
    let p = params.add("p", Tensor::full([3], 2.0));
    let grads = Grads::zeros_like(&params);
    RmsProp::default().step(&mut params, &grads);
    crate::Adadelta::default().step(&mut params, &grads);
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
    crate::Adadelta::default().step(&mut params, &grads);
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
