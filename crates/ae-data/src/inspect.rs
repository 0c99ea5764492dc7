//! What a data set looks like: counts, ranges, duplicates, and a few images in small.

use crate::hash::{Sum, sum};
use crate::picture::Picture;
use crate::{Dataset, Extents, ImageSet, Label, Resize};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A description of a data set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The size of every image.
    pub image: Extents,
    /// Whether the images have labels.
    pub labelled: bool,
    /// The classes with their numbers of images.
    pub classes: Vec<ClassSummary>,
    /// The training images.
    pub train: PartSummary,
    /// The test images.
    pub test: PartSummary,
    /// Images that occur in both parts.
    pub in_both_parts: usize,
    /// Images that occur with different labels.
    pub with_two_labels: usize,
}

/// A class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClassSummary {
    /// Its name.
    pub name: String,
    /// The number of training images.
    pub train: usize,
    /// The number of test images.
    pub test: usize,
}

/// A part of a data set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartSummary {
    /// The number of images.
    pub images: usize,
    /// The number of images that are equal to an earlier one of this part.
    pub repeated: usize,
    /// The values of each channel; none for vectors.
    pub values: Vec<Values>,
    /// The numbers of each column of vectors; none for images.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnSummary>,
}

impl PartSummary {
    /// The smallest and the largest number of vectors; zeros for images.
    #[must_use]
    pub fn range(&self) -> (f32, f32) {
        let ends = |column: &ColumnSummary| (column.min, column.max);
        let wider = |a: (f32, f32), b: (f32, f32)| (a.0.min(b.0), a.1.max(b.1));
        self.columns.iter().map(ends).reduce(wider).unwrap_or_default()
    }

    /// The number of columns of vectors that have one value in all rows.
    #[must_use]
    pub fn constant_columns(&self) -> usize {
        self.columns.iter().filter(|column| column.min == column.max).count()
    }
}

/// The numbers in a column of vectors.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ColumnSummary {
    /// The smallest.
    pub min: f32,
    /// The largest.
    pub max: f32,
    /// The mean.
    pub mean: f64,
    /// The standard deviation, by the number of rows.
    pub deviation: f64,
}

/// The values of a channel, from 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Values {
    /// The smallest.
    pub min: u8,
    /// The largest.
    pub max: u8,
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub deviation: f64,
}

impl Summary {
    /// Describes a data set. Every image is read, and compared with all others by its checksum.
    #[must_use]
    pub fn of(dataset: &Dataset) -> Self {
        let (train, test) = (&dataset.train, &dataset.test);
        let sums = [sums(train), sums(test)];
        let mut labels: HashMap<Sum, Label> = HashMap::new();
        let (mut seen, mut two) = ([HashMap::new(), HashMap::new()], HashSet::new());
        for (part, images) in [train, test].into_iter().enumerate() {
            for (&sum, class) in sums[part].iter().zip(images.class_of_each()) {
                *seen[part].entry(sum).or_insert(0usize) += 1;
                if *labels.entry(sum).or_insert(class) != class {
                    two.insert(sum);
                }
            }
        }
        let both = seen[1].keys().filter(|sum| seen[0].contains_key(*sum)).count();
        let counts = [train.class_counts(), test.class_counts()];
        let count = |part: usize, class: usize| counts[part].get(class).copied().unwrap_or(0);
        let class = |(i, name): (usize, &ae_idx::ClassName)| ClassSummary {
            name: name.english.to_string(),
            train: count(0, i),
            test: count(1, i),
        };
        Self {
            image: dataset.extents(),
            labelled: dataset.labelled(),
            classes: dataset.class_names.iter().enumerate().map(class).collect(),
            train: part(train, seen[0].len()),
            test: part(test, seen[1].len()),
            in_both_parts: both,
            with_two_labels: two.len(),
        }
    }
}

fn sums(images: &ImageSet) -> Vec<Sum> {
    (0..images.count()).into_par_iter().map(|i| sum(&images.content(i))).collect()
}

fn part(images: &ImageSet, different: usize) -> PartSummary {
    let channels = images.extents().channels;
    let (values, columns) = match images.numbers() {
        Some(numbers) => (Vec::new(), columns(numbers, images.extents().len())),
        None => ((0..channels).map(|channel| values(images, channel)).collect(), Vec::new()),
    };
    PartSummary { images: images.count(), repeated: images.count() - different, values, columns }
}

fn columns(numbers: &[f32], columns: usize) -> Vec<ColumnSummary> {
    let rows = (numbers.len() / columns).max(1) as f64;
    let summary = |column: usize| {
        let values = || numbers.iter().skip(column).step_by(columns).copied();
        let mean = values().map(f64::from).sum::<f64>() / rows;
        let squares = values().map(|value| (f64::from(value) - mean).powi(2));
        let deviation = (squares.sum::<f64>() / rows).sqrt();
        let (min, max) = values().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        // Without rows there is nothing to print.
        let (min, max) = if min > max { (0.0, 0.0) } else { (min, max) };
        ColumnSummary { min, max, mean, deviation }
    };
    (0..columns).map(summary).collect()
}

