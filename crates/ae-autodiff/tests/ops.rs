//! Every operation of the tape over random shapes: its value and its gradients against f64 references of both. The numbers
//! are such that sums are exact in f32: but for sigmoids and means there is nothing to tolerate.

use ae_autodiff::{Buffers, Grads, Params, Tape, Var};
use ae_tensor::{Activation, Padding, Shape, Tensor, Window};
use ae_testkit::naive::{self, Window2d, widen};
use ae_testkit::{Sampler, assert_close};
use proptest::prelude::*;

/// Multiples of 1/8 from -2 to 2.
fn exact(seed: u64, len: usize) -> Vec<f32> {
    let mut sampler = Sampler::new(seed);
    (0..len).map(|_| (sampler.bits() % 33) as f32 / 8.0 - 2.0).collect()
}

/// An operation's value from its operands, and the operands' gradients from that by the value.
struct Reference {
    y: Vec<f64>,
    gradients: Vec<Vec<f64>>,
}

/// How far off a number may be: by a share of the largest, and by so much anyway.
type Tolerance = [f64; 2];
const EQUAL: Tolerance = [0.0, 0.0];

fn assert_near(found: &[f32], expected: &[f64], [share, anyway]: Tolerance) {
    let largest = expected.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    assert_close(found, expected, 0.0, share * largest + anyway);
}

