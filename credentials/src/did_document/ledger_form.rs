//! The strings-only form of `cheqd.did.v2.DidDoc` (docs/ledger.md#messages) and its JSON renderings.

use domain::json;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::VerificationMethodType;
use crate::json::{list, push_unique, text};

domain::limits! {
    /// Entries that any list of a DID document may have.
    pub MAX_LIST_ENTRIES: usize = 256, "entries";
}

const DID_CONTEXT: &str = "https://www.w3.org/ns/did/v1";
const LINKED_DOMAINS_CONTEXT: &str = "https://identity.foundation/.well-known/did-configuration/v1";

/// Why a JSON DID document cannot go onto the ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DidDocumentError {
    /// Not a JSON object.
    #[error("Should be JSON object")]
    NotAnObject,
    /// No `id`.
    #[error("didDocument.id is required")]
    MissingId,
    /// A list is missing, not a list, too long, or holds something that is not text.
    #[error("didDocument.{0} must be a list of text")]
    List(&'static str),
    /// A verification method lacks a member or has an unknown type.
    #[error("didDocument.verificationMethod is not valid: {0}")]
    Method(String),
    /// A service lacks a member.
    #[error("didDocument.service is not valid: {0}")]
    Service(String),
}

/// A DID document as the ledger stores it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DidDoc {
    /// `@context`.
    pub context: Vec<String>,
    /// The DID.
    pub id: String,
    /// Controllers.
    pub controller: Vec<String>,
    /// Keys.
    pub verification_method: Vec<VerificationMethod>,
    /// References.
    pub authentication: Vec<String>,
    /// References, or verification methods as JSON text quoted once more.
    pub assertion_method: Vec<String>,
    /// References.
    pub capability_invocation: Vec<String>,
    /// References.
    pub capability_delegation: Vec<String>,
    /// References.
    pub key_agreement: Vec<String>,
    /// Services.
    pub service: Vec<Service>,
    /// Other names.
    pub also_known_as: Vec<String>,
}

/// `cheqd.did.v2.VerificationMethod`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationMethod {
    /// DID URL.
    pub id: String,
    /// Type name.
    pub verification_method_type: String,
    /// DID.
    pub controller: String,
    /// Multibase, base58 or the JWK as JSON text.
    pub verification_material: String,
}

/// `cheqd.did.v2.Service`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// DID URL.
    pub id: String,
    /// Service type.
    pub service_type: String,
    /// Endpoints.
    pub service_endpoint: Vec<String>,
    /// `DIDComm` recipients.
    pub recipient_keys: Vec<String>,
    /// `DIDComm` routing.
    pub routing_keys: Vec<String>,
    /// `DIDComm` profiles.
    pub accept: Vec<String>,
    /// `DIDComm` order; 0 when there is none.
    pub priority: u32,
}

