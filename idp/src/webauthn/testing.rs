//! An authenticator in memory, with the browser around it, for tests: it signs with real keys what real ones sign. What it says
//! can be bent at every place that somebody checks.
#![expect(clippy::expect_used, reason = "test support: what goes wrong here must fail the test at once")]

use super::authenticator_data::{ATTESTED, BACKED_UP, BACKUP_ELIGIBLE, USER_PRESENT, USER_VERIFIED};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ciborium::Value as Cbor;
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};
use serde_json::{Map, Value, json};

/// Bytes of the names that it gives.
const CREDENTIAL_BYTES: usize = 32;

enum Pair {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

/// An authenticator with one passkey, and its browser.
pub struct SoftAuthenticator {
    pair: Pair,
    /// Its name for the passkey.
    pub credential: Vec<u8>,
    /// Whose the passkey is, once it was made.
    pub user_handle: Vec<u8>,
    /// How often it has signed; it counts by itself before each signature unless this is 0.
    pub counter: u32,
    /// What it says happened: somebody touched it, and it knows who that was.
    pub flags: u8,
    /// The site that it thinks asks; the one that asks if there is none.
    pub party: Option<String>,
    /// The origin of the page that asks.
    pub origin: String,
    /// Further members of what the browser saw.
    pub seen: Value,
}

/// What was signed, and the signature.
pub struct Signed {
    /// `clientDataJSON`.
    pub client_data: Vec<u8>,
    /// `authenticatorData`.
    pub authenticator_data: Vec<u8>,
    /// The signature over both.
    pub signature: Vec<u8>,
}

impl SoftAuthenticator {
    /// One that signs with ECDSA over P-256, at a page of this origin.
    pub fn es256(origin: &str) -> Self {
        let (random, with) = (SystemRandom::new(), &ECDSA_P256_SHA256_ASN1_SIGNING);
        let document = EcdsaKeyPair::generate_pkcs8(with, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(with, document.as_ref(), &random).expect("a key");
        Self::new(Pair::Es256(pair), origin)
    }

    /// One that signs with Ed25519.
    pub fn eddsa(origin: &str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        Self::new(Pair::EdDsa(Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("a key")), origin)
    }

    fn new(pair: Pair, origin: &str) -> Self {
        let public = match &pair {
            Pair::Es256(pair) => digest(&SHA256, pair.public_key().as_ref()),
            Pair::EdDsa(pair) => digest(&SHA256, pair.public_key().as_ref()),
        };
        let credential = public.as_ref().get(..CREDENTIAL_BYTES).expect("a hash").to_vec();
        Self {
            pair,
            credential,
            user_handle: Vec::new(),
            counter: 1,
            flags: USER_PRESENT | USER_VERIFIED | BACKUP_ELIGIBLE | BACKED_UP,
            party: None,
            origin: origin.to_owned(),
            seen: json!({}),
        }
    }

    /// Its public key, a `COSE_Key`.
    pub fn public_key(&self) -> Cbor {
        let named = |pairs: Vec<(i64, Cbor)>| {
            Cbor::Map(pairs.into_iter().map(|(name, value)| (Cbor::from(name), value)).collect())
        };
        match &self.pair {
            Pair::Es256(pair) => {
                let (x, y) = pair.public_key().as_ref().get(1..).expect("a point").split_at(32);
                let (x, y) = (Cbor::Bytes(x.to_vec()), Cbor::Bytes(y.to_vec()));
                named(vec![(1, 2.into()), (3, (-7).into()), (-1, 1.into()), (-2, x), (-3, y)])
            }
            Pair::EdDsa(pair) => {
                let x = Cbor::Bytes(pair.public_key().as_ref().to_vec());
                named(vec![(1, 1.into()), (3, (-8).into()), (-1, 6.into()), (-2, x)])
            }
        }
    }

    /// What it saw, with a public key if it has made one.
    pub fn data(&self, party: &str, public_key: Option<&[u8]>) -> Vec<u8> {
        let party = self.party.as_deref().unwrap_or(party);
        let flags = if public_key.is_some() { self.flags | ATTESTED } else { self.flags };
        let mut data = digest(&SHA256, party.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        if let Some(public_key) = public_key {
            data.extend([0; 16]);
            data.extend(u16::try_from(self.credential.len()).expect("short").to_be_bytes());
            data.extend(&self.credential);
            data.extend(public_key);
        }
        data
    }

    /// What its browser saw.
    pub fn client_data(&self, kind: &str, challenge: &str) -> Vec<u8> {
        let mut seen = Map::new();
        seen.insert("type".to_owned(), kind.into());
        seen.insert("challenge".to_owned(), challenge.into());
        seen.insert("origin".to_owned(), self.origin.as_str().into());
        seen.insert("crossOrigin".to_owned(), false.into());
        seen.extend(self.seen.as_object().cloned().unwrap_or_default());
        Value::Object(seen).to_string().into_bytes()
    }

    /// An attestation object around what it saw.
    pub fn object(data: Vec<u8>) -> Vec<u8> {
        let members = [
            ("fmt", Cbor::Text("none".to_owned())),
            ("attStmt", Cbor::Map(Vec::new())),
            ("authData", Cbor::Bytes(data)),
        ];
        let members = members.into_iter().map(|(name, value)| (Cbor::Text(name.to_owned()), value));
        encoded(&Cbor::Map(members.collect()))
    }

    /// Signs what it saw and what its browser saw.
    pub fn sign(&self, party: &str, client_data: Vec<u8>) -> Signed {
        let authenticator_data = self.data(party, None);
        let signed = [authenticator_data.as_slice(), digest(&SHA256, &client_data).as_ref()].concat();
        let signature = match &self.pair {
            Pair::Es256(pair) => {
                pair.sign(&SystemRandom::new(), &signed).expect("a signature").as_ref().to_vec()
            }
            Pair::EdDsa(pair) => pair.sign(&signed).as_ref().to_vec(),
        };
        Signed { client_data, authenticator_data, signature }
    }

    /// Makes its passkey for what a page was answered by `/auth/passkeys/options`; what the page sends then.
    pub fn create(&mut self, options: &Value) -> Value {
        self.user_handle = URL_SAFE_NO_PAD.decode(text(options, "/publicKey/user/id")).expect("base64url");
        let data = self.data(text(options, "/publicKey/rp/id"), Some(&encoded(&self.public_key())));
        json!({
            "clientDataJSON": coded(&self.client_data("webauthn.create", text(options, "/publicKey/challenge"))),
            "attestationObject": coded(&Self::object(data)),
        })
    }

    /// Uses its passkey for what a page was answered by `/auth/passkey/options`; what the page sends then.
    pub fn get(&mut self, options: &Value) -> Value {
        if self.counter > 0 {
            self.counter += 1;
        }
        let seen = self.client_data("webauthn.get", text(options, "/publicKey/challenge"));
        let signed = self.sign(text(options, "/publicKey/rpId"), seen);
        json!({
            "credentialId": coded(&self.credential),
            "userHandle": coded(&self.user_handle),
            "clientDataJSON": coded(&signed.client_data),
            "authenticatorData": coded(&signed.authenticator_data),
            "signature": coded(&signed.signature),
        })
    }
}

/// CBOR as authenticators write it.
pub fn encoded(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::ser::into_writer(value, &mut bytes).expect("it is CBOR");
    bytes
}

/// Bytes as pages send them.
pub fn coded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A text of the options.
fn text<'a>(options: &'a Value, place: &str) -> &'a str {
    options.pointer(place).and_then(Value::as_str).expect("a text")
}
