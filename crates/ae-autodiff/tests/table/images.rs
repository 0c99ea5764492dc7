//! Operations on images.

use super::elementwise::{activate, activate_backward, activation, tolerance};
use super::{Case, Draw, Entry};
use ae_tensor::{Padding, Window};
use ae_testkit::naive::{self, Window2d};

pub(super) const ROWS: &[Entry] = &[
    ("conv2d", conv2d),
    ("conv2d_max_pool2d", conv2d_max_pool2d),
    ("conv2d_transpose", conv2d_transpose),
    ("up_sample_conv2d", up_sample_conv2d),
    ("max_pool2d", max_pool2d),
    ("up_sample2d", up_sample2d),
    ("zero_padding2d", zero_padding2d),
    ("cropping2d", cropping2d),
];

fn window(draw: &mut Draw) -> Window {
    let (size, stride) = ([draw.extent(4), draw.extent(4)], [draw.extent(3), draw.extent(3)]);
    let window = if draw.flag() { Window::same(size) } else { Window::valid(size) };
    // Most convolutions have a stride of 1, and separate kernels compute them.
    window.with_stride(if draw.flag() { [1, 1] } else { stride })
}

/// The same window in the form of the references; `None` if it does not fit.
fn reference_window(window: Window, image: [usize; 2]) -> Option<Window2d> {
    match window.padding {
        Padding::Same => Some(Window2d::same(image, window.size, window.stride)),
        Padding::Valid => Window2d::valid(image, window.size, window.stride),
    }
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

fn conv2d(draw: &mut Draw) -> Option<Case> {
    let (batch, image) = (draw.extent(3), [draw.extent(7), draw.extent(7)]);
    let (inputs, outputs) = (draw.channels(), draw.channels());
    let (window, f) = (window(draw), activation(draw));
    let ([h, w], [kh, kw], place) = (image, window.size, reference_window(window, image)?);
    let z = move |p: &[Vec<f64>]| {
        naive::add_bias(&naive::conv2d(&p[0], &p[1], place, inputs, outputs), &p[2])
    };
    let case = Case::new(
        &[&[batch, h, w, inputs], &[kh, kw, inputs, outputs], &[outputs]],
        move |tape, v| tape.conv2d(v[0], v[1], v[2], window, f),
        move |p| activate(f, &z(p)),
        move |p, dy| {
            let dz = activate_backward(f, &z(p), dy);
            let [dx, dkernel] = conv_backward([&p[0], &p[1]], &dz, place, [inputs, outputs]);
            vec![dx, dkernel, naive::column_sums(&dz, outputs)]
        },
    );
    Some(case.within(tolerance(f)))
}

/// Every other time the shape of an auto-encoder's first layer, which has kernels of its own.
fn conv2d_max_pool2d(draw: &mut Draw) -> Option<Case> {
    let (batch, image) = (draw.extent(3), [draw.extent(9), draw.extent(9)]);
    let (mut inputs, outputs) = (draw.channels(), draw.channels());
    let (mut conv, mut pool, f) = (window(draw), window(draw), activation(draw));
    if draw.flag() {
        let padding = conv.padding;
        (inputs, conv) = (1, Window { padding, ..Window::same([3, 3]) });
        pool = Window::same([2, 2]).with_stride([2, 2]);
    }
    let ([h, w], [kh, kw], place) = (image, conv.size, reference_window(conv, image)?);
    let pooled = reference_window(pool, place.output)?;
    let z = move |p: &[Vec<f64>]| {
        naive::add_bias(&naive::conv2d(&p[0], &p[1], place, inputs, outputs), &p[2])
    };
    let case = Case::new(
        &[&[batch, h, w, inputs], &[kh, kw, inputs, outputs], &[outputs]],
        move |tape, v| tape.conv2d_max_pool2d([v[0], v[1], v[2]], conv, f, pool),
        move |p| naive::max_pool2d(&activate(f, &z(p)), pooled, outputs).0,
        move |p, dy| {
            let z = z(p);
            let (_, winners) = naive::max_pool2d(&activate(f, &z), pooled, outputs);
            let dy = naive::max_pool2d_backward(&winners, dy, pooled, outputs);
            let dz = activate_backward(f, &z, &dy);
            let [dx, dkernel] = conv_backward([&p[0], &p[1]], &dz, place, [inputs, outputs]);
            vec![dx, dkernel, naive::column_sums(&dz, outputs)]
        },
    );
    Some(case.within(tolerance(f)))
}

fn conv2d_transpose(draw: &mut Draw) -> Option<Case> {
    let (batch, image) = (draw.extent(2), [draw.extent(5), draw.extent(5)]);
    // The output is large, and finite differences lose digits in a long sum.
    let (inputs, outputs) = (draw.channels(), draw.one_of(&[1, 2, 3, 9]));
    let (window, f) = (window(draw), activation(draw));
    let ([h, w], [kh, kw]) = (image, window.size);
    let large = [0, 1].map(|axis| {
        let beyond = window.size[axis].saturating_sub(window.stride[axis]);
        let beyond = if window.padding == Padding::Valid { beyond } else { 0 };
        image[axis] * window.stride[axis] + beyond
    });
    let place = reference_window(window, large)?;
    let z = move |p: &[Vec<f64>]| {
        naive::add_bias(&naive::conv2d_transpose(&p[0], &p[1], place, inputs, outputs), &p[2])
    };
    let case = Case::new(
        &[&[batch, h, w, inputs], &[kh, kw, outputs, inputs], &[outputs]],
        move |tape, v| tape.conv2d_transpose(v[0], v[1], v[2], window, f),
        move |p| activate(f, &z(p)),
        move |p, dy| {
            let dz = activate_backward(f, &z(p), dy);
            let dx = naive::conv2d(&dz, &p[1], place, outputs, inputs);
            let dkernel = naive::conv2d_backward_kernel(&dz, &p[0], place, outputs, inputs);
            vec![dx, dkernel, naive::column_sums(&dz, outputs)]
        },
    );
    Some(case.within(tolerance(f)))
}

fn up_sample_conv2d(draw: &mut Draw) -> Option<Case> {
    let (batch, image) = (draw.extent(3), [draw.extent(4), draw.extent(4)]);
    let (factor, size) = ([draw.extent(3), draw.extent(3)], [draw.extent(4), draw.extent(4)]);
    let (inputs, outputs, f) = (draw.channels(), draw.channels(), activation(draw));
    let ([h, w], [kh, kw]) = (image, size);
    let place = Window2d::same([h * factor[0], w * factor[1]], size, [1, 1]);
    let enlarged = move |p: &[Vec<f64>]| naive::up_sample2d(&p[0], image, inputs, factor);
    let z = move |p: &[Vec<f64>]| {
        naive::add_bias(&naive::conv2d(&enlarged(p), &p[1], place, inputs, outputs), &p[2])
    };
    let case = Case::new(
        &[&[batch, h, w, inputs], &[kh, kw, inputs, outputs], &[outputs]],
        move |tape, v| tape.up_sample_conv2d(v[0], factor, v[1], v[2], f),
        move |p| activate(f, &z(p)),
        move |p, dy| {
            let dz = activate_backward(f, &z(p), dy);
            let operands = [&enlarged(p)[..], &p[1]];
            let [de, dkernel] = conv_backward(operands, &dz, place, [inputs, outputs]);
            let dx = naive::up_sample2d_backward(&de, image, inputs, factor);
            vec![dx, dkernel, naive::column_sums(&dz, outputs)]
        },
    );
    Some(case.within(tolerance(f)))
}

/// Draws few distinct numbers at times, so that there are many ties.
fn max_pool2d(draw: &mut Draw) -> Option<Case> {
    let (batch, image) = (draw.extent(3), [draw.extent(9), draw.extent(9)]);
    let (window, channels) = (window(draw), draw.channels());
    let place = reference_window(window, image)?;
    Some(Case::new(
        &[&[batch, image[0], image[1], channels]],
        move |tape, v| tape.max_pool2d(v[0], window),
        move |p| naive::max_pool2d(&p[0], place, channels).0,
        move |p, dy| {
            let (_, winners) = naive::max_pool2d(&p[0], place, channels);
            vec![naive::max_pool2d_backward(&winners, dy, place, channels)]
        },
    ))
}

fn up_sample2d(draw: &mut Draw) -> Option<Case> {
    let (batch, image) = (draw.extent(3), [draw.extent(6), draw.extent(6)]);
    let (factor, channels) = ([draw.extent(3), draw.extent(3)], draw.channels());
    Some(Case::new(
        &[&[batch, image[0], image[1], channels]],
        move |tape, v| tape.up_sample2d(v[0], factor),
        move |p| naive::up_sample2d(&p[0], image, channels, factor),
        move |_, dy| vec![naive::up_sample2d_backward(dy, image, channels, factor)],
    ))
}

/// Up to three rows and columns at each edge.
fn sides(draw: &mut Draw) -> [[usize; 2]; 2] {
    [(); 2].map(|()| [(); 2].map(|()| draw.extent(4) - 1))
}

fn zero_padding2d(draw: &mut Draw) -> Option<Case> {
    let (batch, image) = (draw.extent(3), [draw.extent(6), draw.extent(6)]);
    let (sides, channels) = (sides(draw), draw.channels());
    let padded = [0, 1].map(|axis| image[axis] + sides[axis][0] + sides[axis][1]);
    Some(Case::new(
        &[&[batch, image[0], image[1], channels]],
        move |tape, v| tape.zero_padding2d(v[0], sides),
        move |p| naive::zero_padding2d(&p[0], image, channels, sides),
        move |_, dy| vec![naive::cropping2d(dy, padded, channels, sides)],
    ))
}

fn cropping2d(draw: &mut Draw) -> Option<Case> {
    let (batch, cropped) = (draw.extent(3), [draw.extent(4), draw.extent(4)]);
    let (sides, channels) = (sides(draw), draw.channels());
    let image = [0, 1].map(|axis| cropped[axis] + sides[axis][0] + sides[axis][1]);
    Some(Case::new(
        &[&[batch, image[0], image[1], channels]],
        move |tape, v| tape.cropping2d(v[0], sides),
        move |p| naive::cropping2d(&p[0], image, channels, sides),
        move |_, dy| vec![naive::zero_padding2d(dy, cropped, channels, sides)],
    ))
}
