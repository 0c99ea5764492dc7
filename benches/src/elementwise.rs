//! Elementwise passes: functions, the loss, the assembly of a batch, the optimizers' updates.
//!
//! Speeds are given in elements, and as a share of a copy of the same number of bytes; the
//! functions and the noise compute more than they move, and the copy is an upper bound.

use crate::images::{PIXELS, blobs, dense_model};
use crate::report::Report;
use crate::stopwatch::median_seconds;
use ae_autodiff::{Buffers, Grads, Tape};
use ae_optim::{Adadelta, Optimizer, RmsProp};
use ae_tensor::kernels::{bce, convert, math};
use ae_train::{Batch, Examples, GaussianNoise, Samples, Split};
use std::hint::black_box;

const LEN: usize = 1 << 20;
/// The number of images in a batch of the denoising job.
const BATCH: usize = 128;
const F32: usize = size_of::<f32>();

/// Measures all kernels, in elements per second.
pub fn measure(report: &mut Report) {
    report.begin("elementwise", "     us");
    functions(report);
    batches(report);
    updates(report);
}

fn line(report: &mut Report, name: &str, count: usize, bytes_each: usize, work: impl FnMut()) {
    let seconds = median_seconds(15, work);
    let speed = report.limits.elements(count, bytes_each, seconds);
    report.line(name, speed, &format!("{:>7.1}", seconds * 1e6));
}

fn functions(report: &mut Report) {
    let x: Vec<f32> = (0..LEN).map(|i| (i % 2000) as f32 / 100.0 - 10.0).collect();
    let t: Vec<f32> = (0..LEN).map(|i| (i % 256) as f32 / 255.0).collect();
    let mut out = vec![0.0; LEN];
    for (name, f) in [
        ("exp", math::exp as fn(&[f32], &mut [f32])),
        ("ln_1p", math::ln_1p),
        ("sigmoid", math::sigmoid),
    ] {
        line(report, name, LEN, 2 * F32, || f(&x, black_box(&mut out)));
    }
    line(report, "cross-entropy", LEN, 2 * F32, || {
        black_box(bce::bce_sum(&x, &t));
    });
    line(report, "cross-entropy and gradient", LEN, 3 * F32, || {
        black_box(bce::bce_sum_and_gradient(&x, &t, 1e-6, black_box(&mut out)));
    });
}

fn batches(report: &mut Report) {
    let bytes = blobs(1024);
    // Rows far apart, as after shuffling.
    let rows: Vec<usize> = (0..1024).map(|i| (i * 389) % 1024).collect();
    let mut out = vec![0.0; 1024 * PIXELS];
    line(report, "bytes to floats, 1024 images", out.len(), 1 + F32, || {
        convert::gather_unit_rows(&bytes, PIXELS, &rows, black_box(&mut out));
    });
    let noise = GaussianNoise { factor: 0.5, seed: 1, fresh: false };
    let examples = Examples::noisy(Samples::new(&bytes, [28, 28, 1]), noise, Split::Train);
    let mut batch = Batch::new();
    // The clean images are written and read again.
    line(report, "noisy batch of 128", BATCH * PIXELS, 1 + 3 * F32, || {
        examples.gather(black_box(&rows[..BATCH]), 0, &mut batch);
    });
}

fn updates(report: &mut Report) {
    let (model, mut params) = dense_model();
    let mut grads = Grads::zeros_like(&params);
    let (bytes, mut buffers) = (blobs(BATCH), Buffers::new());
    let x = Samples::new(&bytes, [PIXELS]).gather(&(0..BATCH).collect::<Vec<_>>());
    let mut tape = Tape::new(&params, &mut buffers);
    let input = tape.input(&x);
    let logits = model.forward_logits(&mut tape, input);
    let loss = tape.bce_with_logits(logits, input);
    tape.backward(loss, &mut grads);
    let count = params.element_count();
    let mut rmsprop = RmsProp::default();
    // Reads the gradient; reads and writes the weight and its mean square.
    line(report, "RMSprop, 16,474 weights", count, 5 * F32, || rmsprop.step(&mut params, &grads));
    let mut adadelta = Adadelta::default();
    // The same with two running means.
    line(report, "Adadelta, 16,474 weights", count, 7 * F32, || adadelta.step(&mut params, &grads));
}
