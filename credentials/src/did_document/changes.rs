//! Task-style changes of a DID document: each says what shall be different, and whatever it does not name stays as it is.

mod parts;

pub use parts::{Parts, apply_parts};

use super::{
    PROFILE_FRAGMENT, PROFILE_SERVICE, Profile, ServiceRequest, UnknownName, VerificationMethodType,
    ledger_form::unquoted, profile::is_profile, verification_method,
};
use crate::{
    json::{list, push_unique, text, texts},
    key::PublicKey,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::str::FromStr;

const METHODS: &str = "verificationMethod";
const SERVICES: &str = "service";
const CONTROLLERS: &str = "controller";
const OTHER_NAMES: &str = "alsoKnownAs";
/// What the fragment of a key begins with that nobody named.
const KEY_PREFIX: &str = "key-";

/// What a verification method may be used for (DID core, section 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Relationship {
    /// Proving that one is the DID.
    Authentication,
    /// Signing credentials.
    AssertionMethod,
    /// Invoking capabilities.
    CapabilityInvocation,
    /// Delegating capabilities.
    CapabilityDelegation,
    /// Agreeing on keys.
    KeyAgreement,
}

impl Relationship {
    /// Every one of them.
    pub const ALL: [Self; 5] = [
        Self::Authentication,
        Self::AssertionMethod,
        Self::CapabilityInvocation,
        Self::CapabilityDelegation,
        Self::KeyAgreement,
    ];

    /// Those of the first key of a new DID.
    pub const USUAL: [Self; 2] = [Self::Authentication, Self::AssertionMethod];

    /// Its member of the document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::AssertionMethod => "assertionMethod",
            Self::CapabilityInvocation => "capabilityInvocation",
            Self::CapabilityDelegation => "capabilityDelegation",
            Self::KeyAgreement => "keyAgreement",
        }
    }
}

impl FromStr for Relationship {
    type Err = UnknownName;
    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let known = Self::ALL.into_iter().find(|relationship| relationship.as_str() == name);
        known.ok_or(UnknownName("Unknown verification relationship"))
    }
}

/// One change. Keys and services are named by the fragment of their id, what stands after `#`. `K` and `N` are a key and what the DID
/// is called as whoever asks says them; [`apply`] takes the key and the [`Profile`] themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Change<K, N = Profile> {
    /// One more verification method.
    AddKey(NewKey<K>),
    /// A verification method goes, and with it every relationship that names it.
    RemoveKey(String),
    /// Another key under the same id, with the same relationships.
    RotateKey(RotatedKey<K>),
    /// One more service.
    AddService(ServiceRequest),
    /// A service goes.
    RemoveService(String),
    /// One more DID that may change the document.
    AddController(String),
    /// A DID may not change the document any more.
    RemoveController(String),
    /// One more name of the DID, a URI.
    AddAlsoKnownAs(String),
    /// A name goes.
    RemoveAlsoKnownAs(String),
    /// What the DID is called stands in a service, in the place of what stood there before.
    PublishName(N),
    /// It stands there no more.
    WithdrawName,
}

/// A verification method to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewKey<K> {
    /// Fragment of its id; without, `key-` and the number after the highest.
    pub id: Option<String>,
    /// How the key is written down.
    pub method_type: VerificationMethodType,
    /// What it may be used for.
    pub relationships: Vec<Relationship>,
    /// The key.
    pub key: K,
}

/// A verification method whose key is replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RotatedKey<K> {
    /// Fragment of its id.
    pub id: String,
    /// How the new key is written down; as the old one is, without.
    pub method_type: Option<VerificationMethodType>,
    /// The new key.
    pub key: K,
}

impl<K, N> Change<K, N> {
    /// The key that it brings into the document.
    pub const fn key(&self) -> Option<&K> {
        match self {
            Self::AddKey(NewKey { key, .. }) | Self::RotateKey(RotatedKey { key, .. }) => Some(key),
            _ => None,
        }
    }

