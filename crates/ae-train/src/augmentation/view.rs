//! How an example is read from an image: one map from the example's pixels to the image's.

use super::{Augmentation, Flip};
use crate::{ImageKey, Split};
use ae_tensor::Shape;
use ae_tensor::random::{Purpose, stream, uniform};

/// The additive recurrence that covers a square evenly (M. Roberts, "The unreasonable effectiveness
/// of quasirandom sequences", 2018): the inverses of the plastic number and of its square.
const EVENLY: [f64; 2] = [0.754_877_666_246_692_7, 0.569_840_290_998_053_3];

/// Images as a model sees them: cropped, and changed at random.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    augmentation: Augmentation,
    /// The height and width of the images.
    image: [usize; 2],
    channels: usize,
    seed: u64,
    split: Split,
}

impl View {
    /// The view of images of this height and width, which are samples of `len` numbers.
    ///
    /// # Panics
    /// If the samples are not images of this size, or the augmentation cannot be applied to them.
    pub(crate) fn new(
        augmentation: Augmentation,
        image: [usize; 2],
        len: usize,
        seed: u64,
        split: Split,
    ) -> Self {
        let pixels = image[0] * image[1];
        assert!(
            pixels > 0 && len.is_multiple_of(pixels),
            "Examples: samples of {len} numbers for images of {image:?}"
        );
        augmentation.check(image).unwrap_or_else(|error| panic!("Examples: {error}"));
        Self { augmentation, image, channels: len / pixels, seed, split }
    }

    pub(crate) fn per_image(&self) -> usize {
        self.augmentation.per_image()
    }

    /// The shape of an example, for samples of this shape: a vector, or an image with or without an
    /// axis of channels.
    pub(crate) fn shape(&self, samples: Shape) -> Shape {
        let [height, width] = self.augmentation.size(self.image);
        match samples.rank() {
            1 => [height * width * self.channels].into(),
            2 => [height, width].into(),
            _ => [height, width, self.channels].into(),
        }
    }

    /// Writes an example of the image with these pixels, each a number from `value`, to `out`. The
    /// number of the image in `key` is that of the example.
    pub(crate) fn read(&self, key: (usize, usize), value: impl Fn(usize) -> f32, out: &mut [f32]) {
        let (epoch, example) = key;
        let map = self.map(ImageKey { split: self.split, epoch, image: example });
        let (width, channels) = (map.size[1], self.channels);
        for (i, pixel) in out.chunks_exact_mut(channels).enumerate() {
            map.read(self, [i / width, i % width], &value, pixel);
        }
    }

    /// The map of an example.
    fn map(&self, key: ImageKey) -> Map {
        let size = self.augmentation.size(self.image);
        let straight = Map { size, origin: self.fixed(key.image), ..Map::default() };
        match key.split {
            Split::Test => straight,
            Split::Train => self.random(key, size),
        }
    }

    /// The place of a test example: the first crop of an image is at its center, and the others
    /// cover the image evenly.
    fn fixed(&self, example: usize) -> [usize; 2] {
        let number = (example % self.per_image()) as f64;
        let size = self.augmentation.size(self.image);
        [0, 1].map(|axis| {
            let room = (self.image[axis] - size[axis]) as f64;
            let share = (0.5 + number * EVENLY[axis]).fract();
            (share * room).round() as usize
        })
    }

    /// A random map. All numbers are drawn, even those that are not used: so one more change does
    /// not alter the others.
    fn random(&self, key: ImageKey, size: [usize; 2]) -> Map {
        let Augmentation { flip, turn, shift, rotate, .. } = self.augmentation;
        let (epoch, image) = (key.epoch as u64, key.image as u64);
        let mut rng = stream(self.seed, Purpose::Augmentation, epoch, image);
        let mut unit = || uniform(&mut rng, 0.0, 1.0);
        // A unit number below 1 times a number of at most 2^24 stays below it.
        let mut below = |count: usize| ((unit() * count as f32) as usize).min(count - 1);
        let origin = [0, 1].map(|axis| below(self.image[axis] - size[axis] + 1));
        let [down, across] = [below(2) == 1, below(2) == 1];
        let turns = below(4);
        let moved = [0, 1].map(|_| below(2 * shift + 1) as isize - shift as isize);
        let angle = (2.0 * unit() - 1.0) * rotate;
        let vertical = matches!(flip, Some(Flip::Vertical | Flip::Both));
        let horizontal = matches!(flip, Some(Flip::Horizontal | Flip::Both));
        Map {
            size,
            origin,
            flip: [down && vertical, across && horizontal],
            turns: if turn { turns } else { 0 },
            moved,
            rotation: (rotate > 0.0).then(|| f64::from(angle).to_radians().sin_cos()),
        }
    }
}

