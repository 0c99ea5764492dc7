//! Learns pairs of bright pixels, removes salt and pepper from them, and shows both.

use autoencoder::{Adam, AutoEncoder, Examples, Fit, SaltAndPepper, Samples, Split};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    // 16 pixels with a bright pair at one of 8 places.
    let pixel = |i: usize| if (i / 16) % 8 == i % 16 / 2 { 255 } else { 0 };
    let bytes: Vec<u8> = (0..400 * 16).map(pixel).collect();
    let (train, test) = bytes.split_at(320 * 16);
    let corruption = SaltAndPepper { probability: 0.1, seed: 1, fresh: true };
    let train = Examples::corrupted(Samples::new(train, [16]), &corruption, Split::Train);
    let test = Examples::corrupted(Samples::new(test, [16]), &corruption, Split::Test);

    let mut model = AutoEncoder::parse("input 16; dense 12 relu | dense 16 sigmoid", 1)?;
    let fit = Fit::new(&train).validate(&test).epochs(150).batch(32).seed(1);
    let fitted = fit.run(&mut model, &mut Adam::new(0.01))?;
    let last = fitted.history.epochs.last().expect("150 epochs");
    println!("val_loss {:.2}", last.val_loss);

    let show =
        |row: &[f32]| -> String { row.iter().map(|&x| if x > 0.5 { '#' } else { '.' }).collect() };
    let clean = model.reconstruct(&test);
    let mut batch = autoencoder::train::Batch::new();
    test.gather(&[0, 1, 2], 0, &mut batch);
    for i in 0..3 {
        println!("{} -> {}", show(batch.input().row(i)), show(clean.row(i)));
    }
    Ok(())
}
