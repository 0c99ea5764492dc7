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
//!
//! No step needs the whole image: a row of tiles needs a band of rows, and a row is finished once
//! the next tiles begin below it. So [`predict_rows`] reads and writes row by row.

use crate::lane::Lane;
use ae_autodiff::{Params, Tape};
use ae_layers::{Architecture, BuildError, Footprint, LayerSpec, Sequential};
use ae_tensor::{Shape, Tensor, for_each_with};
use pieces::{Channels, Piece, add_weighted, cut, gather, mixed};
use std::convert::Infallible;

mod pieces;
#[cfg(test)]
mod tests;

/// A tile side that wastes little on margins (an eighth with the notebook's 16 pixels) and limits a
/// thread's memory to some 20 MB.
pub const TILE: usize = 256;

/// The model's output for one image, `[height, width]` or `[height, width, channels]` with values
/// in [0, 1], in the same shape. `trained` is the height, width and channels of the images that the
/// model was trained on. `tile` is the side of a tile, for example [`TILE`]; it is rounded up to
/// the model's grid and to at least four margins. A model that is not the same everywhere has tiles
/// of the size `trained`.
///
/// A model of gray images is applied to each channel of a color image by itself. The result of a
/// channel has the same bits as if it were a gray image.
///
/// An image whose sides are not multiples of the grid is extended with its last row and column, and
/// the output is cropped.
///
/// # Panics
/// If `image` has another rank or no pixels, if its channels are not those of a model of more than
/// one channel, or if the model's input or output is not a vector or image of the size `trained`.
#[must_use]
pub fn predict_image(
    architecture: &Architecture,
    params: &Params,
    trained: [usize; 3],
    image: &Tensor,
    tile: usize,
) -> Tensor {
    let size = match *image.shape().dims() {
        [height, width] => [height, width, 1],
        [height, width, channels] => [height, width, channels],
        _ => panic!("predict_image: expected one image, found {}", image.shape()),
    };
    let mut lines = (0..size[0]).map(|y| image.row(y));
    let mut out = Vec::with_capacity(image.len());
    let read = |row: &mut [f32]| -> Result<(), Infallible> {
        row.copy_from_slice(lines.next().expect("as many rows as the image has"));
        Ok(())
    };
    let write = |row: &[f32]| {
        out.extend_from_slice(row);
        Ok(())
    };
    let Ok(()) = predict_rows(architecture, params, trained, size, tile, read, write);
    Tensor::new(image.shape(), out)
}

/// As [`predict_image`], for an image of `size`, `[height, width, channels]`, whose rows `read`
/// fills in one by one, from top to bottom, and whose output `write` takes in the same way. A row
/// has `width * channels` values, the channels of a pixel side by side. It is written as soon as it
/// is finished, at most two tiles below the last row that was read.
///
/// The memory holds a band: about three times as many rows as a tile has, as wide as the image. The
/// output has the same bits as that of [`predict_image`].
///
/// # Errors
/// The first error of `read` or `write`.
///
/// # Panics
/// Those of [`predict_image`].
pub fn predict_rows<E>(
    architecture: &Architecture,
    params: &Params,
    trained: [usize; 3],
    size @ [height, width, channels]: [usize; 3],
    tile: usize,
    mut read: impl FnMut(&mut [f32]) -> Result<(), E>,
    mut write: impl FnMut(&[f32]) -> Result<(), E>,
) -> Result<(), E> {
    let plan = Plan::new(architecture, trained, [height, width], tile);
    let [tile_height, tile_width] = plan.tile;
    let (model, params) = for_images_of(&plan.layers, params, plan.input);
    let model_channels = trained[2];
    assert!(
        model.output_shape().len() == tile_height * tile_width * model_channels,
        "predict_image: tiles of {tile_height} x {tile_width} x {model_channels} for a model that gives {}",
        model.output_shape()
    );
    assert!(
        channels == model_channels || channels > 0 && model_channels == 1,
        "predict_image: an image of {channels} channels for a model of {model_channels}"
    );
    // A model of gray images takes the channels one after the other.
    let parts: Vec<Channels> = (0..channels)
        .step_by(model_channels)
        .map(|first| Channels { image: channels, first, tile: model_channels })
        .collect();

    let canvas_width = plan.canvas[1];
    let line = canvas_width * channels;
    let mut canvas = Band { line, first: 0, values: Vec::new() };
    let mut out = vec![0.0; tile_height * line];
    let mut lanes = Lane::for_all_threads();
    for (i, row) in plan.rows.iter().enumerate() {
        canvas.forget_before(row.start);
        while canvas.end() < row.start + tile_height {
            canvas.push(size, &mut read)?;
        }
        let mut tiles: Vec<(&Piece, Channels, Vec<f32>)> = plan
            .cols
            .iter()
            .flat_map(|col| parts.iter().map(move |&part| (col, part, vec![])))
            .collect();
        for_each_with(&mut lanes, &mut tiles, |lane, _, (col, part, output)| {
            let cols = col.start..col.start + tile_width;
            let values = gather(canvas.values.chunks_exact(line), cols, *part);
            let tile = Tensor::new(plan.input.with_batch(1), values);
            let mut tape = Tape::new(&params, &mut lane.buffers);
            let x = tape.input(&tile);
            let y = model.forward(&mut tape, x);
            output.extend_from_slice(tape.value(y).data());
        });
        for (col, part, output) in tiles {
            add_weighted(&mut out, canvas_width, part, [row, col], &output);
        }
        // No later tile reaches these rows.
        let next = plan.rows.get(i + 1).map_or(plan.canvas[0], |next| next.start);
        let finished = next - row.start;
        let of_the_image = finished.min(height.saturating_sub(row.start));
        for row in out.chunks_exact(line).take(of_the_image) {
            write(&row[..width * channels])?;
        }
        out.drain(..finished * line);
        out.resize(tile_height * line, 0.0);
    }
    Ok(())
}

