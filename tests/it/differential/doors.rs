//! The same question at both doors, and what they answer in one form.

use crate::house::{Reply, TestHouse};
use regex::Regex;
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// What is asked about a document, as both doors can be asked.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Somebody else asks.
    pub by_mallory: bool,
    pub status: bool,
    pub allow_deactivated: bool,
    pub at: Option<String>,
    /// Roots that the request names.
    pub roots: Option<Vec<String>>,
    /// Policies that are switched off.
    pub off: Vec<&'static str>,
}

impl Asked {
    fn key<'a>(&self, house: &'a TestHouse) -> &'a str {
        if self.by_mallory { &house.mallory.key } else { &house.alice.key }
    }

    fn policies(&self) -> Option<Value> {
        let off: Map<String, Value> =
            self.off.iter().map(|name| ((*name).to_owned(), json!(false))).collect();
        (!off.is_empty()).then_some(Value::Object(off))
    }

    fn query(&self) -> String {
        let mut query =
            format!("verifyStatus={}&allowDeactivatedDid={}", self.status, self.allow_deactivated);
        if let Some(at) = &self.at {
            query = format!("{query}&at={}", at.replace('+', "%2B"));
        }
        query
    }

    fn complete(&self, body: &mut Value) {
        for (name, value) in
            [("trustedRoots", self.roots.as_ref().map(|roots| json!(roots))), ("policies", self.policies())]
        {
            if let Some(value) = value {
                body[name] = value;
            }
        }
    }

    fn complete_input(&self, input: &mut Value) {
        self.complete(input);
        input["verifyStatus"] = json!(self.status);
        input["allowDeactivatedDid"] = json!(self.allow_deactivated);
        if let Some(at) = &self.at {
            input["at"] = json!(at);
        }
    }
}

/// Both answers, each as a verdict or as a fault with its code.
pub struct Answers {
    pub rest: Value,
    pub graphql: Value,
}

const CHECKS: &str = "checks { name outcome reason }";
const DOCUMENT: &str = "document { verified error issuer signer issuerDeactivated revoked suspended
    statuses { purpose value valid message } checks { name outcome reason } }";

fn chain_selection() -> String {
    format!(
        "verified error failure accreditorDids rootAuthorization rootSubject termsOfUse rootTrusted evaluatedAt
         hops {{ number url resourceUrl version issuer subject kind supersededBy passed error {CHECKS} {DOCUMENT} }}"
    )
}

async fn graphql(house: &TestHouse, key: &str, query: &str, input: Value) -> Reply {
    let body = json!({"query": query, "variables": {"input": input}});
    house.call_as(Some(key), Method::POST, "/graphql", Some(body), &[]).await
}

fn fault_of_graphql(reply: &Reply) -> Option<Value> {
    let error = reply.body["errors"].as_array()?.first()?;
    Some(json!({"fault": error["extensions"]["code"], "error": error["message"]}))
}

fn fault_of_rest(reply: &Reply) -> Value {
    json!({"fault": reply.body["code"], "error": reply.body["error"]})
}

/// Whether a credential holds.
pub async fn credential(house: &TestHouse, asked: &Asked, with_chain: bool, credential: &Value) -> Answers {
    let mut body = json!({"credential": credential});
    asked.complete(&mut body);
    let path = format!("/credential/verify?{}&verifyTrustChain={with_chain}", asked.query());
    let reply = house.call_as(Some(asked.key(house)), Method::POST, &path, Some(body), &[]).await;
    let rest =
        if reply.status == 200 { of_rest_credential(&reply.body, asked) } else { fault_of_rest(&reply) };
    let query = format!(
        "query Q($input: VerifyCredentialInput!) {{ verifyCredential(input: $input) {{ verified error {CHECKS} {DOCUMENT}
         trustChainState trustChain {{ {} }} evaluatedAt }} }}",
        chain_selection()
    );
    let mut input = json!({"credential": credential, "verifyTrustChain": with_chain});
    asked.complete_input(&mut input);
    let reply = graphql(house, asked.key(house), &query, input).await;
    let graphql = fault_of_graphql(&reply)
        .unwrap_or_else(|| of_graphql_credential(&reply.body["data"]["verifyCredential"], asked));
    Answers { rest, graphql }
}

/// A question about an accreditation.
#[derive(Debug, Clone)]
pub struct Accredited {
    pub did_url: String,
    pub subject: String,
    pub schemas: Value,
    pub root: Option<String>,
}

