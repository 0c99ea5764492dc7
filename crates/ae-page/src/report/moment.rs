//! Points in time, as the page writes them.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// A second, counted from 1970-01-01 00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

impl Moment {
    /// This second, by the system's clock; 1970 if the clock is before that.
    #[must_use]
    pub fn now() -> Self {
        Self(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }

    /// Year, month and day in the Gregorian calendar, from days since 1970 by the algorithm
    /// `civil_from_days` of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years
    /// begin in March, so that the leap day is the last of its year.
    fn date(self) -> [u64; 3] {
        let days = self.0 / 86_400 + 719_468;
        let (era, day) = (days / 146_097, days % 146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let of_year = day - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let of_month = of_year - (153 * month + 2) / 5 + 1;
        let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        [era * 400 + year + next, month, of_month]
    }

    fn time(self) -> [u64; 3] {
        let second = self.0 % 86_400;
        [second / 3_600, second / 60 % 60, second % 60]
    }

    /// The moment for programs, by RFC 3339: `2026-11-27T02:17:02Z`.
    #[must_use]
    pub fn rfc_3339(self) -> String {
        let ([year, month, day], [hour, minute, second]) = (self.date(), self.time());
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// `2026-11-27 02:17:02 UTC`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ([year, month, day], [hour, minute, second]) = (self.date(), self.time());
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        // `date -u -d @N`
        for (second, expected) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (951_868_800, "2000-03-01 00:00:00 UTC"),
            (1_795_746_622, "2026-11-27 02:30:22 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(Moment(second).to_string(), expected);
        }
        assert_eq!(Moment(1_795_746_622).rfc_3339(), "2026-11-27T02:30:22Z");
        assert!(Moment::now() > Moment(1_795_000_000));
    }
}
