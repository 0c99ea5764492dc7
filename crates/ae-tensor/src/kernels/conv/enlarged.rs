//! Up-sampling by repeated pixels followed by a convolution, in one operation: the enlarged image
//! is never stored, and no product is computed more than once.
//!
//! Along one axis, let the image be enlarged by `f` and convolved with a kernel of `k` taps, with
//! `b` pixels of padding before:
//!
//! ```text
//! y[v] = sum over t of  e[v + t - b] k[t]      e[u] = x[u / f], rounded down
//! ```
//!
//! Write `v = f i + p`. The pixel of x that a tap meets, `i + floor((p + t - b) / f)`, depends on i
//! only through the addition. So for each *phase* `p` the taps that meet the same pixel can be
//! added up in advance, and the outputs of that phase are a convolution of the small image with a
//! smaller kernel. With `f = 2`, `k = 3`, `b = 1`:
//!
//! ```text
//! p = 0:  y[2i]     = k[0] x[i - 1] + (k[1] + k[2]) x[i]
//! p = 1:  y[2i + 1] = (k[0] + k[1]) x[i] + k[2] x[i + 1]
//! ```
//!
//! In two dimensions this gives four phases with kernels of 2 x 2: 16 products instead of 36. (W.
//! Shi et al., "Is the deconvolution layer the same as a convolutional layer?", arXiv:1609.07009.)
//!
//! **The gradient with respect to x** collects, for each `i`, the outputs that use it: `y[f i + r]`
//! for `r = -c .. f + b - 1`, with `c = k - 1 - b`, through those taps whose `t` satisfies
//! `0 <= r + t - b < f`:
//!
//! ```text
//! dx[i] = sum over a of  dy[f i + a - c] q[a]
//! q[a]  = sum of k[t] for  b - r <= t < b - r + f,  r = a - c
//! ```
//!
//! That is a convolution with stride `f` and a kernel of `k + f - 1` taps. **The kernel gradient**
//! is computed the same way: first with respect to `q`, as for any convolution; then every `k[t]`
//! receives the sum over the `q[a]` that contain it.

use super::super::gemm::Epilogue;
use super::super::parallel::for_each_block;
use super::super::scratch::{with_scratch, with_scratch_floats};
use super::super::transpose::transpose;
use super::few::ToOneChannel;
use super::kernel_gradient::patch_gradient;
use super::patches::{Patches, Segments};
use super::product::{Form, product};
use super::winograd::enlarged::Doubled;
use super::{check_bias, check_lens};
use std::ops::Range;
use wide::f32x16;

/// Up-sampling by a factor followed by a convolution with "same" padding and a stride of 1. All
/// pairs are (vertical, horizontal).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EnlargedConv2d {
    /// Height and width of the images before they are enlarged.
    image: [usize; 2],
    factor: [usize; 2],
    /// Height and width of the kernel.
    size: [usize; 2],
    inputs: usize,
    outputs: usize,
}

/// A phase along one axis.
#[derive(Clone, Copy)]
struct Phase {
    /// The start of the patch of output `i` along the padded small image, relative to the start of
    /// the first phase's patch.
    start: usize,
    /// The number of pixels it meets.
    len: usize,
}

impl EnlargedConv2d {
    /// Creates the operation for images of `image` pixels and `inputs` channels, enlarged by
    /// `factor` and convolved with a kernel of `size` to `outputs` channels.
    ///
    /// # Panics
    /// If a factor, an extent or the number of channels is 0.
    #[must_use]
    pub fn new(
        image: [usize; 2],
        factor: [usize; 2],
        size: [usize; 2],
        [inputs, outputs]: [usize; 2],
    ) -> Self {
        let extents = [image, factor, size, [inputs, outputs]];
        assert!(extents.as_flattened().iter().all(|&n| n > 0), "EnlargedConv2d: {extents:?}");
        Self { image, factor, size, inputs, outputs }
    }

    /// Height and width of the result.
    #[must_use]
    pub fn output(&self) -> [usize; 2] {
        [self.image[0] * self.factor[0], self.image[1] * self.factor[1]]
    }

