//! The main job through mutations only: the chain of trust, and a broken link.

use super::{ask, did, done, text, user_error};
use crate::house::TestHouse;
use serde_json::{Value, json};

pub(super) const LIST: &str = "acc-rev";
const TYPES: [&str; 2] = ["VerifiableCredential", "DegreeCredential"];

/// A granted accreditation.
pub(super) struct Granted {
    /// Global id.
    pub(super) id: String,
    /// Exact DID URL.
    pub(super) url: String,
}

/// A finished chain.
pub(super) struct Chain {
    pub(super) root_did: String,
    pub(super) body_did: String,
    pub(super) issuer_did: String,
    pub(super) holder_did: String,
    pub(super) schema: String,
    pub(super) schema_id: String,
    pub(super) list_id: String,
    pub(super) root: Granted,
    pub(super) accreditation: Granted,
    pub(super) attest: Granted,
    pub(super) credential_id: String,
    pub(super) credential: Value,
}

/// What a chain is about.
pub(super) fn granted(schema: &str) -> Value {
    json!([{"schemaId": schema, "types": TYPES}])
}

async fn grant(house: &TestHouse, input: Value) -> Granted {
    let selection = "accreditation { id url kind publication isLatest status inclusion { txHash height } }";
    let made = done(house, "issueAccreditation", selection, input.clone()).await;
    let accreditation = &made["accreditation"];
    assert_eq!(accreditation["kind"], input["kind"], "{made:#}");
    assert_eq!(accreditation["publication"], "PUBLISHED", "{made:#}");
    assert_eq!(accreditation["isLatest"], true, "{made:#}");
    assert_eq!(accreditation["status"], "ISSUED", "{made:#}");
    assert_eq!(made["operation"]["kind"], "ACCREDITATION_PUBLISH", "{made:#}");
    assert_eq!(made["operation"]["state"], "CONFIRMED", "{made:#}");
    Granted { id: text(&accreditation["id"]).to_owned(), url: text(&accreditation["url"]).to_owned() }
}

pub(super) async fn issue(house: &TestHouse, issuer: &str, subject: &str, more: Value) -> Value {
    let mut input = json!({"issuer": issuer, "subject": subject, "types": ["DegreeCredential"],
        "attributes": {"degree": "BSc"}});
    input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let selection = "credential { id credentialId issuer subject status types credential isErased }";
    let made = done(house, "issueCredential", selection, input).await;
    made["credential"].clone()
}

pub(super) async fn build(house: &TestHouse) -> Chain {
    let (root_did, body_did, issuer_did, holder_did) =
        (did(house).await, did(house).await, did(house).await, did(house).await);
    let schema = done(
        house,
        "createResource",
        "resource { id url mediaType state source data }",
        json!({"did": root_did, "name": "Degree", "resourceType": "JSONSchemaValidator2020", "encoding": "TEXT",
            "data": r#"{"type":"object","properties":{"degree":{"type":"string"}}}"#}),
    )
    .await;
    assert_eq!(schema["resource"]["mediaType"], "application/json", "{schema:#}");
    assert_eq!(schema["resource"]["state"], "PUBLISHED", "{schema:#}");
    let (schema_id, schema) =
        (text(&schema["resource"]["id"]).to_owned(), text(&schema["resource"]["url"]).to_owned());
    let mut list_id = String::new();
    for did in [&body_did, &root_did] {
        let list = done(
            house,
            "createStatusList",
            "statusList { id phase purposes category latestUrl allocated pendingOperations { id } }",
            json!({"did": did, "name": LIST, "purposes": ["REVOCATION"], "category": "ACCREDITATION"}),
        )
        .await;
        assert_eq!(list["statusList"]["phase"], "LIVE", "{list:#}");
        assert_eq!(list["statusList"]["allocated"], 0, "{list:#}");
        assert_eq!(list["statusList"]["pendingOperations"], json!([]), "{list:#}");
        text(&list["statusList"]["id"]).clone_into(&mut list_id);
    }
    let about = granted(&schema);
    let status = json!({"listName": LIST, "purpose": "REVOCATION"});
    let root = grant(
        house,
        json!({"kind": "AUTHORIZE", "issuer": root_did, "subject": root_did, "name": "eduRoot", "accreditedFor": about,
            "trustFramework": "Edu Framework", "trustFrameworkId": "https://edu.example/gf"}),
    )
    .await;
    let accreditation = grant(
        house,
        json!({"kind": "ACCREDIT", "issuer": root_did, "subject": body_did, "name": "state body", "accreditedFor": about,
            "parentAccreditation": root.url, "rootAuthorization": root.url, "credentialStatus": status}),
    )
    .await;
    let attest = grant(
        house,
        json!({"kind": "ATTEST", "issuer": body_did, "subject": issuer_did, "name": "uniIssuer", "accreditedFor": about,
            "parentAccreditation": accreditation.url, "rootAuthorization": root.url, "credentialStatus": status}),
    )
    .await;
    let credential = issue(
        house,
        &issuer_did,
        &holder_did,
        json!({"credentialSchema": {"id": schema}, "termsOfUse": {"type": "AttestationPolicy",
            "parentAccreditation": attest.url, "rootAuthorization": root.url}}),
    )
    .await;
    assert_eq!(credential["subject"], holder_did, "{credential:#}");
    let credential_id = text(&credential["id"]).to_owned();
    let credential = credential["credential"].clone();
    Chain {
        root_did,
        body_did,
        issuer_did,
        holder_did,
        schema,
        schema_id,
        list_id,
        root,
        accreditation,
        attest,
        credential_id,
        credential,
    }
}

const VERIFY: &str = "query V($input: VerifyCredentialInput!) { verifyCredential(input: $input) {
    verified error trustChainState
    document { verified issuer revoked checks { name outcome reason } }
    trustChain { verified error failure accreditorDids rootAuthorization rootSubject termsOfUse evaluatedAt
        hops { number url resourceUrl kind issuer subject passed error checks { name outcome reason }
            document { verified revoked } } } } }";

