//! `POST /did/create`.

use super::{GivenDocument, label, ledger_rules, signers};
use crate::{
    Act, Call, Fault, Studio, Written,
    act::{DID_CREATE, Spec},
    desk::Signers,
    key,
    port::{Execute, chain::Payload},
    write::{self, Draft, Price, To, carry},
};
use credentials::did_document::{
    IdentifierFormat, Profile, ServiceRequest, Template, VerificationMethodType, did_from_public_key,
    did_from_uuid, with_key,
};
use credentials::key::PublicKey;
use domain::{
    did::{ControllerKey, DidCommand, DidLabel, DidPhase, DidRecord, DidRefusal},
    id::{Did, KeyId, Network, VersionId},
    key::{KeyAlgorithm, KeyPurpose},
    ledger::Effect,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the new document is made from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum NewDocument {
    /// One key, the usual relationships, and these services.
    Template {
        /// Which network.
        network: Network,
        /// Form of the identifier.
        identifier: IdentifierFormat,
        /// Services.
        services: Vec<ServiceRequest>,
        /// `@context`, if the caller gave one.
        contexts: Vec<String>,
        /// Whether the key stands under `assertionMethod`. Not written where it does, as nearly always: what an idempotency key
        /// is bound to, and what an open job keeps, stays what it was before this could be chosen.
        #[serde(default = "yes", skip_serializing_if = "is_yes")]
        assertion_method: bool,
    },
    /// The caller's document; its verification methods are replaced by `#key-1`.
    Given(GivenDocument),
    /// The caller's document as it is: its verification methods name keys of his own, or keys of the account.
    Brought(GivenDocument),
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_yes(flag: &bool) -> bool {
    *flag
}

/// A request for a new DID.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CreateDid {
    /// The document.
    pub document: NewDocument,
    /// Type of its one verification method.
    pub method: VerificationMethodType,
    /// A key of the caller's to use; a new one otherwise.
    pub key: Option<KeyId>,
    /// What it is called here.
    #[serde(default, skip_serializing_if = "DidLabel::is_empty")]
    pub label: DidLabel,
}

impl CreateDid {
    /// It is called so here, and in its document too if that is wanted. Fault `request/invalid`: nothing is there to be published,
    /// or the document is the caller's own.
    pub fn called(mut self, name: Option<&str>, kind: Option<&str>, publish: bool) -> Result<Self, Fault> {
        const PUBLISH: &str = "publishName";
        self.label = label::called(name, kind)?;
        if !publish {
            return Ok(self);
        }
        let NewDocument::Template { services, .. } = &mut self.document else {
            let sentence = "publishName is not for a didDocument of your own: let it have the service, or publish the name later";
            return Err(Fault::about(PUBLISH, sentence));
        };
        let DidLabel { name: Some(name), kind } = self.label.clone() else {
            return Err(Fault::about(PUBLISH, "publishName wants a name that is published"));
        };
        services.push(Profile { name, kind }.service());
        Ok(self)
    }
}

/// A DID with its keys, as create and update answer it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DidIdentifier {
    /// The DID.
    pub did: Did,
    /// Its document.
    pub document: Value,
    /// Its verification methods' keys, in document order.
    pub keys: Vec<ControllerKey>,
    /// The keys that signed the write, other controllers' keys too.
    pub signers: Vec<ControllerKey>,
}

/// Stands for a key until it is made: the base point of the curve (RFC 8032, section 5.1), which is a point as every reader of
/// keys wants it, and no key that anybody makes from random bytes.
pub(super) const PLACEHOLDER: PublicKey = PublicKey::Ed25519({
    let mut bytes = [0x66; 32];
    bytes[0] = 0x58;
    bytes
});

/// Requests a DID and waits for the ledger. Faults: those of [`write::prepare`], `key/not-found`, `did/invalid`, `request/invalid`,
/// `did/controller-…`, the refusals of the DID record.
pub async fn create(studio: &Studio, call: &Call, input: CreateDid) -> Result<Written<DidIdentifier>, Fault> {
    let others = match &input.document {
        NewDocument::Brought(given) => return brought(studio, call, given, &input.label).await,
        NewDocument::Given(given) => signers::others(studio, call, given.did(), given.document()).await?,
        NewDocument::Template { .. } => Signers::default(),
    };
    let price = if input.key.is_none() { rehearse(studio, call, &input).await? } else { Price::Unasked };
    let (kid, public_key) = signing_key(studio, call, input.key.as_ref()).await?;
    let (did, document) = document(call, &input, &public_key)?;
    let keys = vec![ControllerKey { verification_method: format!("{did}#key-1"), kid }];
    let mut signers = Signers { ours: keys.clone(), ..Signers::default() };
    signers.add(&others.ours);
    signers.wanted = others.wanted;
    request(studio, call, (did, document, input.label), keys, (signers, price)).await
}

/// A document whose keys are there already, wherever they are kept.
async fn brought(
    studio: &Studio,
    call: &Call,
    given: &GivenDocument,
    label: &DidLabel,
) -> Result<Written<DidIdentifier>, Fault> {
    let (did, document) = (given.did().clone(), given.document().clone());
    ledger_rules::check(&did, &document)?;
    let keys = signers::keys_of(studio, call, &document).await?;
    let signers = signers::for_creation(studio, call, &did, &document, &keys).await?;
    request(studio, call, (did, document, label.clone()), keys, (signers, Price::Unasked)).await
}

