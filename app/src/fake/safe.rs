//! Keys that really sign (Ed25519, P-256) and texts that nobody else can read. No secret byte leaves, except a new API key.

use super::lock;
use crate::{
    Fault, FaultKind,
    port::{
        Vault,
        passwords::Password,
        vault::{
            ApiKeys, ExportedKey, Hashed, Hashes, KeyRequest, LockedKey, NewApiKey, PrivateKey, PublicKey,
        },
    },
};
use async_trait::async_trait;
use domain::{
    id::{CustomerId, KeyId, Sealed},
    key::{KeyAlgorithm, KeyPurpose, KeyRefusal},
};
use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, sync::Mutex};
use uuid::Uuid;

/// Seed and public half.
type Pair = ([u8; 32], PublicKey);

/// A key under which something about a subject was sealed.
struct DataKey {
    customer: CustomerId,
    subject: String,
    is_erased: bool,
}

#[derive(Default)]
struct State {
    /// By customer and request.
    pairs: BTreeMap<(CustomerId, Uuid), (Pair, KeyPurpose)>,
    requests: Vec<Uuid>,
    data_keys: Vec<DataKey>,
    seals: u64,
    api_keys: u64,
    tokens: u64,
}

/// The vault, and the secrets of API keys.
#[derive(Default)]
pub struct Safe(Mutex<State>);

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

/// The keyed hash of an API key's secret, here without a key.
pub(super) fn hash(secret: &str) -> String {
    hex::encode(digest(&[b"api key", secret.as_bytes()]))
}

fn malformed() -> Fault {
    Fault::invalid("key/malformed", "These bytes are no private key.")
}

fn seed_of(private: &PrivateKey) -> Result<[u8; 32], Fault> {
    private.expose().get(..32).and_then(|seed| seed.try_into().ok()).ok_or_else(malformed)
}

fn p256_key(seed: &[u8; 32]) -> Result<p256::ecdsa::SigningKey, Fault> {
    p256::ecdsa::SigningKey::from_slice(seed).map_err(|_| malformed())
}

fn public_of(algorithm: KeyAlgorithm, seed: [u8; 32]) -> Result<PublicKey, Fault> {
    let bytes = match algorithm {
        KeyAlgorithm::Ed25519 => SigningKey::from_bytes(&seed).verifying_key().to_bytes().to_vec(),
        // Payers sign transactions, which nobody reads here: the form of a compressed point is enough.
        KeyAlgorithm::Secp256k1 => [&[2], digest(&[b"payer", &seed]).as_slice()].concat(),
        KeyAlgorithm::Secp256r1 => {
            p256_key(&seed)?.verifying_key().to_encoded_point(true).as_bytes().to_vec()
        }
    };
    Ok(PublicKey { kid: KeyId(hex::encode(&bytes)), algorithm, bytes })
}

/// The account of a payer's public key.
pub fn address(public_key: &[u8]) -> String {
    let digest = hex::encode(digest(&[b"address", public_key]));
    format!("cheqd1{}", digest.get(..38).unwrap_or_default())
}

/// Text and key stream, one over the other; the same again gives the text.
fn veiled(data_key: usize, seal: u64, text: &[u8]) -> Vec<u8> {
    let block =
        |number: usize| digest(&[&data_key.to_be_bytes(), &seal.to_be_bytes(), &number.to_be_bytes()]);
    let blocks = text.chunks(32).enumerate();
    blocks
        .flat_map(|(number, bytes)| {
            bytes.iter().zip(block(number)).map(|(byte, key)| byte ^ key).collect::<Vec<_>>()
        })
        .collect()
}

impl Safe {
    /// The requests for keys, repeats included.
    pub fn key_requests(&self) -> Vec<Uuid> {
        lock(&self.0).requests.clone()
    }

