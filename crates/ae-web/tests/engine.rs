//! The engine computes what the program's own crates compute.

use ae_optim::OptimizerName;
use ae_pca::Pca;
use ae_tensor::Tensor;
use ae_train::{AutoEncoder, Examples, Fit, GaussianNoise, Samples, Split};
use ae_web::engine::{
    EngineError, Model, Trainer, TrainerOptions, Weight, centered, components, noisy,
};

/// Bytes that are not all alike.
fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|i| (i * i * 7 % 253) as u8).collect()
}

/// Numbers from 0 to 1.
fn numbers(count: usize) -> Vec<f32> {
    bytes(count).into_iter().map(|byte| f32::from(byte) / 255.0).collect()
}

fn model(words: &str) -> (AutoEncoder, Model) {
    let native = AutoEncoder::parse(words, 3).unwrap();
    let read = Model::read(&native.to_archive().to_bytes()).unwrap();
    (native, read)
}

const DENSE: &str = "input 36; dense 5 relu | dense 36 sigmoid";
const CONV: &str = "input 6x6x1; conv2d 4 3x3 relu; max_pooling2d 2x2 | \
                    up_sampling2d 2x2; conv2d 1 3x3 sigmoid";

#[track_caller]
fn line<T: std::fmt::Debug>(result: Result<T, EngineError>) -> String {
    let line = result.unwrap_err().to_string();
    assert!(!line.contains('\n'), "{line}");
    line
}

#[test]
fn a_model_makes_what_the_program_makes_of_it() {
    for words in [DENSE, CONV] {
        let (native, read) = model(words);
        let images = numbers(3 * 36);
        let samples = Samples::from_f32(&images, native.sequential().input_shape());
        assert_eq!(read.predict(&images).unwrap(), native.reconstruct(&samples).into_data());
        let codes = native.encode(&samples);
        assert_eq!(read.encode(&images).unwrap(), codes.data());
        assert_eq!(read.decode(codes.data()).unwrap(), native.decode(&codes).into_data());
        let again = Model::read(&read.save()).unwrap();
        assert_eq!(again.predict(&images).unwrap(), read.predict(&images).unwrap());
        assert_eq!(read.image(), [6, 6, 1]);
        assert_eq!(read.parameters(), native.params().element_count());
        assert!(read.predict(&[]).unwrap().is_empty());
    }
    // A code of maps is not a vector.
    assert_eq!([DENSE, CONV].map(|words| model(words).1.code_len()), [Some(5), None]);
    assert_eq!(model("input 30; dense 30 sigmoid").1.image(), [1, 30, 1]);
}

