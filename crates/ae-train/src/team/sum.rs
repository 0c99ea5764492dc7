//! The sum of the gradients of all shards, over the processes of a team.
//!
//! A sum of floating-point numbers depends on the order of its terms. The reductions of MPI choose
//! the order by themselves: by the number of processes, the length of the message, and the network.
//! Here a [`Summation`](super::Summation) fixes it, by the number of shards alone, and so does the
//! result.

use super::{Team, TeamError};
use crate::FitError;
use ae_autodiff::Grads;
use ae_tensor::{current_threads, for_each_with};
use std::ops::Range;

/// The minimum number of elements in a segment: a message of 32 KB. Shorter messages take about as
/// long.
const SEGMENT: usize = 8 * 1024;
/// The maximum number of segments: more would give the threads of a process too little to do.
const SEGMENTS: usize = 16;

/// Rows of fewer elements are added on one thread.
const ON_ALL_THREADS: usize = 256 * 1024;

/// The number of bytes behind the gradients: the sum of the losses, and whether to stop.
const TRAILER: usize = 16;

/// The items of a list that this process works on: consecutive ones, as many as the others have, or
/// one more in the first processes.
pub(crate) fn part_of(team: &dyn Team, count: usize) -> Range<usize> {
    part(team.rank(), team.size(), count)
}

fn part(rank: usize, size: usize, count: usize) -> Range<usize> {
    let start = |rank: usize| rank * (count / size) + rank.min(count % size);
    start(rank)..start(rank + 1)
}

/// Gives every process the numbers that the others have computed: of this list each has filled its
/// [part](part_of).
pub(crate) fn share_parts(team: &dyn Team, numbers: &mut [f64]) -> Result<(), TeamError> {
    if team.size() == 1 {
        return Ok(());
    }
    (0..team.size()).try_for_each(|rank| {
        let part = part(rank, team.size(), numbers.len());
        team.broadcast(rank, bytemuck::cast_slice_mut(&mut numbers[part]))
    })
}

/// What the processes find out together in a step, apart from the gradient.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Agreed {
    /// The sum of the losses of all samples.
    pub(crate) total: f64,
    /// Whether any process was asked to stop.
    pub(crate) stop: bool,
}

/// The sum in the order of the shards that goes along the chain of processes, in memory that is
/// reused.
#[derive(Debug, Default)]
pub(crate) struct ChainSum {
    /// All gradients in one row, and the trailer.
    row: Vec<f32>,
}

/// The place of some shards among those of a process and of the batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// They are the first of this process.
    pub(crate) first: bool,
    /// They are the last of this process.
    pub(crate) last: bool,
    /// The batch is a single shard, whose gradient is not added to anything: 0 + -0 would be 0.
    pub(crate) single: bool,
}

/// A shard's gradient and its weight in the sum, and its loss times its number of samples.
pub(crate) struct Term<'a> {
    pub(crate) weight: f32,
    pub(crate) grads: &'a Grads,
    pub(crate) loss: f64,
}

impl ChainSum {
    /// Adds the gradients of some shards to the sum of all shards before them, in their order. The
    /// first shards of a process wait for that sum, and the last ones send the new sum to the next
    /// process. Every process takes part, even one that has no shard. A gradient has `len`
    /// elements.
    pub(crate) fn add(
        &mut self,
        team: &dyn Team,
        terms: &[Term<'_>],
        place: Place,
        len: usize,
        stop: bool,
    ) -> Result<(), TeamError> {
        self.row.resize(len + TRAILER / size_of::<f32>(), 0.0);
        let (before, after) = (team.rank().checked_sub(1), team.rank() + 1);
        let parts: Vec<_> = terms.iter().map(|term| (term.weight, term.grads)).collect();
        let segment = SEGMENT.max(len.div_ceil(SEGMENTS));
        for start in (0..len).step_by(segment) {
            let end = len.min(start + segment);
            // The trailer belongs to the last segment.
            let sent = if end == len { self.row.len() } else { end };
            let row = &mut self.row[start..sent];
            match before {
                _ if !place.first => {}
                Some(before) => team.receive(before, bytemuck::cast_slice_mut(row))?,
                None => row.fill(0.0),
            }
            let elements = &mut row[..end - start];
            match &parts[..] {
                [(_, only)] if place.single => only.copy_elements_to(start, elements),
                parts => Grads::add_weighted_elements(parts, start, elements),
            }
            if end == len {
                let trailer = bytemuck::cast_slice_mut(&mut row[end - start..]);
                let mut agreed = Agreed::read(trailer);
                terms.iter().for_each(|term| agreed.total += term.loss);
                agreed.stop |= stop;
                agreed.write(trailer);
            }
            if place.last && after < team.size() {
                team.send(after, bytemuck::cast_slice(row))?;
            }
        }
        Ok(())
    }

    /// Waits for the sum of all shards, which the last process gives to all, and writes it to
    /// `sum`.
    pub(crate) fn finish(&mut self, team: &dyn Team, sum: &mut Grads) -> Result<Agreed, TeamError> {
        team.broadcast(team.size() - 1, bytemuck::cast_slice_mut(&mut self.row))?;
        let len = self.row.len() - TRAILER / size_of::<f32>();
        sum.set_elements(&self.row[..len]);
        Ok(Agreed::read(bytemuck::cast_slice(&self.row[len..])))
    }
}

impl Agreed {
    fn read(trailer: &[u8]) -> Self {
        let (total, stop) = trailer.split_at(8);
        let total = f64::from_le_bytes(total.try_into().expect("eight bytes"));
        Self { total, stop: stop[0] != 0 }
    }

