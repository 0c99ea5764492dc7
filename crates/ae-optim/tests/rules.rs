//! The rules over random shapes, constants and gradients, compared with their formulas in f64 step
//! by step, and their treatment of gradients that are NaN, infinite, very large or very small.

use ae_autodiff::{Buffers, Grads, Params, Tape};
use ae_optim::{Adadelta, Adam, AdamW, EpsilonPlace, Optimizer, RmsProp, Sgd};
use ae_tensor::{Shape, Tensor, with_threads};
use ae_testkit::naive::{self, widen};
use ae_testkit::{Sampler, assert_close};
use proptest::prelude::*;

/// Sets the gradients to these values: those of a scalar product with them.
fn set(grads: &mut Grads, params: &Params, values: &[Vec<f32>]) {
    let mut buffers = Buffers::new();
    let columns: Vec<Tensor> =
        values.iter().map(|v| Tensor::new([v.len(), 1], v.clone())).collect();
    let mut tape = Tape::new(params, &mut buffers);
    let mut loss = None;
    for (id, column) in params.ids().zip(&columns) {
        let (p, column) = (tape.param(id), tape.input(column));
        let row = tape.reshape(p, [1, params.get(id).len()]);
        let product = tape.matmul(row, column);
        loss = Some(loss.map_or(product, |loss| tape.add(loss, product)));
    }
    tape.backward(loss.expect("a parameter"), grads);
    for (id, v) in params.ids().zip(values) {
        let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(grads.get(id).data()), bits(v), "the gradients are the requested ones");
    }
}

fn parameters(shapes: &[Vec<usize>], sampler: &mut Sampler) -> Params {
    let mut params = Params::new();
    for (i, dims) in shapes.iter().enumerate() {
        let shape = Shape::new(dims);
        params.add(format!("p{i}"), Tensor::new(shape, sampler.vec(shape.len(), 0.5, 2.0)));
    }
    params
}

/// Takes some steps with gradients from 1e-9 to 10 in size and compares them with the formula
/// `rule(p, memory, g)`.
fn follow(
    optimizer: &mut dyn Optimizer,
    shapes: &[Vec<usize>],
    seed: u64,
    rule: impl Fn(&mut f64, &mut [f64; 2], f64, i32),
) {
    let mut sampler = Sampler::new(seed);
    let mut params = parameters(shapes, &mut sampler);
    let mut grads = Grads::zeros_like(&params);
    let mut expected: Vec<Vec<(f64, [f64; 2])>> = params
        .ids()
        .map(|id| widen(params.get(id).data()).into_iter().map(|p| (p, [0.0; 2])).collect())
        .collect();
    for step in 1..=6 {
        let values: Vec<Vec<f32>> = params
            .ids()
            .map(|id| {
                let size = |s: &mut Sampler| 10f32.powi((s.bits() % 11) as i32 - 9);
                (0..params.get(id).len())
                    .map(|_| sampler.uniform(-1.0, 1.0) * size(&mut sampler))
                    .collect()
            })
            .collect();
        set(&mut grads, &params, &values);
        optimizer.step(&mut params, &grads);
        for ((id, values), expected) in params.ids().zip(&values).zip(&mut expected) {
            for (&g, (p, memory)) in values.iter().zip(expected.iter_mut()) {
                rule(p, memory, g.into(), step);
            }
            let now: Vec<f64> = expected.iter().map(|(p, _)| *p).collect();
            // The steps are at most a tenth of the weights, whose own rounding matters as well.
            assert_close(params.get(id).data(), &now, 4e-6, 4e-6);
        }
    }
}

