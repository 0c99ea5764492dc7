//! Applies a model to an image of another size than it was trained on.
//!
//! A fully convolutional model accepts any image size: its weights are the same for 28 x 28 pixels
//! and for 2800 x 2800. But its intermediate results grow with the image: 32 channels for each
//! pixel. So a large image is processed in tiles. Where tiles are cut, a convolution sees zeros in
//! place of neighbors, and the output is wrong within the [`Footprint`]'s margin. So tiles overlap
//! by two margins, and only the part of each that is farther than one margin from its cuts is kept:
//!
//! ```text
//! tile 1  |-------------------+---.---|
//! tile 2              |---.---+-------------------+---.---|        . the margin ends
//! tile 3                                  |---.---+-------------------|
//! kept    |-------------------|-------------------|-------------------|
//!          from 1              from 2              from 3
//! ```
//!
//! Tiles begin on the footprint's grid, so the result is identical to that of the whole image. The
//! image's own edge is not a cut: the model sees nothing beyond it, as in training.
//!
//! A model with a dense layer is not the same everywhere and accepts only one image size. Its tiles
//! have that size and overlap by half. Where they overlap, their outputs are averaged with weights
//! that fall towards each tile's edge. There are no visible seams, but the result depends on the
//! positions of the tiles.
//!
//! Both methods are a sum over tiles with weights that add up to 1 at each pixel: a partition of
//! unity.

use crate::lane::Lane;
use ae_autodiff::{Params, Tape};
use ae_layers::{Architecture, BuildError, Footprint, LayerSpec, Sequential};
use ae_tensor::{Shape, Tensor, for_each_with};

/// A tile side that wastes little on margins (an eighth with the notebook's 16 pixels) and limits a
/// thread's memory to some 20 MB.
pub const TILE: usize = 256;

/// The model's output for one gray image, `[height, width]` with values in [0, 1], in the same
/// shape. `trained` is the height and width of the images that the model was trained on. `tile` is
/// the side of a tile, for example [`TILE`]; it is rounded up to the model's grid and to at least
/// four margins. A model that is not the same everywhere has tiles of the size `trained`.
///
/// An image whose sides are not multiples of the grid is extended with its last row and column, and
/// the output is cropped.
///
/// # Panics
/// If `image` is not a matrix or has no pixels, or if the model's input or output is not a vector
/// or gray image of the size `trained`.
#[must_use]
pub fn predict_image(
    architecture: &Architecture,
    params: &Params,
    trained: [usize; 2],
    image: &Tensor,
    tile: usize,
) -> Tensor {
    let (height, width) = image.shape().matrix("predict_image");
    assert!(height > 0 && width > 0, "predict_image: an image of {height} x {width}");
    let gray = Shape::from([trained[0], trained[1], 1]);
    assert!(
        architecture.input.len() == gray.len(),
        "predict_image: images of {gray} for a model that takes {}",
        architecture.input
    );
    let footprint = Footprint::of(&architecture.layers).filter(|_| architecture.input == gray);
    let axis = |axis: usize, len: usize| match footprint {
        Some(Footprint { grid, margin }) => {
            let (grid, margin) = (grid[axis], margin[axis]);
            let len = len.next_multiple_of(grid);
            let tile = tile.max(4 * margin).next_multiple_of(grid).min(len);
            (len, tile, cut(len, tile, margin))
        }
        None => {
            let (len, tile) = (len.max(trained[axis]), trained[axis]);
            (len, tile, mixed(len, tile))
        }
    };
    let (canvas_height, tile_height, rows) = axis(0, height);
    let (canvas_width, tile_width, cols) = axis(1, width);
    let (input, layers) = match footprint {
        Some(_) => {
            // What fits images of one size into the model does not fit tiles.
            ([tile_height, tile_width, 1].into(), Footprint::layers(&architecture.layers))
        }
        None => (architecture.input, architecture.layers.clone()),
    };
    let (model, params) = for_images_of(&layers, params, input);
    assert!(
        model.output_shape().len() == tile_height * tile_width,
        "predict_image: tiles of {tile_height} x {tile_width} for a model that gives {}",
        model.output_shape()
    );

    let canvas = continued(image, canvas_height, canvas_width);
    let mut out = Tensor::zeros([canvas_height, canvas_width]);
    let mut lanes = Lane::for_all_threads();
    for row in &rows {
        let mut tiles: Vec<(&Piece, Vec<f32>)> = cols.iter().map(|col| (col, vec![])).collect();
        for_each_with(&mut lanes, &mut tiles, |lane, _, (col, output)| {
            let lines = (row.start..row.start + tile_height).map(|y| &canvas.row(y)[col.start..]);
            let pixels = lines.flat_map(|line| &line[..tile_width]).copied().collect();
            let tile = Tensor::new(input.with_batch(1), pixels);
            let mut tape = Tape::new(&params, &mut lane.buffers);
            let x = tape.input(&tile);
            let y = model.forward(&mut tape, x);
            output.extend_from_slice(tape.value(y).data());
        });
        for (col, output) in tiles {
            add_weighted(&mut out, row, col, &output);
        }
    }
    let lines = (0..height).flat_map(|y| &out.row(y)[..width]).copied().collect();
    Tensor::new([height, width], lines)
}

