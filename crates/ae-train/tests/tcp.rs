//! A team over TCP, written outside of this crate, with its public interface alone.

use ae_optim::RmsProp;
use ae_train::{Alone, AutoEncoder, Fit, FitError, Samples, Summation, Team, TeamError};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// A process with a connection to each of the others. TCP keeps the order of the bytes, so the
/// messages need nothing around them.
#[derive(Debug)]
struct Tcp {
    rank: usize,
    /// By rank; none to itself.
    others: Vec<Option<TcpStream>>,
}

impl Tcp {
    /// Connects the process of this rank with the others, which listen at these addresses: it calls
    /// those of a lower rank, and is called by those of a higher one, which say who they are.
    fn meet(rank: usize, listener: &TcpListener, addresses: &[SocketAddr]) -> io::Result<Self> {
        let mut others: Vec<_> = addresses.iter().map(|_| None).collect();
        for (lower, address) in addresses[..rank].iter().enumerate() {
            let mut stream = TcpStream::connect(address)?;
            stream.write_all(&(rank as u64).to_le_bytes())?;
            others[lower] = Some(stream);
        }
        for _ in rank + 1..addresses.len() {
            let (mut stream, mut who) = (listener.accept()?.0, [0; 8]);
            stream.read_exact(&mut who)?;
            others[u64::from_le_bytes(who) as usize] = Some(stream);
        }
        // A short message is sent at once.
        others.iter().flatten().try_for_each(|stream| stream.set_nodelay(true))?;
        Ok(Self { rank, others })
    }

    fn to(&self, rank: usize) -> &TcpStream {
        self.others[rank].as_ref().expect("a process does not talk to itself")
    }
}

fn ended(rank: usize) -> impl Fn(io::Error) -> TeamError {
    move |error| TeamError { rank, what: format!("has ended ({error})") }
}

impl Team for Tcp {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.others.len()
    }

    fn send(&self, to: usize, message: &[u8]) -> Result<(), TeamError> {
        self.to(to).write_all(message).map_err(ended(to))
    }

    fn receive(&self, from: usize, message: &mut [u8]) -> Result<(), TeamError> {
        self.to(from).read_exact(message).map_err(ended(from))
    }

    fn broadcast(&self, from: usize, message: &mut [u8]) -> Result<(), TeamError> {
        if self.rank != from {
            return self.receive(from, message);
        }
        (0..self.size()).filter(|&to| to != from).try_for_each(|to| self.send(to, message))
    }
}

/// The results of `work` in each process of a team of this size, in the order of the ranks.
fn over_tcp<R: Send>(size: usize, work: impl Fn(&Tcp) -> R + Sync) -> Vec<R> {
    let here = |_| TcpListener::bind("127.0.0.1:0").expect("this machine has free ports");
    let listeners: Vec<_> = (0..size).map(here).collect();
    let address = |listener: &TcpListener| listener.local_addr().expect("it is bound");
    let addresses: Vec<_> = listeners.iter().map(address).collect();
    thread::scope(|scope| {
        let (work, addresses) = (&work, &addresses);
        let start = |(rank, listener): (usize, TcpListener)| {
            scope.spawn(move || work(&Tcp::meet(rank, &listener, addresses).expect("all meet")))
        };
        let threads: Vec<_> = listeners.into_iter().enumerate().map(start).collect();
        threads.into_iter().map(|thread| thread.join().expect("no process panics")).collect()
    })
}

/// Trains for two epochs of two batches, each of eight shards.
fn trained(team: &dyn Team, summation: Summation) -> Result<AutoEncoder, FitError> {
    let bytes: Vec<u8> = (0..96 * 784).map(|i| (i * 7 % 251) as u8).collect();
    let images = Samples::new(&bytes, [784]);
    let model = AutoEncoder::parse("input 784; dense 10 relu | dense 784 sigmoid", 1);
    let mut model = model.expect("the shapes fit");
    let fit = Fit::new(&images).validate(&images).epochs(2).batch(48).seed(1);
    fit.summation(summation).team(team).run(&mut model, &mut RmsProp::default())?;
    Ok(model)
}

#[test]
fn processes_that_talk_over_tcp_have_the_bits_of_one() {
    for summation in [Summation::InOrder, Summation::Pairwise] {
        let alone = trained(&Alone, summation).unwrap();
        for size in [2, 3] {
            for model in over_tcp(size, |team| trained(team, summation)) {
                assert_eq!(model.unwrap().params(), alone.params(), "{summation}, {size}");
            }
        }
    }
}

#[test]
fn a_process_that_ends_is_an_error_of_the_others() {
    let errors = over_tcp(3, |team| match team.rank() {
        1 => None,
        _ => Some(trained(team, Summation::InOrder).unwrap_err()),
    });
    for error in errors.into_iter().flatten() {
        assert!(matches!(error, FitError::Team(_)), "{error}");
    }
}
