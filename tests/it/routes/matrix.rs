//! What a stranger gets from every route that exists. A new route without an entry here fails the test.

use super::estate::Ids;
use reqwest::Method;
use serde_json::{Value, json};

/// What somebody with a key of his own may get when he names Alice's things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranger {
    /// Exactly what he would get for things that do not exist: 404, or 400 where keys are named.
    Nothing,
    /// A list without anything of Alice's.
    Empty,
    /// What everybody can read on the ledger; nothing changes.
    Public,
    /// His own things.
    Own,
    /// A refusal that tells no more than the ledger does; nothing of Alice's changes.
    Refused,
}

/// One call of a route.
pub struct Call {
    pub method: Method,
    /// As `rest::routes()` has it.
    pub route: &'static str,
    pub target: String,
    pub body: Option<Value>,
    pub expect: Stranger,
}

impl Call {
    pub fn shown(&self) -> String {
        format!(
            "{} {} {}",
            self.method,
            self.target,
            self.body.as_ref().map(Value::to_string).unwrap_or_default()
        )
    }
}

fn get(expect: Stranger, route: &'static str, target: String) -> Call {
    Call { method: Method::GET, route, target, body: None, expect }
}

fn post(expect: Stranger, route: &'static str, target: String, body: Value) -> Call {
    Call { method: Method::POST, route, target, body: Some(body), expect }
}

/// Calls of every route that name `ids` wherever the route takes a name.
pub fn calls(ids: &Ids) -> Vec<Call> {
    let mut all = system(ids);
    all.extend(keys_and_dids(ids));
    all.extend(api_keys_and_subjects(ids));
    all.extend(people(ids));
    all.extend(resources_and_history(ids));
    all.extend(jobs(ids));
    all.extend(status_lists(ids));
    all.extend(credentials(ids));
    all.extend(accreditations(ids));
    all
}

fn system(ids: &Ids) -> Vec<Call> {
    use Stranger::{Own, Public};
    let Ids { did, list_name, accreditation, .. } = ids;
    let plain = |route: &'static str| get(Public, route, route.to_owned());
    vec![
        plain("/health/live"),
        plain("/health/ready"),
        plain("/version"),
        plain("/openapi.json"),
        get(Public, "/did/search/{did}", format!("/did/search/{did}")),
        get(Public, "/1.0/identifiers/{*did_url}", format!("/1.0/identifiers/{did}")),
        get(Public, "/1.0/identifiers/{*did_url}", format!("/1.0/identifiers/{accreditation}")),
        post(Public, "/1.0/identifiers/{*did_url}", format!("/1.0/identifiers/{did}"), json!({})),
        get(
            Public,
            "/resource/search/{did}",
            format!("/resource/search/{did}?resourceName=x&resourceType=y"),
        ),
        get(
            Public,
            "/credential-status/search",
            format!(
                "/credential-status/search?did={did}&statusListName={list_name}&listType=BitstringStatusList"
            ),
        ),
        get(Own, "/account", "/account?balances=true".to_owned()),
    ]
}

