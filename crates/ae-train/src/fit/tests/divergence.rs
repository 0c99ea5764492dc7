//! Tests of losses that are finite, but far above where they began.

use super::*;
use ae_optim::Optimizer;

/// An optimizer that ignores gradients: step `i` sets the last layer's bias to `biases[i]`. With a
/// bias of 1000 the model's outputs are white, and its loss is some hundreds.
#[derive(Debug)]
struct Script {
    biases: &'static [f32],
    steps: usize,
}

impl Optimizer for Script {
    fn step(&mut self, params: &mut Params, _: &Grads) {
        let bias = params.find("dense_2/bias").expect("the model has two layers");
        params.get_mut(bias).data_mut().fill(self.biases[self.steps]);
        self.steps += 1;
    }

    fn learning_rate(&self) -> f64 {
        0.0
    }

    fn set_learning_rate(&mut self, _: f64) {}

    fn name(&self) -> &'static str {
        "Script"
    }

    fn constants(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn state(&self) -> Vec<(&'static str, &[Tensor])> {
        Vec::new()
    }

    fn restore(&mut self, _: u64, _: Vec<Vec<Tensor>>) {}
}

/// Trains for two epochs of three batches, with these biases after each step. Returns the number of
/// whole epochs, or the error.
fn follow(biases: &'static [f32], rule: EarlyStopping) -> Result<usize, FitError> {
    let (train, test) = (data(20), data(7));
    let train = Examples::clean(Samples::new(&train, [12]));
    let test = Examples::clean(Samples::new(&test, [12]));
    let mut params = Params::new();
    let model = model(&mut params);
    let mut optimizer = Script { biases, steps: 0 };
    let state = TrainingState::new(rule);
    let training = Training { params: &mut params, optimizer: &mut optimizer, state };
    let options = FitOptions { epochs: 2, ..OPTIONS };
    let go_on = |_: &Event<'_>| ControlFlow::Continue(());
    fit_from(&model, training, train, test, options, go_on).map(|f| f.history.epochs.len())
}

/// Asserts that training diverged in this epoch by this loss, from about 0.7 to some hundreds.
#[track_caller]
fn assert_far(result: Result<usize, FitError>, expected: (&str, usize)) {
    let Err(FitError::Diverged { what, how, epoch, batch: 3 }) = result else {
        panic!("{result:?}")
    };
    assert_eq!((what, epoch), expected);
    let Divergence::Far { found, began } = how else { panic!("{how:?}") };
    assert!((100.0..1000.0).contains(&found) && (0.5..1.0).contains(&began), "{how:?}");
}

const BOTH: &str = "training and validation loss";
const NEVER: EarlyStopping = EarlyStopping { patience: None, min_delta: 0.0, restore_best: false };

#[test]
fn losses_far_above_the_first_one_are_a_divergence() {
    assert_far(follow(&[1e3, 1e3, 1e3], NEVER), (BOTH, 1));
    let Run { result, seen, .. } = run(OPTIONS, 1e15);
    let Err(FitError::Diverged { what, how: Divergence::Far { found, .. }, .. }) = result else {
        panic!("{result:?}")
    };
    assert!(what == BOTH && found > 1e9, "{found}");
    assert!(!seen.iter().any(Seen::is_epoch));
}

#[test]
fn a_bumpy_start_that_recovers_is_not_a_divergence() {
    assert_eq!(follow(&[1e3, 1e3, 0.0, 0.0, 0.0, 0.0], NEVER), Ok(2));
    // The validation loss is high once, the training loss of that epoch is not.
    assert_eq!(follow(&[0.0, 0.0, 1e3, 0.0, 0.0, 0.0], NEVER), Ok(2));
}

#[test]
fn the_weights_that_remain_are_judged_by_their_validation_loss_alone() {
    assert_far(follow(&[0.0, 0.0, 0.0, 0.0, 0.0, 1e3], NEVER), ("validation loss", 2));
    let keep_best = EarlyStopping { restore_best: true, ..NEVER };
    assert_eq!(follow(&[0.0, 0.0, 0.0, 0.0, 0.0, 1e3], keep_best), Ok(2));
    // Early stopping makes the second epoch the last one.
    let patient = EarlyStopping { patience: Some(1), ..NEVER };
    assert_far(follow(&[0.0, 0.0, 0.0, 0.0, 0.0, 1e3], patient), ("validation loss", 2));
}

#[test]
fn later_epochs_are_compared_with_the_first_epoch() {
    assert_far(follow(&[0.0, 0.0, 0.0, 1e3, 1e3, 1e3], NEVER), (BOTH, 2));
}