    /// The same change with its key, or what the DID is called, said in another way.
    pub fn try_map<L, M, E>(
        self,
        with: impl FnOnce(K) -> Result<L, E>,
        called: impl FnOnce(N) -> Result<M, E>,
    ) -> Result<Change<L, M>, E> {
        Ok(match self {
            Self::AddKey(NewKey { id, method_type, relationships, key }) => {
                Change::AddKey(NewKey { id, method_type, relationships, key: with(key)? })
            }
            Self::RotateKey(RotatedKey { id, method_type, key }) => {
                Change::RotateKey(RotatedKey { id, method_type, key: with(key)? })
            }
            Self::RemoveKey(id) => Change::RemoveKey(id),
            Self::AddService(service) => Change::AddService(service),
            Self::RemoveService(id) => Change::RemoveService(id),
            Self::AddController(did) => Change::AddController(did),
            Self::RemoveController(did) => Change::RemoveController(did),
            Self::AddAlsoKnownAs(uri) => Change::AddAlsoKnownAs(uri),
            Self::RemoveAlsoKnownAs(uri) => Change::RemoveAlsoKnownAs(uri),
            Self::PublishName(name) => Change::PublishName(called(name)?),
            Self::WithdrawName => Change::WithdrawName,
        })
    }
}

/// Why a document cannot be changed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// What shall go or be replaced is not there.
    #[error("the document has no {what} {name}")]
    Absent {
        /// What it would be.
        what: &'static str,
        /// Its id or the text itself.
        name: String,
    },
    /// What shall be added is there.
    #[error("{0} stands in the document already")]
    Present(String),
    /// The key that shall replace another is that one.
    #[error("{0} has this key already")]
    SameKey(String),
    /// No key would be left.
    #[error("a DID document needs a key: add another one with the change that takes out the last")]
    LastKey,
    /// No controller would be left.
    #[error("a DID document needs a controller: add another one with the change that takes out the last")]
    LastController,
}

/// The document with these changes, made one after the other; the rest of it stays as it is. An error says which change it is
/// about, counted from 0; that no key or no controller is left is looked at in the end, and about none.
pub fn apply(document: &Value, changes: &[Change<PublicKey>]) -> Result<Value, (Option<usize>, ChangeError)> {
    let mut draft = Draft::of(document);
    for (number, change) in changes.iter().enumerate() {
        draft.change(change).map_err(|why| (Some(number), why))?;
    }
    draft.finished().map_err(|why| (None, why))
}

/// A document on its way from the old to the new.
struct Draft {
    did: String,
    members: Map<String, Value>,
    /// The controllers, once they were touched. A document that names none is controlled by its own DID.
    controllers: Option<Vec<String>>,
    lost_a_key: bool,
}

impl Draft {
    fn of(document: &Value) -> Self {
        let did = text(document, "id").unwrap_or_default().to_owned();
        let members = document.as_object().cloned().unwrap_or_default();
        Self { did, members, controllers: None, lost_a_key: false }
    }

    fn change(&mut self, change: &Change<PublicKey>) -> Result<(), ChangeError> {
        match change {
            Change::AddKey(key) => self.add_key(key),
            Change::RemoveKey(fragment) => self.remove_key(fragment),
            Change::RotateKey(key) => self.rotate_key(key),
            Change::AddService(service) => {
                self.absent(&self.url(&service.id_fragment))?;
                self.put(SERVICES, service.to_json(&self.did));
                Ok(())
            }
            Change::RemoveService(fragment) => {
                let id = self.url(fragment);
                let was_there = self.take(SERVICES, |service| text(service, "id") == Some(&id));
                was_there.then_some(()).ok_or(ChangeError::Absent { what: "service", name: id })
            }
            Change::AddController(did) => self.add_controller(did),
            Change::RemoveController(did) => self.remove_controller(did),
            Change::AddAlsoKnownAs(uri) => {
                let is_there = texts(self.members.get(OTHER_NAMES)).contains(&uri.as_str());
                if is_there {
                    return Err(ChangeError::Present(uri.clone()));
                }
                self.put(OTHER_NAMES, Value::from(uri.as_str()));
                Ok(())
            }
            Change::RemoveAlsoKnownAs(uri) => {
                let was_there = self.take(OTHER_NAMES, |name| name.as_str() == Some(uri));
                let absent = ChangeError::Absent { what: "other name", name: uri.clone() };
                was_there.then_some(()).ok_or(absent)
            }
            Change::PublishName(profile) => self.publish(profile),
            Change::WithdrawName => {
                let absent = ChangeError::Absent { what: "service", name: PROFILE_SERVICE.to_owned() };
                self.take(SERVICES, is_profile).then_some(()).ok_or(absent)
            }
        }
    }

