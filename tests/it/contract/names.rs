//! What is chance in a recorded exchange gets a name that is the same in every recording, so that examples change only when
//! the contract does.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use credentials::key::PublicKey;
use ed25519_dalek::SigningKey;
use regex::{Captures, Regex};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, sync::LazyLock};
use uuid::Uuid;

/// The subject of the examples: its key is a public test vector.
pub const SUBJECT: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";
/// Addresses of public test accounts.
const ADDRESSES: [&str; 3] = [
    "cheqd1rnr5jrt4exl0samwj0yegv99jeskl0hsxmcz96",
    "cheqd1l9sq0se0jd3vklyrrtjchx4ua47awug5vsyeeh",
    "cheqd14wymr6h8a0rvynwayytssy5rhn3evltcpxh0zh",
];
/// When the examples happened, Unix seconds: 2026-01-15T09:00:00Z.
const EPOCH_SECONDS: i64 = 1_768_467_600;
/// Members that hold a height, and what is shown instead.
const HEIGHTS: [(&str, u64); 2] = [("height", 1_200), ("expiresAtHeight", 1_210)];

/// Members that hold bytes of a passkey or of a challenge.
const PASSKEY_BYTES: [&str; 6] =
    ["challenge", "clientDataJSON", "attestationObject", "authenticatorData", "credentialId", "userHandle"];

