//! Time checks with a tolerance of [`CLOCK_SKEW_SECONDS`] both ways.

use serde_json::Value;

use super::facts::{Facts, Said};
use super::{CLOCK_SKEW_SECONDS, CheckResult, Failure, Told};
use crate::time::Moment;
use crate::vc::{VcError, parse_date};

/// No date that says from when the document holds may lie in the future.
pub(super) fn not_before(facts: Facts<'_>, at: i64) -> CheckResult {
    let latest = Moment::seconds(at.saturating_add(CLOCK_SKEW_SECONDS));
    let starts = facts.starts();
    for said in &starts {
        let (moment, shown) = read(said)?;
        if moment > latest {
            return Err(Failure::new(if said.place == "iat" {
                format!("invalid_jwt: JWT not valid yet (issued in the future) iat: {shown}")
            } else {
                format!("invalid_jwt: JWT not valid before nbf: {shown}")
            }));
        }
    }
    Ok(if starts.is_empty() { Told::Skipped } else { Told::Passed })
}

/// No date that says until when it holds may have passed.
pub(super) fn expiration(facts: Facts<'_>, at: i64) -> CheckResult {
    let earliest = Moment::seconds(at.saturating_sub(CLOCK_SKEW_SECONDS));
    let ends = facts.ends();
    for said in &ends {
        let (moment, shown) = read(said)?;
        if moment <= earliest {
            return Err(Failure::new(format!("invalid_jwt: JWT has expired: exp: {shown} < now: {at}")));
        }
    }
    Ok(if ends.is_empty() { Told::Skipped } else { Told::Passed })
}

/// The moment, and how a sentence shows it: a number as it is written, a date as its second. Anything that is no date is a
/// malformed token, not an absent limit.
fn read(said: &Said<'_>) -> Result<(Moment, String), Failure> {
    let claim = said.place.rsplit('.').next().unwrap_or_default();
    let (is_numeric, member) = match claim {
        "nbf" | "iat" | "exp" => (true, ""),
        "issuanceDate" => (false, "issuanceDate"),
        "validFrom" => (false, "validFrom"),
        "expirationDate" => (false, "expirationDate"),
        _ => (false, "validUntil"),
    };
    if is_numeric {
        let moment = Moment::numeric_date(said.value).ok_or_else(|| {
            Failure::new(format!("schema_error: \"{claim}\" is not a unix timestamp in seconds"))
        })?;
        return Ok((moment, said.value.to_string()));
    }
    let failure = |error: VcError| Failure::new(error.to_string());
    match said.value {
        Value::String(date) => {
            parse_date(member, date).map(|moment| (moment, moment.floor().to_string())).map_err(failure)
        }
        other => {
            let value = other.to_string().chars().take(64).collect();
            Err(failure(VcError::Date { member, value }))
        }
    }
}
