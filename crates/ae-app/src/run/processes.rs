//! The processes that train together, as the one that leads them sees them.
//!
//! The process of rank 0 runs the command. The others [work](super::work) for it: they wait for an
//! order to train, answer whether they are ready, train, and wait for the next one. So each of them
//! either waits for an order or is in the same training as all others.

use super::Interrupt;
use super::signals::Signal;
use crate::exit::{FAILURE, OfProcess, usage};
use ae_checkpoint::{Archive, sha256};
use ae_train::{Alone, AutoEncoder, FitError, Fitted, Team, TeamError, put_weights};
use anyhow::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The processes that train together: only this one, or a team that it leads.
#[derive(Clone, Debug)]
pub(crate) struct Processes(Arc<Led>);

#[derive(Debug)]
struct Led {
    team: Arc<dyn Team>,
    /// Whether the others may be waiting for something else than an order.
    lost: AtomicBool,
}

impl Default for Processes {
    fn default() -> Self {
        Self::led(Arc::new(Alone))
    }
}

impl Processes {
    /// The processes of this team, of which this one is the leader.
    pub(crate) fn led(team: Arc<dyn Team>) -> Self {
        Self(Arc::new(Led { team, lost: AtomicBool::new(false) }))
    }

    /// Returns the number of processes.
    pub(crate) fn count(&self) -> usize {
        self.0.team.size()
    }

    pub(super) fn team(&self) -> &dyn Team {
        &*self.0.team
    }

    fn alone(&self) -> bool {
        self.count() == 1
    }

    /// Notes that the others are no longer known to wait for an order.
    fn note<T>(&self, result: Result<T, TeamError>) -> Result<T, TeamError> {
        if result.is_err() {
            self.0.lost.store(true, Ordering::Relaxed);
        }
        result
    }

    /// Returns whether the others may be waiting for something else than an order. Then this
    /// process cannot train with them any more, and the command must end.
    pub(crate) fn lost(&self) -> bool {
        self.0.lost.load(Ordering::Relaxed)
    }

    /// Gives the others an order, a message that is not empty, and waits until all of them are
    /// ready. If one is not, none of them trains.
    pub(super) fn order(&self, order: impl FnOnce() -> Vec<u8>) -> Result<()> {
        if self.alone() {
            return Ok(());
        }
        if self.lost() {
            anyhow::bail!("the other processes do not wait for an order any more");
        }
        self.note(self.team().share(0, &mut order()))?;
        let answers = self.note(self.team().gather(&[]))?;
        let refused = answers.iter().enumerate().find(|(_, answer)| !answer.is_empty());
        self.note(self.team().share(0, &mut vec![u8::from(refused.is_none())]))?;
        let Some((rank, answer)) = refused else { return Ok(()) };
        let message = String::from_utf8_lossy(&answer[1..]).into_owned();
        Err(OfProcess { rank, status: answer[0], message }.into())
    }

    /// Waits until the others have ended the training that has ended here, and takes over a signal
    /// that stopped it there. Refuses the result if another process has other weights: their losses
    /// and gradients would be in it, and nothing else would tell.
    pub(super) fn trained(
        &self,
        fitted: Result<Fitted, FitError>,
        model: &AutoEncoder,
        interrupt: &Interrupt,
    ) -> Result<Fitted> {
        if self.alone() {
            return Ok(fitted?);
        }
        if fitted.as_ref().is_err_and(is_of_one_process) {
            self.0.lost.store(true, Ordering::Relaxed);
        }
        let fitted = fitted?;
        let ends = self.note(self.team().gather(&trained_here(model, None)))?;
        let weights = |end: usize| String::from_utf8_lossy(&ends[end][..DIGEST]);
        if let Some(rank) = (1..ends.len()).find(|&rank| weights(rank) != weights(0)) {
            let message = format!(
                "expected the weights of process 0 after the training, with SHA-256 {}, found {}; check that machine, \
                 and train again",
                weights(0),
                weights(rank)
            );
            return Err(OfProcess { rank, status: FAILURE, message }.into());
        }
        let signal = ends.iter().flat_map(|end| &end[DIGEST..]).find_map(|&s| Signal::of_status(s));
        signal.into_iter().for_each(|signal| interrupt.received_elsewhere(signal));
        Ok(fitted)
    }

    /// Tells the others that the command has ended. Returns `false` if they may be waiting for
    /// something else, and must be ended.
    pub(crate) fn dismiss(&self) -> bool {
        self.alone() || !self.lost() && self.team().share(0, &mut Vec::new()).is_ok()
    }
}

/// The number of bytes of a checksum in a message.
const DIGEST: usize = 64;

/// What a process says when it has trained: the checksum of its weights, and the status of the
/// signal that it got, if it got one.
pub(super) fn trained_here(model: &AutoEncoder, signal: Option<Signal>) -> Vec<u8> {
    let mut weights = Archive::new();
    put_weights(&mut weights, model.params());
    let mut message = sha256(&weights.to_bytes()).into_bytes();
    message.extend(signal.map(Signal::status));
    message
}

