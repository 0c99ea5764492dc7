//! Tests of the gradient of a batch, in one process and in several.

use super::*;
use crate::evaluate::mean_loss;
use crate::{Alone, BinaryCrossentropy, Examples, GaussianNoise, InThreads, Samples, Split};
use ae_layers::{Activation, Sequential, dense};
use ae_tensor::with_threads;
use ae_testkit::{Sampler, assert_close, assert_close_f64};

const NOISE: GaussianNoise = GaussianNoise { factor: 0.3, seed: 11, fresh: true };

fn bytes() -> Vec<u8> {
    Sampler::new(3).vec(200 * 12, 0.0, 256.0).into_iter().map(|x| x as u8).collect()
}

fn model() -> (Sequential, Params) {
    let mut params = Params::new();
    let layers = [dense(5, Activation::Relu), dense(12, Activation::Sigmoid)];
    let model = Sequential::build([12], &layers, &mut params, 1).expect("the shapes fit");
    (model, params)
}

/// The loss and all gradients of these samples, in shards of at most `shard_len`.
fn gradient(indices: &[usize], shard_len: usize) -> (f64, Vec<f32>) {
    gradient_in(&Alone, Summation::InOrder, indices, shard_len)
}

/// The same in a process of this team.
fn gradient_in(
    team: &dyn Team,
    summation: Summation,
    indices: &[usize],
    shard_len: usize,
) -> (f64, Vec<f32>) {
    let bytes = bytes();
    let examples = Examples::noisy(Samples::new(&bytes, [12]), NOISE, Split::Train);
    let (model, params) = model();
    let objective = Objective { model: &model, examples, loss: &BinaryCrossentropy };
    let mut gradient = BatchGradient::new(&params, indices.len(), shard_len, team);
    let mut lanes = Lane::for_all_threads();
    let company = Company { team, stop: false, summation };
    let mut learn = |indices, key| {
        let chosen = Chosen::new(indices);
        let learned = gradient.compute(&mut lanes, &objective, &params, chosen, key, company);
        let Learned { loss, grads, .. } = learned.expect("all processes run");
        (loss, grads.clone())
    };
    // An earlier batch must not affect the result.
    let _ = learn(&[5; 3], (9, 0));
    let (loss, grads) = learn(indices, (9, 4));
    (loss, params.ids().flat_map(|id| grads.get(id).data().to_vec()).collect())
}

#[test]
fn shards_make_up_the_batch() {
    let indices: Vec<usize> = (0..150).map(|i| (i * 7) % 200).collect();
    let (loss, grads) = gradient(&indices, 150);
    let wide: Vec<f64> = grads.iter().map(|&g| g.into()).collect();
    // The last case has more shards than are stored at a time.
    for shard_len in [149, 60, 4, 1] {
        let (sharded, parts) = gradient(&indices, shard_len);
        assert_close_f64(&[sharded], &[loss], 1e-6, 0.0);
        assert_close(&parts, &wide, 1e-4, 1e-7);
    }
}

#[test]
fn the_gradients_of_a_large_model_are_few_at_a_time() {
    assert_eq!([stored(1, 10), stored(64, 8000), stored(200, 8000)], [1, 64, 64]);
    assert_eq!(stored(64, 1 << 22), 64);
    assert_eq!([stored(64, 1 << 25), stored(64, 1 << 28), stored(64, 1 << 30)], [8, 1, 1]);
    assert_eq!(stored(3, 0), 3);
    // The processes of a team store all of theirs if the memory allows it.
    assert_eq!([stored_in_a_team(200, 8000), stored_in_a_team(0, 8000)], [200, 0]);
    assert_eq!([stored_in_a_team(64, 1 << 24), stored_in_a_team(64, 1 << 28)], [16, 1]);
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let indices: Vec<usize> = (0..131).map(|i| (i * 3) % 200).collect();
    for shard_len in [1, 10, 131] {
        let run = |threads| {
            with_threads(threads, || gradient(&indices, shard_len)).expect("threads start")
        };
        let one = run(1);
        assert!([2, 3].into_iter().all(|threads| run(threads) == one), "{shard_len}");
    }
}

fn bits((loss, grads): (f64, Vec<f32>)) -> (u64, Vec<u32>) {
    (loss.to_bits(), grads.into_iter().map(f32::to_bits).collect())
}

#[test]
fn the_same_bits_for_any_number_of_processes() {
    let indices: Vec<usize> = (0..131).map(|i| (i * 3) % 200).collect();
    for summation in [Summation::InOrder, Summation::Pairwise] {
        // One shard, eight, and one for each of the samples, more than are stored at a time.
        for shard_len in [131, 17, 1] {
            let run = |team: &dyn Team| bits(gradient_in(team, summation, &indices, shard_len));
            let alone = run(&Alone);
            for size in [2, 3, 4, 9] {
                let same = InThreads::run(size, run).iter().all(|rank| *rank == alone);
                assert!(same, "{summation:?}, {size} processes, shards of {shard_len}");
            }
        }
    }
}