    /// Under the id that it has, if it is published already.
    fn publish(&mut self, profile: &Profile) -> Result<(), ChangeError> {
        let mut service = profile.service().to_json(&self.did);
        let mut services: Vec<Value> = list(self.members.get(SERVICES)).into_iter().cloned().collect();
        if let Some(present) = services.iter_mut().find(|service| is_profile(service)) {
            if let (Some(members), Some(id)) = (service.as_object_mut(), present.get("id")) {
                members.insert("id".to_owned(), id.clone());
            }
            *present = service;
            self.members.insert(SERVICES.to_owned(), Value::Array(services));
            return Ok(());
        }
        self.absent(&self.url(PROFILE_FRAGMENT))?;
        self.put(SERVICES, service);
        Ok(())
    }

    fn add_key(&mut self, new: &NewKey<PublicKey>) -> Result<(), ChangeError> {
        let fragment = new.id.clone().unwrap_or_else(|| self.next_key());
        let id = self.url(&fragment);
        self.absent(&id)?;
        self.put(METHODS, verification_method(&self.did, &fragment, new.method_type, &new.key));
        for relationship in &new.relationships {
            self.put(relationship.as_str(), Value::from(id.as_str()));
        }
        Ok(())
    }

    fn remove_key(&mut self, fragment: &str) -> Result<(), ChangeError> {
        self.remove_key_of(&self.url(fragment))
    }

    fn remove_key_of(&mut self, id: &str) -> Result<(), ChangeError> {
        let mut was_there = self.take(METHODS, |method| text(method, "id") == Some(id));
        for relationship in Relationship::ALL {
            was_there |= self.take(relationship.as_str(), |entry| named(entry).as_deref() == Some(id));
        }
        self.lost_a_key |= was_there;
        let absent = ChangeError::Absent { what: "verification method", name: id.to_owned() };
        was_there.then_some(()).ok_or(absent)
    }

    fn rotate_key(&mut self, new: &RotatedKey<PublicKey>) -> Result<(), ChangeError> {
        let id = self.url(&new.id);
        let mut methods: Vec<Value> = list(self.members.get(METHODS)).into_iter().cloned().collect();
        let Some(method) = methods.iter_mut().find(|method| text(method, "id") == Some(&id)) else {
            return Err(ChangeError::Absent { what: "verification method", name: id });
        };
        if PublicKey::from_verification_method(method).as_ref() == Ok(&new.key) {
            return Err(ChangeError::SameKey(id));
        }
        let kind = text(method, "type").and_then(|kind| kind.parse().ok());
        let kind = kind.filter(|kind: &VerificationMethodType| kind.fits(&new.key));
        let usual = || {
            let usual = VerificationMethodType::Ed25519VerificationKey2020;
            if usual.fits(&new.key) { usual } else { VerificationMethodType::JsonWebKey2020 }
        };
        let kind = new.method_type.or(kind).unwrap_or_else(usual);
        let controller = method.get("controller").cloned();
        *method = verification_method(&self.did, &new.id, kind, &new.key);
        if let (Some(members), Some(controller)) = (method.as_object_mut(), controller) {
            members.insert("controller".to_owned(), controller);
        }
        self.members.insert(METHODS.to_owned(), Value::Array(methods));
        Ok(())
    }

    fn add_controller(&mut self, did: &str) -> Result<(), ChangeError> {
        let controllers = self.controllers();
        if controllers.iter().any(|controller| controller == did) {
            return Err(ChangeError::Present(format!("the controller {did}")));
        }
        controllers.push(did.to_owned());
        Ok(())
    }

