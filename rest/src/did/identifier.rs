//! How a DID is shown after a write.

use crate::{
    key::{KeyMeta, KeyType},
    schema::AnyObject,
};
use app::{did::DidIdentifier, port::resolver::ResolvedDid};
use chrono::SecondsFormat;
use domain::did::ControllerKey;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// A DID with its keys.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Identifier {
    /// The DID.
    pub did: String,
    /// The first of `keys`.
    pub controller_key_id: Option<String>,
    /// `did:cheqd:<network>`.
    pub provider: String,
    /// One per verification method of the document whose key is in this wallet.
    pub keys: Vec<DidKeyView>,
    /// The document's services.
    #[schema(value_type = Vec<AnyObject>)]
    pub services: Vec<Value>,
    /// Every key that signed.
    pub controller_key_refs: Vec<String>,
    /// The first signing key of each controller.
    pub controller_keys: Vec<DidKeyView>,
}

/// A key of a DID.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DidKeyView {
    /// Its id: the public key in hex.
    pub kid: String,
    /// Always `postgres`, as in cheqd Studio.
    pub kms: &'static str,
    /// Its curve.
    #[serde(rename = "type")]
    pub key_type: KeyType,
    /// The public key in hex.
    pub public_key_hex: String,
    /// What it can do.
    pub meta: KeyMeta,
    /// The DID it belongs to.
    pub controller: String,
}

/// A DID resolution result.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resolution {
    /// The document.
    #[schema(value_type = AnyObject)]
    pub did_document: Value,
    /// `created`, `updated`, `versionId`, `deactivated`, ….
    #[schema(value_type = AnyObject)]
    pub did_document_metadata: Value,
    /// `contentType`.
    #[schema(value_type = AnyObject)]
    pub did_resolution_metadata: Value,
}

fn key_view(key: &ControllerKey, controller: &str) -> DidKeyView {
    DidKeyView {
        kid: key.kid.0.clone(),
        kms: "postgres",
        key_type: key.algorithm().into(),
        public_key_hex: key.kid.0.clone(),
        meta: KeyMeta::of(key.algorithm()),
        controller: controller.to_owned(),
    }
}

fn controllers_of<'a>(document: &'a Value, did: &'a str) -> Vec<&'a str> {
    match document.get("controller") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) if !many.is_empty() => many.iter().filter_map(Value::as_str).collect(),
        _ => vec![did],
    }
}

fn belongs_to(signer: &ControllerKey, did: &str) -> bool {
    signer.verification_method.split_once('#').is_some_and(|(owner, _)| owner == did)
}

impl From<DidIdentifier> for Identifier {
    fn from(written: DidIdentifier) -> Self {
        let did = written.did.to_string();
        let mut controller_key_refs: Vec<String> = Vec::new();
        for signer in &written.signers {
            if !controller_key_refs.contains(&signer.kid.0) {
                controller_key_refs.push(signer.kid.0.clone());
            }
        }
        let first_of = |controller: &str| {
            let signer = written.signers.iter().find(|signer| belongs_to(signer, controller));
            signer.map(|signer| key_view(signer, controller))
        };
        let controller_keys =
            controllers_of(&written.document, &did).into_iter().filter_map(first_of).collect();
        let services = written.document.get("service").and_then(Value::as_array).cloned().unwrap_or_default();
        Self {
            controller_key_id: written.keys.first().map(|key| key.kid.0.clone()),
            provider: format!("did:cheqd:{}", written.did.network()),
            keys: written.keys.iter().map(|key| key_view(key, &did)).collect(),
            services,
            controller_key_refs,
            controller_keys,
            did,
        }
    }
}

impl From<ResolvedDid> for Resolution {
    fn from(found: ResolvedDid) -> Self {
        let seconds = |at: domain::id::Instant| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut metadata = Map::new();
        metadata.insert("created".to_owned(), json!(seconds(found.created)));
        if let Some(updated) = found.updated {
            metadata.insert("updated".to_owned(), json!(seconds(updated)));
        }
        if found.deactivated {
            metadata.insert("deactivated".to_owned(), json!(true));
        }
        metadata.insert("versionId".to_owned(), json!(found.version_id));
        if let Some(previous) = found.previous_version_id {
            metadata.insert("previousVersionId".to_owned(), json!(previous));
        }
        if let Some(next) = found.next_version_id {
            metadata.insert("nextVersionId".to_owned(), json!(next));
        }
        Self {
            did_document: found.document,
            did_document_metadata: Value::Object(metadata),
            did_resolution_metadata: json!({ "contentType": "application/did+ld+json" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::{Did, KeyId};

    const A: &str = "did:cheqd:testnet:b1b61eec-b864-4544-a95d-0ace7798cfbd";
    const B: &str = "did:cheqd:testnet:7add15db-96b0-4ab0-8172-168277915658";
    const KID: &str = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";

    fn signer(did: &str, kid: &str) -> ControllerKey {
        ControllerKey { verification_method: format!("{did}#key-1"), kid: KeyId(kid.to_owned()) }
    }

    #[test]
    fn an_update_with_two_controllers_shows_both_signers() {
        let document = json!({
            "id": A,
            "controller": [A, B],
            // The second key is somebody else's (identifiers 3): it is not listed as one of this wallet's.
            "verificationMethod": [{
                "id": format!("{A}#key-1"), "type": "Ed25519VerificationKey2020", "controller": A,
                "publicKeyMultibase": "z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX",
            }, {
                "id": format!("{A}#key-2"), "type": "Ed25519VerificationKey2020", "controller": A,
                "publicKeyMultibase": "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd",
            }],
        });
        let written = DidIdentifier {
            did: Did::parse(A).unwrap(),
            document,
            keys: vec![signer(A, KID)],
            signers: vec![signer(A, KID), signer(B, "bb"), signer(B, "bb")],
        };
        let view = Identifier::from(written);
        assert_eq!(view.controller_key_id.as_deref(), Some(KID));
        assert_eq!(view.keys.len(), 1);
        assert_eq!(view.controller_key_refs, [KID, "bb"]);
        let controllers: Vec<&str> = view.controller_keys.iter().map(|key| key.controller.as_str()).collect();
        assert_eq!(controllers, [A, B]);
        assert_eq!(view.provider, "did:cheqd:testnet");
    }
}
