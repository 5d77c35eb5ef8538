//! JWT claims → JSON document, the body the API returns and stores (docs/credentials.md#from-a-jwt-back-to-json).

use serde_json::{Map, Value, json};

use super::claims::MOVED_INTO_VC;
use super::{JWT_PROOF_2020, VcError, compact_of, iso_millis};
use crate::json::{push_unique, truthy};
use crate::jwt;
use crate::time::Moment;

/// The JSON credential of a compact VC-JWT. Does not check the signature.
pub fn normalise(compact: &str) -> Result<Value, VcError> {
    let jws = jwt::parse(compact)?;
    Ok(normalise_claims(jws.claims, compact))
}

/// As [`normalise`], for claims that are already parsed out of `compact`.
pub fn normalise_claims(claims: Map<String, Value>, compact: &str) -> Value {
    let mut result = claims;
    let mut vc = take_object(&mut result, "vc");
    merge_subject(&mut result, &mut vc);
    merge_issuer(&mut result);
    rename(&mut result, "jti", "id");
    merge_list(&mut result, &mut vc, "type", &["type"]);
    for name in MOVED_INTO_VC {
        if let Some(value) = vc.as_mut().and_then(|vc| vc.shift_remove(name))
            && !result.get(name).is_some_and(truthy)
        {
            result.insert(name.to_owned(), value);
        }
    }
    merge_list(&mut result, &mut vc, "@context", &["context", "@context"]);
    finish(result, "vc", vc, compact)
}

/// The JSON presentation of a compact VP-JWT; credentials inside that are JWTs are normalised too. Does not check any
/// signature.
pub fn normalise_presentation(compact: &str) -> Result<Value, VcError> {
    normalise_presentation_claims(jwt::parse(compact)?.claims, compact)
}

/// As [`normalise_presentation`], for claims that are already parsed out of `compact`.
pub(crate) fn normalise_presentation_claims(
    claims: Map<String, Value>,
    compact: &str,
) -> Result<Value, VcError> {
    let mut result = claims;
    let mut vp = take_object(&mut result, "vp");
    let mut credentials = take_list(&mut result, "verifiableCredential");
    credentials.extend(vp.as_mut().map(|vp| take_list(vp, "verifiableCredential")).unwrap_or_default());
    let credentials = credentials
        .into_iter()
        .map(|credential| match compact_of(&credential) {
            Some(inner) => normalise(inner),
            None => Ok(credential),
        })
        .collect::<Result<Vec<_>, _>>()?;
    result.insert("verifiableCredential".to_owned(), Value::Array(credentials));
    rename(&mut result, "iss", "holder");
    if let Some(audience) = result.shift_remove("aud") {
        let mut verifiers = take_list(&mut result, "verifier");
        let audience = if let Value::Array(items) = audience { items } else { vec![audience] };
        for item in audience {
            push_unique(&mut verifiers, item);
        }
        result.insert("verifier".to_owned(), Value::Array(verifiers));
    }
    rename(&mut result, "jti", "id");
    merge_list(&mut result, &mut vp, "type", &["type"]);
    merge_list(&mut result, &mut vp, "@context", &["context", "@context"]);
    Ok(finish(result, "vp", vp, compact))
}

/// Dates, what is left of the container, and the synthetic proof: the end of both normalisations.
fn finish(
    mut result: Map<String, Value>,
    container: &str,
    left: Option<Map<String, Value>>,
    compact: &str,
) -> Value {
    let issued = if result.get("nbf").is_some_and(truthy) { "nbf" } else { "iat" };
    date(&mut result, issued, "issuanceDate");
    date(&mut result, "exp", "expirationDate");
    if let Some(left) = left.filter(|left| !left.is_empty()) {
        result.insert(container.to_owned(), Value::Object(left));
    }
    result.insert("proof".to_owned(), json!({"type": JWT_PROOF_2020, "jwt": compact}));
    Value::Object(result)
}

fn merge_subject(result: &mut Map<String, Value>, vc: &mut Option<Map<String, Value>>) {
    let inner = vc.as_mut().and_then(|vc| vc.shift_remove("credentialSubject"));
    // Several subjects (VCDM 2.0) have no merged form: they stay as they are.
    if let Some(Value::Array(subjects)) = inner {
        result.insert("credentialSubject".to_owned(), Value::Array(subjects));
        return;
    }
    if matches!(result.get("credentialSubject"), Some(Value::Array(_))) {
        return;
    }
    let mut subject = match result.get("credentialSubject") {
        Some(Value::Object(subject)) => subject.clone(),
        _ => Map::new(),
    };
    let outer_has_id = subject.get("id").is_some_and(truthy);
    if let Some(Value::Object(inner)) = inner {
        subject.extend(inner);
    }
    if !outer_has_id
        && result.get("sub").is_some_and(truthy)
        && let Some(sub) = result.shift_remove("sub")
    {
        subject.insert("id".to_owned(), sub);
    }
    result.insert("credentialSubject".to_owned(), Value::Object(subject));
}

/// `iss` becomes an issuer object; an `issuer` claim that is an object adds its members.
fn merge_issuer(result: &mut Map<String, Value>) {
    if matches!(result.get("issuer"), None | Some(Value::Object(_)))
        && let Some(iss) = result.shift_remove("iss")
    {
        let mut issuer = Map::new();
        issuer.insert("id".to_owned(), iss);
        if let Some(Value::Object(more)) = result.get("issuer") {
            issuer.extend(more.clone());
        }
        result.insert("issuer".to_owned(), Value::Object(issuer));
    }
}

fn rename(result: &mut Map<String, Value>, from: &str, to: &str) {
    if !result.contains_key(to)
        && let Some(value) = result.shift_remove(from)
    {
        result.insert(to.to_owned(), value);
    }
}

/// The union of the claims named `outer` and the container's `name`, always a list.
fn merge_list(
    result: &mut Map<String, Value>,
    container: &mut Option<Map<String, Value>>,
    name: &str,
    outer: &[&str],
) {
    let mut merged = Vec::new();
    for source in outer {
        let items = match result.get(*source) {
            Some(Value::Array(items)) => items.clone(),
            Some(Value::Null) | None => Vec::new(),
            Some(single) => vec![single.clone()],
        };
        for item in items {
            push_unique(&mut merged, item);
        }
        if *source != name {
            result.shift_remove(*source);
        }
    }
    if let Some(container) = container {
        for item in take_list(container, name) {
            push_unique(&mut merged, item);
        }
    }
    result.insert(name.to_owned(), Value::Array(merged));
}

/// A unix-seconds claim becomes an ISO date; a value that is no such number stays as it is.
fn date(result: &mut Map<String, Value>, claim: &str, member: &str) {
    let moment = result.get(claim).filter(|value| truthy(value)).and_then(Moment::numeric_date);
    if let Some(instant) = moment.and_then(Moment::to_date) {
        result.shift_remove(claim);
        result.insert(member.to_owned(), Value::from(iso_millis(instant)));
    }
}

/// Takes an object out of the claims; anything else that stands there stays.
fn take_object(result: &mut Map<String, Value>, name: &str) -> Option<Map<String, Value>> {
    match result.shift_remove(name) {
        Some(Value::Object(members)) => Some(members),
        Some(other) => {
            result.insert(name.to_owned(), other);
            None
        }
        None => None,
    }
}

fn take_list(container: &mut Map<String, Value>, name: &str) -> Vec<Value> {
    match container.shift_remove(name) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(single) => vec![single],
    }
}
