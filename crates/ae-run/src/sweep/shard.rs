//! A part of a list of jobs, for one of several processes.

use std::fmt;
use std::str::FromStr;

/// Shard K of N: every N-th job, from the K-th on. Both are counted from 1, as `cargo nextest
/// --partition` counts them.
///
/// ```
/// let shard: ae_run::sweep::Shard = "2/3".parse()?;
/// assert_eq!(shard.of(&["a", "b", "c", "d", "e"]), ["b", "e"]);
/// # Ok::<(), ae_run::sweep::BadShard>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: usize,
    shards: usize,
}

/// The text does not name a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadShard;

impl fmt::Display for BadShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it must be K/N, with K from 1 to N")
    }
}

impl std::error::Error for BadShard {}

impl Shard {
    /// All jobs.
    pub const ALL: Self = Self { number: 1, shards: 1 };

    /// Returns the jobs of this shard.
    #[must_use]
    pub fn of<T: Clone>(self, jobs: &[T]) -> Vec<T> {
        jobs.iter().skip(self.number - 1).step_by(self.shards).cloned().collect()
    }
}

impl FromStr for Shard {
    type Err = BadShard;

    fn from_str(text: &str) -> Result<Self, BadShard> {
        let (number, shards) = text.split_once('/').ok_or(BadShard)?;
        let parsed = |text: &str| text.parse::<usize>().map_err(|_| BadShard);
        let (number, shards) = (parsed(number)?, parsed(shards)?);
        if !(1..=shards).contains(&number) {
            return Err(BadShard);
        }
        Ok(Self { number, shards })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.shards)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_in_one_shard() {
        let jobs: Vec<usize> = (0..17).collect();
        for shards in 1..20 {
            let mut all: Vec<usize> =
                (1..=shards).flat_map(|number| Shard { number, shards }.of(&jobs)).collect();
            all.sort_unstable();
            assert_eq!(all, jobs, "{shards}");
        }
        assert_eq!(Shard::ALL.of(&jobs), jobs);
    }

    #[test]
    fn both_numbers_count_from_1() {
        assert_eq!("1/2".parse(), Ok(Shard { number: 1, shards: 2 }));
        for text in ["0/2", "3/2", "1", "1/0", "a/b", "-1/2", "1/2/3", ""] {
            assert_eq!(text.parse::<Shard>(), Err(BadShard), "{text}");
        }
    }
}
