//! Times each kernel over the whole range of magnitudes, to find numbers that make it slower.
//!
//! Many processors compute with subnormal numbers, below 1.2e-38, in microcode, a hundred times
//! slower. So each kernel is timed for inputs of each power of ten from 1e-37 to 1e38, of both
//! signs, and for the logits at which exponentials leave the normal numbers. The speed that counts
//! is the slowest; its share is that of the fastest, which is 1 if no magnitude matters.

use crate::limits::Speed;
use crate::report::Report;
use crate::stopwatch::best_seconds;
use ae_autodiff::{Grads, Params};
use ae_optim::{Adadelta, Adam, Optimizer, RmsProp, Sgd};
use ae_tensor::Tensor;
use ae_tensor::kernels::{bce, math};
use std::hint::black_box;

/// The number of elements: they stay in the first cache.
const LEN: usize = 2048;

/// Logits near which an exponential, its square or its product with 1e-6 becomes subnormal.
const EDGES: [f32; 8] = [-44.0, -50.0, -56.0, -70.0, -80.0, -87.0, -95.0, -103.0];

/// Measures all kernels, in elements per second.
pub fn measure(report: &mut Report) {
    report.begin("ranges", "slowest at");
    functions(report);
    optimizers(report);
}

fn functions(report: &mut Report) {
    let mut out = vec![0.0; LEN];
    for (name, f) in [
        ("exp", math::exp as fn(&[f32], &mut [f32])),
        ("exp_m1", math::exp_m1),
        ("ln", math::ln),
        ("ln_1p", math::ln_1p),
        ("tanh", math::tanh),
        ("sigmoid", math::sigmoid),
    ] {
        line(report, name, |x| best_seconds(|| f(x, black_box(&mut out))));
    }
    let t = vec![0.0; LEN];
    line(report, "cross-entropy", |x| {
        best_seconds(|| {
            black_box(bce::bce_sum(x, &t));
        })
    });
    line(report, "cross-entropy and gradient", |x| {
        best_seconds(|| {
            black_box(bce::bce_sum_and_gradient(x, &t, 1e-6, black_box(&mut out)));
        })
    });
}

/// Measures the updates with gradients of each magnitude, once the memories are stationary.
fn optimizers(report: &mut Report) {
    type Make = fn() -> Box<dyn Optimizer>;
    let rules: [(&str, Make); 4] = [
        ("RMSprop", || Box::new(RmsProp::default())),
        ("Adadelta", || Box::new(Adadelta::default())),
        ("Adam", || Box::new(Adam::default())),
        ("SGD with momentum", || Box::new(Sgd::new(0.01).with_momentum(0.9))),
    ];
    for (name, make) in rules {
        line(report, name, |x| {
            let mut params = Params::new();
            let id = params.add("p", Tensor::full([LEN], 0.5));
            let mut grads = Grads::zeros_like(&params);
            // Above, squares overflow.
            let gradient = x.iter().map(|x| x.clamp(-1e15, 1e15));
            grads.get_mut(id).data_mut().iter_mut().zip(gradient).for_each(|(g, x)| *g = x);
            let mut optimizer = make();
            best_seconds(|| optimizer.step(&mut params, &grads))
        });
    }
}

/// Reports the slowest speed of `seconds`, which works through numbers, over all magnitudes.
fn line(report: &mut Report, name: &str, mut seconds: impl FnMut(&[f32]) -> f64) {
    let times = magnitudes().map(|(at, x)| (seconds(&x), at)).collect::<Vec<_>>();
    let by_time = |a: &&(f64, f32), b: &&(f64, f32)| a.0.total_cmp(&b.0);
    let (fastest, slowest) = (times.iter().min_by(by_time), times.iter().max_by(by_time));
    let (&(fastest, _), &(slowest, at)) = fastest.zip(slowest).expect("there are magnitudes");
    let value = LEN as f64 / slowest / 1e9;
    let speed = Speed { value, unit: "Gelem/s", share: fastest / slowest, of: "fastest" };
    report.line(name, speed, &format!("{at:e}"));
}

/// Returns numbers of each magnitude, with the power of ten that they are near.
fn magnitudes() -> impl Iterator<Item = (f32, Vec<f32>)> {
    let powers = (-37..=38).map(|power| 10f32.powi(power));
    powers.flat_map(|power| [power, -power]).chain(EDGES).map(|at| {
        // From 1 to 1.01 times as large.
        (at, (0..LEN).map(|i| at * (1.0 + 1e-5 * (i % 1000) as f32)).collect())
    })
}
