//! Task-style changes of a document: what shall be different is said, and not what the document shall be.

use super::{
    create::{PLACEHOLDER, fits, held_key, minted_key},
    document::{also_known_as, few_enough, without_secrets},
    label::profile,
    ledger_rules,
    sentence::did_sentence,
    signers,
    update::Next,
};
use crate::{
    Call, Fault, FaultKind, Studio,
    port::chain::Payload,
    write::{self, Price},
};
use credentials::{
    did_document::{Change, ChangeError, NewKey, RotatedKey, ServiceRequest, apply, public_keys},
    key::PublicKey,
};
use domain::{
    did::{ControllerKey, DidPhase, DidRecord, DidRefusal},
    id::{Did, KeyId, VersionId},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

domain::limits! {
    /// Most changes of a document that one request makes.
    pub CHANGES_PER_REQUEST_MAX: usize = 32, "changes";
}

/// The member that holds them, at both doors.
pub const CHANGES_FIELD: &str = "changes";

/// The key that a change brings into a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyWish {
    /// A new one of the vault.
    Minted,
    /// A key of the vault.
    Held(KeyId),
    /// A key that is kept elsewhere, as `publicKeyMultibase`.
    Elsewhere(String),
}

impl KeyWish {
    /// From what a caller may say of it, which is one of the two or neither.
    pub fn new(kid: Option<KeyId>, public_key_multibase: Option<String>) -> Result<Self, Fault> {
        match (kid, public_key_multibase) {
            (None, None) => Ok(Self::Minted),
            (Some(kid), None) => Ok(Self::Held(kid)),
            (None, Some(key)) => Ok(Self::Elsewhere(key)),
            (Some(_), Some(_)) => {
                let sentence =
                    "Give either kid, a key of the vault, or publicKeyMultibase, one that is kept elsewhere";
                Err(Fault::about(CHANGES_FIELD, sentence))
            }
        }
    }
}

/// A change as callers ask for it. What is published is what the DID is called here by then.
pub type DidChange = Change<KeyWish, ()>;

/// Changes of a caller's that have passed every rule which needs no document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GivenChanges {
    did: Did,
    changes: Vec<DidChange>,
}

impl GivenChanges {
    /// One to [`CHANGES_PER_REQUEST_MAX`]; keys and services are named by their fragment, `#` and fragment, or their whole id.
    /// Fault `request/invalid`, which says by the member `change` which of them it is about, counted from 0.
    pub fn new(did: Did, changes: Vec<DidChange>) -> Result<Self, Fault> {
        few(changes.len())?;
        let numbered = changes.into_iter().enumerate();
        let changes = numbered
            .map(|(number, change)| checked(&did, change).map_err(|fault| about(number, fault)))
            .collect::<Result<_, _>>()?;
        Ok(Self { did, changes })
    }

    /// The DID whose document changes.
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// What changes.
    pub fn changes(&self) -> &[DidChange] {
        &self.changes
    }

    fn mints(&self) -> bool {
        self.changes.iter().any(|change| change.key() == Some(&KeyWish::Minted))
    }
}

/// Fault `request/invalid` unless there are as many changes as one request may make.
pub fn few(changes: usize) -> Result<(), Fault> {
    if (1..=CHANGES_PER_REQUEST_MAX).contains(&changes) {
        return Ok(());
    }
    let sentence = format!("changes should be an array of 1 to {CHANGES_PER_REQUEST_MAX} changes");
    Err(Fault::about(CHANGES_FIELD, sentence))
}

/// The fault of whoever sends changes and what else an update may be.
pub fn not_alone() -> Fault {
    let sentence = "changes stand alone: send neither didDocument nor sections of the document beside them";
    Fault::about(CHANGES_FIELD, sentence)
}

/// A fault of one change, counted from 0.
pub fn about(number: usize, fault: Fault) -> Fault {
    let public = format!("{CHANGES_FIELD}[{number}]: {}", fault.public);
    Fault { public, ..fault }.with("field", CHANGES_FIELD).with("change", number)
}

