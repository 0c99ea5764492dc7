//! Every gradient against finite differences of an f64 reference.

use super::*;
use crate::{Buffers, Params};
use ae_tensor::{Activation, Shape, Tensor};
use ae_testkit::{Sampler, assert_close, gradient, naive};

mod codes;
mod images;

/// Checks the gradients of `mean(weights * build(params))` by all parameters, where `reference` computes what
/// `build` does, in f64. The weights make every output element count differently.
fn check(
    shapes: &[&[usize]],
    build: impl Fn(&mut Tape<'_>, &[Var]) -> Var,
    reference: impl Fn(&[Vec<f64>]) -> Vec<f64>,
) {
    let mut sampler = Sampler::new(11);
    let mut params = Params::new();
    let ids: Vec<_> = shapes
        .iter()
        .enumerate()
        .map(|(i, &dims)| {
            let shape = Shape::new(dims);
            let data = sampler.vec(shape.len(), -1.5, 1.5);
            params.add(format!("p{i}"), Tensor::new(shape, data))
        })
        .collect();
    let mut buffers = Buffers::new();
    let mut grads = Grads::zeros_like(&params);
    // Gradients must be overwritten, not added to.
    for &id in &ids {
        grads.get_mut(id).data_mut().fill(f32::NAN);
    }
    let start: Vec<_> = ids.iter().map(|&id| naive::widen(params.get(id).data())).collect();
    let expected_value = reference(&start);
    let out_len = expected_value.len();
    let weights = sampler.vec(out_len, 0.5, 2.0);
    // The shape is known once `build` has run; the weights must outlive the tape that borrows them.
    let mut tape = Tape::new(&params, &mut buffers);
    let vars: Vec<_> = ids.iter().map(|&id| tape.param(id)).collect();
    let y = build(&mut tape, &vars);
    assert_close(tape.value(y).data(), &expected_value, 1e-5, 1e-6);
    let weight_tensor = Tensor::new(tape.shape(y), weights.clone());
    drop(tape);

    let mut tape = Tape::new(&params, &mut buffers);
    let vars: Vec<_> = ids.iter().map(|&id| tape.param(id)).collect();
    let y = build(&mut tape, &vars);
    let w = tape.input(&weight_tensor);
    let product = tape.mul(y, w);
    let loss = tape.mean(product);
    tape.backward(loss, &mut grads);

    // All parameters as one vector, as the finite differences want them.
    let flat = start.concat();
    let lengths: Vec<usize> = start.iter().map(Vec::len).collect();
    let expected = gradient(&flat, |flat| {
        let mut rest = flat;
        let parts: Vec<Vec<f64>> = lengths
            .iter()
            .map(|&len| {
                let (part, tail) = rest.split_at(len);
                rest = tail;
                part.to_vec()
            })
            .collect();
        let y = reference(&parts);
        y.iter().zip(&weights).map(|(y, &w)| y * f64::from(w)).sum::<f64>() / out_len as f64
    });
    let got: Vec<f32> = ids.iter().flat_map(|&id| grads.get(id).data().to_vec()).collect();
    assert_close(&got, &expected, 2e-5, 1e-6);
}

#[test]
fn matmul() {
    for (m, k, n) in [(1, 1, 1), (3, 5, 2), (7, 4, 9)] {
        check(
            &[&[m, k], &[k, n]],
            |tape, v| tape.matmul(v[0], v[1]),
            |p| naive::matmul(&p[0], &p[1], m, k, n),
        );
    }
}

#[test]
fn add_bias() {
    check(
        &[&[4, 3], &[3]],
        |tape, v| tape.add_bias(v[0], v[1]),
        |p| p[0].iter().enumerate().map(|(i, x)| x + p[1][i % 3]).collect(),
    );
}

#[test]
fn dense_with_each_activation() {
    for activation in [Activation::Linear, Activation::Relu, Activation::Sigmoid] {
        check(
            &[&[5, 4], &[4, 3], &[3]],
            |tape, v| tape.dense(v[0], v[1], v[2], activation),
            |p| {
                let z = naive::matmul(&p[0], &p[1], 5, 4, 3);
                z.iter()
                    .enumerate()
                    .map(|(i, z)| match activation {
                        Activation::Linear => z + p[2][i % 3],
                        Activation::Relu => (z + p[2][i % 3]).max(0.0),
                        Activation::Sigmoid => naive::sigmoid(z + p[2][i % 3]),
                    })
                    .collect()
            },
        );
    }
}

#[test]
fn activations() {
    check(&[&[17]], |tape, v| tape.relu(v[0]), |p| p[0].iter().map(|x| x.max(0.0)).collect());
    check(
        &[&[2, 9]],
        |tape, v| tape.sigmoid(v[0]),
        |p| p[0].iter().map(|&x| naive::sigmoid(x)).collect(),
    );
}

#[test]
fn elementwise_arithmetic() {
    let zip = |f: fn(f64, f64) -> f64| {
        move |p: &[Vec<f64>]| p[0].iter().zip(&p[1]).map(|(&a, &b)| f(a, b)).collect::<Vec<_>>()
    };
    let shapes: [&[usize]; 2] = [&[2, 3], &[2, 3]];
    check(&shapes, |tape, v| tape.add(v[0], v[1]), zip(|a, b| a + b));
    check(&shapes, |tape, v| tape.sub(v[0], v[1]), zip(|a, b| a - b));
    check(&shapes, |tape, v| tape.mul(v[0], v[1]), zip(|a, b| a * b));
}

#[test]
fn reshape_and_mean() {
    check(&[&[2, 6]], |tape, v| tape.reshape(v[0], [3, 2, 2]), |p| p[0].clone());
    check(&[&[3, 4]], |tape, v| tape.mean(v[0]), |p| vec![p[0].iter().sum::<f64>() / 12.0]);
}

#[test]
fn binary_cross_entropy() {
    let targets = Sampler::new(3).vec(12, 0.0, 1.0);
    let targets_wide = naive::widen(&targets);
    let targets = Tensor::new([3, 4], targets);
    let mut params = Params::new();
    let z = params.add("z", Tensor::new([3, 4], Sampler::new(4).vec(12, -4.0, 4.0)));
    let mut grads = Grads::zeros_like(&params);
    let mut buffers = Buffers::new();
    for scaled in [false, true] {
        let three = Tensor::scalar(3.0);
        let mut tape = Tape::new(&params, &mut buffers);
        let (logits, t) = (tape.param(z), tape.input(&targets));
        let mut loss = tape.bce_with_logits(logits, t);
        let factor = if scaled { 3.0 } else { 1.0 };
        if scaled {
            let three = tape.input(&three);
            loss = tape.mul(loss, three);
        }
        let wide = naive::widen(params.get(z).data());
        let mean = naive::mean_bce_with_logits(&wide, &targets_wide);
        assert_close(&[tape.value(loss).item()], &[factor * mean], 1e-6, 0.0);
        tape.backward(loss, &mut grads);
        let expected = gradient(&wide, |z| factor * naive::mean_bce_with_logits(z, &targets_wide));
        assert_close(grads.get(z).data(), &expected, 1e-5, 1e-7);
    }
}

#[test]
fn a_value_used_twice_receives_both_gradients() {
    // y = x x + x, through one node for x and through two.
    check(
        &[&[5]],
        |tape, v| {
            let square = tape.mul(v[0], v[0]);
            tape.add(square, v[0])
        },
        |p| p[0].iter().map(|x| x * x + x).collect(),
    );
    // The same for a value that is no parameter.
    check(
        &[&[5]],
        |tape, v| {
            let s = tape.sigmoid(v[0]);
            let square = tape.mul(s, s);
            tape.sub(square, s)
        },
        |p| p[0].iter().map(|&x| naive::sigmoid(x)).map(|s| s * s - s).collect(),
    );
}

#[test]
fn a_two_layer_auto_encoder() {
    check(
        &[&[6, 5], &[5, 3], &[3], &[3, 5], &[5]],
        |tape, v| {
            let h = tape.dense(v[0], v[1], v[2], Activation::Relu);
            tape.dense(h, v[3], v[4], Activation::Sigmoid)
        },
        |p| {
            let h: Vec<f64> = naive::matmul(&p[0], &p[1], 6, 5, 3)
                .iter()
                .enumerate()
                .map(|(i, z)| (z + p[2][i % 3]).max(0.0))
                .collect();
            let z = naive::matmul(&h, &p[3], 6, 3, 5);
            z.iter().enumerate().map(|(i, z)| naive::sigmoid(z + p[4][i % 5])).collect()
        },
    );
}

#[test]
fn an_unused_parameter_has_gradient_zero() {
    let mut params = Params::new();
    let used = params.add("used", Tensor::full([2], 3.0));
    let unused = params.add("unused", Tensor::full([2], 3.0));
    let mut grads = Grads::zeros_like(&params);
    grads.get_mut(unused).data_mut().fill(7.0);
    let mut buffers = Buffers::new();
    let mut tape = Tape::new(&params, &mut buffers);
    let x = tape.param(used);
    let loss = tape.mean(x);
    tape.backward(loss, &mut grads);
    assert_eq!(grads.get(unused).data(), [0.0, 0.0]);
    assert_eq!(grads.get(used).data(), [0.5, 0.5]);
}

/// One training step's worth of tape on a batch of `rows`.
fn step(params: &Params, buffers: &mut Buffers, grads: &mut Grads, x: &Tensor) {
    let ids: Vec<_> = params.ids().collect();
    let mut tape = Tape::new(params, buffers);
    let input = tape.input(x);
    let w: Vec<_> = ids.iter().map(|&id| tape.param(id)).collect();
    let h = tape.dense(input, w[0], w[1], Activation::Relu);
    let z = tape.dense(h, w[2], w[3], Activation::Linear);
    let loss = tape.bce_with_logits(z, input);
    tape.backward(loss, grads);
}

#[test]
fn a_steady_step_allocates_no_buffer() {
    let mut params = Params::new();
    for (name, shape) in [
        ("w1", Shape::from([20, 4])),
        ("b1", Shape::from([4])),
        ("w2", Shape::from([4, 20])),
        ("b2", Shape::from([20])),
    ] {
        params.add(name, Tensor::full(shape, 0.1));
    }
    let mut buffers = Buffers::new();
    let mut grads = Grads::zeros_like(&params);
    let (batch, last) = (Tensor::full([50, 20], 0.5), Tensor::full([17, 20], 0.5));
    step(&params, &mut buffers, &mut grads, &batch);
    let after_first = (buffers.allocations(), buffers.spare());
    for _ in 0..3 {
        step(&params, &mut buffers, &mut grads, &batch);
        step(&params, &mut buffers, &mut grads, &last);
    }
    // Nor does the stock grow: a step gives back what it took, and nothing else.
    assert_eq!((buffers.allocations(), buffers.spare()), after_first);
}

#[test]
#[should_panic(expected = "the loss has shape (2,), a scalar is wanted")]
fn the_loss_must_be_a_scalar() {
    let mut params = Params::new();
    let x = params.add("x", Tensor::zeros([2]));
    let mut grads = Grads::zeros_like(&params);
    let mut buffers = Buffers::new();
    let mut tape = Tape::new(&params, &mut buffers);
    let x = tape.param(x);
    tape.backward(x, &mut grads);
}

#[test]
#[should_panic(expected = "dense: (2, 3) x (4, 5) + (5,)")]
fn dense_names_all_shapes() {
    let mut params = Params::new();
    let w = params.add("w", Tensor::zeros([4, 5]));
    let b = params.add("b", Tensor::zeros([5]));
    let x = Tensor::zeros([2, 3]);
    let mut buffers = Buffers::new();
    let mut tape = Tape::new(&params, &mut buffers);
    let (x, w, b) = (tape.input(&x), tape.param(w), tape.param(b));
    tape.dense(x, w, b, Activation::Linear);
}
