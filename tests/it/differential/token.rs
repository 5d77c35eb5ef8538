//! Tokens by plan, written by hand: nothing here asks the product how a credential looks.

use super::{
    plan::{
        At, Audience, Chain, Dress, End, Form, Header, Party, Plan, Question, Roots, Signature, Signer,
        Start, Status, Subject,
    },
    world::{REVOKED, SUSPENDED, VALID, World},
};
use crate::{contract::names::SUBJECT, differential::doors::Asked};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use credentials::{did_key::did_key_of, key::PublicKey};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Map, Value, json};

/// 2024-01-01T00:00:00Z.
const BEGUN: i64 = 1_704_067_200;
const BEGUN_DATE: &str = "2024-01-01T00:00:00Z";
/// 2025-01-01T00:00:00Z.
const OVER: i64 = 1_735_689_600;
const OVER_DATE: &str = "2025-01-01T00:00:00Z";
/// 2130-01-01T00:00:00Z.
const LATER: i64 = 5_049_129_600;
const LATER_DATE: &str = "2130-01-01T00:00:00Z";
/// Less than clocks may differ.
const SKEW_SECONDS: i64 = 200;
/// A DID that is nobody's.
const NOWHERE: &str = "did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e11";
const VC1: &str = "https://www.w3.org/2018/credentials/v1";
const VC2: &str = "https://www.w3.org/ns/credentials/v2";

/// Whose key signs.
enum Key {
    Here(SigningKey),
    Vault(String),
}

fn own_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn did_of(key: &SigningKey) -> String {
    did_key_of(&PublicKey::Ed25519(key.verifying_key().to_bytes()))
}

/// The DID, the key, and the fragment of its method.
fn signer(world: &World, signer: Signer) -> (String, Key, String) {
    let of = |issuer: &super::world::Issuer, number: usize| {
        (issuer.did.clone(), Key::Vault(issuer.kids[number].clone()), format!("#key-{}", number + 1))
    };
    match signer {
        Signer::Uni => of(&world.uni, 0),
        Signer::Asserting => of(&world.asserting, 0),
        Signer::AuthenticatingOnly => of(&world.asserting, 1),
        Signer::Old => of(&world.old, 0),
        Signer::AgreeingOnly => of(&world.old, 1),
        Signer::Deactivated => of(&world.deactivated, 0),
        Signer::DidKey => {
            let did = did_of(&own_key());
            let fragment = format!("#{}", did.trim_start_matches("did:key:"));
            (did, Key::Here(own_key()), fragment)
        }
        Signer::Nowhere => (NOWHERE.to_owned(), Key::Here(own_key()), "#key-1".to_owned()),
        Signer::OtherMethod => ("did:web:example.com".to_owned(), Key::Here(own_key()), "#key-1".to_owned()),
    }
}

fn header(plan: &Plan, did: &str, fragment: &str) -> String {
    let mut header = json!({"alg": "EdDSA", "typ": "JWT"});
    if plan.form == Form::Bare {
        header = json!({"alg": "EdDSA", "typ": "vc+jwt", "kid": format!("{did}{fragment}")});
    }
    let mut set = |name: &str, value: Value| header[name] = value;
    match plan.header {
        Header::Plain => {}
        Header::Kid => set("kid", json!(format!("{did}{fragment}"))),
        Header::RelativeKid => set("kid", json!(fragment)),
        Header::Thumbprint => set("kid", json!("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")),
        Header::NoTyp => drop(header.as_object_mut().expect("an object").remove("typ")),
        Header::VcTyp => set("typ", json!("vc+jwt")),
        Header::Ed25519 => set("alg", json!("Ed25519")),
        Header::OtherFragment => set("kid", json!(format!("{did}#key-9"))),
        Header::OthersKid => set("kid", json!(format!("{NOWHERE}#key-1"))),
        Header::VpTyp => set("typ", json!("vp+jwt")),
        Header::AlgNone => set("alg", json!("none")),
        Header::AlgHs256 => set("alg", json!("HS256")),
        Header::OtherAlg => set("alg", json!("ES256K")),
        Header::Crit => set("crit", json!(["exp"])),
        Header::AlgTwice => return r#"{"alg":"EdDSA","typ":"JWT","alg":"EdDSA"}"#.to_owned(),
    }
    header.to_string()
}

