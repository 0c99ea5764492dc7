//! The page's training without a browser: a few steps, a look, a few more steps.
//!
//! cargo run -p ae-web --example in_pieces

use ae_web::engine::{EngineError, Trainer, TrainerOptions, components};
use std::time::Instant;

/// Images of 28 x 28: a bright square somewhere on black.
fn squares(count: usize) -> Vec<u8> {
    let (mut images, side) = (vec![0; count * 784], 8);
    for (i, image) in images.chunks_exact_mut(784).enumerate() {
        let (top, left) = (i * 7 % (28 - side), i * 11 % (28 - side));
        for row in image.chunks_exact_mut(28).skip(top).take(side) {
            row[left..left + side].fill(255);
        }
    }
    images
}

fn main() -> Result<(), EngineError> {
    let (images, tests) = (5421, 892);
    let options = TrainerOptions {
        model: "notebook-dense".into(),
        latent: Some(10),
        optimizer: "rmsprop".into(),
        rate: None,
        batch: 250,
        epochs: 10,
        seed: 0,
        height: 28,
        width: 28,
        channels: 1,
    };
    let mut trainer = Trainer::new(&options, squares(images), squares(tests))?;
    let began = Instant::now();
    loop {
        // A page would draw now.
        let report = trainer.step(10)?;
        for (epoch, losses) in &report.ended {
            println!("epoch {epoch:2}  loss {:.4}  val_loss {:.4}", losses.loss, losses.val_loss);
        }
        if report.done {
            break;
        }
    }
    let seen = (images * options.epochs) as f64;
    println!("{:.0} images per second", seen / began.elapsed().as_secs_f64());

    let model = trainer.model()?;
    let pixels: Vec<f32> = squares(tests).into_iter().map(|x| f32::from(x) / 255.0).collect();
    let found = components(&model.encode(&pixels)?, 10)?;
    println!("the first of 10 components explains {:.0} %", 100.0 * found.explained[0]);
    println!("one decoded code: {} pixels", model.decode(&found.mean)?.len());
    Ok(())
}
