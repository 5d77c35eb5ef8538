//! Instants as cheqd's resolver reads them (docs/resolver.md#instants).

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use domain::id::Instant;

/// Formats with a zone: RFC 822(Z), RFC 1123(Z) beyond what RFC 2822 covers, Ruby, and the layout of Go's time package.
const ZONED: &[&str] =
    &["%a, %d %b %Y %H:%M:%S %z", "%d %b %y %H:%M %z", "%a %b %d %H:%M:%S %z %Y", "%m/%d %I:%M:%S%p '%y %z"];
/// Formats without one, or with a zone by name: taken as UTC.
const PLAIN: &[&str] = &[
    "%A, %d-%b-%y %H:%M:%S UTC",
    "%A, %d-%b-%y %H:%M:%S GMT",
    "%a, %d %b %Y %H:%M:%S UTC",
    "%a, %d %b %Y %H:%M:%S GMT",
    "%d %b %y %H:%M UTC",
    "%d %b %y %H:%M GMT",
    "%a %b %e %H:%M:%S UTC %Y",
    "%a %b %e %H:%M:%S GMT %Y",
    "%a %b %e %H:%M:%S %Y",
    "%Y-%m-%d %H:%M:%S",
];

/// Reads an instant. A client may have written `+` unescaped where the zone starts, or for a blank.
pub(super) fn read(text: &str) -> Option<Instant> {
    let found = one(text).or_else(|| one(&text.replace('+', " "))).or_else(|| {
        // `2026-01-01T00:00:00 02:00`: the plus of a zone became a blank on the way here.
        one(&text.replacen(' ', "+", 1))
    });
    found.and_then(|at| domain::calendar::within(at).ok())
}

fn one(text: &str) -> Option<Instant> {
    let zoned = DateTime::parse_from_rfc3339(text)
        .ok()
        .or_else(|| DateTime::parse_from_rfc2822(text).ok())
        .or_else(|| ZONED.iter().find_map(|format| DateTime::parse_from_str(text, format).ok()))
        .map(|instant| instant.to_utc());
    zoned
        .or_else(|| {
            PLAIN
                .iter()
                .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
                .map(|naive| naive.and_utc())
        })
        .or_else(|| {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            Some(day.and_time(NaiveTime::MIN).and_utc())
        })
}