    /// The number of elements in an input image.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.image[0] * self.image[1] * self.inputs
    }

    /// The number of elements in an output image.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.output()[0] * self.output()[1] * self.outputs
    }

    /// The number of elements in the kernel, `[kh, kw, inputs, outputs]`.
    #[must_use]
    pub fn kernel_len(&self) -> usize {
        self.size[0] * self.size[1] * self.inputs * self.outputs
    }

    /// The padding before the enlarged image.
    fn before(&self, axis: usize) -> usize {
        (self.size[axis] - 1) / 2
    }

    /// The pixel that tap `t` meets in phase `p`, relative to the first pixel that any tap meets.
    fn meets(&self, axis: usize, p: usize, t: usize) -> usize {
        // floor((p + t - b) / f), shifted by the padding of the small image so that it is not
        // negative.
        let (f, b) = (self.factor[axis], self.before(axis));
        (p + t + self.small_before(axis) * f - b) / f
    }

    /// The padding before the small image.
    fn small_before(&self, axis: usize) -> usize {
        self.before(axis).div_ceil(self.factor[axis])
    }

    fn phase(&self, axis: usize, p: usize) -> Phase {
        let start = self.meets(axis, p, 0);
        Phase { start, len: self.meets(axis, p, self.size[axis] - 1) + 1 - start }
    }

    /// The number of pixels that the phases of output `i` meet together.
    fn reach(&self, axis: usize) -> usize {
        self.meets(axis, self.factor[axis] - 1, self.size[axis] - 1) + 1
    }

    /// The small image as patches that contain what all phases of an output meet.
    fn patches<'a>(&self, x: &'a [f32]) -> Patches<'a> {
        Patches {
            x,
            channels: self.inputs,
            input: self.image,
            spread: [1, 1],
            before: [self.small_before(0), self.small_before(1)],
            size: [self.reach(0), self.reach(1)],
            stride: [1, 1],
            output: self.image,
        }
    }

    /// The output gradient as patches, one for each pixel of the input.
    fn adjoint_patches<'a>(&self, dy: &'a [f32]) -> Patches<'a> {
        let before = |axis: usize| self.size[axis] - 1 - self.before(axis);
        Patches {
            x: dy,
            channels: self.outputs,
            input: self.output(),
            spread: [1, 1],
            before: [before(0), before(1)],
            size: self.adjoint_size(),
            stride: self.factor,
            output: self.image,
        }
    }

    /// The taps whose sum is `q[a]`.
    fn taps_of(&self, axis: usize, a: usize) -> Range<usize> {
        // b - r = b + c - a = k - 1 - a
        let (k, f) = (self.size[axis], self.factor[axis]);
        (k - 1).saturating_sub(a)..k.min((k - 1 + f).saturating_sub(a))
    }

    /// Height and width of `q`.
    fn adjoint_size(&self) -> [usize; 2] {
        std::array::from_fn(|axis| self.size[axis] + self.factor[axis] - 1)
    }

    /// The number of elements in `q`, `[its height, its width, outputs, inputs]`.
    fn adjoint_kernel_len(&self) -> usize {
        let [height, width] = self.adjoint_size();
        height * width * self.inputs * self.outputs
    }

    /// Calls `visit(a, t)` for every tap of `q` and every tap of the kernel that is one of its
    /// terms; taps are counted row by row.
    fn for_each_term(&self, mut visit: impl FnMut(usize, usize)) {
        let [height, width] = self.adjoint_size();
        for ay in 0..height {
            for ax in 0..width {
                for ty in self.taps_of(0, ay) {
                    for tx in self.taps_of(1, ax) {
                        visit(ay * width + ax, ty * self.size[1] + tx);
                    }
                }
            }
        }
    }

    /// The form with fewer products, if it applies; otherwise `None`.
    fn doubled(&self) -> Option<Doubled> {
        let Self { image, factor, size, inputs, outputs } = *self;
        let doubled = Doubled { image, inputs, outputs };
        (factor == [2, 2] && size == [3, 3] && doubled.suits()).then_some(doubled)
    }

    /// The form for one output channel, if it applies; otherwise `None`.
    fn to_one_channel(self) -> Option<ToOneChannel> {
        let Self { image, factor, size, inputs, outputs } = self;
        let applies = factor == [2, 2] && size == [3, 3] && outputs == 1;
        applies.then_some(ToOneChannel { image, inputs })
    }

    /// # Panics
    /// If the lengths do not match.
    fn check(&self, op: &str, x: usize, kernel: usize, y: usize) {
        let lens = [self.input_len(), self.kernel_len(), self.output_len()];
        check_lens(op, self, lens, [x, kernel, y]);
    }
}

