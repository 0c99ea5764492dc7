//! Operations applied to a product before it is stored.

use super::micro::MR;
use crate::kernels::activation::{Activation, bias_activation};
use crate::kernels::simd::{LANES, load, load_partial, store_partial};
use std::ops::Range;
use wide::f32x16;

/// Operations applied to the product before it is stored: `C = activation(A B + bias)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Epilogue<'a> {
    /// One value per column of C, added to every row.
    pub bias: Option<&'a [f32]>,
    /// Applied to each element after the bias.
    pub activation: Activation,
}

impl Epilogue<'_> {
    /// Applies the epilogue to whole rows of C.
    pub(super) fn apply(&self, rows: &mut [f32]) {
        if let Some(bias) = self.bias {
            bias_activation(rows, bias, self.activation);
        } else {
            self.activation.apply(rows);
        }
    }

    /// The part of the epilogue for `count` columns starting at `first`.
    pub(super) fn columns(&self, first: usize, count: usize) -> Self {
        Self {
            bias: self.bias.map(|bias| &bias[first..first + count]),
            activation: self.activation,
        }
    }

    /// The bias of 16 columns starting at `col`; zero without a bias and past the last column.
    #[inline(always)]
    fn bias_at(&self, col: usize) -> f32x16 {
        match self.bias.map(|bias| &bias[col.min(bias.len())..]) {
            Some(bias) if bias.len() >= LANES => load(bias),
            Some(bias) => load_partial(bias, 0.0),
            None => f32x16::ZERO,
        }
    }
}

/// The destination of a register tile: the columns `cols` of rows of C. A row of the tile beyond
/// C's last, or a column beyond `cols`, is not written.
pub(in crate::kernels) struct Target<'a> {
    /// The rows of C, starting with the tile's first.
    pub(in crate::kernels) c: &'a mut [f32],
    /// The number of elements in a row of C.
    pub(in crate::kernels) row_len: usize,
    pub(in crate::kernels) cols: Range<usize>,
    /// Whether C as a whole is a large matrix.
    pub(in crate::kernels) large: bool,
}

impl Target<'_> {
    /// Writes the tile, added to the content of C if `add`, through the epilogue if there is one.
    #[inline(always)]
    pub(in crate::kernels) fn write<const M: usize, const V: usize>(
        self,
        tile: &[[f32x16; V]; M],
        add: bool,
        epilogue: Option<&Epilogue<'_>>,
    ) {
        let Some(epilogue) = epilogue else {
            return self.store(tile, add, |_, x| x);
        };
        let first = self.cols.start;
        let bias: [f32x16; V] = std::array::from_fn(|v| epilogue.bias_at(first + v * LANES));
        let Self { c, row_len, cols, large } = self;
        let target = Target { c: &mut *c, row_len, cols: cols.clone(), large };
        // The choice is made once per tile, not once per vector.
        match epilogue.activation.inlined() {
            Activation::Relu => {
                target.store(tile, add, |v, x| Activation::Relu.vector(x + bias[v]));
            }
            Activation::Sigmoid => {
                target.store(tile, add, |v, x| Activation::Sigmoid.vector(x + bias[v]));
            }
            _ => target.store(tile, add, |v, x| x + bias[v]),
        }
        if epilogue.activation.has_second_pass() {
            // `cols` may go on beyond the tile.
            let own = first..cols.end.min(first + V * LANES);
            finish(epilogue.activation, c, row_len, own);
        }
    }

    /// Stores `finish(v, sum)` of every vector of a tile; `v` is its position in the row.
    #[inline(always)]
    fn store<const M: usize, const V: usize>(
        self,
        tile: &[[f32x16; V]; M],
        add: bool,
        finish: impl Fn(usize, f32x16) -> f32x16,
    ) {
        let Self { c, row_len, cols, large } = self;
        if (large || add) && c.len() >= M * row_len && cols.len() >= V * LANES {
            // For a whole tile the compiler knows all positions: the loads can begin before the
            // sums are needed, and stores follow each other closely. Where a small C is only
            // written, the loop below leaves the compiler more registers for the product, which
            // matters more.
            for (i, vectors) in tile.iter().enumerate() {
                let row = &mut c[i * row_len + cols.start..][..V * LANES];
                for (v, out) in row.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                    let sum = if add { vectors[v] + f32x16::new(*out) } else { vectors[v] };
                    *out = finish(v, sum).to_array();
                }
            }
            return;
        }
        for (vectors, row) in tile.iter().zip(c.chunks_exact_mut(row_len)) {
            let row = &mut row[cols.clone()];
            if row.len() >= V * LANES {
                for (v, out) in row[..V * LANES].as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                    let sum = if add { vectors[v] + f32x16::new(*out) } else { vectors[v] };
                    *out = finish(v, sum).to_array();
                }
            } else {
                for (v, out) in row.chunks_mut(LANES).enumerate() {
                    let old = if add { load_partial(out, 0.0) } else { f32x16::ZERO };
                    store_partial(finish(v, vectors[v] + old), out);
                }
            }
        }
    }
}

/// Applies the second pass of a rare activation to the `cols` of a tile's rows. It is separate, so
/// that it costs the common ones nothing.
#[inline(never)]
fn finish(activation: Activation, c: &mut [f32], row_len: usize, cols: Range<usize>) {
    for row in c.chunks_exact_mut(row_len).take(MR) {
        activation.finish(&mut row[cols.clone()]);
    }
}
