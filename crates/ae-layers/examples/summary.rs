//! Builds the dense auto-encoder, prints Keras's table, and passes a batch through its two halves:
//! `cargo run -p ae-layers --example summary`.

use ae_autodiff::Params;
use ae_layers::init::glorot_limit;
use ae_layers::{Activation, BuildError, Sequential, dense, reshape};
use ae_tensor::Tensor;

fn main() -> Result<(), BuildError> {
    let mut params = Params::new();
    let layers = [dense(10, Activation::Relu), dense(784, Activation::Sigmoid)];
    let model = Sequential::build([784], &layers, &mut params, 1)?;
    print!("{}", model.summary(&params));
    for id in params.ids() {
        let tensor = params.get(id);
        print!("{:<15} {:<10}", params.name(id), tensor.shape().to_string());
        match tensor.shape().rank() {
            1 => println!(" zeros"),
            _ => println!(" uniform in +-{:.4}", glorot_limit(tensor.shape())),
        }
    }

    let (encoder, decoder) = model.split_at(1);
    let images = Tensor::full([3, 784], 0.5);
    let codes = encoder.predict(&params, &images);
    let restored = decoder.predict(&params, &codes);
    println!("{} -> {} -> {}", images.shape(), codes.shape(), restored.shape());
    println!("the halves make the whole: {}", restored == model.predict(&params, &images));

    let wrong = [dense(10, Activation::Relu), reshape([28, 28])];
    if let Err(error) = Sequential::build([784], &wrong, &mut Params::new(), 1) {
        println!("another model is refused: {error}");
    }
    Ok(())
}