/// One to four parameters of rank 0 to 4, including empty ones.
fn shapes() -> impl Strategy<Value = Vec<Vec<usize>>> {
    let shape = prop::collection::vec(0..=6usize, 0..=4);
    prop::collection::vec(shape, 1..=4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn rmsprop(shapes in shapes(), rate in 1e-4..0.05f64, rho in 0.5..0.99f64, epsilon in 1e-8..1e-3f64, inside: bool, seed: u64) {
        let place = if inside { EpsilonPlace::InsideRoot } else { EpsilonPlace::OutsideRoot };
        let mut optimizer = RmsProp::new(rate).with_epsilon(place);
        (optimizer.rho, optimizer.epsilon) = (rho, epsilon);
        follow(&mut optimizer, &shapes, seed, |p, memory, g, _| {
            naive::rmsprop(p, &mut memory[0], g, [rate, rho, epsilon], inside);
        });
    }

    #[test]
    fn adadelta(shapes in shapes(), rate in 0.01..2.0f64, rho in 0.5..0.99f64, epsilon in 1e-8..1e-4f64, seed: u64) {
        let mut optimizer = Adadelta::new(rate);
        (optimizer.rho, optimizer.epsilon) = (rho, epsilon);
        follow(&mut optimizer, &shapes, seed, |p, memory, g, _| {
            naive::adadelta(p, memory, g, [rate, rho, epsilon]);
        });
    }

    #[test]
    fn adam(
        shapes in shapes(), rate in 1e-4..0.05f64, beta_1 in 0.5..0.95f64, beta_2 in 0.9..0.9995f64, epsilon in 1e-8..1e-3f64,
        seed: u64,
    ) {
        let mut optimizer = Adam::new(rate);
        (optimizer.beta_1, optimizer.beta_2, optimizer.epsilon) = (beta_1, beta_2, epsilon);
        follow(&mut optimizer, &shapes, seed, |p, memory, g, step| {
            naive::adam(p, memory, g, step, [rate, beta_1, beta_2, epsilon]);
        });
    }

    #[test]
    fn sgd(shapes in shapes(), rate in 1e-4..0.1f64, momentum in 0.0..0.95f64, nesterov: bool, seed: u64) {
        let mut optimizer = Sgd::new(rate).with_momentum(momentum);
        optimizer.nesterov = nesterov;
        follow(&mut optimizer, &shapes, seed, |p, memory, g, _| {
            naive::sgd(p, &mut memory[0], g, [rate, momentum], nesterov);
        });
    }
}

/// Takes two steps, the first with `g` in one of three weights, the second with gradients of 1;
/// returns the weights after each.
fn two_steps(mut optimizer: impl Optimizer, g: f32) -> [Vec<f32>; 2] {
    let mut params = Params::new();
    let id = params.add("p", Tensor::full([3], 2.0));
    let mut grads = Grads::zeros_like(&params);
    [[1.0, g, 1.0], [1.0; 3]].map(|values| {
        set(&mut grads, &params, &[values.to_vec()]);
        optimizer.step(&mut params, &grads);
        params.get(id).data().to_vec()
    })
}

#[test]
fn special_values() {
    for g in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for [first, second] in [
            two_steps(RmsProp::default(), g),
            two_steps(RmsProp::default().with_epsilon(EpsilonPlace::InsideRoot), g),
            two_steps(Adadelta::default(), g),
            two_steps(Adam::default(), g),
        ] {
            // Its own weight is lost forever, the others are not affected.
            assert!(first[1].is_nan() && second[1].is_nan(), "{g}");
            assert!(first[0] < 2.0 && second[0] < first[0] && second[0] == second[2], "{g}");
        }
    }
    // A square that overflows in f32: the weight stays where it is, then and later, as in Keras.
    for g in [1e25, -1e25] {
        for [first, second] in [
            two_steps(RmsProp::default(), g),
            two_steps(Adadelta::default(), g),
            two_steps(Adam::default(), g),
        ] {
            assert_eq!((first[1], second[1]), (2.0, 2.0));
            assert!(second[0] < first[0]);
        }
    }
    // Descent computes no squares: a non-finite weight stays as it is, and a large gradient is used
    // unchanged.
    for g in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let [first, second] = two_steps(Sgd::default().with_momentum(0.9), g);
        assert!(!first[1].is_finite() && !second[1].is_finite() && second[0] < first[0], "{g}");
    }
    assert_eq!(two_steps(Sgd::new(0.5), 1e25)[0][1], -5e24);
    // A square that is zero in f32: epsilon keeps the step finite.
    let [first, _] = two_steps(RmsProp::default(), 1e-30);
    assert_eq!(first[1], 2.0);
    let [first, _] = two_steps(RmsProp::new(1e21), 1e-24);
    assert!((first[1] / -1e4 - 1.0).abs() < 1e-3, "{first:?}");
    let [first, _] = two_steps(Adadelta::default(), f32::from_bits(1));
    assert_eq!(first[1], 2.0);
}

/// Every rule with a memory, with a name for messages.
fn rules_with_a_memory() -> Vec<(&'static str, Box<dyn Optimizer>)> {
    let mut nesterov = Sgd::new(0.02).with_momentum(0.9);
    nesterov.nesterov = true;
    vec![
        ("RMSprop", Box::new(RmsProp::new(0.02))),
        ("RMSprop of Keras 3", Box::new(RmsProp::new(0.02).with_epsilon(EpsilonPlace::InsideRoot))),
        ("Adadelta", Box::new(Adadelta::default())),
        ("Adam", Box::new(Adam::default())),
        ("AdamW", Box::new(AdamW::default())),
        ("SGD", Box::new(Sgd::new(0.02).with_momentum(0.9))),
        ("SGD, Nesterov", Box::new(nesterov)),
    ]
}