/// A change by itself, in the ledger's spelling.
fn checked(did: &Did, change: DidChange) -> Result<DidChange, Fault> {
    let change = match change {
        Change::AddKey(NewKey { id, method_type, relationships, key }) => {
            let id = id.map(|id| fragment(did, &id)).transpose()?;
            Change::AddKey(NewKey { id, method_type, relationships, key })
        }
        Change::RotateKey(RotatedKey { id, method_type, key }) => {
            Change::RotateKey(RotatedKey { id: fragment(did, &id)?, method_type, key })
        }
        Change::RemoveKey(id) => Change::RemoveKey(fragment(did, &id)?),
        Change::AddService(service) => Change::AddService(self::service(did, service)?),
        Change::RemoveService(id) => Change::RemoveService(fragment(did, &id)?),
        Change::AddController(controller) => Change::AddController(self::controller(&controller)?),
        Change::RemoveController(controller) => Change::RemoveController(self::controller(&controller)?),
        Change::AddAlsoKnownAs(uri) => {
            also_known_as(&json!([uri]))?;
            Change::AddAlsoKnownAs(uri)
        }
        // What is not well-formed can be in no document.
        Change::RemoveAlsoKnownAs(uri) => Change::RemoveAlsoKnownAs(uri),
        other @ (Change::PublishName(()) | Change::WithdrawName) => other,
    };
    if let Some(KeyWish::Elsewhere(multibase)) = change.key() {
        elsewhere(multibase)?;
    }
    Ok(change)
}

/// What stands after `#`, of an id of this DID in any of its spellings.
fn fragment(did: &Did, id: &str) -> Result<String, Fault> {
    let (start, fragment) = id.split_once('#').unwrap_or(("", id));
    let is_own = start.is_empty() || Did::parse(start).is_ok_and(|named| named == *did);
    if !is_own || fragment.is_empty() || fragment.starts_with("did:") {
        let sentence = format!("{id:?} is no id of {did}: give what stands after #, or the whole of it");
        return Err(Fault::about(CHANGES_FIELD, sentence));
    }
    Ok(fragment.to_owned())
}

fn service(did: &Did, service: ServiceRequest) -> Result<ServiceRequest, Fault> {
    if service.service_endpoint.is_empty() {
        return Err(Fault::about(CHANGES_FIELD, "service.serviceEndpoint is required"));
    }
    let service = ServiceRequest { id_fragment: fragment(did, &service.id_fragment)?, ..service };
    without_secrets("service", &service.to_json(did.as_str()))?;
    Ok(service)
}

fn controller(text: &str) -> Result<String, Fault> {
    if let Some(sentence) = did_sentence(text) {
        return Err(Fault::about(CHANGES_FIELD, sentence));
    }
    Ok(Did::parse(text).map_or_else(|_| text.to_owned(), |did| did.to_string()))
}

/// A key that somebody else keeps.
fn elsewhere(multibase: &str) -> Result<PublicKey, Fault> {
    let wrong = |why: String| Fault::about(CHANGES_FIELD, format!("publicKeyMultibase: {why}"));
    match PublicKey::from_multibase(multibase) {
        Ok(key) if key.controls_dids() => Ok(key),
        Ok(_) => {
            let sentence =
                "only keys of Ed25519 and P-256 are added so; give the others as verificationMethod";
            Err(wrong(sentence.to_owned()))
        }
        Err(why) => Err(wrong(why.to_string())),
    }
}

/// The document that these changes make of the present one. A key is made for each that wants one, once for each request, and only
/// after it is known that the rest of it can be written and paid for. Faults: `did/entry-not-found`, `did/entry-exists`,
/// `did/last-key`, `did/last-controller`, `did/not-named`, `key/not-found`, `key/wrong-type`; where keys are made also those of [`signers::for_update`],
/// [`write::rehearse`] and `did/write-pending`.
pub(super) async fn next(
    studio: &Studio,
    call: &Call,
    record: &DidRecord,
    given: &GivenChanges,
    version: VersionId,
) -> Result<Next, Fault> {
    if let Some((document, keys)) = asked_before(record, call) {
        return Ok(Next { document, keys, price: Price::Unasked });
    }
    let mut keys = Vec::new();
    for wish in given.changes.iter().filter_map(Change::key) {
        keys.push(match wish {
            KeyWish::Minted => PLACEHOLDER,
            KeyWish::Held(kid) => held_key(studio, call, kid).await?,
            KeyWish::Elsewhere(multibase) => elsewhere(multibase)?,
        });
    }
    let document = applied(record, given, keys.clone())?;
    if !given.mints() {
        return Next::of(studio, call, document, Price::Unasked).await;
    }
    let rehearsed = rehearse(studio, call, (&given.did, record), document, version).await?;
    if call.dry_run {
        return Ok(rehearsed);
    }
    let wishes =
        given.changes.iter().enumerate().filter_map(|(number, change)| Some((number, change.key()?)));
    for ((number, wish), key) in wishes.zip(&mut keys) {
        if *wish == KeyWish::Minted {
            *key = minted_key(studio, call, &format!("did-key/{number}")).await?.1;
        }
    }
    Next::of(studio, call, applied(record, given, keys)?, rehearsed.price).await
}

