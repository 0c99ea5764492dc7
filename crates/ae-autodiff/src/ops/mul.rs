//! `y = a b`, element by element, for equal shapes. By the product rule `da = dy b` and
//! `db = dy a`.

use super::combine;
use crate::{Backward, BackwardPass, Tape, Var};

/// `out = a b`. This is also its own backward function: `da = forward(dy, b)` and
/// `db = forward(dy, a)`.
pub fn forward(a: &[f32], b: &[f32], out: &mut [f32]) {
    combine(a, b, out, |a, b| a * b);
}

impl Tape<'_> {
    /// `a * b`, element by element, for equal shapes.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn mul(&mut self, a: Var, b: Var) -> Var {
        self.elementwise_pair("mul", [a, b], forward, Mul { a, b })
    }
}

struct Mul {
    a: Var,
    b: Var,
}

impl Backward for Mul {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { a, b } = self;
        pass.accumulate(a, |tape, da| forward(dy, tape.value(b).data(), da));
        pass.accumulate(b, |tape, db| forward(dy, tape.value(a).data(), db));
    }
}