    /// A sealed text; see [`Vault::seal`].
    pub(super) fn put(&self, customer: CustomerId, subject: &str, plaintext: &[u8]) -> Sealed {
        let mut state = lock(&self.0);
        let is_its = |key: &DataKey| key.customer == customer && key.subject == subject && !key.is_erased;
        let place = state.data_keys.iter().position(is_its).unwrap_or_else(|| {
            state.data_keys.push(DataKey { customer, subject: subject.to_owned(), is_erased: false });
            state.data_keys.len() - 1
        });
        state.seals += 1;
        let seal = state.seals;
        Sealed(format!("v1.{place}.{seal}.{}", hex::encode(veiled(place, seal, plaintext))))
    }

    /// A key pair; see [`Vault::create_key`].
    pub(super) fn make(&self, wanted: KeyRequest) -> Result<PublicKey, Fault> {
        let KeyRequest { customer, request, algorithm, purpose } = wanted;
        let seed = digest(&[b"key", customer.0.as_bytes(), request.as_bytes()]);
        let public = public_of(algorithm, seed)?;
        let mut state = lock(&self.0);
        let made = state.pairs.entry((customer, request)).or_insert(((seed, public.clone()), purpose));
        if made.0.1 == public && made.1 == purpose {
            return Ok(public);
        }
        Err(Fault::new(
            FaultKind::Conflict,
            "key/request-reused",
            "This request has already made a different key.",
        ))
    }
}

#[async_trait]
impl Vault for Safe {
    async fn create_key(&self, wanted: KeyRequest) -> Result<PublicKey, Fault> {
        lock(&self.0).requests.push(wanted.request);
        self.make(wanted)
    }

    fn public_half(&self, algorithm: KeyAlgorithm, private: &PrivateKey) -> Result<PublicKey, Fault> {
        public_of(algorithm, seed_of(private)?)
    }

    /// Locked here is what has its salt before it.
    async fn unlock(&self, _: CustomerId, locked: &LockedKey) -> Result<PrivateKey, Fault> {
        let opened = locked.bytes.strip_prefix(locked.salt.as_bytes());
        let none = || Fault::invalid("key/not-decrypted", "That does not open it.");
        opened.map(PrivateKey::from_bytes).ok_or_else(none)
    }

    /// Locked here is what has the password before it.
    async fn lock_keys(
        &self,
        customer: CustomerId,
        keys: &[(String, KeyId)],
        password: &Password,
    ) -> Result<String, Fault> {
        let state = lock(&self.0);
        let mut parts = vec![password.expose().to_owned()];
        for (name, kid) in keys {
            let mut own = state.pairs.iter().filter(|((owner, _), _)| *owner == customer);
            let found = own.find(|(_, ((_, public), _))| public.kid == *kid);
            let Some((_, ((seed, _), _))) = found else {
                return Err(Fault::not_found("key/not-found", "There is no such key."));
            };
            parts.push(format!("{name} {}", hex::encode(seed)));
        }
        Ok(parts.join("\n"))
    }

    async fn unlock_keys(
        &self,
        _: CustomerId,
        locked: &str,
        password: &Password,
    ) -> Result<Vec<ExportedKey>, Fault> {
        let mut parts = locked.lines();
        if parts.next() != Some(password.expose()) {
            return Err(Fault::invalid("key/not-decrypted", "That does not open it."));
        }
        let read = |part: &str| {
            let (_, seed) = part.split_once(' ')?;
            Some(ExportedKey { algorithm: KeyAlgorithm::Ed25519, private: PrivateKey::from_hex(seed)? })
        };
        let unknown = || Fault::invalid("key/export-unknown", "That is no export.");
        parts.map(|part| read(part).ok_or_else(unknown)).collect()
    }

    async fn import_key(&self, wanted: KeyRequest, private: &PrivateKey) -> Result<PublicKey, Fault> {
        let KeyRequest { customer, request, algorithm, purpose } = wanted;
        let seed = seed_of(private)?;
        let public = public_of(algorithm, seed)?;
        let mut state = lock(&self.0);
        let mut own = state.pairs.iter().filter(|((owner, _), _)| *owner == customer);
        let held = own.find(|(_, ((_, held), _))| held.kid == public.kid);
        match held.map(|(_, (_, held_for))| *held_for == purpose) {
            Some(true) => {}
            Some(false) => return Err(Fault::refused(&KeyRefusal::AlreadyHeld)),
            None => drop(state.pairs.insert((customer, request), ((seed, public.clone()), purpose))),
        }
        Ok(public)
    }

