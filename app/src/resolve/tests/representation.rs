//! identifiers 4, 6 and their neighbours: media types, envelopes, options by POST, names that need escapes.

use super::*;

const RESOLUTION_TYPE: &str = "application/did-resolution";
const DEREFERENCING_TYPE: &str = "application/did-url-dereferencing";

async fn asked(url: &str, accept: &str) -> (u16, String, Value) {
    let response = get(url, Some(accept)).await;
    let value = body(&response);
    (response.status, response.content_type, value)
}

#[tokio::test]
async fn the_standards_own_media_types_answer_their_envelopes() {
    for accept in [
        RESOLUTION_TYPE,
        "application/did-resolution,application/did",
        "application/did-resolution;profile=\"https://w3id.org/did-resolution\", */*;q=0.1",
        "text/html;q=0.9, application/did-resolution;q=0.8",
        "Application/DID-Resolution",
        "application/did;q=0.4, application/did-resolution;q=0.5",
    ] {
        let (status, content_type, result) = asked(DID, accept).await;
        assert_eq!((status, content_type.as_str()), (200, RESOLUTION_TYPE), "{accept}");
        assert_eq!(result["@context"], "https://w3id.org/did-resolution/v1", "{accept}");
        assert_eq!(result["didDocument"], document(V2), "{accept}");
        assert_eq!(result["didResolutionMetadata"]["contentType"], "application/did", "{accept}");
        assert_eq!(result["didDocumentMetadata"]["versionId"], V2, "{accept}");
    }
    for accept in [DEREFERENCING_TYPE, "application/did-url-dereferencing;profile=x", DEREFERENCING] {
        let (status, content_type, result) = asked(DID, accept).await;
        let expected = if accept == DEREFERENCING { DEREFERENCING } else { DEREFERENCING_TYPE };
        assert_eq!((status, content_type.as_str()), (200, expected), "{accept}");
        assert_eq!(result["contentStream"], document(V2), "{accept}");
        assert_eq!(result["contentMetadata"]["versionId"], V2, "{accept}");
        assert_eq!(result["dereferencingMetadata"]["contentType"], "application/did", "{accept}");
    }
    let (_, content_type, bare) = asked(DID, "application/did-resolution;q=0, application/did").await;
    assert_eq!((content_type.as_str(), &bare["id"]), ("application/did", &json!(DID)));
    let (_, content_type, _) = asked(DID, "application/ld+json;q=0, */*").await;
    assert_eq!(content_type, RESOLUTION_TYPE, "a wildcard does not bring back what is refused");
}

#[tokio::test]
async fn a_resource_comes_in_its_own_type_to_whoever_names_that() {
    let path = format!("{DID}/resources/{R_TEXT}");
    let query = format!("{DID}?resourceName=Note");
    for accept in
        ["text/plain", "text/*", "TEXT/PLAIN;q=0.1", "image/png, text/plain;q=0.5", "text/*;q=0, text/plain"]
    {
        for url in [&path, &query] {
            let response = get(url, Some(accept)).await;
            assert_eq!((response.status, response.body.as_slice()), (200, b"hello".as_slice()), "{accept}");
        }
    }
    for accept in ["image/png", "text/*, text/plain;q=0", "text/plain;q=0", "text", "*"] {
        for url in [&path, &query] {
            assert_eq!(get(url, Some(accept)).await.status, 406, "{accept}");
        }
    }
    for url in [
        DID.to_owned(),
        format!("{path}/metadata"),
        format!("{query}&resourceMetadata=true"),
        format!("{DID}?metadata=true"),
    ] {
        assert_eq!(get(&url, Some("text/plain")).await.status, 406, "{url} is no resource");
    }
    assert_eq!(get(&format!("{DID}/resources/{V1}"), Some("text/plain")).await.status, 404);
}

#[tokio::test]
async fn failures_come_in_the_envelope_that_was_asked_for() {
    let nobody = DID.replace("7bf8", "7bf9");
    let (status, content_type, result) = asked(&nobody, RESOLUTION_TYPE).await;
    assert_eq!((status, content_type.as_str()), (404, RESOLUTION_TYPE));
    assert_eq!(
        (&result["didDocument"], &result["didResolutionMetadata"]["error"]),
        (&Value::Null, &json!("notFound"))
    );
    for accept in [DEREFERENCING_TYPE, DEREFERENCING] {
        let (status, _, result) = asked(&nobody, accept).await;
        assert_eq!((status, &result["dereferencingMetadata"]["error"]), (404, &json!("notFound")));
        assert!(result.get("didDocument").is_none(), "{result}");
    }
}

