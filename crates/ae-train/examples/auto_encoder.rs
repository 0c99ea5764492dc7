//! A complete auto-encoder: bright squares on black, 64 pixels to 4 numbers and back:
//! `cargo run -p ae-train --example auto_encoder`.

use ae_optim::RmsProp;
use ae_train::{AutoEncoder, Fit, Samples};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    // 3 x 3 pixels, at every position of an image of 8 x 8.
    let inside = |pixel: usize, corner: usize| (corner..corner + 3).contains(&pixel);
    let image = |at: usize| {
        let bright = move |i: usize| inside(i / 8, at / 6) && inside(i % 8, at % 6);
        (0..64).map(move |i| if bright(i) { 255 } else { 0 })
    };
    let bytes: Vec<u8> = (0..36).flat_map(image).collect();
    let squares = Samples::new(&bytes, [64]);

    let mut model = AutoEncoder::parse("input 64; dense 4 relu | dense 64 sigmoid", 1)?;
    Fit::new(&squares)
        .epochs(1000)
        .batch(12)
        .seed(1)
        .on_epoch(|report| {
            if [1, 10, 100, 1000].contains(&report.epoch) {
                println!("epoch {:4}  loss {:.4}", report.epoch, report.losses.loss);
            }
        })
        .run(&mut model, &mut RmsProp::new(0.01))?;

    let restored = model.reconstruct(&squares);
    for row in restored.row(14).chunks(8) {
        println!("{}", row.iter().map(|&p| if p > 0.5 { " #" } else { " ." }).collect::<String>());
    }
    Ok(())
}
