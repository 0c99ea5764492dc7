//! Operations on single elements or on pairs of elements.

use super::{CLOSE, Case, Draw, EQUAL, Entry, Tolerance};
use ae_autodiff::{Tape, Var};
use ae_tensor::{Activation, Tensor};
use ae_testkit::naive;

pub(super) const ROWS: &[Entry] = &[
    ("activate", activation_case),
    ("activate", named_activations),
    ("add", |d| pair(d, |t, v| t.add(v[0], v[1]), |a, b| a + b, |_, _, dy| [dy, dy])),
    ("sub", |d| pair(d, |t, v| t.sub(v[0], v[1]), |a, b| a - b, |_, _, dy| [dy, -dy])),
    ("mul", |d| pair(d, |t, v| t.mul(v[0], v[1]), |a, b| a * b, |a, b, dy| [dy * b, dy * a])),
    ("div", |d| {
        let by_both = |a: f64, b: f64, dy: f64| [dy / b, -dy * a / (b * b)];
        pair(d, |t, v| t.div(v[0], v[1]), |a, b| a / b, by_both).map(away_from_zero)
    }),
    ("exp", |d| single(d, |t, x| t.exp(x), f64::exp, |x, dy| dy * x.exp()).map(rounding)),
    ("ln", |d| single(d, |t, x| t.ln(x), f64::ln, |x, dy| dy / x).map(positive)),
    ("sqrt", |d| {
        single(d, |t, x| t.sqrt(x), f64::sqrt, |x, dy| dy / (2.0 * x.sqrt())).map(positive)
    }),
    ("scale", |d| single(d, |t, x| t.scale(x, -2.5), |x| -2.5 * x, |_, dy| -2.5 * dy)),
    ("reshape", |d| {
        let [a, b, c] = [d.extent(20), d.extent(20), d.extent(9)];
        let build = move |t: &mut Tape<'_>, v: &[Var]| t.reshape(v[0], [c, a, b]);
        Some(Case::new(&[&[a, b * c]], build, |p| p[0].clone(), |_, dy| vec![dy.to_vec()]))
    }),
    ("dropout", dropout),
    // An operand that is used twice, by one operation and by two operations.
    ("mul", |d| {
        let build = |t: &mut Tape<'_>, x| {
            let square = t.mul(x, x);
            t.add(square, x)
        };
        single(d, build, |x| x * x + x, |x, dy| dy * (2.0 * x + 1.0))
    }),
    ("sub", |d| {
        let build = |t: &mut Tape<'_>, x| {
            let s = t.sigmoid(x);
            let square = t.mul(s, s);
            t.sub(square, s)
        };
        let backward =
            |x: f64, dy: f64| naive::sigmoid_backward(x, dy * (2.0 * naive::sigmoid(x) - 1.0));
        single(d, build, |x| naive::sigmoid(x) * (naive::sigmoid(x) - 1.0), backward).map(rounding)
    }),
];

fn rounding(case: Case) -> Case {
    case.within(CLOSE)
}

fn positive(case: Case) -> Case {
    case.within(CLOSE).on(|x| x.abs() + 0.25)
}

fn away_from_zero(case: Case) -> Case {
    case.within(CLOSE).on(|x| x + 0.5 * 1f32.copysign(x))
}

/// A function of each element.
fn single(
    draw: &mut Draw,
    build: fn(&mut Tape<'_>, Var) -> Var,
    value: fn(f64) -> f64,
    backward: fn(f64, f64) -> f64,
) -> Option<Case> {
    let shape = [draw.extent(30), draw.extent(80)];
    Some(Case::new(
        &[&shape],
        move |tape, v| build(tape, v[0]),
        move |p| p[0].iter().map(|&x| value(x)).collect(),
        move |p, dy| vec![p[0].iter().zip(dy).map(|(&x, &dy)| backward(x, dy)).collect()],
    ))
}

/// A function of each pair of elements.
fn pair(
    draw: &mut Draw,
    build: fn(&mut Tape<'_>, &[Var]) -> Var,
    value: fn(f64, f64) -> f64,
    backward: fn(f64, f64, f64) -> [f64; 2],
) -> Option<Case> {
    let shape = [draw.extent(30), draw.extent(80)];
    Some(Case::new(
        &[&shape, &shape],
        build,
        move |p| p[0].iter().zip(&p[1]).map(|(&a, &b)| value(a, b)).collect(),
        move |p, dy| {
            let pairs = p[0].iter().zip(&p[1]).zip(dy);
            let both: Vec<[f64; 2]> = pairs.map(|((&a, &b), &dy)| backward(a, b, dy)).collect();
            [0, 1].map(|i| both.iter().map(|both| both[i]).collect()).into()
        },
    ))
}

/// Any of the activations, at times with an unusual parameter.
pub(super) fn activation(draw: &mut Draw) -> Activation {
    match draw.below(4) {
        0 => draw.one_of(&[Activation::LeakyRelu(0.25), Activation::Elu(0.5)]),
        _ => draw.one_of(&Activation::ALL),
    }
}

/// Where a function saturates, a small derivative computed from the value is off by the value's
/// rounding error.
pub(super) fn tolerance(activation: Activation) -> Tolerance {
    match activation {
        Activation::Linear | Activation::Relu => EQUAL,
        Activation::LeakyRelu(0.25) => EQUAL,
        _ => CLOSE,
    }
}

pub(super) fn activate(activation: Activation, z: &[f64]) -> Vec<f64> {
    let text = activation.to_string();
    z.iter().map(|&z| naive::activation(&text, z)).collect()
}

/// The gradient by `z`.
pub(super) fn activate_backward(activation: Activation, z: &[f64], dy: &[f64]) -> Vec<f64> {
    let text = activation.to_string();
    z.iter().zip(dy).map(|(&z, &dy)| naive::activation_backward(&text, z, dy)).collect()
}

fn activation_case(draw: &mut Draw) -> Option<Case> {
    let (shape, f) = ([draw.extent(30), draw.extent(80)], activation(draw));
    let case = Case::new(
        &[&shape],
        move |tape, v| tape.activate(v[0], f),
        move |p| activate(f, &p[0]),
        move |p, dy| vec![activate_backward(f, &p[0], dy)],
    );
    Some(case.within(tolerance(f)))
}

fn named_activations(draw: &mut Draw) -> Option<Case> {
    match draw.below(3) {
        0 => single(draw, |t, x| t.relu(x), naive::relu, naive::relu_backward),
        1 => {
            single(draw, |t, x| t.sigmoid(x), naive::sigmoid, naive::sigmoid_backward).map(rounding)
        }
        _ => single(draw, |t, x| t.tanh(x), f64::tanh, |x, dy| dy / x.cosh().powi(2)).map(rounding),
    }
}

fn dropout(draw: &mut Draw) -> Option<Case> {
    let shape = [draw.extent(30), draw.extent(80)];
    let noise = draw.uniform(shape[0] * shape[1], 0.0, 1.0);
    // A rate of 1/2 doubles the elements that are kept, which is exact.
    let rate = draw.one_of(&[0.0, 0.5, 0.3]);
    let wide = naive::widen(&noise);
    let noise = Tensor::new(shape, noise);
    let reference = move |x: &[f64]| naive::dropout(x, &wide, rate.into());
    let backward = reference.clone();
    let case = Case::new(
        &[&shape],
        move |tape, v| {
            let noise = tape.constant(noise.clone());
            tape.dropout(v[0], noise, rate)
        },
        move |p| reference(&p[0]),
        move |_, dy| vec![backward(dy)],
    );
    Some(if rate == 0.3 { case.within(CLOSE) } else { case })
}