/// The gradients of dying units: first they shrink, from many sizes, then they are 0 for longer
/// than the longest memory (0.999^100000 = 4e-44).
#[test]
fn no_subnormal_number_is_in_a_memory_when_gradients_vanish() {
    const N: usize = 96;
    for (name, mut optimizer) in rules_with_a_memory() {
        let mut params = Params::new();
        params.add("p", Tensor::full([N], 0.5));
        let mut grads = Grads::zeros_like(&params);
        for step in 0..100_000 {
            if step <= 300 {
                let shrunk = |i: usize| 10f32.powf(-0.45 * i as f32) * 0.8f32.powi(step);
                let values = (0..N).map(|i| if step < 300 { shrunk(i) } else { 0.0 }).collect();
                set(&mut grads, &params, &[values]);
            }
            optimizer.step(&mut params, &grads);
            let state = optimizer.state();
            let mut numbers = state.iter().flat_map(|(_, tensors)| tensors[0].data());
            let subnormal = numbers.find(|x| x.is_subnormal());
            assert_eq!(subnormal, None, "{name}, step {step}");
        }
        for (memory, tensors) in optimizer.state() {
            // A mean of squares ends where its root is far below epsilon.
            let end = if memory.starts_with("mean_square") { 1e-30 } else { 0.0 };
            let data = tensors[0].data();
            assert!(data.iter().all(|x| (0.0..=end).contains(x)), "{name}, {memory}: {data:?}");
        }
        assert!(params.ids().all(|id| params.get(id).is_finite()), "{name}");
    }
}

/// Without a gradient, weights decay: 0.9^2000 = 3e-92.
#[test]
fn no_subnormal_number_is_in_a_weight_that_decays() {
    let mut params = Params::new();
    let p = params.add("p", Tensor::full([3], -2.0));
    let grads = Grads::zeros_like(&params);
    let mut optimizer = AdamW::new(0.2).with_weight_decay(0.5);
    for step in 0..2000 {
        optimizer.step(&mut params, &grads);
        assert!(!params.get(p).data()[2].is_subnormal(), "step {step}");
    }
    assert_eq!(params.get(p).data(), [0.0; 3]);
}

/// Models with more weights than one thread works through, in blocks that do and do not fill up.
#[test]
fn the_same_bits_for_any_number_of_threads() {
    let rules = rules_with_a_memory;
    let after = |threads: usize, rule: usize| {
        let mut sampler = Sampler::new(8);
        let mut params = Params::new();
        for (i, len) in [90_001, 3, 0, 16_384, 20_000].into_iter().enumerate() {
            params.add(format!("p{i}"), Tensor::new([len], sampler.vec(len, -1.0, 1.0)));
        }
        let mut grads = Grads::zeros_like(&params);
        let steps = || {
            let (_, mut optimizer) = rules().swap_remove(rule);
            for _ in 0..3 {
                for (_, g) in grads.iter_mut() {
                    g.data_mut().fill_with(|| sampler.uniform(-1.0, 1.0));
                }
                optimizer.step(&mut params, &grads);
            }
            let state = optimizer.state().into_iter().map(|(_, tensors)| tensors.to_vec());
            let state: Vec<Vec<Tensor>> = state.collect();
            (params, state)
        };
        with_threads(threads, steps).expect("threads start")
    };
    for (rule, (name, _)) in rules().iter().enumerate() {
        let one = after(1, rule);
        assert!(after(2, rule) == one && after(3, rule) == one, "{name}");
    }
}

/// The weights move as if nothing were set to 0, compared with the formulas in f64.
#[test]
fn what_is_set_to_zero_moves_no_weight() {
    for size in [1e-12, 1e-15, 1e-17, 1e-24, 1e-25, 1e-30, 1e-36, 1e-40f32] {
        let mut params = Params::new();
        let p = params.add("p", Tensor::full([1], 0.5));
        let mut grads = Grads::zeros_like(&params);
        let (mut optimizer, mut expected, mut memory) = (RmsProp::default(), 0.5f64, 0.0f64);
        for g in [size, size, 0.0, 1e-3, size, 0.5] {
            set(&mut grads, &params, &[vec![g]]);
            optimizer.step(&mut params, &grads);
            naive::rmsprop(&mut expected, &mut memory, g.into(), [0.001, 0.9, 1e-7], false);
        }
        assert_close(params.get(p).data(), &[expected], 2e-7, 0.0);
    }
}
