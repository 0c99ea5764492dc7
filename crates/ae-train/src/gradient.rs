//! The gradient of a batch, computed from the gradients of its shards.

use crate::examples::Chosen;
use crate::lane::{Lane, Objective};
use crate::shards;
use crate::team::sum::{Agreed, ChainSum, PairwiseSum, Place, Term, part_of};
use crate::{Summation, Team, TeamError};
use ae_autodiff::{Grads, Params};
use ae_tensor::for_each_with;
use std::ops::Range;

/// The number of shards whose gradients are stored at a time. A larger batch is processed in groups
/// of shards, so that memory does not grow with it. The gradients are added in the order of the
/// shards anyway, so the result is the same.
const AT_A_TIME: usize = 64;
/// The maximum number of weights in all gradients stored at a time, one gibibyte. Large models
/// store fewer gradients than [`AT_A_TIME`], the largest only one.
const WEIGHTS_AT_A_TIME: usize = 1 << 28;

/// The same maximum for a process of a team, a quarter of a gibibyte, whatever the number of shards.
/// All but the first of several portions must wait for the sum of the processes before this one.
const WEIGHTS_IN_A_TEAM: usize = 1 << 26;

/// The number of gradients that are stored at a time for a batch of this many shards.
fn stored(shards: usize, weights: usize) -> usize {
    let most = (WEIGHTS_AT_A_TIME / weights.max(1)).clamp(1, AT_A_TIME);
    shards.min(most)
}

/// The same for a process of a team, for its own shards of the batch.
fn stored_in_a_team(own: usize, weights: usize) -> usize {
    own.min(WEIGHTS_IN_A_TEAM / weights.max(1)).max(stored(own, weights))
}

/// Computes batch gradients in memory that it reuses.
#[derive(Debug)]
pub(crate) struct BatchGradient {
    shard_len: usize,
    shards: Vec<Shard>,
    sum: Grads,
    chain: ChainSum,
    pairs: PairwiseSum,
}

#[derive(Debug)]
struct Shard {
    /// The positions of its samples in the batch.
    rows: Range<usize>,
    loss: f64,
    grads: Grads,
}

impl Shard {
    /// The share of this shard in the gradient of a batch of `count` samples.
    fn weight(&self, count: usize) -> f32 {
        self.rows.len() as f32 / count as f32
    }

    /// The sum of the losses of its samples.
    fn total(&self) -> f64 {
        self.loss * self.rows.len() as f64
    }

    /// What it adds to the sum of a batch of `count` samples.
    fn term(&self, count: usize) -> Term<'_> {
        Term { weight: self.weight(count), grads: &self.grads, loss: self.total() }
    }
}

/// The processes that work on the batches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Company<'a> {
    pub(crate) team: &'a dyn Team,
    /// Whether this process was asked to stop.
    pub(crate) stop: bool,
    pub(crate) summation: Summation,
}

/// The gradient of a batch.
pub(crate) struct Learned<'g> {
    /// The mean loss.
    pub(crate) loss: f64,
    /// Whether any process was asked to stop.
    pub(crate) stop: bool,
    pub(crate) grads: &'g mut Grads,
}

impl BatchGradient {
    /// Memory for batches of at most `batch` samples, in shards of at most `shard_len`, of which a
    /// process of the team computes its part.
    pub(crate) fn new(params: &Params, batch: usize, shard_len: usize, team: &dyn Team) -> Self {
        let (shards, weights) = (shards::how_many(batch, shard_len), params.element_count());
        let count = match team.size() {
            1 => stored(shards, weights),
            size => stored_in_a_team(shards.div_ceil(size), weights),
        };
        let shard = || Shard { rows: 0..0, loss: 0.0, grads: Grads::zeros_like(params) };
        let shards = (0..count).map(|_| shard()).collect();
        let sum = Grads::zeros_like(params);
        let (chain, pairs) = (ChainSum::default(), PairwiseSum::default());
        Self { shard_len, shards, sum, chain, pairs }
    }