    fn remove_controller(&mut self, did: &str) -> Result<(), ChangeError> {
        let controllers = self.controllers();
        let before = controllers.len();
        controllers.retain(|controller| controller != did);
        if controllers.len() == before {
            return Err(ChangeError::Absent { what: "controller", name: did.to_owned() });
        }
        Ok(())
    }

    fn controllers(&mut self) -> &mut Vec<String> {
        let (members, did) = (&self.members, &self.did);
        self.controllers.get_or_insert_with(|| match texts(members.get(CONTROLLERS)).as_slice() {
            [] => vec![did.clone()],
            named => named.iter().map(|&controller| controller.to_owned()).collect(),
        })
    }

    fn finished(mut self) -> Result<Value, ChangeError> {
        if self.lost_a_key && list(self.members.get(METHODS)).is_empty() {
            return Err(ChangeError::LastKey);
        }
        if let Some(controllers) = self.controllers {
            if controllers.is_empty() {
                return Err(ChangeError::LastController);
            }
            self.members.insert(CONTROLLERS.to_owned(), json!(controllers));
        }
        Ok(Value::Object(self.members))
    }

    fn url(&self, fragment: &str) -> String {
        format!("{}#{fragment}", self.did)
    }

    /// Nothing in the document has this id: who resolves a DID URL finds one thing.
    fn absent(&self, id: &str) -> Result<(), ChangeError> {
        let mut all = [METHODS, SERVICES].into_iter().flat_map(|name| list(self.members.get(name)));
        let is_there = all.any(|entry| text(entry, "id") == Some(id))
            || self.embedded().iter().any(|embedded| embedded == id);
        if is_there { Err(ChangeError::Present(id.to_owned())) } else { Ok(()) }
    }

    /// Ids of methods that stand in `assertionMethod` itself, where the ledger takes them.
    fn embedded(&self) -> Vec<String> {
        let entries = list(self.members.get(Relationship::AssertionMethod.as_str())).into_iter();
        entries.filter(|entry| written_out(entry).is_object()).filter_map(named).collect()
    }

    /// `key-` and the number after the highest: an id that was in use and is free again is not given to another key as long as a
    /// later one stands.
    fn next_key(&self) -> String {
        let methods = list(self.members.get(METHODS)).into_iter();
        let ids = methods.filter_map(|method| text(method, "id").map(str::to_owned)).chain(self.embedded());
        let number =
            |id: String| -> Option<u64> { id.rsplit_once('#')?.1.strip_prefix(KEY_PREFIX)?.parse().ok() };
        let highest = ids.filter_map(number).max().unwrap_or_default();
        format!("{KEY_PREFIX}{}", highest.saturating_add(1))
    }

    fn put(&mut self, member: &str, item: Value) {
        let mut items: Vec<Value> = list(self.members.get(member)).into_iter().cloned().collect();
        push_unique(&mut items, item);
        self.members.insert(member.to_owned(), Value::Array(items));
    }

    /// Takes out what `is_it` says; a list that becomes empty goes, as the ledger leaves it out. Whether there was any.
    fn take(&mut self, member: &str, is_it: impl Fn(&Value) -> bool) -> bool {
        let items = list(self.members.get(member));
        let before = items.len();
        let kept: Vec<Value> = items.into_iter().filter(|item| !is_it(item)).cloned().collect();
        let has_changed = kept.len() < before;
        if has_changed && kept.is_empty() {
            self.members.retain(|name, _| name != member);
        } else if has_changed {
            self.members.insert(member.to_owned(), Value::Array(kept));
        }
        has_changed
    }
}

/// The method that an entry of a relationship is, if it is one and no reference: it may be written out in JSON once more.
fn written_out(entry: &Value) -> Value {
    entry.as_str().map_or_else(|| entry.clone(), unquoted)
}

/// The id that an entry of a relationship names, or has.
fn named(entry: &Value) -> Option<String> {
    match written_out(entry) {
        Value::String(reference) => Some(reference),
        method => text(&method, "id").map(str::to_owned),
    }
}

#[cfg(test)]
mod tests;
