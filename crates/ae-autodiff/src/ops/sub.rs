//! `y = a - b`, element by element, for equal shapes. So `da = dy` and `db = -dy`.

use super::{combine, map};
use crate::{Backward, BackwardPass, Tape, Var};

/// `out = a - b`.
pub fn forward(a: &[f32], b: &[f32], out: &mut [f32]) {
    combine(a, b, out, |a, b| a - b);
}

/// `db = -dy`.
pub fn backward_b(dy: &[f32], db: &mut [f32]) {
    map(dy, db, |dy| -dy);
}

impl Tape<'_> {
    /// `a - b` for equal shapes.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn sub(&mut self, a: Var, b: Var) -> Var {
        self.elementwise_pair("sub", [a, b], forward, Sub { a, b })
    }
}

struct Sub {
    a: Var,
    b: Var,
}

impl Backward for Sub {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        pass.accumulate(self.a, |_, da| da.copy_from_slice(dy));
        pass.accumulate(self.b, |_, db| backward_b(dy, db));
    }
}
