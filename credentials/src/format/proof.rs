//! Proofs that stand in a document: Data Integrity (W3C Recommendation of 2025-05-15) and the Linked Data proofs before it
//! (docs/credentials.md#json-ld).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::SecondsFormat;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Draft, SigningKey, Suite};
use crate::json::{self, push_unique, text};
use crate::json_ld::{self, LdError};
use crate::jwt::{self, Algorithm};
use crate::vc::{CREDENTIALS_V1, CREDENTIALS_V2, VcError};
use crate::verify::Failure;

const DATA_INTEGRITY: &str = "DataIntegrityProof";
const DATA_INTEGRITY_CONTEXT: &str = "https://w3id.org/security/data-integrity/v2";
const ED25519_2020_CONTEXT: &str = "https://w3id.org/security/suites/ed25519-2020/v1";
const JWS_2020_CONTEXT: &str = "https://w3id.org/security/suites/jws-2020/v1";

/// What a proof is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Of a credential.
    Assertion,
    /// Of a presentation.
    Authentication { challenge: Option<String>, domain: Option<String> },
}

impl Purpose {
    const fn name(&self) -> &'static str {
        match self {
            Self::Assertion => "assertionMethod",
            Self::Authentication { .. } => "authentication",
        }
    }
}

impl Suite {
    /// Whether its signature is a detached JWS.
    const fn is_jws(self) -> bool {
        matches!(self, Self::Ed25519Signature2018 | Self::JsonWebSignature2020)
    }

    /// Whether it signs JSON as it stands, instead of what it says in RDF.
    pub(super) const fn is_jcs(self) -> bool {
        matches!(self, Self::EddsaJcs2022 | Self::EcdsaJcs2019)
    }

    const fn is_data_integrity(self) -> bool {
        matches!(self, Self::EddsaRdfc2022 | Self::EddsaJcs2022 | Self::EcdsaRdfc2019 | Self::EcdsaJcs2019)
    }

    /// The context that defines its proof, where the first context does not.
    fn context(self, document: &Value) -> Option<&'static str> {
        let first = json::list(document.get("@context")).first().and_then(|first| first.as_str());
        match self {
            Self::Ed25519Signature2018 => None,
            Self::Ed25519Signature2020 => Some(ED25519_2020_CONTEXT),
            Self::JsonWebSignature2020 => Some(JWS_2020_CONTEXT),
            _ => (first != Some(CREDENTIALS_V2)).then_some(DATA_INTEGRITY_CONTEXT),
        }
    }

    /// The suite of a proof.
    fn of(proof: &Value) -> Result<Self, Failure> {
        let kind = text(proof, "type").unwrap_or_default();
        let name = if kind == DATA_INTEGRITY { text(proof, "cryptosuite").unwrap_or_default() } else { kind };
        Self::named(name).filter(|suite| suite.is_data_integrity() == (kind == DATA_INTEGRITY)).ok_or_else(
            || {
                let shown: String = name.chars().take(64).collect();
                Failure::new(format!("not_supported: proofs of {shown} are not verified here"))
            },
        )
    }
}

/// A document and the proof that is to stand in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unproven {
    document: Map<String, Value>,
    proof: Map<String, Value>,
    suite: Suite,
    algorithm: Algorithm,
}

impl Unproven {
    pub(super) fn told(&self) -> Value {
        json!({"document": self.document, "proof": self.proof})
    }

    pub(super) fn proven(&self, signature: &[u8]) -> Value {
        let mut proof = self.proof.clone();
        if self.suite.is_jws() {
            let jws = format!("{}..{}", jws_header(self.algorithm), URL_SAFE_NO_PAD.encode(signature));
            proof.insert("jws".to_owned(), Value::from(jws));
        } else {
            let value = format!("z{}", bs58::encode(signature).into_string());
            proof.insert("proofValue".to_owned(), Value::from(value));
        }
        let mut document = self.document.clone();
        document.insert("proof".to_owned(), Value::Object(proof));
        Value::Object(document)
    }
}

/// The protected header of a detached JWS, encoded (RFC 7797).
fn jws_header(algorithm: Algorithm) -> String {
    let header = json!({"alg": algorithm.as_str(), "b64": false, "crit": ["b64"]});
    URL_SAFE_NO_PAD.encode(header.to_string())
}