#[test]
fn pairwise_sums_add_pairs_of_pairs() {
    // 13 shards: eight, and four, and one.
    let indices: Vec<usize> = (0..13).collect();
    let parts: Vec<Vec<f32>> = indices.iter().map(|&i| gradient(&[i], 1).1).collect();
    let sum =
        |a: Vec<f32>, b: &[f32]| -> Vec<f32> { a.iter().zip(b).map(|(a, b)| a + b).collect() };
    let weight = 1.0 / 13.0;
    let mut level: Vec<Vec<f32>> =
        parts.into_iter().map(|part| part.iter().map(|x| x * weight).collect()).collect();
    // Pairs of neighbors, and the last one alone, give the same tree.
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [a, b] => sum(a.clone(), b),
                single => single[0].clone(),
            })
            .collect();
    }
    let (_, found) = gradient_in(&Alone, Summation::Pairwise, &indices, 1);
    assert_eq!(found, level[0]);
    let (_, in_order) = gradient(&indices, 1);
    assert_ne!(found, in_order);
    assert_close(&found, &in_order.iter().map(|&x| x.into()).collect::<Vec<f64>>(), 1e-5, 1e-8);
}

#[test]
fn a_stop_of_any_process_reaches_all() {
    let (bytes, (model, params)) = (bytes(), model());
    let examples = Examples::clean(Samples::new(&bytes, [12]));
    let objective = Objective { model: &model, examples, loss: &BinaryCrossentropy };
    for summation in [Summation::InOrder, Summation::Pairwise] {
        // Of twelve processes, seven have no shard of the five.
        for (size, asked) in [(3, 3), (3, 0), (3, 1), (3, 2), (6, 5), (12, 12), (12, 4), (12, 11)] {
            let stops = InThreads::run(size, |team| {
                let mut gradient = BatchGradient::new(&params, 9, 2, team);
                let company = Company { team, stop: asked == team.rank(), summation };
                let (mut lanes, chosen) = (Lane::for_all_threads(), Chosen::new(&[3; 9]));
                let learned =
                    gradient.compute(&mut lanes, &objective, &params, chosen, (9, 0), company);
                learned.expect("all processes run").stop
            });
            assert_eq!(stops, vec![asked < size; size], "{summation:?}, {asked} of {size}");
        }
    }
}

/// The number of allocations of the lanes in `threads` threads, after each step and validation
/// of 20 epochs.
fn allocations(threads: usize) -> Vec<usize> {
    let bytes = bytes();
    let examples = Examples::noisy(Samples::new(&bytes, [12]), NOISE, Split::Train);
    let (model, params) = model();
    let objective = Objective { model: &model, examples, loss: &BinaryCrossentropy };
    let all: Vec<usize> = (0..200).collect();
    let training = || {
        let mut gradient = BatchGradient::new(&params, 90, 8, &Alone);
        let summation = Summation::InOrder;
        let company = Company { team: &Alone, stop: false, summation };
        let mut lanes = Lane::for_all_threads();
        let count = |lanes: &[Lane]| lanes.iter().map(|lane| lane.buffers.allocations()).sum();
        let mut counts = Vec::new();
        for epoch in 0..20 {
            // Batches of 90, 90 and 20 in shards of 8, 7 and 6.
            for indices in all.chunks(90) {
                let (chosen, key) = (Chosen::new(indices), (9, epoch));
                let learned =
                    gradient.compute(&mut lanes, &objective, &params, chosen, key, company);
                assert!(learned.is_ok());
                counts.push(count(&lanes));
            }
            let _ = mean_loss(&mut lanes, &objective, &params, &Alone);
            counts.push(count(&lanes));
        }
        counts
    };
    with_threads(threads, training).expect("threads start")
}

#[test]
fn memory_is_reused_from_step_to_step() {
    let one = allocations(1);
    let epoch = one[3];
    // Only the first step and the first validation, whose shard is larger, allocate.
    assert!(one[0] == one[2] && one[2] < epoch, "{one:?}");
    assert!(one[4..].iter().all(|&count| count == epoch), "{one:?}");
    // Which shards a lane processes is random, and so is the time of its first larger one. But
    // a lane needs at most one set of buffers for each of the four sizes.
    let three = *allocations(3).last().unwrap();
    assert!(three <= 3 * 4 * epoch, "{three} {epoch}");
}