async fn verify(house: &TestHouse, credential: &Value, more: Value) -> Value {
    let mut input = json!({"credential": credential, "verifyStatus": true, "verifyTrustChain": true});
    input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    ask(house, VERIFY, json!({"input": input})).await["verifyCredential"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_trust_by_mutations_holds_until_a_link_is_revoked() {
    let house = TestHouse::start().await;
    let chain = build(&house).await;

    let verdict = verify(&house, &chain.credential, json!({})).await;
    assert_eq!(verdict["verified"], true, "{verdict:#}");
    assert_eq!(verdict["error"], Value::Null);
    assert_eq!(verdict["document"]["issuer"], chain.issuer_did);
    let trust = &verdict["trustChain"];
    assert_eq!(trust["verified"], true, "{verdict:#}");
    assert_eq!(
        trust["accreditorDids"],
        json!([chain.body_did, chain.root_did, chain.root_did]),
        "leaf first"
    );
    assert_eq!(trust["rootAuthorization"], chain.root.url);
    assert_eq!(trust["termsOfUse"]["trustFramework"], "Edu Framework", "{trust:#}");
    let hops = trust["hops"].as_array().expect("hops");
    let urls: Vec<&str> = hops.iter().map(|hop| text(&hop["resourceUrl"])).collect();
    assert_eq!(urls, [&chain.attest.url, &chain.accreditation.url, &chain.root.url]);
    let kinds: Vec<&str> = hops.iter().map(|hop| text(&hop["kind"])).collect();
    assert_eq!(kinds, ["ATTEST", "ACCREDIT", "AUTHORIZE"]);
    assert!(hops.iter().all(|hop| hop["passed"] == true), "{trust:#}");

    let before = house.ledger_now().await.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let selection = "accreditation { id status statusUpdatedAt statusPublication { operationId state } }";
    let revoked =
        done(&house, "revokeAccreditation", selection, json!({"didUrl": chain.accreditation.url})).await;
    assert_eq!(revoked["accreditation"]["id"], chain.accreditation.id, "{revoked:#}");
    assert_eq!(revoked["accreditation"]["status"], "REVOKED", "{revoked:#}");
    assert_eq!(revoked["operation"]["state"], "CONFIRMED", "{revoked:#}");
    assert_eq!(
        revoked["accreditation"]["statusPublication"]["operationId"], revoked["operation"]["operationId"],
        "{revoked:#}"
    );

    let verdict = verify(&house, &chain.credential, json!({})).await;
    assert_eq!(verdict["verified"], false, "{verdict:#}");
    let trust = &verdict["trustChain"];
    assert_eq!(trust["verified"], false, "{verdict:#}");
    assert_eq!(trust["failure"], "UNTRUSTED", "{verdict:#}");
    let sentence = text(&trust["error"]);
    assert!(
        sentence.contains(&chain.accreditation.url) && sentence.contains("revoked"),
        "names the hop: {sentence}"
    );
    let failed: Vec<&Value> =
        trust["hops"].as_array().expect("hops").iter().filter(|hop| hop["passed"] == false).collect();
    assert_eq!(failed.len(), 1, "{trust:#}");
    assert_eq!(failed[0]["resourceUrl"], chain.accreditation.url, "{trust:#}");
    assert_eq!(failed[0]["document"]["revoked"], true, "{trust:#}");

    // Without the status lists nobody knows; and the past does not change.
    let unasked = verify(&house, &chain.credential, json!({"verifyStatus": false})).await;
    assert_eq!(unasked["verified"], true, "{unasked:#}");
    let then = verify(&house, &chain.credential, json!({"at": before})).await;
    assert_eq!(then["verified"], true, "as of {before}: {then:#}");

    let query = "query T($input: TrustChainInput!) { trustChain(input: $input) { verified error failure hops { number passed } } }";
    let question = |types: Value| {
        json!({"input": {"subjectDid": chain.issuer_did, "didUrl": chain.attest.url,
            "schemas": [{"schemaId": chain.schema, "types": types}]}})
    };
    let whole = ask(&house, query, question(json!(["DegreeCredential"]))).await;
    assert_eq!(whole["trustChain"]["verified"], true, "status was not asked for: {whole:#}");
    let wide = ask(&house, query, question(json!(["DriversLicence"]))).await;
    assert_eq!(wide["trustChain"]["verified"], false, "{wide:#}");
    assert_eq!(wide["trustChain"]["failure"], "SCOPE", "{wide:#}");

    let back = super::payload(
        &house,
        "reinstateAccreditation",
        "accreditation { id }",
        json!({"id": chain.accreditation.id}),
    )
    .await;
    assert!(text(&user_error(&back)["code"]).starts_with("accreditation/"), "revocation is final: {back:#}");

    let verified = store::audit::verify(&house.house.pool, &[]).await.expect("the log is readable");
    assert!(matches!(verified, store::Verdict::Intact(_)), "{verified:?}");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_is_suspended_comes_back_and_is_revoked_for_good() {
    let house = TestHouse::start().await;
    let (issuer, holder) = (did(&house).await, did(&house).await);
    let list = json!({"did": issuer, "name": "degrees", "purposes": ["REVOCATION", "SUSPENSION"]});
    done(&house, "createStatusList", "statusList { statusSizeBits }", list).await;
    let status = |index: u32, purpose: &str| json!({"credentialStatus": {"listName": "degrees", "index": index, "purpose": purpose}});
    let credential = issue(&house, &issuer, &holder, status(7, "SUSPENSION")).await;
    let other = issue(&house, &issuer, &holder, status(8, "REVOCATION")).await;
    let selection = "credential { status statusReason statusReference { index listName statusList { revision publishedRevision } } }";
    let input = |more: Value| {
        let mut input = json!({"id": credential["id"]});
        input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        input
    };
    let entry = async || {
        let question =
            json!({"input": {"did": issuer, "name": "degrees", "purpose": "SUSPENSION", "indices": [7, 8]}});
        let query = "query S($input: StatusInput!) { statusOf(input: $input) { index value error message } }";
        ask(&house, query, question).await["statusOf"].clone()
    };
    let standing = entry().await;
    assert_eq!((&standing[0]["index"], &standing[0]["value"]), (&json!(7), &json!(0)), "{standing:#}");

    let suspended =
        done(&house, "suspendCredential", selection, input(json!({"reason": "under review"}))).await;
    assert_eq!(suspended["credential"]["status"], "SUSPENDED", "{suspended:#}");
    assert_eq!(suspended["credential"]["statusReason"], "under review", "{suspended:#}");
    assert_eq!(suspended["credential"]["statusReference"]["index"], 7, "{suspended:#}");
    assert_ne!(entry().await[0]["value"], 0);
    let verdict = verify(&house, &credential["credential"], json!({"verifyTrustChain": false})).await;
    assert_eq!(verdict["verified"], false, "{verdict:#}");

    let back = done(&house, "reinstateCredential", selection, input(json!({}))).await;
    assert_eq!(back["credential"]["status"], "ISSUED", "{back:#}");
    let verdict = verify(&house, &credential["credential"], json!({"verifyTrustChain": false})).await;
    assert_eq!(verdict["verified"], true, "{verdict:#}");

    // Each entry serves its own purpose.
    let wrong = super::payload(&house, "revokeCredential", selection, input(json!({}))).await;
    assert_eq!(user_error(&wrong)["code"], "credential/wrong-purpose", "{wrong:#}");

    // Noted, and not yet published.
    let quiet = json!({"credential": other["credential"], "publish": false});
    let revoked = done(&house, "revokeCredential", selection, quiet).await;
    assert_eq!(revoked["credential"]["status"], "REVOKED", "{revoked:#}");
    assert_eq!(revoked["operation"], Value::Null, "{revoked:#}");
    let list = &revoked["credential"]["statusReference"]["statusList"];
    assert!(list["revision"].as_u64() > list["publishedRevision"].as_u64(), "{revoked:#}");
    assert_eq!(entry().await[1]["value"], 0, "verifiers cannot see it yet");
    let again = super::payload(&house, "reinstateCredential", selection, json!({"id": other["id"]})).await;
    assert!(text(&user_error(&again)["code"]).starts_with("credential/"), "revocation is final: {again:#}");

    // The list's own mutation publishes everything that waits.
    let change = json!({"did": issuer, "name": "degrees", "indices": [9], "value": 1});
    let updated = done(&house, "updateStatusList", "statusList { hasUnpublishedChanges }", change).await;
    assert_eq!(updated["statusList"]["hasUnpublishedChanges"], false, "{updated:#}");
    assert_ne!(entry().await[1]["value"], 0);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_did_is_created_with_a_key_updated_and_deactivated() {
    let house = TestHouse::start().await;
    let key = done(
        &house,
        "createKey",
        "key { kid alias algorithm purpose publicKeyHex }",
        json!({"alias": "issuing"}),
    )
    .await;
    assert_eq!(key["key"]["purpose"], "IDENTITY", "{key:#}");
    let kid = text(&key["key"]["kid"]).to_owned();
    let service = json!([{"idFragment": "web", "type": "LinkedDomains", "serviceEndpoint": ["https://issuer.example"]}]);
    let input = json!({"network": "TESTNET", "kid": kid, "identifierFormat": "BASE58BTC",
        "verificationMethodType": "JSON_WEB_KEY_2020", "services": service});
    let selection = "did { id did document versionId phase keys { kid } created { feePaid height } versions { totalCount nodes { versionId deactivates } } }";
    let made = done(&house, "createDid", selection, input).await;
    let did = text(&made["did"]["did"]).to_owned();
    assert_eq!(made["did"]["keys"][0]["kid"], kid, "{made:#}");
    assert_eq!(made["did"]["document"]["service"][0]["type"], "LinkedDomains", "{made:#}");
    assert_eq!(made["did"]["created"]["feePaid"], made["operation"]["feePaid"], "{made:#}");

    let updated = done(&house, "updateDid", selection, json!({"did": did, "service": []})).await;
    assert_ne!(updated["did"]["versionId"], made["did"]["versionId"], "{updated:#}");
    assert_eq!(updated["did"]["versions"]["totalCount"], 2, "{updated:#}");
    let services = &updated["did"]["document"]["service"];
    assert!(services.is_null() || services == &json!([]), "{updated:#}");

    let ended = done(&house, "deactivateDid", selection, json!({"did": did})).await;
    assert_eq!(ended["did"]["phase"], "DEACTIVATED", "{ended:#}");
    assert_eq!(ended["did"]["versions"]["nodes"][0]["deactivates"], true, "{ended:#}");
    let resolved = ask(
        &house,
        "query R($d: String!, $a: String) { resolve(didUrl: $d, accept: $a) { status content } }",
        json!({"d": did, "a": "application/ld+json;profile=\"https://w3id.org/did-resolution\""}),
    )
    .await;
    assert_eq!(resolved["resolve"]["content"]["didDocumentMetadata"]["deactivated"], true, "{resolved:#}");
    let late = super::payload(&house, "updateDid", "did { did }", json!({"did": did, "service": []})).await;
    assert_eq!(user_error(&late)["code"], "did/deactivated", "{late:#}");
    house.stop().await;
}
