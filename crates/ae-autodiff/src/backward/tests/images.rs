//! Convolution, pooling and up-sampling.

use super::check;
use crate::{Buffers, Grads, Params, Tape, Var};
use ae_tensor::{Activation, Padding, Shape, Tensor, Window};
use ae_testkit::{Sampler, naive};

/// The reference's window for ours; it finds extents and padding by itself.
fn reference_window(window: Window, image: [usize; 2]) -> naive::Window2d {
    match window.padding {
        Padding::Same => naive::Window2d::same(image, window.size, window.stride),
        Padding::Valid => naive::Window2d::valid(image, window.size, window.stride).unwrap(),
    }
}

#[test]
fn conv2d() {
    for (image, window, inputs, outputs) in [
        ([4, 5], Window::same([3, 3]), 2, 3),
        ([5, 3], Window::same([2, 4]).with_stride([2, 1]), 1, 2),
        ([5, 6], Window::valid([3, 2]).with_stride([1, 3]), 3, 1),
        ([2, 2], Window::same([5, 3]), 1, 1),
        ([3, 4], Window::same([1, 1]), 4, 2),
        // Few outputs and whole vectors of inputs: forms of their own.
        ([3, 2], Window::same([3, 3]), 16, 1),
    ] {
        for activation in [Activation::Linear, Activation::Sigmoid] {
            let [h, w] = image;
            let [kh, kw] = window.size;
            let place = reference_window(window, image);
            check(
                &[&[2, h, w, inputs], &[kh, kw, inputs, outputs], &[outputs]],
                |tape, v| tape.conv2d(v[0], v[1], v[2], window, activation),
                |p| {
                    let mut y = naive::conv2d(&p[0], &p[1], place, inputs, outputs);
                    for pixel in y.chunks_exact_mut(outputs) {
                        for (y, b) in pixel.iter_mut().zip(&p[2]) {
                            *y += b;
                            if activation == Activation::Sigmoid {
                                *y = naive::sigmoid(*y);
                            }
                        }
                    }
                    y
                },
            );
        }
    }
}

#[test]
fn max_pool2d() {
    for (image, window) in [
        ([4, 6], Window::same([2, 2]).with_stride([2, 2])),
        ([5, 7], Window::same([2, 2]).with_stride([2, 2])),
        ([5, 4], Window::same([3, 3]).with_stride([2, 1])),
        ([5, 4], Window::valid([3, 2])),
    ] {
        let place = reference_window(window, image);
        check(
            &[&[2, image[0], image[1], 3]],
            |tape, v| tape.max_pool2d(v[0], window),
            |p| naive::max_pool2d(&p[0], place, 3).0,
        );
    }
}

#[test]
fn up_sample2d() {
    for factor in [[2, 2], [1, 3], [3, 1]] {
        check(
            &[&[2, 2, 3, 2]],
            |tape, v| tape.up_sample2d(v[0], factor),
            |p| naive::up_sample2d(&p[0], [2, 3], 2, factor),
        );
    }
}

#[test]
fn up_sample_conv2d() {
    for (image, factor, size, inputs, outputs) in [
        ([2, 3], [2, 2], [3, 3], 2, 3),
        ([3, 2], [3, 2], [2, 4], 1, 2),
        ([2, 2], [2, 2], [3, 3], 16, 1),
        ([1, 3], [1, 2], [5, 1], 3, 1),
    ] {
        let [h, w] = image;
        let [kh, kw] = size;
        let large = [h * factor[0], w * factor[1]];
        let place = reference_window(Window::same(size), large);
        check(
            &[&[2, h, w, inputs], &[kh, kw, inputs, outputs], &[outputs]],
            |tape, v| tape.up_sample_conv2d(v[0], factor, v[1], v[2], Activation::Sigmoid),
            |p| {
                let e = naive::up_sample2d(&p[0], image, inputs, factor);
                let mut y = naive::conv2d(&e, &p[1], place, inputs, outputs);
                for pixel in y.chunks_exact_mut(outputs) {
                    pixel.iter_mut().zip(&p[2]).for_each(|(y, b)| *y = naive::sigmoid(*y + b));
                }
                y
            },
        );
    }
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
    let loss = tape.bce_with_logits(logits, input);
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
    assert_eq!((buffers.allocations(), buffers.spare()), after_first);
    assert!(grads.is_finite());
}

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
#[should_panic(expected = "up_sample: a factor of [2, 0]")]
fn enlarged_to_nothing() {
    record(&[&[1, 4, 5, 2]], |tape, v| {
        tape.up_sample2d(v[0], [2, 0]);
    });
}
