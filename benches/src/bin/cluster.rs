//! How large must a batch be, so that the messages between machines take less than a tenth of the
//! time? `cargo run -p ae-bench --bin cluster [PICTURE.png]` prints the tables of `docs/cluster`
//! and draws its picture, from `benches/cluster.toml`.

use ae_bench::cluster::{Inputs, Job, Way};
use ae_plot::{Chart, LineChart};
use std::error::Error;

/// The share of a step that messages may take.
const SHARE: f64 = 0.1;

/// What is in the tables.
const NODES: [usize; 5] = [2, 4, 16, 64, 256];

/// Of the model in the picture.
const DRAWN: &str = "denoise";

const WAYS: [(&str, Way); 2] = [("in-order", Way::Chain), ("pairwise", Way::Tree)];

fn main() -> Result<(), Box<dyn Error>> {
    let text = include_str!("../../cluster.toml");
    let inputs = Inputs::parse(text)?;
    for job in &inputs.jobs {
        table(&inputs, job);
    }
    if let Some(path) = std::env::args_os().nth(1) {
        let job = inputs.jobs.iter().find(|job| job.name == DRAWN);
        draw(&inputs, job.ok_or("no model to draw")?, path.as_ref())?;
    }
    Ok(())
}

fn table(inputs: &Inputs, job: &Job) {
    let columns = NODES.map(|nodes| format!(" {nodes} nodes |")).concat();
    println!("{}, {:.2} MB\n\n| network | sum |{columns}", job.name, 1e-6 * job.bytes);
    println!("| --- | --- |{}", " ---: |".repeat(NODES.len()));
    for network in &inputs.networks {
        for (name, way) in WAYS {
            let cells = NODES.map(|nodes| {
                let batch = inputs.cluster(nodes, network).smallest_batch(job, SHARE, way);
                batch.map_or(" none |".to_owned(), |batch| format!(" {} |", images(batch)))
            });
            println!("| {} | {name} |{}", network.name, cells.concat());
        }
    }
    println!();
}

/// A number of images with commas.
fn images(count: f64) -> String {
    let mut digits = format!("{count:.0}");
    for at in (1..digits.len())
        .rev()
        .filter(|at| (digits.len() - at).is_multiple_of(3))
        .collect::<Vec<_>>()
    {
        digits.insert(at, ',');
    }
    digits
}

fn draw(inputs: &Inputs, job: &Job, path: &std::path::Path) -> Result<(), Box<dyn Error>> {
    let nodes: Vec<String> = (1..=8).map(|power| (1 << power).to_string()).collect();
    let mut chart = LineChart::new().names(&nodes);
    for network in &inputs.networks {
        for (name, way) in WAYS {
            let share = |power: u32| {
                100.0 * inputs.cluster(1 << power, network).share(job, inputs.cores, way)
            };
            let percent: Vec<f64> = (1..=8).map(share).collect();
            chart = chart.series(format!("{}, {name}", network.name), &percent);
        }
    }
    chart
        .title(format!("{DRAWN}: time in messages, if each core has a shard"))
        .x_label("nodes")
        .y_label("percent of a step")
        .write_png(path)?;
    Ok(())
}