    async fn delete_key(&self, customer: CustomerId, kid: &KeyId) -> Result<(), Fault> {
        lock(&self.0).pairs.retain(|(owner, _), ((_, public), _)| *owner != customer || public.kid != *kid);
        Ok(())
    }

    fn payer_address(&self, public_key: &[u8]) -> Result<String, Fault> {
        Ok(address(public_key))
    }

    async fn sign(&self, customer: CustomerId, kid: &KeyId, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        let state = lock(&self.0);
        let mut own = state.pairs.iter().filter(|((owner, _), _)| *owner == customer);
        let found = own.find(|(_, ((_, public), _))| public.kid == *kid);
        let Some((_, ((seed, public), _))) = found else {
            return Err(Fault::not_found("key/not-found", "There is no such key."));
        };
        Ok(match public.algorithm {
            KeyAlgorithm::Ed25519 => SigningKey::from_bytes(seed).sign(bytes).to_bytes().to_vec(),
            KeyAlgorithm::Secp256r1 => {
                let signature: p256::ecdsa::Signature = p256_key(seed)?.sign(bytes);
                signature.to_bytes().to_vec()
            }
            KeyAlgorithm::Secp256k1 => [digest(&[seed, bytes]), digest(&[bytes, seed])].concat(),
        })
    }

    async fn seal(&self, customer: CustomerId, subject: &str, plaintext: &[u8]) -> Result<Sealed, Fault> {
        Ok(self.put(customer, subject, plaintext))
    }

    async fn open(&self, customer: CustomerId, sealed: &Sealed) -> Result<Option<Vec<u8>>, Fault> {
        let corrupt = || Fault::new(FaultKind::Bug, "vault/corrupt", "Internal error. It has been logged.");
        let parts: Vec<&str> = sealed.0.split('.').collect();
        let [_, place, seal, text] = parts.as_slice() else { return Err(corrupt()) };
        let place: usize = place.parse().map_err(|_| corrupt())?;
        let seal: u64 = seal.parse().map_err(|_| corrupt())?;
        let state = lock(&self.0);
        match state.data_keys.get(place) {
            Some(key) if key.customer != customer => Err(corrupt()),
            Some(key) if key.is_erased => Ok(None),
            Some(_) => Ok(Some(veiled(place, seal, &hex::decode(text).map_err(|_| corrupt())?))),
            None => Err(corrupt()),
        }
    }

    async fn erase(&self, customer: CustomerId, subject: &str) -> Result<u64, Fault> {
        let mut erased = 0;
        for key in &mut lock(&self.0).data_keys {
            if key.customer == customer && key.subject == subject {
                key.is_erased = true;
                erased += 1;
            }
        }
        Ok(erased)
    }

    async fn fingerprint(&self, customer: CustomerId, bytes: &[u8]) -> Result<String, Fault> {
        Ok(hex::encode(digest(&[b"fingerprint", customer.0.as_bytes(), bytes])))
    }
}

impl ApiKeys for Safe {
    fn generate(&self) -> NewApiKey {
        let mut state = lock(&self.0);
        state.api_keys += 1;
        let secret = format!("caas_{}", hex::encode(digest(&[b"secret", &state.api_keys.to_be_bytes()])));
        NewApiKey { hash: hash(&secret), secret }
    }

    fn hash(&self, secret: &str) -> String {
        hash(secret)
    }
}

impl Hashes for Safe {
    fn keyed_hash(&self, of: Hashed, text: &str) -> String {
        hex::encode(digest(&[b"lookup", format!("{of:?}").as_bytes(), text.as_bytes()]))
    }

    fn token(&self) -> String {
        let mut state = lock(&self.0);
        state.tokens += 1;
        hex::encode(digest(&[b"token", &state.tokens.to_be_bytes()]))
    }
}
