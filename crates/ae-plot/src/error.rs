//! All errors of this crate in one enum.
//!
//! The reason given by the encoder or the operating system is part of the message and not returned
//! by `Error::source`: otherwise a program that prints the whole chain would print it twice.

use ae_files::WriteError;

/// Why a picture could not be drawn or written.
///
/// The last two variants are about the encoder and the file, the others about the numbers to be
/// drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// There is nothing to draw: no row, no series, no point, or a tile without pixels.
    #[error("nothing to draw: {what}")]
    Empty {
        /// A description of what is missing.
        what: String,
    },

    /// A value is NaN, infinite, or beyond an axis: 1e100 in size, or a rate not between 0 and 1.
    #[error("{what}: value {value} at index {index} cannot be drawn")]
    NotDrawable {
        /// The row, series or coordinate that holds the value.
        what: String,
        /// Index of the first such value.
        index: usize,
        /// The value.
        value: f64,
    },

    /// A gallery row does not hold a whole number of tiles.
    #[error("{what}: {found} values are not a whole number of tiles of {tile} values")]
    PartialTile {
        /// The row.
        what: String,
        /// Values in the row.
        found: usize,
        /// Values in one tile: height times width times channels.
        tile: usize,
    },

    /// The tiles of a gallery have neither 1 nor 3 channels.
    #[error("expected tiles of 1 channel (gray) or 3 (red, green, blue), found {found}")]
    Channels {
        /// The number of channels.
        found: usize,
    },

    /// Two slices that belong together differ in length.
    #[error("{what}: expected {expected} values, found {found}")]
    Length {
        /// The slice whose length is wrong.
        what: String,
        /// Length of the slice it is paired with.
        expected: usize,
        /// Its own length.
        found: usize,
    },

    /// A point has a class id without a name.
    #[error("point {index} has class {class}, but only {names} class names were given")]
    UnknownClass {
        /// Index of the first such point.
        index: usize,
        /// Its class id.
        class: usize,
        /// How many names were given.
        names: usize,
    },

    /// Explained-variance ratios must be 0 or more and add up to at most 1.
    #[error("explained variance: {reason} at component {component}")]
    Ratio {
        /// The rule that is violated.
        reason: &'static str,
        /// The component that violates it, counted from 1.
        component: usize,
    },

    /// More series or classes than colors and shapes can distinguish.
    #[error("{found} {what} are too many to tell apart; at most {limit} can be drawn")]
    TooMany {
        /// "series" or "classes".
        what: &'static str,
        /// The maximum that can be drawn.
        limit: usize,
        /// How many were given.
        found: usize,
    },

    /// The picture would exceed 16 384 pixels on a side or 2^25 pixels in all.
    ///
    /// The error is returned before anything is allocated. A size beyond `usize` is reported as
    /// `usize::MAX`.
    #[error("a picture of {width} x {height} pixels is too large")]
    TooLarge {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
    },

    /// The PNG encoder refused the picture.
    #[error("cannot encode the picture as PNG: {reason}")]
    Encode {
        /// The encoder's message.
        reason: png::EncodingError,
    },

    /// The file could not be written; an existing file is unchanged.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl From<png::EncodingError> for PlotError {
    fn from(reason: png::EncodingError) -> Self {
        Self::Encode { reason }
    }
}

/// Checks that every value is finite and small enough to be placed on an axis.
pub(crate) fn check_drawable(what: &str, values: &[f64]) -> Result<(), PlotError> {
    // 1e100 leaves room for differences and powers of ten without ever reaching infinity.
    match values.iter().position(|v| v.is_nan() || v.abs() > 1e100) {
        None => Ok(()),
        Some(index) => {
            let (what, value) = (what.to_owned(), values[index]);
            Err(PlotError::NotDrawable { what, index, value })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;
    use std::io;

    #[test]
    fn a_message_is_one_line_with_the_reason_once() {
        let reason = io::Error::other("disk on fire");
        let error = PlotError::from(WriteError { path: "a\nb.png".into(), reason });
        assert_eq!(error.to_string(), r"cannot write a\nb.png: disk on fire");
        assert!(error.source().is_none());
        let error = PlotError::from(png::EncodingError::LimitsExceeded);
        assert!(error.to_string().starts_with("cannot encode the picture as PNG: "), "{error}");
        assert!(error.source().is_none());
    }
}