    /// Computes the mean loss of the chosen examples, and its gradient. `key` is the seed of the
    /// model's random numbers, and the epoch, counted from 0.
    ///
    /// # Errors
    /// [`TeamError`] if another process of the team has ended.
    pub(crate) fn compute(
        &mut self,
        lanes: &mut [Lane],
        objective: &Objective<'_>,
        params: &Params,
        chosen: Chosen<'_>,
        key: (u64, usize),
        company: Company<'_>,
    ) -> Result<Learned<'_>, TeamError> {
        let (count, len) = (chosen.count(), params.element_count());
        let ranges = shards::even(count, self.shard_len);
        let own = part_of(company.team, ranges.len());
        let batch = Batch { count, shards: ranges.len(), len };
        let portions = Portions {
            ranges: ranges.skip(own.start).take(own.len()),
            learn: |shards: &mut [Shard]| {
                for_each_with(lanes, shards, |lane, _, shard| {
                    let part = chosen.part(shard.rows.clone());
                    shard.loss = lane.learn(objective, params, part, key, &mut shard.grads);
                });
            },
        };
        let agreed = match (company.summation, company.team.size()) {
            (Summation::InOrder, 1) => self.in_order(batch, portions, company.stop),
            (Summation::InOrder, _) => self.along_the_chain(batch, portions, company)?,
            (Summation::Pairwise, _) => self.pairwise(batch, portions, company)?,
        };
        Ok(Learned { loss: agreed.total / count as f64, stop: agreed.stop, grads: &mut self.sum })
    }

    /// Adds all shards in this process.
    fn in_order(
        &mut self,
        batch: Batch,
        mut portions: Portions<impl Ranges, impl FnMut(&mut [Shard])>,
        stop: bool,
    ) -> Agreed {
        let mut agreed = Agreed { total: 0.0, stop };
        if batch.shards == 1 {
            portions.next(&mut self.shards);
            let Shard { grads, .. } = &mut self.shards[0];
            std::mem::swap(&mut self.sum, grads);
            agreed.total = self.shards[0].total();
            return agreed;
        }
        let mut first = true;
        while portions.ranges.len() > 0 {
            let portion = portions.next(&mut self.shards);
            portion.iter().for_each(|shard| agreed.total += shard.total());
            let parts: Vec<_> = portion.iter().map(|s| (s.weight(batch.count), &s.grads)).collect();
            if first {
                self.sum.set_weighted_sum(&parts);
            } else {
                self.sum.add_weighted_sum(&parts);
            }
            first = false;
        }
        agreed
    }

    /// The same together with the processes before and after this one.
    fn along_the_chain(
        &mut self,
        batch: Batch,
        mut portions: Portions<impl Ranges, impl FnMut(&mut [Shard])>,
        Company { team, stop, .. }: Company<'_>,
    ) -> Result<Agreed, TeamError> {
        let (mut first, single) = (true, batch.shards == 1);
        while first || portions.ranges.len() > 0 {
            let portion = portions.next(&mut self.shards);
            let terms: Vec<_> = portion.iter().map(|shard| shard.term(batch.count)).collect();
            let place = Place { first, last: portions.ranges.len() == 0, single };
            self.chain.add(team, &terms, place, batch.len, stop)?;
            first = false;
        }
        self.chain.finish(team, &mut self.sum)
    }

    fn pairwise(
        &mut self,
        batch: Batch,
        mut portions: Portions<impl Ranges, impl FnMut(&mut [Shard])>,
        Company { team, stop, .. }: Company<'_>,
    ) -> Result<Agreed, TeamError> {
        let Self { shards: stored, pairs, sum, .. } = self;
        let mut ready = 0..0;
        pairs.compute(team, [batch.shards, batch.len], stop, sum, |shard, row| {
            if !ready.contains(&shard) {
                ready = shard..shard + portions.next(stored).len();
            }
            let shard = &stored[shard - ready.start];
            let weight = shard.weight(batch.count);
            shard.grads.copy_elements_to(0, row);
            row.iter_mut().for_each(|x| *x *= weight);
            shard.total()
        })
    }
}

/// The sizes of a batch.
#[derive(Clone, Copy, Debug)]
struct Batch {
    /// The number of samples.
    count: usize,
    shards: usize,
    /// The number of elements of a gradient.
    len: usize,
}

/// Positions of shards.
trait Ranges: ExactSizeIterator<Item = Range<usize>> {}

impl<I: ExactSizeIterator<Item = Range<usize>>> Ranges for I {}

/// The shards of this process, as many at a time as can be stored.
struct Portions<R, L> {
    /// The positions of the shards to come.
    ranges: R,
    /// Computes their losses and gradients.
    learn: L,
}

impl<R: Ranges, L: FnMut(&mut [Shard])> Portions<R, L> {
    /// Computes the next shards.
    fn next<'s>(&mut self, stored: &'s mut [Shard]) -> &'s [Shard] {
        let count = self.ranges.len().min(stored.len());
        let portion = &mut stored[..count];
        for (shard, rows) in portion.iter_mut().zip(&mut self.ranges) {
            shard.rows = rows;
        }
        (self.learn)(portion);
        portion
    }
}

#[cfg(test)]
mod tests {
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
    fn a_stop_reaches_every_process_whoever_was_asked() {
        let (bytes, (model, params)) = (bytes(), model());
        let examples = Examples::clean(Samples::new(&bytes, [12]));
        let objective = Objective { model: &model, examples, loss: &BinaryCrossentropy };
        for summation in [Summation::InOrder, Summation::Pairwise] {
            for asked in [None, Some(0), Some(1), Some(2)] {
                let stops = InThreads::run(3, |team| {
                    let mut gradient = BatchGradient::new(&params, 9, 2, team);
                    let company = Company { team, stop: asked == Some(team.rank()), summation };
                    let (mut lanes, chosen) = (Lane::for_all_threads(), Chosen::new(&[3; 9]));
                    let learned =
                        gradient.compute(&mut lanes, &objective, &params, chosen, (9, 0), company);
                    learned.expect("all processes run").stop
                });
                assert_eq!(stops, [asked.is_some(); 3], "{summation:?}");
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
}
