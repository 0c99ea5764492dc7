//! The operators on images, (batch, channels, height, width).

use super::{Array, Node};

/// Size, strides and pads (top, left, bottom, right) of a window, and the values derived from them.
struct Place {
    size: Vec<usize>,
    strides: Vec<usize>,
    pads: Vec<usize>,
    image: [usize; 2],
}

impl Place {
    /// The number of positions along an axis.
    fn count(&self, axis: usize) -> usize {
        let padded = self.image[axis] + self.pads[axis] + self.pads[axis + 2];
        (padded - self.size[axis]) / self.strides[axis] + 1
    }

    /// The pixel under a tap, if there is one.
    fn pixel(&self, place: [usize; 2], tap: [usize; 2]) -> Option<[usize; 2]> {
        let along = |axis: usize| {
            let i = place[axis] * self.strides[axis] + tap[axis];
            i.checked_sub(self.pads[axis]).filter(|&i| i < self.image[axis])
        };
        Some([along(0)?, along(1)?])
    }

    /// The taps of a position that lie on the image, each with its pixel.
    fn taps(&self, place: [usize; 2]) -> Vec<([usize; 2], [usize; 2])> {
        let all = (0..self.size[0]).flat_map(|y| (0..self.size[1]).map(move |x| [y, x]));
        all.filter_map(|tap| Some((tap, self.pixel(place, tap)?))).collect()
    }
}

/// The names of the attributes of an operator on images; empty for other operators.
pub(super) fn attributes(operator: &str) -> &'static [&'static str] {
    match operator {
        "Conv" | "MaxPool" => &["kernel_shape", "pads", "strides"],
        "ConvTranspose" => &["kernel_shape", "output_padding", "pads", "strides"],
        "Resize" => &["coordinate_transformation_mode", "mode", "nearest_mode"],
        _ => &[],
    }
}

impl Node<'_> {
    /// The output of an operator on images; `None` for other operators.
    pub(super) fn on_images(&self) -> Option<Array> {
        Some(match self.node.op_type.as_str() {
            "Conv" => self.conv(),
            "ConvTranspose" => self.conv_transpose(),
            "MaxPool" => self.max_pool(),
            "Resize" => self.resize(),
            _ => return None,
        })
    }

    fn place(&self) -> Place {
        let image = &self.input(0).dims;
        let place = Place {
            size: self.sizes("kernel_shape"),
            strides: self.sizes("strides"),
            pads: self.sizes("pads"),
            image: [image[2], image[3]],
        };
        assert_eq!((place.size.len(), place.strides.len(), place.pads.len()), (2, 2, 4));
        // Runtimes require this: a window entirely beyond the image would contain only padding.
        assert!((0..4).all(|i| place.pads[i] < place.size[i % 2]));
        place
    }

    fn conv(&self) -> Array {
        let (x, k, b) = (self.input(0), self.input(1), self.input(2));
        let place = self.place();
        assert_eq!(k.dims[1..], [x.dims[1], place.size[0], place.size[1]]);
        Array::from_fn(&[x.dims[0], k.dims[0], place.count(0), place.count(1)], |i| {
            let (image, filter) = (i[0], i[1]);
            let mut sum = b.at(&[filter]);
            for ([ky, kx], [y, x_]) in place.taps([i[2], i[3]]) {
                for channel in 0..x.dims[1] {
                    sum += x.at(&[image, channel, y, x_]) * k.at(&[filter, channel, ky, kx]);
                }
            }
            sum
        })
    }

    /// Each pixel adds the filters to the output; the part in the pads is cut off.
    fn conv_transpose(&self) -> Array {
        let (x, k, b) = (self.input(0), self.input(1), self.input(2));
        let (size, strides, pads) =
            (self.sizes("kernel_shape"), self.sizes("strides"), self.sizes("pads"));
        let more = self.sizes("output_padding");
        assert_eq!((k.dims[0], &k.dims[2..]), (x.dims[1], &size[..]));
        // Runtimes require this.
        assert!((0..2).all(|axis| more[axis] < strides[axis]));
        let [h, w] = [0, 1].map(|axis| {
            let all = (x.dims[axis + 2] - 1) * strides[axis] + size[axis] + more[axis];
            all - pads[axis] - pads[axis + 2]
        });
        Array::from_fn(&[x.dims[0], k.dims[1], h, w], |i| {
            let mut sum = b.at(&[i[1]]);
            for (iy, ix) in (0..x.dims[2]).flat_map(|y| (0..x.dims[3]).map(move |x| (y, x))) {
                let tap = |axis: usize, at: usize| {
                    let tap = (i[axis + 2] + pads[axis]).checked_sub(at * strides[axis]);
                    tap.filter(|&tap| tap < size[axis])
                };
                let (Some(ky), Some(kx)) = (tap(0, iy), tap(1, ix)) else { continue };
                for channel in 0..x.dims[1] {
                    sum += x.at(&[i[0], channel, iy, ix]) * k.at(&[channel, i[1], ky, kx]);
                }
            }
            sum
        })
    }

    fn max_pool(&self) -> Array {
        let (x, place) = (self.input(0), self.place());
        Array::from_fn(&[x.dims[0], x.dims[1], place.count(0), place.count(1)], |i| {
            let taps = place.taps([i[2], i[3]]);
            taps.iter().map(|&(_, [y, x_])| x.at(&[i[0], i[1], y, x_])).fold(f64::MIN, f64::max)
        })
    }

    fn resize(&self) -> Array {
        assert_eq!(self.text("mode"), b"nearest");
        assert_eq!(self.text("coordinate_transformation_mode"), b"asymmetric");
        assert_eq!(self.text("nearest_mode"), b"floor");
        assert!(self.inputs[1].is_none() && self.inputs.len() == 3);
        let (x, scales) = (self.input(0), &self.input(2).data);
        let larger = |(&extent, &scale): (&usize, &f64)| (extent as f64 * scale).floor() as usize;
        let dims: Vec<usize> = x.dims.iter().zip(scales).map(larger).collect();
        Array::from_fn(&dims, |index| {
            let from =
                index.iter().zip(scales).map(|(&i, &scale)| (i as f64 / scale).floor() as usize);
            x.at(&from.collect::<Vec<_>>())
        })
    }
}
