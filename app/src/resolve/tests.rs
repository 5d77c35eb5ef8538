//! The resolver endpoint over a fixed little ledger.

mod representation;

use super::*;
use crate::port::resolver::{ResolvedResource, method_unsupported};
use async_trait::async_trait;
use chrono::TimeDelta;

const DID: &str = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";
const V1: &str = "11111111-1111-4111-8111-111111111111";
const V2: &str = "22222222-2222-4222-8222-222222222222";
const R_OLD: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const R_NEW: &str = "00000000-0000-4000-8000-000000000002";
const R_TEXT: &str = "bbbbbbbb-0000-4000-8000-000000000003";
const R_ODD: &str = "dddddddd-0000-4000-8000-000000000004";
const RESOLUTION: &str = "application/ld+json;profile=\"https://w3id.org/did-resolution\"";
const DEREFERENCING: &str = "application/ld+json;profile=\"https://w3id.org/did-url-dereferencing\"";

fn at(seconds: i64) -> Instant {
    Instant::UNIX_EPOCH + TimeDelta::seconds(1_767_225_600 + seconds)
}

/// A DID with two versions (at 0 and 100 s) and three resources (at 10, 50 and 150 s).
#[derive(Default)]
struct Ledger {
    is_away: bool,
    deactivated: bool,
    /// Whether there is one more resource, with an odd name and type, created at 200.9 s.
    has_odd: bool,
}

fn document(version: &str) -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/ed25519-2020/v1"],
        "id": DID,
        "verificationMethod": [
            {"id": format!("{DID}#key-10"), "type": "Ed25519VerificationKey2020", "controller": DID,
             "publicKeyMultibase": "z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX"},
            {"id": format!("{DID}#key-1"), "type": "Ed25519VerificationKey2020", "controller": DID,
             "publicKeyMultibase": "z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX"}],
        "service": [{"id": format!("{DID}#web"), "type": "X", "serviceEndpoint": "https://example.com/base"},
                    {"id": format!("{DID}#bad"), "type": "X", "serviceEndpoint": "https://a\r\nset-cookie: x"}],
        "alsoKnownAs": [version]
    })
}

impl Ledger {
    fn version(&self, id: &str, with_document: bool) -> ResolvedDid {
        let is_first = id == V1;
        ResolvedDid {
            document: if with_document { document(id) } else { Value::Null },
            version_id: id.to_owned(),
            created: at(0),
            updated: (!is_first).then(|| at(100)),
            deactivated: self.deactivated,
            previous_version_id: (!is_first).then(|| V1.to_owned()),
            next_version_id: is_first.then(|| V2.to_owned()),
        }
    }

    fn everything(&self) -> Vec<ResolvedResource> {
        let mut all = all_resources();
        if self.has_odd {
            let (name, kind) = ("a&b=c+d %41", "semi;colon,comma/slash?#x");
            let mut odd = a_resource(R_ODD, name, kind, 200, b"odd", "text/plain");
            odd.metadata.created += TimeDelta::milliseconds(900);
            all.push(odd);
        }
        all
    }

    fn check(&self, did: &Did) -> Result<bool, Fault> {
        if self.is_away {
            return Err(Fault::unavailable("ledger/unreachable", "away", "secret detail"));
        }
        if did.as_str().contains("mainnet") {
            return Err(Fault::invalid("ledger/not-configured", "no mainnet"));
        }
        Ok(did.as_str() == DID)
    }
}

fn a_resource(
    id: &str,
    name: &str,
    kind: &str,
    seconds: i64,
    data: &[u8],
    media_type: &str,
) -> ResolvedResource {
    ResolvedResource {
        data: data.to_vec(),
        metadata: ResourceMetadata {
            collection_id: "7bf81a20-633c-4cc7-bc4a-5a45801005e0".to_owned(),
            id: id.to_owned(),
            name: name.to_owned(),
            resource_type: kind.to_owned(),
            version: seconds.to_string(),
            also_known_as: Vec::new(),
            media_type: media_type.to_owned(),
            created: at(seconds),
            checksum: hex::encode(Sha256::digest(data)),
            previous_version_id: None,
            next_version_id: None,
        },
    }
}

