//! Which runs of a sweep have the same data.

use super::SweepPlan;

/// The options that choose the images, or rows, of a run, and with them the checksums in its
/// record.
const OF_DATA: [&str; 16] = [
    "channels",
    "class-names",
    "classes",
    "dataset",
    "digit",
    "label-column",
    "limit",
    "masks",
    "quick",
    "resize",
    "scale",
    "size",
    "skip-share",
    "test-share",
    "transpose",
    "vectors",
];

/// Returns whether this option, by its long name, chooses the data of a run.
#[must_use]
pub fn chooses_data(option: &str) -> bool {
    OF_DATA.contains(&option)
}

impl SweepPlan {
    /// Returns those values of a point that choose its data: runs whose points have the same ones
    /// have the same data.
    #[must_use]
    pub fn data_of<'a>(&self, point: &'a [String]) -> Vec<&'a str> {
        let of = self.grid_options().zip(point).filter(|(option, _)| chooses_data(option));
        of.map(|(_, value)| value.as_str()).collect()
    }
}
