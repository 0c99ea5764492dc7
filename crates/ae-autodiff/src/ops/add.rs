//! `y = a + b`, element by element, for equal shapes. Both operands receive `dy`.

use super::combine;
use crate::{Backward, BackwardPass, Tape, Var};

/// `out = a + b`.
pub fn forward(a: &[f32], b: &[f32], out: &mut [f32]) {
    combine(a, b, out, |a, b| a + b);
}

impl Tape<'_> {
    /// `a + b` for equal shapes.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn add(&mut self, a: Var, b: Var) -> Var {
        self.elementwise_pair("add", [a, b], forward, Add { a, b })
    }
}

struct Add {
    a: Var,
    b: Var,
}

impl Backward for Add {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        pass.accumulate(self.a, |_, da| da.copy_from_slice(dy));
        pass.accumulate(self.b, |_, db| db.copy_from_slice(dy));
    }
}
