//! Writes drawn pictures of woven cloth with scratches, stains and missing threads, and the masks
//! of these defects, into a new folder:
//!
//! ```text
//! cargo run -p ae-tests --example cloth -- cloth
//! cargo run -p ae-app -- anomaly --dataset cloth --epochs 100 --batch 20
//! ```
//!
//! There are 1000 sound images to train on, 60 sound ones to test with, and 30 with each defect. A
//! number after the folder says how many sound ones there are to test with, and half of it is the
//! number of images with each defect.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("expected the folder to write, found nothing");
        return ExitCode::from(2);
    };
    let tested = std::env::args().nth(2).map_or(Ok(60), |number| number.parse());
    let Ok(tested) = tested else {
        eprintln!("expected a number of images after the folder");
        return ExitCode::from(2);
    };
    match ae_tests::surfaces::write_set(&folder, 1000, tested) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}
