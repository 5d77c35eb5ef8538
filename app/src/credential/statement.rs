//! What a document says besides its parties, held against VCDM before it is signed, whichever door it was asked through.
//!
//! A signature makes a document permanent: one whose context is no URL or whose type is empty is refused by other people's
//! verifiers, after it was handed out. (VCDM 1.1 4.1 contexts, 4.2 identifiers, 4.3 types, 5.4 schemas.)

use crate::{Fault, did::did_sentence};
use serde_json::{Map, Value};

domain::limits! {
    /// Most contexts, and most types, of a document to be signed.
    pub TEXTS_MAX: usize = 64, "entries";
    /// Longest context, type, identifier or schema address of a document to be signed.
    pub TEXT_CHARS_MAX: usize = 1_024, "characters";
}

/// The members of a document to be signed that its caller chooses freely.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement<'a> {
    pub(crate) subject: &'a str,
    pub(crate) attributes: &'a Map<String, Value>,
    pub(crate) contexts: &'a [String],
    pub(crate) types: &'a [String],
    pub(crate) schema: Option<&'a Value>,
    pub(crate) extra: &'a Map<String, Value>,
}

impl Statement<'_> {
    /// Faults: `request/invalid` with the contract's name of the member as `field`.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        if let Some(sentence) = did_sentence(self.subject) {
            return Err(Fault::about("subjectDid", sentence));
        }
        self.only_subject()?;
        few("@context", self.contexts)?;
        self.contexts.iter().try_for_each(|context| uri("@context", context))?;
        few("type", self.types)?;
        self.types.iter().try_for_each(|kind| term("type", kind))?;
        self.check_schema()?;
        self.extra.iter().try_for_each(|(name, value)| match value {
            Value::String(id) if name == "id" => uri("id", id),
            _ if name == "id" => Err(Fault::about("id", "id should be a string")),
            value => structured(name, value),
        })
    }

    /// Claims must not name another subject: the credential would be about somebody the request does not speak of, and
    /// sealed under the wrong key.
    fn only_subject(&self) -> Result<(), Fault> {
        match self.attributes.get("id") {
            Some(id) if id.as_str() != Some(self.subject) => {
                let sentence = "attributes.id names another subject than subjectDid.";
                Err(Fault::invalid("credential/invalid", sentence).with("field", "attributes"))
            }
            _ => Ok(()),
        }
    }

    fn check_schema(&self) -> Result<(), Fault> {
        const NAME: &str = "credentialSchema";
        match self.schema {
            None if self.subject.starts_with("did:vda:") => {
                Err(Fault::about(NAME, "credentialSchema is required for a verida DID subject"))
            }
            None => Ok(()),
            Some(Value::String(id)) => uri(NAME, id),
            Some(Value::Object(schema)) => {
                match schema.get("id") {
                    Some(Value::String(id)) => uri(NAME, id)?,
                    _ => return Err(Fault::about(NAME, "credentialSchema.id should be a string")),
                }
                match schema.get("type") {
                    None => Ok(()),
                    Some(Value::String(kind)) => term(NAME, kind),
                    Some(_) => Err(Fault::about(NAME, "credentialSchema.type should be a string")),
                }
            }
            Some(_) => Err(Fault::about(NAME, "credentialSchema should be a string or an object")),
        }
    }
}

fn few(name: &str, texts: &[String]) -> Result<(), Fault> {
    if texts.len() <= TEXTS_MAX {
        return Ok(());
    }
    Err(Fault::about(name, format!("{name} should have at most {TEXTS_MAX} entries")))
}

fn short(name: &str, text: &str) -> Result<(), Fault> {
    if text.chars().count() <= TEXT_CHARS_MAX {
        return Ok(());
    }
    Err(Fault::about(name, format!("{name} is longer than {TEXT_CHARS_MAX} characters")))
}

/// A name in a vocabulary, or an address in one.
fn term(name: &str, text: &str) -> Result<(), Fault> {
    short(name, text)?;
    if text.is_empty() || text.trim() != text || text.chars().any(char::is_control) {
        let sentence =
            format!("{name} should not be empty, nor begin or end with a space, nor hold control characters");
        return Err(Fault::about(name, sentence));
    }
    Ok(())
}

fn uri(name: &str, text: &str) -> Result<(), Fault> {
    short(name, text)?;
    if is_uri(text) { Ok(()) } else { Err(Fault::about(name, format!("{name} should be a URL"))) }
}