#[tokio::test]
async fn a_fragment_carries_the_context_of_its_document_and_is_no_document() {
    let url = format!("{DID}%23key-1");
    for (accept, content_type, part_type) in [
        ("*/*", DEREFERENCING, "application/ld+json"),
        ("application/ld+json", DEREFERENCING, "application/ld+json"),
        ("application/did+ld+json", DEREFERENCING, "application/ld+json"),
        (DEREFERENCING_TYPE, DEREFERENCING_TYPE, "application/ld+json"),
        ("application/did-resolution,application/did", DEREFERENCING_TYPE, "application/ld+json"),
        ("application/json", "application/json", "application/json"),
        ("application/did+json", "application/json", "application/json"),
        ("application/did", "application/json", "application/json"),
    ] {
        let (status, given, result) = asked(&url, accept).await;
        assert_eq!((status, given.as_str()), (200, content_type), "{accept}");
        assert_eq!(result["dereferencingMetadata"]["contentType"], part_type, "{accept}");
        assert_eq!(result["contentStream"]["id"], format!("{DID}#key-1"), "{accept}");
        let is_ld = part_type == "application/ld+json";
        let contexts = if is_ld { document(V2)["@context"].clone() } else { Value::Null };
        assert_eq!(
            result["contentStream"].get("@context").cloned().unwrap_or_default(),
            contexts,
            "{accept}"
        );
        assert_eq!(result.get("@context").is_some(), is_ld, "{accept}");
    }
    let key = "did:key:z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX";
    let (_, _, result) =
        asked(&format!("{key}%23z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX"), "*/*").await;
    assert!(result["contentStream"]["@context"].is_array(), "{result}");
    let (_, _, service) = asked(&format!("{DID}%23web"), "*/*").await;
    assert!(service["contentStream"]["@context"].is_array(), "{service}");
}

#[tokio::test]
async fn the_type_of_an_envelope_and_its_context_agree() {
    let resource = format!("{DID}/resources/{R_NEW}/metadata");
    let versions = format!("{DID}/versions");
    let list = format!("{DID}?resourceMetadata=true");
    let whole = format!("{DID}/metadata");
    for (url, accept) in [
        (&resource, None),
        (&resource, Some("*/*")),
        (&resource, Some("application/json")),
        (&resource, Some(DEREFERENCING_TYPE)),
        (&versions, None),
        (&versions, Some("*/*")),
        (&versions, Some("application/did+json")),
        (&list, Some("*/*")),
        (&list, Some("application/json")),
        (&whole, None),
        (&whole, Some("application/did")),
    ] {
        let response = get(url, accept).await;
        assert_eq!(response.status, 200, "{url} {accept:?}");
        let has_context = body(&response).get("@context").is_some();
        assert_eq!(has_context, response.content_type != "application/json", "{url} {accept:?}");
        assert!(!response.content_type.starts_with("application/did+"), "{url} {accept:?}");
    }
}

#[tokio::test]
async fn a_list_of_resources_comes_as_a_dereferencing_result_if_that_is_asked_for() {
    for accept in [DEREFERENCING, DEREFERENCING_TYPE] {
        let (status, content_type, result) = asked(&format!("{DID}?resourceMetadata=true"), accept).await;
        assert_eq!((status, content_type.as_str()), (200, accept));
        assert_eq!(result["contentStream"], Value::Null);
        assert_eq!(result["contentMetadata"]["linkedResourceMetadata"].as_array().map(Vec::len), Some(3));
    }
    let (_, _, result) = asked(&format!("{DID}?resourceMetadata=true"), "*/*").await;
    assert_eq!(result["didDocumentMetadata"]["linkedResourceMetadata"].as_array().map(Vec::len), Some(3));
    let (_, _, result) = asked(&format!("{DID}?resourceName=Note"), RESOLUTION_TYPE).await;
    assert_eq!(result["didDocumentMetadata"]["linkedResourceMetadata"].as_array().map(Vec::len), Some(1));
    let (_, content_type, result) = asked(&format!("{DID}?resourceName=Note"), DEREFERENCING_TYPE).await;
    assert_eq!(content_type, DEREFERENCING_TYPE);
    assert_eq!(result["dereferencingMetadata"]["contentType"], "text/plain; charset=utf-8");
}

