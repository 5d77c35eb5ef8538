//! `POST /did/import`.

use super::{
    DidIdentifier,
    export::export_password,
    label::{called, published},
};
use crate::{
    Act, Call, Fault, Studio, Written,
    act::{DID_IMPORT, Spec},
    key::{self, ImportKey},
    port::{
        Execute,
        commands::Meta,
        passwords::Password,
        resolver::{Freshness, ResolvedDid},
    },
    write,
};
use credentials::key::PublicKey;
use domain::{
    Aggregate as _,
    did::{ControllerKey, DidCommand, DidLabel, DidRecord},
    id::{Did, KeyId, Network, VersionId},
};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

domain::limits! {
    /// Most keys that one import brings.
    pub IMPORTED_KEYS_MAX: usize = 20, "keys";
    /// Longest export that is taken in: as many keys, each with a long name.
    pub EXPORTED_KEYS_BYTES_MAX: usize = 32_768, "bytes";
}

/// A DID that was made elsewhere, with the private keys of its document.
#[derive(Serialize)]
pub struct ImportDid {
    did: Did,
    #[serde(flatten)]
    keys: Brought,
    controller_key: Option<KeyId>,
    #[serde(skip_serializing_if = "DidLabel::is_empty")]
    label: DidLabel,
}

/// How the private keys come.
#[derive(Serialize)]
#[serde(untagged)]
enum Brought {
    Each {
        keys: Vec<ImportKey>,
    },
    Exported {
        locked: String,
        #[serde(skip)]
        password: Password,
    },
}

impl ImportDid {
    /// `controller_key` is the one that is shown first; the first of the document without. Fault `request/invalid`: no keys, or too
    /// many.
    pub fn new(did: Did, keys: Vec<ImportKey>, controller_key: Option<&str>) -> Result<Self, Fault> {
        if keys.is_empty() {
            return Err(Fault::about("keys", "Invalid request: Provide all the required keys"));
        }
        if keys.len() > IMPORTED_KEYS_MAX {
            let sentence = format!("A DID is imported with at most {IMPORTED_KEYS_MAX} keys");
            return Err(Fault::about("keys", sentence));
        }
        let (keys, label) = (Brought::Each { keys }, DidLabel::default());
        Ok(Self { did, keys, controller_key: first(controller_key), label })
    }

    /// With keys that were exported here or elsewhere ([`super::export`]), and the password that opens them. Fault `request/invalid`.
    pub fn exported(
        did: Did,
        locked: &str,
        password: Option<&str>,
        controller_key: Option<&str>,
    ) -> Result<Self, Fault> {
        if locked.len() > EXPORTED_KEYS_BYTES_MAX {
            let sentence = format!("encryptedKeys should have at most {EXPORTED_KEYS_BYTES_MAX} bytes");
            return Err(Fault::about("encryptedKeys", sentence));
        }
        let keys = Brought::Exported { locked: locked.to_owned(), password: export_password(password)? };
        Ok(Self { did, keys, controller_key: first(controller_key), label: DidLabel::default() })
    }

    /// It is called so here. What is left out is what it was called before, or else what its document publishes. Fault
    /// `request/invalid`.
    pub fn called(self, name: Option<&str>, kind: Option<&str>) -> Result<Self, Fault> {
        Ok(Self { label: called(name, kind)?, ..self })
    }

    /// The DID.
    pub fn did(&self) -> &Did {
        &self.did
    }
}

