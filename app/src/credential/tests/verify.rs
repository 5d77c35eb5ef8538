//! What a verifier is told about a credential.

use super::*;
use crate::{
    Fault,
    accreditation::AccreditedFor,
    fake::Chain,
    trust::{CheckOutcome, RootsAsked, VerifyOptions, set_trusted_roots},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use credentials::{
    did_document::{VerificationMethodType, verification_method},
    key::PublicKey,
};
use domain::credential::StatusAction;
use ed25519_dalek::{Signer as _, SigningKey};

async fn ask(
    world: &World,
    credential: Value,
    trust_chain: bool,
    options: VerifyOptions,
    given: &[String],
) -> Result<CredentialVerdict, Fault> {
    let credential = GivenCredential::accept(&credential).unwrap();
    let roots = RootsAsked::of(world.stranger(), given).unwrap();
    super::super::verify(
        &world.studio(),
        VerifyCredential { credential, options, trust_chain, roots, verifier: None, challenge: None },
    )
    .await
}

fn with_status() -> VerifyOptions {
    VerifyOptions { status: true, ..VerifyOptions::default() }
}

fn outcome(verdict: &CredentialVerdict, name: &str) -> CheckOutcome {
    verdict.checks.iter().find(|check| check.name == name).unwrap().outcome
}

async fn revoke(world: &World, credential: &IssuedCredential, publish: bool) {
    let wish = ChangeCredentialStatus {
        credential: World::handed_in(credential),
        action: StatusAction::Revoke,
        list_type: None,
        publish,
        reason: None,
    };
    change_status(&world.studio(), &world.call(), wish).await.unwrap();
}

/// An attestation under a chain.
async fn attested(world: &World, chain: &Chain) -> IssuedCredential {
    let [root, _, attestation] = &chain.urls;
    let terms =
        json!({"type": "AttestationPolicy", "parentAccreditation": attestation, "rootAuthorization": root});
    let mut wish = World::new_credential(&chain.dids[2], ALICE, None);
    let AccreditedFor { schema_id, .. } = &chain.scope[0];
    wish.schema = Some(Value::from(schema_id.as_str()));
    wish.extra.insert("termsOfUse".to_owned(), terms);
    issue(&world.studio(), &world.call(), wish).await.unwrap()
}

/// A token of an issuer whose document is on the web.
fn token_of(issuer: &str, key: &SigningKey) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": format!("{issuer}#key-1")});
    let claims = json!({"iss": issuer, "sub": ALICE, "nbf": 1_700_000_000, "vc": {
        "@context": ["https://www.w3.org/2018/credentials/v1"], "type": ["VerifiableCredential"],
        "credentialSubject": {"name": "Bob"}}});
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = key.sign(signed.as_bytes()).to_bytes();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[tokio::test]
async fn an_issuer_on_the_web_is_believed_where_that_is_on() {
    const ISSUER: &str = "did:web:issuer.example%3A8443:schools";
    let world = World::new();
    let key = SigningKey::from_bytes(&[7; 32]);
    let ask = async |issuer: &str| {
        ask(&world, json!(token_of(issuer, &key)), false, VerifyOptions::default(), &[]).await
    };
    let told = |answer: Result<CredentialVerdict, Fault>| match answer {
        Ok(verdict) => (verdict.verified, verdict.error),
        Err(fault) => (false, Some(fault.code.to_owned())),
    };
    assert!(!told(ask(ISSUER).await).0, "it is off");
    let public = PublicKey::Ed25519(*key.verifying_key().as_bytes());
    let method =
        verification_method(ISSUER, "key-1", VerificationMethodType::Ed25519VerificationKey2020, &public);
    let document =
        json!({"id": ISSUER, "verificationMethod": [method], "assertionMethod": [format!("{ISSUER}#key-1")]});
    world.ledger.put_web(ISSUER, document);
    assert_eq!(told(ask(ISSUER).await), (true, None));
    for nobody in ["did:web:nobody.example", "did:web:localhost"] {
        assert!(!told(ask(nobody).await).0, "{nobody}");
    }
}

#[tokio::test]
async fn a_credential_holds_by_its_signature_and_not_otherwise() {
    let world = World::new();
    let did = world.did().await;
    let made = world.credential(&did, ALICE, None).await;
    let verdict = ask(&world, made.credential.clone(), false, with_status(), &[]).await.unwrap();
    assert!(verdict.verified && verdict.error.is_none(), "{:?}", verdict.error);
    assert_eq!(outcome(&verdict, "signature"), CheckOutcome::Passed);
    assert_eq!(outcome(&verdict, "status"), CheckOutcome::Skipped, "it has none");
    let mut changed = made.credential;
    changed["credentialSubject"]["name"] = json!("Mallory");
    let verdict = ask(&world, changed, false, with_status(), &[]).await.unwrap();
    assert!(!verdict.verified && verdict.error.is_some());
}

#[tokio::test]
async fn a_revoked_credential_is_revoked_once_that_is_published() {
    let world = World::new();
    let did = world.did().await;
    world.revocation_list(&did, "list").await;
    let made = world.credential(&did, ALICE, Some("list")).await;
    let verdict = ask(&world, made.credential.clone(), false, with_status(), &[]).await.unwrap();
    assert!(verdict.verified);
    assert_eq!((verdict.document.revoked(), verdict.document.suspended()), (Some(false), None));
    world.time.pass(60);
    let before = world.time.present();
    world.time.pass(60);
    revoke(&world, &made, false).await;
    let verdict = ask(&world, made.credential.clone(), false, with_status(), &[]).await.unwrap();
    assert!(verdict.verified, "what is not published nobody can see");
    let other = world.credential(&did, ALICE, Some("list")).await;
    revoke(&world, &other, true).await;
    let verdict = ask(&world, made.credential.clone(), false, with_status(), &[]).await.unwrap();
    assert_eq!((verdict.verified, verdict.document.revoked()), (false, Some(true)));
    assert!(verdict.error.unwrap().contains("revoked"));
    // Whoever does not ask for the status is not told of it, and the past stays as it was.
    let unasked = VerifyOptions::default();
    assert!(ask(&world, made.credential.clone(), false, unasked, &[]).await.unwrap().verified);
    let then = VerifyOptions { at: Some(before), ..with_status() };
    assert!(ask(&world, made.credential, false, then, &[]).await.unwrap().verified);
}

#[tokio::test]
async fn a_credential_of_a_did_that_has_ended_holds_only_for_whoever_does_not_mind() {
    let world = World::new();
    let did = world.did().await;
    let made = world.credential(&did, ALICE, None).await;
    world.time.pass(10);
    let before = world.time.present();
    world.time.pass(10);
    did::deactivate(&world.studio(), &world.call(), &did).await.unwrap();
    let verdict = ask(&world, made.credential.clone(), false, with_status(), &[]).await.unwrap();
    assert!(!verdict.verified && verdict.document.issuer_deactivated);
    let lenient = VerifyOptions { allow_deactivated: true, ..VerifyOptions::default() };
    assert!(ask(&world, made.credential.clone(), false, lenient, &[]).await.unwrap().verified);
    let then = VerifyOptions { at: Some(before), ..VerifyOptions::default() };
    assert!(ask(&world, made.credential, false, then, &[]).await.unwrap().verified);
}

#[tokio::test]
async fn an_expired_credential_was_good_before() {
    let world = World::new();
    let did = world.did().await;
    let end = world.time.present() + chrono::TimeDelta::hours(1);
    let mut wish = World::new_credential(&did, ALICE, None);
    wish.expiration_date = Some(end.to_rfc3339());
    let made = issue(&world.studio(), &world.call(), wish).await.unwrap();
    let before = world.time.present();
    world.time.pass(7_200);
    let verdict = ask(&world, made.credential.clone(), false, with_status(), &[]).await.unwrap();
    assert!(!verdict.verified);
    let then = VerifyOptions { at: Some(before), ..VerifyOptions::default() };
    assert!(ask(&world, made.credential, false, then, &[]).await.unwrap().verified);
}

#[tokio::test]
async fn no_answer_of_the_ledger_is_no_verdict_and_the_future_is_none_either() {
    let world = World::new();
    let did = world.did().await;
    let made = world.credential(&did, ALICE, None).await;
    let later =
        VerifyOptions { at: Some(world.time.present() + chrono::TimeDelta::seconds(1)), ..with_status() };
    let fault = ask(&world, made.credential.clone(), false, later, &[]).await.unwrap_err();
    assert_eq!((fault.code, &fault.members["field"]), ("request/invalid", &json!("at")));
    world.ledger.away(true);
    let fault = ask(&world, made.credential, false, with_status(), &[]).await.unwrap_err();
    assert_eq!(fault.code, "ledger/unreachable");
}

#[tokio::test]
async fn verdicts_1_a_chain_counts_if_its_root_is_trusted() {
    let world = World::new();
    let chain = world.chain().await;
    let made = attested(&world, &chain).await;
    let state = async |given: &[String]| {
        let verdict = ask(&world, made.credential.clone(), true, with_status(), given).await.unwrap();
        assert_eq!(verdict.verified, verdict.chain_state == Some(ChainState::Verified));
        assert_eq!(verdict.chain.as_ref().unwrap().hops.len(), 3);
        (verdict.chain_state.unwrap(), outcome(&verdict, "trustChain"), outcome(&verdict, "trustedRoot"))
    };
    let (passed, failed) = (CheckOutcome::Passed, CheckOutcome::Failed);
    assert_eq!(state(&[]).await, (ChainState::UntrustedRoot, passed, failed));
    assert_eq!(state(&[chain.urls[0].clone()]).await, (ChainState::Verified, passed, passed));
    let other = chain.urls[1].clone();
    assert_eq!(state(&[other]).await.0, ChainState::UntrustedRoot, "a document in the middle is no root");
    let stranger = world.call_of(world.stranger());
    set_trusted_roots(&world.studio(), &stranger, &[chain.dids[0].to_string()]).await.unwrap();
    assert_eq!(state(&[]).await.0, ChainState::Verified);
}

#[tokio::test]
async fn a_credential_that_is_not_proven_or_declares_no_chain_sends_nobody_anywhere() {
    let world = World::new();
    let chain = world.chain().await;
    let plain = world.credential(&chain.dids[2], ALICE, None).await;
    let verdict = ask(&world, plain.credential, true, with_status(), &[]).await.unwrap();
    assert_eq!((verdict.verified, verdict.chain_state), (false, Some(ChainState::NotDeclared)));
    let made = attested(&world, &chain).await;
    let mut token = made.credential["proof"]["jwt"].as_str().unwrap().to_owned();
    let last = if token.pop() == Some('A') { 'Q' } else { 'A' };
    token.push(last);
    let questions = world.ledger.questions();
    let verdict = ask(&world, Value::from(token), true, with_status(), &[]).await.unwrap();
    assert_eq!((verdict.verified, verdict.chain_state), (false, Some(ChainState::NotWalked)));
    assert_eq!(world.ledger.questions() - questions, 1, "the issuer, and nothing it points to");
}

#[tokio::test]
async fn an_issuer_without_the_right_fails_by_its_chain() {
    let world = World::new();
    let chain = world.chain().await;
    let [root, _, attestation] = &chain.urls;
    let terms =
        json!({"type": "AttestationPolicy", "parentAccreditation": attestation, "rootAuthorization": root});
    let mut wish = World::new_credential(&chain.dids[2], ALICE, None);
    wish.types = vec!["DrivingLicence".to_owned()];
    wish.schema = Some(Value::from(chain.scope[0].schema_id.as_str()));
    wish.extra.insert("termsOfUse".to_owned(), terms);
    let made = issue(&world.studio(), &world.call(), wish).await.unwrap();
    let verdict =
        ask(&world, made.credential, true, with_status(), std::slice::from_ref(root)).await.unwrap();
    assert_eq!((verdict.verified, verdict.chain_state), (false, Some(ChainState::Failed)));
    assert!(verdict.error.unwrap().contains("DrivingLicence"));
}
