//! The table of operations. Each row has the shapes, the call that records the operation, and f64
//! references of its value and gradients. `gradients.rs` compares the references with finite
//! differences and the tape with both; `ops.rs` compares the tape with the references over large
//! shapes. A new operation needs one row here.
#![allow(dead_code, reason = "each test file is a program of its own and uses a part of these")]

mod codes;
mod elementwise;
mod images;
mod products;
mod reductions;

use ae_autodiff::{Buffers, Grads, Params, Tape, Var};
use ae_tensor::{Shape, Tensor};
use ae_testkit::naive::widen;
use ae_testkit::{Sampler, assert_close};

/// An operation, and how to draw a case of it.
pub(crate) struct Row {
    /// Its file in `src/ops`, without `.rs`.
    pub(crate) name: &'static str,
    /// Draws shapes and constants; `None` if they do not fit each other.
    pub(crate) draw: fn(&mut Draw) -> Option<Case>,
}

/// A row, as the files next to this one write it.
pub(crate) type Entry = (&'static str, fn(&mut Draw) -> Option<Case>);

/// The error allowed for a number: a fraction of the largest number, and an absolute part.
pub(crate) type Tolerance = [f64; 2];
pub(crate) const EQUAL: Tolerance = [0.0, 0.0];
/// The tolerance for functions that round.
pub(crate) const CLOSE: Tolerance = [1e-5, 1e-5];

type Build = dyn Fn(&mut Tape<'_>, &[Var]) -> Var;
type Value = dyn Fn(&[Vec<f64>]) -> Vec<f64>;
type Gradients = dyn Fn(&[Vec<f64>], &[f64]) -> Vec<Vec<f64>>;

/// An operation with shapes and constants.
pub(crate) struct Case {
    /// The shapes of its operands.
    pub(crate) shapes: Vec<Shape>,
    /// Maps a number from [-2, 2] to where the operation is defined.
    pub(crate) domain: fn(f32) -> f32,
    /// Records it.
    pub(crate) build: Box<Build>,
    /// Its value from its operands.
    pub(crate) value: Box<Value>,
    /// The operands' gradients, from the operands and the gradient by the value.
    pub(crate) gradients: Box<Gradients>,
    /// The tolerance of results from operands that are multiples of 1/8.
    pub(crate) tolerance: Tolerance,
}

impl Case {
    pub(crate) fn new(
        shapes: &[&[usize]],
        build: impl Fn(&mut Tape<'_>, &[Var]) -> Var + 'static,
        value: impl Fn(&[Vec<f64>]) -> Vec<f64> + 'static,
        gradients: impl Fn(&[Vec<f64>], &[f64]) -> Vec<Vec<f64>> + 'static,
    ) -> Self {
        Self {
            shapes: shapes.iter().map(|&dims| Shape::new(dims)).collect(),
            domain: |x| x,
            build: Box::new(build),
            value: Box::new(value),
            gradients: Box::new(gradients),
            tolerance: EQUAL,
        }
    }

    pub(crate) fn within(self, tolerance: Tolerance) -> Self {
        Self { tolerance, ..self }
    }

    pub(crate) fn on(self, domain: fn(f32) -> f32) -> Self {
        Self { domain, ..self }
    }
}

/// Draws extents and constants.
pub(crate) struct Draw {
    sampler: Sampler,
    /// Whether extents are small enough for finite differences.
    small: bool,
}

impl Draw {
    pub(crate) fn new(seed: u64, small: bool) -> Self {
        Self { sampler: Sampler::new(seed), small }
    }

    /// A number from 0 to `end - 1`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.sampler.bits() % end as u64) as usize
    }

    /// A number from 1 to `max`.
    pub(crate) fn extent(&mut self, max: usize) -> usize {
        1 + self.below(if self.small { max.min(4) } else { max })
    }

    pub(crate) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.below(2) == 0
    }

    /// A number of channels around the width of a vector.
    pub(crate) fn channels(&mut self) -> usize {
        if self.small {
            self.one_of(&[1, 2, 3, 3, 16])
        } else {
            self.one_of(&[1, 2, 3, 9, 16, 17, 32])
        }
    }

    /// Uniform numbers in `[low, high)`.
    pub(crate) fn uniform(&mut self, len: usize, low: f32, high: f32) -> Vec<f32> {
        self.sampler.vec(len, low, high)
    }

    /// A shape of rank 1 to 4, one of its axes, and the extents before, along and after the axis.
    pub(crate) fn axis(&mut self) -> (Vec<usize>, usize, [usize; 3]) {
        let rank = 1 + self.below(4);
        let max = [60, 30, 12, 6][rank - 1];
        let dims: Vec<usize> = (0..rank).map(|_| self.extent(max)).collect();
        let axis = self.below(rank);
        let extents = extents(&dims, axis);
        (dims, axis, extents)
    }
}

/// The number of elements before, along and after an axis.
pub(crate) fn extents(dims: &[usize], axis: usize) -> [usize; 3] {
    [dims[..axis].iter().product(), dims[axis], dims[axis + 1..].iter().product()]
}

/// Multiples of 1/8 from -2 to 2: sums and products of them are exact in f32.
pub(crate) fn exact(seed: u64, len: usize) -> Vec<f32> {
    let mut sampler = Sampler::new(seed);
    (0..len).map(|_| (sampler.bits() % 33) as f32 / 8.0 - 2.0).collect()
}

pub(crate) fn assert_near(found: &[f32], expected: &[f64], [share, anyway]: Tolerance) {
    let largest = expected.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    assert_close(found, expected, 0.0, share * largest + anyway);
}

/// All operations.
pub(crate) fn rows() -> Vec<Row> {
    [elementwise::ROWS, products::ROWS, images::ROWS, reductions::ROWS, codes::ROWS]
        .into_iter()
        .flatten()
        .map(|&(name, draw)| Row { name, draw })
        .collect()
}

/// The tape's results for a case.
pub(crate) struct Found {
    pub(crate) value: Vec<f32>,
    pub(crate) gradients: Vec<Vec<f32>>,
}

/// Records the case on parameters with these elements, and runs the backward pass from `dy`, the
/// gradient by its value. An operand whose `learned` is false is a constant, and its gradient is
/// left out.
pub(crate) fn run(
    case: &Case,
    operands: &[Vec<f32>],
    learned: &dyn Fn(usize) -> bool,
    dy: &dyn Fn(usize) -> Vec<f32>,
    buffers: &mut Buffers,
) -> Found {
    let tensor = |i: usize| Tensor::new(case.shapes[i], operands[i].clone());
    let count = operands.len();
    let mut params = Params::new();
    for i in (0..count).filter(|&i| learned(i)) {
        params.add(format!("p{i}"), tensor(i));
    }
    let mut grads = Grads::zeros_like(&params);
    // The previous content must not matter.
    grads.iter_mut().for_each(|(_, gradient)| gradient.data_mut().fill(f32::NAN));
    let mut tape = Tape::new(&params, buffers);
    let mut ids = params.ids();
    let vars: Vec<Var> = (0..count)
        .map(|i| match learned(i) {
            true => tape.param(ids.next().expect("an id for each")),
            false => tape.constant(tensor(i)),
        })
        .collect();
    let y = (case.build)(&mut tape, &vars);
    let value = tape.value(y).data().to_vec();
    let len = value.len();
    // The scalar product with `dy`, whose gradient is `dy`.
    let dy = tape.constant(Tensor::new([len, 1], dy(len)));
    let row = tape.reshape(y, [1, len]);
    let loss = tape.matmul(row, dy);
    tape.backward(loss, &mut grads);
    let gradients = grads.iter().map(|(_, gradient)| gradient.data().to_vec()).collect();
    Found { value, gradients }
}

/// The operands in f64, for the references.
pub(crate) fn wide(operands: &[Vec<f32>]) -> Vec<Vec<f64>> {
    operands.iter().map(|x| widen(x)).collect()
}
