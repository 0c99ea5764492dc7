//! The output options that every command has.

use clap::{Args, ColorChoice};
use std::ffi::OsString;

/// The heading of these options, below the command's own options.
const HEADING: &str = "Output";
/// A position after all other options where there are no headings, as in the manual.
const LAST: usize = 100;

/// How much is said, and for whom.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct OutputArgs {
    /// Print nothing but errors, and what --json prints
    #[arg(long, short, global = true, help_heading = HEADING, display_order = LAST)]
    pub(crate) quiet: bool,

    /// Print more: a line an epoch, and where the time went
    #[arg(long, short, global = true, conflicts_with = "quiet", help_heading = HEADING, display_order = LAST + 1)]
    pub(crate) verbose: bool,

    /// Print the results as one line of JSON on stdout; the report goes to stderr
    #[arg(long, global = true, help_heading = HEADING, display_order = LAST + 2)]
    pub(crate) json: bool,

    // `colour` reads this before the arguments are parsed.
    /// Colors in this help; no other output has colors [default: auto, which NO_COLOR makes never]
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

/// Returns the choice of `--color` before the arguments are parsed, because clap colors its help
/// while it parses them. Invalid values are left for clap to refuse.
pub(crate) fn colour(words: &[OsString]) -> ColorChoice {
    let mut words = words.iter().filter_map(|word| word.to_str()).take_while(|word| *word != "--");
    let mut choice = ColorChoice::Auto;
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--color") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        choice = value.and_then(|value| value.parse().ok()).unwrap_or(choice);
    }
    choice
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_known_before_the_arguments_are() {
        let of = |line: &str| colour(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(of("ae-app dense"), ColorChoice::Auto);
        assert_eq!(of("ae-app --color never dense"), ColorChoice::Never);
        assert_eq!(of("ae-app dense --epochs x --color=always --help"), ColorChoice::Always);
        assert_eq!(of("ae-app dense --color=always --color never"), ColorChoice::Never);
        for line in ["ae-app dense --color", "ae-app --color=pink", "ae-app -- --color=never"] {
            assert_eq!(of(line), ColorChoice::Auto, "{line}");
        }
    }
}