/// What this request made of the document, if it is on its way or has ended before: the changes are in it, and cannot be made again.
pub(super) fn asked_before(record: &DidRecord, call: &Call) -> Option<(Value, Vec<ControllerKey>)> {
    let operation = call.operation("");
    let pending = record.pending.as_ref().filter(|change| change.operation == operation);
    let pending = pending.and_then(|change| change.document.clone());
    let present = || (record.document.clone(), record.keys.clone());
    pending.or_else(|| record.settled.contains(operation).then(present))
}

fn applied(record: &DidRecord, given: &GivenChanges, keys: Vec<PublicKey>) -> Result<Value, Fault> {
    let mut keys = keys.into_iter();
    let mut key = |_| keys.next().ok_or_else(|| Fault::bug("a change without its key"));
    let named = |number| move |()| profile(&given.did, &record.label).map_err(|fault| about(number, fault));
    let numbered = given.changes.iter().cloned().enumerate();
    let changes = numbered.map(|(number, change)| change.try_map(&mut key, named(number)));
    let changes: Vec<Change<PublicKey, _>> = changes.collect::<Result<_, _>>()?;
    for (number, change) in changes.iter().enumerate() {
        let written_as = match change {
            Change::AddKey(new) => Some((new.method_type, &new.key)),
            Change::RotateKey(new) => new.method_type.map(|kind| (kind, &new.key)),
            _ => None,
        };
        written_as.map_or(Ok(()), |(kind, key)| fits(kind, key)).map_err(|fault| about(number, fault))?;
    }
    let document = apply(&record.document, &changes).map_err(|(number, why)| refused(number, &why))?;
    let methods = document.get("verificationMethod").and_then(Value::as_array).map_or(0, Vec::len);
    few_enough(methods)?;
    Ok(document)
}

/// Why a document cannot be changed so, as a fault.
pub(super) fn told(why: &ChangeError) -> Fault {
    let (kind, code) = match why {
        ChangeError::Absent { .. } => (FaultKind::NotFound, "did/entry-not-found"),
        ChangeError::Present(_) | ChangeError::SameKey(_) => (FaultKind::Conflict, "did/entry-exists"),
        ChangeError::LastKey => (FaultKind::Conflict, "did/last-key"),
        ChangeError::LastController => (FaultKind::Conflict, "did/last-controller"),
    };
    Fault::new(kind, code, why.to_string())
}

fn refused(number: Option<usize>, why: &ChangeError) -> Fault {
    let fault = told(why);
    match number {
        Some(number) => about(number, fault),
        None => Fault { public: format!("{CHANGES_FIELD}: {}", fault.public), ..fault }
            .with("field", CHANGES_FIELD),
    }
}

/// What would be written, with placeholders for the keys that are still to be made, if it could be written and paid for.
async fn rehearse(
    studio: &Studio,
    call: &Call,
    (did, record): (&Did, &DidRecord),
    document: Value,
    version: VersionId,
) -> Result<Next, Fault> {
    ledger_rules::check(did, &document)?;
    let is_busy = record.pending.is_some() || record.phase == DidPhase::Creating;
    if is_busy && !call.dry_run {
        return Err(Fault::refused(&DidRefusal::WritePending));
    }
    let mut keys = signers::keys_of(studio, call, &document).await?;
    let is_placeholder = |(_, key): &(String, PublicKey)| *key == PLACEHOLDER;
    let placeholders = public_keys(&document).into_iter().filter(is_placeholder);
    keys.extend(
        placeholders
            .map(|(verification_method, _)| ControllerKey { verification_method, kid: KeyId(String::new()) }),
    );
    signers::for_update(studio, call, did, record, &document, &keys).await?;
    let payload = Payload::UpdateDid { document: document.clone(), version };
    let price = write::rehearse(studio, call, &payload, did.network()).await?;
    Ok(Next { document, keys, price })
}
