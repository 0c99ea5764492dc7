//! Draws rings of growing size and their blurred twins: `cargo run -p ae-plot --example gallery`.
//!
//! Writes `gallery.png` into the current folder, or to the path given as the first argument.

use ae_plot::{Gallery, PlotError};

const SIDE: usize = 28;

/// A ring around the middle of the tile; its edge fades over `softness` values.
fn ring(radius: f32, softness: f32) -> Vec<f32> {
    let middle = (SIDE - 1) as f32 / 2.0;
    let value = |i: usize| {
        let (y, x) = ((i / SIDE) as f32 - middle, (i % SIDE) as f32 - middle);
        let distance = (x.hypot(y) - radius).abs();
        (1.5 - distance / softness).clamp(0.0, 1.0)
    };
    (0..SIDE * SIDE).map(value).collect()
}

fn main() -> Result<(), PlotError> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "gallery.png".to_owned());
    let rings =
        |softness| -> Vec<f32> { (1..=10).flat_map(|r| ring(r as f32 * 1.2, softness)).collect() };
    let (sharp, soft) = (rings(1.0), rings(2.5));
    let gallery = Gallery::new(SIDE, SIDE).row("sharp", &sharp).row("soft", &soft);
    gallery.write_png(&path)?;
    println!("wrote {path}");
    Ok(())
}
