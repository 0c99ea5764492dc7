//! The output options that every command has.

use clap::{Args, ColorChoice};

/// The heading of these options, below the command's own options.
const HEADING: &str = "Output";
/// A position after all other options where there are no headings, as in the manual.
const LAST: usize = 100;

/// How much is said, and for whom.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct OutputArgs {
    /// Print only errors, and the JSON of --json
    #[arg(long, short, global = true, help_heading = HEADING, display_order = LAST)]
    pub(crate) quiet: bool,

    /// Print more: a line for each epoch, and where the time went
    #[arg(long, short, global = true, conflicts_with = "quiet", help_heading = HEADING, display_order = LAST + 1)]
    pub(crate) verbose: bool,

    /// Print the results as one line of JSON on stdout; the report goes to stderr
    #[arg(long, global = true, help_heading = HEADING, display_order = LAST + 2)]
    pub(crate) json: bool,

    // `words::color` reads this before the arguments are parsed.
    /// When to color this help; no other output has colors [default: auto; NO_COLOR means never]
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        help_heading = HEADING,
        display_order = LAST + 3
    )]
    pub(crate) color: ColorChoice,
}
