//! `y = a / b`, element by element, for equal shapes.
//!
//! ```text
//! dy/da = 1 / b        dy/db = -a / b^2 = -y / b
//! ```
//!
//! The second form needs no square, which could overflow or vanish where `y` does not.

use super::combine;
use crate::{Backward, BackwardPass, Tape, Var};

/// `out = a / b`. This is also the backward function of `a`: `da = forward(dy, b)`.
pub fn forward(a: &[f32], b: &[f32], out: &mut [f32]) {
    combine(a, b, out, |a, b| a / b);
}

/// `db = -dy y / b`.
pub fn backward_b(dy: &[f32], y: &[f32], b: &[f32], db: &mut [f32]) {
    combine(y, b, db, |y, b| -y / b);
    assert!(dy.len() == db.len(), "div: {} and {} elements", dy.len(), db.len());
    db.iter_mut().zip(dy).for_each(|(db, dy)| *db *= dy);
}

impl Tape<'_> {
    /// `a / b`, element by element, for equal shapes. A division by 0 is IEEE's: infinity, or NaN
    /// for 0 / 0.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn div(&mut self, a: Var, b: Var) -> Var {
        self.elementwise_pair("div", [a, b], forward, Div { a, b })
    }
}

struct Div {
    a: Var,
    b: Var,
}

impl Backward for Div {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let (&mut Self { a, b }, y) = (self, pass.output());
        pass.accumulate(a, |tape, da| forward(dy, tape.value(b).data(), da));
        pass.accumulate(b, |tape, db| {
            backward_b(dy, tape.value(y).data(), tape.value(b).data(), db);
        });
    }
}
