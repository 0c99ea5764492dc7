//! Compares the value and the gradients of every operation of the tape with f64 references, over
//! random shapes. The numbers are chosen so that sums are exact in f32: where a function does not
//! round, the tolerance is 0.

mod table;

use ae_autodiff::{Buffers, Grads, Params, Tape, Var};
use ae_tensor::{Activation, Shape, Tensor, Window};
use ae_testkit::naive::{self, widen};
use ae_testkit::{Sampler, assert_close};
use proptest::prelude::*;
use table::{Draw, assert_near, exact, rows, run, wide};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn every_operation_equals_its_reference(seed: u64) {
        for row in rows() {
            let mut draw = Draw::new(seed, false);
            let Some(case) = (row.draw)(&mut draw) else { continue };
            println!("{} {:?}, seed {seed}", row.name, case.shapes);
            let operand = |(i, shape): (usize, &Shape)| -> Vec<f32> {
                exact(seed ^ i as u64, shape.len()).into_iter().map(case.domain).collect()
            };
            let operands: Vec<Vec<f32>> = case.shapes.iter().enumerate().map(operand).collect();
            let dy = |len: usize| exact(seed ^ 77, len);
            let found = run(&case, &operands, &|_| true, &dy, &mut Buffers::new());
            let operands = wide(&operands);
            assert_near(&found.value, &(case.value)(&operands), case.tolerance);
            let expected = (case.gradients)(&operands, &widen(&dy(found.value.len())));
            prop_assert_eq!(expected.len(), found.gradients.len());
            for (found, expected) in found.gradients.iter().zip(&expected) {
                assert_near(found, expected, case.tolerance);
            }
        }
    }

    /// The gradient also passes through a factor, which is 1 in training.
    #[test]
    fn binary_cross_entropy(rows in 1..=30usize, cols in 1..=80usize, seed: u64) {
        let n = rows * cols;
        let targets = Sampler::new(seed).vec(n, 0.0, 1.0);
        let t = widen(&targets);
        let targets = Tensor::new([rows, cols], targets);
        let params = {
            let mut params = Params::new();
            params.add("z", Tensor::new([rows, cols], Sampler::new(!seed).vec(n, -20.0, 20.0)));
            params
        };
        let (mut buffers, mut grads) = (Buffers::new(), Grads::zeros_like(&params));
        let id = params.find("z").unwrap();
        let z = widen(params.get(id).data());
        let mean = naive::mean_bce_with_logits(&z, &t);
        // Without a parameter, as in an evaluation, no gradient is computed.
        let mut tape = Tape::new(&params, &mut buffers);
        let (logits, target) = (tape.input(params.get(id)), tape.input(&targets));
        let loss = tape.bce_with_logits(logits, target);
        assert_close(tape.value(loss).data(), &[mean], 1e-6, 0.0);
        drop(tape);
        for factor in [1.0f32, -3.0] {
            let factor_tensor = Tensor::scalar(factor);
            let mut tape = Tape::new(&params, &mut buffers);
            let (logits, target) = (tape.param(id), tape.input(&targets));
            let loss = tape.bce_with_logits(logits, target);
            assert_close(tape.value(loss).data(), &[mean], 1e-6, 0.0);
            let factor_var = tape.input(&factor_tensor);
            let loss = if factor == 1.0 { loss } else { tape.mul(loss, factor_var) };
            tape.backward(loss, &mut grads);
            let share = f64::from(factor) / n as f64;
            let expected: Vec<f64> =
                z.iter().zip(&t).map(|(&z, &t)| share * (naive::sigmoid(z) - t)).collect();
            assert_close(grads.get(id).data(), &expected, 1e-6, 4e-7 * share.abs());
        }
    }
}

/// NaN or infinity anywhere in the batch reaches the loss and the gradients, so training can stop.
#[test]
fn a_broken_pixel_or_weight_is_seen() {
    for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for spoiled in 0..5 {
            let mut params = Params::new();
            let shapes: [&[usize]; 4] = [&[3, 3, 1, 4], &[4], &[3, 3, 4, 1], &[1]];
            for (i, dims) in shapes.iter().enumerate() {
                let shape = Shape::new(dims);
                let mut data = Sampler::new(i as u64).vec(shape.len(), 0.1, 0.5);
                if i == spoiled {
                    data[0] = odd;
                }
                params.add(format!("p{i}"), Tensor::new(shape, data));
            }
            let mut x = Tensor::full([2, 8, 8, 1], 0.5);
            if spoiled == 4 {
                x.data_mut()[70] = odd;
            }
            let (mut buffers, mut grads) = (Buffers::new(), Grads::zeros_like(&params));
            let mut tape = Tape::new(&params, &mut buffers);
            let input = tape.input(&x);
            let p: Vec<Var> = params.ids().map(|id| tape.param(id)).collect();
            let h = tape.conv2d(input, p[0], p[1], Window::same([3, 3]), Activation::Relu);
            let h = tape.max_pool2d(h, Window::same([2, 2]).with_stride([2, 2]));
            let z = tape.up_sample_conv2d(h, [2, 2], p[2], p[3], Activation::Linear);
            let loss = tape.bce_with_logits(z, input);
            let value = tape.value(loss).item();
            tape.backward(loss, &mut grads);
            // Minus infinity before the ReLU turns the unit off, as any negative number does.
            let off = odd == f32::NEG_INFINITY && spoiled == 1;
            assert_eq!(value.is_finite(), off, "{odd} in {spoiled}: {value}");
            assert!(off || !grads.is_finite() || !value.is_finite());
        }
    }
}
