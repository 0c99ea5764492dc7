//! A layer with a weight for each number, and the operation that it needs.

use autoencoder::layers::{
    ArchitectureError, BuildError, Init, Parameter, Pass, Shapes, Site, Takes, Words,
};
use autoencoder::{Backward, BackwardPass, Layer, LayerSpec, Shape, Tape, Tensor, Var};

pub(crate) const KEYWORD: &str = "gain";

/// `x g`, each number of a vector times its own weight.
#[derive(Debug)]
struct Gain;

pub(crate) fn read(_words: &mut Words<'_>) -> Result<LayerSpec, ArchitectureError> {
    Ok(LayerSpec::new(Gain))
}

impl Layer for Gain {
    fn keyword(&self) -> &str {
        KEYWORD
    }

    fn arguments(&self) -> String {
        String::new()
    }

    fn takes(&self) -> Takes {
        Takes::Vectors
    }

    fn shapes(&self, name: &str, input: Shape) -> Result<Shapes, BuildError> {
        if input.rank() != 1 {
            let (layer, expected) = (name.into(), "a vector");
            return Err(BuildError::InputShape { layer, expected, found: input });
        }
        let gain = Parameter { name: "gain", shape: input, init: Init::Constant(1.0) };
        Ok(Shapes { output: input, parameters: vec![gain] })
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, site: &Site<'_>, x: Var) -> Var {
        let gain = pass.tape.param(site.params[0]);
        multiply_rows(pass.tape, x, gain)
    }
}

/// `y_ij = x_ij g_j`; so `dx_ij = dy_ij g_j` and `dg_j = sum_i dy_ij x_ij`.
fn multiply_rows(tape: &mut Tape<'_>, x: Var, g: Var) -> Var {
    let shape = tape.shape(x);
    let mut y = tape.buffer(shape.len());
    let g_value = tape.value(g).data();
    let rows = tape.value(x).data().chunks_exact(g_value.len());
    for (y, x) in y.chunks_exact_mut(g_value.len()).zip(rows) {
        y.iter_mut().zip(x).zip(g_value).for_each(|((y, x), g)| *y = x * g);
    }
    tape.custom(&[x, g], Tensor::new(shape, y), MultiplyRows { x, g })
}

struct MultiplyRows {
    x: Var,
    g: Var,
}

impl Backward for MultiplyRows {
    fn backward(&mut self, dy: &mut [f32], pass: &mut BackwardPass<'_>) {
        let &mut Self { x, g } = self;
        pass.accumulate(x, |tape, dx| {
            let g = tape.value(g).data();
            let rows = dx.chunks_exact_mut(g.len()).zip(dy.chunks_exact(g.len()));
            for (dx, dy) in rows {
                dx.iter_mut().zip(dy).zip(g).for_each(|((dx, dy), g)| *dx = dy * g);
            }
        });
        pass.accumulate(g, |tape, dg| {
            dg.fill(0.0);
            let rows = tape.value(x).data().chunks_exact(dg.len());
            for (x, dy) in rows.zip(dy.chunks_exact(dg.len())) {
                dg.iter_mut().zip(x).zip(dy).for_each(|((dg, x), dy)| *dg += x * dy);
            }
        });
    }
}