/// Counts how often each value occurs, from which everything follows exactly.
fn values(images: &ImageSet, channel: usize) -> Values {
    let channels = images.extents().channels;
    let mut counts = [0u64; 256];
    for i in 0..images.count() {
        for &value in images.image(i).iter().skip(channel).step_by(channels) {
            counts[usize::from(value)] += 1;
        }
    }
    let present = || (0..=255u8).filter(|&v| counts[usize::from(v)] > 0);
    let weighted = |f: &dyn Fn(f64) -> f64| -> f64 {
        (0..=255u8).map(|v| f(f64::from(v)) * counts[usize::from(v)] as f64).sum()
    };
    let all = counts.iter().sum::<u64>().max(1) as f64;
    let mean = weighted(&|v| v) / all;
    let deviation = (weighted(&|v| (v - mean).powi(2)) / all).sqrt();
    Values {
        min: present().next().unwrap_or(0),
        max: present().next_back().unwrap_or(0),
        mean,
        deviation,
    }
}

/// A few images of each class, none larger than `side`: the classes in their order, each with its
/// images one after another, evenly spaced among those of the class. Returns the size of all.
///
/// # Panics
/// If these are vectors, not images.
#[must_use]
pub fn thumbnails(
    images: &ImageSet,
    count: usize,
    side: usize,
) -> (Extents, BTreeMap<Label, Vec<u8>>) {
    let from = images.extents();
    let scale = |n: usize, longest: usize| (n * side).div_ceil(longest.max(1)).max(1);
    let longest = from.height.max(from.width);
    let size = match longest > side {
        true => [scale(from.height, longest), scale(from.width, longest)],
        false => from.size(),
    };
    let mut members: BTreeMap<Label, Vec<usize>> = BTreeMap::new();
    for (i, class) in images.class_of_each().enumerate() {
        members.entry(class).or_default().push(i);
    }
    let small = |i: usize| {
        let picture = Picture { extents: from, values: images.image(i).into_owned() };
        picture.resized(size, Resize::Stretch).values
    };
    let rows = members.into_iter().map(|(class, members)| {
        let taken = count.min(members.len());
        let chosen = (0..taken).map(|k| members[k * members.len() / taken]);
        (class, chosen.flat_map(small).collect())
    });
    let [height, width] = size;
    (Extents { height, width, channels: from.channels }, rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_idx::ClassName;

    fn dataset() -> Dataset {
        let set = |values: &[u8], labels: &[Label]| {
            ImageSet::new(Extents::gray(1, 2), values.to_vec(), Some(labels.to_vec())).unwrap()
        };
        Dataset {
            name: "d".into(),
            train: set(&[0, 1, 0, 1, 4, 5, 6, 7], &[0, 1, 1, 0]),
            test: set(&[4, 5, 8, 9], &[1, 0]),
            class_names: (0..2).map(ClassName::number).collect(),
            checksums: BTreeMap::new(),
            files: BTreeMap::new(),
            remarks: Vec::new(),
            skipped: Vec::new(),
        }
    }

    #[test]
    fn duplicates_are_counted_within_and_between_the_parts() {
        let summary = Summary::of(&dataset());
        assert_eq!((summary.train.images, summary.train.repeated), (4, 1));
        assert_eq!((summary.test.images, summary.test.repeated), (2, 0));
        assert_eq!((summary.in_both_parts, summary.with_two_labels), (1, 1));
        let counts: Vec<_> =
            summary.classes.iter().map(|class| (class.train, class.test)).collect();
        assert_eq!(counts, [(2, 1), (2, 1)]);
    }

    #[test]
    fn values_are_described_for_each_channel() {
        let values = Summary::of(&dataset()).test.values;
        let expected = Values { min: 4, max: 9, mean: 6.5, deviation: 4.25f64.sqrt() };
        assert_eq!(values, [expected]);
        let color = ImageSet::new(Extents::color(1, 1), vec![1, 2, 3, 3, 2, 1], None).unwrap();
        assert_eq!(
            [0, 1, 2].map(|c| values_of(&color, c)),
            [(1, 3, 2.0), (2, 2, 2.0), (1, 3, 2.0)]
        );
    }

    fn values_of(images: &ImageSet, channel: usize) -> (u8, u8, f64) {
        let Values { min, max, mean, .. } = values(images, channel);
        (min, max, mean)
    }

    #[test]
    fn thumbnails_are_small_and_spread_over_the_class() {
        let (extents, rows) = thumbnails(&dataset().train, 1, 8);
        assert_eq!(extents, Extents::gray(1, 2));
        assert_eq!(rows, BTreeMap::from([(0, vec![0, 1]), (1, vec![0, 1])]));
        let (_, rows) = thumbnails(&dataset().train, 9, 8);
        assert_eq!(rows[&0], [0, 1, 6, 7]);
        let large = ImageSet::new(Extents::gray(100, 50), vec![7; 5000], None).unwrap();
        let (extents, rows) = thumbnails(&large, 3, 10);
        assert_eq!((extents, &rows[&0]), (Extents::gray(10, 5), &vec![7; 50]));
    }
}