impl PartialEq for Same {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

/// A number that equals another only bit for bit.
#[derive(Debug)]
struct Same(f64);

#[test]
fn a_training_in_pieces_is_the_programs_training() {
    let (train, test) = (bytes(50 * 36), bytes(20 * 36));
    let mut whole = AutoEncoder::parse("input 36; dense 4 relu | dense 36 sigmoid", 7).unwrap();
    let shape = whole.sequential().input_shape();
    let (samples, validation) = (Samples::new(&train, shape), Samples::new(&test, shape));
    let mut optimizer = OptimizerName::Rmsprop.build(Some(0.01));
    let fit = Fit::new(&samples).validate(&validation).epochs(10).batch(16).seed(7);
    let fitted = fit.run(&mut whole, &mut *optimizer).unwrap();
    let expected: Vec<_> =
        fitted.history.epochs.iter().map(|e| (Same(e.loss), Same(e.val_loss))).collect();

    let options = TrainerOptions {
        model: "notebook-dense".into(),
        latent: Some(4),
        optimizer: "rmsprop".into(),
        rate: Some(0.01),
        batch: 16,
        epochs: 10,
        seed: 7,
        height: 6,
        width: 6,
        channels: 1,
    };
    // An epoch is four steps.
    for batches in [1, 3, 4, 7, 1000] {
        let mut trainer = Trainer::new(&options, train.clone(), test.clone()).unwrap();
        let (mut losses, mut calls) = (Vec::new(), 0);
        loop {
            let report = trainer.step(batches).unwrap();
            calls += 1;
            assert_eq!(report.batches, 4);
            for (epoch, ended) in report.ended {
                losses.push((Same(ended.loss), Same(ended.val_loss)));
                assert_eq!(epoch, losses.len());
            }
            if report.done {
                break;
            }
            assert_eq!((report.epoch - 1) * 4 + report.batch, calls * batches);
        }
        assert_eq!((losses.len(), calls), (10, 40_usize.div_ceil(batches)), "{batches}");
        assert!(losses == expected, "{batches}: {losses:?} {expected:?}");
        let trained = trainer.model().unwrap();
        assert_eq!(trained.save(), whole.to_archive().to_bytes());
        // There is nothing more to do.
        assert!(trainer.step(5).unwrap().ended.is_empty());
        assert_eq!(trainer.model().unwrap().save(), trained.save());
    }
}

#[test]
fn noise_is_that_of_the_programs_test_images() {
    let images = numbers(6 * 36);
    let noise = GaussianNoise { factor: 0.4, seed: 11, fresh: true };
    let examples = Examples::noisy(Samples::from_f32(&images, [36]), noise, Split::Test);
    let expected = examples.inputs(&[0, 1, 2, 3, 4, 5]).into_data();
    assert_eq!(noisy(&images, 6, 0.4, 11, 0).unwrap(), expected);
    // From the third image on.
    assert_eq!(noisy(&images[2 * 36..], 4, 0.4, 11, 2).unwrap(), expected[2 * 36..]);
    assert_eq!(noisy(&images, 6, 0.0, 11, 0).unwrap(), images);
    assert!(noisy(&[], 1, 0.4, 11, 0).unwrap().is_empty());
    for level in [-0.1, 1.1, f32::NAN] {
        let message = format!("level of noise: expected a number from 0 to 1, found {level}");
        assert_eq!(line(noisy(&images, 6, level, 1, 0)), message);
    }
    assert_eq!(
        line(noisy(&images, 5, 0.1, 1, 0)),
        "images: expected a multiple of 5 numbers, found 216"
    );
    assert!(noisy(&images, 0, 0.1, 1, 0).is_err());
}

#[test]
fn components_are_those_of_the_program() {
    let codes = numbers(40 * 3);
    let found = components(&codes, 3).unwrap();
    let pca = Pca::fit(&Tensor::new([40, 3], codes.clone()), None).unwrap();
    assert_eq!(found.components, pca.components().data());
    let narrow = |numbers: &[f64]| numbers.iter().map(|&x| x as f32).collect::<Vec<_>>();
    assert_eq!(found.mean, narrow(pca.mean()));
    assert_eq!(found.deviations, narrow(&pca.standard_deviations()));
    assert_eq!(found.explained, narrow(pca.explained_variance_ratio()));
    // Two codes differ along one direction, but there are as many components as can be asked for.
    assert_eq!(components(&codes[..6], 3).unwrap().components.len(), 2 * 3);
    assert!(line(components(&codes[..3], 3)).contains("at least 2"));
    assert_eq!(line(components(&codes, 7)), "codes: expected a multiple of 7 numbers, found 120");
    assert!(components(&[0.0, f32::NAN, 1.0, 2.0], 2).is_err());
    assert!(components(&codes, 0).is_err());
}

#[test]
fn a_drawing_is_placed_like_a_digit() {
    // A bar of 40 x 8 in a corner of a pad of 100 x 90 becomes one of 20 x 4.
    let mut pad = vec![0; 100 * 90];
    for row in 0..40 {
        pad[row * 100..][..8].fill(255);
    }
    let digit = centered(&pad, 100, 90).unwrap();
    let ink: Vec<usize> = (0..784).filter(|&i| digit[i] > 0.0).collect();
    assert_eq!((digit.len(), ink.len()), (784, 20 * 4));
    assert!(ink.iter().all(|&i| digit[i] == 1.0));
    assert_eq!((ink[0] / 28, ink[79] / 28), (4, 23));
    assert_eq!(centered(&[0; 6], 3, 2).unwrap(), [0.0; 784]);
    assert_eq!(
        line(centered(&[0; 6], 3, 3)),
        "drawing: expected as many pixels as 4096 x 4096 at most have, found 3 x 3 with 6 pixels"
    );
    assert!(centered(&[], 0, 0).is_err() && centered(&[0; 5000], 5000, 1).is_err());
}

#[test]
fn what_a_layer_makes_is_seen() {
    let (native, read) = model(CONV);
    let image = numbers(36);
    let kinds: Vec<_> = read.layers().iter().map(|layer| layer.kind.as_str()).collect();
    assert_eq!(kinds, ["conv2d", "max_pooling2d", "up_sampling2d", "conv2d"]);
    let [conv, pooled, doubled, last] =
        [0, 1, 2, 3].map(|layer| read.activations(&image, layer).unwrap());
    assert_eq!(conv.shape, [6, 6, 4]);
    assert_eq!((pooled.shape, doubled.shape), (vec![3, 3, 4], vec![6, 6, 4]));
    assert_eq!((last.shape, last.values), (vec![6, 6, 1], read.predict(&image).unwrap()));
    // The first pooled pixel's channel is the largest of four.
    for channel in 0..4 {
        let four = [0, 1, 6, 7].map(|pixel| conv.values[pixel * 4 + channel]);
        assert_eq!(four.into_iter().fold(0.0, f32::max), pooled.values[channel]);
        assert_eq!(doubled.values[7 * 4 + channel], pooled.values[channel]);
    }
    assert_eq!(read.encode(&image).unwrap(), pooled.values);

    let weights = read.weights(0).unwrap();
    let id = native.params().find("conv2d_1/kernel").unwrap();
    assert_eq!(weights.kernel, native.params().get(id).data());
    assert_eq!(
        (read.layers()[0].kernel.as_deref(), weights.bias.len()),
        (Some(&[3, 3, 1, 4][..]), 4)
    );
    assert_eq!(read.layers()[1].parameters, 0);
    assert!(read.weights(1).unwrap().kernel.is_empty());
    assert_eq!(line(read.weights(4)), "layer: expected 0 to 3, found 4");
    assert_eq!(line(read.activations(&image[..5], 0)), "image: expected 36 numbers, found 5");
}

#[test]
fn the_backward_pass_agrees_with_differences() {
    for words in [DENSE, CONV, "input 36; dense 5 tanh | dense 36 linear"] {
        let (_, read) = model(words);
        let (input, target) = (numbers(36), numbers(72)[36..].to_vec());
        let mut largest = 0.0_f64;
        for (layer, report) in read.layers().iter().enumerate().filter(|(_, l)| l.parameters > 0) {
            let kernel = report.kernel.as_ref().unwrap().iter().product::<usize>();
            for position in (0..kernel).step_by(kernel.div_ceil(20)) {
                let weight = Weight { layer, part: "kernel", position };
                let check = read.gradient(&input, &target, weight, 2e-3).unwrap();
                let error = (check.gradient - check.difference).abs();
                assert!(error < 2e-4, "{words}: {weight:?} {check:?}");
                assert!(check.loss > 0.0);
                largest = largest.max(check.gradient.abs());
            }
        }
        assert!(largest > 1e-3, "{words}: {largest}");
    }
    let (_, read) = model(DENSE);
    let image = numbers(36);
    let of = |layer, part, position| {
        line(read.gradient(&image, &image, Weight { layer, part, position }, 0.01))
    };
    assert_eq!(of(0, "bias", 5), "weight: expected one of the 5 of bias of dense_1, found 5");
    assert_eq!(of(1, "beta", 0), "weight: expected one of the 0 of beta of dense_2, found 0");
    let weight = Weight { layer: 0, part: "bias", position: 0 };
    for step in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert!(read.gradient(&image, &image, weight, step).is_err(), "{step}");
    }
    assert!(read.gradient(&image, &[2.0; 36], weight, 0.01).is_err());
}

