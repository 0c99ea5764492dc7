//! The languages of the guide.

use crate::{en, fr};
use std::fmt;
use std::str::FromStr;

/// A language that the guide is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// French, the language of the notebook.
    French,
}

/// A word that names no language of the guide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownLanguage(String);

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// The language that a locale such as `fr_FR.UTF-8` asks for; English if the guide does not
    /// have it.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        let code = locale.split(['_', '.', '-', '@']).next().unwrap_or_default();
        code.to_lowercase().parse().unwrap_or(Self::English)
    }

    /// The names of the chapters' files, without `.md`, and their texts in Markdown, in order.
    #[must_use]
    pub fn chapters(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::English => en::CHAPTERS,
            Self::French => fr::CHAPTERS,
        }
    }
}

/// Its code in HTML: `en`, `fr`.
impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::English => "en",
            Self::French => "fr",
        })
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(word: &str) -> Result<Self, UnknownLanguage> {
        let found = Self::ALL.into_iter().find(|language| language.to_string() == word);
        found.ok_or_else(|| UnknownLanguage(word.into()))
    }
}

impl fmt::Display for UnknownLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected en or fr, found '{}'", self.0)
    }
}

impl std::error::Error for UnknownLanguage {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_asks_for_a_language() {
        for locale in ["fr", "fr_FR.UTF-8", "fr-CA", "FR_be@euro"] {
            assert_eq!(Language::of_locale(locale), Language::French, "{locale}");
        }
        for locale in ["", "C", "C.UTF-8", "en_US.UTF-8", "de_DE", "frr_DE", "POSIX"] {
            assert_eq!(Language::of_locale(locale), Language::English, "{locale}");
        }
    }

    #[test]
    fn a_language_is_read_as_it_is_written() {
        for language in Language::ALL {
            assert_eq!(language.to_string().parse(), Ok(language));
        }
        let unknown = "de".parse::<Language>().unwrap_err();
        assert_eq!(unknown.to_string(), "expected en or fr, found 'de'");
    }
}
