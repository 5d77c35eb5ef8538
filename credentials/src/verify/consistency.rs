//! A fact that is said twice must be said the same, whatever the spelling: otherwise two readers of one token, each by the
//! book, would rely on different things.

use serde_json::Value;

use super::facts::{Facts, Party, Said};
use super::{CLOCK_SKEW_SECONDS, CheckResult, Failure, Kind, Told, same_did};
use crate::did_url::did_of;
use crate::json::{equal, list, texts};
use crate::time::Moment;

/// Members whose two places are compared by what they mean, below.
const COMPARED_BY_MEANING: [&str; 17] = [
    "iss",
    "issuer",
    "holder",
    "sub",
    "credentialSubject",
    "jti",
    "id",
    "nbf",
    "iat",
    "exp",
    "issuanceDate",
    "validFrom",
    "expirationDate",
    "validUntil",
    "type",
    "aud",
    "verifier",
];

/// Everything that the claims say more than once.
pub(super) fn check(facts: Facts<'_>, kind: Kind) -> CheckResult {
    parties(&facts.issuers())?;
    subjects(facts)?;
    named(&facts.all(&["jti", "id"]))?;
    all_alike(&facts.all(&["jti", "id"]), |one, other| one == other, "ids")?;
    dates(facts)?;
    let same_set = |one: &Value, other: &Value| {
        let (one, other) = (texts(Some(one)), texts(Some(other)));
        one.iter().all(|item| other.contains(item)) && other.iter().all(|item| one.contains(item))
    };
    all_alike(&facts.all(&["type"]), same_set, "types")?;
    all_alike(&facts.contexts(), same_list, "contexts")?;
    if kind == Kind::Presentation {
        all_alike(&facts.all(&["aud", "verifier"]), same_set, "verifiers")?;
    }
    for name in facts.twice().filter(|name| !COMPARED_BY_MEANING.contains(name)) {
        all_alike(&facts.all(&[name]), same_list, "values")?;
    }
    Ok(Told::Passed)
}

fn contradiction(one: &str, other: &str, what: &str) -> Failure {
    Failure::new(format!("invalid_credential: {one} and {other} say different {what}"))
}

