//! Prints each kernel's speed beside the machine's limit that binds it, all measured in this run.
//!
//! ```text
//! MATMUL_NUM_THREADS=2 cargo run --release -p ae-bench --bin roofline -- [--tsv] [THREADS] [PART]
//! ```
//!
//! `THREADS` is 1 by default; the variable sets the peer's. `PART` is one of `products`,
//! `convolutions`, `pooling`, `elementwise`, `ranges`, `pca`, `loading` and `steps`; all parts
//! together take a minute or two. `--tsv` prints tab-separated values for scripts: `name`, `unit`,
//! `value` (more is faster), `share` of the limit.

use ae_bench::PARTS;
use ae_bench::limits::Limits;
use ae_bench::report::{Form, Report};
use std::process::ExitCode;

fn main() -> ExitCode {
    match arguments(std::env::args().skip(1)) {
        Ok(Arguments { form, threads, part }) => {
            ae_tensor::with_threads(threads, || run(form, threads, part.as_deref()))
                .expect("threads start");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}\nusage: roofline [--tsv] [THREADS] [PART]");
            ExitCode::from(2)
        }
    }
}

struct Arguments {
    form: Form,
    threads: usize,
    part: Option<String>,
}

fn arguments(given: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut result = Arguments { form: Form::Table, threads: 1, part: None };
    for argument in given {
        if argument == "--tsv" {
            result.form = Form::Tsv;
        } else if let Ok(threads @ 1..) = argument.parse() {
            result.threads = threads;
        } else if PARTS.iter().any(|&(name, _)| name == argument) {
            result.part = Some(argument);
        } else {
            let names: Vec<_> = PARTS.iter().map(|&(name, _)| name).collect();
            return Err(format!("unknown part `{argument}`; the parts are {}", names.join(", ")));
        }
    }
    Ok(result)
}

fn run(form: Form, threads: usize, part: Option<&str>) {
    let mut report = Report::new(form, Limits::measure(threads));
    for (name, measure) in PARTS {
        if part.is_none_or(|part| part == name) {
            measure(&mut report);
        }
    }
}
