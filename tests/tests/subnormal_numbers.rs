//! A training does not compute with subnormal numbers, with which many processors are a hundred
//! times slower. The test looks for them in the gradients, the optimizer's memories and the weights
//! of every step.

use ae_autodiff::{Grads, Params};
use ae_idx::{Dataset, LabelledImages, MNIST};
use ae_layers::{Architecture, ArchitectureError};
use ae_optim::{Adadelta, Adam, Optimizer, RmsProp, Sgd};
use ae_tensor::Tensor;
use ae_train::{AutoEncoder, Examples, Fit, GaussianNoise, Samples, Split};
use std::path::Path;

/// An optimizer that checks all numbers before and after each step.
#[derive(Debug)]
struct Watched<O> {
    rule: O,
    steps: usize,
    found: Vec<String>,
}

impl<O: Optimizer> Watched<O> {
    fn new(rule: O) -> Self {
        Self { rule, steps: 0, found: Vec::new() }
    }

    fn look(&mut self, what: &str, tensor: &Tensor) {
        let count = tensor.data().iter().filter(|x| x.is_subnormal()).count();
        if count > 0 {
            self.found.push(format!("step {}: {count} in {what}", self.steps));
        }
    }
}

impl<O: Optimizer> Optimizer for Watched<O> {
    fn step(&mut self, params: &mut Params, grads: &Grads) {
        self.steps += 1;
        for (id, gradient) in grads.iter() {
            self.look(&format!("the gradient of {}", params.name(id)), gradient);
        }
        self.rule.step(params, grads);
        for id in params.ids() {
            self.look(params.name(id), params.get(id));
        }
        let state = self.rule.state();
        let memories: Vec<(&str, Tensor)> = state
            .iter()
            .flat_map(|(name, all)| all.iter().map(|one| (*name, one.clone())))
            .collect();
        memories.iter().for_each(|(name, memory)| self.look(name, memory));
    }

    fn learning_rate(&self) -> f64 {
        self.rule.learning_rate()
    }

    fn set_learning_rate(&mut self, learning_rate: f64) {
        self.rule.set_learning_rate(learning_rate);
    }

    fn name(&self) -> &'static str {
        self.rule.name()
    }

    fn constants(&self) -> Vec<(&'static str, String)> {
        self.rule.constants()
    }

    fn state(&self) -> Vec<(&'static str, &[Tensor])> {
        self.rule.state()
    }

    fn restore(&mut self, steps: u64, state: Vec<Vec<Tensor>>) {
        self.rule.restore(steps, state);
    }
}

/// The first `count` training images of MNIST.
fn images(count: usize) -> LabelledImages {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/mnist");
    let mut images = Dataset::load_known(&MNIST, folder).expect("the data are here").train;
    images.truncate(count);
    images
}

fn model(architecture: &str) -> AutoEncoder {
    let architecture: Result<Architecture, ArchitectureError> = architecture.parse();
    AutoEncoder::from_architecture(architecture.expect("it is one"), 1).expect("its shapes fit")
}

/// Trains. Returns a description of each place with a subnormal number, and the number of steps.
fn train(
    mut model: AutoEncoder,
    examples: &Examples<'_>,
    batch: usize,
    epochs: usize,
    rule: impl Optimizer,
) -> (Vec<String>, usize) {
    let mut watched = Watched::new(rule);
    let fit = Fit::new(examples).validate(examples).epochs(epochs).batch(batch);
    fit.run(&mut model, &mut watched).expect("it does not diverge");
    (watched.found, watched.steps)
}

#[test]
fn the_dense_job_has_none() {
    let images = images(200);
    let examples = Examples::clean(Samples::new(images.images(), [784]));
    let dense = || model("input 784; dense 32 relu | dense 784 sigmoid");
    // Units of the code stop firing, and most pixels become black with certainty. 0.9^1000 is far
    // below the smallest normal number.
    let high = 0.05;
    let (found, steps) = train(dense(), &examples, 10, 60, RmsProp::new(high));
    assert_eq!((found, steps), (Vec::<String>::new(), 1200), "RMSprop");
    let (found, _) = train(dense(), &examples, 10, 60, Adam::new(high));
    assert_eq!(found, Vec::<String>::new(), "Adam");
    let (found, _) = train(dense(), &examples, 10, 60, Sgd::new(high).with_momentum(0.9));
    assert_eq!(found, Vec::<String>::new(), "SGD with momentum");
}

#[test]
fn the_denoising_job_has_none() {
    let images = images(60);
    let noise = GaussianNoise { factor: 0.5, seed: 1, fresh: false };
    let examples = Examples::noisy(Samples::new(images.images(), [28, 28, 1]), noise, Split::Train);
    let small = "input 28x28x1; conv2d 4 3x3 relu; max_pooling2d 2x2 | up_sampling2d 2x2; conv2d 1 3x3 sigmoid";
    let (found, steps) = train(model(small), &examples, 6, 30, Adadelta::default());
    assert_eq!((found, steps), (Vec::<String>::new(), 300), "Adadelta");
}