/// Computes `y = activation(enlarged x * kernel + bias)`: `[batch, h, w, in]`, `[kh, kw, in, out]`
/// and `[out]` give `[batch, h fy, w fx, out]`. The old content of `y` is ignored.
///
/// # Special values
/// As in [`conv::forward`](super::forward), except that taps are added up before they are
/// multiplied: where two infinite products of opposite sign would give NaN, the result may be an
/// infinity.
///
/// # Panics
/// If the lengths do not match, or the bias does not.
pub fn forward(
    conv: &EnlargedConv2d,
    x: &[f32],
    kernel: &[f32],
    epilogue: Epilogue<'_>,
    y: &mut [f32],
) {
    conv.check("up_sample_conv2d", x.len(), kernel.len(), y.len());
    check_bias("up_sample_conv2d", epilogue, conv.outputs);
    if let Some(doubled) = conv.doubled() {
        return doubled.forward(x, kernel, epilogue, y);
    }
    if let Some(few) = conv.to_one_channel() {
        return few.forward(x, kernel, epilogue, y);
    }
    let (outputs, [fy, fx]) = (conv.outputs, conv.factor);
    let patches = conv.patches(x);
    let rows_per_block = patches.rows_per_block();
    let phases: Vec<PhaseProduct> = (0..fy * fx)
        .scan(0, |used, p| Some(PhaseProduct::new(conv, &patches, [p / fx, p % fx], used)))
        .collect();
    let vectors = phases.last().map_or(0, |last| last.prepared.end);
    // The rows of the small image, and the output rows they produce.
    let (width, row) = (conv.image[1], fy * fx * conv.image[1] * outputs);
    let flops = phases.iter().map(|phase| 2 * phase.k() * y.len() / (fy * fx)).sum();
    with_scratch(vectors, |prepared| {
        phases.iter().for_each(|phase| phase.prepare(conv, kernel, prepared));
        let prepared = &*prepared;
        for_each_block(y, rows_per_block * row, flops, |i, y| {
            let rows = y.len() / row;
            patches.with_lines(i * rows_per_block, rows, |block| {
                with_scratch_floats(rows * width * outputs, |part| {
                    for phase in &phases {
                        let kernel = &prepared[phase.prepared.clone()];
                        phase.form.multiply(block, phase.segments, kernel, epilogue, part, outputs);
                        // Every fx-th pixel of every fy-th row.
                        let part_rows = part.chunks_exact(width * outputs);
                        for (part, y) in part_rows.zip(y.chunks_exact_mut(row)) {
                            let y = &mut y[phase.phase[0] * fx * width * outputs..];
                            let pixels = y.chunks_exact_mut(fx * outputs);
                            for (part, y) in part.chunks_exact(outputs).zip(pixels) {
                                y[phase.phase[1] * outputs..][..outputs].copy_from_slice(part);
                            }
                        }
                    }
                });
            });
        });
    });
}

/// Computes `dx [batch, h, w, in]`, the gradient with respect to the image before it is enlarged,
/// from `dy [batch, h fy, w fx, out]`.
///
/// # Special values
/// As in [`forward`]: no NaN or infinity is lost.
///
/// # Panics
/// If the lengths do not match.
pub fn backward_input(conv: &EnlargedConv2d, dy: &[f32], kernel: &[f32], dx: &mut [f32]) {
    conv.check("up_sample_conv2d backward_input", dx.len(), kernel.len(), dy.len());
    let tap = conv.inputs * conv.outputs;
    with_scratch_floats(kernel.len(), |exchanged| {
        exchange(kernel, conv.inputs, conv.outputs, exchanged);
        if let Some(doubled) = conv.doubled() {
            return doubled.backward_input(dy, exchanged, dx);
        }
        with_scratch_floats(conv.adjoint_kernel_len(), |q| {
            q.fill(0.0);
            conv.for_each_term(|a, t| add(&exchanged[t * tap..][..tap], &mut q[a * tap..][..tap]));
            product(&conv.adjoint_patches(dy), q, conv.inputs, Epilogue::default(), dx);
        });
    });
}

