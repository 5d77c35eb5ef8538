//! What changes of DIDs take.

use super::{DidChangeInput, LedgerWriteInput, invalid, required};
use crate::{
    default::OrDefault,
    view::kind::{IdentifierFormat, Network, SigningMode, VerificationMethodType},
};
use app::{Fault, did::ServiceRequest};
use async_graphql::InputObject;
use serde_json::Value;

/// A service of a DID document.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct ServiceInput {
    /// The part of the service's id after `#`.
    pub(crate) id_fragment: String,
    /// Service type.
    #[graphql(name = "type")]
    pub(crate) service_type: String,
    /// Its addresses.
    pub(crate) service_endpoint: Vec<String>,
    /// Whose keys open its messages.
    pub(crate) recipient_keys: Option<Vec<String>>,
    /// Through whom its messages go.
    pub(crate) routing_keys: Option<Vec<String>>,
    /// Its place among several, the lowest first.
    pub(crate) priority: Option<u32>,
    /// Media types it takes.
    pub(crate) accept: Option<Vec<String>>,
}

impl ServiceInput {
    /// The service as both doors ask for it.
    pub(crate) fn request(self) -> Result<ServiceRequest, Fault> {
        required("idFragment", &self.id_fragment)?;
        required("type", &self.service_type)?;
        if self.service_endpoint.is_empty() {
            return Err(invalid("serviceEndpoint", "service.serviceEndpoint is required"));
        }
        Ok(ServiceRequest {
            id_fragment: self.id_fragment,
            service_type: self.service_type,
            service_endpoint: self.service_endpoint,
            recipient_keys: self.recipient_keys.unwrap_or_default(),
            routing_keys: self.routing_keys.unwrap_or_default(),
            priority: self.priority,
            accept: self.accept.unwrap_or_default(),
        })
    }
}

/// A new DID: from a template, or with a document of the caller's.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct CreateDidInput {
    /// Its network; needed without `didDocument`.
    pub(crate) network: Option<Network>,
    /// Form of the identifier.
    #[graphql(default)]
    pub(crate) identifier_format: OrDefault<IdentifierFormat>,
    /// Type of its verification method; `ED25519_VERIFICATION_KEY_2020` without.
    pub(crate) verification_method_type: Option<VerificationMethodType>,
    /// An Ed25519 key of the account's to use; a new one otherwise.
    pub(crate) kid: Option<String>,
    /// Services.
    pub(crate) services: Option<Vec<ServiceInput>>,
    /// `@context`.
    pub(crate) contexts: Option<Vec<String>>,
    /// Whether the new key stands under `assertionMethod`; it does by default. Not beside `didDocument`.
    pub(crate) assertion_method: Option<bool>,
    /// A whole document instead of the template. If it has verification methods, they name the keys that sign, and neither `kid` nor
    /// `verificationMethodType` is given beside it: the vault signs with those of them that it has, or, with mode `CLIENT`, asks
    /// for the others. With `kid` or `verificationMethodType`, or if it has none, `#key-1` stands in their place.
    pub(crate) did_document: Option<Value>,
    /// What it is called here, as `labelDid` takes it.
    pub(crate) name: Option<String>,
    /// What it stands for here, as `labelDid` takes it.
    pub(crate) kind: Option<String>,
    /// Whether name and kind stand in the document too, where everybody reads them for ever. Not beside `didDocument`, which has its
    /// own services.
    pub(crate) publish_name: Option<bool>,
    /// Whose keys sign.
    #[graphql(default)]
    pub(crate) mode: OrDefault<SigningMode>,
    /// How to write.
    #[graphql(flatten)]
    pub(crate) write: LedgerWriteInput,
}

/// A new version of a DID document: the whole of it, or sections that replace those of the present one, or single changes of it.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct UpdateDidInput {
    /// The DID.
    pub(crate) did: String,
    /// The whole new document.
    pub(crate) did_document: Option<Value>,
    /// What shall be different, one after the other; the rest of the document stays. 1 to 32.
    pub(crate) changes: Option<Vec<DidChangeInput>>,
    /// Verification methods.
    pub(crate) verification_method: Option<Vec<Value>>,
    /// Which verification methods authenticate.
    pub(crate) authentication: Option<Vec<Value>>,
    /// Which verification methods sign credentials.
    pub(crate) assertion_method: Option<Vec<Value>>,
    /// Which verification methods invoke capabilities.
    pub(crate) capability_invocation: Option<Vec<String>>,
    /// Which verification methods delegate capabilities.
    pub(crate) capability_delegation: Option<Vec<String>>,
    /// Which verification methods agree on keys.
    pub(crate) key_agreement: Option<Vec<String>>,
    /// Who may change the document: DIDs.
    pub(crate) controller: Option<Vec<String>>,
    /// Other names of the DID: URIs.
    pub(crate) also_known_as: Option<Vec<String>>,
    /// `@context`.
    pub(crate) contexts: Option<Vec<String>>,
    /// Services.
    pub(crate) service: Option<Vec<Value>>,
    /// Whose keys sign.
    #[graphql(default)]
    pub(crate) mode: OrDefault<SigningMode>,
    /// How to write.
    #[graphql(flatten)]
    pub(crate) write: LedgerWriteInput,
}

/// The end of a DID.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct DeactivateDidInput {
    /// The DID.
    pub(crate) did: String,
    /// Whose keys sign.
    #[graphql(default)]
    pub(crate) mode: OrDefault<SigningMode>,
    /// How to write.
    #[graphql(flatten)]
    pub(crate) write: LedgerWriteInput,
}
