//! The order of a sum.

use crate::NameError;
use std::fmt;
use std::str::FromStr;

/// The order in which the gradients of the shards of a batch are added.
///
/// Both give the same bits for any number of processes and threads. They differ from each other by
/// the rounding of the additions.
///
/// ```
/// use ae_train::Summation;
/// assert_eq!("pairwise".parse(), Ok(Summation::Pairwise));
/// assert_eq!(Summation::InOrder.to_string(), "in-order");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Summation {
    /// One shard after the other: `((g1 + g2) + g3) + g4`. In a team this is a chain. Process 0
    /// adds its shards and sends the sum to process 1, which adds its own, and so on; the last
    /// process gives the result to all. To let several processes of the chain work at once, the sum
    /// is sent in segments. The time grows with the number of processes.
    #[default]
    InOrder,
    /// Pairs of shards, then pairs of these sums: `(g1 + g2) + (g3 + g4)` (N. J. Higham, "The
    /// Accuracy of Floating Point Summation", 1993, section 3). In a team the sums of different
    /// pairs are computed at the same time, and the time grows with the logarithm of the number of
    /// processes.
    Pairwise,
}

impl fmt::Display for Summation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InOrder => "in-order",
            Self::Pairwise => "pairwise",
        })
    }
}

impl FromStr for Summation {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "in-order" => Ok(Self::InOrder),
            "pairwise" => Ok(Self::Pairwise),
            _ => Err(NameError { expected: "in-order or pairwise", found: text.into() }),
        }
    }
}