#[tokio::test]
async fn every_version_lists_the_resources_of_its_time() {
    let (_, history) = ask("/versions").await;
    let lists: Vec<Vec<&str>> = history["contentStream"]["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| {
            let list = version["linkedResourceMetadata"].as_array().unwrap();
            list.iter().map(|resource| resource["resourceId"].as_str().unwrap()).collect()
        })
        .collect();
    assert_eq!(lists, [vec![R_NEW, R_OLD, R_TEXT], vec![R_NEW, R_OLD]]);
}

#[tokio::test]
async fn metadata_false_hides_nothing() {
    let ended = Ledger { deactivated: true, ..Ledger::default() };
    for (query, has_list) in [("?metadata=false", true), ("?metadata=false&resourceMetadata=false", false)] {
        let response = at_ledger(&ended, &format!("{DID}{query}"), Some("*/*")).await;
        let metadata = &body(&response)["didDocumentMetadata"];
        assert_eq!(metadata["deactivated"], true, "{query}");
        assert_eq!(metadata.get("linkedResourceMetadata").is_some(), has_list, "{query}");
        assert!(metadata["created"].is_string(), "{query}");
    }
}

async fn posted(url: &str, accept: Option<&str>, options: Value) -> Response {
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let options = options.as_object().unwrap();
    let request = Request { path, query, accept, options: Some(options), freshness: Freshness::Fresh };
    resolve(&Ledger::default(), at(1000), &request).await
}

#[tokio::test]
async fn options_of_a_post_are_parameters_and_a_media_type() {
    let plain = posted(DID, Some("*/*"), json!({})).await;
    assert_eq!(plain, get(DID, Some("*/*")).await);
    let named =
        posted(DID, None, json!({"accept": "application/did", "expandRelativeUrls": true, "noCache": true}));
    assert_eq!(named.await.content_type, "application/did");
    let old = posted(DID, Some(RESOLUTION_TYPE), json!({"versionId": V1})).await;
    assert_eq!(body(&old)["didDocumentMetadata"]["versionId"], V1);
    let old = posted(DID, Some(RESOLUTION_TYPE), json!({"versionTime": "2026-01-01T00:01:39Z"})).await;
    assert_eq!(body(&old)["didDocumentMetadata"]["versionId"], V1);
    let same = posted(&format!("{DID}?versionId={V1}"), None, json!({"versionId": V1})).await;
    assert_eq!(same.status, 200);
    let resource = posted(DID, None, json!({"resourceName": "My List", "resourceMetadata": true})).await;
    assert_eq!(
        body(&resource)["contentMetadata"]["linkedResourceMetadata"].as_array().map(Vec::len),
        Some(2)
    );
    for options in [
        json!({"nope": "x"}),
        json!({"versionId": 1}),
        json!({"versionId": [V1]}),
        json!({"accept": true}),
        json!({"noCache": "yes"}),
    ] {
        let refused = posted(DID, None, options.clone()).await;
        let error = &body(&refused)["didResolutionMetadata"]["error"];
        assert_eq!((refused.status, error), (400, &json!("invalidOptions")), "{options}");
    }
    let contradicting = posted(&format!("{DID}?versionId={V1}"), None, json!({"versionId": V2})).await;
    assert_eq!(contradicting.status, 400);
    assert_eq!(posted(DID, None, json!({"accept": "text/html"})).await.status, 406);
}

#[tokio::test]
async fn a_parameter_that_says_two_things_is_refused() {
    assert_eq!(ask(&format!("?versionId={V1}&versionId={V2}")).await.0, 400);
    assert_eq!(ask(&format!("?versionId={V1}&versionId={V1}")).await.0, 200);
}