fn entry(did: &str, list: &str, index: u32, purpose: &str) -> Value {
    let address = format!(
        "https://resolver.cheqd.net/1.0/identifiers/{did}?resourceName={list}&resourceType=BitstringStatusListCredential"
    );
    json!({"id": format!("{address}#{index}"), "type": "BitstringStatusListEntry", "statusPurpose": purpose,
        "statusListIndex": index.to_string(), "statusListCredential": address, "statusSize": 2})
}

fn old_entry(did: &str, index: u32) -> Value {
    let address = format!(
        "https://resolver.cheqd.net/1.0/identifiers/{did}?resourceName=old&resourceType=StatusList2021Revocation"
    );
    json!({"id": format!("{address}#{index}"), "type": "StatusList2021Entry", "statusPurpose": "revocation",
        "statusListIndex": index.to_string()})
}

fn status(world: &World, plan: &Plan) -> Option<Value> {
    let uni = &world.uni.did;
    Some(match plan.status {
        Status::None => return None,
        Status::Valid => entry(uni, "status", VALID, "revocation"),
        Status::ValidOld => old_entry(uni, VALID),
        Status::Revoked | Status::Hidden => entry(uni, "status", REVOKED, "revocation"),
        Status::RevokedOld => old_entry(uni, REVOKED),
        Status::Suspended => entry(uni, "status", SUSPENDED, "suspension"),
        Status::Several => {
            json!([entry(uni, "status", VALID, "revocation"), entry(uni, "status", SUSPENDED, "suspension")])
        }
        Status::UnknownList => entry(uni, "nothing", VALID, "revocation"),
        Status::Foreign => entry(&world.chain.body_did, "acc-rev", 77_777, "revocation"),
        Status::Beyond => entry(uni, "status", 4_000_000, "revocation"),
        Status::WrongPurpose => entry(uni, "only", VALID, "suspension"),
        Status::Malformed => json!("revoked"),
    })
}

fn terms(world: &World, plan: &Plan) -> Option<Value> {
    let chain = &world.chain;
    let by_name =
        format!("{}?resourceName=uniIssuer&resourceType=VerifiableAccreditationToAttest", chain.body_did);
    let missing = format!("{}/resources/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e15", chain.body_did);
    let parent = match plan.chain {
        Chain::None => return None,
        Chain::ByName => &by_name,
        Chain::Renewed => &world.renewed,
        Chain::Narrowed => &world.narrowed,
        Chain::Widened => &world.widened,
        Chain::Revoked => &world.revoked,
        Chain::Expired => &world.expired,
        Chain::Holders => &world.holders,
        Chain::WrongKind => &chain.accreditation,
        Chain::Missing => &missing,
        Chain::Attest | Chain::WrongRoot | Chain::OtherType | Chain::OtherSchema => &chain.attest,
    };
    let root = if plan.chain == Chain::WrongRoot { &world.other_root } else { &chain.root };
    Some(json!({"type": "AttestationPolicy", "parentAccreditation": parent, "rootAuthorization": root}))
}

/// The credential without the facts of which the plan says where they stand.
fn credential(world: &World, plan: &Plan) -> Value {
    let kind = if plan.chain == Chain::OtherType { "PassportCredential" } else { "DegreeCredential" };
    let schema = if plan.chain == Chain::OtherSchema {
        format!("{}?resourceName=Other&resourceType=JSONSchemaValidator2020", world.chain.root_did)
    } else {
        world.chain.schema.clone()
    };
    let context = if plan.form == Form::Vc11 { VC1 } else { VC2 };
    let mut credential = json!({"@context": [context], "type": ["VerifiableCredential", kind],
        "credentialSubject": {"degree": "BSc"}, "credentialSchema": {"id": schema, "type": "JsonSchemaValidator2018"}});
    for (name, value) in [("termsOfUse", terms(world, plan)), ("credentialStatus", status(world, plan))] {
        if let Some(value) = value {
            credential[name] = value;
        }
    }
    credential
}