fn keys_and_dids(ids: &Ids) -> Vec<Call> {
    use Stranger::{Empty, Nothing, Own, Public, Refused};
    let Ids { did, kid, stranger_did, .. } = ids;
    let method = "Ed25519VerificationKey2020";
    let document = json!({"id": did, "controller": [did], "verificationMethod": [{"id": format!("{did}#key-1"), "type": method,
        "controller": did, "publicKeyMultibase": "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd"}],
        "authentication": [format!("{did}#key-1")]});
    let service = json!([{"id": format!("{did}#web"), "type": "LinkedDomains", "serviceEndpoint": ["https://mallory.example"]}]);
    let own_service = json!([{"id": format!("{stranger_did}#web"), "type": "LinkedDomains", "serviceEndpoint": ["https://m.example"]}]);
    vec![
        post(Own, "/key/create", "/key/create".to_owned(), json!({})),
        post(Own, "/key/import", "/key/import".to_owned(), json!({"privateKeyHex": "07".repeat(32)})),
        get(Nothing, "/key/read/{kid}", format!("/key/read/{kid}")),
        get(Nothing, "/key/read/{kid}", format!("/key/read/{}", kid.to_ascii_uppercase())),
        post(
            Nothing,
            "/did/create",
            "/did/create".to_owned(),
            json!({"network": "testnet", "options": {"verificationMethodType": method, "key": kid}}),
        ),
        post(
            Refused,
            "/did/create",
            "/did/create".to_owned(),
            json!({"options": {"verificationMethodType": method}, "didDocument": {"id": did, "verificationMethod": []}}),
        ),
        post(Nothing, "/did/update", "/did/update".to_owned(), json!({"did": did, "service": service})),
        post(Nothing, "/did/update", "/did/update".to_owned(), json!({"didDocument": document})),
        post(
            Nothing,
            "/did/update",
            "/did/update".to_owned(),
            json!({"did": stranger_did, "service": own_service, "publicKeyHexs": [kid]}),
        ),
        post(Nothing, "/did/deactivate", "/did/deactivate".to_owned(), json!({"did": did})),
        post(Nothing, "/did/deactivate/{did}", format!("/did/deactivate/{did}"), json!({})),
        get(Public, "/did/list", format!("/did/list?did={did}")),
        get(Empty, "/did/list", "/did/list?metadata=true&page=1&limit=1000".to_owned()),
    ]
}

fn api_keys_and_subjects(ids: &Ids) -> Vec<Call> {
    use Stranger::{Empty, Nothing, Own};
    let Ids { api_key, subject, .. } = ids;
    let named = |route: &'static str, body: Value| post(Nothing, route, route.to_owned(), body);
    let revoke = named("/admin/api-key/revoke", json!({"apiKey": api_key}));
    vec![
        post(Own, "/admin/api-key/create", "/admin/api-key/create".to_owned(), json!({"name": "mine"})),
        named("/admin/api-key/update", json!({"apiKey": api_key, "name": "mallory's"})),
        named("/admin/api-key/update", json!({"apiKey": api_key, "revoked": true})),
        named("/admin/api-key/rotate", json!({"apiKey": api_key})),
        Call { method: Method::DELETE, body: revoke.body.clone(), target: revoke.target.clone(), ..revoke },
        named("/admin/api-key/revoke", json!({"apiKey": api_key})),
        get(Nothing, "/admin/api-key/get", format!("/admin/api-key/get?apiKey={api_key}")),
        get(Own, "/admin/api-key/get", "/admin/api-key/get".to_owned()),
        get(Empty, "/admin/api-key/list", "/admin/api-key/list?limit=1000".to_owned()),
        named("/subject/erase", json!({"subjectDid": subject})),
    ]
}

fn people(ids: &Ids) -> Vec<Call> {
    use Stranger::{Empty, Nothing, Own};
    let Ids { member, invitation, role, .. } = ids;
    let to = |expect, route: &'static str, body: Value| post(expect, route, route.to_owned(), body);
    let user = || json!({"userId": member});
    vec![
        get(Empty, "/admin/member/list", "/admin/member/list?limit=1000".to_owned()),
        to(Nothing, "/admin/member/update", json!({"userId": member, "role": "auditor"})),
        to(Nothing, "/admin/member/suspend", user()),
        to(Nothing, "/admin/member/reinstate", user()),
        to(Nothing, "/admin/member/remove", user()),
        get(Empty, "/admin/invitation/list", "/admin/invitation/list?limit=1000".to_owned()),
        to(Own, "/admin/invitation/create", json!({"email": "mine@example.org", "role": "issuer"})),
        to(Nothing, "/admin/invitation/revoke", json!({"invitationId": invitation})),
        get(Own, "/admin/role/list", "/admin/role/list".to_owned()),
        to(Own, "/admin/role/define", json!({"name": "mine", "scopes": ["read:key"]})),
        to(Nothing, "/admin/role/remove", json!({"name": role})),
        get(Own, "/admin/organisation/get", "/admin/organisation/get".to_owned()),
        to(Own, "/admin/organisation/update", json!({"description": "mine"})),
        to(Own, "/account/create", json!({"primaryEmail": "mine@example.org"})),
        get(Own, "/account/analytics", "/account/analytics".to_owned()),
    ]
}