impl DidDoc {
    /// From the JSON form. A single text stands for a list of one. Nothing is checked beyond what the conversion needs:
    /// the ledger's own rules (prefixes, uniqueness, references) are the domain's.
    pub fn from_json(document: &Value) -> Result<Self, DidDocumentError> {
        if !document.is_object() {
            return Err(DidDocumentError::NotAnObject);
        }
        let id =
            text(document, "id").filter(|id| !id.is_empty()).ok_or(DidDocumentError::MissingId)?.to_owned();
        let strings = |name: &'static str| string_list(document, name);
        let objects = |name: &'static str| match document.get(name) {
            None | Some(Value::Null) => Ok(&[] as &[Value]),
            Some(Value::Array(items)) if items.len() <= MAX_LIST_ENTRIES => Ok(items.as_slice()),
            Some(_) => Err(DidDocumentError::List(name)),
        };
        let assertion_method = list(document.get("assertionMethod"))
            .into_iter()
            .take(MAX_LIST_ENTRIES + 1)
            .map(|entry| match entry {
                Value::String(reference) => Ok(reference.clone()),
                Value::Object(_) => Ok(quoted(entry)),
                _ => Err(DidDocumentError::List("assertionMethod")),
            })
            .collect::<Result<Vec<_>, _>>()?;
        if assertion_method.len() > MAX_LIST_ENTRIES {
            return Err(DidDocumentError::List("assertionMethod"));
        }
        Ok(Self {
            context: strings("@context")?,
            id,
            controller: strings("controller")?,
            verification_method: objects("verificationMethod")?
                .iter()
                .map(VerificationMethod::from_json)
                .collect::<Result<_, _>>()?,
            authentication: strings("authentication")?,
            assertion_method,
            capability_invocation: strings("capabilityInvocation")?,
            capability_delegation: strings("capabilityDelegation")?,
            key_agreement: strings("keyAgreement")?,
            service: objects("service")?.iter().map(Service::from_json).collect::<Result<_, _>>()?,
            also_known_as: strings("alsoKnownAs")?,
        })
    }

    /// The JSON form of the REST contract: lists stay lists, `@context` as stored, empty lists are left out.
    pub fn to_json(&self) -> Value {
        self.render(&self.context, false)
    }

    /// The JSON form a cheqd DID resolver gives: the stored context is ignored; with `with_context` (the ld media types)
    /// the resolver's own is written. A service with one endpoint has it as text.
    pub fn to_resolver_json(&self, with_context: bool) -> Value {
        let contexts = if with_context { self.resolver_contexts() } else { Vec::new() };
        self.render(&contexts, true)
    }

    fn resolver_contexts(&self) -> Vec<String> {
        let mut contexts = vec![Value::from(DID_CONTEXT)];
        if self.service.iter().any(|service| service.service_type == "LinkedDomains") {
            contexts.push(Value::from(LINKED_DOMAINS_CONTEXT));
        }
        for method in &self.verification_method {
            if let Ok(kind) = method.verification_method_type.parse::<VerificationMethodType>() {
                push_unique(&mut contexts, Value::from(kind.context()));
            }
        }
        contexts.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn render(&self, contexts: &[String], single_endpoint_as_text: bool) -> Value {
        let mut document = Map::new();
        let mut put = |name: &str, items: Vec<Value>| {
            if !items.is_empty() {
                document.insert(name.to_owned(), Value::Array(items));
            }
        };
        let values =
            |items: &[String]| items.iter().map(|item| Value::from(item.as_str())).collect::<Vec<_>>();
        put("@context", values(contexts));
        put("id", vec![Value::Null]);
        put("controller", values(&self.controller));
        put("verificationMethod", self.verification_method.iter().map(VerificationMethod::to_json).collect());
        put("authentication", values(&self.authentication));
        put("assertionMethod", self.assertion_method.iter().map(|entry| unquoted(entry)).collect());
        put("capabilityInvocation", values(&self.capability_invocation));
        put("capabilityDelegation", values(&self.capability_delegation));
        put("keyAgreement", values(&self.key_agreement));
        put("service", self.service.iter().map(|service| service.to_json(single_endpoint_as_text)).collect());
        put("alsoKnownAs", values(&self.also_known_as));
        // `id` took its place above; it is the one member that is no list.
        document.insert("id".to_owned(), Value::from(self.id.as_str()));
        Value::Object(document)
    }
}

impl VerificationMethod {
    /// From the JSON form.
    pub fn from_json(method: &Value) -> Result<Self, DidDocumentError> {
        let required = |name: &'static str| {
            text(method, name)
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
                .ok_or_else(|| DidDocumentError::Method(format!("verificationMethod.{name} is required")))
        };
        let kind_name = required("type")?;
        let kind: VerificationMethodType = kind_name.parse().map_err(|_| {
            DidDocumentError::Method(format!("verificationMethod.type {kind_name} is not supported"))
        })?;
        let member = kind.material_member();
        let missing = || DidDocumentError::Method(format!("verificationMethod.{member} is required"));
        let material = match method.get(member) {
            Some(Value::String(material)) => material.clone(),
            Some(jwk @ Value::Object(_)) if kind == VerificationMethodType::JsonWebKey2020 => jwk.to_string(),
            _ => return Err(missing()),
        };
        Ok(Self {
            id: required("id")?,
            verification_method_type: kind_name,
            controller: required("controller")?,
            verification_material: material,
        })
    }

    /// The JSON form, with the material under the member of its type.
    pub fn to_json(&self) -> Value {
        let mut method = Map::new();
        method.insert("id".to_owned(), Value::from(self.id.as_str()));
        method.insert("type".to_owned(), Value::from(self.verification_method_type.as_str()));
        method.insert("controller".to_owned(), Value::from(self.controller.as_str()));
        let text = Value::from(self.verification_material.as_str());
        match self.verification_method_type.parse() {
            Ok(kind @ VerificationMethodType::JsonWebKey2020) => {
                let jwk = json::read(self.verification_material.as_bytes()).unwrap_or(text);
                method.insert(kind.material_member().to_owned(), jwk);
            }
            Ok(kind) => {
                method.insert(kind.material_member().to_owned(), text);
            }
            Err(_) => {
                method.insert("verificationMaterial".to_owned(), text);
            }
        }
        Value::Object(method)
    }
}