/// Builds the same layers with the same weights for samples of another shape.
fn for_images_of(layers: &[LayerSpec], params: &Params, input: Shape) -> (Sequential, Params) {
    let mut copy = Params::new();
    let copied = |name: &str, _: Shape| -> Result<Tensor, BuildError> {
        let id = params.find(name).unwrap_or_else(|| panic!("predict_image: no weights {name}"));
        Ok(params.get(id).clone())
    };
    let model = Sequential::build_with(input, layers, &mut copy, copied);
    (model.unwrap_or_else(|error| panic!("predict_image: {error}")), copy)
}

/// The image, extended with its last row and its last column.
fn continued(image: &Tensor, height: usize, width: usize) -> Tensor {
    let [rows, cols] = [image.shape().dims()[0], image.shape().dims()[1]];
    let pixel = |i: usize| image.row((i / width).min(rows - 1))[(i % width).min(cols - 1)];
    Tensor::from_fn([height, width], pixel)
}

/// The start of a tile along one axis, and the weights of its pixels.
struct Piece {
    start: usize,
    weights: Vec<f32>,
}

fn add_weighted(out: &mut Tensor, row: &Piece, col: &Piece, tile: &[f32]) {
    let width = out.shape().dims()[1];
    let lines = out.data_mut().chunks_exact_mut(width).skip(row.start);
    for ((line, from), down) in lines.zip(tile.chunks_exact(col.weights.len())).zip(&row.weights) {
        let pixels = line[col.start..].iter_mut().zip(from).zip(&col.weights);
        for ((out, value), across) in pixels {
            let weight = down * across;
            // A pixel with weight 0 is ignored, even if it is NaN.
            if weight > 0.0 {
                *out += weight * value;
            }
        }
    }
}

/// The starts of tiles that cover `len` pixels, at most `step` apart; the last tile ends at the end
/// of the image.
fn starts(len: usize, tile: usize, step: usize) -> Vec<usize> {
    let last = len - tile;
    (0..last).step_by(step).chain([last]).collect()
}

/// Tiles where each pixel is kept from exactly one tile, one whose cuts are farther than `margin`
/// from it.
fn cut(len: usize, tile: usize, margin: usize) -> Vec<Piece> {
    // A tile as large as the image has no cuts and may be smaller than its margins.
    let starts = starts(len, tile, tile.saturating_sub(2 * margin).max(1));
    let begin = |i: usize| if i == 0 { 0 } else { starts[i] + margin };
    let piece = |i: usize| {
        let kept = begin(i)..if i + 1 == starts.len() { len } else { begin(i + 1) };
        let weight = |k: usize| if kept.contains(&(starts[i] + k)) { 1.0 } else { 0.0 };
        Piece { start: starts[i], weights: (0..tile).map(weight).collect() }
    };
    (0..starts.len()).map(piece).collect()
}

