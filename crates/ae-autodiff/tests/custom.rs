//! Operations written outside of the crate, with its public interface alone.

use ae_autodiff::{Backward, BackwardPass, Buffers, Grads, ParamId, Params, Tape, Var};
use ae_tensor::Tensor;
use ae_testkit::{Sampler, assert_close, gradient, naive};

/// The mean Huber loss of two values: `d^2 / 2` for differences `d` of at most 1, `|d| - 1/2`
/// beyond. Its derivative by the first, `d` clipped to [-1, 1], is computed with it and kept.
struct Huber {
    predictions: Var,
    targets: Var,
    derivative: Vec<f32>,
}

fn huber(tape: &mut Tape<'_>, predictions: Var, targets: Var) -> Var {
    let len = tape.shape(predictions).len();
    let mut derivative = tape.buffer(len);
    let (p, t) = (tape.value(predictions).data(), tape.value(targets).data());
    let mut sum = 0.0;
    for ((d, p), t) in derivative.iter_mut().zip(p).zip(t) {
        let difference = p - t;
        *d = difference.clamp(-1.0, 1.0);
        sum += *d * (difference - 0.5 * *d);
    }
    let mut value = tape.buffer(1);
    value[0] = sum / len as f32;
    let op = Huber { predictions, targets, derivative };
    tape.custom(&[predictions, targets], Tensor::new([], value), op)
}

impl Backward for Huber {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let share = dy[0] / self.derivative.len() as f32;
        pass.accumulate(self.predictions, |_, dp| {
            dp.iter_mut().zip(&self.derivative).for_each(|(dp, d)| *dp = share * d);
        });
        // The same with the opposite sign, written to a buffer first.
        let mut dt = pass.buffer(self.derivative.len());
        dt.iter_mut().zip(&self.derivative).for_each(|(dt, d)| *dt = -share * d);
        pass.accumulate_buffer(self.targets, dt);
    }

    fn release(&mut self, buffers: &mut Buffers) {
        buffers.give(std::mem::take(&mut self.derivative));
    }
}

fn huber_reference(p: &[f64], t: &[f64]) -> f64 {
    let of = |(p, t): (&f64, &f64)| {
        let d = (p - t).abs();
        if d <= 1.0 { d * d / 2.0 } else { d - 0.5 }
    };
    p.iter().zip(t).map(of).sum::<f64>() / p.len() as f64
}

/// A dense layer and the loss; the loss times 3, so that its gradient is not 1.
fn step(
    params: &Params,
    [w, b, t]: [ParamId; 3],
    x: &Tensor,
    buffers: &mut Buffers,
    grads: &mut Grads,
) -> f32 {
    let mut tape = Tape::new(params, buffers);
    let (x, w, b, t) = (tape.input(x), tape.param(w), tape.param(b), tape.param(t));
    let z = tape.matmul(x, w);
    let z = tape.add_bias(z, b);
    let loss = huber(&mut tape, z, t);
    let loss = tape.scale(loss, 3.0);
    let value = tape.value(loss).item();
    tape.backward(loss, grads);
    value
}

#[test]
fn an_operation_from_outside_is_differentiated_like_any_other() {
    let mut sampler = Sampler::new(5);
    let x = Tensor::new([4, 3], sampler.vec(12, -1.5, 1.5));
    let mut params = Params::new();
    let mut add = |name: &str, shape: &[usize]| {
        let data = sampler.vec(shape.iter().product(), -1.5, 1.5);
        params.add(name, Tensor::new(shape, data))
    };
    let ids = [add("w", &[3, 2]), add("b", &[2]), add("targets", &[4, 2])];
    let (mut buffers, mut grads) = (Buffers::new(), Grads::zeros_like(&params));
    let loss = step(&params, ids, &x, &mut buffers, &mut grads);

    let x_wide = naive::widen(x.data());
    let reference = |p: &[Vec<f64>; 3]| {
        let z = naive::add_bias(&naive::matmul(&x_wide, &p[0], 4, 3, 2), &p[1]);
        3.0 * huber_reference(&z, &p[2])
    };
    let wide = ids.map(|id| naive::widen(params.get(id).data()));
    assert_close(&[loss], &[reference(&wide)], 1e-6, 0.0);
    for (i, id) in ids.into_iter().enumerate() {
        let exact = gradient(&wide[i], |moved| {
            let mut p = wide.clone();
            p[i] = moved.to_vec();
            reference(&p)
        });
        assert_close(grads.get(id).data(), &exact, 1e-5, 1e-6);
    }

    // The second step reuses the memory of the first.
    let after_first = (buffers.allocations(), buffers.spare());
    for _ in 0..3 {
        assert_eq!(step(&params, ids, &x, &mut buffers, &mut grads), loss);
    }
    assert_eq!((buffers.allocations(), buffers.spare()), after_first);
}

#[test]
fn its_memory_comes_back_without_a_backward_pass() {
    let mut params = Params::new();
    let id = params.add("p", Tensor::zeros([5]));
    let targets = Tensor::full([5], 0.25);
    let mut buffers = Buffers::new();
    let mut spare = Vec::new();
    for learned in [true, false, true] {
        let mut tape = Tape::new(&params, &mut buffers);
        let p = if learned { tape.param(id) } else { tape.constant(Tensor::zeros([5])) };
        let t = tape.input(&targets);
        let loss = huber(&mut tape, p, t);
        assert_eq!(tape.requires_gradient(loss), learned);
        assert_eq!(tape.value(loss).item(), 0.03125);
        drop(tape);
        spare.push((buffers.allocations(), buffers.spare()));
    }
    assert_eq!(spare, [(2, 2); 3]);
}

/// An operation that sends a gradient to its own output.
struct Circle;

impl Backward for Circle {
    fn backward(&mut self, _: &mut [f32], pass: &mut BackwardPass<'_>) {
        let to = pass.output();
        pass.accumulate(to, |_, d| d.fill(0.0));
    }
}

#[test]
#[should_panic(expected = "accumulate: an input comes after the operation's output")]
fn gradients_go_to_inputs_only() {
    let mut params = Params::new();
    let id = params.add("p", Tensor::scalar(1.0));
    let (mut buffers, mut grads) = (Buffers::new(), Grads::zeros_like(&params));
    let mut tape = Tape::new(&params, &mut buffers);
    let p = tape.param(id);
    let y = tape.custom(&[p], Tensor::scalar(2.0), Circle);
    tape.backward(y, &mut grads);
}
