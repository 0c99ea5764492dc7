//! A net of 2, 4 and 1 units learns exclusive or by plain gradient descent:
//! `cargo run -p ae-autodiff --example xor`.
use ae_autodiff::{Buffers, Grads, ParamId, Params, Tape, Var};
use ae_tensor::random::{Purpose, stream};
use ae_tensor::{Activation, Tensor};

const LEARNING_RATE: f32 = 1.0;

/// The logits of the four rows of `x`.
fn net(tape: &mut Tape<'_>, x: Var, ids: [ParamId; 4]) -> Var {
    let [w1, b1, w2, b2] = ids.map(|id| tape.param(id));
    let h = tape.dense(x, w1, b1, Activation::Sigmoid);
    tape.dense(h, w2, b2, Activation::Linear)
}

fn main() {
    let inputs = Tensor::new([4, 2], vec![0., 0., 0., 1., 1., 0., 1., 1.]);
    let targets = Tensor::new([4, 1], vec![0., 1., 1., 0.]);

    let mut params = Params::new();
    let mut rng = stream(1, Purpose::Weights, 0, 0);
    let w1 = params.add("w1", Tensor::uniform([2, 4], -1.0, 1.0, &mut rng));
    let b1 = params.add("b1", Tensor::zeros([4]));
    let w2 = params.add("w2", Tensor::uniform([4, 1], -1.0, 1.0, &mut rng));
    let b2 = params.add("b2", Tensor::zeros([1]));
    let ids = [w1, b1, w2, b2];

    let (mut grads, mut buffers) = (Grads::zeros_like(&params), Buffers::new());
    for _ in 0..2000 {
        let mut tape = Tape::new(&params, &mut buffers);
        let (x, t) = (tape.input(&inputs), tape.input(&targets));
        let logits = net(&mut tape, x, ids);
        let loss = tape.bce_with_logits(logits, t);
        tape.backward(loss, &mut grads);
        for id in ids {
            let weights = params.get_mut(id).data_mut();
            for (weight, gradient) in weights.iter_mut().zip(grads.get(id).data()) {
                *weight -= LEARNING_RATE * gradient;
            }
        }
    }

    let mut tape = Tape::new(&params, &mut buffers);
    let x = tape.input(&inputs);
    let logits = net(&mut tape, x, ids);
    let y = tape.sigmoid(logits);
    for i in 0..4 {
        println!("{:?} -> {:.4}", inputs.row(i), tape.value(y).row(i)[0]);
    }
}
