//! From thing to thing: the trust graph both ways, what a credential hangs on, and what erasure leaves of it.

use super::{
    ask,
    chain::{self, granted},
    done, text,
};
use crate::house::TestHouse;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn the_trust_graph_is_walked_up_and_down() {
    let house = TestHouse::start().await;
    let chain = chain::build(&house).await;
    let up = "query U($id: ID!) { accreditation(id: $id) {
        url name kind subject subjectDid { did } issuerDid { did phase } root { id url trustFramework }
        accreditedFor { schemaId types }
        operation { state kind } resource { url source operation { operationId } } inclusion { txHash }
        statusReference { purpose listDid statusList { id } }
        parent { id url parent { id url parent { id } root { id } parentAccreditation } } } }";
    let leaf = ask(&house, up, json!({"id": chain.attest.id})).await["accreditation"].clone();
    assert_eq!(leaf["url"], chain.attest.url);
    assert_eq!(leaf["parent"]["url"], chain.accreditation.url, "{leaf:#}");
    assert_eq!(leaf["parent"]["parent"]["url"], chain.root.url, "{leaf:#}");
    assert_eq!(leaf["parent"]["parent"]["parent"], Value::Null, "a root has no parent");
    assert_eq!(leaf["parent"]["parent"]["root"], Value::Null);
    assert_eq!(leaf["root"]["id"], chain.root.id);
    assert_eq!(leaf["root"]["trustFramework"], "Edu Framework");
    assert_eq!(leaf["issuerDid"]["did"], chain.body_did);
    assert_eq!(leaf["subjectDid"]["did"], chain.issuer_did);
    assert_eq!(leaf["resource"]["source"], "ACCREDITATION");
    assert_eq!(leaf["resource"]["url"], chain.attest.url);
    assert_eq!(leaf["accreditedFor"][0]["schemaId"], granted(&chain.schema)[0]["schemaId"], "{leaf:#}");
    assert!(leaf["inclusion"]["txHash"].is_string(), "{leaf:#}");
    assert_eq!(leaf["statusReference"]["listDid"], chain.body_did, "{leaf:#}");

    let down = "query D($id: ID!) { accreditation(id: $id) { children(first: 5) { totalCount nodes { id
        children(first: 5) { totalCount nodes { id children(first: 5) { totalCount nodes { id } } } } } } } }";
    let root = ask(&house, down, json!({"id": chain.root.id})).await["accreditation"]["children"].clone();
    assert_eq!(root["totalCount"], 1, "{root:#}");
    assert_eq!(root["nodes"][0]["id"], chain.accreditation.id);
    assert_eq!(root["nodes"][0]["children"]["nodes"][0]["id"], chain.attest.id);
    assert_eq!(root["nodes"][0]["children"]["nodes"][0]["children"]["totalCount"], 0);

    lines(&house, &chain).await;

    let around = "query A($did: String!) { did(did: $did) {
        accreditationsGranted { nodes { id } } accreditationsReceived { nodes { id } }
        statusLists { nodes { id credentials { nodes { id accreditation { id } } }
            entries { index value credential { category accreditation { id } } } } }
        resources { totalCount } } }";
    let root = ask(&house, around, json!({"did": chain.root_did})).await["did"].clone();
    assert_eq!(root["accreditationsReceived"]["nodes"], json!([{"id": chain.root.id}]), "{root:#}");
    let list = &root["statusLists"]["nodes"][0];
    assert_eq!(list["id"], chain.list_id);
    assert_eq!(list["entries"].as_array().map(Vec::len), Some(1), "{root:#}");
    assert_eq!(list["entries"][0]["credential"]["category"], "ACCREDITATION", "{root:#}");
    assert_eq!(list["entries"][0]["credential"]["accreditation"]["id"], chain.accreditation.id, "{root:#}");
    assert_eq!(list["credentials"]["nodes"][0]["accreditation"]["id"], chain.accreditation.id, "{root:#}");
    house.stop().await;
}