/// How an image is cut into tiles.
struct Plan {
    /// Height and width of the image, extended so that tiles can cover it.
    canvas: [usize; 2],
    /// Height and width of a tile.
    tile: [usize; 2],
    /// The model's input for one tile.
    input: Shape,
    /// The model's layers for one tile.
    layers: Vec<LayerSpec>,
    rows: Vec<Piece>,
    cols: Vec<Piece>,
}

impl Plan {
    fn new(
        architecture: &Architecture,
        trained: [usize; 3],
        [height, width]: [usize; 2],
        tile: usize,
    ) -> Self {
        assert!(height > 0 && width > 0, "predict_image: an image of {height} x {width}");
        let images = Shape::from(trained);
        assert!(
            architecture.input.len() == images.len(),
            "predict_image: images of {images} for a model that takes {}",
            architecture.input
        );
        let footprint =
            Footprint::of(&architecture.layers).filter(|_| architecture.input == images);
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
            // Layers that adapt images of one size to the model do not suit tiles.
            Some(_) => (
                [tile_height, tile_width, trained[2]].into(),
                Footprint::layers(&architecture.layers),
            ),
            None => (architecture.input, architecture.layers.clone()),
        };
        let (canvas, tile) = ([canvas_height, canvas_width], [tile_height, tile_width]);
        Self { canvas, tile, input, layers, rows, cols }
    }
}

/// The rows of an image that are in memory.
struct Band {
    /// The number of values in a row.
    line: usize,
    /// The number of the first row.
    first: usize,
    values: Vec<f32>,
}

impl Band {
    /// The number of the row after the last one.
    fn end(&self) -> usize {
        self.first + self.values.len() / self.line
    }

    fn forget_before(&mut self, row: usize) {
        self.values.drain(..(row - self.first) * self.line);
        self.first = row;
    }

    /// Reads another row of an image of `size` and extends it with its last pixel. Below the image,
    /// its last row is continued.
    fn push<E>(
        &mut self,
        [height, width, channels]: [usize; 3],
        read: &mut impl FnMut(&mut [f32]) -> Result<(), E>,
    ) -> Result<(), E> {
        let at = self.values.len();
        if self.end() < height {
            self.values.resize(at + self.line, 0.0);
            let (row, beyond) = self.values[at..].split_at_mut(width * channels);
            read(row)?;
            let last = &row[(width - 1) * channels..];
            beyond.chunks_exact_mut(channels).for_each(|pixel| pixel.copy_from_slice(last));
        } else {
            self.values.extend_from_within(at - self.line..);
        }
        Ok(())
    }
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
