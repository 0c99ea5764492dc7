//! Writes drawn pictures of woven cloth with scratches, stains and missing threads, and the masks
//! of these defects, into a new folder:
//!
//! ```text
//! cargo run -p ae-tests --example cloth -- cloth
//! cargo run -p ae-app -- anomaly --dataset cloth
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("expected the folder to write, found nothing");
        return ExitCode::from(2);
    };
    match ae_tests::surfaces::write_set(&folder, 1000, 60) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}
