//! Says what a folder or file of images holds: `cargo run -p ae-data --example look -- PATH`.

use ae_data::{DataError, Loading, Options, Summary, recognize};
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: look PATH");
        return ExitCode::FAILURE;
    };
    match look(path.as_ref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn look(path: &std::path::Path) -> Result<(), DataError> {
    let source = recognize(path)?;
    println!("{}", source.kind());
    let dataset = source.load(&Loading::new(&Options::default()))?;
    let summary = Summary::of(&dataset);
    println!("images of {}", summary.image);
    for class in &summary.classes {
        println!("{:<12} {} for training, {} for testing", class.name, class.train, class.test);
    }
    for (key, sum) in &dataset.checksums {
        println!("{sum}  {key}");
    }
    Ok(())
}