/// Where the pixels of an example come from.
#[derive(Clone, Copy, Debug, Default)]
struct Map {
    /// The example's height and width.
    size: [usize; 2],
    /// Its first pixel in the image.
    origin: [usize; 2],
    /// Whether rows and columns are read backwards.
    flip: [bool; 2],
    /// Quarter turns.
    turns: usize,
    /// A shift in pixels.
    moved: [isize; 2],
    /// The sine and cosine of a rotation about the example's center.
    rotation: Option<(f64, f64)>,
}

impl Map {
    /// Writes the channels of one pixel of the example.
    fn read(&self, view: &View, place: [usize; 2], value: impl Fn(usize) -> f32, out: &mut [f32]) {
        let place = self.straightened(place);
        match self.rotation {
            None => {
                let from = [0, 1].map(|axis| {
                    let moved = (place[axis] + self.origin[axis]) as isize + self.moved[axis];
                    mirrored(moved, view.image[axis])
                });
                let first = (from[0] * view.image[1] + from[1]) * view.channels;
                out.iter_mut().enumerate().for_each(|(channel, out)| *out = value(first + channel));
            }
            Some(rotation) => self.interpolate(view, place, rotation, value, out),
        }
    }

    /// The pixel before turns and flips.
    fn straightened(&self, [row, col]: [usize; 2]) -> [usize; 2] {
        let last = [self.size[0] - 1, self.size[1] - 1];
        let [row, col] = match self.turns {
            0 => [row, col],
            1 => [col, last[0] - row],
            2 => [last[0] - row, last[1] - col],
            _ => [last[1] - col, row],
        };
        [
            if self.flip[0] { last[0] - row } else { row },
            if self.flip[1] { last[1] - col } else { col },
        ]
    }

    /// Reads between the four pixels around a place of the image.
    fn interpolate(
        &self,
        view: &View,
        place: [usize; 2],
        (sin, cos): (f64, f64),
        value: impl Fn(usize) -> f32,
        out: &mut [f32],
    ) {
        let center = self.size.map(|extent| (extent - 1) as f64 / 2.0);
        let [y, x] = [0, 1].map(|axis| place[axis] as f64 - center[axis]);
        let turned = [cos * y - sin * x, sin * y + cos * x];
        let mut corners = [[0; 2]; 2];
        let mut share = [0.0; 2];
        for axis in 0..2 {
            let start = self.origin[axis] as f64 + self.moved[axis] as f64;
            let at = turned[axis] + center[axis] + start;
            let before = at.floor();
            share[axis] = (at - before) as f32;
            corners[axis] = [0, 1].map(|i| mirrored(before as isize + i, view.image[axis]));
        }
        let [rows, cols] = corners;
        for (channel, out) in out.iter_mut().enumerate() {
            let at = |row: usize, col: usize| {
                value((rows[row] * view.image[1] + cols[col]) * view.channels + channel)
            };
            let along = |row| at(row, 0) + share[1] * (at(row, 1) - at(row, 0));
            let (above, below) = (along(0), along(1));
            *out = above + share[0] * (below - above);
        }
    }
}

/// Continues an image beyond its edges by its mirror image: `c b a | a b c | c b a`.
fn mirrored(place: isize, extent: usize) -> usize {
    let extent = extent as isize;
    let place = place.rem_euclid(2 * extent);
    place.min(2 * extent - 1 - place) as usize
}

#[cfg(test)]
mod tests;
