//! Passkeys in memory, and devices that hold them. What a device says is JSON, and its signature is its public key: what an
//! answer must look like is for those who read real ones.

use super::lock;
use crate::{
    Fault,
    port::{
        Authenticators, Passkeys,
        authenticators::{
            Assertion, Attestation, Backup, CoseAlgorithm, Expected, Flaw, NewCredential, Presented,
        },
        passkeys::{Added, PASSKEYS_PER_USER_MAX, Passkey, Removed, Use},
    },
};
use async_trait::async_trait;
use domain::id::{Instant, PasskeyId, Sealed, UserId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::HashMap, sync::Mutex};

/// The algorithms that are taken here.
const ALGORITHMS: &[CoseAlgorithm] = &[-8, -7];

/// Passkeys, and the challenges that were answered.
#[derive(Default)]
pub struct Keychain(Mutex<State>);

#[derive(Default)]
struct State {
    passkeys: Vec<Passkey>,
    answered: HashMap<String, Instant>,
    goes_once_used: bool,
    late: Option<Passkey>,
}

/// A device that holds one passkey.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Device {
    /// Its name for the passkey.
    pub credential: String,
    /// How often it has signed.
    pub counter: u32,
    /// Whether it copies.
    pub backup: Backup,
}

/// What its browser saw.
#[derive(Serialize, Deserialize)]
struct Seen {
    challenge: String,
    origin: String,
}

impl Keychain {
    /// Somebody removes a passkey in the very moment after it was used.
    pub fn goes_once_used(&self) {
        lock(&self.0).goes_once_used = true;
    }

    /// Somebody adds a passkey in the very moment after all were removed.
    pub fn comes_late(&self, passkey: Passkey) {
        lock(&self.0).late = Some(passkey);
    }
}

impl Device {
    /// One that counts and does not copy.
    pub fn new(credential: &str) -> Self {
        Self { credential: credential.to_owned(), counter: 0, backup: Backup::default() }
    }

    /// What its browser says about a challenge, at a page of this origin.
    pub fn client_data(challenge: &[u8], origin: &str) -> Vec<u8> {
        written(&Seen { challenge: hex::encode(challenge), origin: origin.to_owned() })
    }

    /// What it says: that there is a passkey, or that it was used.
    pub fn data(&self) -> Vec<u8> {
        written(self)
    }

    /// Its signature.
    pub fn signature(&self) -> Vec<u8> {
        self.credential.as_bytes().to_vec()
    }
}

fn written(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("it is JSON")
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Flaw> {
    serde_json::from_slice(bytes).map_err(|_| Flaw("it cannot be read"))
}

fn is_expected(expected: Expected<'_>, client_data: &[u8]) -> Result<(), Flaw> {
    let seen: Seen = read(client_data)?;
    if seen.challenge != hex::encode(expected.challenge) {
        return Err(Flaw("it answers another challenge"));
    }
    if seen.origin != expected.party.origin {
        return Err(Flaw("it was made at another page"));
    }
    Ok(())
}

impl Authenticators for Keychain {
    fn algorithms(&self) -> &'static [CoseAlgorithm] {
        ALGORITHMS
    }

    fn attested(&self, expected: Expected<'_>, answer: Attestation<'_>) -> Result<NewCredential, Flaw> {
        is_expected(expected, answer.client_data)?;
        let Device { credential, counter, backup } = read(answer.attestation_object)?;
        let id = credential.into_bytes();
        Ok(NewCredential { public_key: id.clone(), id, counter, backup })
    }

    fn asserted(
        &self,
        expected: Expected<'_>,
        public_key: &[u8],
        answer: Assertion<'_>,
    ) -> Result<Presented, Flaw> {
        is_expected(expected, answer.client_data)?;
        if answer.signature != public_key {
            return Err(Flaw("its signature is wrong"));
        }
        let Device { counter, backup, .. } = read(answer.authenticator_data)?;
        Ok(Presented { counter, backup })
    }
}

#[async_trait]
impl Passkeys for Keychain {
    async fn add(&self, passkey: &Passkey) -> Result<Added, Fault> {
        let passkeys = &mut lock(&self.0).passkeys;
        if passkeys.iter().any(|other| other.credential == passkey.credential) {
            return Ok(Added::Known);
        }
        let of_user = passkeys.iter().filter(|other| other.user == passkey.user).count();
        if i64::try_from(of_user).is_ok_and(|of_user| of_user >= PASSKEYS_PER_USER_MAX) {
            return Ok(Added::TooMany);
        }
        passkeys.push(passkey.clone());
        Ok(Added::Yes)
    }

    async fn find(&self, credential: &[u8]) -> Result<Option<Passkey>, Fault> {
        Ok(lock(&self.0).passkeys.iter().find(|passkey| passkey.credential == credential).cloned())
    }

    async fn list(&self, user: UserId) -> Result<Vec<Passkey>, Fault> {
        Ok(lock(&self.0).passkeys.iter().filter(|passkey| passkey.user == user).cloned().collect())
    }

    async fn rename(&self, user: UserId, passkey: PasskeyId, name: &Sealed) -> Result<bool, Fault> {
        let passkeys = &mut lock(&self.0).passkeys;
        let found = passkeys.iter_mut().find(|other| other.user == user && other.id == passkey);
        Ok(found.map(|found| found.name.clone_from(name)).is_some())
    }

    async fn used(&self, passkey: PasskeyId, told: Use) -> Result<bool, Fault> {
        let State { passkeys, goes_once_used, .. } = &mut *lock(&self.0);
        let found = passkeys.iter_mut().find(|other| other.id == passkey && told.is_ahead_of(other.counter));
        let Some(found) = found else { return Ok(false) };
        found.counter = told.counter;
        found.backup.backed_up = told.backed_up;
        found.last_used_at = Some(told.at);
        if *goes_once_used {
            passkeys.retain(|other| other.id != passkey);
        }
        Ok(true)
    }

    async fn remove(&self, user: UserId, passkey: PasskeyId, keep_last: bool) -> Result<Removed, Fault> {
        let passkeys = &mut lock(&self.0).passkeys;
        if !passkeys.iter().any(|other| other.user == user && other.id == passkey) {
            return Ok(Removed::Unknown);
        }
        if keep_last && passkeys.iter().filter(|other| other.user == user).count() == 1 {
            return Ok(Removed::Last);
        }
        passkeys.retain(|other| other.id != passkey);
        Ok(Removed::Yes)
    }

    async fn remove_all(&self, user: UserId) -> Result<u64, Fault> {
        let mut state = lock(&self.0);
        let before = state.passkeys.len();
        state.passkeys.retain(|other| other.user != user);
        let gone = before - state.passkeys.len();
        let late = state.late.take();
        state.passkeys.extend(late);
        Ok(gone as u64)
    }

    async fn use_up(&self, challenge_hash: &str, until: Instant) -> Result<bool, Fault> {
        Ok(lock(&self.0).answered.insert(challenge_hash.to_owned(), until).is_none())
    }
}
