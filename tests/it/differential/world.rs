//! What the tokens of these tests are about: issuers with documents of every shape, status lists, and lines of
//! accreditations that held once and hold no longer.

use crate::{
    flow::trust_chain::{self, Chain, TYPES, issue, schemas},
    house::TestHouse,
};
use credentials::key::PublicKey;
use domain::id::KeyId;
use serde_json::{Value, json};

/// Entries of the issuer's list.
pub const VALID: u32 = 11;
pub const REVOKED: u32 = 12;
pub const SUSPENDED: u32 = 13;

pub const METHOD: &str = "Ed25519VerificationKey2020";

/// A did:cheqd of Alice's with its keys in the vault.
pub struct Issuer {
    pub did: String,
    /// The vault's ids, `#key-1` first.
    pub kids: Vec<String>,
}

pub struct World {
    pub house: TestHouse,
    pub chain: Chain,
    /// The issuer under the chain; the lists are its own.
    pub uni: Issuer,
    /// Both keys authenticate, the first one asserts.
    pub asserting: Issuer,
    /// The first key authenticates, the second agrees; there is no `assertionMethod`.
    pub old: Issuer,
    pub deactivated: Issuer,
    /// Rights of the uni's to attest: superseded since by one that grants the same, …
    pub renewed: String,
    /// … by a narrower one, …
    pub narrowed: String,
    /// … a narrow one by a wider one, …
    pub widened: String,
    /// … revoked since, …
    pub revoked: String,
    /// … over.
    pub expired: String,
    /// The holder's right to attest.
    pub holders: String,
    /// A root authorisation of the body's.
    pub other_root: String,
    /// When all of it stood, and nothing was revoked or superseded yet.
    pub before: String,
    /// When everything had happened.
    pub after: String,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}

async fn new_kid(house: &TestHouse) -> String {
    text(&house.post("/key/create", json!({})).await.expect(200)["kid"])
}

async fn new_issuer(house: &TestHouse) -> Issuer {
    let kid = new_kid(house).await;
    let body = json!({"network": "testnet", "verificationMethodType": METHOD, "key": kid});
    let did = text(&house.post("/did/create", body).await.expect(200)["did"]);
    Issuer { did, kids: vec![kid] }
}

/// The key of a DID that Studio made.
async fn issuer_of(house: &TestHouse, did: &str) -> Issuer {
    let found = house.get(&format!("/did/search/{did}")).await.expect(200);
    let key =
        PublicKey::from_verification_method(&found["didDocument"]["verificationMethod"][0]).expect("a key");
    let PublicKey::Ed25519(bytes) = key else { panic!("an Ed25519 key") };
    Issuer { did: did.to_owned(), kids: vec![hex::encode(bytes)] }
}

fn multibase(kid: &str) -> String {
    let bytes: [u8; 32] = hex::decode(kid).expect("hex").try_into().expect("32 bytes");
    PublicKey::Ed25519(bytes).to_multibase()
}

/// Replaces the document by one with two keys, and these relationships.
async fn with_two_keys(house: &TestHouse, relationships: Value) -> Issuer {
    let mut issuer = new_issuer(house).await;
    issuer.kids.push(new_kid(house).await);
    let did = &issuer.did;
    let methods: Vec<Value> = (1..)
        .zip(&issuer.kids)
        .map(|(number, kid)| {
            json!({"id": format!("{did}#key-{number}"), "type": METHOD, "controller": did, "publicKeyMultibase": multibase(kid)})
        })
        .collect();
    let mut document = json!({"id": did, "controller": [did], "verificationMethod": methods});
    for (name, numbers) in relationships.as_object().expect("relationships") {
        let ids =
            numbers.as_array().expect("numbers").iter().map(|number| json!(format!("{did}#key-{number}")));
        document[name] = ids.collect();
    }
    house.post("/did/update", json!({"didDocument": document})).await.expect(200);
    let found = house.get(&format!("/did/search/{did}")).await.expect(200);
    let told = found["didDocument"].as_object().expect("a document");
    for name in ["assertionMethod", "keyAgreement"] {
        let is_there =
            told.get(name).is_some_and(|member| member.as_array().is_some_and(|list| !list.is_empty()));
        assert_eq!(is_there, relationships.get(name).is_some(), "{name}: {found}");
    }
    issuer
}

