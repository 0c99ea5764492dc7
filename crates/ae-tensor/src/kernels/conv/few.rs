//! A convolution of an image enlarged by two, 3 x 3 taps, to one channel: an auto-encoder's last
//! layer.
//!
//! A row of the definition has one number, so a register tile would be nearly empty. Here products
//! come first and sums afterwards: each pixel of the small image is multiplied by all the sums of
//! taps that ever meet it, and each output then adds up four of these products (for an image that
//! is not enlarged: A. Anderson, A. Vasudevan, C. Keane, D. Gregg, "Low-memory GEMM-based
//! convolution algorithms for deep neural networks", arXiv:1709.03395, under the name kn2row).
//! Along one axis there are four such sums:
//!
//! ```text
//! y[2i]     = k0 x[i - 1] + (k1 + k2) x[i]
//! y[2i + 1] =               (k0 + k1) x[i] + k2 x[i + 1]
//! ```
//!
//! In two dimensions there are 4 x 4: the numbers of one vector, so the product
//! `[pixels, channels] [channels, 16]` fills the tile, with 16 products for each pixel and channel,
//! as few as those of the four phases of `enlarged.rs`.

use super::super::gemm::Epilogue;
use super::super::gemm::micro::{MR, rows_by_packed_tile, zero_tile};
use super::super::parallel::for_each_block;
use super::super::scratch::with_scratch;
use super::super::simd::LANES;
use wide::f32x16;

/// Images of `image` pixels, to be enlarged to twice their height and width.
#[derive(Clone, Copy)]
pub(super) struct ToOneChannel {
    pub(super) image: [usize; 2],
    pub(super) inputs: usize,
}

/// The sums of taps along one axis.
fn sums<T: Copy + std::ops::Add<Output = T>>([k0, k1, k2]: [T; 3]) -> [T; 4] {
    [k0, k1 + k2, k0 + k1, k2]
}

impl ToOneChannel {
    /// Computes `y = epilogue(enlarged x * kernel)`, with `kernel [9, inputs, 1]`.
    pub(super) fn forward(self, x: &[f32], kernel: &[f32], epilogue: Epilogue<'_>, y: &mut [f32]) {
        let Self { image: [height, width], inputs } = self;
        let pixels = height * width;
        let flops = 2 * LANES * x.len();
        let bias = epilogue.bias.map_or(0.0, |bias| bias[0]);
        // The products are stored with a border of zeros, for what lies outside the image.
        let bordered = (height + 2) * (width + 2);
        with_scratch(inputs, |columns| {
            self.prepare(kernel, columns);
            let columns: &[[f32x16; 1]] = (*columns).as_chunks().0;
            for_each_block(y, 4 * pixels, flops, |i, y| {
                with_scratch(bordered, |products| {
                    products.fill(f32x16::ZERO);
                    self.multiply(&x[i * pixels * inputs..][..pixels * inputs], columns, products);
                    self.add_up(products, bias, y);
                });
                epilogue.activation.apply(y);
            });
        });
    }

    /// Writes all sums of the taps of each input channel.
    fn prepare(self, kernel: &[f32], columns: &mut [f32x16]) {
        for (c, column) in columns.iter_mut().enumerate() {
            let tap = |ky: usize, kx: usize| kernel[(3 * ky + kx) * self.inputs + c];
            let down: [[f32; 4]; 3] =
                std::array::from_fn(|kx| sums(std::array::from_fn(|ky| tap(ky, kx))));
            let all: [[f32; 4]; 4] =
                std::array::from_fn(|i| sums(std::array::from_fn(|kx| down[kx][i])));
            *column = bytemuck::cast(all);
        }
    }

    /// Multiplies each pixel of an image by all sums of taps.
    fn multiply(self, x: &[f32], columns: &[[f32x16; 1]], products: &mut [f32x16]) {
        let Self { image: [_, width], inputs } = self;
        let (mut row, mut col) = (0, 0);
        for x in x.chunks(MR * inputs) {
            let count = x.len() / inputs;
            // Below the last pixel, the last is read again; the result is not written.
            let rows = std::array::from_fn(|i| &x[i.min(count - 1) * inputs..][..inputs]);
            let tile = rows_by_packed_tile::<1>(zero_tile(), rows, columns);
            for [product] in &tile[..count] {
                products[(row + 1) * (width + 2) + col + 1] = *product;
                col += 1;
                if col == width {
                    (row, col) = (row + 1, 0);
                }
            }
        }
    }

    /// Adds up the products of each output: those at `4 i + j` belong to sum `i` downwards and sum
    /// `j` to the right.
    fn add_up(self, products: &[f32x16], bias: f32, y: &mut [f32]) {
        let width = self.image[1];
        let line = |i: usize| -> &[[f32; LANES]] {
            bytemuck::cast_slice(&products[i * (width + 2)..][..width + 2])
        };
        for (row, y) in y.chunks_exact_mut(4 * width).enumerate() {
            let [above, here, below] = [line(row), line(row + 1), line(row + 2)];
            let (upper, lower) = y.split_at_mut(2 * width);
            let places = above.windows(3).zip(here.windows(3)).zip(below.windows(3));
            let pairs = upper.as_chunks_mut::<2>().0.iter_mut().zip(lower.as_chunks_mut::<2>().0);
            for (((a, h), b), (upper, lower)) in places.zip(pairs) {
                upper[0] = a[0][0] + a[1][1] + (h[0][4] + h[1][5]) + bias;
                upper[1] = a[1][2] + a[2][3] + (h[1][6] + h[2][7]) + bias;
                lower[0] = h[0][8] + h[1][9] + (b[0][12] + b[1][13]) + bias;
                lower[1] = h[1][10] + h[2][11] + (b[1][14] + b[2][15]) + bias;
            }
        }
    }
}
