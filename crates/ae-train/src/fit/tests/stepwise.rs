//! Tests that a training in pieces is the same training.

use super::*;
use ae_optim::{Adam, CosineDecay, ReduceOnPlateau, Schedule};

/// The losses and weights of a training that pauses after every `pause`-th event.
fn in_pieces(options: FitOptions<'_>, pause: usize) -> (History, Params, Vec<Seen>) {
    let (train, test) = (data(20), data(7));
    let noisy = Examples::noisy(Samples::new(&train, [12]), NOISE, Split::Train);
    let test = Examples::clean(Samples::new(&test, [12]));
    let (mut params, mut optimizer) = (Params::new(), Adam::new(0.01));
    let model = model(&mut params);
    let mut fit = StepwiseFit::new(&model, &params, &optimizer, &options);
    let mut seen = Vec::new();
    let mut stopped = true;
    while stopped {
        let before = seen.len();
        stopped = fit
            .run(&model, &mut params, &mut optimizer, (noisy, test), options, |event| {
                seen.push(Seen::of(event));
                match seen.len() - before == pause {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            })
            .unwrap()
            .is_some();
        assert_eq!(optimizer.learning_rate(), 0.01, "the optimizer has its own rate in between");
    }
    (fit.state().history.clone(), params, seen)
}

#[test]
fn a_training_in_pieces_is_the_same_training() {
    let plateau = ReduceOnPlateau { patience: 1, min_delta: 1.0, ..ReduceOnPlateau::default() };
    let schedules: [&dyn Schedule; 3] = [&ae_optim::Constant, &CosineDecay::default(), &plateau];
    for schedule in schedules {
        let options = FitOptions { epochs: 5, ..OPTIONS }.with_schedule(schedule);
        let (train, test) = (data(20), data(7));
        let noisy = Examples::noisy(Samples::new(&train, [12]), NOISE, Split::Train);
        let test = Examples::clean(Samples::new(&test, [12]));
        let (mut params, mut seen) = (Params::new(), Vec::new());
        let model = model(&mut params);
        let mut optimizer = Adam::new(0.01);
        let whole = fit(&model, &mut params, &mut optimizer, noisy, test, options, |event| {
            seen.push(Seen::of(event));
            ControlFlow::Continue(())
        })
        .unwrap();
        // An epoch is three steps and a validation: 5 pauses within epochs and after them.
        for pause in [1, 2, 3, 4, 5, usize::MAX] {
            let pieces = in_pieces(options, pause);
            assert!(pieces == (whole.history.clone(), params.clone(), seen.clone()), "{pause}");
        }
    }
}

#[test]
fn a_training_that_has_ended_does_no_more() {
    let bytes = data(20);
    let examples = Examples::clean(Samples::new(&bytes, [12]));
    let (mut params, mut optimizer) = (Params::new(), Adam::new(0.01));
    let model = model(&mut params);
    let mut fit = StepwiseFit::new(&model, &params, &optimizer, &OPTIONS);
    let mut run = |params: &mut Params, optimizer: &mut Adam| {
        let mut events = 0;
        let stopped = fit.run(&model, params, optimizer, (examples, examples), OPTIONS, |_| {
            events += 1;
            ControlFlow::Continue(())
        });
        (stopped.unwrap(), events)
    };
    assert_eq!(run(&mut params, &mut optimizer), (None, 12));
    let trained = params.clone();
    assert_eq!(run(&mut params, &mut optimizer), (None, 0));
    assert_eq!(params, trained);
}

#[test]
fn what_cannot_be_trained_is_refused_by_each_call() {
    let bytes = data(20);
    let examples = Examples::clean(Samples::new(&bytes, [12]));
    let none = Examples::clean(Samples::new(&[], [12]));
    let (mut params, mut optimizer) = (Params::new(), Adam::new(0.01));
    let model = model(&mut params);
    let mut fit = StepwiseFit::new(&model, &params, &optimizer, &OPTIONS);
    let go_on = |_: &Event<'_>| ControlFlow::Continue(());
    let refused =
        fit.run(&model, &mut params, &mut optimizer, (examples, none), OPTIONS, go_on).unwrap_err();
    assert_eq!(refused, FitError::NoSamples("validation"));
}
