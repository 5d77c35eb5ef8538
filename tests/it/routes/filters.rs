//! Identifiers 7, its neighbours: every filter that a list has selects, at both doors; what a door does not know it refuses.

use super::estate::{Estate, LIST_NAME, SUBJECT};
use crate::{contract::layer::DOCUMENT, house::TestHouse};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::LazyLock};

/// Parameters of lists that choose a page or another view, not rows.
const NO_FILTERS: [&str; 6] = ["page", "limit", "after", "metadata", "sort", "order"];
/// Lists whose filters are tested in a flow of their own: `phase` of jobs, and the name that a history is of.
const UNTABLED: [&str; 2] = ["/jobs", "/resource/versions/{did}"];
/// A time before anything was made here, and one after.
const LONG_AGO: &str = "2020-01-01T00:00:00Z";
const LATER: &str = "2999-01-01T00:00:00Z";
const NOBODY: &str = "did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e11";
const SCHEMA_TYPE: &str = "JSONSchemaValidator2020";

/// By name: what finds something, and what finds nothing.
type Filters<'a> = &'a [(&'a str, &'a [&'a str], &'a [&'a str])];

/// A DID as others may write it.
fn in_capitals(did: &str) -> String {
    did.to_uppercase().replace("DID:CHEQD:TESTNET", "did:cheqd:testnet")
}

/// Paths of lists that take something beside a page.
fn lists_with_filters() -> Vec<&'static str> {
    let paths = DOCUMENT["paths"].as_object().expect("paths").iter();
    let has_filters = |item: &Value| {
        let names = item["get"]["parameters"].as_array().into_iter().flatten();
        let names = names.filter(|parameter| parameter["in"] == "query");
        let names: Vec<&str> = names.filter_map(|parameter| parameter["name"].as_str()).collect();
        names.contains(&"limit") && names.iter().any(|name| !NO_FILTERS.contains(name))
    };
    paths.filter(|(_, item)| has_filters(item)).map(|(path, _)| path.as_str()).collect()
}

/// How many rows a list has of this.
async fn rows(house: &TestHouse, path: &str, query: &[(&str, &str)]) -> u64 {
    let request = house.request(reqwest::Method::GET, path).query(query);
    let found = TestHouse::answer(request.header("x-api-key", &house.alice.key)).await;
    assert_eq!(found.status, 200, "{path} {query:?}: {}", found.text);
    let count = || found.body["operations"].as_array().map(|rows| rows.len() as u64);
    found.body["total"].as_u64().or_else(count).expect("rows")
}

/// Filters of which every value finds something: what each finds, and not only that it does.
async fn whatever_has_no_other_is_counted(house: &TestHouse, did: &str) {
    let of = async |purpose| rows(house, "/key/list", &[("purpose", purpose)]).await;
    let (identity, payer, all) =
        (of("identity").await, of("payer").await, rows(house, "/key/list", &[]).await);
    assert!(identity > 0 && payer > 0 && identity + payer == all, "{identity} and {payer} of {all}");
    let mut last = Value::Null;
    for version in ["1", "2"] {
        let body =
            json!({"name": "twice", "type": "Text", "version": version, "encoding": "hex", "data": "00"});
        last =
            house.post(&format!("/resource/create/{did}"), body).await.expect(201)["resource"]["resourceId"]
                .clone();
    }
    let path = "/resource/list?resourceName=twice";
    for (latest, total) in [("", 2), ("&latest=false", 2), ("&latest=true", 1)] {
        let found = house.get(&format!("{path}{latest}")).await.expect(200);
        assert_eq!(
            (&found["total"], &found["resources"][0]["resourceId"]),
            (&json!(total), &last),
            "{latest}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn identifiers_7_every_filter_of_every_list_selects() {
    let house = TestHouse::start().await;
    let estate = Estate::build(&house).await;
    let (ids, root) = (&estate.ids, estate.chain.root_did.as_str());
    let (did, capitals, root_capitals) = (ids.did.as_str(), in_capitals(&ids.did), in_capitals(root));
    let (kid, unique) = (ids.kid.as_str(), did.rsplit(':').next().expect("a method-specific id"));
    let resource = estate.chain.root.rsplit('/').next().expect("a resource id");
    let table: [(&str, Filters<'_>); 8] = [
        (
            "/did/list",
            &[
                ("network", &["testnet"], &["mainnet"]),
                ("providerId", &["studio"], &["dock", "Studio"]),
                ("deactivated", &["false"], &["true"]),
                ("state", &["active"], &["creating", "deactivated", "failed"]),
                ("search", &[did, &capitals, &did[..22], unique, &unique[..4]], &[NOBODY, "did:web:", "x"]),
                ("controllerKeyId", &[kid], &["00", &kid[..63]]),
                ("name", &["Zoë", "zoë & s", "ZOË & SONS"], &["Sons", "Zoë & Sons."]),
                ("kind", &["agent"], &["organisation", "age"]),
                ("createdAt", &[LATER], &[LONG_AGO]),
            ],
        ),
        ("/key/list", &[("purpose", &["identity", "payer"], &[])]),
        (
            "/resource/list",
            &[
                ("did", &[root, &root_capitals], &[NOBODY]),
                ("network", &["testnet"], &["mainnet"]),
                ("resourceName", &["acc-rev", LIST_NAME], &["acc-re", "ACC-REV", "acc-rev "]),
                ("resourceType", &[SCHEMA_TYPE], &["JSONSchemaValidator"]),
                ("mediaType", &["application/json"], &["text/plain", "application"]),
                ("resourceVersion", &["1", "2"], &["v"]),
                ("resourceId", &[resource], &[&ids.credential_id]),
                ("encrypted", &["false"], &["true"]),
                ("latest", &["true", "false"], &[]),
                ("createdAt", &[LATER], &[LONG_AGO]),
            ],
        ),
        (
            "/event/list",
            &[
                ("category", &["did", "credential-status"], &["presentation"]),
                ("operationName", &["did-create"], &["did", "did-created"]),
                ("name", &["did-create"], &["did-delete"]),
                ("network", &["testnet"], &["mainnet"]),
                ("deprecated", &["false"], &["true"]),
                ("successful", &["true"], &["false"]),
                ("createdAt", &[LATER], &[LONG_AGO]),
            ],
        ),
        (
            "/credentials/issued",
            &[
                ("providerId", &["studio"], &["dock"]),
                ("issuerId", &[did, &capitals], &[NOBODY]),
                ("subjectId", &[SUBJECT], &[NOBODY]),
                ("status", &["issued"], &["revoked", "suspended", "lost"]),
                ("format", &["jwt"], &["sd-jwt-vc", "lds"]),
                ("category", &["credential", "accreditation"], &["other"]),
                ("credentialType", &["DegreeCredential", "VerifiableCredential"], &["Degree"]),
                ("statusRegistryId", &[&ids.list_id], &[&ids.credential_id, "x"]),
                ("createdAt", &[LATER], &[LONG_AGO]),
            ],
        ),
        (
            "/credential-status/list",
            &[
                ("did", &[did, &capitals], &[NOBODY]),
                ("listType", &["BitstringStatusList"], &["StatusList2021", "Other"]),
                ("statusListName", &[LIST_NAME], &["alices"]),
                ("state", &["ACTIVE"], &["FULL", "STANDBY"]),
                ("credentialCategory", &["credential"], &["accreditation"]),
                ("deprecated", &["false"], &["true"]),
            ],
        ),
        (
            "/operations",
            &[
                ("state", &["confirmed"], &["pending", "failed", "cancelled"]),
                ("dead", &["false"], &["true"]),
                ("did", &[did, &capitals], &[NOBODY]),
                ("kind", &["did-create", "status-list-create"], &["did-deactivate", "create"]),
            ],
        ),
        (
            "/trust-registry/accreditation/list",
            &[
                ("accreditationType", &["authorize"], &[]),
                ("network", &["testnet"], &["mainnet"]),
                ("did", &[root, &root_capitals], &[NOBODY, did]),
            ],
        ),
    ];
    let mut wrong = Vec::new();
    whatever_has_no_other_is_counted(&house, did).await;
    for (path, filters) in &table {
        let asked = |name: &str| -> Vec<(&str, &str)> {
            let is_needed = path.contains("accreditation") && name != "accreditationType";
            is_needed.then_some(("accreditationType", "authorize")).into_iter().collect()
        };
        for (name, fitting, others) in *filters {
            for (value, has_rows) in
                fitting.iter().map(|value| (value, true)).chain(others.iter().map(|value| (value, false)))
            {
                let mut query = asked(name);
                query.push((*name, *value));
                let found = rows(&house, path, &query).await;
                if (found > 0) != has_rows {
                    wrong.push(format!("{path}?{name}={value}: {found} rows"));
                }
            }
        }
        // A new filter has its place here.
        let named: BTreeSet<&str> = filters.iter().map(|(name, ..)| *name).collect();
        let declared = DOCUMENT["paths"][path]["get"]["parameters"].as_array().expect("parameters").iter();
        let declared = declared.filter_map(|parameter| parameter["name"].as_str());
        let is_resolution = |name: &&str| *path == "/did/list" && *name == "did";
        let declared: BTreeSet<&str> =
            declared.filter(|name| !NO_FILTERS.contains(name) && !is_resolution(name)).collect();
        assert_eq!(named, declared, "{path}");
    }
    let tested: BTreeSet<&str> = table.iter().map(|(path, _)| *path).collect();
    for path in lists_with_filters() {
        assert!(
            tested.contains(path) || UNTABLED.contains(&path),
            "{path} has filters and no row in tests/it/routes/filters.rs"
        );
    }
    // Two names of one filter say one thing.
    for (query, code) in [
        ("operationName=did-create&name=did-create", Value::Null),
        ("operationName=did-create&name=did-update", json!("request/invalid")),
    ] {
        let reply = house.get(&format!("/event/list?{query}")).await;
        if reply.body["code"] != code {
            wrong.push(format!("/event/list?{query}: {}", reply.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    house.stop().await;
}

/// How many things a list of GraphQL has of this; its refusal otherwise.
async fn things(house: &TestHouse, list: &str, filter: &str) -> Result<u64, Value> {
    let query = format!("{{ {list}(filter: {filter}) {{ totalCount }} }}");
    let told = house.post("/graphql", json!({"query": query})).await.expect(200);
    told["data"][list]["totalCount"].as_u64().ok_or_else(|| told["errors"][0]["extensions"]["code"].clone())
}

/// The members of an input type of the schema.
fn members(input: &str) -> BTreeSet<&'static str> {
    static SCHEMA: LazyLock<String> = LazyLock::new(graphql::sdl);
    let start = format!("\ninput {input} {{");
    let body = SCHEMA.split(&start).nth(1).and_then(|rest| rest.split("\n}").next()).expect("an input");
    let names = body.lines().filter_map(|line| line.trim().split_once(": ").map(|(name, _)| name));
    names.filter(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn identifiers_7_every_filter_of_graphql_selects_and_others_are_refused() {
    let house = TestHouse::start().await;
    let estate = Estate::build(&house).await;
    let (did, root) = (&estate.ids.did, &estate.chain.root_did);
    let text = |text: &str| json!(text).to_string();
    let (capitals, root_capitals) = (text(&in_capitals(did)), text(&in_capitals(root)));
    let (did, root, nobody) = (text(did), text(root), text(NOBODY));
    let kid = text(&estate.ids.kid);
    let labelled = json!({"name": "a", "type": "Text", "version": "1", "encoding": "hex", "data": "00"});
    house.post(&format!("/resource/create/{}", estate.ids.did), labelled).await.expect(201);
    let (list_name, body_did) = (text(LIST_NAME), text(&estate.chain.body_did));
    let body_capitals = text(&in_capitals(&estate.chain.body_did));
    let (long_ago, later) = (text(LONG_AGO), text(LATER));
    let both = ["TESTNET", "MAINNET"];
    let table: [(&str, &str, Filters<'_>); 7] = [
        (
            "dids",
            "DidFilter",
            &[
                ("network", &both[..1], &both[1..]),
                ("phases", &["[ACTIVE]", "ACTIVE", "[FAILED, ACTIVE]"], &["[FAILED]", "[DEACTIVATED]"]),
                ("search", &[&did, &capitals, "\"did:cheqd:testnet:\""], &[&nobody, "\"did:web:\""]),
                ("controllerKey", &[&kid], &["\"00\""]),
                ("name", &["\"zoë\""], &["\"Sons\""]),
                ("kind", &["\"agent\""], &["\"organisation\""]),
                ("createdUntil", &[&later], &[&long_ago]),
            ],
        ),
        (
            "resources",
            "ResourceFilter",
            &[
                ("did", &[&root, &root_capitals], &[&nobody, "\"x\""]),
                ("createdUntil", &[&later], &[&long_ago]),
                ("latestOnly", &["true", "false"], &[]),
                ("mediaType", &["\"application/json\""], &["\"application\""]),
                ("version", &["\"1\""], &["\"v\""]),
                ("name", &[&list_name], &["\"alices\""]),
                ("network", &both[..1], &both[1..]),
                ("resourceType", &["\"JSONSchemaValidator2020\""], &["\"JSON\""]),
                ("sources", &["RESOURCE", "[STATUS_LIST]"], &[]),
                ("states", &["[PUBLISHED]"], &["[REJECTED]", "PENDING"]),
            ],
        ),
        (
            "statusLists",
            "StatusListFilter",
            &[
                ("did", &[&did, &capitals], &[&nobody]),
                ("listType", &["BITSTRING_STATUS_LIST"], &["STATUS_LIST_2021"]),
                ("name", &[&list_name], &["\"alices\""]),
                ("network", &both[..1], &both[1..]),
                ("phases", &["[LIVE]"], &["[CREATING, FAILED]"]),
            ],
        ),
        (
            "credentials",
            "CredentialFilter",
            &[
                ("category", &["CREDENTIAL", "ACCREDITATION"], &[]),
                ("credentialType", &["\"DegreeCredential\""], &["\"Degree\""]),
                ("format", &["JWT"], &["SD_JWT_VC", "JSON_LD"]),
                ("issuer", &[&did, &capitals], &[&nobody]),
                ("network", &both[..1], &both[1..]),
                ("status", &["ISSUED"], &["REVOKED", "SUSPENDED"]),
            ],
        ),
        (
            "accreditations",
            "AccreditationFilter",
            &[
                ("issuer", &[&root, &root_capitals], &[&nobody, &did]),
                ("kind", &["AUTHORIZE", "ACCREDIT", "ATTEST"], &[]),
                ("latestOnly", &["true", "false"], &[]),
                ("name", &["\"eduRoot\""], &["\"edu\""]),
                ("network", &both[..1], &both[1..]),
                ("publications", &["[PUBLISHED]"], &["[PENDING]", "[REJECTED]"]),
                ("status", &["ISSUED"], &["REVOKED", "SUSPENDED"]),
                ("subject", &[&body_did, &body_capitals], &[&nobody]),
            ],
        ),
        (
            "operations",
            "OperationFilter",
            &[
                ("dead", &["false"], &["true"]),
                ("did", &[&did, &capitals], &[&nobody]),
                ("kind", &["DID_CREATE"], &["DID_DEACTIVATE"]),
                ("state", &["CONFIRMED"], &["PENDING", "FAILED"]),
            ],
        ),
        (
            "events",
            "EventFilter",
            &[
                ("action", &["DID_CREATE"], &["DID_UPDATE"]),
                ("categories", &["[DID]", "[API_KEY, DID]"], &[]),
                ("createdFrom", &[&long_ago], &[&later]),
                ("createdUntil", &[&later], &[&long_ago]),
                ("entity", &[&did, &capitals], &[&nobody]),
                ("network", &both[..1], &both[1..]),
                ("statuses", &["[SUCCEEDED]"], &["[FAILED]", "[PENDING]"]),
            ],
        ),
    ];
    let mut wrong = Vec::new();
    for (list, input, filters) in &table {
        for (name, fitting, others) in *filters {
            let all =
                fitting.iter().map(|value| (value, true)).chain(others.iter().map(|value| (value, false)));
            for (value, has_rows) in all {
                let found = things(&house, list, &format!("{{{name}: {value}}}")).await;
                if found.as_ref().map(|count| *count > 0) != Ok(has_rows) {
                    wrong.push(format!("{list}(filter: {{{name}: {value}}}): {found:?}"));
                }
            }
        }
        let named: BTreeSet<&str> = filters.iter().map(|(name, ..)| *name).collect();
        assert_eq!(named, members(input), "{list}");
        // What it does not know it refuses, in a literal and in a variable.
        assert_eq!(things(&house, list, "{nope: 1}").await, Err(json!("graphql/invalid")), "{list}");
        let query = format!("query($f: {input}) {{ {list}(filter: $f) {{ totalCount }} }}");
        for filter in [json!({"nope": 1}), json!({"nope": null}), json!({"Network": "TESTNET"})] {
            let body = json!({"query": query, "variables": {"f": filter}});
            let told = house.post("/graphql", body).await;
            assert!(told.body["errors"][0]["message"].is_string(), "{list} {filter}: {}", told.text);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    house.stop().await;
}
