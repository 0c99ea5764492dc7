//! Products of matrices, and layers made of them.

use super::elementwise::{activate, activate_backward, activation, tolerance};
use super::{CLOSE, Case, Draw, Entry};
use ae_autodiff::{Tape, Var};
use ae_tensor::Activation;
use ae_testkit::naive;

pub(super) const ROWS: &[Entry] =
    &[("matmul", matmul), ("add_bias", add_bias), ("dense", dense), ("dense", auto_encoder)];

fn matmul(draw: &mut Draw) -> Option<Case> {
    let [k, n] = [draw.extent(40), draw.extent(40)];
    // A batch may be empty.
    let m = draw.extent(41) - 1;
    Some(Case::new(
        &[&[m, k], &[k, n]],
        |tape, v| tape.matmul(v[0], v[1]),
        move |p| naive::matmul(&p[0], &p[1], m, k, n),
        move |p, dy| matmul_backward([&p[0], &p[1]], dy, [m, k, n]).into(),
    ))
}

fn matmul_backward([a, b]: [&[f64]; 2], dy: &[f64], [m, k, n]: [usize; 3]) -> [Vec<f64>; 2] {
    [
        naive::matmul(dy, &naive::transpose(b, k, n), m, n, k),
        naive::matmul(&naive::transpose(a, m, k), dy, k, m, n),
    ]
}

fn add_bias(draw: &mut Draw) -> Option<Case> {
    let [rows, cols] = [draw.extent(70), draw.extent(140)];
    Some(Case::new(
        &[&[rows, cols], &[cols]],
        |tape, v| tape.add_bias(v[0], v[1]),
        |p| naive::add_bias(&p[0], &p[1]),
        move |_, dy| vec![dy.to_vec(), naive::column_sums(dy, cols)],
    ))
}

fn dense(draw: &mut Draw) -> Option<Case> {
    let ([m, k, n], f) = ([(); 3].map(|()| draw.extent(40)), activation(draw));
    let z = move |p: &[Vec<f64>]| naive::add_bias(&naive::matmul(&p[0], &p[1], m, k, n), &p[2]);
    let case = Case::new(
        &[&[m, k], &[k, n], &[n]],
        move |tape, v| tape.dense(v[0], v[1], v[2], f),
        move |p| activate(f, &z(p)),
        move |p, dy| {
            let dz = activate_backward(f, &z(p), dy);
            let [dx, dw] = matmul_backward([&p[0], &p[1]], &dz, [m, k, n]);
            vec![dx, dw, naive::column_sums(&dz, n)]
        },
    );
    Some(case.within(tolerance(f)))
}

/// Two dense layers: the gradient of the first passes through the second.
fn auto_encoder(draw: &mut Draw) -> Option<Case> {
    let [m, k, n] = [draw.extent(40), draw.extent(40), draw.extent(10)];
    let code = move |p: &[Vec<f64>]| naive::add_bias(&naive::matmul(&p[0], &p[1], m, k, n), &p[2]);
    let logits = move |p: &[Vec<f64>]| {
        let h = activate(Activation::Relu, &code(p));
        naive::add_bias(&naive::matmul(&h, &p[3], m, n, k), &p[4])
    };
    let build = |tape: &mut Tape<'_>, v: &[Var]| {
        let h = tape.dense(v[0], v[1], v[2], Activation::Relu);
        tape.dense(h, v[3], v[4], Activation::Sigmoid)
    };
    let gradients = move |p: &[Vec<f64>], dy: &[f64]| {
        let dz = activate_backward(Activation::Sigmoid, &logits(p), dy);
        let h = activate(Activation::Relu, &code(p));
        let [dh, dw2] = matmul_backward([&h, &p[3]], &dz, [m, n, k]);
        let dc = activate_backward(Activation::Relu, &code(p), &dh);
        let [dx, dw1] = matmul_backward([&p[0], &p[1]], &dc, [m, k, n]);
        vec![dx, dw1, naive::column_sums(&dc, n), dw2, naive::column_sums(&dz, k)]
    };
    let shapes: [&[usize]; 5] = [&[m, k], &[k, n], &[n], &[n, k], &[k]];
    let value = move |p: &[Vec<f64>]| activate(Activation::Sigmoid, &logits(p));
    Some(Case::new(&shapes, build, value, gradients).within(CLOSE))
}
