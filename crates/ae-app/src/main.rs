//! The program: see the library of the same name.

use std::process::ExitCode;

fn main() -> ExitCode {
    ae_app::check_cpu().unwrap_or_else(run)
}

// A separate function, because `main` itself must run on any CPU.
#[inline(never)]
fn run() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    ae_app::run(&words)
}