    fn write(self, trailer: &mut [u8]) {
        trailer[..8].copy_from_slice(&self.total.to_le_bytes());
        trailer[8] = u8::from(self.stop);
    }
}

/// The sums of pairs of shards, in memory that is reused.
#[derive(Debug, Default)]
pub(crate) struct PairwiseSum {
    /// The sum so far at each level: all gradients in one row, and the trailer.
    rows: Vec<Vec<f32>>,
}

/// What all nodes of the tree of pairs have in common.
struct Tree<'a> {
    team: &'a dyn Team,
    /// The number of shards.
    count: usize,
    own: Range<usize>,
}

impl PairwiseSum {
    /// Adds the gradients of `count` shards, of `len` elements each, and writes the result to
    /// `sum`. `term` writes the weighted gradient of a shard of this process, and returns its loss
    /// times its number of samples; it is called with the numbers of all these shards in ascending
    /// order. Its error is returned at once: the others do not get the sum.
    pub(crate) fn compute(
        &mut self,
        team: &dyn Team,
        [count, len]: [usize; 2],
        stop: bool,
        sum: &mut Grads,
        mut term: impl FnMut(usize, &mut [f32]) -> Result<f64, FitError>,
    ) -> Result<Agreed, FitError> {
        let levels = count.next_power_of_two().ilog2() as usize + 1;
        self.rows.resize_with(self.rows.len().max(levels), Vec::new);
        for row in &mut self.rows {
            row.resize(len + TRAILER / size_of::<f32>(), 0.0);
        }
        let tree = Tree { team, count, own: part_of(team, count) };
        let stop = tree.heard(stop)?;
        let mut leaf = |shard, row: &mut [f32]| -> Result<(), FitError> {
            let (elements, trailer) = row.split_at_mut(len);
            let total = term(shard, elements)?;
            Agreed { total, stop }.write(bytemuck::cast_slice_mut(trailer));
            Ok(())
        };
        tree.node(0..count, &mut self.rows, &mut leaf)?;
        let row = &mut self.rows[0];
        team.broadcast(tree.owner(0), bytemuck::cast_slice_mut(row))?;
        let (elements, trailer) = row.split_at(len);
        sum.set_elements(elements);
        Ok(Agreed::read(bytemuck::cast_slice(trailer)))
    }
}

/// Writes the sum of one shard of this process to a row.
type Leaf<'a> = dyn FnMut(usize, &mut [f32]) -> Result<(), FitError> + 'a;

