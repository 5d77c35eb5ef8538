//! Instants as credentials write them: RFC 7519 `NumericDate` (seconds since 1970, fractions allowed) and RFC 3339 texts.

use chrono::{DateTime, Utc};
use domain::calendar::{self, FIRST_SECOND, LAST_SECOND};
use serde_json::Value;

const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// A point in time in nanoseconds since 1970. Every number has one, also beyond what calendars hold, so that comparing
/// is total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(i128);

impl Moment {
    /// Of whole seconds.
    pub(crate) const fn seconds(seconds: i64) -> Self {
        // An i128 holds any number of seconds in nanoseconds.
        Self(seconds as i128 * NANOS_PER_SECOND)
    }

    /// Of a `NumericDate` (RFC 7519 section 2): a JSON number, whole or not. `None` for anything else.
    pub(crate) fn numeric_date(value: &Value) -> Option<Self> {
        if let Some(seconds) = value.as_i64() {
            return Some(Self::seconds(seconds));
        }
        let number = value.as_f64()?;
        let whole = number.floor();
        #[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
        let (seconds, nanos) = (whole as i64, ((number - whole) * 1e9) as i64);
        Some(Self(i128::from(seconds) * NANOS_PER_SECOND + i128::from(nanos)))
    }

    /// Of an RFC 3339 date-time, one without an offset (UTC, as the data model 2.0 says), or a plain date (its midnight in
    /// UTC). `None` outside of the years 1 to 9999, which no other reader of JSON dates knows.
    pub(crate) fn date(text: &str) -> Option<Self> {
        let instant = calendar::parse_iso(text).ok()?;
        let nanos = i128::from(instant.timestamp_subsec_nanos());
        Some(Self(i128::from(instant.timestamp()) * NANOS_PER_SECOND + nanos))
    }

    /// Whole seconds, rounded down; at the ends of an `i64` beyond it.
    pub(crate) fn floor(self) -> i64 {
        let seconds = self.0.div_euclid(NANOS_PER_SECOND);
        i64::try_from(seconds).unwrap_or(if seconds < 0 { i64::MIN } else { i64::MAX })
    }

    /// Whether it lies in the years 1 to 9999.
    pub(crate) fn is_in_calendar(self) -> bool {
        (FIRST_SECOND..=LAST_SECOND).contains(&self.floor())
    }

    /// As a calendar date, within the calendar.
    pub(crate) fn to_date(self) -> Option<DateTime<Utc>> {
        let nanos = u32::try_from(self.0.rem_euclid(NANOS_PER_SECOND)).ok()?;
        self.is_in_calendar().then(|| DateTime::from_timestamp(self.floor(), nanos))?
    }

    /// Whether both round to the same second one way or the other: writers keep more or fewer digits of a second.
    pub(crate) fn is_same_second(self, other: Self) -> bool {
        (self.0 - other.0).abs() < NANOS_PER_SECOND
    }

    /// Whether they lie at most so many seconds apart.
    pub(crate) fn is_within(self, seconds: i64, other: Self) -> bool {
        (self.0 - other.0).abs() <= i128::from(seconds) * NANOS_PER_SECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn numeric(value: &Value) -> i64 {
        Moment::numeric_date(value).unwrap().floor()
    }

    #[test]
    fn verdicts_6_a_numeric_date_may_have_a_fraction() {
        assert_eq!(numeric(&json!(1_795_893_110.5)), 1_795_893_110);
        assert_eq!(numeric(&json!(1_795_893_110.0)), 1_795_893_110);
        assert_eq!(numeric(&json!(-0.5)), -1);
        let half = Moment::numeric_date(&json!(1_795_893_110.5)).unwrap().to_date().unwrap();
        assert_eq!(crate::vc::iso_millis(half), "2026-11-28T19:11:50.500Z");
        for other in [json!("1795893110"), json!(true), json!([1]), json!(null)] {
            assert_eq!(Moment::numeric_date(&other), None);
        }
    }

    #[test]
    fn verdicts_15_no_number_is_too_large_to_compare() {
        for beyond in [json!(1e300), json!(-1e300), json!(i64::MAX), json!(i64::MIN), json!(u64::MAX)] {
            let moment = Moment::numeric_date(&beyond).unwrap();
            assert!(!moment.is_in_calendar(), "{beyond}");
            assert_eq!(moment.to_date(), None, "{beyond}");
            assert!(!moment.is_same_second(Moment::seconds(0)));
        }
        assert_eq!(Moment::date("9999-12-31T23:59:59Z").unwrap().floor(), LAST_SECOND);
        assert!(Moment::date("9999-12-31T23:59:59.999Z").is_some());
        assert_eq!(Moment::date("0001-01-01T00:00:00Z").unwrap().floor(), FIRST_SECOND);
        for beyond in ["9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01", "+10000-01-01T00:00:00Z"] {
            assert_eq!(Moment::date(beyond), None, "{beyond}");
        }
    }

    #[test]
    fn verdicts_5_dates_come_with_an_offset_without_one_or_as_a_day() {
        let noon = Moment::date("2026-11-28T12:00:00Z").unwrap();
        for same in ["2026-11-28T13:00:00+01:00", "2026-11-28T12:00:00", "2026-11-28T12:00:00.000Z"] {
            assert_eq!(Moment::date(same), Some(noon), "{same}");
        }
        assert_eq!(Moment::date("2026-11-28").unwrap().floor() + 43_200, noon.floor());
        for none in ["", "soon", "1795893110", "2026-13-01", "2026-11-28T25:00:00Z"] {
            assert_eq!(Moment::date(none), None, "{none}");
        }
    }

    #[test]
    fn seconds_are_compared_whichever_way_they_were_rounded() {
        let exact = Moment::date("2026-11-28T12:00:00.678Z").unwrap();
        for rounded in [exact.floor(), exact.floor() + 1] {
            assert!(exact.is_same_second(Moment::seconds(rounded)));
        }
        assert!(!exact.is_same_second(Moment::seconds(exact.floor() + 2)));
        assert!(!exact.is_same_second(Moment::seconds(exact.floor() - 1)));
        assert!(exact.is_within(300, Moment::seconds(exact.floor() + 300)));
        assert!(!exact.is_within(300, Moment::seconds(exact.floor() + 301)));
    }
}