/// Identifiers are texts: a number or an object in their place would be read by one party and skipped by another.
fn named(said: &[Said<'_>]) -> Result<(), Failure> {
    match said.iter().find(|said| !said.value.is_string()) {
        None => Ok(()),
        Some(Said { place, .. }) => {
            Err(Failure::new(format!("invalid_credential: {place} is no identifier, which would be a text")))
        }
    }
}

fn all_alike(said: &[Said<'_>], same: impl Fn(&Value, &Value) -> bool, what: &str) -> Result<(), Failure> {
    let Some((first, others)) = said.split_first() else { return Ok(()) };
    match others.iter().find(|other| !same(first.value, other.value)) {
        None => Ok(()),
        Some(other) => Err(contradiction(&first.place, &other.place, what)),
    }
}

/// One value is a list of one.
fn same_list(one: &Value, other: &Value) -> bool {
    let (ones, others) = (list(Some(one)), list(Some(other)));
    ones.len() == others.len() && ones.iter().zip(others).all(|(one, other)| equal(one, other))
}

/// Identifiers of the same somebody: DIDs by their own rules of equality, anything else to the letter.
fn same_identifier(one: &str, other: &str) -> bool {
    one == other || one.starts_with("did:") && other.starts_with("did:") && same_did(one, other)
}

fn parties(said: &[Said<'_>]) -> Result<(), Failure> {
    let mut named: Option<(&str, &str)> = None;
    for Said { place, value } in said {
        let id = match Party::of(value) {
            Party::Named(id) => did_of(id),
            Party::Described => continue,
            Party::Malformed => {
                return Err(Failure::new(format!("invalid_credential: {place} names nobody")));
            }
        };
        match named {
            Some((first, other)) if !same_identifier(other, id) => {
                return Err(contradiction(first, place, "parties"));
            }
            Some(_) => {}
            None => named = Some((place, id)),
        }
    }
    shared_members(said)
}

/// Of objects that describe the same thing at several places, what both say must be the same.
fn shared_members(said: &[Said<'_>]) -> Result<(), Failure> {
    for (at, one) in said.iter().enumerate() {
        let Some(members) = one.value.as_object() else { continue };
        for other in said.iter().skip(at + 1) {
            let differing = members.iter().find(|(name, value)| {
                *name != "id" && other.value.get(name.as_str()).is_some_and(|said| !equal(said, value))
            });
            if let Some((name, _)) = differing {
                let (one, other) = (format!("{}.{name}", one.place), format!("{}.{name}", other.place));
                return Err(contradiction(&one, &other, "values"));
            }
        }
    }
    Ok(())
}

/// `sub` must be a subject that the document knows, and subjects that stand at both places the same.
fn subjects(facts: Facts<'_>) -> Result<(), Failure> {
    let subs = facts.all(&["sub"]);
    named(&subs)?;
    named(&facts.subject_ids_as_said())?;
    all_alike(&subs, |one, other| one == other, "subjects")?;
    let ids = facts.subject_ids();
    if let (Some(sub), false) = (subs.first(), ids.is_empty()) {
        let is_known = |place: &str| {
            let mut here = ids.iter().filter(|(at, _)| at == place);
            here.any(|(_, id)| sub.value.as_str().is_some_and(|sub| same_identifier(sub, id)))
        };
        if let Some((place, _)) = ids.iter().find(|(place, _)| !is_known(place)) {
            return Err(contradiction(&sub.place, place, "subjects"));
        }
    }
    let subjects = facts.all(&["credentialSubject"]);
    if subjects.iter().any(|said| said.value.is_array()) {
        return all_alike(&subjects, same_list, "subjects");
    }
    if let [(one, id), (other, other_id)] = ids.as_slice()
        && !same_identifier(id, other_id)
    {
        return Err(contradiction(one, other, "subjects"));
    }
    shared_members(&subjects)
}

/// Dates are the same if they round to the same second. Dates that cannot be read are other checks' business.
fn dates(facts: Facts<'_>) -> Result<(), Failure> {
    let is_of_the_signature = |said: &Said<'_>| matches!(said.place.as_str(), "nbf" | "iat" | "exp");
    let comparable = |said: Vec<Said<'_>>| -> Vec<(String, Moment)> {
        said.into_iter()
            // Where the payload is the credential, `exp` and `nbf` speak of the signature (VC-JOSE-COSE section 3.1.3).
            .filter(|said| !(facts.is_bare() && is_of_the_signature(said)))
            .filter_map(|said| Some((said.place, moment(said.value)?)))
            .collect()
    };
    let same_date = |one: &Value, other: &Value| moment(one) == moment(other);
    all_alike(&facts.all(&["iat"]), same_date, "dates")?;
    for said in [comparable(facts.ends()), comparable(facts.starts())] {
        // `iat` is taken from a clock when the token is made, so it may be a little off the date that was decided on; it
        // says nothing of the `validFrom` of the data model 2.0.
        let (iat, others): (Vec<_>, Vec<_>) =
            said.into_iter().partition(|(place, _)| place.rsplit('.').next() == Some("iat"));
        let Some(((first, moment), rest)) = others.split_first() else { continue };
        if let Some((other, _)) = rest.iter().find(|(_, other)| !moment.is_same_second(*other)) {
            return Err(contradiction(first, other, "dates"));
        }
        let issued = others.iter().find(|(place, _)| place.ends_with("issuanceDate"));
        if let (Some((place, iat)), Some((other, issued))) = (iat.first(), issued)
            && !iat.is_within(CLOCK_SKEW_SECONDS, *issued)
        {
            return Err(contradiction(place, other, "dates"));
        }
    }
    Ok(())
}

/// A date in either notation.
pub(super) fn moment(value: &Value) -> Option<Moment> {
    match value {
        Value::String(text) => Moment::date(text),
        number => Moment::numeric_date(number),
    }
}
