//! The sum of the gradients of all shards, over the processes of a team.
//!
//! A sum of floating-point numbers depends on the order of its terms. The reductions of MPI choose
//! the order by themselves: by the number of processes, the length of the message, and the network.
//! Here it is fixed: shard by shard, as one process adds them. Process 0 adds its shards and sends
//! the sum to process 1, which adds its own, and so on; the last process gives the result to all. To
//! let several processes of this chain work at once, the sum is sent in segments.

use super::{Team, TeamError};
use ae_autodiff::Grads;
use std::ops::Range;

/// The minimum number of elements in a segment: a message of 32 KB. Shorter messages take about as
/// long.
const SEGMENT: usize = 8 * 1024;
/// The maximum number of segments: more would give the threads of a process too little to do.
const SEGMENTS: usize = 16;

/// The number of bytes behind the gradients: the sum of the losses, and whether to stop.
const TRAILER: usize = 16;

/// The items of a list that this process works on: consecutive ones, as many as the others have, or
/// one more or less.
pub(crate) fn part_of(team: &dyn Team, count: usize) -> Range<usize> {
    part(team.rank(), team.size(), count)
}

fn part(rank: usize, size: usize, count: usize) -> Range<usize> {
    let start = |rank| rank * count / size;
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

/// The sum that goes along the chain, in memory that is reused.
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
    /// process. Every process takes part, even one that has no shard. A gradient has `len` elements.
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

    /// Waits for the sum of all shards, which the last process gives to all, and writes it to `sum`.
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
