//! Elementwise and reducing operations against PyTorch in f64, forward and backward: `tape.json`.

use ae_autodiff::{Buffers, Grads, Params, Tape, Var};
use ae_testkit::assert_close;
use ae_tests::{Array, read};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

/// The gradients are those of `sum(y * dy)`.
#[derive(Deserialize)]
struct Case {
    name: String,
    constants: BTreeMap<String, usize>,
    inputs: Vec<Array>,
    y: Array,
    dy: Array,
    grads: Vec<Array>,
}

impl Case {
    fn record(&self, tape: &mut Tape<'_>, v: &[Var]) -> Var {
        let constant = |name: &str| self.constants[name];
        match &*self.name {
            "exp" => tape.exp(v[0]),
            "ln" => tape.ln(v[0]),
            "sqrt" => tape.sqrt(v[0]),
            "tanh" => tape.tanh(v[0]),
            "add" => tape.add(v[0], v[1]),
            "sub" => tape.sub(v[0], v[1]),
            "mul" => tape.mul(v[0], v[1]),
            "div" => tape.div(v[0], v[1]),
            "sum" => tape.sum(v[0]),
            "mean" => tape.mean(v[0]),
            "sum_axis" => tape.sum_axis(v[0], constant("axis")),
            "mean_axis" => tape.mean_axis(v[0], constant("axis")),
            "concat" => tape.concat(v, constant("axis")),
            "slice" => tape.slice(v[0], constant("axis"), constant("from")..constant("to")),
            "mse" => tape.mse(v[0], v[1]),
            other => panic!("tape.json has an operation {other}"),
        }
    }
}

#[test]
fn values_and_gradients_are_those_of_pytorch() {
    let cases = read::<Golden>("tape.json").cases;
    assert!(cases.len() >= 16, "{} cases", cases.len());
    for case in cases {
        let mut params = Params::new();
        let ids: Vec<_> = (case.inputs.iter().enumerate())
            .map(|(i, input)| params.add(format!("x{i}"), input.tensor()))
            .collect();
        let dy = case.dy.tensor();
        let (mut buffers, mut grads) = (Buffers::new(), Grads::zeros_like(&params));
        let mut tape = Tape::new(&params, &mut buffers);
        let operands: Vec<Var> = ids.iter().map(|&id| tape.param(id)).collect();
        let y = case.record(&mut tape, &operands);
        assert_eq!(tape.shape(y).dims(), case.y.shape, "{}", case.name);
        assert_close(tape.value(y).data(), &case.y.data, 1e-6, 1e-6);
        let factors = tape.input(&dy);
        let product = tape.mul(y, factors);
        let sum = tape.sum(product);
        tape.backward(sum, &mut grads);
        for (&id, expected) in ids.iter().zip(&case.grads) {
            assert_close(grads.get(id).data(), &expected.data, 2e-6, 1e-6);
        }
    }
}
