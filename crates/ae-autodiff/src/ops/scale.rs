//! `y = c x` for a constant `c`; so `dx = c dy`.

use super::map;
use crate::{Backward, BackwardPass, Tape, Var};

/// `out = c x`. This is also its own backward function.
///
/// # Panics
/// If the lengths differ.
pub fn scale(c: f32, x: &[f32], out: &mut [f32]) {
    map(x, out, |x| c * x);
}

impl Tape<'_> {
    /// `factor * x` for a constant factor.
    pub fn scale(&mut self, x: Var, factor: f32) -> Var {
        self.elementwise(x, |x, y| scale(factor, x, y), Scale { x, factor })
    }
}

struct Scale {
    x: Var,
    factor: f32,
}

impl Backward for Scale {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        pass.accumulate(self.x, |_, dx| scale(self.factor, dy, dx));
    }
}