/// Whether an accreditation holds, up to its root.
pub async fn accreditation(house: &TestHouse, asked: &Asked, question: &Accredited) -> Answers {
    let Accredited { did_url, subject, schemas, root } = question;
    let mut body = json!({"didUrl": did_url, "subjectDid": subject, "schemas": schemas});
    asked.complete(&mut body);
    if let Some(root) = root {
        body["rootAuthorization"] = json!(root);
    }
    let path = format!("/trust-registry/accreditation/verify?{}", asked.query());
    let reply = house.call_as(Some(asked.key(house)), Method::POST, &path, Some(body), &[]).await;
    // A chain that was walked has hops, whatever the status that the contract wants for it.
    let rest = if reply.body["hops"].is_array() {
        of_rest_accreditation(&reply, asked)
    } else {
        fault_of_rest(&reply)
    };
    let query = format!(
        "query Q($input: TrustChainInput!) {{ trustChain(input: $input) {{ {} }} }}",
        chain_selection()
    );
    let granted = schemas.as_array().into_iter().flatten();
    let granted: Value =
        granted.map(|schema| json!({"schemaId": schema["url"], "types": schema["types"]})).collect();
    let mut input =
        json!({"didUrl": did_url, "subjectDid": subject, "schemas": granted, "rootAuthorization": root});
    asked.complete_input(&mut input);
    let reply = graphql(house, asked.key(house), &query, input).await;
    let graphql = fault_of_graphql(&reply).unwrap_or_else(|| {
        let chain = &reply.body["data"]["trustChain"];
        json!({"verified": chain["verified"], "error": sentence(&chain["error"]),
            "leaf": leaf_of_graphql(&chain["hops"][0]["document"]), "failure": lower(&chain["failure"]),
            "chain": chain_of_graphql(chain), "evaluatedAt": evaluated_at(&chain["evaluatedAt"], asked)})
    });
    Answers { rest, graphql }
}

static NOW: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"now: \d+").expect("a pattern"));

/// The sentence without the second in which it was said.
fn sentence(value: &Value) -> Value {
    value.as_str().map_or(Value::Null, |text| json!(NOW.replace_all(text, "now")))
}

/// Names of enums in one spelling.
fn lower(value: &Value) -> Value {
    value.as_str().map_or(Value::Null, |text| json!(text.replace('_', "").to_lowercase()))
}

fn evaluated_at(value: &Value, asked: &Asked) -> Value {
    let millis = |text: &str| {
        let at = chrono::DateTime::parse_from_rfc3339(text).expect("a time").to_utc();
        json!(at.timestamp_millis())
    };
    asked.at.as_ref().and(value.as_str()).map_or(Value::Null, millis)
}

fn checks_of_rest(value: &Value) -> Value {
    let checks = value.as_array().into_iter().flatten().map(|check| {
        let why = if check["error"].is_null() { &check["reason"] } else { &check["error"] };
        json!([check["name"], check["outcome"], sentence(why)])
    });
    checks.collect()
}

fn checks_of_graphql(value: &Value) -> Vec<Value> {
    let checks = value.as_array().into_iter().flatten();
    checks.map(|check| json!([check["name"], lower(&check["outcome"]), sentence(&check["reason"])])).collect()
}

fn statuses_of_rest(value: &Value) -> Value {
    let all = value.as_array().into_iter().flatten();
    all.map(|entry| json!([entry["purpose"], entry["status"], entry["valid"], entry["message"]])).collect()
}

fn statuses_of_graphql(value: &Value) -> Value {
    let all = value.as_array().into_iter().flatten();
    all.map(|entry| json!([entry["purpose"], entry["value"], entry["valid"], entry["message"]])).collect()
}

/// What is said of the document itself; its checks stand elsewhere.
fn leaf_of_rest(body: &Value) -> Value {
    json!({"issuer": body["issuer"], "signer": body["signer"], "revoked": body["revoked"], "suspended": body["suspended"],
        "statuses": statuses_of_rest(&body["statuses"])})
}

fn leaf_of_graphql(document: &Value) -> Value {
    json!({"issuer": document["issuer"], "signer": document["signer"], "revoked": document["revoked"],
        "suspended": document["suspended"], "statuses": statuses_of_graphql(&document["statuses"])})
}

