//! Points in time, as the page writes them.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The last second of the year 9999.
const LAST: u64 = 253_402_300_799;

/// A second, counted from 1970-01-01 00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

impl Moment {
    /// This second, by the system's clock; 1970 if the clock is before that.
    #[must_use]
    pub fn now() -> Self {
        Self(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }

    /// The moment for programs, by RFC 3339: `2026-11-27T02:17:02Z`.
    #[must_use]
    pub fn rfc_3339(self) -> String {
        // The format ends with the year 9999.
        let seconds = Duration::from_secs(self.0.min(LAST));
        humantime::format_rfc3339_seconds(UNIX_EPOCH + seconds).to_string()
    }
}

/// `2026-11-27 02:17:02 UTC`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc_3339().replace('T', " ").replace('Z', " UTC"))
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
            (LAST, "9999-12-31 23:59:59 UTC"),
            (u64::MAX, "9999-12-31 23:59:59 UTC"),
        ] {
            assert_eq!(Moment(second).to_string(), expected);
        }
        assert_eq!(Moment(1_795_746_622).rfc_3339(), "2026-11-27T02:30:22Z");
        assert!(Moment::now() > Moment(1_795_000_000));
    }
}
