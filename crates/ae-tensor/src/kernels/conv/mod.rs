#![doc = include_str!("LESSON.md")]

mod dot;
pub mod enlarged;
mod few;
mod kernel_gradient;
mod patches;
pub mod pooled;
mod product;
mod single;
mod winograd;

use super::gemm::Epilogue;
use super::scratch::with_scratch_floats;
use super::transpose::transpose;
use super::window::Placement;
use patches::Patches;
use product::{FEW, product};

/// The shapes of a convolution: the placement of the kernel on the images, and the numbers of input
/// and output channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conv2d {
    placement: Placement,
    inputs: usize,
    outputs: usize,
}

impl Conv2d {
    /// Creates a convolution of images with `inputs` channels to images with `outputs` channels.
    ///
    /// # Panics
    /// If a number of channels is 0.
    #[must_use]
    pub fn new(placement: Placement, inputs: usize, outputs: usize) -> Self {
        assert!(inputs > 0 && outputs > 0, "Conv2d: {inputs} channels to {outputs}");
        Self { placement, inputs, outputs }
    }

    /// Height, width and channels of the input.
    #[must_use]
    pub fn input_dims(&self) -> [usize; 3] {
        let [h, w] = self.placement.input;
        [h, w, self.inputs]
    }

    /// Height, width and channels of the output.
    #[must_use]
    pub fn output_dims(&self) -> [usize; 3] {
        let [h, w] = self.placement.output;
        [h, w, self.outputs]
    }

    /// The number of elements in an input image.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.placement.input_pixels() * self.inputs
    }

    /// The number of elements in an output image.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.placement.output_pixels() * self.outputs
    }

    /// The number of elements in the kernel.
    #[must_use]
    pub fn kernel_len(&self) -> usize {
        self.taps() * self.inputs * self.outputs
    }

    fn taps(&self) -> usize {
        self.placement.size[0] * self.placement.size[1]
    }

    /// The view of `x` as patches.
    fn patches<'a>(&self, x: &'a [f32]) -> Patches<'a> {
        let Placement { size, stride, input, output, before } = self.placement;
        Patches { x, channels: self.inputs, input, spread: [1, 1], before, size, stride, output }
    }

    /// The view of the output gradient as patches, one for each pixel of the input: those of the
    /// convolution that computes the input gradient.
    fn adjoint_patches<'a>(&self, dy: &'a [f32]) -> Patches<'a> {
        let Placement { size, stride, input, output, before } = self.placement;
        Patches {
            x: dy,
            channels: self.outputs,
            input: output,
            spread: stride,
            before: [size[0] - 1 - before[0], size[1] - 1 - before[1]],
            size,
            stride: [1, 1],
            output: input,
        }
    }

    /// # Panics
    /// If the lengths do not match.
    fn check(&self, op: &str, x: usize, kernel: usize, y: usize) {
        let lens = [self.input_len(), self.kernel_len(), self.output_len()];
        check_lens(op, self, lens, [x, kernel, y]);
    }
}

/// Checks the lengths of input, kernel and output against `lens`: one input image, the kernel, one
/// output image.
///
/// # Panics
/// If they do not match.
fn check_lens(op: &str, conv: &dyn std::fmt::Debug, lens: [usize; 3], [x, kernel, y]: [usize; 3]) {
    let [input, kernel_len, output] = lens;
    let batch = x / input;
    assert!(
        x == batch * input && y == batch * output && kernel == kernel_len,
        "{op}: {x} elements in, {y} out and {kernel} in the kernel for {conv:?}"
    );
}

/// # Panics
/// If there is a bias and it does not have one element per channel.
fn check_bias(op: &str, epilogue: Epilogue<'_>, channels: usize) {
    assert!(
        epilogue.bias.is_none_or(|bias| bias.len() == channels),
        "{op}: a bias of {:?} elements for {channels} channels",
        epilogue.bias.map(<[f32]>::len)
    );
}