fn of_rest_credential(body: &Value, asked: &Asked) -> Value {
    let chain = if body["hops"].is_array() { chain_of_rest(body) } else { Value::Null };
    json!({"verified": body["verified"], "error": sentence(&body["error"]), "checks": checks_of_rest(&body["checks"]),
        "leaf": leaf_of_rest(body), "state": lower(&body["chain"]), "chain": chain,
        "evaluatedAt": evaluated_at(&body["evaluatedAt"], asked)})
}

fn of_graphql_credential(told: &Value, asked: &Asked) -> Value {
    let chain =
        if told["trustChain"].is_null() { Value::Null } else { chain_of_graphql(&told["trustChain"]) };
    json!({"verified": told["verified"], "error": sentence(&told["error"]), "checks": checks_of_graphql(&told["checks"]),
        "leaf": leaf_of_graphql(&told["document"]), "state": lower(&told["trustChainState"]), "chain": chain,
        "evaluatedAt": evaluated_at(&told["evaluatedAt"], asked)})
}

fn of_rest_accreditation(reply: &Reply, asked: &Asked) -> Value {
    let body = &reply.body;
    let failure = match (reply.status, body["code"].as_str()) {
        (200, _) if body["verified"] == true => Value::Null,
        (200, _) => json!("untrusted"),
        (404, Some("accreditation/not-found")) => json!("notfound"),
        (401, Some("accreditation/out-of-scope")) => json!("scope"),
        (400, Some("accreditation/mismatch")) => json!("mismatch"),
        other => json!(format!("{other:?}")),
    };
    json!({"verified": body["verified"], "error": sentence(&body["error"]), "leaf": leaf_of_rest(body), "failure": failure,
        "chain": chain_of_rest(body), "evaluatedAt": evaluated_at(&body["evaluatedAt"], asked)})
}

fn chain_of_rest(body: &Value) -> Value {
    let hops = body["hops"].as_array().expect("hops").iter().map(|hop| {
        json!({"number": hop["number"], "url": hop["url"], "resource": hop["resourceUrl"], "version": hop["version"],
            "issuer": hop["issuer"], "subject": hop["subject"], "kind": hop["kind"], "by": hop["supersededBy"],
            "passed": hop["verified"], "error": sentence(&hop["error"]), "checks": checks_of_rest(&hop["checks"])})
    });
    json!({"accreditors": body["accreditorDids"], "root": body["rootAuthorizationUrl"], "subject": body["rootAuthorization"],
        "terms": body["termsOfUse"], "trusted": body["rootTrusted"], "hops": hops.collect::<Value>()})
}

fn chain_of_graphql(chain: &Value) -> Value {
    let hops = chain["hops"].as_array().expect("hops").iter().map(|hop| {
        let mut checks = checks_of_graphql(&hop["checks"]);
        checks.extend(checks_of_graphql(&hop["document"]["checks"]));
        json!({"number": hop["number"], "url": hop["url"], "resource": hop["resourceUrl"], "version": hop["version"],
            "issuer": hop["issuer"], "subject": hop["subject"], "kind": lower(&hop["kind"]), "by": hop["supersededBy"],
            "passed": hop["passed"], "error": sentence(&hop["error"]), "checks": checks})
    });
    json!({"accreditors": chain["accreditorDids"], "root": chain["rootAuthorization"], "subject": chain["rootSubject"],
        "terms": chain["termsOfUse"], "trusted": chain["rootTrusted"], "hops": hops.collect::<Value>()})
}

/// What differs, by its path; nothing if both are the same.
pub fn differences(one: &Value, other: &Value) -> Vec<String> {
    fn compare(path: &str, one: &Value, other: &Value, found: &mut Vec<String>) {
        match (one, other) {
            (Value::Object(ones), Value::Object(others)) => {
                for name in ones.keys().chain(others.keys().filter(|name| !ones.contains_key(*name))) {
                    compare(&format!("{path}.{name}"), &one[name], &other[name], found);
                }
            }
            (Value::Array(ones), Value::Array(others)) if ones.len() == others.len() => {
                for (at, (one, other)) in ones.iter().zip(others).enumerate() {
                    compare(&format!("{path}[{at}]"), one, other, found);
                }
            }
            _ if one == other => {}
            _ => found.push(format!("{path}: REST {one}, GraphQL {other}")),
        }
    }
    let mut found = Vec::new();
    compare("$", one, other, &mut found);
    found
}