async fn request(
    studio: &Studio,
    call: &Call,
    (did, document, label): (Did, Value, DidLabel),
    keys: Vec<ControllerKey>,
    (signers, price): (Signers, Price),
) -> Result<Written<DidIdentifier>, Fault> {
    let version = VersionId(call.derived("version"));
    let payload = Payload::CreateDid { document: document.clone(), version };
    let effect = Effect::DidVersion { did: did.clone(), version_id: version.to_string(), deactivates: false };
    let draft = Draft { payload: &payload, did: &did, signers: &signers, effect, price };
    let to = To { id: did.as_str(), what: "did" };
    let written = carry::<DidRecord>(studio, call, draft, to, |write| DidCommand::RequestCreation {
        did: did.clone(),
        customer: call.who.customer,
        document: document.clone(),
        keys: keys.clone(),
        version,
        label: label.clone(),
        write,
        at: call.at,
    });
    let written = written.await?;
    Ok(written.map(|_| DidIdentifier { did, document, keys, signers: signers.ours }))
}

/// Refuses what could never be written, or paid for, before a key is made for it, so that a refused request leaves nothing
/// behind. Gives the price, if it could be asked.
async fn rehearse(studio: &Studio, call: &Call, input: &CreateDid) -> Result<Price, Fault> {
    let (did, document) = document(call, input, &PLACEHOLDER)?;
    if let NewDocument::Given(_) = input.document {
        let record = Execute::<DidRecord>::load(&*studio.commands, did.as_str()).await?.state;
        let is_taken = record.phase != DidPhase::Failed;
        // For a real request of its owner's own the record says it, which knows a repeat.
        if is_taken && record.customer.is_some_and(|owner| call.dry_run || owner != call.who.customer) {
            return Err(Fault::refused(&DidRefusal::AlreadyExists));
        }
    }
    let payload = Payload::CreateDid { document, version: VersionId(call.derived("version")) };
    write::rehearse(studio, call, &payload, did.network()).await
}

async fn signing_key(
    studio: &Studio,
    call: &Call,
    given: Option<&KeyId>,
) -> Result<(KeyId, PublicKey), Fault> {
    match given {
        Some(kid) => Ok((kid.clone(), held_key(studio, call, kid).await?)),
        // A price needs a document of the right size, not a key that anybody keeps.
        None if call.dry_run => Ok((KeyId(String::new()), PLACEHOLDER)),
        None => minted_key(studio, call, "did-key").await,
    }
}

/// The public half of a key of the caller's that can control a DID. Faults `key/not-found`, `key/wrong-type`.
pub(super) async fn held_key(studio: &Studio, call: &Call, kid: &KeyId) -> Result<PublicKey, Fault> {
    let key = key::owned(studio, call, kid).await?;
    let public = hex::decode(&key.public_key_hex).map_err(Fault::bug)?;
    match key.algorithm {
        Some(KeyAlgorithm::Ed25519) => PublicKey::ed25519(&public).map_err(Fault::bug),
        Some(KeyAlgorithm::Secp256r1) => PublicKey::p256(&public).map_err(Fault::bug),
        Some(KeyAlgorithm::Secp256k1) | None => Err(Fault::invalid(
            "key/wrong-type",
            "Only Ed25519 and P-256 (Secp256r1) keys can control a DID.",
        )),
    }
}

/// Fault `key/wrong-type` if a key cannot be written down as this type.
pub(super) fn fits(method: VerificationMethodType, key: &PublicKey) -> Result<(), Fault> {
    if method.fits(key) {
        return Ok(());
    }
    let sentence =
        format!("A P-256 key cannot be written down as {}: ask for JsonWebKey2020.", method.as_str());
    Err(Fault::invalid("key/wrong-type", sentence).with("field", "verificationMethodType"))
}

/// A new key that can control a DID; the same one for the same purpose `what` of the same call.
pub(super) async fn minted_key(
    studio: &Studio,
    call: &Call,
    what: &str,
) -> Result<(KeyId, PublicKey), Fault> {
    let (algorithm, purpose) = (KeyAlgorithm::Ed25519, KeyPurpose::Identity);
    let (public, _) = key::mint(studio, call, what, algorithm, purpose, None).await?;
    Ok((public.kid, PublicKey::ed25519(&public.bytes).map_err(Fault::bug)?))
}

fn document(call: &Call, input: &CreateDid, key: &PublicKey) -> Result<(Did, Value), Fault> {
    fits(input.method, key)?;
    let (did, document) = made(call, input, key)?;
    ledger_rules::check(&did, &document)?;
    Ok((did, document))
}

fn made(call: &Call, input: &CreateDid, key: &PublicKey) -> Result<(Did, Value), Fault> {
    match &input.document {
        NewDocument::Template { network, identifier, services, contexts, assertion_method } => {
            let text = match identifier {
                IdentifierFormat::Uuid => did_from_uuid(network.as_str(), call.derived("did-id")),
                IdentifierFormat::Base58btc => did_from_public_key(network.as_str(), key.bytes()),
            };
            let template = Template {
                did: &text,
                method_type: input.method,
                public_key: key,
                services,
                contexts,
                assertion_method: *assertion_method,
            };
            Ok((Did::parse(&text)?, template.to_json()))
        }
        NewDocument::Given(given) => {
            let document = with_key(given.document(), input.method, key)
                .map_err(|error| Fault::invalid("did/invalid", error.to_string()))?;
            Ok((given.did().clone(), document))
        }
        NewDocument::Brought(given) => Ok((given.did().clone(), given.document().clone())),
    }
}

impl Act for CreateDid {
    type Done = DidIdentifier;

    fn spec(&self) -> &'static Spec {
        &DID_CREATE
    }

    fn network(&self) -> Option<Network> {
        Some(match &self.document {
            NewDocument::Template { network, .. } => *network,
            NewDocument::Given(given) | NewDocument::Brought(given) => given.did().network(),
        })
    }

    fn tells_its_end(&self) -> bool {
        true
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<DidIdentifier>, Fault> {
        create(studio, call, self).await
    }
}