/// Computes `y = activation(x * kernel + bias)`: `[batch, h, w, in]`, `[kh, kw, in, out]` and
/// `[out]` give `[batch, h', w', out]`. The old content of `y` is ignored.
///
/// # Special values
/// A pixel that is NaN or infinite affects all outputs whose window contains it; they may be NaN
/// where the definition gives an infinity, because transformed tiles are added up. With whole
/// vectors of channels it may also reach other outputs of the same tile of 4 x 4. A NaN or
/// infinite weight affects all outputs of its channel, at the border too: the padding's zeros are
/// multiplied like pixels. Sums are f32: they overflow to infinity, or NaN where infinities of both
/// signs meet.
///
/// # Panics
/// If the lengths do not match, or the bias does not.
pub fn forward(conv: &Conv2d, x: &[f32], kernel: &[f32], epilogue: Epilogue<'_>, y: &mut [f32]) {
    conv.check("conv2d", x.len(), kernel.len(), y.len());
    check_bias("conv2d", epilogue, conv.outputs);
    product(&conv.patches(x), kernel, conv.outputs, epilogue, y);
}

/// As [`forward`], computing every product of the definition for all shapes: the simple
/// counterpart, for tests and benches.
///
/// # Panics
/// As for [`forward`].
pub fn forward_direct(
    conv: &Conv2d,
    x: &[f32],
    kernel: &[f32],
    epilogue: Epilogue<'_>,
    y: &mut [f32],
) {
    conv.check("conv2d", x.len(), kernel.len(), y.len());
    check_bias("conv2d", epilogue, conv.outputs);
    product::direct(&conv.patches(x), kernel, conv.outputs, epilogue, y);
}

/// Computes `dx [batch, h, w, in]`, the input gradient, from `dy [batch, h', w', out]`.
///
/// # Special values
/// As in [`forward`]: any NaN or infinity reaches everything that depends on it, and near a border
/// also what would depend on it without the padding.
///
/// # Panics
/// If the lengths do not match.
pub fn backward_input(conv: &Conv2d, dy: &[f32], kernel: &[f32], dx: &mut [f32]) {
    conv.check("conv2d backward_input", dx.len(), kernel.len(), dy.len());
    with_scratch_floats(kernel.len(), |turned| {
        turn(kernel, [conv.taps(), conv.inputs, conv.outputs], turned);
        let patches = conv.adjoint_patches(dy);
        product(&patches, turned, conv.inputs, Epilogue::default(), dx);
    });
}

/// Computes `dkernel [kh, kw, in, out]`, the kernel gradient, from `x [batch, h, w, in]` and
/// `dy [batch, h', w', out]`.
///
/// # Special values
/// As in [`backward_input`].
///
/// # Panics
/// If the lengths do not match.
pub fn backward_kernel(conv: &Conv2d, x: &[f32], dy: &[f32], dkernel: &mut [f32]) {
    conv.check("conv2d backward_kernel", x.len(), dkernel.len(), dy.len());
    let Conv2d { inputs, outputs, .. } = *conv;
    if outputs <= FEW && outputs < inputs {
        // A tile 16 channels wide would be mostly empty. The sum over all pairs of pixels that meet
        // under a tap can be computed from the other side: patches of dy, pixels of x.
        with_scratch_floats(dkernel.len(), |turned| {
            let patches = conv.adjoint_patches(dy);
            kernel_gradient::patch_gradient(&patches, x, inputs, turned);
            turn(turned, [conv.taps(), outputs, inputs], dkernel);
        });
    } else {
        kernel_gradient::patch_gradient(&conv.patches(x), dy, outputs, dkernel);
    }
}

/// Rotates a kernel `[taps, a, b]` by 180 degrees, which reverses the order of the taps, and
/// exchanges its channels: the result is `[taps, b, a]`.
fn turn(kernel: &[f32], [taps, a, b]: [usize; 3], turned: &mut [f32]) {
    debug_assert_eq!(kernel.len(), taps * a * b);
    let pairs = kernel.chunks_exact(a * b).zip(turned.chunks_exact_mut(a * b).rev());
    pairs.for_each(|(tap, turned)| transpose(tap, a, b, turned));
}

#[cfg(test)]
mod tests;