fn all_resources() -> Vec<ResolvedResource> {
    vec![
        a_resource(R_OLD, "My List", "T", 10, b"{\"n\":1}", "application/json"),
        a_resource(R_NEW, "My List", "T", 50, b"{\"n\":2}", "application/json"),
        a_resource(R_TEXT, "Note", "T", 150, b"hello", "text/plain; charset=utf-8"),
    ]
}

#[async_trait]
impl Resolver for Ledger {
    async fn did(
        &self,
        did: &Did,
        version: Option<&str>,
        _: Freshness,
    ) -> Result<Option<ResolvedDid>, Fault> {
        let is_known = self.check(did)? && version.is_none_or(|version| [V1, V2].contains(&version));
        Ok(is_known.then(|| self.version(version.unwrap_or(V2), true)))
    }
    async fn did_versions(&self, did: &Did) -> Result<Vec<ResolvedDid>, Fault> {
        let is_known = self.check(did)?;
        Ok(if is_known { vec![self.version(V1, false), self.version(V2, false)] } else { Vec::new() })
    }
    async fn resource(&self, did: &Did, id: &str) -> Result<Option<ResolvedResource>, Fault> {
        let is_known = self.check(did)?;
        Ok(self.everything().into_iter().find(|resource| is_known && resource.metadata.id == id))
    }
    async fn latest_resource(
        &self,
        _: &Did,
        _: &str,
        _: &str,
        _: Freshness,
    ) -> Result<Option<ResolvedResource>, Fault> {
        Err(Fault::bug("dereferencing lists and filters"))
    }
    async fn resources(&self, did: &Did, _: Freshness) -> Result<Vec<ResourceMetadata>, Fault> {
        let is_known = self.check(did)?;
        Ok(self.everything().into_iter().filter(|_| is_known).map(|resource| resource.metadata).collect())
    }
    async fn web(&self, did: &WebDid) -> Result<Option<Value>, Fault> {
        match did.as_str() {
            "did:web:off.example" => Err(method_unsupported(did.as_str())),
            "did:web:away.example" => Err(Fault::unavailable("did/web-unreachable", "away", "away")),
            "did:web:nobody.example" => Ok(None),
            did => Ok(Some(
                json!({"id": did, "service": [{"id": format!("{did}#a"), "type": "T", "serviceEndpoint": "a:b"}]}),
            )),
        }
    }
}

#[tokio::test]
async fn a_did_web_is_resolved_whole_or_by_a_fragment() {
    let whole = Some("application/did-resolution");
    for (url, status) in [
        ("did:web:issuer.example", 200),
        ("did:web:issuer.example%3A8443:a", 200),
        ("did%3Aweb%3Aissuer.example%253A8443%3Aa", 200),
        ("did:web:issuer.example%23a", 200),
        ("did:web:issuer.example%23b", 404),
        ("did:web:nobody.example", 404),
        ("did:web:off.example", 501),
        ("did:web:away.example", 503),
        ("did:web:localhost", 400),
        ("did:web:127.0.0.1%3A6379", 400),
        ("did:web:issuer.example/metadata", 400),
        ("did:web:issuer.example?versionTime=2026-01-01T00:00:00Z", 400),
    ] {
        assert_eq!(get(url, whole).await.status, status, "{url}");
    }
    let told = get("did:web:issuer.example%3A8443:a", whole).await;
    let told: Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(told["didDocument"]["id"], "did:web:issuer.example%3A8443:a");
}

async fn at_ledger(ledger: &Ledger, url: &str, accept: Option<&str>) -> Response {
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let request = Request { path, query, accept, options: None, freshness: Freshness::Fresh };
    resolve(ledger, at(1000), &request).await
}

async fn get(url: &str, accept: Option<&str>) -> Response {
    at_ledger(&Ledger::default(), url, accept).await
}

fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

/// Status and body of `<DID><rest>` with `Accept: */*`.
async fn ask(rest: &str) -> (u16, Value) {
    let response = get(&format!("{DID}{rest}"), Some("*/*")).await;
    (response.status, serde_json::from_slice(&response.body).unwrap_or(Value::Null))
}