/// Tiles that overlap by half, each with a weight that falls linearly from its middle to its edges.
fn mixed(len: usize, tile: usize) -> Vec<Piece> {
    let tent = |k: usize| (k + 1).min(tile - k) as f32;
    let starts = starts(len, tile, tile.div_ceil(2));
    let mut sums = vec![0.0; len];
    for &start in &starts {
        sums[start..start + tile].iter_mut().enumerate().for_each(|(k, sum)| *sum += tent(k));
    }
    let piece = |&start: &usize| {
        let weights = (0..tile).map(|k| tent(k) / sums[start + k]).collect();
        Piece { start, weights }
    };
    starts.iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_layers::{
        Activation, LayerSpec, Window, conv2d, flatten, max_pool2d, reshape, sigmoid, up_sample2d,
    };
    use ae_tensor::with_threads;
    use ae_testkit::naive::widen;
    use ae_testkit::{Sampler, assert_close};

    /// The notebook's denoising model with fewer filters and with random weights large enough to
    /// have an effect.
    fn notebook() -> (Architecture, Params) {
        let three = Window::same([3, 3]);
        let convolution = || conv2d(4, three, Activation::Relu);
        let halve = || max_pool2d(Window::same([2, 2]).with_stride([2, 2]));
        let last = conv2d(1, three, Activation::Sigmoid);
        let double = || up_sample2d([2, 2]);
        let layers = vec![
            convolution(),
            halve(),
            convolution(),
            halve(),
            convolution(),
            double(),
            convolution(),
            double(),
            last,
        ];
        built([28, 28, 1], layers)
    }

    fn built(input: impl Into<Shape>, layers: Vec<LayerSpec>) -> (Architecture, Params) {
        let mut params = Params::new();
        let input = input.into();
        let dims: Vec<String> = input.dims().iter().map(ToString::to_string).collect();
        let words: Vec<String> = layers.iter().map(ToString::to_string).collect();
        let words = format!("input {}; {}", dims.join("x"), words.join("; "));
        let architecture: Architecture = words.parse().expect("a model's description");
        Sequential::build(input, &architecture.layers, &mut params, 2).expect("the shapes fit");
        for id in params.ids() {
            let len = params.get(id).len();
            let bias = Sampler::new(5).vec(len, -0.1, 0.3);
            if params.name(id).ends_with("bias") {
                params.get_mut(id).data_mut().copy_from_slice(&bias);
            }
        }
        (architecture, params)
    }

    fn image(height: usize, width: usize) -> Tensor {
        Tensor::new([height, width], Sampler::new(9).vec(height * width, 0.0, 1.0))
    }

    /// Compares the output of tiles, from the smallest on, with that of one tile that holds the
    /// whole image.
    #[test]
    fn no_seam_shows() {
        let (model, params) = notebook();
        // 64 is the smallest tile. One tile, two, and several; sides that are not multiples of 4; a
        // single row.
        for (height, width) in [(28, 28), (64, 68), (101, 230), (1, 131), (300, 3)] {
            let image = image(height, width);
            let whole = predict_image(&model, &params, [28, 28], &image, 4096);
            assert_eq!(whole.shape(), image.shape());
            for tile in [1, 64, 97, 128] {
                let tiled = predict_image(&model, &params, [28, 28], &image, tile);
                assert_close(tiled.data(), &widen(whole.data()), 0.0, 1e-5);
            }
        }
    }

    /// For an image of the trained size, the output is that of `predict`.
    #[test]
    fn an_image_of_the_trained_size_is_one_tile() {
        let (architecture, params) = notebook();
        let image = image(28, 28);
        let got = predict_image(&architecture, &params, [28, 28], &image, TILE);
        let mut again = Params::new();
        let model = Sequential::build([28, 28, 1], &architecture.layers, &mut again, 2).unwrap();
        let expected = model.predict(&params, &image.reshape([1, 28, 28, 1]));
        assert_eq!(got.data(), expected.data());
    }

    #[test]
    fn the_same_bits_for_any_number_of_threads() {
        let (model, params) = notebook();
        let image = image(150, 210);
        let run = |threads| {
            with_threads(threads, || predict_image(&model, &params, [28, 28], &image, 64)).unwrap()
        };
        assert!(run(2) == run(1) && run(3) == run(1));
    }

    /// A model that is the same everywhere although its layers do not declare it: overlapping tiles
    /// give the same output as one tile.
    #[test]
    fn tiles_that_are_mixed_make_up_one_image() {
        for input in [Shape::from([6, 8, 1]), Shape::from([48])] {
            let (model, params) = built(input, vec![flatten(), reshape([48]), sigmoid()]);
            for (height, width) in [(6, 8), (3, 5), (7, 8), (20, 31)] {
                let image = image(height, width);
                let got = predict_image(&model, &params, [6, 8], &image, TILE);
                let expected: Vec<f64> =
                    image.data().iter().map(|x| 1.0 / (1.0 + f64::from(-x).exp())).collect();
                assert_close(got.data(), &expected, 0.0, 1e-6);
            }
        }
    }

    #[test]
    fn weights_add_up_to_one_and_cuts_are_far() {
        for (len, tile, margin) in
            [(64, 64, 16), (68, 64, 16), (400, 64, 16), (9, 9, 4), (50, 7, 1)]
        {
            for pieces in [cut(len, tile, margin), mixed(len, tile)] {
                let mut sums = vec![0.0; len];
                for piece in &pieces {
                    let range = piece.start..piece.start + tile;
                    sums[range].iter_mut().zip(&piece.weights).for_each(|(sum, w)| *sum += w);
                }
                assert_close(&sums, &vec![1.0; len], 0.0, 1e-6);
            }
            for Piece { start, weights } in cut(len, tile, margin) {
                let kept = |k: &usize| weights[*k] > 0.0;
                let (first, last) = ((0..tile).find(kept), (0..tile).rev().find(kept));
                assert!(start == 0 || first >= Some(margin));
                assert!(start + tile == len || last < Some(tile - margin));
            }
        }
    }

    #[test]
    #[should_panic(expected = "images of (28, 28, 1) for a model that takes (27, 28, 1)")]
    fn a_model_of_other_images() {
        let (model, params) = built([27, 28, 1], vec![sigmoid()]);
        let _ = predict_image(&model, &params, [28, 28], &image(28, 28), TILE);
    }
}
