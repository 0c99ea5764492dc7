//! The program on many processes: `mpirun -n 4 ae-app-mpi denoise` trains with four. See README.md.

#![forbid(unsafe_code)]

mod team;

use std::process::ExitCode;
use std::sync::Arc;
use team::{Mpi, leave};

fn main() -> ExitCode {
    ae_app::check_cpu().unwrap_or_else(run)
}

// A separate function, because `main` itself must run on any CPU.
#[inline(never)]
fn run() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    let Some((universe, team)) = Mpi::begin() else {
        eprintln!(
            "error: MPI was started a second time, or cannot be used by one thread after another: \
             expected MPI_THREAD_SERIALIZED"
        );
        return ExitCode::FAILURE;
    };
    // Unwinding would end MPI, which waits for the other processes: they wait for this one.
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        leave(101);
    }));
    let status = ae_app::run_in_team(&words, Arc::new(team), leave);
    drop(universe);
    status
}