#[tokio::test]
async fn a_did_resolves_to_the_whole_result_with_its_resources_in_the_ledgers_order() {
    let response = get(DID, Some("*/*")).await;
    assert_eq!(response.content_type, RESOLUTION);
    let result = body(&response);
    assert_eq!(result["@context"], "https://w3id.org/did-resolution/v1");
    assert_eq!(result["didDocument"], document(V2));
    assert_eq!(
        result["didResolutionMetadata"],
        json!({"contentType": "application/did", "retrieved": "2026-01-01T00:16:40Z",
            "did": {"didString": DID, "methodSpecificId": "7bf81a20-633c-4cc7-bc4a-5a45801005e0", "method": "cheqd"}})
    );
    let metadata = &result["didDocumentMetadata"];
    assert_eq!(
        (&metadata["created"], &metadata["updated"], &metadata["versionId"], &metadata["previousVersionId"]),
        (&json!("2026-01-01T00:00:00Z"), &json!("2026-01-01T00:01:40Z"), &json!(V2), &json!(V1))
    );
    assert!(metadata.get("deactivated").is_none() && metadata.get("nextVersionId").is_none());
    let ids: Vec<_> = metadata["linkedResourceMetadata"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["resourceId"].clone())
        .collect();
    assert_eq!(ids, [R_NEW, R_OLD, R_TEXT]);
    let first = &metadata["linkedResourceMetadata"][0];
    assert_eq!(first["resourceURI"], format!("{DID}/resources/{R_NEW}"));
    assert_eq!(first["previousVersionId"], Value::Null);
}

#[tokio::test]
async fn the_accept_header_decides_between_document_and_result() {
    let cases = [
        (None, "application/ld+json", false, true),
        (Some("application/did+json"), "application/did+json", false, false),
        (Some("application/did+ld+json"), "application/did+ld+json", false, true),
        (Some("application/did"), "application/did", false, false),
        (Some("application/json"), "application/json", true, false),
        (Some("application/ld+json"), RESOLUTION, true, true),
        (Some("text/html, application/xhtml+xml, */*;q=0.8"), RESOLUTION, true, true),
        (Some("application/did;q=0.1, application/json;q=0.9"), "application/json", true, false),
        (Some("application/json;q=0, application/did"), "application/did", false, false),
        (Some("*/*, application/did"), "application/did", false, false),
    ];
    for (accept, content_type, is_result, has_context) in cases {
        let response = get(DID, accept).await;
        assert_eq!((response.status, response.content_type.as_str()), (200, content_type), "{accept:?}");
        let body = body(&response);
        assert_eq!(body.get("didDocument").is_some(), is_result, "{accept:?}");
        let document = if is_result { &body["didDocument"] } else { &body };
        assert_eq!(document.get("@context").is_some(), has_context, "{accept:?}");
        assert_eq!(document["id"], DID);
    }
    let refused = get(DID, Some("text/html")).await;
    assert_eq!(
        (refused.status, &body(&refused)["didResolutionMetadata"]["error"]),
        (406, &json!("representationNotSupported"))
    );
}

#[tokio::test]
async fn failures_have_their_status_error_and_shape() {
    let result = "didResolutionMetadata";
    let content = "dereferencingMetadata";
    let other = DID.replace("7bf8", "7bf9");
    let cases = [
        (other.clone(), 404, "notFound", result),
        (format!("{other}?versionId={V1}"), 404, "notFound", result),
        ("did:cheqd:testnet:short".to_owned(), 400, "invalidDid", result),
        ("did:cheqd:othernet:7bf81a20-633c-4cc7-bc4a-5a45801005e0".to_owned(), 400, "invalidDid", result),
        (DID.replace("testnet", "mainnet"), 400, "invalidDid", result),
        ("nonsense".to_owned(), 400, "invalidDid", result),
        (String::new(), 400, "invalidDid", result),
        ("did:web:off.example".to_owned(), 501, "methodNotSupported", result),
        (format!("{DID}/nowhere"), 400, "invalidDidUrl", content),
        (format!("{DID}/resources/not-a-uuid"), 400, "invalidDidUrl", content),
        (format!("{DID}/resources/{V1}"), 404, "notFound", content),
        (format!("{DID}/resources/{V1}/metadata"), 404, "notFound", content),
        (format!("{other}/versions"), 404, "notFound", content),
        (format!("{DID}/version/nope"), 400, "invalidDidUrl", result),
        (format!("{DID}/version/{V1}?metadata=true"), 400, "invalidDidUrl", result),
        (format!("{DID}%23nobody"), 404, "notFound", content),
        (format!("{DID}%23key-1?versionId={V1}"), 400, "invalidDidUrl", content),
        (format!("{DID}?resourceName=Nobody&resourceType=T"), 404, "notFound", content),
    ];
    for (url, status, error, section) in cases {
        let response = get(&url, Some("*/*")).await;
        assert_eq!(response.status, status, "{url}");
        assert_eq!(
            body(&response)[section]["error"],
            error,
            "{url}: {}",
            String::from_utf8_lossy(&response.body)
        );
    }
}

