//! What the ledger would refuse of a DID document (docs/ledger.md#did-documents), said before anything is signed or paid.

use crate::Fault;
use domain::id::Did;
use serde_json::Value;
use std::collections::BTreeSet;

domain::limits! {
    /// Longest type of a service.
    pub SERVICE_TYPE_BYTES_MAX: usize = 255, "bytes";
}

const METHODS: &str = "verificationMethod";
const SERVICES: &str = "service";
/// Relationships; `assertionMethod` must name what is in the document, the others need not.
const RELATIONSHIPS: [&str; 5] =
    ["authentication", "assertionMethod", "capabilityInvocation", "capabilityDelegation", "keyAgreement"];

/// Refuses a document that no ledger takes. Fault `request/invalid`, naming the section.
pub(super) fn check(did: &Did, document: &Value) -> Result<(), Fault> {
    let items = |name: &str| document.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let methods = ids(did, METHODS, items(METHODS))?;
    ids(did, SERVICES, items(SERVICES))?;
    items(SERVICES).iter().try_for_each(service)?;
    for name in RELATIONSHIPS {
        let is_assertion = name == "assertionMethod";
        for item in items(name) {
            match item.as_str() {
                // What is written out in JSON once more is an object all the same.
                Some(text) if is_assertion && text.starts_with('"') => {}
                Some(url) => {
                    own(did, name, url)?;
                    if is_assertion && !methods.contains(url) {
                        let sentence = format!(
                            "assertionMethod names {url}, which is no verificationMethod of the document"
                        );
                        return Err(Fault::about(name, sentence));
                    }
                }
                None if is_assertion => embedded(did, item)?,
                None => {
                    let sentence = format!("{name} should name verification methods: {did}#…");
                    return Err(Fault::about(name, sentence));
                }
            }
        }
        once(name, items(name))?;
    }
    once("controller", items("controller"))?;
    once("alsoKnownAs", items("alsoKnownAs"))
}

/// A method that stands in `assertionMethod` itself.
fn embedded(did: &Did, method: &Value) -> Result<(), Fault> {
    let text = |name: &str| method.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    own(did, "assertionMethod", text("id").unwrap_or_default())?;
    let has_controller = text("controller").is_some_and(|controller| controller.starts_with("did:"));
    if text("type").is_none() || !has_controller {
        let sentence =
            "assertionMethod: a method that is written out has an id, a type and a DID as controller";
        return Err(Fault::about("assertionMethod", sentence));
    }
    Ok(())
}

/// Nothing stands twice.
fn once(section: &str, items: &[Value]) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    match items.iter().filter_map(Value::as_str).find(|text| !seen.insert(*text)) {
        Some(twice) => Err(Fault::about(section, format!("{section} names {twice} twice"))),
        None => Ok(()),
    }
}

/// The ids of a section's items: of this DID, each once.
fn ids<'a>(did: &Did, section: &str, items: &'a [Value]) -> Result<BTreeSet<&'a str>, Fault> {
    let mut seen = BTreeSet::new();
    for id in items.iter().filter_map(|item| item.get("id").and_then(Value::as_str)) {
        own(did, section, id)?;
        if !seen.insert(id) {
            return Err(Fault::about(section, format!("{section}.id {id} stands twice")));
        }
    }
    Ok(seen)
}

/// A DID URL of this DID with nothing but a fragment.
fn own(did: &Did, section: &str, url: &str) -> Result<(), Fault> {
    let own = url.split_once('#').filter(|(start, _)| Did::parse(start).is_ok_and(|named| named == *did));
    match own.map(|(_, fragment)| fragment) {
        Some(fragment) if is_fragment(fragment) => Ok(()),
        Some(_) => {
            let sentence =
                format!("{section}: what stands after # in {url} is not the fragment of a DID URL");
            Err(Fault::about(section, sentence))
        }
        None => Err(Fault::about(section, format!("{section}: {url} should be {did}#…"))),
    }
}

/// RFC 3986, section 3.5: one or more of these characters, or bytes in percent-encoding.
pub(crate) fn is_fragment(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=:@?".contains(c);
    let mut pieces = text.split('%');
    let is_start_fine = pieces.next().is_some_and(|start| start.chars().all(is_plain));
    let is_encoded = |piece: &str| {
        let (byte, rest) = piece.split_at_checked(2).unwrap_or_default();
        byte.len() == 2 && byte.bytes().all(|b| b.is_ascii_hexdigit()) && rest.chars().all(is_plain)
    };
    !text.is_empty() && is_start_fine && pieces.all(is_encoded)
}

