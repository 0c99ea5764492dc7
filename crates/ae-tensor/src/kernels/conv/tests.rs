//! Small cases worked out by hand; `tests/conv.rs` of this crate compares many shapes with the
//! naive reference.

use super::*;
use crate::kernels::activation::Activation;
use crate::kernels::window::Window;
use ae_testkit::{Sampler, assert_close};

/// The definition, in f64.
fn naive(conv: &Conv2d, x: &[f32], kernel: &[f32]) -> Vec<f64> {
    let Placement { size, stride, input, output, before } = conv.placement;
    let batch = x.len() / conv.input_len();
    let mut y = Vec::new();
    for n in 0..batch {
        for oy in 0..output[0] {
            for ox in 0..output[1] {
                for o in 0..conv.outputs {
                    let mut sum = 0.0;
                    for ky in 0..size[0] {
                        for kx in 0..size[1] {
                            let (u, v) = (oy * stride[0] + ky, ox * stride[1] + kx);
                            if u < before[0] || v < before[1] {
                                continue;
                            }
                            let (u, v) = (u - before[0], v - before[1]);
                            if u >= input[0] || v >= input[1] {
                                continue;
                            }
                            for c in 0..conv.inputs {
                                let pixel = (n * input[0] + u) * input[1] + v;
                                let tap = ky * size[1] + kx;
                                sum += f64::from(x[pixel * conv.inputs + c])
                                    * f64::from(kernel[(tap * conv.inputs + c) * conv.outputs + o]);
                            }
                        }
                    }
                    y.push(sum);
                }
            }
        }
    }
    y
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

/// How far a sum may be from the exact one. Large tiles, which only whole vectors of channels may
/// use, lose a digit of the 7.
fn rounding(size: [usize; 2], channels: [usize; 2]) -> f64 {
    let large_tiles = size == [3, 3] && channels.iter().all(|n| n.is_multiple_of(16));
    if large_tiles { 5e-5 } else { 2e-5 }
}

#[test]
fn awkward_shapes() {
    let mut cases = 0;
    for (image, size, stride) in [
        ([28, 28], [3, 3], [1, 1]),
        ([5, 7], [3, 3], [1, 1]),
        ([7, 5], [2, 4], [1, 2]),
        ([3, 3], [5, 5], [1, 1]),
        ([9, 1], [1, 1], [3, 1]),
        ([6, 300], [3, 2], [2, 2]),
    ] {
        for (inputs, outputs) in [(1, 1), (1, 32), (32, 1), (3, 5), (17, 33), (16, 2), (32, 32)] {
            for window in [Window::same(size), Window::valid(size)] {
                let Some(placement) = window.with_stride(stride).over(image) else { continue };
                let conv = Conv2d::new(placement, inputs, outputs);
                let mut sampler = Sampler::new(cases);
                cases += 1;
                let batch = 2;
                let x = sampler.vec(batch * conv.input_len(), -1.0, 1.0);
                let kernel = sampler.vec(conv.kernel_len(), -1.0, 1.0);
                let dy = sampler.vec(batch * conv.output_len(), -1.0, 1.0);
                let mut y = vec![f32::NAN; dy.len()];
                forward(&conv, &x, &kernel, Epilogue::default(), &mut y);
                let atol = rounding(size, [inputs, outputs]);
                assert_close(&y, &naive(&conv, &x, &kernel), 1e-5, atol);
                // The gradients are the adjoints of a bilinear map.
                let mut dx = vec![f32::NAN; x.len()];
                backward_input(&conv, &dy, &kernel, &mut dx);
                let mut dk = vec![f32::NAN; kernel.len()];
                backward_kernel(&conv, &x, &dy, &mut dk);
                let expected = dot(&y, &dy);
                let tolerance = 1e-3 * (y.len() as f64).sqrt();
                for (what, got) in [("dx", dot(&x, &dx)), ("dk", dot(&kernel, &dk))] {
                    assert!(
                        (got - expected).abs() < tolerance,
                        "{what} {conv:?}: {got} {expected}"
                    );
                }
            }
        }
    }
    assert!(cases > 70, "{cases}");
}

#[test]
fn bias_and_activation() {
    let conv = Conv2d::new(Window::same([3, 3]).over([4, 4]).unwrap(), 1, 2);
    let mut sampler = Sampler::new(1);
    let (x, kernel) = (sampler.vec(32, -1.0, 1.0), sampler.vec(18, -1.0, 1.0));
    let bias = [0.5, -0.25];
    let mut y = vec![f32::NAN; 64];
    let epilogue = Epilogue { bias: Some(&bias), activation: Activation::Relu };
    forward(&conv, &x, &kernel, epilogue, &mut y);
    let mut expected = naive(&conv, &x, &kernel);
    for pixel in expected.chunks_exact_mut(2) {
        pixel[0] = (pixel[0] + 0.5).max(0.0);
        pixel[1] = (pixel[1] - 0.25).max(0.0);
    }
    assert_close(&y, &expected, 1e-6, 1e-6);
}

/// Compares with up-sampling and convolution one after the other.
#[test]
fn enlarged_equals_the_two_steps() {
    use crate::kernels::upsample::{up_sample, up_sample_backward};
    let mut cases = 0;
    for (image, factor, size) in [
        ([7, 7], [2, 2], [3, 3]),
        ([14, 14], [2, 2], [3, 3]),
        ([3, 5], [3, 2], [3, 3]),
        ([4, 3], [2, 3], [5, 4]),
        ([2, 1], [4, 1], [1, 2]),
        ([1, 2], [2, 5], [7, 9]),
        ([5, 6], [1, 1], [3, 3]),
    ] {
        for (inputs, outputs) in [(32, 32), (32, 1), (1, 3), (5, 17), (16, 33), (2, 2)] {
            let enlarged = enlarged::EnlargedConv2d::new(image, factor, size, [inputs, outputs]);
            let large = [image[0] * factor[0], image[1] * factor[1]];
            let conv = Conv2d::new(Window::same(size).over(large).unwrap(), inputs, outputs);
            let mut sampler = Sampler::new(cases);
            cases += 1;
            let x = sampler.vec(3 * enlarged.input_len(), -1.0, 1.0);
            let kernel = sampler.vec(conv.kernel_len(), -1.0, 1.0);
            let bias = sampler.vec(outputs, -1.0, 1.0);
            let dy = sampler.vec(3 * conv.output_len(), -1.0, 1.0);
            let epilogue = Epilogue { bias: Some(&bias), activation: Activation::Relu };
            let wide = |x: &[f32]| x.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();

            let mut e = vec![f32::NAN; x.len() * factor[0] * factor[1]];
            up_sample(image, inputs, factor, &x, &mut e);
            let (mut expected, mut y) = (vec![f32::NAN; dy.len()], vec![f32::NAN; dy.len()]);
            forward(&conv, &e, &kernel, epilogue, &mut expected);
            enlarged::forward(&enlarged, &x, &kernel, epilogue, &mut y);
            assert_close(&y, &wide(&expected), 1e-5, rounding(size, [inputs, outputs]));

            let (mut de, mut expected) = (vec![f32::NAN; e.len()], vec![f32::NAN; x.len()]);
            backward_input(&conv, &dy, &kernel, &mut de);
            up_sample_backward(image, inputs, factor, &de, &mut expected);
            let mut dx = vec![f32::NAN; x.len()];
            enlarged::backward_input(&enlarged, &dy, &kernel, &mut dx);
            assert_close(&dx, &wide(&expected), 1e-5, 5e-5);

            let (mut expected, mut dk) = (kernel.clone(), vec![f32::NAN; kernel.len()]);
            backward_kernel(&conv, &e, &dy, &mut expected);
            enlarged::backward_kernel(&enlarged, &x, &dy, &mut dk);
            assert_close(&dk, &wide(&expected), 1e-5, 1e-4);
        }
    }
}