/// Takes over a DID: its newest document is read from the ledger, and the keys must be those of all its verification methods, so that
/// whoever imports it has proven to hold it whole. Nothing is written to the ledger. A DID that is here and was changed elsewhere is
/// taken over anew. Faults: `did/not-on-ledger`, `did/deactivated`, `did/keys-incomplete`, `did/keys-not-held`,
/// `did/version-unsupported`, `did/already-exists` if another account has it, `key/export-unknown`, those of [`key::import`].
pub async fn import(studio: &Studio, call: &Call, input: ImportDid) -> Result<DidIdentifier, Fault> {
    let ImportDid { did, keys, controller_key, label } = input;
    let found = present(studio, &did).await?;
    let methods = methods_of(&did, &found.document)?;
    let version = VersionId(found.version_id.parse().map_err(|_| no_uuid(&did, &found.version_id))?);
    let wanted: BTreeSet<&KeyId> = methods.iter().map(|method| &method.kid).collect();
    let fits = |came: usize| {
        let wanted = wanted.len();
        let sentence = format!(": the document has {wanted}, and {came} came");
        if came == wanted { Ok(()) } else { Err(incomplete(&sentence)) }
    };
    let mut opened = Vec::with_capacity(wanted.len());
    match keys {
        Brought::Each { keys } => {
            // Unlocking costs: what cannot fit is not begun.
            fits(keys.len())?;
            for key in keys {
                opened.push(key.opened(studio, call).await?);
            }
        }
        Brought::Exported { locked, password } => {
            let keys = studio.vault.unlock_keys(call.who.customer, &locked, &password).await?;
            let mut seen = BTreeSet::new();
            for key in keys {
                let key = key::Opened::of_export(studio, key)?;
                if seen.insert(key.kid().clone()) {
                    opened.push(key);
                }
            }
            fits(opened.len())?;
        }
    }
    let held: BTreeSet<&KeyId> = opened.iter().map(key::Opened::kid).collect();
    let missing = methods.iter().filter(|method| !held.contains(&method.kid));
    let missing: Vec<&str> = missing.map(|method| method.verification_method.as_str()).collect();
    if !missing.is_empty() {
        return Err(incomplete(&format!(": {} is missing", missing.join(", "))));
    }
    let methods = with_first(methods, controller_key.as_ref())?;
    let command = DidCommand::Import {
        did: did.clone(),
        customer: call.who.customer,
        document: found.document.clone(),
        keys: methods.clone(),
        version,
        label,
        published: published(&found.document),
        at: call.at,
    };
    // What would be refused leaves no key behind.
    let record = Execute::<DidRecord>::load(&*studio.commands, did.as_str()).await?.state;
    record.decide(command.clone()).map_err(|refusal| Fault::refused(&refusal))?;
    for (number, key) in opened.into_iter().enumerate() {
        key::take_over(studio, call, &format!("import/{number}"), key).await?;
    }
    let meta = Meta::of(call, "did");
    let done = Execute::<DidRecord>::execute(&*studio.commands, did.as_str(), command, meta).await?;
    write::visible(studio, done.token).await?;
    Ok(DidIdentifier { did, document: found.document, keys: methods, signers: Vec::new() })
}

fn first(controller_key: Option<&str>) -> Option<KeyId> {
    controller_key.map(|kid| KeyId(kid.to_ascii_lowercase()))
}

async fn present(studio: &Studio, did: &Did) -> Result<ResolvedDid, Fault> {
    let found = studio.resolver.did(did, None, Freshness::Fresh).await?.ok_or_else(|| {
        let sentence = format!("Invalid request: Invalid did document for {did}: it is not on the ledger");
        Fault::invalid("did/not-on-ledger", sentence)
    })?;
    if found.deactivated {
        return Err(Fault::invalid("did/deactivated", format!("{did} is deactivated")));
    }
    Ok(found)
}

/// The verification methods of a document with the ids that their keys have in a vault.
fn methods_of(did: &Did, document: &Value) -> Result<Vec<ControllerKey>, Fault> {
    let methods = document.get("verificationMethod").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if methods.is_empty() {
        let sentence = format!("Invalid request: Invalid did document for {did}: it names no key");
        return Err(Fault::invalid("did/keys-not-held", sentence));
    }
    let of = |method: &Value| {
        let id = method.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let key = PublicKey::from_verification_method(method).ok().filter(PublicKey::controls_dids);
        let Some(key) = key else {
            let sentence = format!("{id} is no key of Ed25519 or P-256, and no other controls a DID here");
            return Err(Fault::invalid("did/keys-not-held", sentence));
        };
        Ok(ControllerKey { verification_method: id, kid: KeyId(hex::encode(key.bytes())) })
    };
    methods.iter().map(of).collect()
}

/// In the order of the document, what belongs to this key first.
fn with_first(mut methods: Vec<ControllerKey>, first: Option<&KeyId>) -> Result<Vec<ControllerKey>, Fault> {
    let Some(first) = first else { return Ok(methods) };
    if !methods.iter().any(|method| method.kid == *first) {
        return Err(Fault::about("controllerKeyId", "controllerKeyId should be one of the keys"));
    }
    methods.sort_by_key(|method| method.kid != *first);
    Ok(methods)
}

fn incomplete(why: &str) -> Fault {
    let sentence = format!("Invalid request: Provide all the required keys{why}");
    Fault::invalid("did/keys-incomplete", sentence).with("field", "keys")
}

fn no_uuid(did: &Did, version: &str) -> Fault {
    let sentence = format!(
        "The newest version of {did} is named {version}, which is no UUID: write a version that is named by one first"
    );
    Fault::invalid("did/version-unsupported", sentence)
}

impl Act for ImportDid {
    type Done = DidIdentifier;

    fn spec(&self) -> &'static Spec {
        &DID_IMPORT
    }

    fn network(&self) -> Option<Network> {
        Some(self.did.network())
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<DidIdentifier>, Fault> {
        import(studio, call, self).await.map(Written::Done)
    }
}