async fn odd(url: &str) -> Response {
    at_ledger(&Ledger { has_odd: true, ..Ledger::default() }, url, Some("*/*")).await
}

/// identifiers 6.
#[tokio::test]
async fn names_that_need_escapes_are_found_however_they_are_escaped() {
    for query in [
        "resourceName=a%26b%3Dc%2Bd%20%2541&resourceType=semi%3Bcolon%2Ccomma%2Fslash%3F%23x",
        "resourceName=a%26b%3Dc%2Bd+%2541&resourceType=semi%3bcolon%2ccomma%2fslash%3f%23x",
        "resourceName=a%26b=c%2Bd%20%2541&resourceType=semi;colon,comma/slash?%23x",
        "resourceName=a%26b%3Dc+d%20%2541&resourceType=semi;colon,comma/slash?%23x",
    ] {
        let response = odd(&format!("{DID}?{query}")).await;
        assert_eq!((response.status, response.body.as_slice()), (200, b"odd".as_slice()), "{query}");
        // The whole DID URL escaped once more, as some clients put it into a path.
        let escaped = query.replace('%', "%25").replace('&', "%26").replace('=', "%3D").replace('#', "%23");
        let escaped = escaped.replace('?', "%3F").replace('+', "%2B");
        let response = odd(&format!("{DID}%3F{escaped}")).await;
        assert_eq!((response.status, response.body.as_slice()), (200, b"odd".as_slice()), "{escaped}");
    }
    assert_eq!(ask("?resourceName=a%26b%3Dc%20d%20%2541&resourceType=semi").await.0, 404);
}

/// identifiers 6.
#[tokio::test]
async fn a_time_that_is_shown_finds_what_it_dates() {
    let item = body(&odd(&format!("{DID}/resources/{R_ODD}/metadata")).await);
    let shown = item["contentMetadata"]["created"].as_str().unwrap();
    assert_eq!(shown, "2026-01-01T00:03:20Z", "whole seconds are shown of 200.9 s");
    let found = |time: &str| {
        let query = format!("?resourceName=a%26b%3Dc%2Bd%20%2541&resourceVersionTime={time}");
        async move { odd(&format!("{DID}{query}")).await.status }
    };
    assert_eq!(found(shown).await, 200);
    assert_eq!(found("2026-01-01T00:03:20.9Z").await, 200, "a fraction is exact");
    assert_eq!(found("2026-01-01T00:03:20.899Z").await, 404);
    assert_eq!(found("2026-01-01T00:03:19Z").await, 404);
    assert_eq!(found("2026-01-01T00:03:19.999999999Z").await, 404);
}

#[tokio::test]
async fn a_did_is_found_in_either_case_with_a_slash_and_escaped() {
    let upper = DID.replace("7bf81a20-633c-4cc7-bc4a-5a45801005e0", "7BF81A20-633C-4CC7-BC4A-5A45801005E0");
    for url in [
        upper.clone(),
        format!("{DID}/"),
        format!("{upper}/"),
        DID.replace(':', "%3A"),
        DID.replace('-', "%2D"),
    ] {
        let response = get(&url, Some("*/*")).await;
        assert_eq!((response.status, &body(&response)["didDocument"]["id"]), (200, &json!(DID)), "{url}");
    }
    for url in
        [format!("{DID}/versions/"), format!("{DID}%2Fversions"), format!("{upper}/resources/{R_NEW}/")]
    {
        assert_eq!(get(&url, Some("*/*")).await.status, 200, "{url}");
    }
    assert_eq!(get(&format!("{upper}%23key-1"), None).await.status, 200);
    assert_eq!(get(&format!("{DID}//"), None).await.status, 400);
}

#[tokio::test]
async fn an_endless_request_is_refused_without_being_read() {
    let url = format!("{DID}?resourceName={}", "a".repeat(10_000));
    assert_eq!(get(&url, None).await.status, 400);
    let many = "&resourceName=a".repeat(33);
    assert_eq!(ask(&format!("?{many}")).await.0, 400);
}

#[tokio::test]
async fn what_is_no_escape_stands_for_itself() {
    for name in ["%+1", "%", "%2", "%zz", "%FF"] {
        assert_eq!(ask(&format!("?resourceName={name}")).await.0, 404, "{name}");
    }
}
