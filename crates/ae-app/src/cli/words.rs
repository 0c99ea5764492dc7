//! What the arguments tell before clap has parsed them.

use clap::ColorChoice;
use std::ffi::OsString;
use std::path::Path;

/// Returns the choice of `--color` before the arguments are parsed, because clap colors its help
/// while it parses them. Invalid values are left for clap to refuse.
pub(crate) fn color(words: &[OsString]) -> ColorChoice {
    let mut words = options(words);
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

/// Returns whether `--json` was given. Errors in the arguments themselves are then also reported as
/// JSON.
pub(crate) fn json(words: &[OsString]) -> bool {
    options(words).any(|word| word == "--json")
}

/// Returns the first argument with a `~` that the shell has not expanded, because it is quoted or
/// follows the `=` of an option. Such a path is refused.
pub(crate) fn unexpanded(words: &[OsString]) -> Option<&str> {
    let mut words = words.iter().filter_map(|word| word.to_str());
    words.find(|word| is_unexpanded(word.rsplit_once('=').map_or(word, |(_, value)| value)))
}

/// Returns whether the path begins with a `~` that stands for a home folder.
pub(crate) fn is_unexpanded(path: &str) -> bool {
    (path == "~" || path.starts_with("~/")) && !Path::new(path).exists()
}

/// The arguments before `--` that are text.
fn options(words: &[OsString]) -> impl Iterator<Item = &str> {
    words.iter().filter_map(|word| word.to_str()).take_while(|word| *word != "--")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn colors_are_known_before_the_arguments_are() {
        let of = |line: &str| color(&words(line));
        assert_eq!(of("ae-app dense"), ColorChoice::Auto);
        assert_eq!(of("ae-app --color never dense"), ColorChoice::Never);
        assert_eq!(of("ae-app dense --epochs x --color=always --help"), ColorChoice::Always);
        assert_eq!(of("ae-app dense --color=always --color never"), ColorChoice::Never);
        for line in ["ae-app dense --color", "ae-app --color=pink", "ae-app -- --color=never"] {
            assert_eq!(of(line), ColorChoice::Auto, "{line}");
        }
    }

    #[test]
    fn json_is_an_option_before_two_dashes() {
        assert!(json(&words("ae-app dense --json")) && json(&words("ae-app --json x")));
        assert!(!json(&words("ae-app dense")) && !json(&words("ae-app reconstruct r -- --json")));
    }

    #[test]
    fn a_tilde_that_the_shell_left_is_found() {
        for (line, found) in [
            ("ae-app dense --dataset=~/kmnist", Some("--dataset=~/kmnist")),
            ("ae-app resume ~/runs/one", Some("~/runs/one")),
            ("ae-app resume /home/me/runs~/one a~b", None),
        ] {
            assert_eq!(unexpanded(&words(line)), found, "{line}");
        }
    }
}