/// Returns whether the other processes do not have the same error.
pub(super) fn is_of_one_process(error: &FitError) -> bool {
    matches!(error, FitError::Data(_) | FitError::Team(_))
}

/// Checks that all processes run the same `program`: others could compute other bits. Every process
/// of the team calls this first. The leader gets the error, and the others only learn that there is
/// one: `false`.
pub(crate) fn meet(team: &dyn Team, program: &str) -> Result<bool> {
    let programs = team.gather(program.as_bytes())?;
    let other = programs.iter().position(|program| *program != programs[0]);
    let mut same = vec![u8::from(other.is_none())];
    team.share(0, &mut same)?;
    let Some(rank) = other else { return Ok(same == [1]) };
    let [expected, found] = [0, rank].map(|rank| String::from_utf8_lossy(&programs[rank]));
    Err(usage(format!(
        "process {rank}: expected the program of process 0, {expected}, found {found}; install the same file on all \
         machines"
    ))
    .into())
}

/// Returns the version and the checksum of this program, which is the process of this rank.
pub(crate) fn this_program(rank: usize) -> String {
    let version = env!("CARGO_PKG_VERSION");
    match std::env::current_exe().and_then(std::fs::read) {
        Ok(bytes) => format!("version {version} with SHA-256 {}", sha256(&bytes)),
        // With the rank: what two processes cannot read is not known to be the same.
        Err(error) => {
            format!("version {version} in a file that process {rank} cannot read ({error})")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_train::InThreads;

    #[test]
    fn another_program_is_refused_by_the_leader_alone() {
        let results = InThreads::run(3, |team| {
            let program = if team.rank() == 2 { "version 2" } else { "version 1" };
            meet(team, program).map_err(|error| error.to_string())
        });
        let [leader, others @ ..] = &results[..] else { panic!("three results") };
        assert_eq!(others, [Ok(false), Ok(false)]);
        assert_eq!(
            leader.as_ref().unwrap_err(),
            "process 2: expected the program of process 0, version 1, found version 2; install the same file on all \
             machines"
        );
        let same = InThreads::run(2, |team| meet(team, "version 1").unwrap());
        assert_eq!(same, [true, true]);
    }

    #[test]
    fn nobody_trains_if_one_process_is_not_ready() {
        let mut members = InThreads::members(3).into_iter();
        let leader = Processes::led(Arc::new(members.next().unwrap()));
        let others: Vec<_> = members
            .map(|member| {
                std::thread::spawn(move || {
                    let team: &dyn Team = &member;
                    let (mut order, mut ready) = (Vec::new(), Vec::new());
                    team.share(0, &mut order).unwrap();
                    let answer = if team.rank() == 2 { &b"\x03no such data"[..] } else { &[] };
                    team.gather(answer).unwrap();
                    team.share(0, &mut ready).unwrap();
                    let order_is_whole = order == b"train";
                    // The end.
                    team.share(0, &mut order).unwrap();
                    (order_is_whole, ready, order.is_empty())
                })
            })
            .collect();
        let error = leader.order(|| b"train".to_vec()).unwrap_err();
        assert_eq!(error.to_string(), "process 2: no such data");
        assert_eq!(crate::exit::status(&error), 3);
        assert!(leader.dismiss());
        for other in others {
            assert_eq!(other.join().unwrap(), (true, vec![0], true));
        }
    }

    #[test]
    fn after_a_fault_of_this_process_alone_the_others_are_lost() {
        let lost = |error: FitError| {
            let leader = InThreads::members(2).remove(0);
            let leader = Processes::led(Arc::new(leader));
            let interrupt = Interrupt::installed().unwrap();
            let expected = error.to_string();
            let model = AutoEncoder::parse("input 2; dense 1 relu | dense 2 sigmoid", 1).unwrap();
            let error = leader.trained(Err(error), &model, &interrupt).unwrap_err();
            assert_eq!(error.to_string(), expected);
            leader.lost()
        };
        assert!(lost(FitError::Data("damaged".into())));
        // The others have the same error, and wait for an order.
        assert!(!lost(FitError::Batch { batch: 2, samples: 1 }));
    }

    #[test]
    fn after_an_error_of_one_process_the_others_must_be_ended() {
        let mut members = InThreads::members(2);
        drop(members.pop());
        let leader = Processes::led(Arc::new(members.remove(0)));
        let error = leader.order(|| b"train".to_vec()).unwrap_err();
        assert_eq!(error.to_string(), "process 1 has ended");
        assert!(!leader.dismiss());
        let again = leader.order(|| b"train".to_vec()).unwrap_err().to_string();
        assert!(again.contains("do not wait for an order"), "{again}");
    }
}