impl World {
    pub async fn build() -> Self {
        let house = TestHouse::start().await;
        let chain = trust_chain::build(&house).await;
        let uni = issuer_of(&house, &chain.issuer_did).await;
        lists(&house, &uni.did).await;
        let asserting =
            with_two_keys(&house, json!({"authentication": [1, 2], "assertionMethod": [1]})).await;
        let old = with_two_keys(&house, json!({"authentication": [1], "keyAgreement": [2]})).await;
        let deactivated = new_issuer(&house).await;
        house.post(&format!("/did/deactivate/{}", deactivated.did), json!({})).await.expect(200);
        let attest = async |name: &str, change: Value| attest(&house, &chain, name, change).await;
        let renewed = attest("renewed", json!({})).await;
        let narrowed = attest("narrowed", json!({})).await;
        let narrow = json!({"schemas": schemas(&chain.schema, &TYPES[..1])});
        let widened = attest("widened", narrow.clone()).await;
        let revoked = attest("revoked", json!({})).await;
        let expired = attest("expired", json!({"expirationDate": "2025-01-01T00:00:00Z"})).await;
        let holders = attest("holders", json!({"subjectDid": chain.holder_did})).await;
        let root = json!({"issuerDid": chain.body_did, "subjectDid": chain.body_did, "schemas": schemas(&chain.schema, &TYPES),
            "accreditationName": "other root", "trustFramework": "X", "trustFrameworkId": "https://x.example"});
        let other_root = issue(&house, "authorize", root).await;
        let before = instant(&house).await;

        attest("renewed", json!({})).await;
        attest("narrowed", narrow).await;
        attest("widened", json!({})).await;
        house
            .post("/trust-registry/accreditation/revoke?publish=true", json!({"didUrl": revoked}))
            .await
            .expect(200);
        for (action, index) in [("revoke", REVOKED), ("suspend", SUSPENDED)] {
            let path = format!(
                "/credential-status/update/unencrypted?listType=BitstringStatusList&statusAction={action}"
            );
            let body = json!({"did": uni.did, "statusListName": "status", "indices": [index]});
            house.post(&path, body).await.expect(200);
        }
        let path = "/credential-status/update/unencrypted?listType=StatusList2021&statusAction=revoke";
        house
            .post(path, json!({"did": uni.did, "statusListName": "old", "indices": [REVOKED]}))
            .await
            .expect(200);
        let after = instant(&house).await;
        Self {
            house,
            chain,
            uni,
            asserting,
            old,
            deactivated,
            renewed,
            narrowed,
            widened,
            revoked,
            expired,
            holders,
            other_root,
            before,
            after,
        }
    }

    /// Signed with a key of Alice's vault.
    pub async fn sign(&self, kid: &str, input: &str) -> Vec<u8> {
        let (vault, customer) = (&self.house.house.studio.vault, self.house.alice.customer);
        vault.sign(customer, &KeyId(kid.to_owned()), input.as_bytes()).await.expect("a signature")
    }
}

async fn instant(house: &TestHouse) -> String {
    house.ledger_now().await.to_rfc3339_opts(chrono::SecondsFormat::Nanos, true)
}

async fn lists(house: &TestHouse, did: &str) {
    for (name, query) in [
        ("status", "listType=BitstringStatusList&statusPurpose=revocation,suspension"),
        ("only", "listType=BitstringStatusList&statusPurpose=revocation"),
        ("old", "listType=StatusList2021&statusPurpose=revocation"),
    ] {
        let path = format!("/credential-status/create/unencrypted?{query}");
        house.post(&path, json!({"did": did, "statusListName": name})).await.expect(200);
    }
}

/// A right to attest, from the body to the uni.
async fn attest(house: &TestHouse, chain: &Chain, name: &str, change: Value) -> String {
    let mut body = json!({"issuerDid": chain.body_did, "subjectDid": chain.issuer_did, "accreditationName": name,
        "schemas": schemas(&chain.schema, &TYPES), "parentAccreditation": chain.accreditation, "rootAuthorization": chain.root,
        "credentialStatus": {"statusListType": "BitstringStatusList", "statusPurpose": "revocation", "statusListName": "acc-rev"}});
    body.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
    issue(house, "attest", body).await
}
