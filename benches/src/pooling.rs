//! The passes between the denoising model's convolutions, all of them limited by memory.

use crate::images::IMAGES;
use crate::numbers;
use crate::report::Report;
use crate::stopwatch::median_seconds;
use ae_tensor::kernels::pool::{max_pool, max_pool_backward};
use ae_tensor::kernels::sum::column_sums;
use ae_tensor::kernels::upsample::{up_sample, up_sample_backward};
use ae_tensor::{Activation, Window};
use std::hint::black_box;

const CHANNELS: usize = 32;

/// Measures all passes, in GB/s and microseconds per image.
pub fn measure(report: &mut Report) {
    report.begin("pooling", " us/image");
    for side in [28, 14] {
        let window = Window::same([2, 2]).with_stride([2, 2]);
        let placement = window.over([side, side]).expect("the window fits");
        let large = numbers(IMAGES * side * side * CHANNELS, 17);
        let small = numbers(large.len() / 4, 13);
        let (mut dx, mut y, mut winners) = (large.clone(), small.clone(), small.clone());
        // Valid winners: the pooling writes them before its backward pass reads them.
        let pool =
            || max_pool(&placement, CHANNELS, &large, black_box(&mut y), black_box(&mut winners));
        let (l, s) = (large.len(), small.len());
        let mut line = |name: &str, floats: usize, seconds: f64| {
            let speed = report.limits.bytes(4 * floats, seconds);
            let each = seconds / IMAGES as f64 * 1e6;
            report.line(&format!("{name} {side}x{side}x32"), speed, &format!("{each:>9.1}"));
        };
        line("max-pool", l + 2 * s, median_seconds(15, pool));
        let back = || max_pool_backward(&placement, CHANNELS, &winners, &small, black_box(&mut dx));
        line("max-pool backward", l + 2 * s, median_seconds(15, back));
        let image = [side / 2, side / 2];
        let up = || up_sample(image, CHANNELS, [2, 2], &small, black_box(&mut dx));
        line("up-sample to", l + s, median_seconds(15, up));
        let back = || up_sample_backward(image, CHANNELS, [2, 2], &large, black_box(&mut y));
        line("up-sample backward", l + s, median_seconds(15, back));
        let mut sums = [0.0; CHANNELS];
        let columns = || column_sums(&large, black_box(&mut sums));
        line("bias gradient", l, median_seconds(15, columns));
        let relu = || Activation::Relu.backward(&large, black_box(&mut dx));
        line("ReLU backward", 3 * l, median_seconds(15, relu));
    }
}
