//! A training in several processes, which are threads here.

use super::*;
use crate::{
    InThreads, StepwiseFit, StoredRows, Summation, Team, TeamError, Training, TrainingState,
};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// The bits of everything that a training leaves.
type Bits = (Vec<u32>, Vec<[u64; 2]>);

fn bits(params: &Params, history: &History) -> Bits {
    let weights = params.ids().flat_map(|id| params.get(id).data().to_vec());
    let losses = history.epochs.iter().map(|e| [e.loss.to_bits(), e.val_loss.to_bits()]);
    (weights.map(f32::to_bits).collect(), losses.collect())
}

/// A model with eight shards in a batch of more than 13 samples.
fn wide() -> (Sequential, Params) {
    let mut params = Params::new();
    let layers = [dense(40_000, Activation::Relu), dense(12, Activation::Sigmoid)];
    let model = Sequential::build([12], &layers, &mut params, 1).expect("the shapes fit");
    (model, params)
}

/// Trains on noisy samples in one process of a team.
fn train(
    team: &dyn Team,
    (model, start): &(Sequential, Params),
    options: FitOptions<'_>,
    mut on_event: impl FnMut(&Event<'_>) -> ControlFlow<()>,
) -> (Params, Result<Fitted, FitError>) {
    let (train, test) = (data(75), data(20));
    let train = Examples::noisy(Samples::new(&train, [12]), NOISE, Split::Train);
    let test = Examples::noisy(Samples::new(&test, [12]), NOISE, Split::Test);
    let mut params = start.clone();
    let mut optimizer = RmsProp::new(0.001);
    let options = options.with_team(team);
    let result = fit(model, &mut params, &mut optimizer, train, test, options, &mut on_event);
    (params, result)
}

#[test]
fn the_same_bits_for_any_number_of_processes() {
    let (model, options) = (wide(), FitOptions::new(2, 45, 5).with_clip_norm(0.01));
    let [in_order, pairwise] = [Summation::InOrder, Summation::Pairwise].map(|summation| {
        let run = |team: &dyn Team| {
            let options = options.with_summation(summation);
            let (params, fitted) = train(team, &model, options, |_| ControlFlow::Continue(()));
            let fitted = fitted.unwrap();
            // All of them, not those of this process.
            assert_eq!(fitted.samples_seen, 2 * 75);
            bits(&params, &fitted.history)
        };
        let alone = run(&crate::Alone);
        for size in [2, 3, 4] {
            assert!(
                InThreads::run(size, run).iter().all(|rank| *rank == alone),
                "{size} processes"
            );
        }
        alone
    });
    assert_ne!(in_order, pairwise);
}

#[test]
fn all_processes_stop_after_the_same_batch() {
    let (model, options) = (wide(), FitOptions::new(3, 30, 5));
    // Process 1 alone is asked: before the last batch of the first epoch, after that, or after its
    // validation.
    for (asked, epoch, batch) in [(2, 1, 3), (3, 2, 1), (4, 2, 1)] {
        let ends = InThreads::run(3, |team| {
            let mut events = 0;
            let (params, fitted) = train(team, &model, options, |_| {
                events += 1;
                if team.rank() == 1 && events == asked {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            });
            let fitted = fitted.unwrap();
            (fitted.stopped, bits(&params, &fitted.history))
        });
        let expected = Stopped { epoch, batch, batches: 3 };
        assert!(ends.iter().all(|(stopped, _)| *stopped == Some(expected)), "{:?}", ends[0].0);
        assert!(ends[1..].iter().all(|(_, bits)| *bits == ends[0].1));
    }
}

#[test]
fn a_stop_is_told_once() {
    let ((model, start), train, test) = (wide(), data(75), data(20));
    let ends = InThreads::run(2, |team| {
        let [train, test] = [&train, &test].map(|data| Examples::clean(Samples::new(data, [12])));
        let (mut params, mut optimizer) = (start.clone(), RmsProp::new(0.001));
        let options = FitOptions::new(2, 30, 5).with_team(team);
        let mut fit = StepwiseFit::new(&model, &params, &optimizer, &options);
        let mut run = |asked: bool| {
            let stop = |_: &Event<'_>| match asked && team.rank() == 1 {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            };
            let data = (train, test);
            fit.run(&model, &mut params, &mut optimizer, data, options, stop).unwrap()
        };
        [run(true), run(false)]
    });
    assert_eq!(ends, [[Some(Stopped { epoch: 1, batch: 2, batches: 3 }), None]; 2]);
}

#[test]
fn a_process_that_ends_is_an_error_of_the_others() {
    let (model, options) = (wide(), FitOptions::new(3, 30, 5));
    for ends in [0, 1, 2] {
        let results = InThreads::run(3, |team| {
            if team.rank() == ends {
                return None;
            }
            Some(train(team, &model, options, |_| ControlFlow::Continue(())).1)
        });
        for result in results.into_iter().flatten() {
            let error = result.unwrap_err();
            assert!(matches!(error, FitError::Team(TeamError { .. })), "{error}");
        }
    }
}

#[test]
fn all_processes_diverge_in_the_same_step() {
    let (model, options) = (wide(), FitOptions::new(3, 30, 5));
    let (train_data, test) = (data(75), data(20));
    let errors = InThreads::run(2, |team| {
        let train = Examples::clean(Samples::new(&train_data, [12]));
        let test = Examples::clean(Samples::new(&test, [12]));
        let (mut params, mut optimizer) = (model.1.clone(), RmsProp::new(1e37));
        let state = TrainingState::new(EarlyStopping::default());
        let training = Training { params: &mut params, optimizer: &mut optimizer, state };
        let go_on = |_: &Event<'_>| ControlFlow::Continue(());
        let options = options.with_team(team);
        fit_from(&model.0, training, train, test, options, go_on).unwrap_err()
    });
    assert_eq!(errors, [not_finite("loss", 2), not_finite("loss", 2)]);
}

/// Samples in a file, which notes how many were read.
#[derive(Debug)]
struct Counted(Vec<u8>, Mutex<usize>);

impl StoredRows for Counted {
    fn count(&self) -> usize {
        self.0.len() / 12
    }

    fn row_len(&self) -> usize {
        12
    }

    fn read(&self, indices: &[usize], out: &mut [u8]) {
        *self.1.lock().unwrap() += indices.len();
        for (row, &index) in out.chunks_exact_mut(12).zip(indices) {
            row.copy_from_slice(&self.0[index * 12..][..12]);
        }
    }

    fn fault(&self) -> Option<String> {
        None
    }
}

#[test]
fn a_process_reads_only_the_samples_of_its_shards() {
    let (model, start) = wide();
    let read = InThreads::run(2, |team| {
        let [train, test] = [64, 32].map(|count| Counted(data(count), Mutex::default()));
        let mut params = start.clone();
        let [learned, validated] =
            [&train, &test].map(|rows| Examples::clean(Samples::stored(rows, [12])));
        let options = FitOptions::new(2, 32, 5).with_team(team);
        let go_on = |_: &Event<'_>| ControlFlow::Continue(());
        let mut optimizer = RmsProp::new(0.001);
        fit(&model, &mut params, &mut optimizer, learned, validated, options, go_on).unwrap();
        [train, test].map(|rows| rows.1.into_inner().unwrap())
    });
    // Half of the 64 and of the 32 samples in each of two epochs.
    assert_eq!(read, [[64, 32]; 2]);
}

/// Samples in a file, which cannot be read from this one on.
#[derive(Debug)]
struct Damaged {
    bytes: Vec<u8>,
    from: usize,
    met: AtomicBool,
}

impl StoredRows for Damaged {
    fn count(&self) -> usize {
        self.bytes.len() / 12
    }

    fn row_len(&self) -> usize {
        12
    }

    fn read(&self, indices: &[usize], out: &mut [u8]) {
        for (row, &index) in out.chunks_exact_mut(12).zip(indices) {
            row.copy_from_slice(&self.bytes[index * 12..][..12]);
        }
        if indices.iter().any(|&index| index >= self.from) {
            self.met.store(true, Ordering::Relaxed);
        }
    }

    fn fault(&self) -> Option<String> {
        self.met.load(Ordering::Relaxed).then(|| "damaged".into())
    }
}

#[test]
fn nobody_goes_on_with_samples_that_one_process_could_not_read() {
    let ((model, start), bytes) = (wide(), data(60));
    // In the only batch of an epoch; then in the last shard of the validation after it.
    for (in_training, from, events) in [(true, 0, 0), (false, 59, 1)] {
        for summation in [Summation::InOrder, Summation::Pairwise] {
            let ends = InThreads::run(2, |team| {
                let rows = Damaged { bytes: bytes.clone(), from, met: AtomicBool::new(false) };
                let good = Examples::clean(Samples::new(&bytes, [12]));
                let damaged = Examples::clean(Samples::stored(&rows, [12]));
                let [train, test] = match (team.rank(), in_training) {
                    (0, _) => [good, good],
                    (_, true) => [damaged, good],
                    (_, false) => [good, damaged],
                };
                let options = FitOptions::new(2, 60, 5).with_summation(summation).with_team(team);
                let (mut params, mut optimizer) = (start.clone(), RmsProp::new(0.001));
                let mut seen = 0;
                let count = |_: &Event<'_>| {
                    seen += 1;
                    ControlFlow::Continue(())
                };
                let fitted = fit(&model, &mut params, &mut optimizer, train, test, options, count);
                (fitted.unwrap_err(), seen)
            });
            assert_eq!(ends[1], (FitError::Data("damaged".into()), events), "{summation}");
            let (error, seen) = &ends[0];
            assert!(matches!(error, FitError::Team(_)), "{summation}: {error}");
            assert_eq!(*seen, events, "{summation}");
        }
    }
}