fn resources_and_history(ids: &Ids) -> Vec<Call> {
    use Stranger::{Empty, Nothing};
    let Ids { did, operation_id, .. } = ids;
    vec![
        post(
            Nothing,
            "/resource/create/{did}",
            format!("/resource/create/{did}"),
            json!({"name": "note", "type": "Text", "encoding": "hex", "data": "00"}),
        ),
        get(Empty, "/resource/list", "/resource/list".to_owned()),
        get(Empty, "/resource/list", format!("/resource/list?did={did}&network=testnet")),
        get(Empty, "/operations", "/operations".to_owned()),
        get(Empty, "/operations", format!("/operations?did={did}")),
        get(Nothing, "/operations/{id}", format!("/operations/{operation_id}")),
        post(Nothing, "/operations/{id}/retry", format!("/operations/{operation_id}/retry"), json!({})),
        post(Nothing, "/operations/{id}/skip", format!("/operations/{operation_id}/skip"), json!({})),
        post(Nothing, "/operations/{id}/cancel", format!("/operations/{operation_id}/cancel"), json!({})),
        get(Empty, "/event/list", "/event/list?page=1&limit=1000".to_owned()),
    ]
}

fn jobs(ids: &Ids) -> Vec<Call> {
    use Stranger::{Empty, Nothing};
    let Ids { did, job_id, .. } = ids;
    let service = json!([{"id": format!("{did}#web"), "type": "LinkedDomains", "serviceEndpoint": ["https://mallory.example"]}]);
    let signature = json!({"signingResponse": {"signingRequest1": {"signature": "c2ln"}}});
    let mut note = json!({"name": "note", "type": "Text", "encoding": "hex", "data": "00"});
    note["mode"] = json!("client");
    vec![
        get(Empty, "/jobs", "/jobs".to_owned()),
        get(Empty, "/jobs", format!("/jobs?did={did}&phase=open")),
        get(Nothing, "/jobs/{id}", format!("/jobs/{job_id}")),
        post(Nothing, "/jobs/{id}/signatures", format!("/jobs/{job_id}/signatures"), signature),
        post(Nothing, "/jobs/{id}/signatures", format!("/jobs/{job_id}/signatures"), json!({})),
        post(
            Nothing,
            "/did/update",
            "/did/update".to_owned(),
            json!({"did": did, "service": service, "mode": "client"}),
        ),
        post(Nothing, "/did/deactivate/{did}", format!("/did/deactivate/{did}"), json!({"mode": "client"})),
        post(Nothing, "/resource/create/{did}", format!("/resource/create/{did}"), note),
    ]
}

fn status_lists(ids: &Ids) -> Vec<Call> {
    use Stranger::{Empty, Nothing, Public};
    let Ids { did, list_id, list_name, .. } = ids;
    let query = "listType=BitstringStatusList&statusPurpose=revocation";
    vec![
        post(
            Nothing,
            "/credential-status/create/unencrypted",
            format!("/credential-status/create/unencrypted?{query}"),
            json!({"did": did, "statusListName": "mine now"}),
        ),
        post(
            Nothing,
            "/credential-status/update/unencrypted",
            "/credential-status/update/unencrypted?listType=BitstringStatusList&statusAction=revoke"
                .to_owned(),
            json!({"did": did, "statusListName": list_name, "indices": [1]}),
        ),
        post(
            Public,
            "/credential-status/check",
            format!("/credential-status/check?{query}"),
            json!({"did": did, "statusListName": list_name, "index": 1,
                "statusListCredential": format!("{did}?resourceName={list_name}&resourceType=BitstringStatusListCredential")}),
        ),
        get(Empty, "/credential-status/list", "/credential-status/list".to_owned()),
        get(
            Empty,
            "/credential-status/list",
            format!("/credential-status/list?did={did}&statusListName={list_name}"),
        ),
        get(Nothing, "/credential-status/list/{statusListId}", format!("/credential-status/list/{list_id}")),
    ]
}

