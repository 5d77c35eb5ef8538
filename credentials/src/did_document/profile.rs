//! What a DID is called, published: a service of its document, so that whoever resolves it reads the name there.
//!
//! DID Core (section 5.4) wants a URI or an object as endpoint, and the ledger takes texts only, so the profile is JSON in a `data:`
//! URI (RFC 2397). It is what the DID's controllers say of themselves, and proves nothing.

use super::ServiceRequest;
use crate::{
    did_url::{decode, encode},
    json::{list, text},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Type of the service.
pub const PROFILE_SERVICE: &str = "PublicProfile";
/// Fragment of its id, unless something else in the document has it.
pub const PROFILE_FRAGMENT: &str = "profile";
const JSON_URI: &str = "data:application/json,";

/// A name for people, and what the DID stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// The name.
    pub name: String,
    /// `organisation`, `agent`, or another word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

impl Profile {
    /// The service that publishes it.
    pub fn service(&self) -> ServiceRequest {
        ServiceRequest {
            id_fragment: PROFILE_FRAGMENT.to_owned(),
            service_type: PROFILE_SERVICE.to_owned(),
            service_endpoint: vec![format!("{JSON_URI}{}", encode(&json!(self).to_string()))],
            recipient_keys: Vec::new(),
            routing_keys: Vec::new(),
            priority: None,
            accept: Vec::new(),
        }
    }

    /// What a document publishes, if it does. The text is whatever its controllers wrote: look at it before it is shown.
    pub fn of_document(document: &Value) -> Option<Self> {
        let services = list(document.get("service"));
        let service = services.into_iter().find(|service| is_profile(service))?;
        let endpoint = match service.get("serviceEndpoint")? {
            Value::Array(several) => several.first()?.as_str()?,
            one => one.as_str()?,
        };
        serde_json::from_str(&decode(endpoint.strip_prefix(JSON_URI)?, false)?).ok()
    }
}

/// Whether a service publishes what its DID is called.
pub(super) fn is_profile(service: &Value) -> bool {
    text(service, "type") == Some(PROFILE_SERVICE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DID: &str = "did:cheqd:testnet:7add15db-96b0-4ab0-8172-168277915658";

    #[test]
    fn what_is_published_is_read_again() {
        for name in ["Zoë & Sons", "\"</script>\\", "100 %, #1?", "日本", "a+b"] {
            let profile = Profile { name: name.to_owned(), kind: Some("organisation".to_owned()) };
            let service = profile.service().to_json(DID);
            assert_eq!(service["id"], format!("{DID}#profile"));
            let uri = service["serviceEndpoint"][0].as_str().unwrap();
            let is_uri = |b: u8| b.is_ascii_alphanumeric() || b":/,%-._~".contains(&b);
            assert!(uri.bytes().all(is_uri), "{uri}");
            assert_eq!(Profile::of_document(&json!({"service": [service]})), Some(profile));
        }
        let plain = Profile { name: "a".to_owned(), kind: None };
        assert_eq!(plain.service().service_endpoint, ["data:application/json,%7B%22name%22%3A%22a%22%7D"]);
    }

    #[test]
    fn what_is_no_profile_is_none() {
        let of = |service: Value| Profile::of_document(&json!({"service": service}));
        let uri = "data:application/json,%7B%22name%22%3A%22a%22%7D";
        assert!(of(json!([{"type": PROFILE_SERVICE, "serviceEndpoint": uri}])).is_some(), "a text alone");
        for service in [
            json!([]),
            json!("x"),
            json!([{"type": "LinkedDomains", "serviceEndpoint": [uri]}]),
            json!([{"type": PROFILE_SERVICE, "serviceEndpoint": []}]),
            json!([{"type": PROFILE_SERVICE, "serviceEndpoint": ["https://example.org"]}]),
            json!([{"type": PROFILE_SERVICE, "serviceEndpoint": ["data:application/json,%zz"]}]),
            json!([{"type": PROFILE_SERVICE, "serviceEndpoint": ["data:application/json,%7B%7D"]}]),
            json!([{"type": PROFILE_SERVICE, "serviceEndpoint": ["data:application/json,%7B%22name%22%3A5%7D"]}]),
            json!([{"type": PROFILE_SERVICE}]),
        ] {
            assert_eq!(of(service.clone()), None, "{service}");
        }
    }
}
