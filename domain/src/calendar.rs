//! Instants from outside: read once, by one reader, within what every store and reader can hold.
//!
//! Postgres knows no year 0, RFC 3339 and most clients know no year 10000, and an offset can lead to either from an
//! innocent text. So the offset is applied first, and then the range is looked at. [`crate::id::Instant`] stays the plain
//! type; what entered through here is within the range.

use crate::id::Instant;
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Timelike as _};

/// The first second: 0001-01-01T00:00:00Z.
pub const FIRST_SECOND: i64 = -62_135_596_800;
/// The last second: 9999-12-31T23:59:59Z, the usual "never".
pub const LAST_SECOND: i64 = 253_402_300_799;

/// Why a text is no instant for Studio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not in the format.
    #[error("it is not an ISO 8601 time")]
    Malformed,
    /// Before [`FIRST_SECOND`] or after [`LAST_SECOND`], with its offset applied.
    #[error("it lies outside of the years 0001 to 9999 in UTC")]
    OutOfRange,
}

/// The last nanosecond that every store holds: Postgres counts microseconds and rounds to the nearest one, so what comes after
/// it would be kept as the year 10000, which nobody can read back.
const LAST_NANOSECOND: u32 = 999_999_000;

/// An instant within the range, as it is; in the last microsecond of all, its beginning.
pub fn within(at: Instant) -> Result<Instant, Refused> {
    if !(FIRST_SECOND..=LAST_SECOND).contains(&at.timestamp()) {
        return Err(Refused::OutOfRange);
    }
    if at.timestamp() == LAST_SECOND && at.nanosecond() > LAST_NANOSECOND {
        return at.with_nanosecond(LAST_NANOSECOND).ok_or(Refused::OutOfRange);
    }
    Ok(at)
}

/// A count of seconds since 1970, e.g. a `NumericDate`.
pub fn of_seconds(seconds: i64) -> Result<Instant, Refused> {
    DateTime::from_timestamp(seconds, 0).ok_or(Refused::OutOfRange).and_then(within)
}

/// An RFC 3339 time.
pub fn parse(text: &str) -> Result<Instant, Refused> {
    let at = DateTime::parse_from_rfc3339(text).map_err(|_| Refused::Malformed)?;
    settled(at.to_utc())
}

/// An RFC 3339 time, a local time taken as UTC, or a date taken as its midnight in UTC.
pub fn parse_iso(text: &str) -> Result<Instant, Refused> {
    let offset = || DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    let local = || text.parse::<NaiveDateTime>().ok().map(|at| at.and_utc());
    let day = || text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0).map(|at| at.and_utc());
    settled(offset().or_else(local).or_else(day).ok_or(Refused::Malformed)?)
}

/// Within the range, and without a leap second: stores keep `23:59:60` as the second after it, so it is that from the start.
fn settled(at: Instant) -> Result<Instant, Refused> {
    const NANOSECONDS: u32 = 1_000_000_000;
    let leap = at.nanosecond().checked_sub(NANOSECONDS);
    let at = match leap {
        None => at,
        Some(rest) => at
            .with_nanosecond(rest)
            .and_then(|at| at.checked_add_signed(TimeDelta::seconds(1)))
            .ok_or(Refused::OutOfRange)?,
    };
    within(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safety_2_no_instant_is_rounded_into_the_year_10000() {
        let last = parse("9999-12-31T23:59:59.999999Z").unwrap();
        assert_eq!(last.timestamp_subsec_nanos(), 999_999_000);
        for text in [
            "9999-12-31T23:59:59.9999995Z",
            "9999-12-31T23:59:59.999999999Z",
            "9999-12-31T22:59:59.9999999-01:00",
        ] {
            assert_eq!((parse(text), parse_iso(text)), (Ok(last), Ok(last)), "{text}");
        }
        let before = parse("9998-12-31T23:59:59.999999999Z").unwrap();
        assert_eq!(before.timestamp_subsec_nanos(), 999_999_999, "elsewhere an instant stays what it is");
    }

    #[test]
    fn safety_2_offsets_are_applied_before_the_range_is_looked_at() {
        for (text, wanted) in [
            ("0000-01-01T00:00:00Z", Err(Refused::OutOfRange)),
            ("0000-12-31T23:59:59Z", Err(Refused::OutOfRange)),
            ("0001-01-01T00:00:00Z", Ok(FIRST_SECOND)),
            ("0001-01-01T00:00:00+14:00", Err(Refused::OutOfRange)),
            ("0001-01-01T00:00:00.999+00:01", Err(Refused::OutOfRange)),
            ("0000-12-31T23:00:00-01:00", Ok(FIRST_SECOND)),
            ("9999-12-31T23:59:59Z", Ok(LAST_SECOND)),
            ("9999-12-31T23:59:59.999999999Z", Ok(LAST_SECOND)),
            ("9999-12-31T23:59:60Z", Err(Refused::OutOfRange)),
            ("9999-12-31T23:59:59-14:00", Err(Refused::OutOfRange)),
            ("9999-12-31T23:59:59+14:00", Ok(LAST_SECOND - 14 * 3600)),
            ("2016-12-31T23:59:60.5Z", Ok(1_483_228_800)),
            ("2026-02-30T00:00:00Z", Err(Refused::Malformed)),
            ("2026-01-01T00:00:00", Err(Refused::Malformed)),
            ("", Err(Refused::Malformed)),
        ] {
            assert_eq!(parse(text).map(|at| at.timestamp()), wanted, "{text}");
        }
    }

    #[test]
    fn safety_2_every_spelling_has_the_same_range() {
        for (text, wanted) in [
            ("2026-01-01", Ok(1_767_225_600)),
            ("2026-01-01T00:00:00", Ok(1_767_225_600)),
            ("2026-01-01T01:00:00+01:00", Ok(1_767_225_600)),
            ("0000-01-01", Err(Refused::OutOfRange)),
            ("-0001-01-01", Err(Refused::OutOfRange)),
            ("0000-06-01T00:00:00", Err(Refused::OutOfRange)),
            ("+10000-01-01", Err(Refused::OutOfRange)),
            ("+262142-12-31T23:59:59", Err(Refused::OutOfRange)),
            ("9999-12-31", Ok(LAST_SECOND - 86_399)),
            ("tomorrow", Err(Refused::Malformed)),
        ] {
            assert_eq!(parse_iso(text).map(|at| at.timestamp()), wanted, "{text}");
        }
        for seconds in [i64::MIN, FIRST_SECOND - 1, LAST_SECOND + 1, i64::MAX] {
            assert_eq!(of_seconds(seconds), Err(Refused::OutOfRange));
        }
        assert!(of_seconds(FIRST_SECOND).is_ok() && of_seconds(LAST_SECOND).is_ok());
    }
}
