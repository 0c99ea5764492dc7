//! An independent check of written files: PNG bytes back to pixels.

/// A decoded PNG: size, color type as stored, and samples.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) color: png::ColorType,
    pub(crate) samples: Vec<u8>,
}

impl Decoded {
    /// Red, green and blue at a position, for gray and color files.
    pub(crate) fn at(&self, x: usize, y: usize) -> [u8; 3] {
        assert!(x < self.width && y < self.height);
        match self.color {
            png::ColorType::Grayscale => [self.samples[y * self.width + x]; 3],
            png::ColorType::Rgb => {
                let at = 3 * (y * self.width + x);
                self.samples[at..at + 3].try_into().unwrap()
            }
            other => panic!("unexpected color type {other:?}"),
        }
    }

    /// The number of pixels of exactly this color inside a rectangle of x and y ranges.
    pub(crate) fn count(
        &self,
        color: [u8; 3],
        xs: std::ops::Range<usize>,
        ys: std::ops::Range<usize>,
    ) -> usize {
        ys.map(|y| xs.clone().filter(|&x| self.at(x, y) == color).count()).sum()
    }

    /// Pixels of exactly this color.
    pub(crate) fn count_all(&self, color: [u8; 3]) -> usize {
        self.count(color, 0..self.width, 0..self.height)
    }
}

pub(crate) fn decode(bytes: &[u8]) -> Decoded {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut samples = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut samples).unwrap();
    assert_eq!(info.bit_depth, png::BitDepth::Eight);
    samples.truncate(info.buffer_size());
    let (width, height) = (info.width as usize, info.height as usize);
    Decoded { width, height, color: info.color_type, samples }
}
