//! Tests of interrupted trainings.

use super::*;

#[test]
fn after_a_batch_nothing_more_is_learned_or_told() {
    let whole = run(OPTIONS, 0.01);
    // The events are 3 batches and an epoch, three times: the sixth is epoch 2, batch 2.
    let Run { params, result, seen } = run_until(OPTIONS, 0.01, 6);
    let fitted = result.unwrap();
    assert_eq!(fitted.stopped, Some(Stopped { epoch: 2, batch: 2, batches: 3 }));
    assert_eq!(fitted.samples_seen, 20 + 16);
    assert_eq!(seen, whole.seen[..6]);
    assert_eq!(fitted.history.epochs, whole.result.unwrap().history.epochs[..1]);
    // One step more than after the first batch of the epoch, one less than after the third.
    assert_ne!(params, run_until(OPTIONS, 0.01, 5).params);
    assert_ne!(params, run_until(OPTIONS, 0.01, 7).params);
}

#[test]
fn after_the_last_batch_there_is_no_validation() {
    let Run { result, seen, .. } = run_until(OPTIONS, 0.01, 11);
    let fitted = result.unwrap();
    assert_eq!(fitted.stopped, Some(Stopped { epoch: 3, batch: 3, batches: 3 }));
    assert_eq!((seen.len(), fitted.history.epochs.len(), fitted.samples_seen), (11, 2, 60));
}

#[test]
fn after_an_epoch_training_ends_with_its_weights() {
    let whole = run(OPTIONS, 0.01);
    let Run { params, result, seen } = run_until(OPTIONS, 0.01, 4);
    let fitted = result.unwrap();
    assert_eq!(fitted.stopped, Some(Stopped { epoch: 1, batch: 3, batches: 3 }));
    assert_eq!((fitted.history.epochs.len(), fitted.samples_seen), (1, 20));
    assert!(seen[3].is_epoch() && seen == whole.seen[..4]);
    assert_eq!(params, run(FitOptions { epochs: 1, ..OPTIONS }, 0.01).params);
}

#[test]
fn after_the_last_epoch_there_is_nothing_to_break_off() {
    let fitted = run_until(OPTIONS, 0.01, 12).result.unwrap();
    assert_eq!((fitted.stopped, fitted.history.epochs.len()), (None, 3));
}
