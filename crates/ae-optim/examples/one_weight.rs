//! One weight w, the loss (w - 1)^2 / 200,000 and its tiny gradients, 1e-5 at first: how far does
//! each rule get? `cargo run -p ae-optim --example one_weight`.

use ae_autodiff::{Buffers, Grads, Params, Tape};
use ae_optim::{Adadelta, EpsilonPlace, Optimizer, RmsProp};
use ae_tensor::Tensor;

/// Whether the weights are printed after this step.
fn shown(step: usize) -> bool {
    step <= 10 || [100, 1000, 10_000, 50_000].contains(&step)
}

/// The weight, which starts at 0, after each of the printed steps.
fn trajectory(optimizer: &mut dyn Optimizer) -> Vec<(usize, f32)> {
    let (goal, scale) = (Tensor::scalar(1.0), Tensor::scalar(0.5e-5));
    let mut params = Params::new();
    let id = params.add("w", Tensor::scalar(0.0));
    let (mut grads, mut buffers) = (Grads::zeros_like(&params), Buffers::new());
    let mut weights = Vec::new();
    for step in 1..=50_000 {
        let mut tape = Tape::new(&params, &mut buffers);
        let (w, goal, scale) = (tape.param(id), tape.input(&goal), tape.input(&scale));
        let error = tape.sub(w, goal);
        let square = tape.mul(error, error);
        let loss = tape.mul(square, scale);
        tape.backward(loss, &mut grads);
        optimizer.step(&mut params, &grads);
        if shown(step) {
            weights.push((step, params.get(id).item()));
        }
    }
    weights
}

fn main() {
    let outside = trajectory(&mut RmsProp::default());
    let inside = trajectory(&mut RmsProp::default().with_epsilon(EpsilonPlace::InsideRoot));
    let adadelta = trajectory(&mut Adadelta::default());
    println!(" step  RMSprop outside  RMSprop inside     Adadelta");
    for ((o, i), a) in outside.iter().zip(&inside).zip(&adadelta) {
        println!("{:5}  {:15.7} {:15.7} {:12.7}", o.0, o.1, i.1, a.1);
    }
}
