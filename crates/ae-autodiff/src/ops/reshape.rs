//! The same elements with another shape. So `dx` has the elements of `dy`.

use crate::{Backward, BackwardPass, Tape, Var};
use ae_tensor::{Shape, Tensor};

impl Tape<'_> {
    /// The same elements with another shape.
    ///
    /// # Panics
    /// If the shapes differ in their number of elements.
    #[track_caller]
    pub fn reshape(&mut self, x: Var, shape: impl Into<Shape>) -> Var {
        let shape = shape.into();
        let from = self.shape(x);
        assert!(from.len() == shape.len(), "reshape: {from} cannot become {shape}");
        let mut y = self.buffer(shape.len());
        y.copy_from_slice(self.value(x).data());
        self.custom(&[x], Tensor::new(shape, y), Reshape { x })
    }
}

struct Reshape {
    x: Var,
}

impl Backward for Reshape {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        pass.accumulate(self.x, |_, dx| dx.copy_from_slice(dy));
    }
}
