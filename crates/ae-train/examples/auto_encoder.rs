//! A whole auto-encoder: bright squares on black, 64 pixels through 4 numbers and back:
//! `cargo run -p ae-train --example auto_encoder`.

use ae_autodiff::Params;
use ae_layers::{Activation, Sequential, dense};
use ae_optim::RmsProp;
use ae_train::{Event, Examples, FitOptions, Samples, fit};
use std::error::Error;
use std::ops::ControlFlow;

fn main() -> Result<(), Box<dyn Error>> {
    // 3 x 3 pixels, in every place of an image of 8 x 8.
    let inside = |pixel: usize, corner: usize| (corner..corner + 3).contains(&pixel);
    let image = |at: usize| {
        let bright = move |i: usize| inside(i / 8, at / 6) && inside(i % 8, at % 6);
        (0..64).map(move |i| if bright(i) { 255 } else { 0 })
    };
    let bytes: Vec<u8> = (0..36).flat_map(image).collect();
    let squares = Examples::clean(Samples::new(&bytes, [64]));

    let mut params = Params::new();
    let layers = [dense(4, Activation::Relu), dense(64, Activation::Sigmoid)];
    let model = Sequential::build([64], &layers, &mut params, 1)?;
    let options = FitOptions::new(1000, 12, 1);
    fit(&model, &mut params, &mut RmsProp::new(0.01), squares, squares, options, |event| {
        match event {
            Event::Epoch(report) if [1, 10, 100, 1000].contains(&report.epoch) => {
                println!("epoch {:4}  loss {:.4}", report.epoch, report.losses.loss);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    })?;

    let restored = model.predict(&params, &squares.samples().gather(&[14]));
    for row in restored.row(0).chunks(8) {
        println!("{}", row.iter().map(|&p| if p > 0.5 { " #" } else { " ." }).collect::<String>());
    }
    Ok(())
}
