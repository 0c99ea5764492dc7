//! The processes that train one model together.
//!
//! A process of a team computes the gradients of some shards of every batch. The gradients of all
//! shards are added in the order of the shards, whichever process has computed them, so the weights
//! are the same bit by bit for any number of processes. This module has the messages between
//! processes; [`sum`] adds the gradients.

mod in_threads;
pub(crate) mod sum;
mod summation;

pub use in_threads::InThreads;
pub use summation::Summation;

use std::fmt::Debug;

/// The processes that train one model together, as one of them sees the others.
///
/// A message has neither type nor title: two processes must agree on the order and the lengths of
/// all messages between them. A message may be empty. Those from one process to another arrive in
/// the order in which they were sent. Numbers in them have the byte order of the machine, so all
/// machines must have the same one. [`FitOptions`](crate::FitOptions) takes a team, and every
/// process of the team calls [`fit`](fn@crate::fit) with the same model, weights, data and options.
/// The process of rank 0 leads: it writes files and prints.
///
/// There are three: [`Alone`], the team of one process; [`InThreads`], whose members are threads,
/// for tests and measurements; and the processes of MPI, in a package of their own. To write
/// another, implement the five methods; nothing else is needed. `fit` calls them one after the
/// other, on the thread on which it was called. A process that ends, or whose machine fails, must
/// become an error in those that wait for it, since nothing here has a time limit. `tests/tcp.rs`
/// of this crate is a team over TCP, in 60 lines.
pub trait Team: Debug + Send + Sync {
    /// The number of this process, from 0.
    fn rank(&self) -> usize;

    /// The number of processes.
    fn size(&self) -> usize;

    /// Sends a message to another process, which must [receive](Team::receive) it. It may wait
    /// until that process does so, or return before.
    ///
    /// # Errors
    /// [`TeamError`] if that process has ended.
    fn send(&self, to: usize, message: &[u8]) -> Result<(), TeamError>;

    /// Waits for the next message of another process, which must have exactly this length.
    ///
    /// # Errors
    /// [`TeamError`] if that process has ended, or, where messages have ends, if it has sent one of
    /// another length.
    fn receive(&self, from: usize, message: &mut [u8]) -> Result<(), TeamError>;

    /// Gives the message of process `from` to all others, which pass memory of its length. Every
    /// process calls this, in the same place of its sequence of messages.
    ///
    /// # Errors
    /// As [`Team::receive`].
    fn broadcast(&self, from: usize, message: &mut [u8]) -> Result<(), TeamError>;
}

/// Another process of the team has ended or does not do the same work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("process {rank} {what}")]
pub struct TeamError {
    /// The other process.
    pub rank: usize,
    /// What it did: "has ended".
    pub what: String,
}

/// The team of a program that is one process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Team for Alone {
    fn rank(&self) -> usize {
        0
    }

    fn size(&self) -> usize {
        1
    }

    fn send(&self, to: usize, _: &[u8]) -> Result<(), TeamError> {
        Err(nobody(to))
    }

    fn receive(&self, from: usize, _: &mut [u8]) -> Result<(), TeamError> {
        Err(nobody(from))
    }

    fn broadcast(&self, from: usize, _: &mut [u8]) -> Result<(), TeamError> {
        if from == 0 { Ok(()) } else { Err(nobody(from)) }
    }
}

fn nobody(rank: usize) -> TeamError {
    TeamError { rank, what: "is not in a team of one".into() }
}

impl dyn Team + '_ {
    /// Returns whether this process writes files and prints.
    #[must_use]
    pub fn leads(&self) -> bool {
        self.rank() == 0
    }

    /// Gives a message of process `from`, of any length, to all; it replaces the `message` of the
    /// other processes.
    ///
    /// # Errors
    /// As [`Team::receive`].
    pub fn share(&self, from: usize, message: &mut Vec<u8>) -> Result<(), TeamError> {
        let mut len = (message.len() as u64).to_le_bytes();
        self.broadcast(from, &mut len)?;
        message.resize(u64::from_le_bytes(len) as usize, 0);
        self.broadcast(from, message)
    }

    /// Collects a message of any length from each process. Process 0 gets all of them in the order
    /// of the ranks, the others get nothing.
    ///
    /// # Errors
    /// As [`Team::receive`].
    pub fn gather(&self, message: &[u8]) -> Result<Vec<Vec<u8>>, TeamError> {
        if !self.leads() {
            self.send(0, &(message.len() as u64).to_le_bytes())?;
            self.send(0, message)?;
            return Ok(Vec::new());
        }
        let mut all = vec![message.to_vec()];
        for rank in 1..self.size() {
            let mut len = [0; 8];
            self.receive(rank, &mut len)?;
            let mut other = vec![0; u64::from_le_bytes(len) as usize];
            self.receive(rank, &mut other)?;
            all.push(other);
        }
        Ok(all)
    }
}
