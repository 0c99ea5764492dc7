//! Tests of losses that are finite, but far above the initial loss.

use super::*;
use ae_optim::Optimizer;

/// An optimizer that ignores gradients: step `i` sets the last layer's bias to `biases[i]`. With a
/// large bias the model's outputs are white, and its loss is about two thirds of the bias.
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

/// Asserts that training diverged in this epoch by this loss, from about 0.7 to about `bias`.
#[track_caller]
fn assert_far(result: Result<usize, FitError>, expected: (&str, usize), bias: f64) {
    let Err(FitError::Diverged { what, how, epoch, batch: 3 }) = result else {
        panic!("{result:?}")
    };
    assert_eq!((what, epoch), expected);
    let Divergence::Far { found, began } = how else { panic!("{how:?}") };
    assert!((0.3..1.0).contains(&(found / bias)) && (0.5..1.0).contains(&began), "{how:?}");
}

const BOTH: &str = "training and validation loss";
const RESULT: &str = "validation loss";
const NEVER: EarlyStopping = EarlyStopping { patience: None, min_delta: 0.0, restore_best: false };

#[test]
fn losses_a_million_times_as_high_as_the_first_one_end_the_training() {
    assert_far(follow(&[1e7, 1e7, 1e7], NEVER), (BOTH, 1), 1e7);
    assert_far(follow(&[0.0, 0.0, 0.0, 1e7, 1e7, 1e7], NEVER), (BOTH, 2), 1e7);
    let Run { result, seen, .. } = run(OPTIONS, 1e15);
    let Err(FitError::Diverged { what, how: Divergence::Far { found, .. }, .. }) = result else {
        panic!("{result:?}")
    };
    assert!(what == BOTH && found > 1e9, "{found}");
    assert!(!seen.iter().any(Seen::is_epoch));
}

#[test]
fn a_bumpy_start_that_recovers_is_not_a_divergence() {
    assert_eq!(follow(&[1e9, 1e9, 0.0, 0.0, 0.0, 0.0], NEVER), Ok(2));
    // The validation loss is high once, and the training loss of the next epoch.
    assert_eq!(follow(&[0.0, 0.0, 1e9, 1e9, 0.0, 0.0], NEVER), Ok(2));
    // Both losses of one epoch.
    assert_eq!(follow(&[0.0, 1e5, 1e5, 0.0, 0.0, 0.0], NEVER), Ok(2));
}

#[test]
fn a_result_ten_times_as_bad_as_the_beginning_is_a_divergence() {
    let late = &[0.0, 0.0, 0.0, 0.0, 0.0, 20.0];
    assert_far(follow(late, NEVER), (RESULT, 2), 20.0);
    assert_eq!(follow(&[0.0, 0.0, 0.0, 0.0, 0.0, 5.0], NEVER), Ok(2));
    // The weights of the first epoch remain.
    let keep_best = EarlyStopping { restore_best: true, ..NEVER };
    assert_eq!(follow(late, keep_best), Ok(2));
    assert_far(follow(&[20.0; 6], keep_best), (RESULT, 2), 20.0);
    // Early stopping makes the second epoch the last one.
    let patient = EarlyStopping { patience: Some(1), ..NEVER };
    assert_far(follow(late, patient), (RESULT, 2), 20.0);
}