fn service(service: &Value) -> Result<(), Fault> {
    let kind = service.get("type").and_then(Value::as_str).unwrap_or_default();
    if kind.is_empty() || kind.len() > SERVICE_TYPE_BYTES_MAX {
        let sentence = format!("service.type should be a text of 1 to {SERVICE_TYPE_BYTES_MAX} bytes");
        return Err(Fault::about(SERVICES, sentence));
    }
    let is_empty = match service.get("serviceEndpoint") {
        Some(Value::Array(endpoints)) => endpoints.iter().any(|endpoint| endpoint.as_str() == Some("")),
        Some(Value::String(endpoint)) => endpoint.is_empty(),
        _ => false,
    };
    if is_empty {
        return Err(Fault::about(SERVICES, "service.serviceEndpoint should not hold an empty text"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DID: &str = "did:cheqd:testnet:7add15db-96b0-4ab0-8172-168277915658";

    fn with(section: &str, value: Value) -> Option<String> {
        let mut document = json!({
            "id": DID,
            "verificationMethod": [{"id": format!("{DID}#key-1")}],
            "authentication": [format!("{DID}#key-1")],
        });
        document[section] = value;
        check(&Did::parse(DID).unwrap(), &document).err().map(|fault| {
            assert_eq!((fault.code, &fault.members["field"]), ("request/invalid", &json!(section)));
            fault.public
        })
    }

    fn a_service(id: &str, kind: &str, endpoint: &Value) -> Value {
        json!([{"id": id, "type": kind, "serviceEndpoint": endpoint}])
    }

    #[test]
    fn an_id_is_the_did_with_a_fragment() {
        let id = |after: &str| {
            with("service", a_service(&format!("{DID}{after}"), "T", &json!(["https://e.org"])))
        };
        for fine in ["#s", "#a/b?c", "#%C3%A4", "#!$&'()*+,;=:@-._~"] {
            assert_eq!(id(fine), None, "{fine}");
        }
        for wrong in
            ["#", "#a b", "#ä", "#a#b", "#%zz", "#%a", "#a%", "", "/p#s", "?q#s", "#\"", "#a|b", "9#s"]
        {
            assert!(id(wrong).is_some(), "{wrong}");
        }
        let other = DID.replace('7', "8");
        assert!(with("service", a_service(&format!("{other}#s"), "T", &json!([]))).is_some());
        assert!(with("verificationMethod", json!([{"id": format!("{other}#key-1")}])).is_some());
        assert!(with("keyAgreement", json!([format!("{other}#key-1")])).is_some());
        let base58 = Did::parse("did:cheqd:testnet:7Uhoi7PPzLUax2JtMkKRop").unwrap();
        let of = |did: &str| {
            let document = json!({"service": a_service(&format!("{did}#s"), "T", &json!([]))});
            check(&base58, &document).is_ok()
        };
        assert!(of(base58.as_str()) && !of(&base58.as_str().replace('U', "u")), "base58 has");
        let upper = DID.replace("7add15db", "7ADD15DB");
        assert_eq!(
            with("service", a_service(&format!("{upper}#s"), "T", &json!([]))),
            None,
            "a UUID has no case"
        );
    }

    #[test]
    fn a_services_type_and_endpoints_have_bounds() {
        let of =
            |kind: &str, endpoint: Value| with("service", a_service(&format!("{DID}#s"), kind, &endpoint));
        assert_eq!(of(&"t".repeat(SERVICE_TYPE_BYTES_MAX), json!([])), None);
        assert!(of(&"t".repeat(SERVICE_TYPE_BYTES_MAX + 1), json!([])).is_some());
        assert!(of(&"ä".repeat(128), json!([])).is_some(), "bytes, not characters");
        assert!(of("", json!([])).is_some());
        assert!(of("T", json!(["https://e.org", ""])).is_some());
        assert!(of("T", json!("")).is_some());
    }

    #[test]
    fn lists_name_each_thing_once_and_assertions_what_is_there() {
        let key = format!("{DID}#key-1");
        assert_eq!(with("authentication", json!([format!("{DID}#elsewhere")])), None);
        assert_eq!(with("assertionMethod", json!([key])), None);
        assert!(with("assertionMethod", json!([format!("{DID}#elsewhere")])).is_some());
        for name in RELATIONSHIPS {
            assert!(with(name, json!([key, key])).is_some(), "{name}");
        }
        let twice = json!([{"id": key}, {"id": key}]);
        assert!(with("verificationMethod", twice).is_some());
        assert!(with("alsoKnownAs", json!(["https://a", "https://a"])).is_some());
        assert!(with("controller", json!([DID, DID])).is_some());
        for text in ["#key-1", "key-1", ""] {
            assert!(with("keyAgreement", json!([text])).is_some(), "{text}");
            assert!(with("assertionMethod", json!([text])).is_some(), "{text}");
        }
        for method in
            [json!({"a": 1}), json!({"id": key, "type": "T", "controller": "x"}), json!({"id": "#i"})]
        {
            assert!(with("assertionMethod", json!([method])).is_some(), "{method}");
        }
        assert_eq!(with("assertionMethod", json!([{"id": key, "type": "T", "controller": DID}])), None);
    }
}
