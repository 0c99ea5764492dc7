//! Reads the files that a run has written, and writes pictures for it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The width, height and samples per pixel of a PNG, and its pixels.
#[track_caller]
pub(crate) fn picture(png: &[u8]) -> (u32, u32, usize, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size that fits")];
    let frame = reader.next_frame(&mut pixels).expect("a whole picture");
    (frame.width, frame.height, frame.color_type.samples(), pixels)
}

/// The name, width, height and samples per pixel of each picture, none of which is blank.
#[track_caller]
pub(crate) fn sizes(files: &BTreeMap<String, Vec<u8>>) -> Vec<(&str, u32, u32, usize)> {
    let pictures = files.iter().filter(|(name, _)| name.ends_with(".png"));
    pictures
        .map(|(name, content)| {
            let (width, height, samples, pixels) = picture(content);
            assert!(pixels.iter().any(|p| *p != pixels[0]), "{name} is blank");
            (name.as_str(), width, height, samples)
        })
        .collect()
}

/// A file of TOML.
#[track_caller]
pub(crate) fn toml(files: &BTreeMap<String, Vec<u8>>, name: &str) -> toml::Table {
    std::str::from_utf8(&files[name]).unwrap().parse().unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The losses of `history.csv`, whose format is checked.
#[track_caller]
pub(crate) fn history(files: &BTreeMap<String, Vec<u8>>) -> Vec<(f64, f64)> {
    let text = std::str::from_utf8(&files["history.csv"]).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("epoch,loss,val_loss"));
    lines
        .enumerate()
        .map(|(epoch, line)| {
            let fields: Vec<&str> = line.split(',').collect();
            let [number, loss, val_loss] = fields[..] else { panic!("{line}") };
            assert_eq!(number, epoch.to_string());
            (loss.parse().expect(line), val_loss.parse().expect(line))
        })
        .collect()
}

/// Asserts that the report has a line `trained <epochs> in X.XX s, Y images/s` with the numbers of
/// `times.toml`.
#[track_caller]
pub(crate) fn assert_times(lines: &[&str], times: &toml::Table, epochs: &str) {
    let number = |name: &str| times[name].as_float().unwrap();
    let (seconds, rate) = (number("training_seconds"), number("images_per_second"));
    assert!(seconds > 0.0 && rate > 0.0, "{times:?}");
    let line = format!("trained {epochs} in {seconds:.2} s, {rate:.0} images/s");
    assert!(lines.contains(&line.as_str()), "no line {line:?} in {lines:#?}");
}

/// Writes a PNG file of 8 bits: gray, or in color.
pub(crate) fn write_png(
    path: &Path,
    (width, height): (u32, u32),
    color: png::ColorType,
    pixels: &[u8],
) {
    let mut encoder = png::Encoder::new(fs::File::create(path).unwrap(), width, height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(pixels).unwrap();
    writer.finish().unwrap();
}
