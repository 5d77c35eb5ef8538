//! The resolver, held against what clients of cheqd's resolver rely on: `cases.json` says what is asked and what the answer is, over
//! an estate of DIDs and resources on two devnets. What is answered otherwise than there is marked in the data and has its reason
//! in docs/resolver.md.

mod estate;
mod fill;
mod judge;

use crate::{
    contract::layer::Asked,
    house::{Reply, TestHouse},
};
use estate::Estate;
use fill::Words;
use judge::Judge;
use reqwest::{Method, header};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Where the resolver is.
const IDENTIFIERS: &str = "/1.0/identifiers/";
/// How many there are to be at least, so that none gets lost unnoticed.
const CASES_LEAST: usize = 250;

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    /// Short names of `Accept` headers.
    accepts: BTreeMap<String, String>,
    /// Short names of content types.
    types: BTreeMap<String, String>,
    /// DIDs that are on no ledger.
    names: BTreeMap<String, String>,
    /// What many answers have in common: pointers with what stands there.
    shapes: BTreeMap<String, Map<String, Value>>,
    cases: Vec<Case>,
}

/// A question with its answer. Texts have `{words}` of the estate in them; `{}` is the DID that the case is about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    /// The DID it is about, by its name in the estate.
    did: String,
    /// What stands behind `/1.0/identifiers/`.
    ask: String,
    /// The `Accept` header or its short name; none without.
    accept: Option<String>,
    /// The `Accept-Encoding` header.
    encoding: Option<String>,
    /// Options; with them the question is a POST.
    options: Option<Value>,
    /// Whether a redirect to what an identifier became is followed.
    #[serde(default)]
    through: bool,
    status: u16,
    /// The content type or its short name.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// The error of a failure.
    #[serde(default)]
    error: String,
    location: Option<String>,
    /// Whether the answer is compressed.
    packed: Option<bool>,
    /// The whole body.
    text: Option<String>,
    /// SHA-256 of the body.
    sum: Option<String>,
    shape: Option<String>,
    /// What else stands where.
    #[serde(default)]
    have: Map<String, Value>,
    /// Why cheqd's resolver answers otherwise: a row of the table in docs/resolver.md.
    differs: Option<String>,
}

/// A file of the repository: cases can be tried without building anything anew.
fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).expect("a file")
}

fn book() -> Book {
    serde_json::from_str(&read("tests/it/resolver/cases.json")).expect("the cases can be read")
}

/// What `asked` answers, and what the contract has against that.
async fn answer(request: reqwest::RequestBuilder) -> (Reply, Vec<u8>, Vec<String>) {
    let (client, request) = request.build_split();
    let request = request.expect("a request");
    let asked = Asked::of(&request);
    let response = client.execute(request).await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.expect("a body").to_vec();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    let reply = Reply { status, headers, body, text };
    let is_packed = reply.headers.contains_key(header::CONTENT_ENCODING);
    let complaints = asked.filter(|_| !is_packed).map(|asked| asked.answer(&reply)).unwrap_or_default();
    (reply, bytes, complaints)
}

async fn ask(house: &TestHouse, book: &Book, case: &Case, words: &Words) -> Result<Vec<String>, String> {
    let words = words.about(&case.did).with("error", &case.error);
    let fill = |text: &str| words.fill(&text.replace("{}", "{subject}"));
    let request = |path: &str| -> Result<reqwest::RequestBuilder, String> {
        let method = if case.options.is_some() { Method::POST } else { Method::GET };
        let mut request = house.request(method, path);
        // The client would add `*/*` to none. An empty one says as little.
        let accept = case.accept.as_deref().unwrap_or_default();
        request = request.header(header::ACCEPT, book.accepts.get(accept).map_or(accept, String::as_str));
        if let Some(encoding) = &case.encoding {
            request = request.header(header::ACCEPT_ENCODING, encoding);
        }
        if let Some(options) = &case.options {
            request = request.json(&words.fill_value(options)?);
        }
        Ok(request)
    };
    let path = format!("{IDENTIFIERS}{}", fill(&case.ask)?);
    let mut answered = answer(request(&path)?).await;
    if case.through {
        let target = judge::header_of(&answered.0, "location").to_owned();
        if (answered.0.status, target.starts_with(IDENTIFIERS)) != (301, true) {
            return Err(format!("no redirect: {} {target}", answered.0.status));
        }
        answered = answer(request(&target)?).await;
    }
    let (reply, bytes, complaints) = answered;
    let mut judge = Judge::new(&reply, &bytes, complaints);
    judge.status(case.status);
    if let Some(kind) = &case.kind {
        judge.header("content-type", &fill(book.types.get(kind).unwrap_or(kind))?);
    }
    if let Some(location) = &case.location {
        judge.header("location", &fill(location)?);
    }
    if let Some(is_packed) = case.packed {
        judge.header("content-encoding", if is_packed { "gzip" } else { "" });
    }
    if let Some(text) = &case.text {
        judge.text(&fill(text)?);
    }
    if let Some(sum) = &case.sum {
        judge.sum(&fill(sum)?);
    }
    let shape = match &case.shape {
        Some(name) => book.shapes.get(name).ok_or_else(|| format!("no shape {name}"))?.clone(),
        None => Map::new(),
    };
    // What a case says itself wins over its shape.
    for (pointer, expected) in
        shape.iter().filter(|(pointer, _)| !case.have.contains_key(*pointer)).chain(&case.have)
    {
        judge.have(&fill(pointer)?, &words.fill_value(expected)?);
    }
    judge.everywhere();
    Ok(judge.complaints)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_is_answered_as_it_says() {
    let Some(mut estate) = Estate::build().await else {
        println!("SKIPPED: the estate needs devnets whose clocks it sets");
        return;
    };
    let book = book();
    for (name, did) in &book.names {
        estate.words.name(name, did);
    }
    let mut wrong = Vec::new();
    for case in &book.cases {
        let complaints = match ask(&estate.house, &book, case, &estate.words).await {
            Ok(complaints) => complaints,
            Err(why) => vec![why],
        };
        if !complaints.is_empty() {
            wrong.push(format!("{}\n    {}", case.id, complaints.join("\n    ")));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), book.cases.len(), wrong.join("\n"));
    estate.stop().await;
}

#[test]
fn no_case_stands_twice_and_every_difference_has_its_reason() {
    let book = book();
    assert!(book.cases.len() >= CASES_LEAST, "{} cases", book.cases.len());
    let ids: BTreeSet<&str> = book.cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids.len(), book.cases.len(), "an id stands twice");
    let shapes: BTreeSet<&str> = book.cases.iter().filter_map(|case| case.shape.as_deref()).collect();
    assert_eq!(shapes, book.shapes.keys().map(String::as_str).collect(), "shapes");
    let page = read("docs/resolver.md");
    let table = page.split_once("## What differs").expect("a table").1;
    let rows: BTreeSet<&str> =
        table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let told: BTreeSet<&str> = book.cases.iter().filter_map(|case| case.differs.as_deref()).collect();
    assert_eq!(told, rows, "the cases that differ, and the rows of docs/resolver.md");
}
