//! Valid and invalid PNG files, written chunk by chunk.
#![allow(dead_code, reason = "each test file is a program of its own and uses a part of these")]

use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write;

pub(crate) const GRAY: u8 = 0;
pub(crate) const RGB: u8 = 2;
pub(crate) const INDEXED: u8 = 3;
pub(crate) const GRAY_ALPHA: u8 = 4;
pub(crate) const RGBA: u8 = 6;

/// A PNG file under construction: the header's fields, and the data between header and pixels.
pub(crate) struct Png {
    pub(crate) cols: u32,
    pub(crate) rows: u32,
    pub(crate) depth: u8,
    pub(crate) color: u8,
    pub(crate) interlaced: bool,
    pub(crate) before: Vec<(&'static [u8; 4], Vec<u8>)>,
}

impl Png {
    pub(crate) fn new(cols: u32, rows: u32, depth: u8, color: u8) -> Self {
        Self { cols, rows, depth, color, interlaced: false, before: Vec::new() }
    }

    pub(crate) fn with(mut self, kind: &'static [u8; 4], content: &[u8]) -> Self {
        self.before.push((kind, content.to_vec()));
        self
    }

    /// The file with these lines of packed pixels, each with filter type 0.
    pub(crate) fn lines<'a>(&self, lines: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let raw: Vec<u8> = lines.into_iter().flat_map(|line| [&[0], line].concat()).collect();
        self.file(&zlib(&raw))
    }

    /// The file with this content of its chunk of pixels.
    pub(crate) fn file(&self, data: &[u8]) -> Vec<u8> {
        let mut header = [self.cols.to_be_bytes(), self.rows.to_be_bytes()].concat();
        header.extend([self.depth, self.color, 0, 0, u8::from(self.interlaced)]);
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        file.extend(chunk(b"IHDR", &header));
        for (kind, content) in &self.before {
            file.extend(chunk(kind, content));
        }
        file.extend(chunk(b"IDAT", data));
        file.extend(chunk(b"IEND", &[]));
        file
    }
}

pub(crate) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Length, type, content and CRC.
pub(crate) fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(content);
    let length = u32::try_from(content.len()).unwrap();
    [&length.to_be_bytes(), &kind[..], content, &crc.sum().to_be_bytes()].concat()
}

/// A valid gray image of 8 bits.
pub(crate) fn gray(cols: u32, rows: u32) -> (Vec<u8>, Vec<u8>) {
    let pixels: Vec<u8> = (0..cols * rows).map(|i| (i * 37 % 256) as u8).collect();
    (Png::new(cols, rows, 8, GRAY).lines(pixels.chunks(cols as usize)), pixels)
}
