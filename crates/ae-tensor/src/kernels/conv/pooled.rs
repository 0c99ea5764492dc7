//! A convolution, its activation and the max pooling after it in one operation: the large image
//! between them is never kept.
//!
//! A window of the pooling passes one of its numbers on, `y = z[w]` with the *winner* `w`, so what
//! the backward pass needs of the large image `z` is `y` and `w`: the activation's derivative,
//! which is a function of its output, is needed at the winners only, and so is the bias gradient.
//! Both work on the small image, a fourth of the numbers for windows of 2 x 2.
//!
//! Where the image has one channel and windows are 2 x 2, as in an auto-encoder's first layer,
//! `single.rs` computes each window's outputs in registers, and the kernel gradient from the
//! winners. Other shapes take the two steps one after the other.

use super::single::Single;
use super::{Conv2d, check_bias};
use crate::kernels::activation::Activation;
use crate::kernels::gemm::Epilogue;
use crate::kernels::pool::{max_pool, max_pool_backward};
use crate::kernels::scratch::with_scratch_floats;
use crate::kernels::window::Placement;

/// A convolution and the max pooling of its outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PooledConv2d {
    conv: Conv2d,
    pool: Placement,
}

impl PooledConv2d {
    /// Creates the operation from a convolution and the placement of the pooling's window on the
    /// convolution's outputs.
    ///
    /// # Panics
    /// If the pooling's images are not as large as the convolution's outputs.
    #[must_use]
    pub fn new(conv: Conv2d, pool: Placement) -> Self {
        let [h, w, _] = conv.output_dims();
        assert!(pool.input == [h, w], "PooledConv2d: {pool:?} of the outputs of {conv:?}");
        Self { conv, pool }
    }

    /// Height, width and channels of the output.
    #[must_use]
    pub fn output_dims(&self) -> [usize; 3] {
        let [h, w] = self.pool.output;
        [h, w, self.conv.outputs]
    }

    /// The number of elements in an output image.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.output_dims().iter().product()
    }

    /// The convolution alone.
    #[must_use]
    pub fn convolution(&self) -> &Conv2d {
        &self.conv
    }

    /// Returns whether [`backward_kernel`] reads the winners. If it does not, the gradient has to
    /// be [spread](PooledConv2d::spread) for it.
    #[must_use]
    pub fn takes_winners(&self) -> bool {
        self.single().is_some()
    }

    fn single(&self) -> Option<Single> {
        Single::of(&self.conv, &self.pool)
    }

    /// Writes `dz [batch, h, w, out]`, the gradient by the convolution's outputs: that of each
    /// output of the pooling, `dy [batch, h', w', out]`, at its winner, and 0 elsewhere.
    ///
    /// # Panics
    /// If the lengths do not match.
    pub fn spread(&self, winners: &[f32], dy: &[f32], dz: &mut [f32]) {
        max_pool_backward(&self.pool, self.conv.outputs, winners, dy, dz);
    }

    /// # Panics
    /// If the lengths do not match.
    fn check(&self, op: &str, x: usize, kernel: usize, y: usize, winners: usize) {
        let lens = [self.conv.input_len(), self.conv.kernel_len(), self.output_len()];
        super::check_lens(op, self, lens, [x, kernel, y]);
        assert!(winners == y, "{op}: {winners} winners for {y} outputs");
    }
}

/// Computes `y = pool(activation(x * kernel + bias))`: `[batch, h, w, in]`, `[kh, kw, in, out]` and
/// `[out]` give `[batch, h', w', out]`; and writes each output's winner, as
/// [`max_pool`] does. The results are those of the two steps.
///
/// # Special values
/// As in [`conv::forward`](super::forward) and [`max_pool`].
///
/// # Panics
/// If the lengths do not match, or the bias does not.
pub fn forward(
    conv: &PooledConv2d,
    x: &[f32],
    kernel: &[f32],
    epilogue: Epilogue<'_>,
    y: &mut [f32],
    winners: &mut [f32],
) {
    conv.check("conv2d_max_pool2d", x.len(), kernel.len(), y.len(), winners.len());
    check_bias("conv2d_max_pool2d", epilogue, conv.conv.outputs);
    let simple = matches!(epilogue.activation, Activation::Linear | Activation::Relu);
    if let Some(single) = conv.single().filter(|_| simple) {
        return single.forward(x, kernel, epilogue, y, winners);
    }
    let images = x.len() / conv.conv.input_len();
    with_scratch_floats(images * conv.conv.output_len(), |z| {
        super::forward(&conv.conv, x, kernel, epilogue, z);
        max_pool(&conv.pool, conv.conv.outputs, z, y, winners);
    });
}

/// Computes `dkernel [kh, kw, in, out]` from `x [batch, h, w, in]`, the winners, and
/// `dy [batch, h', w', out]`, the gradient by the pooled numbers before the activation.
///
/// # Special values
/// As in [`conv::backward_kernel`](super::backward_kernel).
///
/// # Panics
/// If the lengths do not match.
pub fn backward_kernel(
    conv: &PooledConv2d,
    x: &[f32],
    winners: &[f32],
    dy: &[f32],
    dkernel: &mut [f32],
) {
    let op = "conv2d_max_pool2d backward_kernel";
    conv.check(op, x.len(), dkernel.len(), dy.len(), winners.len());
    if let Some(single) = conv.single() {
        return single.backward_kernel(x, winners, dy, dkernel);
    }
    with_scratch_floats(x.len() / conv.conv.input_len() * conv.conv.output_len(), |dz| {
        conv.spread(winners, dy, dz);
        super::backward_kernel(&conv.conv, x, dz, dkernel);
    });
}