/// Scheme, colon, and at least one of the characters that URIs are written in, or one beyond ASCII as IRIs have them (RFC
/// 3986 3.1 and 2, RFC 3987 2.2).
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let named = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let written = |c: char| !c.is_control() && !c.is_whitespace() && !"<>\"{}|\\^`".contains(c);
    // What stands behind the slashes of a hierarchical address must not be nothing.
    let something = !rest.trim_start_matches('/').is_empty();
    named && something && rest.chars().all(written)
}

fn structured(name: &str, value: &Value) -> Result<(), Fault> {
    match value {
        Value::Object(_) => Ok(()),
        Value::Array(items) if items.iter().all(Value::is_object) => Ok(()),
        _ => Err(Fault::about(name, format!("{name} should be an object or an array of objects"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SUBJECT: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";

    /// The field that is refused in a statement made of these members.
    #[expect(clippy::needless_pass_by_value, reason = "reads best with json! in place")]
    fn refused(members: Value) -> Option<String> {
        let texts = |name: &str| -> Vec<String> {
            let found = members.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
            found.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
        };
        let object = |name: &str| members.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
        let (contexts, types) = (texts("@context"), texts("type"));
        let (attributes, extra) = (object("attributes"), object("extra"));
        let statement = Statement {
            subject: members.get("subject").and_then(Value::as_str).unwrap_or(SUBJECT),
            attributes: &attributes,
            contexts: &contexts,
            types: &types,
            schema: members.get("credentialSchema"),
            extra: &extra,
        };
        let fault = statement.check().err()?;
        Some(fault.members.get("field").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    #[test]
    fn doors_13_what_verifiers_would_refuse_is_not_signed() {
        for members in [
            json!({}),
            json!({"@context": ["https://schema.org", "https://example.org/ü", "did:cheqd:testnet:x?resourceName=y"]}),
            json!({"type": ["Person", "https://example.org/types#Person", "Ausweis für alle"]}),
            json!({"credentialSchema": "https://example.org/schema.json"}),
            json!({"credentialSchema": {"id": "urn:uuid:1", "type": "JsonSchemaValidator2018"}}),
            json!({"attributes": {"id": SUBJECT}}),
            json!({"extra": {"id": "urn:uuid:1", "termsOfUse": {}, "evidence": [{}, {}]}}),
        ] {
            assert_eq!(refused(members.clone()), None, "{members}");
        }
        let long = "x".repeat(TEXT_CHARS_MAX);
        for (members, field) in [
            (json!({"subject": "bob"}), "subjectDid"),
            (json!({"subject": ""}), "subjectDid"),
            (json!({"subject": "did:"}), "subjectDid"),
            (json!({"subject": "did:cheqd:testnet:no"}), "subjectDid"),
            (json!({"subject": "did:key:z6Mk bob"}), "subjectDid"),
            (json!({"subject": "did:vda:mainnet:0x1"}), "credentialSchema"),
            (json!({"attributes": {"id": "did:key:z6Mother"}}), "attributes"),
            (json!({"attributes": {"id": 1}}), "attributes"),
            (json!({"@context": ["not a url"]}), "@context"),
            (json!({"@context": ["https://a.example", ""]}), "@context"),
            (json!({"@context": ["example.org/context"]}), "@context"),
            (json!({"@context": ["https://"]}), "@context"),
            (json!({"@context": ["https://a b"]}), "@context"),
            (json!({"@context": [format!("https://{long}")]}), "@context"),
            (json!({"@context": vec!["https://a.example"; TEXTS_MAX + 1]}), "@context"),
            (json!({"type": [""]}), "type"),
            (json!({"type": [" "]}), "type"),
            (json!({"type": ["Person", "Per\nson"]}), "type"),
            (json!({"type": [format!("x{long}")]}), "type"),
            (json!({"type": vec!["Person"; TEXTS_MAX + 1]}), "type"),
            (json!({"credentialSchema": ""}), "credentialSchema"),
            (json!({"credentialSchema": 42}), "credentialSchema"),
            (json!({"credentialSchema": []}), "credentialSchema"),
            (json!({"credentialSchema": {}}), "credentialSchema"),
            (json!({"credentialSchema": {"id": "schema"}}), "credentialSchema"),
            (json!({"credentialSchema": {"id": "urn:x:1", "type": ""}}), "credentialSchema"),
            (json!({"credentialSchema": {"id": "urn:x:1", "type": 1}}), "credentialSchema"),
            (json!({"extra": {"id": "mine"}}), "id"),
            (json!({"extra": {"id": 1}}), "id"),
            (json!({"extra": {"termsOfUse": 42}}), "termsOfUse"),
            (json!({"extra": {"evidence": ["seen"]}}), "evidence"),
            (json!({"extra": {"refreshService": "soon"}}), "refreshService"),
        ] {
            assert_eq!(refused(members.clone()).as_deref(), Some(field), "{members}");
        }
    }
}