fn credentials(ids: &Ids) -> Vec<Call> {
    use Stranger::{Empty, Nothing, Public};
    let Ids { did, list_id, list_name, credential_id, jwt, stranger_did, .. } = ids;
    let body = |issuer: &str| json!({"issuerDid": issuer, "subjectDid": stranger_did, "attributes": {"degree": "PhD"}});
    let mut with_list = body(stranger_did);
    with_list["credentialStatus"] =
        json!({"statusListName": list_name, "statusListType": "BitstringStatusList"});
    let mut calls = vec![
        post(Nothing, "/credential/issue", "/credential/issue".to_owned(), body(did)),
        post(Nothing, "/credential/issue", "/credential/issue".to_owned(), with_list),
        post(Nothing, "/credential/create", "/credential/create".to_owned(), body(did)),
        post(
            Public,
            "/credential/verify",
            "/credential/verify?verifyStatus=true&verifyTrustChain=true".to_owned(),
            json!({"credential": jwt}),
        ),
        get(Empty, "/credentials/issued", "/credentials/issued".to_owned()),
        get(Empty, "/credentials/issued", format!("/credentials/issued?issuerId={did}")),
        get(Empty, "/credentials/issued", format!("/credentials/issued?statusRegistryId={list_id}")),
        get(
            Empty,
            "/credentials/issued",
            format!("/credentials/issued?subjectId={}", super::estate::SUBJECT),
        ),
        get(
            Nothing,
            "/credentials/issued/{id}",
            format!("/credentials/issued/{credential_id}?includeCredential=true"),
        ),
    ];
    for route in ["/credential/revoke", "/credential/suspend", "/credential/reinstate"] {
        let target = format!("{route}?listType=BitstringStatusList&publish=true");
        calls.push(post(Nothing, route, target, json!({"credential": jwt})));
    }
    calls
}

fn accreditations(ids: &Ids) -> Vec<Call> {
    use Stranger::{Empty, Nothing, Own, Public};
    let Ids { did, accreditation, stranger_did, .. } = ids;
    let schemas = json!([{"url": "https://schema.example/degree", "types": ["VerifiableCredential"]}]);
    let mut calls = vec![
        post(
            Nothing,
            "/trust-registry/accreditation/issue",
            "/trust-registry/accreditation/issue?accreditationType=authorize".to_owned(),
            json!({"issuerDid": did, "subjectDid": stranger_did, "schemas": schemas, "accreditationName": "mallorysRoot",
                "trustFramework": "M", "trustFrameworkId": "https://m.example"}),
        ),
        post(
            Public,
            "/trust-registry/accreditation/verify",
            "/trust-registry/accreditation/verify".to_owned(),
            json!({"subjectDid": stranger_did, "didUrl": accreditation}),
        ),
    ];
    calls.push(get(Own, "/trust-registry/roots", "/trust-registry/roots".to_owned()));
    let roots = json!({"roots": [did, accreditation]});
    let put = Call {
        method: Method::PUT,
        ..post(Own, "/trust-registry/roots", "/trust-registry/roots".to_owned(), roots)
    };
    calls.push(put);
    for kind in ["authorize", "accredit", "attest"] {
        let target = format!("/trust-registry/accreditation/list?accreditationType={kind}");
        calls.push(get(Empty, "/trust-registry/accreditation/list", target.clone()));
        calls.push(get(Empty, "/trust-registry/accreditation/list", format!("{target}&did={did}")));
    }
    for route in [
        "/trust-registry/accreditation/revoke",
        "/trust-registry/accreditation/suspend",
        "/trust-registry/accreditation/reinstate",
    ] {
        calls.push(post(Nothing, route, format!("{route}?publish=true"), json!({"didUrl": accreditation})));
    }
    calls
}