/// A document as this key is to sign it. The context that defines the proof is added.
pub(super) fn draft(
    document: &Value,
    suite: Suite,
    purpose: &Purpose,
    by: &SigningKey<'_>,
) -> Result<Draft, VcError> {
    if !suite.signs_with(by.algorithm) {
        return Err(VcError::Suite {
            suite: suite.name(),
            method_type: by.method_type.to_owned(),
            algorithm: by.algorithm.as_str(),
        });
    }
    let mut members =
        document.as_object().cloned().ok_or(VcError::Shape("the credential must be an object"))?;
    members.shift_remove("proof");
    let mut contexts: Vec<Value> = json::list(document.get("@context")).into_iter().cloned().collect();
    if let Some(context) = suite.context(document) {
        push_unique(&mut contexts, Value::from(context));
    }
    let contexts = Value::Array(contexts);
    members.insert("@context".to_owned(), contexts.clone());
    let mut proof = Map::new();
    let mut put = |name: &str, value: &str| proof.insert(name.to_owned(), Value::from(value));
    if suite.is_data_integrity() {
        put("type", DATA_INTEGRITY);
        put("cryptosuite", suite.name());
    } else {
        put("type", suite.name());
    }
    put("created", &by.created.to_rfc3339_opts(SecondsFormat::Secs, true));
    put("verificationMethod", by.verification_method);
    put("proofPurpose", purpose.name());
    if let Purpose::Authentication { challenge, domain } = purpose {
        for (name, value) in [("challenge", challenge), ("domain", domain)] {
            value.as_deref().and_then(|value| put(name, value));
        }
    }
    // It says itself by which contexts it is to be read (section 3.3.1 of the cryptosuite).
    if suite.is_jcs() {
        proof.insert("@context".to_owned(), contexts);
    }
    let data = data(&members, &proof, suite)?;
    let bytes = if suite.is_jws() { behind(&jws_header(by.algorithm), &data) } else { data };
    Ok(Draft::proof(bytes, Unproven { document: members, proof, suite, algorithm: by.algorithm }))
}

/// Members that a proof may have. Readers look for these, and nothing else may say the same under another name.
const PROOF_MEMBERS: [&str; 13] = [
    "@context",
    "id",
    "type",
    "created",
    "expires",
    "verificationMethod",
    "proofPurpose",
    "cryptosuite",
    "challenge",
    "domain",
    "nonce",
    "proofValue",
    "jws",
];

/// What RDF says can be written in many ways, and contexts are not signed: a date or a status under another name would be signed all the
/// same, and nobody who looks for it by its usual name would find it. So members have the names that bundled contexts give them: no IRIs, no
/// keywords but those of values, no contexts inside the document but those of credentials that are presented.
fn usual_names(value: &Value, is_credential: bool) -> Result<(), LdError> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| usual_names(item, is_credential)),
        Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            let is_value = members.contains_key("@value");
            match name.as_str() {
                "@context" if is_credential => only_addresses(value),
                "@value" | "@type" | "@language" if is_value => Ok(()),
                name if name.starts_with('@') || name.contains(':') => {
                    Err(LdError::Unsupported(format!("the name {name} in a document with a proof")))
                }
                name => usual_names(value, name == "verifiableCredential"),
            }
        }),
        _ => Ok(()),
    }
}

fn only_addresses(contexts: &Value) -> Result<(), LdError> {
    if json::list(Some(contexts)).iter().all(|context| context.is_string()) {
        return Ok(());
    }
    Err(LdError::Unsupported(
        "a context that stands in the document itself, and so is not signed,".to_owned(),
    ))
}

/// Whether readers find in it, and in its proof, what is signed.
pub(super) fn readable(document: &Value, proof: &Map<String, Value>) -> Result<(), LdError> {
    usual_names(document, true)?;
    let first = json::list(document.get("@context")).first().and_then(|first| first.as_str());
    if !first.is_some_and(|first| [CREDENTIALS_V1, CREDENTIALS_V2].contains(&first)) {
        return Err(LdError::Context("that of credentials is not the first".to_owned()));
    }
    let is_usual = |(name, value): &(&String, &Value)| {
        let texts = json::list(Some(value));
        PROOF_MEMBERS.contains(&name.as_str()) && texts.iter().all(|text| text.is_string())
    };
    match proof.iter().find(|member| !is_usual(member)) {
        Some((name, _)) => Err(LdError::Unsupported(format!("the member {name} of a proof, or its value,"))),
        None => Ok(()),
    }
}

/// What is signed: the hash of the proof as it will be, then that of the document without it.
fn data(document: &Map<String, Value>, proof: &Map<String, Value>, suite: Suite) -> Result<Vec<u8>, LdError> {
    let mut config = proof.clone();
    let document = Value::Object(document.clone());
    let (config, document) = if suite.is_jcs() {
        (json::canonical(&Value::Object(config)), json::canonical(&document))
    } else {
        readable(&document, proof)?;
        if let Some(contexts) = document.get("@context") {
            config.insert("@context".to_owned(), contexts.clone());
        }
        (json_ld::canonical(&Value::Object(config))?, json_ld::canonical(&document)?)
    };
    Ok([Sha256::digest(config), Sha256::digest(document)].concat())
}

/// What a detached JWS signs: its header, a point, and the payload as it is.
fn behind(header: &str, data: &[u8]) -> Vec<u8> {
    [header.as_bytes(), b".", data].concat()
}

/// A document with a proof in it, read as far as it takes to judge it.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) proof: Value,
    pub(crate) verification_method: String,
    suite: Suite,
    data: Vec<u8>,
    /// The encoded header of a detached JWS, and its algorithm.
    header: Option<(String, Algorithm)>,
    signature: Vec<u8>,
}