/// Runs `build` on parameters of these shapes, and back from a gradient by its value that is different everywhere.
fn check(
    shapes: &[&[usize]],
    seed: u64,
    tolerance: Tolerance,
    build: impl Fn(&mut Tape<'_>, &[Var]) -> Var,
    reference: impl Fn(&[Vec<f64>], &[f64]) -> Reference,
) {
    let mut params = Params::new();
    for (i, dims) in shapes.iter().enumerate() {
        let shape = Shape::new(dims);
        params.add(format!("p{i}"), Tensor::new(shape, exact(seed ^ i as u64, shape.len())));
    }
    let mut buffers = Buffers::new();
    // What was there must not matter: gradients of another step.
    let mut grads = Grads::zeros_like(&params);
    let mut tape = Tape::new(&params, &mut buffers);
    let vars: Vec<Var> = params.ids().map(|id| tape.param(id)).collect();
    let y = build(&mut tape, &vars);
    let len = tape.shape(y).len();
    drop(tape);
    let dy = Tensor::new([len, 1], exact(seed ^ 77, len));
    for _ in 0..2 {
        let mut tape = Tape::new(&params, &mut buffers);
        let vars: Vec<Var> = params.ids().map(|id| tape.param(id)).collect();
        let y = build(&mut tape, &vars);
        let operands: Vec<Vec<f64>> = params.ids().map(|id| widen(params.get(id).data())).collect();
        let expected = reference(&operands, &widen(dy.data()));
        assert_near(tape.value(y).data(), &expected.y, tolerance);
        // The scalar product with `dy`, whose gradient is `dy`.
        let (row, weights) = (tape.reshape(y, [1, len]), tape.input(&dy));
        let loss = tape.matmul(row, weights);
        tape.backward(loss, &mut grads);
        assert_eq!(expected.gradients.len(), params.len());
        for (id, expected) in params.ids().zip(&expected.gradients) {
            assert_near(grads.get(id).data(), expected, tolerance);
        }
    }
}

const ACTIVATIONS: [Activation; 3] = [Activation::Linear, Activation::Relu, Activation::Sigmoid];

/// Where a sigmoid is saturated, its derivative `s (1 - s)` is off by a rounding of `s`, however small it is.
fn tolerance(activation: Activation) -> Tolerance {
    if activation == Activation::Sigmoid { [1e-5, 1e-5] } else { EQUAL }
}

fn activate(activation: Activation, z: &[f64]) -> Vec<f64> {
    let f = |z: &f64| match activation {
        Activation::Linear => *z,
        Activation::Relu => naive::relu(*z),
        Activation::Sigmoid => naive::sigmoid(*z),
    };
    z.iter().map(f).collect()
}

/// The gradient by `z`.
fn activate_backward(activation: Activation, z: &[f64], dy: &[f64]) -> Vec<f64> {
    let f = |(&z, &dy): (&f64, &f64)| match activation {
        Activation::Linear => dy,
        Activation::Relu => naive::relu_backward(z, dy),
        Activation::Sigmoid => naive::sigmoid_backward(z, dy),
    };
    z.iter().zip(dy).map(f).collect()
}

fn matmul_backward(p: &[Vec<f64>], dy: &[f64], [m, k, n]: [usize; 3]) -> [Vec<f64>; 2] {
    [
        naive::matmul(dy, &naive::transpose(&p[1], k, n), m, n, k),
        naive::matmul(&naive::transpose(&p[0], m, k), dy, k, m, n),
    ]
}

fn conv_backward(
    [x, kernel]: [&[f64]; 2],
    dz: &[f64],
    window: Window2d,
    [inputs, outputs]: [usize; 2],
) -> [Vec<f64>; 2] {
    [
        naive::conv2d_backward_input(dz, kernel, window, inputs, outputs),
        naive::conv2d_backward_kernel(x, dz, window, inputs, outputs),
    ]
}

fn windows() -> impl Strategy<Value = Window> {
    ([1..=4usize, 1..=4], [1..=3usize, 1..=3], any::<bool>()).prop_map(|(size, stride, same)| {
        if same { Window::same(size) } else { Window::valid(size) }.with_stride(stride)
    })
}

/// The same window as the references know it; `None` if it does not fit.
fn reference_window(window: Window, image: [usize; 2]) -> Option<Window2d> {
    match window.padding {
        Padding::Same => Some(Window2d::same(image, window.size, window.stride)),
        Padding::Valid => Window2d::valid(image, window.size, window.stride),
    }
}

fn channels() -> impl Strategy<Value = usize> {
    prop::sample::select(vec![1, 2, 3, 9, 16, 17, 32])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn matmul(m in 0..=40usize, k in 1..=40usize, n in 1..=40usize, seed: u64) {
        check(&[&[m, k], &[k, n]], seed, EQUAL, |tape, v| tape.matmul(v[0], v[1]), |p, dy| Reference {
            y: naive::matmul(&p[0], &p[1], m, k, n),
            gradients: matmul_backward(p, dy, [m, k, n]).into(),
        });
    }

    #[test]
    fn add_bias(rows in 1..=70usize, cols in 1..=140usize, seed: u64) {
        check(&[&[rows, cols], &[cols]], seed, EQUAL, |tape, v| tape.add_bias(v[0], v[1]), |p, dy| Reference {
            y: naive::add_bias(&p[0], &p[1]),
            gradients: vec![dy.to_vec(), naive::column_sums(dy, cols)],
        });
    }

    #[test]
    fn dense(m in 1..=40usize, k in 1..=40usize, n in 1..=40usize, which in 0..3usize, seed: u64) {
        let activation = ACTIVATIONS[which];
        let build = |tape: &mut Tape<'_>, v: &[Var]| tape.dense(v[0], v[1], v[2], activation);
        check(&[&[m, k], &[k, n], &[n]], seed, tolerance(activation), build, |p, dy| {
            let z = naive::add_bias(&naive::matmul(&p[0], &p[1], m, k, n), &p[2]);
            let dz = activate_backward(activation, &z, dy);
            let [dx, dw] = matmul_backward(p, &dz, [m, k, n]);
            Reference { y: activate(activation, &z), gradients: vec![dx, dw, naive::column_sums(&dz, n)] }
        });
    }

    #[test]
    fn activations(rows in 1..=30usize, cols in 1..=80usize, seed: u64) {
        for activation in [Activation::Relu, Activation::Sigmoid] {
            let build = |tape: &mut Tape<'_>, v: &[Var]| match activation {
                Activation::Relu => tape.relu(v[0]),
                _ => tape.sigmoid(v[0]),
            };
            check(&[&[rows, cols]], seed, tolerance(activation), build, |p, dy| Reference {
                y: activate(activation, &p[0]),
                gradients: vec![activate_backward(activation, &p[0], dy)],
            });
        }
    }

    /// Element by element; and with an operand used twice, whose gradients add up.
    #[test]
    fn arithmetic(rows in 1..=30usize, cols in 1..=80usize, seed: u64) {
        let shapes: [&[usize]; 2] = [&[rows, cols], &[rows, cols]];
        let zip = |a: &[f64], b: &[f64], f: fn(f64, f64) -> f64| -> Vec<f64> {
            a.iter().zip(b).map(|(&a, &b)| f(a, b)).collect()
        };
        let minus = |x: &[f64]| x.iter().map(|x| -x).collect::<Vec<f64>>();
        check(&shapes, seed, EQUAL, |tape, v| tape.add(v[0], v[1]), |p, dy| Reference {
            y: zip(&p[0], &p[1], |a, b| a + b),
            gradients: vec![dy.to_vec(), dy.to_vec()],
        });
        check(&shapes, seed, EQUAL, |tape, v| tape.sub(v[0], v[1]), |p, dy| Reference {
            y: zip(&p[0], &p[1], |a, b| a - b),
            gradients: vec![dy.to_vec(), minus(dy)],
        });
        check(&shapes, seed, EQUAL, |tape, v| tape.mul(v[0], v[1]), |p, dy| Reference {
            y: zip(&p[0], &p[1], |a, b| a * b),
            gradients: vec![zip(dy, &p[1], |d, b| d * b), zip(dy, &p[0], |d, a| d * a)],
        });
        // (a + b) a = a^2 + a b
        let build = |tape: &mut Tape<'_>, v: &[Var]| {
            let sum = tape.add(v[0], v[1]);
            tape.mul(sum, v[0])
        };
        check(&shapes, seed, EQUAL, build, |p, dy| {
            let by_a = zip(&p[0], &p[1], |a, b| 2.0 * a + b);
            Reference {
                y: zip(&zip(&p[0], &p[1], |a, b| a + b), &p[0], |s, a| s * a),
                gradients: vec![zip(dy, &by_a, |d, g| d * g), zip(dy, &p[0], |d, a| d * a)],
            }
        });
    }

    #[test]
    fn reshape_and_mean(rows in 1..=30usize, cols in 1..=80usize, seed: u64) {
        let shapes: [&[usize]; 1] = [&[rows, cols]];
        check(&shapes, seed, EQUAL, |tape, v| tape.reshape(v[0], [cols, 1, rows]), |p, dy| Reference {
            y: p[0].clone(),
            gradients: vec![dy.to_vec()],
        });
        let n = (rows * cols) as f64;
        check(&shapes, seed, [1e-7, 0.0], |tape, v| tape.mean(v[0]), |p, dy| Reference {
            y: vec![p[0].iter().sum::<f64>() / n],
            gradients: vec![vec![dy[0] / n; rows * cols]],
        });
    }

    /// The gradient comes through a factor, too, which is 1 in training.
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
        // Without a parameter behind it, as in an evaluation, no gradient is computed on the way.
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

    #[test]
    fn conv2d(
        batch in 1..=3usize, image in [1..=7usize, 1..=7], window in windows(), inputs in channels(), outputs in channels(),
        which in 0..3usize, seed: u64,
    ) {
        let Some(place) = reference_window(window, image) else { return Ok(()) };
        let (activation, [h, w], [kh, kw]) = (ACTIVATIONS[which], image, window.size);
        let build = |tape: &mut Tape<'_>, v: &[Var]| tape.conv2d(v[0], v[1], v[2], window, activation);
        let shapes: [&[usize]; 3] = [&[batch, h, w, inputs], &[kh, kw, inputs, outputs], &[outputs]];
        check(&shapes, seed, tolerance(activation), build, |p, dy| {
            let z = naive::add_bias(&naive::conv2d(&p[0], &p[1], place, inputs, outputs), &p[2]);
            let dz = activate_backward(activation, &z, dy);
            let [dx, dkernel] = conv_backward([&p[0], &p[1]], &dz, place, [inputs, outputs]);
            Reference { y: activate(activation, &z), gradients: vec![dx, dkernel, naive::column_sums(&dz, outputs)] }
        });
    }

    #[test]
    fn up_sample_conv2d(
        batch in 1..=3usize, image in [1..=4usize, 1..=4], factor in [1..=3usize, 1..=3], size in [1..=4usize, 1..=4],
        inputs in channels(), outputs in channels(), which in 0..3usize, seed: u64,
    ) {
        let (activation, [h, w], [kh, kw]) = (ACTIVATIONS[which], image, size);
        let place = Window2d::same([h * factor[0], w * factor[1]], size, [1, 1]);
        let build = |tape: &mut Tape<'_>, v: &[Var]| tape.up_sample_conv2d(v[0], factor, v[1], v[2], activation);
        let shapes: [&[usize]; 3] = [&[batch, h, w, inputs], &[kh, kw, inputs, outputs], &[outputs]];
        check(&shapes, seed, tolerance(activation), build, |p, dy| {
            let e = naive::up_sample2d(&p[0], image, inputs, factor);
            let z = naive::add_bias(&naive::conv2d(&e, &p[1], place, inputs, outputs), &p[2]);
            let dz = activate_backward(activation, &z, dy);
            let [de, dkernel] = conv_backward([&e, &p[1]], &dz, place, [inputs, outputs]);
            let dx = naive::up_sample2d_backward(&de, image, inputs, factor);
            Reference { y: activate(activation, &z), gradients: vec![dx, dkernel, naive::column_sums(&dz, outputs)] }
        });
    }

    /// With many ties, since the numbers are few.
    #[test]
    fn max_pool2d(
        batch in 1..=3usize, image in [1..=9usize, 1..=9], window in windows(), channels in channels(), seed: u64,
    ) {
        let Some(place) = reference_window(window, image) else { return Ok(()) };
        let shapes: [&[usize]; 1] = [&[batch, image[0], image[1], channels]];
        check(&shapes, seed, EQUAL, |tape, v| tape.max_pool2d(v[0], window), |p, dy| {
            let (y, winners) = naive::max_pool2d(&p[0], place, channels);
            let dx = naive::max_pool2d_backward(&winners, dy, place, channels);
            Reference { y, gradients: vec![dx] }
        });
    }

    #[test]
    fn up_sample2d(
        batch in 1..=3usize, image in [1..=6usize, 1..=6], factor in [1..=3usize, 1..=3], channels in channels(), seed: u64,
    ) {
        let shapes: [&[usize]; 1] = [&[batch, image[0], image[1], channels]];
        check(&shapes, seed, EQUAL, |tape, v| tape.up_sample2d(v[0], factor), |p, dy| Reference {
            y: naive::up_sample2d(&p[0], image, channels, factor),
            gradients: vec![naive::up_sample2d_backward(dy, image, channels, factor)],
        });
    }
}

/// A number that is none, anywhere in the batch, shows in the loss and in the gradients: training can stop.
#[test]
fn a_broken_pixel_or_weight_is_seen() {
    for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for spoilt in 0..5 {
            let mut params = Params::new();
            let shapes: [&[usize]; 4] = [&[3, 3, 1, 4], &[4], &[3, 3, 4, 1], &[1]];
            for (i, dims) in shapes.iter().enumerate() {
                let shape = Shape::new(dims);
                let mut data = Sampler::new(i as u64).vec(shape.len(), 0.1, 0.5);
                if i == spoilt {
                    data[0] = odd;
                }
                params.add(format!("p{i}"), Tensor::new(shape, data));
            }
            let mut x = Tensor::full([2, 8, 8, 1], 0.5);
            if spoilt == 4 {
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
            // Minus infinity before the ReLU is an off unit, as any negative number.
            let off = odd == f32::NEG_INFINITY && spoilt == 1;
            assert_eq!(value.is_finite(), off, "{odd} in {spoilt}: {value}");
            assert!(off || !grads.is_finite() || !value.is_finite());
        }
    }
}
