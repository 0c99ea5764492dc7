//! Training from a file that does not fit in memory: the peak memory of the process, and the
//! throughput compared with training from memory.
//!
//! ```text
//! cargo run --release -p ae-bench --bin large -- GIGABYTES [FOLDER]
//! ```
//!
//! The set is written to a file in the folder (the system's temporary one by default), which is
//! removed in the end.

use ae_autodiff::Params;
use ae_bench::images::{denoising_model, dense_model};
use ae_bench::stopwatch::median;
use ae_files::{RowFile, StoredRows};
use ae_layers::{Activation, Sequential, dense};
use ae_optim::Adam;
use ae_train::{
    BinaryCrossentropy, Event, Examples, FitOptions, GaussianNoise, Samples, Split, fit,
};
use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::ops::ControlFlow::{Break, Continue};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The values of a color image of 64x64 pixels.
const COLOR: usize = 64 * 64 * 3;
/// The values of a gray image of 28x28 pixels.
const GRAY: usize = 28 * 28;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let gigabytes: u64 = arguments.next().map_or(Ok(10), |text| text.parse())?;
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let path = folder.join(format!("ae-bench-large-{}", std::process::id()));
    let result = measure(&path, gigabytes * 1_000_000_000);
    fs::remove_file(&path)?;
    result
}

fn measure(path: &Path, bytes: u64) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    write(path, bytes)?;
    println!("{:.1} GB written in {:.1} s", bytes as f64 / 1e9, start.elapsed().as_secs_f64());

    let images = usize::try_from(bytes)? / COLOR;
    let file = RowFile::open(path, 0, COLOR, images)?;
    let samples = Samples::stored(&file, [COLOR]);
    let (seen, seconds) = train(color_model(), Examples::clean(samples), 128, 30.0);
    println!(
        "dense model of 64x64x3, {images} images in the file: {:.0} images/s, {:.0} MB/s, read at random",
        seen as f64 / seconds,
        (seen * COLOR) as f64 / seconds / 1e6
    );
    println!("peak memory of the process: {}", peak().unwrap_or_else(|| "unknown here".into()));
    if let Some(fault) = file.fault() {
        return Err(fault.into());
    }

    println!(
        "\nmodel                        from memory  from the file  images/s; median ratio of 9 pairs"
    );
    let noise = Some(GaussianNoise { factor: 0.5, seed: 1, fresh: false });
    let jobs = [
        Job {
            name: "dense, 28x28, batch 250",
            shape: &[GRAY],
            images: 50_000,
            batch: 250,
            noise: None,
            model: dense_model,
        },
        Job {
            name: "denoising, 28x28, batch 128",
            shape: &[28, 28, 1],
            images: 512,
            batch: 128,
            noise,
            model: denoising_model,
        },
        Job {
            name: "dense, 64x64x3, batch 128",
            shape: &[COLOR],
            images: 8192,
            batch: 128,
            noise: None,
            model: color_model,
        },
    ];
    jobs.iter().try_for_each(|job| job.compare(path))
}

/// A training on the first bytes of the file, taken as images of this shape.
struct Job {
    name: &'static str,
    shape: &'static [usize],
    images: usize,
    batch: usize,
    noise: Option<GaussianNoise>,
    model: fn() -> (Sequential, Params),
}

/// A model of two dense layers for color images.
fn color_model() -> (Sequential, Params) {
    let mut params = Params::new();
    let layers = [dense(32, Activation::Relu), dense(COLOR, Activation::Sigmoid)];
    let model = Sequential::build([COLOR], &layers, &mut params, 1).expect("the shapes fit");
    (model, params)
}

/// Writes bytes that look random.
fn write(path: &Path, bytes: u64) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    let (mut state, mut left) = (1u64, bytes);
    let mut block = vec![0; 1 << 20];
    while left > 0 {
        for word in block.chunks_exact_mut(8) {
            // Xorshift (Marsaglia 2003).
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            word.copy_from_slice(&state.to_le_bytes());
        }
        let now = block.len().min(usize::try_from(left).unwrap_or(block.len()));
        file.write_all(&block[..now])?;
        left -= now as u64;
    }
    file.sync_all()
}

/// Trains for an epoch, or until the time is over. Returns the number of images and the seconds.
fn train(
    (model, mut params): (Sequential, Params),
    examples: Examples<'_>,
    batch: usize,
    seconds: f64,
) -> (usize, f64) {
    let (start, most) = (Instant::now(), Duration::from_secs_f64(seconds));
    let options = FitOptions::new(1, batch, 1).with_loss(&BinaryCrossentropy);
    let one = vec![0; examples.samples().shape().len()];
    let validation = Examples::clean(Samples::new(&one, examples.samples().shape()));
    let optimizer = &mut Adam::new(1e-4);
    let on_event = |event: &Event<'_>| match event {
        Event::Batch(_) if start.elapsed() > most => Break(()),
        _ => Continue(()),
    };
    let fitted = fit(&model, &mut params, optimizer, examples, validation, options, on_event);
    let fitted = fitted.expect("noise can be learned from");
    (fitted.samples_seen, fitted.train_seconds)
}

impl Job {
    /// Trains from memory and from the file in turns, with the same images.
    fn compare(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        let len = self.shape.iter().product();
        let file = RowFile::open(path, 0, len, self.images)?;
        let mut bytes = vec![0; self.images * len];
        file.read(&(0..self.images).collect::<Vec<_>>(), &mut bytes);
        let memory = Samples::new(&bytes, self.shape);
        let stored = Samples::stored(&file, self.shape);
        let (mut from_memory, mut from_file, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..10 {
            // Which one is first changes.
            let (a, b) = if round % 2 == 0 {
                let a = self.speed(memory);
                (a, self.speed(stored))
            } else {
                let b = self.speed(stored);
                (self.speed(memory), b)
            };
            // The first round warms up.
            if round > 0 {
                from_memory.push(a);
                from_file.push(b);
                ratios.push(b / a);
            }
        }
        let [a, b, ratio] = [from_memory, from_file, ratios].map(median);
        println!("{:<28} {a:>11.0}  {b:>13.0}  {ratio:.3}", self.name);
        Ok(())
    }

    /// Images per second.
    fn speed(&self, samples: Samples<'_>) -> f64 {
        let examples = match self.noise {
            Some(noise) => Examples::noisy(samples, noise, Split::Train),
            None => Examples::clean(samples),
        };
        let (seen, seconds) = train((self.model)(), examples, self.batch, 1e6);
        seen as f64 / seconds
    }
}

/// The largest amount of memory that the process had so far, as Linux tells it.
fn peak() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(format!("{:.0} MB", kilobytes * 1024.0 / 1e6))
}
