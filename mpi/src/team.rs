//! The processes of MPI as a [`Team`].
//!
//! MPI may be called by one thread after another, so each call holds a lock. No call waits: a
//! message is begun, and then asked again and again whether it has ended. So the lock is free
//! between two questions, for a thread that must end all processes, and a process that waits long,
//! for an order, sleeps between them instead of using a core.

use ae_train::{Team, TeamError};
use mpi::Threading;
use mpi::environment::Universe;
use mpi::request::{Request, scope};
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, Destination, Source};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// This process of MPI's world.
#[derive(Debug)]
pub(crate) struct Mpi {
    rank: usize,
    size: usize,
}

/// Who may call MPI.
static TURN: Mutex<()> = Mutex::new(());

/// How long a process asks without a pause. Afterwards it pauses for a twentieth of the time that it
/// has waited.
const PATIENCE: Duration = Duration::from_millis(1);

/// The longest pause between two questions.
const LONGEST_PAUSE: Duration = Duration::from_millis(1);

/// The largest part of a message. MPI counts in an `i32`.
const PART: usize = 1 << 30;

impl Mpi {
    /// Begins MPI. It ends when the universe is dropped, after all processes have done so. Returns
    /// `None` if it cannot begin, or cannot be called by one thread after another.
    pub(crate) fn begin() -> Option<(Universe, Self)> {
        let (universe, threading) = mpi::initialize_with_threading(Threading::Serialized)?;
        let world = universe.world();
        let [rank, size] = [world.rank(), world.size()].map(|n| n.unsigned_abs() as usize);
        (threading >= Threading::Serialized).then_some((universe, Self { rank, size }))
    }
}

/// Ends all processes.
pub(crate) fn leave(status: u8) -> ! {
    // Not for ever: this very thread may have the turn.
    let turn = (0..100).find_map(|_| {
        let turn = TURN.try_lock().ok();
        if turn.is_none() {
            std::thread::sleep(LONGEST_PAUSE);
        }
        turn
    });
    let _turn = turn;
    SimpleCommunicator::world().abort(status.into())
}

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until the message has been sent or received.
fn complete<'a, S: mpi::request::Scope<'a>>(mut request: Request<'a, [u8], S>) {
    let begun = Instant::now();
    loop {
        let asked = {
            let _turn = turn();
            request.test()
        };
        let Err(unfinished) = asked else { return };
        request = unfinished;
        let waited = begun.elapsed();
        match waited < PATIENCE {
            // Another process may need this core in order to answer.
            true => std::thread::yield_now(),
            false => std::thread::sleep((waited / 20).min(LONGEST_PAUSE)),
        }
    }
}

fn rank_of(process: usize) -> i32 {
    i32::try_from(process).expect("MPI has given this number as an i32")
}

impl Team for Mpi {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    // If another process ends, MPI ends this one: no call here returns an error.

    fn send(&self, to: usize, message: &[u8]) -> Result<(), TeamError> {
        for part in message.chunks(PART) {
            scope(|scope| {
                let request = {
                    let _turn = turn();
                    SimpleCommunicator::world()
                        .process_at_rank(rank_of(to))
                        .immediate_send(scope, part)
                };
                complete(request);
            });
        }
        Ok(())
    }

    fn receive(&self, from: usize, message: &mut [u8]) -> Result<(), TeamError> {
        for part in message.chunks_mut(PART) {
            scope(|scope| {
                let request = {
                    let _turn = turn();
                    SimpleCommunicator::world()
                        .process_at_rank(rank_of(from))
                        .immediate_receive_into(scope, part)
                };
                complete(request);
            });
        }
        Ok(())
    }

    /// By way of a tree: the first process sends to the one half as far as there are processes,
    /// then both do so in their half.
    fn broadcast(&self, from: usize, message: &mut [u8]) -> Result<(), TeamError> {
        let process = |place: usize| (place + from) % self.size;
        let place = (self.rank + self.size - from) % self.size;
        let mut distance = self.size.next_power_of_two() / 2;
        let mut has = place == 0;
        while distance > 0 {
            if has && place + distance < self.size && place.is_multiple_of(2 * distance) {
                self.send(process(place + distance), message)?;
            } else if !has && place % (2 * distance) == distance {
                self.receive(process(place - distance), message)?;
                has = true;
            }
            distance /= 2;
        }
        Ok(())
    }
}
