//! Invalid calls panic, and the message names all shapes.

use ae_autodiff::{Buffers, Grads, Params, Tape, Var};
use ae_tensor::{Activation, Tensor, Window};

/// Records one operation on zeros of these shapes.
fn record(shapes: &[&[usize]], op: impl FnOnce(&mut Tape<'_>, &[Var])) {
    let params = Params::new();
    let zeros: Vec<Tensor> = shapes.iter().map(|&dims| Tensor::zeros(dims)).collect();
    let mut buffers = Buffers::new();
    let mut tape = Tape::new(&params, &mut buffers);
    let inputs: Vec<Var> = zeros.iter().map(|zeros| tape.input(zeros)).collect();
    op(&mut tape, &inputs);
}

#[test]
#[should_panic(expected = "conv2d: (1, 4, 5, 2) * (3, 3, 1, 8) + (8,) with a window of [3, 3]")]
fn conv2d_names_all_shapes() {
    record(&[&[1, 4, 5, 2], &[3, 3, 1, 8], &[8]], |tape, v| {
        tape.conv2d(v[0], v[1], v[2], Window::same([3, 3]), Activation::Linear);
    });
}

#[test]
#[should_panic(expected = "up_sample_conv2d: (1, 4, 5, 2) * (3, 3, 1, 8) + (8,)")]
fn up_sample_conv2d_names_all_shapes() {
    record(&[&[1, 4, 5, 2], &[3, 3, 1, 8], &[8]], |tape, v| {
        tape.up_sample_conv2d(v[0], [2, 2], v[1], v[2], Activation::Linear);
    });
}

#[test]
#[should_panic(expected = "does not fit images of [4, 5]")]
fn a_window_larger_than_the_image() {
    record(&[&[1, 4, 5, 2]], |tape, v| {
        tape.max_pool2d(v[0], Window::valid([5, 1]));
    });
}

#[test]
#[should_panic(expected = "up_sample: factor [2, 0]")]
fn enlarged_to_nothing() {
    record(&[&[1, 4, 5, 2]], |tape, v| {
        tape.up_sample2d(v[0], [2, 0]);
    });
}

#[test]
#[should_panic(expected = "cropping2d: 1, 3, 0 and 0 of images of 4 x 5")]
fn cropped_to_nothing() {
    record(&[&[1, 4, 5, 2]], |tape, v| {
        tape.cropping2d(v[0], [[1, 3], [0, 0]]);
    });
}

#[test]
#[should_panic(expected = "dense: (2, 3) x (4, 5) + (5,)")]
fn dense_names_all_shapes() {
    record(&[&[2, 3], &[4, 5], &[5]], |tape, v| {
        tape.dense(v[0], v[1], v[2], Activation::Linear);
    });
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
#[should_panic(
    expected = "gaussian_means: (2, 3), where the columns must be n means and n log-variances"
)]
fn a_code_has_as_many_means_as_variances() {
    record(&[&[2, 3]], |tape, v| {
        tape.gaussian_means(v[0]);
    });
}

#[test]
#[should_panic(expected = "div: (2,) and (3,)")]
fn pairs_have_the_same_shape() {
    record(&[&[2], &[3]], |tape, v| {
        tape.div(v[0], v[1]);
    });
}

#[test]
#[should_panic(expected = "sum_axis: no axis 2 in shape (2, 3)")]
fn a_sum_needs_an_axis_that_exists() {
    record(&[&[2, 3]], |tape, v| {
        tape.sum_axis(v[0], 2);
    });
}

#[test]
#[should_panic(expected = "concat: [(2, 3), (3, 3)] along axis 1")]
fn parts_differ_along_the_axis_only() {
    record(&[&[2, 3], &[3, 3]], |tape, v| {
        tape.concat(v, 1);
    });
}

#[test]
#[should_panic(expected = "concat: [] along axis 0")]
fn there_is_a_part() {
    record(&[], |tape, v| {
        tape.concat(v, 0);
    });
}

#[test]
#[should_panic(expected = "slice: 2..4 along axis 1 of (2, 3)")]
fn a_slice_lies_in_its_axis() {
    record(&[&[2, 3]], |tape, v| {
        tape.slice(v[0], 1, 2..4);
    });
}

#[test]
#[should_panic(expected = "dropout: a rate of 1, not in [0, 1)")]
fn something_is_kept() {
    record(&[&[2], &[2]], |tape, v| {
        tape.dropout(v[0], v[1], 1.0);
    });
}

#[test]
#[should_panic(expected = "dropout: the noise must be constant")]
fn noise_is_not_learned() {
    let mut params = Params::new();
    let id = params.add("x", Tensor::zeros([2]));
    let mut buffers = Buffers::new();
    let mut tape = Tape::new(&params, &mut buffers);
    let x = tape.param(id);
    tape.dropout(x, x, 0.5);
}