/// The payload, as text: it may say things twice.
fn payload(world: &World, plan: &Plan, did: &str) -> String {
    let mut vc = credential(world, plan);
    if plan.form == Form::Bare {
        vc["issuer"] = json!(did);
        vc["validFrom"] = json!(BEGUN_DATE);
        vc["credentialSubject"]["id"] = json!(SUBJECT);
        return vc.to_string();
    }
    let mut claims = Map::new();
    let mut claim = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
    party(plan, did, &mut vc);
    if plan.subject != Subject::Sub {
        vc["credentialSubject"]["id"] =
            json!(if plan.subject == Subject::Different { NOWHERE } else { SUBJECT });
    }
    if plan.subject != Subject::Inner {
        claim("sub", json!(SUBJECT));
    }
    if plan.form == Form::Vc20 {
        vc["validFrom"] = json!(BEGUN_DATE);
    } else {
        start(plan, &mut vc, &mut claim);
    }
    end(plan, &mut vc, &mut claim);
    if plan.audience == Audience::Named {
        claim("aud", json!("did:example:verifier"));
    }
    if plan.status == Status::Hidden {
        claim("credentialStatus", json!([]));
    }
    claim("iss", json!(did));
    claim("vc", vc);
    let text = Value::Object(claims).to_string();
    if plan.party == Party::IssTwice {
        text.replacen('{', &format!("{{\"iss\":\"{NOWHERE}\","), 1)
    } else {
        text
    }
}

fn party(plan: &Plan, did: &str, vc: &mut Value) {
    let said = match plan.party {
        Party::Absent | Party::IssTwice => return,
        Party::Same => json!(did),
        Party::SameObject => json!({"id": did, "name": "University"}),
        Party::Described => json!({"name": "University"}),
        Party::Other => json!(NOWHERE),
        Party::OtherObject => json!({"id": NOWHERE}),
        Party::Number => json!(7),
    };
    vc["issuer"] = said;
}

fn start(plan: &Plan, vc: &mut Value, claim: &mut impl FnMut(&str, Value)) {
    match plan.start {
        Start::None => {}
        Start::Nbf => claim("nbf", json!(BEGUN)),
        Start::Iat => claim("iat", json!(BEGUN)),
        Start::IssuanceDate => vc["issuanceDate"] = json!(BEGUN_DATE),
        Start::Fraction => claim("nbf", json!(1_704_067_200.5)),
        Start::Skewed => claim("nbf", json!(now() + SKEW_SECONDS)),
        Start::Future => claim("nbf", json!(LATER)),
        Start::FutureIat => claim("iat", json!(LATER)),
        Start::FutureDate => vc["issuanceDate"] = json!(LATER_DATE),
        Start::NoNumber => claim("nbf", json!("soon")),
        Start::Same | Start::Different => {
            claim("nbf", json!(BEGUN));
            vc["issuanceDate"] =
                json!(if plan.start == Start::Same { BEGUN_DATE } else { "2023-01-01T00:00:00Z" });
        }
    }
}

fn end(plan: &Plan, vc: &mut Value, claim: &mut impl FnMut(&str, Value)) {
    let date = if plan.form == Form::Vc20 { "validUntil" } else { "expirationDate" };
    match plan.end {
        End::None => {}
        End::Exp => claim("exp", json!(LATER)),
        End::Never => vc[date] = json!("9999-12-31T23:59:59Z"),
        End::Fraction => claim("exp", json!(5_049_129_600.25)),
        End::Skewed => claim("exp", json!(now() - SKEW_SECONDS)),
        End::Past => claim("exp", json!(OVER)),
        End::PastDate => vc[date] = json!(OVER_DATE),
        End::Same => {
            claim("exp", json!(LATER));
            vc[date] = json!(LATER_DATE);
        }
        End::Different => {
            claim("exp", json!(OVER));
            vc[date] = json!(LATER_DATE);
        }
        End::DifferentInside => {
            claim("exp", json!(LATER));
            vc[date] = json!(OVER_DATE);
        }
    }
}

fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

/// The token of a plan.
pub async fn compact(world: &World, plan: &Plan) -> String {
    let (did, key, fragment) = signer(world, plan.signer);
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let payload = payload(world, plan, &did);
    let input = format!("{}.{}", part(&header(plan, &did, &fragment)), part(&payload));
    let signed = match plan.signature {
        Signature::OfOtherClaims => input.replace(&part(&payload), &part("{}")),
        _ => input.clone(),
    };
    let mut signature = match (plan.signature, key) {
        (Signature::Empty, _) => Vec::new(),
        (Signature::OthersKey, _) => SigningKey::from_bytes(&[9; 32]).sign(signed.as_bytes()).to_vec(),
        (_, Key::Here(key)) => key.sign(signed.as_bytes()).to_vec(),
        (_, Key::Vault(kid)) => world.sign(&kid, &signed).await,
    };
    if plan.signature == Signature::Flipped {
        signature[10] ^= 1;
    }
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A credential of a did:key of secp256k1 under each of the two signatures that ECDSA gives for a message, and under one of
/// another message.
pub fn twins() -> [String; 3] {
    let key = k256::ecdsa::SigningKey::from_slice(&[7; 32]).expect("a key");
    let public = key.verifying_key().to_encoded_point(true);
    let did = did_key_of(&PublicKey::secp256k1(public.as_bytes()).expect("a public key"));
    let claims = json!({"iss": did, "sub": SUBJECT, "nbf": BEGUN, "vc": {"@context": [VC1],
        "type": ["VerifiableCredential"], "credentialSubject": {"degree": "BSc"}}});
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", part(json!({"alg": "ES256K", "typ": "JWT"})), part(claims));
    let signed = |text: &str| -> k256::ecdsa::Signature { key.sign(text.as_bytes()) };
    let one = signed(&input);
    let (r, s) = one.split_scalars();
    let other = k256::ecdsa::Signature::from_scalars(r, -s).expect("the other one");
    [one, other, signed("something else")]
        .map(|signature| format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes())))
}

/// The credential of a plan as it is handed in.
pub fn dressed(plan: &Plan, compact: &str) -> Value {
    let url = format!("data:application/vc+jwt,{compact}");
    match plan.dress {
        Dress::Compact => json!(compact),
        Dress::Blanks => json!(format!("\u{feff} {compact}\n")),
        Dress::JsonText => json!(json!(compact).to_string()),
        Dress::Envelope => json!({"@context": VC2, "type": "EnvelopedVerifiableCredential", "id": url}),
        Dress::DataUrl => json!(url),
    }
}

/// The question as it is asked.
pub fn asked(world: &World, question: &Question) -> Asked {
    let chain = &world.chain;
    let root = match question.roots {
        Roots::None => None,
        Roots::Did => Some(chain.root_did.clone()),
        Roots::Url => Some(chain.root.clone()),
        Roots::Name => Some(format!(
            "{}?resourceName=eduRoot&resourceType=VerifiableAuthorizationForTrustChain",
            chain.root_did
        )),
        Roots::Other => Some(chain.body_did.clone()),
    };
    let at = match question.at {
        At::Now => None,
        At::Before => Some(world.before.clone()),
        At::After => Some(world.after.clone()),
        At::LongAgo => Some("2020-01-01T00:00:00Z".to_owned()),
    };
    let switches = [
        ("issuanceDate", question.issuance_date_off),
        ("expirationDate", question.expiration_date_off),
        ("audience", question.audience_off),
    ];
    Asked {
        by_mallory: question.by_mallory,
        status: question.status,
        allow_deactivated: question.allow_deactivated,
        at,
        roots: root.map(|root| vec![root]),
        off: switches.into_iter().filter_map(|(name, is_off)| is_off.then_some(name)).collect(),
    }
}
