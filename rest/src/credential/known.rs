//! Verdicts answer what was asked, so what is asked must be understood: on the verify routes an unknown query parameter, an
//! unknown member of `policies`, and a member of the body that was probably meant to be one that is known are refused, not
//! ignored. Other members of the body are left alone, as the contract does.

use crate::{Input, input::Query};
use app::Fault;

/// The code of all of these.
const UNKNOWN: &str = "request/unknown-member";
/// What `policies` may hold.
const POLICIES: [&str; 5] = ["issuanceDate", "expirationDate", "audience", "format", "checkExternalProvider"];
/// Names that mean something on one of the verify routes, whether as a query parameter, in the body or in `policies`.
const MEANINGFUL: [&str; 19] = [
    "at",
    "verifyStatus",
    "verifyTrustChain",
    "allowDeactivatedDid",
    "fetchRemoteContexts",
    "credential",
    "policies",
    "trustedRoots",
    "subjectDid",
    "didUrl",
    "resourceId",
    "resourceName",
    "resourceType",
    "schemas",
    "rootAuthorization",
    "issuanceDate",
    "expirationDate",
    "audience",
    "format",
];
/// Most edits between a name and what it was meant to be; fewer for short names: one in three letters.
const EDITS_MAX: usize = 2;

/// Fault `request/unknown-member` for the first query parameter that is not in `query`, or member of the body that is not in
/// `body` but looks like a name that means something.
pub(crate) fn only(
    query: &Query,
    input: &Input,
    query_known: &[&str],
    body_known: &[&str],
) -> Result<(), Fault> {
    for (name, _) in query.pairs() {
        if !query_known.contains(&name.as_str()) {
            return Err(unknown(name, "query parameter", query_known));
        }
    }
    for name in input.names().filter(|name| !body_known.contains(name)) {
        if MEANINGFUL.iter().any(|known| is_meant(name, known)) {
            return Err(unknown(name, "member of the body", body_known));
        }
    }
    Ok(())
}

/// Fault `request/unknown-member` for the first member of a body that is not in `known` but looks like one of those, or of `more`:
/// names that mean something elsewhere, and nothing here.
pub(crate) fn members(input: &Input, known: &[&str], more: &[&str]) -> Result<(), Fault> {
    let meant = |name: &&str| known.iter().chain(more).any(|other| is_meant(name, other));
    match input.names().filter(|name| !known.contains(name)).find(meant) {
        Some(name) => Err(unknown(name, "member of the body", known)),
        None => Ok(()),
    }
}

/// The same for `policies`; `checkExternalProvider` must not be on: nobody is asked here.
pub(crate) fn policies(given: &Input) -> Result<(), Fault> {
    if let Some(name) = given.names().find(|name| !POLICIES.contains(name)) {
        return Err(unknown(name, "member of policies", &POLICIES));
    }
    let sentence = "policies.checkExternalProvider should be a boolean value";
    if given.flag("checkExternalProvider", sentence)? == Some(true) {
        return Err(Fault::invalid(
            UNKNOWN,
            "policies.checkExternalProvider: no other provider is asked here",
        )
        .with("field", "checkExternalProvider"));
    }
    Ok(())
}

fn unknown(name: &str, what: &str, known: &[&str]) -> Fault {
    let shown: String = name.chars().take(64).collect();
    let meant = known.iter().find(|known| is_meant(name, known));
    let hint = match meant {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("known are {}", known.join(", ")),
    };
    Fault::invalid(UNKNOWN, format!("{shown} is no {what} of this request; {hint}")).with("field", shown)
}

/// Whether somebody who wrote `name` meant `known`: the same letters in another spelling, or nearly so.
fn is_meant(name: &str, known: &str) -> bool {
    let plain = |text: &str| -> Vec<char> {
        let letters = text.chars().filter(|c| c.is_alphanumeric()).take(64);
        letters.flat_map(char::to_lowercase).collect()
    };
    let (name, known) = (plain(name), plain(known));
    let most = EDITS_MAX.min(known.len() / 3);
    name.len().abs_diff(known.len()) <= most && edits(&name, &known) <= most
}

/// How many letters must be put in, taken out or exchanged (Levenshtein).
fn edits(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, letter) in one.iter().enumerate() {
        let mut next = vec![place + 1];
        for (column, against) in other.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX - 1);
            let exchanged = at(&row, column) + usize::from(letter != against);
            next.push(exchanged.min(at(&row, column + 1) + 1).min(at(&next, column) + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const QUERY: [&str; 2] = ["verifyStatus", "at"];
    const BODY: [&str; 3] = ["credential", "policies", "trustedRoots"];

    fn asked(query: &str, body: &Value) -> Result<(), Fault> {
        let input = Input::json(body.as_object().unwrap().clone());
        only(&Query::parse(query).unwrap(), &input, &QUERY, &BODY)
    }

    #[test]
    fn verdicts_1_what_was_probably_a_question_is_not_ignored() {
        for body in [
            json!({"trustedRoot": []}),
            json!({"trusted_roots": []}),
            json!({"TrustedRoots": []}),
            json!({"trustedRootss": []}),
            json!({"verifyStatus": true}),
            json!({"verify_trust_chain": true}),
            json!({"policie": {}}),
            json!({"at": "2026-01-01T00:00:00Z"}),
            json!({"expirationDate": false}),
            json!({"rootAuthorisation": ""}),
        ] {
            let fault = asked("", &body).unwrap_err();
            assert_eq!(fault.code, "request/unknown-member", "{body}");
        }
        assert!(
            asked("", &json!({"trustedRoot": []})).unwrap_err().public.contains("did you mean trustedRoots?")
        );
        for query in ["verifystatus=true", "verifyTrustChains=1", "x=1", "At=now", "policies=1"] {
            assert_eq!(asked(query, &json!({})).unwrap_err().code, "request/unknown-member", "{query}");
        }
    }

    #[test]
    fn what_means_nothing_in_a_body_is_left_alone() {
        asked(
            "verifyStatus=true&at=now",
            &json!({"credential": 1, "trustedRoots": [], "note": 1, "id": 2, "a": 3}),
        )
        .unwrap();
    }

    #[test]
    fn verdicts_1_policies_hold_what_is_known() {
        let of = |value: Value| policies(&Input::json(value.as_object().unwrap().clone()));
        of(json!({"issuanceDate": false, "format": true, "checkExternalProvider": false})).unwrap();
        for bad in
            [json!({"exp": false}), json!({"expirationdate": false}), json!({"checkExternalProvider": true})]
        {
            assert_eq!(of(bad).unwrap_err().code, "request/unknown-member");
        }
    }
}