/// Computes `dkernel [kh, kw, in, out]`, the kernel gradient, from `x [batch, h, w, in]` and
/// `dy [batch, h fy, w fx, out]`.
///
/// # Special values
/// As in [`forward`]: no NaN or infinity is lost.
///
/// # Panics
/// If the lengths do not match.
pub fn backward_kernel(conv: &EnlargedConv2d, x: &[f32], dy: &[f32], dkernel: &mut [f32]) {
    conv.check("up_sample_conv2d backward_kernel", x.len(), dkernel.len(), dy.len());
    if let Some(doubled) = conv.doubled() {
        return doubled.backward_kernel(x, dy, dkernel);
    }
    let tap = conv.inputs * conv.outputs;
    with_scratch_floats(conv.adjoint_kernel_len(), |dq| {
        patch_gradient(&conv.adjoint_patches(dy), x, conv.inputs, dq);
        with_scratch_floats(dkernel.len(), |sums| {
            sums.fill(0.0);
            conv.for_each_term(|a, t| add(&dq[a * tap..][..tap], &mut sums[t * tap..][..tap]));
            exchange(sums, conv.outputs, conv.inputs, dkernel);
        });
    });
}

/// Exchanges the channels of a kernel: `[taps, a, b]` becomes `[taps, b, a]`.
fn exchange(kernel: &[f32], a: usize, b: usize, exchanged: &mut [f32]) {
    let taps = kernel.chunks_exact(a * b).zip(exchanged.chunks_exact_mut(a * b));
    taps.for_each(|(tap, exchanged)| transpose(tap, a, b, exchanged));
}

fn add(x: &[f32], sum: &mut [f32]) {
    sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
}

/// The product that computes one phase of the output.
struct PhaseProduct {
    phase: [usize; 2],
    segments: Segments,
    form: Form,
    /// The range of its prepared kernel.
    prepared: Range<usize>,
}

impl PhaseProduct {
    /// Reserves space for its kernel after the `used` vectors of earlier ones.
    fn new(
        conv: &EnlargedConv2d,
        patches: &Patches<'_>,
        phase: [usize; 2],
        used: &mut usize,
    ) -> Self {
        let [y, x] = [conv.phase(0, phase[0]), conv.phase(1, phase[1])];
        let segments = patches.window([y.start, x.start], [y.len, x.len]);
        let form = Form::suitable(segments, conv.outputs);
        let start = *used;
        *used += form.vectors(segments.count * segments.len, conv.outputs);
        Self { phase, segments, form, prepared: start..*used }
    }

    /// The number of elements in a patch of this phase.
    fn k(&self) -> usize {
        self.segments.count * self.segments.len
    }

    /// Adds up the taps that meet the same pixel, and prepares the sums for the product.
    fn prepare(&self, conv: &EnlargedConv2d, kernel: &[f32], prepared: &mut [f32x16]) {
        let tap = conv.inputs * conv.outputs;
        let width = self.segments.len / conv.inputs;
        with_scratch_floats(self.k() * conv.outputs, |sums| {
            sums.fill(0.0);
            let meets = |axis: usize, t: usize| {
                let p = self.phase[axis];
                conv.meets(axis, p, t) - conv.meets(axis, p, 0)
            };
            for (t, kernel) in kernel.chunks_exact(tap).enumerate() {
                let pixel = meets(0, t / conv.size[1]) * width + meets(1, t % conv.size[1]);
                add(kernel, &mut sums[pixel * tap..][..tap]);
            }
            self.form.prepare(sums, conv.outputs, &mut prepared[self.prepared.clone()]);
        });
    }
}
