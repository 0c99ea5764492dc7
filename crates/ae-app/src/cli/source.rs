//! How images are taken from a folder or a file.

use ae_data::{Channels, InMemory, Options, Resize, ScaleKind, Share};
use clap::{ArgAction, Args};

/// What is asked of a source beside its place.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct SourceArgs {
    /// Resize images to this width and height: 32x32
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    pub(crate) size: Option<Size>,

    /// With --size: the whole image on black (fit), its middle (fill), or out of shape (stretch)
    /// [default: fit]
    #[arg(long, value_name = "HOW", value_parser = str::parse::<Resize>)]
    pub(crate) resize: Option<Resize>,

    /// Make all images gray or color [default: color if one of them is]
    #[arg(long, value_name = "gray|rgb", value_parser = str::parse::<Channels>)]
    pub(crate) channels: Option<Channels>,

    /// Exchange rows and columns, as the files of EMNIST need
    #[arg(long, action = ArgAction::SetTrue)]
    pub(crate) transpose: Option<bool>,

    /// Share of images for testing, chosen by their content, where the data have no test part
    /// [default: 0.1]
    #[arg(long, value_name = "SHARE", value_parser = test_share)]
    pub(crate) test_share: Option<Share>,

    /// Share of image files that may be unreadable [default: 0.05]
    #[arg(long, value_name = "SHARE", value_parser = str::parse::<Share>)]
    pub(crate) skip_share: Option<Share>,

    /// The rows of a table (.csv, .tsv) or of an array (.npy, .npz) are vectors of measurements,
    /// not images
    #[arg(long, action = ArgAction::SetTrue)]
    pub(crate) vectors: Option<bool>,

    /// With --vectors: the column of a table that holds the labels, by its name or its number from
    /// 1 [default: label, class, target or y, if there is one]
    #[arg(long, value_name = "NAME|N")]
    pub(crate) label_column: Option<String>,

    /// With --vectors: the columns have mean 0 and deviation 1 in the rows that are trained on
    /// (standard), are from 0 to 1 there (minmax), or stay as they are (none) [default: standard]
    #[arg(long, value_name = "HOW", value_parser = str::parse::<ScaleKind>)]
    pub(crate) scale: Option<ScaleKind>,

    /// Names of the classes, in the order of their numbers, separated by commas
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    pub(crate) class_names: Option<Vec<String>>,

    /// Keep all images of a folder in memory, or read them from the cache when they are needed:
    /// auto (in memory up to 256 MiB), always or never [default: auto]
    #[arg(long, value_name = "WHEN", value_parser = str::parse::<InMemory>)]
    pub(crate) in_memory: Option<InMemory>,
}

/// A height and a width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    height: usize,
    width: usize,
}

/// The largest side.
const MOST: usize = 16_384;

fn size(text: &str) -> Result<Size, String> {
    let sides = text.split_once(['x', 'X']).unwrap_or((text, text));
    let side = |text: &str| text.parse().ok().filter(|side| (1..=MOST).contains(side));
    match (side(sides.0), side(sides.1)) {
        (Some(width), Some(height)) => Ok(Size { height, width }),
        _ => Err(format!("expected WIDTHxHEIGHT such as 32x32, from 1 to {MOST}")),
    }
}

fn test_share(text: &str) -> Result<Share, String> {
    let share: Share = text.parse()?;
    match share.millionths() {
        0 => Err("expected a share above 0: training is measured on the test images".into()),
        _ => Ok(share),
    }
}

impl SourceArgs {
    /// Takes over what was typed.
    pub(crate) fn apply(&self, options: &mut Options) {
        let Self { size, resize, channels, transpose, test_share, skip_share, class_names, .. } =
            self;
        options.vectors = self.vectors.unwrap_or(options.vectors);
        options.scale = self.scale.unwrap_or(options.scale);
        if let Some(column) = &self.label_column {
            options.label_column = Some(column.clone());
        }
        if let &Some(Size { height, width }) = size {
            options.size = Some([height, width]);
        }
        options.resize = resize.unwrap_or(options.resize);
        options.channels = channels.or(options.channels);
        options.transpose = transpose.unwrap_or(options.transpose);
        options.test_share = test_share.or(options.test_share);
        options.skip_share = skip_share.or(options.skip_share);
        if let Some(names) = class_names {
            options.class_names.clone_from(names);
        }
    }

    /// Returns whether anything was typed.
    pub(crate) fn is_given(&self) -> bool {
        let mut options = Options::default();
        self.apply(&mut options);
        !options.is_default()
            || self.resize.is_some()
            || self.transpose.is_some()
            || self.vectors.is_some()
            || self.scale.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_width_and_a_height() {
        assert_eq!(size("32x24"), Ok(Size { height: 24, width: 32 }));
        assert_eq!(size("32"), Ok(Size { height: 32, width: 32 }));
        for wrong in ["", "x", "0x3", "3x", "32x32x3", "-1x4", "99999x1"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_what_was_typed_changes() {
        let before = Options { transpose: true, size: Some([1, 2]), ..Options::default() };
        let mut after = before.clone();
        SourceArgs::default().apply(&mut after);
        assert_eq!(after, before);
        let args = SourceArgs { size: size("7x8").ok(), ..SourceArgs::default() };
        args.apply(&mut after);
        assert_eq!((after.size, after.transpose), (Some([8, 7]), true));
        assert!(args.is_given() && !SourceArgs::default().is_given());
    }
}