#[test]
fn what_is_not_a_model_is_refused_in_one_line() {
    let file = model(DENSE).1.save();
    assert!(line(Model::read(&file[..file.len() - 1])).starts_with("model.safetensors: expected"));
    for at in [0, 9, file.len() / 2, file.len() - 1] {
        let mut broken = file.clone();
        broken[at] ^= 0x10;
        line(Model::read(&broken));
    }
    line(Model::read(&[]));
    let (_, read) = model(DENSE);
    assert_eq!(
        line(read.predict(&[0.5; 37])),
        "images: expected a multiple of 36 numbers, found 37"
    );
    assert_eq!(
        line(read.decode(&[f32::NAN; 5])),
        "codes: expected finite numbers, found NaN or infinity"
    );
    let (_, whole) = model("input 4; dense 4 sigmoid");
    assert!(line(whole.encode(&[0.0; 4])).contains("is not divided"));
    assert!(line(whole.decode(&[0.0; 4])).contains("is not divided"));
}

#[test]
fn a_training_that_cannot_be_is_refused_in_one_line() {
    let sound = TrainerOptions {
        model: "notebook-dense".into(),
        latent: None,
        optimizer: "adam".into(),
        rate: None,
        batch: 4,
        epochs: 1,
        seed: 0,
        height: 6,
        width: 6,
        channels: 1,
    };
    let images = bytes(8 * 36);
    let refused = |change: &dyn Fn(&mut TrainerOptions)| {
        let mut options = sound.clone();
        change(&mut options);
        line(Trainer::new(&options, images.clone(), images.clone()).and_then(|mut t| t.step(1)))
    };
    assert_eq!(
        refused(&|o| o.model = "nothing".into()),
        "model: expected the name of a preset, found nothing"
    );
    assert_eq!(
        refused(&|o| o.optimizer = "adm".into()),
        "expected the name of an optimizer, found \"adm\""
    );
    assert_eq!(refused(&|o| o.latent = Some(37)), "expected a code of 1 to 36 numbers, found 37");
    assert_eq!(
        refused(&|o| o.rate = Some(0.0)),
        "learning rate: expected a number above 0, found 0"
    );
    assert!(refused(&|o| o.batch = 0).contains("a batch of 0"));
    assert_eq!(
        refused(&|o| o.height = 7),
        "training images: expected a multiple of 42 numbers, found 288"
    );
    let values = "image: expected 1 to 1048576 values, found ";
    assert_eq!(refused(&|o| o.height = 0), format!("{values}0"));
    let whole = usize::MAX;
    assert_eq!(refused(&|o| (o.height, o.width) = (whole, 2)), format!("{values}{whole}"));
    assert_eq!(
        refused(&|o| (o.height, o.width, o.latent) = (1000, 1000, Some(1000))),
        "model: expected at most 16777216 weights, found 2001001000"
    );
    // An image that is not one of a convolution's.
    assert!(
        !refused(&|o| (o.model, o.height, o.width) = ("notebook-conv".into(), 4, 9)).is_empty()
    );
    let none = Trainer::new(&sound, Vec::new(), images.clone()).and_then(|mut t| t.step(1));
    assert_eq!(line(none), "there are no training samples");
    // A batch of more images than there are is all of them.
    let mut all = Trainer::new(&TrainerOptions { batch: 99, ..sound }, images.clone(), images);
    assert_eq!(all.as_mut().unwrap().step(1).unwrap().batches, 1);
}