macro_rules! pattern {
    ($name:ident, $text:literal) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).expect("a pattern"));
    };
}
pattern!(JWT, r"eyJ[A-Za-z0-9_-]+\.(eyJ[A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+");
pattern!(UUID, r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b");
pattern!(KEY, r"\b[0-9a-f]{64}\b");
pattern!(MULTIBASE, r"\bz6Mk[1-9A-HJ-NP-Za-km-z]{44}\b");
pattern!(HASH, r"\b[0-9A-F]{64}\b");
pattern!(ADDRESS, r"\bcheqd1[02-9ac-hj-np-z]{38}\b");
pattern!(SECRET, r"\bcaas_[A-Za-z0-9_-]+");
pattern!(MASKED, r"\bcaas_…[0-9a-f]{4}");
pattern!(TIME, r"\b(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z");

/// The names given so far.
#[derive(Default)]
pub struct Names {
    given: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, usize>,
}

impl Names {
    /// The same value without chance.
    pub fn settle(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::from(self.settle_text(text)),
            Value::Array(items) => items.iter().map(|item| self.settle(item)).collect(),
            Value::Object(members) => Value::Object(members.iter().map(|(n, v)| self.member(n, v)).collect()),
            other => other.clone(),
        }
    }

    fn member(&mut self, name: &str, value: &Value) -> (String, Value) {
        let height = HEIGHTS.iter().find(|(member, _)| *member == name && value.is_number());
        let settled = match height {
            Some((_, height)) => json!(height),
            None if matches!(name, "next" | "after") && value.is_string() => json!("cDEuMTA"),
            None if matches!(name, "serializedPayload" | "signature") && value.is_string() => {
                json!("dGhlIGJ5dGVzIG9mIHRoaXMgZXhhbXBsZQ==")
            }
            None if PASSKEY_BYTES.contains(&name) && value.is_string() => {
                json!("dGhlIGJ5dGVzIG9mIGEgcGFzc2tleQ")
            }
            // Who somebody is to their device, or a passkey of theirs.
            None if name == "id" && value.as_str().is_some_and(is_base64url) => {
                json!("c29tZWJvZHkgb3IgYSBwYXNza2V5")
            }
            // Far from now, and counted from it.
            None if name == "endsAt" && value.is_string() => json!("2026-02-14T09:00:00Z"),
            None => self.settle(value),
        };
        (self.settle_text(name), settled)
    }

    pub fn settle_text(&mut self, text: &str) -> String {
        let text = JWT.replace_all(text, |found: &Captures<'_>| self.token(&found[0], &found[1]));
        let mut text = text.into_owned();
        text = SECRET.replace_all(&text, "caas_the-secret-is-shown-once").into_owned();
        text = MASKED.replace_all(&text, "caas_…0a1b").into_owned();
        text = self.each(&text, &UUID, "uuid", |n| {
            Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("example {n}").as_bytes()).to_string()
        });
        text = self
            .each(&text, &HASH, "hash", |n| hex::encode_upper(Sha256::digest(format!("transaction {n}"))));
        text = self.each(&text, &ADDRESS, "address", |n| ADDRESSES[n % ADDRESSES.len()].to_owned());
        // A key is the same key in hex and in multibase.
        text = MULTIBASE.replace_all(&text, |found: &Captures<'_>| self.multibase(&found[0])).into_owned();
        text = self.each(&text, &KEY, "key", |n| hex::encode(public_key(n)));
        TIME.replace_all(&text, |found: &Captures<'_>| self.time(&found[0])).into_owned()
    }

    fn each(
        &mut self,
        text: &str,
        pattern: &Regex,
        kind: &'static str,
        make: impl Fn(usize) -> String,
    ) -> String {
        pattern.replace_all(text, |found: &Captures<'_>| self.name(&found[0], kind, &make)).into_owned()
    }

    fn name(&mut self, chance: &str, kind: &'static str, make: impl Fn(usize) -> String) -> String {
        if let Some(known) = self.given.get(chance) {
            return known.clone();
        }
        let count = self.counts.entry(kind).or_default();
        let name = make(*count);
        *count += 1;
        self.given.insert(chance.to_owned(), name.clone());
        // What is named already is not renamed.
        self.given.insert(name.clone(), name.clone());
        name
    }

    fn multibase(&mut self, found: &str) -> String {
        if SUBJECT.ends_with(found) {
            return found.to_owned();
        }
        let Ok(PublicKey::Ed25519(bytes)) = PublicKey::from_multibase(found) else { return found.to_owned() };
        let named = self.name(&hex::encode(bytes), "key", |n| hex::encode(public_key(n)));
        let bytes: [u8; 32] = hex::decode(named).expect("hex").try_into().expect("32 bytes");
        PublicKey::Ed25519(bytes).to_multibase()
    }

    /// Instants of the recording, one second after the other; what lies far from now is no chance.
    fn time(&mut self, text: &str) -> String {
        let Ok(at) = DateTime::parse_from_rfc3339(text) else { return text.to_owned() };
        if (at.to_utc() - Utc::now()).abs() > TimeDelta::days(8) {
            return text.to_owned();
        }
        let format = if text.contains('.') { SecondsFormat::Millis } else { SecondsFormat::Secs };
        self.name(text, "time", |n| {
            let seconds = EPOCH_SECONDS + i64::try_from(n).expect("few");
            DateTime::from_timestamp(seconds, 0).expect("a time").to_rfc3339_opts(format, true)
        })
    }

    /// A token with the same claims, settled. Its signature is of the right form and of nobody.
    fn token(&mut self, whole: &str, payload: &str) -> String {
        let claims: Option<Map<String, Value>> =
            URL_SAFE_NO_PAD.decode(payload).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let Some(claims) = claims else { return whole.to_owned() };
        let mut settled = Map::new();
        for (name, value) in claims {
            let is_now = |seconds: i64| (seconds - Utc::now().timestamp()).abs() < 2 * 86_400;
            let value = match value.as_i64() {
                Some(seconds) if is_now(seconds) => json!(EPOCH_SECONDS),
                _ => self.settle(&value),
            };
            settled.insert(name, value);
        }
        let payload = URL_SAFE_NO_PAD.encode(Value::Object(settled).to_string());
        let half = Sha256::digest(&payload);
        let header = whole.split('.').next().unwrap_or_default();
        format!("{header}.{payload}.{}", URL_SAFE_NO_PAD.encode([half, half].concat()))
    }
}

fn public_key(n: usize) -> [u8; 32] {
    let seed: [u8; 32] = Sha256::digest(format!("example key {n}")).into();
    SigningKey::from_bytes(&seed).verifying_key().to_bytes()
}

#[test]
fn chance_gets_the_same_name_wherever_it_stands() {
    let mut names = Names::default();
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
    let id = Uuid::new_v4();
    let key = public_key(99);
    let multibase = PublicKey::Ed25519(key).to_multibase();
    let claims = URL_SAFE_NO_PAD.encode(json!({"sub": id, "nbf": Utc::now().timestamp()}).to_string());
    let value = json!({"id": id, "did": format!("did:cheqd:testnet:{id}"), "at": now, "end": "2130-01-01T00:00:00Z",
        "kid": hex::encode(key), "key": multibase, "height": 17, "subject": SUBJECT, "jwt": format!("eyJhIjoxfQ.{claims}.c2ln")});
    let settled = names.settle(&value);
    let text = settled.to_string();
    assert!(!text.contains(&id.to_string()) && !text.contains(&now) && !text.contains(&multibase), "{text}");
    assert_eq!(settled["did"], format!("did:cheqd:testnet:{}", settled["id"].as_str().expect("an id")));
    assert_eq!((&settled["end"], &settled["subject"]), (&value["end"], &value["subject"]));
    assert_eq!(settled["at"], "2026-01-15T09:00:00.000Z");
    let shown: [u8; 32] =
        hex::decode(settled["kid"].as_str().expect("a key")).expect("hex").try_into().expect("32");
    assert_eq!(settled["key"], PublicKey::Ed25519(shown).to_multibase());
    let payload = settled["jwt"].as_str().and_then(|jwt| jwt.split('.').nth(1)).expect("claims");
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("JSON");
    assert_eq!(claims, json!({"sub": settled["id"], "nbf": EPOCH_SECONDS}));
    assert_eq!(names.settle(&settled), settled, "what is settled stays");
}

/// Whether it is 16 bytes or more as base64url, which no other id is.
fn is_base64url(text: &str) -> bool {
    text.len() >= 22 && Uuid::try_parse(text).is_err() && URL_SAFE_NO_PAD.decode(text).is_ok()
}
