//! A race down Rosenbrock's valley, (1 - x)^2 + 100 (y - x^2)^2, from (-1, 1) to its lowest point
//! at (1, 1): `cargo run -p ae-optim --example valley`. (H. H. Rosenbrock, "An automatic method for
//! finding the greatest or least value of a function", 1960.)

use ae_autodiff::{Buffers, Grads, Params, Tape};
use ae_optim::{Adadelta, Adam, Optimizer, RmsProp, Sgd};
use ae_tensor::Tensor;

/// The position of the rule after each of these numbers of steps.
fn race(optimizer: &mut dyn Optimizer, stops: &[usize]) -> Vec<[f32; 2]> {
    let (one, hundred) = (Tensor::scalar(1.0), Tensor::scalar(100.0));
    let mut params = Params::new();
    let ids = [-1.0, 1.0].map(|start| params.add(start.to_string(), Tensor::scalar(start)));
    let (mut grads, mut buffers) = (Grads::zeros_like(&params), Buffers::new());
    let mut seen = Vec::new();
    for step in 1..=stops[stops.len() - 1] {
        let mut tape = Tape::new(&params, &mut buffers);
        let ([x, y], one) = (ids.map(|id| tape.param(id)), tape.input(&one));
        let (across, square) = (tape.sub(one, x), tape.mul(x, x));
        let (along, hundred) = (tape.sub(y, square), tape.input(&hundred));
        let (across, along) = (tape.mul(across, across), tape.mul(along, along));
        let along = tape.mul(along, hundred);
        let loss = tape.add(across, along);
        tape.backward(loss, &mut grads);
        optimizer.step(&mut params, &grads);
        if stops.contains(&step) {
            seen.push(ids.map(|id| params.get(id).item()));
        }
    }
    seen
}

fn main() {
    let stops = [100, 1000, 10_000];
    let (mut adam, mut sgd) = (Adam::new(0.01), Sgd::new(0.001).with_momentum(0.9));
    let (mut rms_prop, mut adadelta) = (RmsProp::default(), Adadelta::default());
    for rule in [&mut rms_prop as &mut dyn Optimizer, &mut adadelta, &mut adam, &mut sgd] {
        println!("{:<9} {:.3?} after {stops:?} steps", rule.name(), race(rule, &stops));
    }
}