impl Tree<'_> {
    /// The process that has computed this shard.
    fn owner(&self, shard: usize) -> usize {
        let size = self.team.size();
        let owns = |&rank: &usize| part(rank, size, self.count).contains(&shard);
        (0..size).find(owns).expect("each shard has an owner")
    }

    /// Returns whether this process was asked to stop, or one without a shard that tells it so.
    /// Such a process has no place in the tree.
    fn heard(&self, asked: bool) -> Result<bool, TeamError> {
        let (rank, size) = (self.team.rank(), self.team.size());
        let with_shards = self.count.min(size);
        if rank >= with_shards {
            self.team.send(rank % with_shards, &[u8::from(asked)])?;
            return Ok(asked);
        }
        (rank + with_shards..size).step_by(with_shards).try_fold(asked, |asked, idle| {
            let mut other = [0];
            self.team.receive(idle, &mut other)?;
            Ok(asked || other != [0])
        })
    }

    /// Writes the sum of these shards to the first row, in the process that has the first of them.
    /// The left part has a power of two of shards, at least as many as the right one.
    ///
    /// All processes come to the nodes in the same order, so none waits for a message that its
    /// sender has put off.
    fn node(
        &self,
        shards: Range<usize>,
        rows: &mut [Vec<f32>],
        leaf: &mut Leaf<'_>,
    ) -> Result<(), FitError> {
        let Self { team, ref own, .. } = *self;
        if shards.end <= own.start || own.end <= shards.start {
            return Ok(());
        }
        if shards.len() == 1 {
            return leaf(shards.start, &mut rows[0]);
        }
        let middle = shards.start + shards.len().next_power_of_two() / 2;
        self.node(shards.start..middle, rows, leaf)?;
        let (row, others) = rows.split_first_mut().expect("a row for each level");
        self.node(middle..shards.end, others, leaf)?;
        let right = &mut others[0];
        match (own.contains(&shards.start), own.contains(&middle)) {
            (true, true) => {}
            (true, false) => {
                team.receive(self.owner(middle), bytemuck::cast_slice_mut(right))?;
            }
            (false, true) => {
                let left = self.owner(shards.start);
                return Ok(team.send(left, bytemuck::cast_slice(right))?);
            }
            (false, false) => return Ok(()),
        }
        let len = row.len() - TRAILER / size_of::<f32>();
        add(&mut row[..len], &right[..len]);
        let [left, right] =
            [&*row, right].map(|row| Agreed::read(bytemuck::cast_slice(&row[len..])));
        let agreed = Agreed { total: left.total + right.total, stop: left.stop || right.stop };
        agreed.write(bytemuck::cast_slice_mut(&mut row[len..]));
        Ok(())
    }
}

/// Adds the second row to the first, on all threads if it is long.
fn add(row: &mut [f32], other: &[f32]) {
    let add = |row: &mut [f32], other: &[f32]| {
        row.iter_mut().zip(other).for_each(|(sum, &x)| *sum += x);
    };
    if row.len() < ON_ALL_THREADS {
        return add(row, other);
    }
    let mut blocks: Vec<_> = row.chunks_mut(SEGMENT).zip(other.chunks(SEGMENT)).collect();
    for_each_with(&mut vec![(); current_threads()], &mut blocks, |(), _, (row, other)| {
        add(row, other);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InThreads;
    use ae_autodiff::Params;
    use ae_layers::{Activation, Sequential, dense};

    #[test]
    fn every_element_of_a_long_row_is_added() {
        for len in [ON_ALL_THREADS - 1, ON_ALL_THREADS, ON_ALL_THREADS + 3] {
            let mut row: Vec<f32> = (0..len).map(|i| i as f32).collect();
            add(&mut row, &vec![1.0; len]);
            assert!(row.iter().enumerate().all(|(i, &x)| x == (i + 1) as f32), "{len}");
        }
    }

    #[test]
    fn the_gradient_of_a_single_shard_is_not_added_to_zero() {
        let mut params = Params::new();
        let layers = [dense(3, Activation::Linear)];
        Sequential::build([2], &layers, &mut params, 1).expect("the shapes fit");
        let len = params.element_count();
        let mut grads = Grads::zeros_like(&params);
        grads.set_elements(&vec![-0.0; len]);
        for single in [true, false] {
            let sums = InThreads::run(2, |team| {
                let term = Term { weight: 1.0, grads: &grads, loss: 2.0 };
                let terms: &[_] = if team.rank() == 0 { &[term] } else { &[] };
                let place = Place { first: true, last: true, single };
                let (mut chain, mut sum) = (ChainSum::default(), Grads::zeros_like(&params));
                chain.add(team, terms, place, len, false).expect("all processes run");
                let agreed = chain.finish(team, &mut sum).expect("all processes run");
                let mut elements = vec![9.0; len];
                sum.copy_elements_to(0, &mut elements);
                assert_eq!(agreed, Agreed { total: 2.0, stop: false });
                elements.into_iter().map(f32::to_bits).collect::<Vec<_>>()
            });
            let expected = vec![if single { -0.0_f32 } else { 0.0 }.to_bits(); len];
            assert_eq!(sums, [expected.clone(), expected]);
        }
    }
}
