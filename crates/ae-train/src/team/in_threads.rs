//! A team whose members are threads of one process.

use super::{Team, TeamError};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

/// A member of a team whose members are threads. The messages and their order are those of
/// processes, so a test needs no MPI.
///
/// ```
/// use ae_train::{InThreads, Team};
///
/// let sums: Vec<u8> = InThreads::run(3, |team| {
///     let mut sum = [0];
///     if team.rank() > 0 {
///         team.receive(team.rank() - 1, &mut sum).expect("the thread before this one runs");
///     }
///     sum[0] += 1;
///     if team.rank() < 2 {
///         team.send(team.rank() + 1, &sum).expect("the next thread runs");
///     }
///     team.broadcast(2, &mut sum).expect("all run");
///     sum[0]
/// });
/// assert_eq!(sums, [3, 3, 3]);
/// ```
#[derive(Debug)]
pub struct InThreads {
    rank: usize,
    /// To and from each member, this one included.
    to: Vec<Sender<Vec<u8>>>,
    from: Vec<Mutex<Receiver<Vec<u8>>>>,
}

impl InThreads {
    /// The members of a team of this size. Each belongs on a thread of its own, since a member that
    /// waits for a message blocks its thread.
    #[must_use]
    pub fn members(size: usize) -> Vec<Self> {
        let mut members: Vec<Self> =
            (0..size).map(|rank| Self { rank, to: Vec::new(), from: Vec::new() }).collect();
        for sender in 0..size {
            for receiver in 0..size {
                let (to, from) = channel();
                members[sender].to.push(to);
                members[receiver].from.push(Mutex::new(from));
            }
        }
        members
    }

    /// Runs `work` as each member, and returns the results in the order of the ranks. If a member
    /// panics, the others get an error at the next message that they expect of it.
    ///
    /// # Panics
    /// If `work` panics in any member, after the others have ended.
    pub fn run<R: Send>(size: usize, work: impl Fn(&dyn Team) -> R + Sync) -> Vec<R> {
        std::thread::scope(|scope| {
            let work = &work;
            let start = |member: Self| scope.spawn(move || work(&member));
            let threads: Vec<_> = Self::members(size).into_iter().map(start).collect();
            let results: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
            let unwind = |panic| std::panic::resume_unwind(panic);
            results.into_iter().map(|result| result.unwrap_or_else(unwind)).collect()
        })
    }
}

impl Team for InThreads {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.to.len()
    }

    fn send(&self, to: usize, message: &[u8]) -> Result<(), TeamError> {
        self.to[to].send(message.to_vec()).map_err(|_| ended(to))
    }

    fn receive(&self, from: usize, message: &mut [u8]) -> Result<(), TeamError> {
        let receiver = self.from[from].lock().map_err(|_| ended(from))?;
        let received = receiver.recv().map_err(|_| ended(from))?;
        if received.len() != message.len() {
            let (expected, found) = (message.len(), received.len());
            let what = format!("sent {found} bytes, expected {expected}");
            return Err(TeamError { rank: from, what });
        }
        message.copy_from_slice(&received);
        Ok(())
    }

    fn broadcast(&self, from: usize, message: &mut [u8]) -> Result<(), TeamError> {
        if self.rank != from {
            return self.receive(from, message);
        }
        (0..self.size()).filter(|&to| to != from).try_for_each(|to| self.send(to, message))
    }
}

fn ended(rank: usize) -> TeamError {
    TeamError { rank, what: "has ended".into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Alone;

    #[test]
    fn messages_of_any_length_are_shared_and_gathered() {
        for size in [1, 2, 3] {
            let results = InThreads::run(size, |team| {
                let last = size - 1;
                // Whatever was in the others' memory is replaced, be it shorter or longer.
                let mut message = vec![1; 3 + 4 * team.rank()];
                if team.rank() == last {
                    message = vec![7; 5];
                }
                team.share(last, &mut message).unwrap();
                let own = vec![9; team.rank()];
                (message, team.gather(&own).unwrap())
            });
            for (rank, (shared, gathered)) in results.into_iter().enumerate() {
                assert_eq!(shared, [7; 5]);
                let all: Vec<Vec<u8>> = (0..size).map(|r| vec![9; r]).collect();
                assert_eq!(gathered, if rank == 0 { all } else { vec![] });
            }
        }
    }

    #[test]
    fn a_member_that_has_ended_is_an_error_not_a_wait() {
        let results = InThreads::run(2, |team| match team.rank() {
            0 => Ok(()),
            _ => team.receive(0, &mut [0; 4]),
        });
        assert_eq!(results[1].as_ref().unwrap_err().to_string(), "process 0 has ended");
    }

    #[test]
    fn a_message_of_another_length_is_an_error() {
        let results = InThreads::run(2, |team| match team.rank() {
            0 => team.send(1, &[1, 2]),
            _ => team.receive(0, &mut [0; 4]),
        });
        let error = results[1].as_ref().unwrap_err().to_string();
        assert_eq!(error, "process 0 sent 2 bytes, expected 4");
    }

    #[test]
    fn one_process_has_nobody_to_talk_to() {
        let alone: &dyn Team = &Alone;
        assert!(alone.leads() && alone.size() == 1);
        assert!(alone.send(1, &[]).is_err() && alone.receive(1, &mut []).is_err());
        assert!(alone.broadcast(1, &mut []).is_err());
        let mut message = vec![3];
        alone.share(0, &mut message).unwrap();
        assert_eq!((message, alone.gather(&[4]).unwrap()), (vec![3], vec![vec![4]]));
    }
}
