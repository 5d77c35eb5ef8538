//! What is granted, or asked for: schemas and types.

use crate::Fault;
use credentials::accreditation::{AccreditedFor, MAX_SCOPE_ENTRIES};

/// A scope that says something: each schema has an address and types, none of them blank. Fault `request/invalid`.
pub(super) fn check(schemas: &[AccreditedFor]) -> Result<(), Fault> {
    let fault = |sentence: String| Err(Fault::about("schemas", sentence));
    if schemas.len() > MAX_SCOPE_ENTRIES {
        return fault(format!("schemas must have at most {MAX_SCOPE_ENTRIES} entries"));
    }
    let is_blank = |text: &String| text.trim().is_empty();
    for AccreditedFor { schema_id, types, limit_jurisdiction, .. } in schemas {
        if is_blank(schema_id) {
            return fault("schema urls must be a string".to_owned());
        }
        let places = limit_jurisdiction.as_deref().unwrap_or_default();
        let is_too_long = types.len().max(places.len()) > MAX_SCOPE_ENTRIES;
        if types.is_empty() || is_too_long || types.iter().chain(places).any(is_blank) {
            return fault("schema.types must be a string or a string array".to_owned());
        }
    }
    Ok(())
}

/// The same of what is granted, which is something.
pub(super) fn check_granted(schemas: &[AccreditedFor]) -> Result<(), Fault> {
    if schemas.is_empty() {
        return Err(Fault::about("schemas", "schemas must be a array"));
    }
    check(schemas)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doors_13_a_grant_is_of_something() {
        let of = |address: &str, types: &[&str]| AccreditedFor::new(address, types.iter().copied());
        let placed = |place: &str| AccreditedFor {
            limit_jurisdiction: Some(vec![place.to_owned()]),
            ..of("https://s.example", &["T"])
        };
        assert!(check_granted(&[of("https://s.example", &["T"]), placed("CH")]).is_ok());
        assert!(check(&[]).is_ok(), "nothing in particular may be asked for");
        let many = vec!["T"; MAX_SCOPE_ENTRIES + 1];
        for bad in [
            vec![],
            vec![of("", &["T"])],
            vec![of(" ", &["T"])],
            vec![of("https://s.example", &[])],
            vec![of("https://s.example", &[""])],
            vec![of("https://s.example", &["T", " "])],
            vec![of("https://s.example", &many)],
            vec![placed("")],
            vec![of("https://s.example", &["T"]); MAX_SCOPE_ENTRIES + 1],
        ] {
            let fault = check_granted(&bad).unwrap_err();
            assert_eq!(
                (fault.code, &fault.members["field"]),
                ("request/invalid", &"schemas".into()),
                "{bad:?}"
            );
        }
    }
}
