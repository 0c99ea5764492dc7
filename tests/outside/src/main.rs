//! Trains an auto-encoder on images that it makes itself, and looks at the codes through PCA. It fails if the loss does not fall.

use ae_autodiff::Params;
use ae_layers::{Activation, Sequential, dense};
use ae_optim::RmsProp;
use ae_pca::Pca;
use ae_train::{Event, Examples, FitOptions, Samples, fit, predict};
use std::error::Error;
use std::ops::ControlFlow;

fn main() -> Result<(), Box<dyn Error>> {
    // A bright bar of two pixels at one of four places in 8 pixels.
    let bytes: Vec<u8> = (0..70)
        .flat_map(|i| (0..8).map(move |pixel| if pixel / 2 == i % 4 { 255 } else { 0 }))
        .collect();
    let samples = Samples::new(&bytes, [8]);
    let examples = Examples::clean(samples);

    let mut params = Params::new();
    let layers = [dense(4, Activation::Relu), dense(8, Activation::Sigmoid)];
    let model = Sequential::build([8], &layers, &mut params, 1)?;
    let options = FitOptions::new(200, 10, 1);
    let mut rule = RmsProp::new(0.01);
    let fitted =
        fit(&model, &mut params, &mut rule, examples, examples, options, |event| match event {
            Event::Epoch(report) if report.losses.loss < 0.02 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })?;
    let epochs = &fitted.history.epochs;
    let (first, last) = (epochs[0].val_loss, epochs[epochs.len() - 1].val_loss);
    println!("{} epochs: val_loss from {first:.4} to {last:.4}", epochs.len());

    let (encoder, _) = model.split_at(1);
    let pca = Pca::fit(&predict(&encoder, &params, samples), Some(2))?;
    println!("two components hold {:.3?} of the codes' variance", pca.explained_variance_ratio());
    if last < first / 3.0 { Ok(()) } else { Err("the loss has not fallen".into()) }
}
