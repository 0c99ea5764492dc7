//! Compares every gradient with finite differences, and tests what else a backward pass promises.

mod table;

use ae_autodiff::{Buffers, Grads, Params, Tape};
use ae_tensor::{Activation, Shape, Tensor, Window};
use ae_testkit::{Sampler, assert_close, assert_close_f64, gradient};
use table::{Case, Draw, rows, run, wide};

/// The number of cases per row.
const CASES: u64 = 16;

/// Calls `check` with [`CASES`] small cases of each row, whose operands are not at a kink.
fn for_each_case(mut check: impl FnMut(&Case, Vec<Vec<f32>>, &dyn Fn(usize) -> Vec<f32>)) {
    for row in rows() {
        let mut drawn = 0;
        for seed in 0..CASES {
            let mut draw = Draw::new(seed, true);
            let Some(case) = (row.draw)(&mut draw) else { continue };
            drawn += 1;
            println!("{} {:?}, seed {seed}", row.name, case.shapes);
            let mut operand = |shape: &Shape| -> Vec<f32> {
                draw.uniform(shape.len(), -1.5, 1.5).into_iter().map(case.domain).collect()
            };
            let operands = case.shapes.iter().map(&mut operand).collect();
            check(&case, operands, &|len| Sampler::new(!seed).vec(len, 0.5, 2.0));
        }
        assert!(drawn > CASES / 4, "{}: {drawn} cases", row.name);
    }
}

#[test]
fn every_gradient_is_that_of_finite_differences() {
    for_each_case(|case, operands, dy| {
        let found = run(case, &operands, &|_| true, dy, &mut Buffers::new());
        let operands = wide(&operands);
        let value = (case.value)(&operands);
        assert_close(&found.value, &value, 1e-5, 1e-6);
        let dy = wide(&[dy(value.len())]).remove(0);
        let reference = (case.gradients)(&operands, &dy);
        for (i, reference) in reference.iter().enumerate() {
            let exact = gradient(&operands[i], |moved| {
                let mut operands = operands.clone();
                operands[i] = moved.to_vec();
                (case.value)(&operands).iter().zip(&dy).map(|(y, dy)| y * dy).sum()
            });
            assert_close_f64(reference, &exact, 1e-6, 1e-7);
            assert_close(&found.gradients[i], &exact, 2e-5, 4e-6);
        }
        assert_eq!(found.gradients.len(), reference.len());
    });
}

/// A gradient is computed if an operand depends on a parameter, and only then.
#[test]
fn constant_operands_change_no_other_gradient() {
    for_each_case(|case, operands, dy| {
        let mut buffers = Buffers::new();
        let all = run(case, &operands, &|_| true, dy, &mut buffers);
        for only in 0..operands.len() {
            let one = run(case, &operands, &|i| i == only, dy, &mut buffers);
            assert_eq!((one.value, &one.gradients[0]), (all.value.clone(), &all.gradients[only]));
        }
        let none = run(case, &operands, &|_| false, dy, &mut buffers);
        assert_eq!((none.value, none.gradients.len()), (all.value, 0));
    });
}

/// An operation returns the buffers that it takes, with and without a backward pass.
#[test]
fn every_operation_gives_its_memory_back() {
    for_each_case(|case, operands, dy| {
        let mut buffers = Buffers::new();
        let _ = run(case, &operands, &|_| true, dy, &mut buffers);
        let after_first = (buffers.allocations(), buffers.spare());
        for _ in 0..2 {
            let _ = run(case, &operands, &|_| true, dy, &mut buffers);
            let _ = run(case, &operands, &|_| false, dy, &mut buffers);
            // A tape without a backward pass.
            let mut params = Params::new();
            for (i, x) in operands.iter().enumerate() {
                params.add(format!("p{i}"), Tensor::new(case.shapes[i], x.clone()));
            }
            let mut tape = Tape::new(&params, &mut buffers);
            let vars: Vec<_> = params.ids().map(|id| tape.param(id)).collect();
            let _ = (case.build)(&mut tape, &vars);
        }
        assert_eq!((buffers.allocations(), buffers.spare()), after_first);
    });
}

/// A new file in `src/ops` without a row in the table fails here.
#[test]
fn every_operation_has_a_row() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ops");
    let files = |folder: &std::path::Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("the folder of operations");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        names.filter_map(|name| Some(name.to_str()?.strip_suffix(".rs")?.into())).collect()
    };
    let mut operations = files(&folder);
    operations
        .extend(files(&folder.join("gaussian")).iter().map(|name| format!("gaussian/{name}")));
    operations.retain(|name| !name.ends_with("mod"));
    let rows = rows();
    assert!(operations.len() > 25, "{operations:?}");
    for operation in &operations {
        assert!(rows.iter().any(|row| row.name == operation), "no row for {operation}");
    }
    for row in &rows {
        assert!(operations.iter().any(|name| name == row.name), "no operation {}", row.name);
    }
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

#[test]
fn a_parameter_recorded_twice_receives_both_gradients() {
    let mut params = Params::new();
    let id = params.add("x", Tensor::new([2], vec![3.0, -2.0]));
    let (mut buffers, mut grads) = (Buffers::new(), Grads::zeros_like(&params));
    let mut tape = Tape::new(&params, &mut buffers);
    let (a, b) = (tape.param(id), tape.param(id));
    let product = tape.mul(a, b);
    let loss = tape.sum(product);
    tape.backward(loss, &mut grads);
    assert_eq!(grads.get(id).data(), [6.0, -4.0]);
}

/// One step of a small convolutional auto-encoder.
fn step(params: &Params, buffers: &mut Buffers, grads: &mut Grads, x: &Tensor) {
    let mut tape = Tape::new(params, buffers);
    let ids: Vec<_> = params.ids().collect();
    let input = tape.input(x);
    let [k1, b1, k2, b2] = [0, 1, 2, 3].map(|i| tape.param(ids[i]));
    let h = tape.conv2d(input, k1, b1, Window::same([3, 3]), Activation::Relu);
    let h = tape.max_pool2d(h, Window::same([2, 2]).with_stride([2, 2]));
    let h = tape.up_sample2d(h, [2, 2]);
    let logits = tape.conv2d(h, k2, b2, Window::same([3, 3]), Activation::Linear);
    // A constant that the tape owns, as a loss may need one.
    let weight = tape.constant(Tensor::scalar(0.5));
    let loss = tape.bce_with_logits(logits, input);
    let loss = tape.mul(loss, weight);
    tape.backward(loss, grads);
}

#[test]
fn a_steady_step_allocates_no_buffer() {
    let mut params = Params::new();
    for (name, shape) in [
        ("k1", Shape::from([3, 3, 1, 4])),
        ("b1", Shape::from([4])),
        ("k2", Shape::from([3, 3, 4, 1])),
        ("b2", Shape::from([1])),
    ] {
        params.add(name, Tensor::new(shape, Sampler::new(3).vec(shape.len(), -0.5, 0.5)));
    }
    let mut buffers = Buffers::new();
    let mut grads = Grads::zeros_like(&params);
    let (batch, last) = (Tensor::full([5, 8, 8, 1], 0.5), Tensor::full([2, 8, 8, 1], 0.5));
    step(&params, &mut buffers, &mut grads, &batch);
    let after_first = (buffers.allocations(), buffers.spare());
    for _ in 0..3 {
        step(&params, &mut buffers, &mut grads, &batch);
        step(&params, &mut buffers, &mut grads, &last);
    }
    // The number of spare vectors does not grow either: a step returns exactly what it took.
    assert_eq!((buffers.allocations(), buffers.spare()), after_first);
    assert!(grads.is_finite());
}