/// References by name mean the latest version of a line; exact ones stay where they are.
async fn lines(house: &TestHouse, chain: &chain::Chain) {
    let name = "state%20body";
    let by_name =
        format!("{}?resourceName={name}&resourceType=VerifiableAccreditationToAccredit", chain.root_did);
    let about = granted(&chain.schema);
    let loose = done(
        house,
        "issueAccreditation",
        "accreditation { id parent { id } root { id } }",
        json!({"kind": "ATTEST", "issuer": chain.body_did, "subject": chain.holder_did, "name": "loose",
            "accreditedFor": about, "parentAccreditation": by_name, "rootAuthorization": chain.root.url}),
    )
    .await["accreditation"]
        .clone();
    assert_eq!(loose["parent"]["id"], chain.accreditation.id, "{loose:#}");
    assert_eq!(loose["root"]["id"], chain.root.id, "{loose:#}");

    let newer = done(
        house,
        "issueAccreditation",
        "accreditation { id isLatest versions { totalCount nodes { id isLatest } } }",
        json!({"kind": "ACCREDIT", "issuer": chain.root_did, "subject": chain.body_did, "name": "state body",
            "accreditedFor": about, "parentAccreditation": chain.root.url, "rootAuthorization": chain.root.url}),
    )
    .await["accreditation"]
        .clone();
    assert_eq!(
        newer["versions"]["nodes"],
        json!([{"id": newer["id"], "isLatest": true}, {"id": chain.accreditation.id, "isLatest": false}]),
        "{newer:#}"
    );
    let query = "query W($old: ID!, $new: ID!, $loose: ID!, $first: Int) {
        old: accreditation(id: $old) { isLatest children(first: $first) { totalCount nodes { id } } }
        new: accreditation(id: $new) { children(first: $first) { totalCount nodes { id } } }
        loose: accreditation(id: $loose) { parent { id } } }";
    let variables = json!({"old": chain.accreditation.id, "new": newer["id"], "loose": loose["id"]});
    let found = ask(house, query, variables).await;
    assert_eq!(found["old"]["children"]["nodes"], json!([{"id": chain.attest.id}]), "exact: {found:#}");
    assert_eq!(found["new"]["children"]["nodes"], json!([{"id": loose["id"]}]), "by name: {found:#}");
    assert_eq!(found["loose"]["parent"]["id"], newer["id"], "{found:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_leaves_a_credential_nobody_can_read() {
    let house = TestHouse::start().await;
    let issuer = super::did(&house).await;
    let (bob, carol) = (
        "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd",
        "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH",
    );
    let list = json!({"did": issuer, "name": "rev", "purposes": ["REVOCATION"]});
    done(&house, "createStatusList", "statusList { id }", list).await;
    let status = json!({"credentialStatus": {"listName": "rev"}});
    let first = chain::issue(&house, &issuer, bob, status.clone()).await;
    let second = chain::issue(&house, &issuer, carol, status.clone()).await;
    let third = chain::issue(&house, &issuer, bob, status).await;

    let query = "{ credentials { nodes { id subject credential isErased status types issuerDid { did } statusReference { index } } } }";
    let rows = ask(&house, query, json!({})).await["credentials"]["nodes"].clone();
    assert_eq!(rows.as_array().map(Vec::len), Some(3), "{rows:#}");
    for (row, made, subject) in [(0, &third, bob), (1, &second, carol), (2, &first, bob)] {
        assert_eq!(rows[row]["id"], made["id"]);
        assert_eq!(rows[row]["credential"], made["credential"], "{rows:#}");
        assert_eq!(rows[row]["subject"], subject);
        assert_eq!(rows[row]["isErased"], false);
        assert_eq!(rows[row]["issuerDid"]["did"], issuer);
    }

    let erased = done(&house, "eraseSubject", "erased", json!({"subject": bob})).await;
    assert_eq!(erased["erased"], true);

    let rows = ask(&house, query, json!({})).await["credentials"]["nodes"].clone();
    for (row, erased) in [(0, true), (1, false), (2, true)] {
        assert_eq!(rows[row]["isErased"], erased, "{rows:#}");
        assert_eq!(rows[row]["credential"].is_null(), erased, "{rows:#}");
        assert_eq!(rows[row]["subject"].is_null(), erased, "{rows:#}");
        assert!(rows[row]["statusReference"]["index"].is_u64(), "what is not personal stays: {rows:#}");
    }
    assert_eq!(rows[1]["credential"], second["credential"]);
    assert!(!rows.to_string().contains(bob), "{rows:#}");
    let revoke =
        super::payload(&house, "revokeCredential", "credential { status }", json!({"id": first["id"]})).await;
    assert_eq!(super::user_error(&revoke)["code"], "credential/erased", "{revoke:#}");
    // Who still has the credential can have it revoked.
    let revoke = json!({"credential": third["credential"]});
    let revoked = done(&house, "revokeCredential", "credential { id status credential }", revoke).await;
    assert_eq!(revoked["credential"]["id"], third["id"], "{revoked:#}");
    assert_eq!(revoked["credential"]["status"], "REVOKED", "{revoked:#}");
    assert_eq!(revoked["credential"]["credential"], Value::Null, "{revoked:#}");
    assert!(!text(&revoked["credential"]["id"]).is_empty());
    house.stop().await;
}