/// The proof of a document that has one and no other.
pub(crate) fn proof_of(document: &Value) -> Result<&Value, Failure> {
    match document.get("proof") {
        Some(Value::Array(proofs)) => match proofs.as_slice() {
            [proof] => Ok(proof),
            [] => Err(Failure::new("invalid_argument: the document has no proof")),
            _ => Err(Failure::new("not_supported: documents with several proofs are not verified here")),
        },
        Some(proof) if proof.is_object() => Ok(proof),
        _ => Err(Failure::new("invalid_argument: the document has no proof")),
    }
}

impl Read {
    /// Reads it; what cannot be read cannot be verified.
    pub(crate) fn of(document: &Value, purpose: &Purpose) -> Result<Self, Failure> {
        let proof = proof_of(document)?.clone();
        let suite = Suite::of(&proof)?;
        let unreadable = |why: &str| Failure::new(format!("invalid_argument: {why}"));
        let mut members = document.as_object().cloned().ok_or_else(|| unreadable("it is no object"))?;
        members.shift_remove("proof");
        let mut config = proof.as_object().cloned().unwrap_or_default();
        if config.contains_key("previousProof") {
            return Err(Failure::new("not_supported: chains of proofs are not verified here"));
        }
        let name = if suite.is_jws() { "jws" } else { "proofValue" };
        let signature = config.shift_remove(name);
        let signature = signature.as_ref().and_then(Value::as_str).unwrap_or_default();
        let verification_method = text(&proof, "verificationMethod").unwrap_or_default().to_owned();
        if !verification_method.starts_with("did:") || !verification_method.contains('#') {
            return Err(unreadable("the proof's verificationMethod is not the DID URL of one"));
        }
        if text(&proof, "proofPurpose") != Some(purpose.name()) {
            let why = format!("the proof's proofPurpose is not {}", purpose.name());
            return Err(unreadable(&why));
        }
        if suite.is_jcs() {
            by_contexts_of_proof(&mut members, &config)?;
        } else {
            let needed = suite.context(document);
            let contexts = json::texts(document.get("@context"));
            if let Some(needed) =
                needed.filter(|_| !suite.is_data_integrity()).filter(|c| !contexts.contains(c))
            {
                return Err(unreadable(&format!("the document's contexts lack {needed}")));
            }
        }
        let data = data(&members, &config, suite)
            .map_err(|error| Failure::new(VcError::JsonLd(error).to_string()))?;
        let (header, signature) = if suite.is_jws() {
            let (header, algorithm, signature) = detached(signature)?;
            (Some((header, algorithm)), signature)
        } else {
            // What is no signature cannot be what the issuer signed, but it is one that was looked at.
            (None, multibase(signature).unwrap_or_default())
        };
        Ok(Self { proof, verification_method, suite, data, header, signature })
    }

    /// Whether keys of this algorithm make such proofs.
    pub(crate) fn may_be_by(&self, algorithm: Algorithm) -> bool {
        self.suite.signs_with(algorithm) && self.header.as_ref().is_none_or(|(_, named)| *named == algorithm)
    }

    /// The bytes that were signed, and what the key made of them.
    pub(crate) fn signed(&self) -> (Vec<u8>, &[u8]) {
        let bytes = match &self.header {
            Some((header, _)) => behind(header, &self.data),
            None => self.data.clone(),
        };
        (bytes, &self.signature)
    }
}

/// A proof over JSON names its contexts; the document's must begin with these, and is read by these alone.
fn by_contexts_of_proof(
    members: &mut Map<String, Value>,
    config: &Map<String, Value>,
) -> Result<(), Failure> {
    let Some(contexts) = config.get("@context") else { return Ok(()) };
    let (named, has) = (json::list(Some(contexts)), json::list(members.get("@context")));
    if !has.starts_with(&named) {
        return Err(Failure::new(
            "invalid_argument: the document's contexts do not begin with those of its proof",
        ));
    }
    members.insert("@context".to_owned(), contexts.clone());
    Ok(())
}

fn multibase(text: &str) -> Option<Vec<u8>> {
    bs58::decode(text.strip_prefix('z')?).into_vec().ok()
}

/// Header, algorithm and signature of a detached JWS over a payload that is not encoded.
fn detached(jws: &str) -> Result<(String, Algorithm, Vec<u8>), Failure> {
    let unreadable = || Failure::new("invalid_argument: the proof's jws is no detached JWS");
    let (header, signature) = jws.split_once("..").ok_or_else(unreadable)?;
    let members = jwt::object(header, "header").map(Value::Object).map_err(|_| unreadable())?;
    let algorithm = text(&members, "alg").and_then(Algorithm::from_jose_name).ok_or_else(unreadable)?;
    if members.get("b64") != Some(&Value::from(false)) || members.get("crit") != Some(&json!(["b64"])) {
        return Err(unreadable());
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    Ok((header.to_owned(), algorithm, signature))
}
