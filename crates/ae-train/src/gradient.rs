//! The gradient of a batch, computed from the gradients of its shards.

use crate::examples::Chosen;
use crate::lane::{Lane, Objective};
use crate::shards;
use crate::team::sum::{Agreed, ChainSum, PairwiseSum, Place, Term, part_of};
use crate::{FitError, Summation, Team};
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

/// The same maximum for a process of a team, a quarter of a gibibyte, whatever the number of
/// shards. All but the first of several portions must wait for the sum of the processes before this
/// one.
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
    /// [`FitError::Data`] if this process could not read a sample: then the others do not get its
    /// gradients, and none of them takes a step. [`FitError::Team`] if another process has ended.
    pub(crate) fn compute(
        &mut self,
        lanes: &mut [Lane],
        objective: &Objective<'_>,
        params: &Params,
        chosen: Chosen<'_>,
        key: (u64, usize),
        company: Company<'_>,
    ) -> Result<Learned<'_>, FitError> {
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
                objective.check_read()
            },
        };
        let agreed = match (company.summation, company.team.size()) {
            (Summation::InOrder, 1) => self.in_order(batch, portions, company.stop)?,
            (Summation::InOrder, _) => self.along_the_chain(batch, portions, company)?,
            (Summation::Pairwise, _) => self.pairwise(batch, portions, company)?,
        };
        Ok(Learned { loss: agreed.total / count as f64, stop: agreed.stop, grads: &mut self.sum })
    }

    /// Adds all shards in this process.
    fn in_order(
        &mut self,
        batch: Batch,
        mut portions: Portions<impl Ranges, impl Learn>,
        stop: bool,
    ) -> Result<Agreed, FitError> {
        let mut agreed = Agreed { total: 0.0, stop };
        if batch.shards == 1 {
            portions.next(&mut self.shards)?;
            let Shard { grads, .. } = &mut self.shards[0];
            std::mem::swap(&mut self.sum, grads);
            agreed.total = self.shards[0].total();
            return Ok(agreed);
        }
        let mut first = true;
        while portions.ranges.len() > 0 {
            let portion = portions.next(&mut self.shards)?;
            portion.iter().for_each(|shard| agreed.total += shard.total());
            let parts: Vec<_> = portion.iter().map(|s| (s.weight(batch.count), &s.grads)).collect();
            if first {
                self.sum.set_weighted_sum(&parts);
            } else {
                self.sum.add_weighted_sum(&parts);
            }
            first = false;
        }
        Ok(agreed)
    }

    /// The same together with the processes before and after this one.
    fn along_the_chain(
        &mut self,
        batch: Batch,
        mut portions: Portions<impl Ranges, impl Learn>,
        Company { team, stop, .. }: Company<'_>,
    ) -> Result<Agreed, FitError> {
        let (mut first, single) = (true, batch.shards == 1);
        while first || portions.ranges.len() > 0 {
            let portion = portions.next(&mut self.shards)?;
            let terms: Vec<_> = portion.iter().map(|shard| shard.term(batch.count)).collect();
            let place = Place { first, last: portions.ranges.len() == 0, single };
            self.chain.add(team, &terms, place, batch.len, stop)?;
            first = false;
        }
        Ok(self.chain.finish(team, &mut self.sum)?)
    }

    fn pairwise(
        &mut self,
        batch: Batch,
        mut portions: Portions<impl Ranges, impl Learn>,
        Company { team, stop, .. }: Company<'_>,
    ) -> Result<Agreed, FitError> {
        let Self { shards: stored, pairs, sum, .. } = self;
        let mut ready = 0..0;
        pairs.compute(team, [batch.shards, batch.len], stop, sum, |shard, row| {
            if !ready.contains(&shard) {
                ready = shard..shard + portions.next(stored)?.len();
            }
            let shard = &stored[shard - ready.start];
            let weight = shard.weight(batch.count);
            shard.grads.copy_elements_to(0, row);
            row.iter_mut().for_each(|x| *x *= weight);
            Ok(shard.total())
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

/// Computes the losses and gradients of shards.
trait Learn: FnMut(&mut [Shard]) -> Result<(), FitError> {}

impl<L: FnMut(&mut [Shard]) -> Result<(), FitError>> Learn for L {}

/// The shards of this process, as many at a time as can be stored.
struct Portions<R, L> {
    /// The positions of the shards to come.
    ranges: R,
    learn: L,
}

impl<R: Ranges, L: Learn> Portions<R, L> {
    /// Computes the next shards.
    fn next<'s>(&mut self, stored: &'s mut [Shard]) -> Result<&'s [Shard], FitError> {
        let count = self.ranges.len().min(stored.len());
        let portion = &mut stored[..count];
        for (shard, rows) in portion.iter_mut().zip(&mut self.ranges) {
            shard.rows = rows;
        }
        (self.learn)(portion)?;
        Ok(portion)
    }
}

#[cfg(test)]
mod tests;
