//! Time checks with a tolerance of [`CLOCK_SKEW_SECONDS`] both ways.

use serde_json::Value;

use super::{CLOCK_SKEW_SECONDS, Failure};
use crate::jwt::Jws;
use crate::vc::{VcError, parse_date};

/// `nbf` (else `iat`) and any issuance or `validFrom` date must not lie in the future.
pub(super) fn not_before(jws: &Jws, at: i64) -> Result<bool, Failure> {
    let latest = at.saturating_add(CLOCK_SKEW_SECONDS);
    let mut found = false;
    if let Some(nbf) = seconds(jws, "nbf")? {
        found = true;
        if nbf > latest {
            return Err(Failure::new(format!("invalid_jwt: JWT not valid before nbf: {nbf}")));
        }
    } else if let Some(iat) = seconds(jws, "iat")? {
        found = true;
        if iat > latest {
            return Err(Failure::new(format!(
                "invalid_jwt: JWT not valid yet (issued in the future) iat: {iat}"
            )));
        }
    }
    for member in ["validFrom", "issuanceDate"] {
        if let Some(from) = document_date(jws, member)? {
            found = true;
            if from > latest {
                return Err(Failure::new(format!("invalid_jwt: JWT not valid before nbf: {from}")));
            }
        }
    }
    Ok(found)
}

/// `exp` and any expiration or `validUntil` date must not have passed.
pub(super) fn expiration(jws: &Jws, at: i64) -> Result<bool, Failure> {
    let earliest = at.saturating_sub(CLOCK_SKEW_SECONDS);
    let expired = |exp: i64| Failure::new(format!("invalid_jwt: JWT has expired: exp: {exp} < now: {at}"));
    let mut found = false;
    if let Some(exp) = seconds(jws, "exp")? {
        found = true;
        if exp <= earliest {
            return Err(expired(exp));
        }
    }
    for member in ["validUntil", "expirationDate"] {
        if let Some(until) = document_date(jws, member)? {
            found = true;
            if until <= earliest {
                return Err(expired(until));
            }
        }
    }
    Ok(found)
}

/// A `NumericDate`. Fractions are cut off; anything but a number is a malformed token, not an absent limit.
fn seconds(jws: &Jws, claim: &str) -> Result<Option<i64>, Failure> {
    match jws.claims.get(claim) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            #[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
            let whole = value.as_i64().or_else(|| value.as_f64().map(|number| number.floor() as i64));
            whole.map(Some).ok_or_else(|| {
                Failure::new(format!("schema_error: \"{claim}\" is not a unix timestamp in seconds"))
            })
        }
    }
}

/// A date inside `vc`, `vp`, or (VC-JOSE-COSE) the payload itself.
fn document_date(jws: &Jws, member: &'static str) -> Result<Option<i64>, Failure> {
    let failure = |error: VcError| Failure::new(error.to_string());
    let inner = jws.claims.get("vc").or_else(|| jws.claims.get("vp")).and_then(|inner| inner.get(member));
    match inner.or_else(|| jws.claims.get(member)) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(date)) => parse_date(member, date).map(Some).map_err(failure),
        Some(other) => {
            let value = other.to_string().chars().take(64).collect();
            Err(failure(VcError::Date { member, value }))
        }
    }
}
