//! The machine's limits, a stopwatch, and every kernel measured against the limit that binds it.
//!
//! A time says little without the best possible time, so every speed is stated as a share of a
//! limit measured in the same run. The modules: [`stopwatch`] and [`limits`] measure, [`report`]
//! prints, each of the others is a part of the `roofline` table ([`PARTS`]); [`comparison`] reads
//! the output of `roofline --tsv`.

use report::Report;

pub mod cluster;
pub mod comparison;
pub mod convolutions;
pub mod elementwise;
pub mod images;
pub mod limits;
pub mod loading;
pub mod pca;
pub mod pooling;
pub mod products;
pub mod ranges;
pub mod report;
pub mod steps;
pub mod stopwatch;

/// A part of the table: its name for the command line, and the function that measures it.
pub type Part = (&'static str, fn(&mut Report));

/// All parts, in order.
pub const PARTS: [Part; 8] = [
    ("products", products::measure),
    ("convolutions", convolutions::measure),
    ("pooling", pooling::measure),
    ("elementwise", elementwise::measure),
    ("ranges", ranges::measure),
    ("pca", pca::measure),
    ("loading", loading::measure),
    ("steps", steps::measure),
];

/// `len` numbers in [-0.5, 0.5) that repeat after `period`.
fn numbers(len: usize, period: usize) -> Vec<f32> {
    (0..len).map(|i| (i % period) as f32 / period as f32 - 0.5).collect()
}
