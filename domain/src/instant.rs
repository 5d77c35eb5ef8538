//! What a point in time that somebody names includes.
//!
//! Ledger times are exact in the log (block times have nanoseconds), but metadata show them in whole seconds. A caller who
//! asks with what was shown must find what it dates. So a time without a fraction stands for its whole second, and one
//! with a fraction is exact. Only the value counts, not how it was written: `10:00:00Z` and `10:00:00.000Z` are the same
//! instant to every library that reads and writes times, and must be the same question.

use crate::id::Instant;
use chrono::{TimeDelta, Timelike as _};

const NANOS_PER_MILLI: u32 = 1_000_000;
/// From the beginning of a second to its last nanosecond.
const REST_OF_SECOND: TimeDelta = TimeDelta::nanoseconds(999_999_999);
/// From the beginning of a millisecond to its last nanosecond.
const REST_OF_MILLI: TimeDelta = TimeDelta::nanoseconds(999_999);

/// Whether something dated `dated` had happened "as of" `at`.
pub fn covers(at: Instant, dated: Instant) -> bool {
    dated <= end_of(at)
}

/// The last moment that `at` stands for: the end of its second where it has no fraction, else itself.
pub fn end_of(at: Instant) -> Instant {
    if at.nanosecond() == 0 { at.checked_add_signed(REST_OF_SECOND).unwrap_or(at) } else { at }
}

/// The last moment that is shown as `at` where times are shown with milliseconds, as in lists: as [`end_of`], and a whole
/// millisecond stands for all of it.
pub fn end_of_shown(at: Instant) -> Instant {
    match at.nanosecond() {
        0 => end_of(at),
        nanos if nanos % NANOS_PER_MILLI == 0 => at.checked_add_signed(REST_OF_MILLI).unwrap_or(at),
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn verdicts_10_a_whole_second_includes_both_of_its_ends_and_nothing_else() {
        for written in ["2026-11-28T10:00:00Z", "2026-11-28T10:00:00.000Z", "2026-11-28T11:00:00+01:00"] {
            let asked = chrono::DateTime::parse_from_rfc3339(written).unwrap().to_utc();
            for included in
                ["2026-11-28T10:00:00Z", "2026-11-28T10:00:00.000000001Z", "2026-11-28T10:00:00.999999999Z"]
            {
                assert!(covers(asked, at(included)), "{written} {included}");
            }
            assert!(covers(asked, at("2026-11-28T09:59:59.999999999Z")));
            assert!(!covers(asked, at("2026-11-28T10:00:01Z")));
        }
    }

    #[test]
    fn verdicts_10_a_fraction_is_exact() {
        let asked = at("2026-11-28T10:00:00.5Z");
        assert!(covers(asked, at("2026-11-28T10:00:00.5Z")));
        assert!(!covers(asked, at("2026-11-28T10:00:00.500000001Z")));
        assert!(!covers(at("2026-11-28T10:00:00.999999999Z"), at("2026-11-28T10:00:01Z")));
    }

    #[test]
    fn verdicts_10_what_lists_show_with_milliseconds_includes_what_it_dates() {
        let created = at("2026-11-28T10:00:00.123456789Z");
        assert!(created <= end_of_shown(at("2026-11-28T10:00:00.123Z")));
        assert!(created > end_of_shown(at("2026-11-28T10:00:00.122Z")));
        assert!(created > end_of_shown(at("2026-11-28T10:00:00.123456Z")), "finer than shown is exact");
        assert_eq!(end_of_shown(at("2026-11-28T10:00:00Z")), at("2026-11-28T10:00:00.999999999Z"));
    }

    #[test]
    fn the_end_of_time_has_no_end() {
        assert!(covers(Instant::MAX_UTC, Instant::MAX_UTC));
        assert_eq!(end_of_shown(Instant::MIN_UTC.with_nanosecond(0).unwrap()).nanosecond(), 999_999_999);
    }
}