#[tokio::test]
async fn a_ledger_that_is_away_is_503_and_keeps_its_secrets() {
    let response = at_ledger(&Ledger { is_away: true, ..Ledger::default() }, DID, None).await;
    assert_eq!(response.status, 503);
    assert_eq!(response.headers, [("retry-after", "5".to_owned())]);
    assert!(!String::from_utf8_lossy(&response.body).contains("secret"));
}

#[tokio::test]
async fn a_deactivated_did_still_resolves_and_says_so() {
    let response = at_ledger(&Ledger { deactivated: true, ..Ledger::default() }, DID, Some("*/*")).await;
    assert_eq!(
        (response.status, &body(&response)["didDocumentMetadata"]["deactivated"]),
        (200, &json!(true))
    );
}

#[tokio::test]
async fn versions_are_found_by_id_and_by_time_with_the_resources_of_their_day() {
    for query in [
        format!("?versionId={V1}"),
        "?versionTime=2026-01-01T00:01:39Z".to_owned(),
        "?versionTime=2026-01-01T02:01:39%2B02:00".to_owned(),
        "?versionTime=2026-01-01T02:01:39+02:00".to_owned(),
        "?versionTime=Thu,%2001%20Jan%202026%2000:01:39%20GMT".to_owned(),
        "?versionTime=2026-01-01".to_owned(),
        "?versionTime=01/01%2012:01:39AM%20%2726%20+0000".to_owned(),
        format!("/version/{V1}"),
        format!("%3FversionId%3D{V1}"),
    ] {
        let (status, result) = ask(&query).await;
        assert_eq!((status, &result["didDocumentMetadata"]["versionId"]), (200, &json!(V1)), "{query}");
        assert_eq!(result["didDocument"]["alsoKnownAs"], json!([V1]), "{query}");
        let list = result["didDocumentMetadata"]["linkedResourceMetadata"].as_array().unwrap();
        assert_eq!(list.len(), 2, "{query}: the note came after the next version");
    }
    assert_eq!(ask("?versionTime=2025-12-31").await.0, 404);
    assert_eq!(ask("?versionTime=2026-01-01T00:01:40Z").await.1["didDocumentMetadata"]["versionId"], V2);
    assert_eq!(ask("?versionTime=yesterday").await.0, 400);
    let (_, history) = ask("/versions").await;
    let ids: Vec<_> = history["contentStream"]["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["versionId"].clone())
        .collect();
    assert_eq!(ids, [V2, V1]);
}

#[tokio::test]
async fn metadata_comes_without_the_document_and_the_other_way_round() {
    for rest in ["?metadata=true", "/metadata"] {
        let (_, result) = ask(rest).await;
        assert!(
            result.get("didDocument").is_none() && result["didDocumentMetadata"]["versionId"] == V2,
            "{rest}"
        );
    }
    let (_, newest_first) = ask("?metadata=true").await;
    assert_eq!(newest_first["didDocumentMetadata"]["linkedResourceMetadata"][0]["resourceId"], R_TEXT);
    let (_, with) = ask("?metadata=false").await;
    assert_eq!(
        (&with["didDocumentMetadata"]["versionId"], &with["didDocument"]["id"]),
        (&json!(V2), &json!(DID))
    );
    let (_, without_list) = ask("?resourceMetadata=false").await;
    assert!(without_list["didDocumentMetadata"].get("linkedResourceMetadata").is_none());
    let (_, old) = ask(&format!("/version/{V1}/metadata")).await;
    assert!(old.get("didDocument").is_none() && old["didDocumentMetadata"]["nextVersionId"] == V2);
}

#[tokio::test]
async fn a_query_finds_the_newest_resource_that_fits_and_answers_its_bytes() {
    let cases = [
        ("?resourceName=My%20List&resourceType=T", "{\"n\":2}"),
        ("?resourceName=My+List&resourceType=T", "{\"n\":2}"),
        ("?resourceName=My%20List&resourceType=T&resourceVersion=10", "{\"n\":1}"),
        ("?resourceName=My%20List&resourceVersionTime=2026-01-01T00:00:49Z", "{\"n\":1}"),
        ("?resourceId=AAAAAAAA-0000-4000-8000-000000000001", "{\"n\":1}"),
        ("?resourceName=Note", "hello"),
    ];
    for (query, data) in cases {
        let response = get(&format!("{DID}{query}"), Some("*/*")).await;
        assert_eq!(
            (response.status, String::from_utf8_lossy(&response.body).as_ref()),
            (200, data),
            "{query}"
        );
    }
    let note = get(&format!("{DID}/resources/{R_TEXT}"), None).await;
    assert_eq!(
        (note.content_type.as_str(), note.body.as_slice()),
        ("text/plain; charset=utf-8", b"hello".as_slice())
    );
    assert_eq!(ask("?resourceType=T").await.0, 400, "two names fit");
}

#[tokio::test]
async fn resources_can_be_wrapped_listed_and_described() {
    let wrapped = get(&format!("{DID}/resources/{R_NEW}"), Some(DEREFERENCING)).await;
    assert_eq!(wrapped.content_type, DEREFERENCING);
    assert_eq!(body(&wrapped)["contentStream"], json!({"n": 2}));
    assert_eq!(body(&wrapped)["contentMetadata"]["resourceName"], "My List");
    let text = get(&format!("{DID}/resources/{R_TEXT}"), Some(DEREFERENCING)).await;
    assert_eq!(body(&text)["contentStream"], "aGVsbG8=");
    let (_, item) = ask(&format!("/resources/{R_NEW}/metadata")).await;
    assert_eq!(
        (&item["contentStream"], &item["contentMetadata"]["resourceId"]),
        (&Value::Null, &json!(R_NEW))
    );
    let (_, list) = ask("?resourceName=My%20List&resourceMetadata=true").await;
    let ids: Vec<_> = list["contentMetadata"]["linkedResourceMetadata"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["resourceId"].clone())
        .collect();
    assert_eq!(ids, [R_NEW, R_OLD]);
    let result = get(&format!("{DID}?resourceName=Note"), Some(RESOLUTION)).await;
    assert_eq!(body(&result)["didDocumentMetadata"]["linkedResourceMetadata"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn parameters_that_make_no_sense_are_refused_as_the_original_refuses_them() {
    for (query, status) in [
        ("?unknown=1", 400),
        ("?versionId=", 400),
        ("?versionId=7", 400),
        ("?resourceId=7", 400),
        ("?resourceVersion=1", 400),
        ("?resourceVersionTime=2026-01-01&resourceMetadata=false", 400),
        ("?resourceCollectionId=7bf81a20-633c-4cc7-bc4a-5a45801005e0", 400),
        ("?transformKeys=Multikey", 406),
        ("?transformKeys=JsonWebKey2020&metadata=true", 406),
        ("?relativeRef=/x", 406),
        ("?service=web&resourceName=Note", 406),
        ("?metadata=true&resourceName=Note", 406),
        ("?metadata=maybe", 406),
        ("?resourceMetadata=maybe", 406),
        ("?versionId=11111111-1111-4111-8111-111111111111%23key-1", 406),
    ] {
        assert_eq!(ask(query).await.0, status, "{query}");
    }
    let refused = get(&format!("{DID}?resourceName=Note&resourceMetadata=false"), Some(DEREFERENCING)).await;
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn a_fragment_names_exactly_one_part() {
    for url in [format!("{DID}%23key-1"), DID.replace(':', "%3A") + "%23key-1"] {
        let response = get(&url, Some("*/*")).await;
        assert_eq!(body(&response)["contentStream"]["id"], format!("{DID}#key-1"), "{url}");
    }
    assert_eq!(ask("%23web").await.1["contentStream"]["serviceEndpoint"], "https://example.com/base");
    assert_eq!(ask("%23key").await.0, 404);
}

/// identifiers 5.
#[tokio::test]
async fn a_service_is_a_redirect_within_its_origin_and_cannot_smuggle_headers() {
    let response = get(&format!("{DID}?service=web&relativeRef=%2Fpath%3Fa%3Db"), None).await;
    assert_eq!(response.status, 303);
    assert_eq!(response.headers, [("location", "https://example.com/path?a=b".to_owned())]);
    let response = get(&format!("{DID}?service=web&relativeRef=@evil.example/x"), None).await;
    assert_eq!(response.headers, [("location", "https://example.com/@evil.example/x".to_owned())]);
    assert_eq!(ask("?service=nobody").await.0, 404);
    assert_eq!(ask("?service=bad").await.0, 404);
    for reference in
        ["%0d%0ax:y", "//evil.example", "%5C%5Cevil.example", "https://evil.example", "%2F%2Fevil.example"]
    {
        let (status, body) = ask(&format!("?service=web&relativeRef={reference}")).await;
        assert_eq!(
            (status, &body["didResolutionMetadata"]["error"]),
            (400, &json!("invalidDidUrl")),
            "{reference}"
        );
    }
    // One level of escaping belongs to the query; what is left stays a path.
    let response = get(&format!("{DID}?service=web&relativeRef=%252F%252Fevil.example"), None).await;
    assert_eq!(response.headers, [("location", "https://example.com/%2F%2Fevil.example".to_owned())]);
}

#[tokio::test]
async fn keys_are_rewritten_and_the_context_follows() {
    let (_, result) = ask("?transformKeys=JsonWebKey2020").await;
    let method = &result["didDocument"]["verificationMethod"][0];
    assert_eq!(
        method["publicKeyJwk"],
        json!({"crv": "Ed25519", "kty": "OKP", "x": "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w"})
    );
    assert!(method.get("publicKeyMultibase").is_none() && method["type"] == "JsonWebKey2020");
    assert_eq!(
        result["didDocument"]["@context"],
        json!(["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"])
    );
    let (_, result) = ask("?transformKeys=Ed25519VerificationKey2018").await;
    assert_eq!(
        result["didDocument"]["verificationMethod"][0]["publicKeyBase58"],
        "AKnL4NNf3DGWZJS6cPknBuEGnVsV4A4m5tgebLHaRSZ9"
    );
}

#[tokio::test]
async fn a_did_key_is_its_own_document() {
    let did = "did:key:z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX";
    let response = get(did, Some("*/*")).await;
    let result = body(&response);
    assert_eq!((response.status, &result["didDocument"]["id"]), (200, &json!(did)));
    assert_eq!(result["didResolutionMetadata"]["did"]["method"], "key");
    assert_eq!(get("did:key:zzzz", None).await.status, 400);
    assert_eq!(get(&format!("{did}?versionId={V1}"), None).await.status, 400);
    assert_eq!(get(&format!("{did}/resources/{V1}"), None).await.status, 400);
    let other = Ledger { is_away: true, ..Ledger::default() };
    assert_eq!(at_ledger(&other, did, None).await.status, 200, "no ledger is asked");
}

#[tokio::test]
async fn an_identifier_from_before_version_1_is_sent_to_what_it_became() {
    let response = get("did:cheqd:testnet:zGgLTsq96mTsFcFB?metadata=true", None).await;
    assert_eq!(response.status, 301);
    let digest = Sha256::digest(b"zGgLTsq96mTsFcFB");
    let became = bs58::encode(&digest[..16]).into_string();
    let location = format!("/1.0/identifiers/did:cheqd:testnet:{became}?metadata=true");
    assert_eq!(response.headers, [("location", location)]);
}
