//! Shows what a user can do with the crate `autoencoder` alone. The program fails if a check fails.
//!
//! ```text
//! cargo run                                train with parts written here; save, load and compare
//! cargo run -- model.safetensors made.npz  compare with the reconstructions by ae-app, bit by bit
//! ```

mod layer;
mod npz;
mod parts;

use autoencoder::layers::Registry;
use autoencoder::{AutoEncoder, Examples, Fit, Pca, Recipe, RmsProp, Samples, Split, with_threads};
use parts::{Halving, LogCosh, SignDescent, Stripe};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [] => {
            usual()?;
            own()
        }
        [model, npz] => compare(Path::new(model), Path::new(npz)),
        _ => Err("expected no arguments, or MODEL.safetensors MADE.npz".into()),
    }
}

/// A bright bar of two pixels at one of four positions in 8 pixels.
fn bars(count: usize) -> Vec<u8> {
    let row = |i: usize| (0..8).map(move |pixel| if pixel / 2 == i % 4 { 255 } else { 0 });
    (0..count).flat_map(row).collect()
}

/// The example of the README, and the codes through PCA.
fn usual() -> Result<(), Box<dyn Error>> {
    let bytes = bars(70);
    let (train, test) = bytes.split_at(60 * 8);
    let (train, test) = (Samples::new(train, [8]), Samples::new(test, [8]));
    let mut model = AutoEncoder::parse("input 8; dense 4 relu | dense 8 sigmoid", 1)?;
    let fit = Fit::new(&train).validate(&test).epochs(200).batch(10).seed(1);
    let fitted = fit.run(&mut model, &mut RmsProp::new(0.01))?;
    let epochs = &fitted.history.epochs;
    let (first, last) = (epochs[0].val_loss, epochs[epochs.len() - 1].val_loss);
    println!("{} epochs: val_loss from {first:.4} to {last:.4}", epochs.len());
    let pca = Pca::fit(&model.encode(&train), Some(2))?;
    println!("two components hold {:.3?} of the codes' variance", pca.explained_variance_ratio());
    check(last < first / 3.0, "the loss has not fallen")
}

/// A layer, a loss, a corruption, an optimizer and a schedule that the crate does not know.
fn own() -> Result<(), Box<dyn Error>> {
    let registry = Registry::standard().with(layer::KEYWORD, layer::read);
    let toml = "encoder = ['gain', 'dense 6 tanh']\ndecoder = ['dense {pixels} linear', 'gain']";
    let recipe: Recipe = toml.parse()?;
    // Samples of f32, with values that are not those of bytes.
    let numbers: Vec<f32> = bars(80).iter().map(|&b| f32::from(b) / 100.0 - 0.5).collect();
    let stripe = Stripe { seed: 5 };
    let (train, test) = numbers.split_at(64 * 8);
    let clean = Samples::from_f32(test, [8]);
    let train = Examples::corrupted(Samples::from_f32(train, [8]), &stripe, Split::Train);
    let test = Examples::corrupted(clean, &stripe, Split::Test);

    let learn = |threads| {
        let training = || -> Result<_, Box<dyn Error + Send + Sync>> {
            let architecture = recipe.architecture_with(&registry, [2, 4], None)?;
            let mut model = AutoEncoder::from_architecture(architecture, 1)?;
            let fit = Fit::new(&train).validate(&test).epochs(120).batch(8).seed(1);
            let fit = fit.loss(&LogCosh).schedule(&Halving { epochs: 40 }).clip_norm(1.0);
            let fitted = fit.run(&mut model, &mut SignDescent::new(0.01))?;
            Ok((model, fitted.history))
        };
        with_threads(threads, training)?.map_err(|error| error.to_string().into())
    };
    let learned: Result<_, Box<dyn Error>> = learn(1);
    let (model, history) = learned?;
    let (first, last) = (history.epochs[0].val_loss, history.epochs[119].val_loss);
    println!("with parts of our own: val_loss from {first:.4} to {last:.4}");
    check(last < first / 2.0, "the loss has not fallen")?;
    let again: Result<_, Box<dyn Error>> = learn(3);
    let same = again?.0.reconstruct(&clean) == model.reconstruct(&clean);
    check(same, "the result depends on the number of threads")?;

    let path = std::env::temp_dir().join(format!("ae-outside-{}.safetensors", std::process::id()));
    model.save(&path)?;
    let loaded = AutoEncoder::load_with(&path, &registry);
    let stranger = AutoEncoder::load(&path);
    std::fs::remove_file(&path)?;
    let same = loaded?.reconstruct(&clean) == model.reconstruct(&clean);
    check(same, "a loaded model is not the one that was saved")?;
    let error = stranger.expect_err("nobody has registered the layer").to_string();
    check(error.contains("gain"), "a layer that nobody knows is not named")?;
    println!("saved, loaded, and refused without its layer: {error}");
    Ok(())
}

/// Checks that a model written by ae-app gives the same reconstructions here.
fn compare(model: &Path, npz: &Path) -> Result<(), Box<dyn Error>> {
    let model = AutoEncoder::load(model)?;
    let arrays = std::fs::read(npz)?;
    let inputs = npz::floats(&arrays, "test_inputs")?;
    let expected = npz::floats(&arrays, "test_reconstructions")?;
    let samples = Samples::from_f32(&inputs, model.architecture().input);
    let found = model.reconstruct(&samples);
    let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    check(bits(found.data()) == bits(&expected), "ae-app reconstructs something else")?;
    println!("{} reconstructions are those of ae-app, bit by bit", samples.count());
    Ok(())
}

fn check(holds: bool, otherwise: &str) -> Result<(), Box<dyn Error>> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}