impl Service {
    /// From the JSON form; endpoints must be text (the ledger knows no endpoint objects).
    pub fn from_json(service: &Value) -> Result<Self, DidDocumentError> {
        let required = |name: &'static str| {
            text(service, name)
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
                .ok_or_else(|| DidDocumentError::Service(format!("service.{name} is required")))
        };
        let strings = |name: &'static str| {
            string_list(service, name)
                .map_err(|_| DidDocumentError::Service(format!("service.{name} must be a list of text")))
        };
        let priority = match service.get("priority") {
            None | Some(Value::Null) => 0,
            Some(value) => value.as_u64().and_then(|value| u32::try_from(value).ok()).ok_or_else(|| {
                DidDocumentError::Service("service.priority must be a whole number".to_owned())
            })?,
        };
        Ok(Self {
            id: required("id")?,
            service_type: required("type")?,
            service_endpoint: strings("serviceEndpoint")?,
            recipient_keys: strings("recipientKeys")?,
            routing_keys: strings("routingKeys")?,
            accept: strings("accept")?,
            priority,
        })
    }

    pub(super) fn to_json(&self, single_endpoint_as_text: bool) -> Value {
        let mut service = Map::new();
        service.insert("id".to_owned(), Value::from(self.id.as_str()));
        service.insert("type".to_owned(), Value::from(self.service_type.as_str()));
        let endpoint = match self.service_endpoint.as_slice() {
            [single] if single_endpoint_as_text => json!(single),
            several => json!(several),
        };
        service.insert("serviceEndpoint".to_owned(), endpoint);
        for (name, items) in [
            ("recipientKeys", &self.recipient_keys),
            ("routingKeys", &self.routing_keys),
            ("accept", &self.accept),
        ] {
            if !items.is_empty() {
                service.insert(name.to_owned(), json!(items));
            }
        }
        if self.priority != 0 {
            service.insert("priority".to_owned(), Value::from(self.priority));
        }
        Value::Object(service)
    }
}

fn string_list(object: &Value, name: &'static str) -> Result<Vec<String>, DidDocumentError> {
    let items = list(object.get(name));
    if items.len() > MAX_LIST_ENTRIES {
        return Err(DidDocumentError::List(name));
    }
    items
        .into_iter()
        .map(|item| item.as_str().map(str::to_owned).ok_or(DidDocumentError::List(name)))
        .collect()
}

/// JSON of JSON: the ledger's form of a verification method embedded in `assertionMethod`. Its `publicKeyJwk` must be
/// text, because the ledger allows only flat objects there.
fn quoted(method: &Value) -> String {
    let mut flat = method.clone();
    if let Some(jwk) = flat.get_mut("publicKeyJwk").filter(|jwk| jwk.is_object()) {
        *jwk = Value::from(jwk.to_string());
    }
    Value::from(flat.to_string()).to_string()
}

/// The object inside a quoted entry; anything else stays the text it is.
pub(super) fn unquoted(entry: &str) -> Value {
    let object = entry.strip_prefix('"').and_then(|_| {
        let inner: String = serde_json::from_str(entry).ok()?;
        let mut object = json::read(inner.as_bytes()).ok().filter(Value::is_object)?;
        if let Some(jwk) = object.get_mut("publicKeyJwk")
            && let Some(parsed) = jwk.as_str().and_then(|text| json::read(text.as_bytes()).ok())
        {
            *jwk = parsed;
        }
        Some(object)
    });
    object.unwrap_or_else(|| Value::from(entry))
}
