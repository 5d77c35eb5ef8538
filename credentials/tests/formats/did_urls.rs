//! DID URLs and their web addresses.

use credentials::did_url::{
    DidUrl, DidUrlError, MAX_DID_URL_BYTES, Pin, ResourceIdentity, ResourceRef, is_did, resolver_url,
    resource_by_id, resource_by_name,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::vector_files::DID;

const RESOLVER: &str = "https://resolver.cheqd.net/1.0/identifiers/";
const ID: &str = "5c6d5f32-4f96-46d8-becf-d813281f571e";

fn parse(text: &str) -> DidUrl {
    DidUrl::parse(text).unwrap()
}

#[test]
fn parts_are_found() {
    let url = parse(&format!("{DID}/path/to?a=1&b=%20x&c#key-1"));
    assert_eq!((url.did(), url.path(), url.fragment()), (DID, "/path/to", Some("key-1")));
    assert_eq!(url.query_value("b"), Some(" x"));
    assert_eq!(url.query_value("c"), Some(""));
    assert_eq!(url.to_string(), format!("{DID}/path/to?a=1&b=%20x&c=#key-1"));
    assert_eq!(url.without_fragment().fragment(), None);
    assert_eq!(parse(DID).to_string(), DID);
}

#[test]
fn addresses_at_any_resolver_name_the_same_url() {
    let by_name = format!("{DID}?resourceName=degree&resourceType=JSONSchemaValidator2020");
    let expected = parse(&by_name);
    for address in [
        resolver_url(RESOLVER, &by_name),
        resolver_url("https://resolver.cheqd.net/1.0/identifiers", &by_name),
        format!("http://localhost:8080/1.0/identifiers/{by_name}"),
        format!("http://localhost/1.0/identifiers/{by_name}"),
        format!("http://127.0.0.1:3000/1.0/identifiers/{by_name}"),
        format!("http://[::1]:3000/1.0/identifiers/{by_name}"),
        format!("HTTPS://Resolver.Cheqd.net/1.0/identifiers/{by_name}"),
        format!("https://h/1.0/identifiers/{}", by_name.replacen(':', "%3A", 9)),
        format!(
            "https://h/1.0/identifiers/{}",
            by_name.replace(':', "%3a").replace('?', "%3F").replace('=', "%3D").replace('&', "%26")
        ),
        by_name.replace("7bf81a20-633c-4cc7-bc4a-5a45801005e0", "7BF81A20-633C-4CC7-BC4A-5A45801005E0"),
    ] {
        assert_eq!(DidUrl::parse(&address).as_ref(), Ok(&expected), "{address}");
    }
    let reordered = format!("{DID}?resourceType=JSONSchemaValidator2020&resourceName=degree");
    assert_eq!(parse(&reordered).canonical(), expected.canonical());
    assert_eq!(parse(&reordered).resource(), expected.resource());
}

#[test]
fn raw_names_as_cheqd_writes_them_are_read_like_escaped_ones() {
    for name in ["my list", "a+b", "100% sure", "naïve ✓", "50%25"] {
        let escaped = resource_by_name(DID, name, "T");
        assert_eq!(parse(&escaped).query_value("resourceName"), Some(name), "{escaped}");
    }
    for raw in ["my list", "a+b", "100% sure", "naïve ✓"] {
        let address = format!("{RESOLVER}{DID}?resourceName={raw}&resourceType=T#42");
        assert_eq!(parse(&address).query_value("resourceName"), Some(raw));
        assert_eq!(parse(&address).fragment(), Some("42"));
    }
    assert_eq!(resource_by_name(DID, "my list", "T"), format!("{DID}?resourceName=my%20list&resourceType=T"));
}

#[test]
fn resources_are_named_by_id_or_by_name() {
    let id = Uuid::parse_str(ID).unwrap();
    let by_id = ResourceRef::ById { did: DID.to_owned(), id };
    assert_eq!(resource_by_id(DID, id), format!("{DID}/resources/{ID}"));
    for text in [
        format!("{DID}/resources/{ID}"),
        format!("{DID}/resources/{}", ID.to_uppercase()),
        format!("{DID}/resources/{ID}/metadata"),
        format!("{DID}?resourceId={ID}"),
        format!("{RESOLVER}{DID}/resources/{ID}"),
    ] {
        assert_eq!(parse(&text).resource(), Some(by_id.clone()), "{text}");
    }
    let named = |pin: Option<Pin>| {
        Some(ResourceRef::ByName {
            did: DID.to_owned(),
            name: "n".to_owned(),
            resource_type: "T".to_owned(),
            pin,
        })
    };
    let base = format!("{DID}?resourceName=n&resourceType=T");
    assert_eq!(parse(&base).resource(), named(None));
    assert_eq!(parse(&format!("{base}&resourceId={ID}")).resource(), named(Some(Pin::Id(id))));
    assert_eq!(
        parse(&format!("{base}&resourceVersion=1.0")).resource(),
        named(Some(Pin::Version("1.0".to_owned())))
    );
    assert_eq!(parse(&format!("{base}&")).resource(), named(None));
    for none in [
        DID.to_owned(),
        base.replace('&', "&&"),
        format!("{DID}?resourceName=n"),
        format!("{DID}?resourceName=&resourceType=T"),
        format!("{DID}/resources/not-a-uuid"),
        format!("{DID}/resources/{}", ID.replace('-', "")),
        format!("{base}&resourceId=nonsense"),
        format!("{DID}/other/{ID}"),
        format!("{base}&D"),
        format!("{base}&version=1"),
        format!("{base}&resourceName=n"),
        format!("{DID}/resources/{ID}?x=1"),
    ] {
        assert_eq!(parse(&none).resource(), None, "{none}");
    }
}

#[test]
fn an_identity_is_named_by_its_id_and_by_its_name() {
    let identity = ResourceIdentity {
        did: DID.to_owned(),
        id: Uuid::parse_str(ID).unwrap(),
        name: "eduRoot".to_owned(),
        resource_type: "VerifiableAuthorizationForTrustChain".to_owned(),
    };
    let names = |text: String| identity.is_named_by(&parse(&text).resource().unwrap());
    assert!(names(format!("{DID}/resources/{ID}")));
    assert!(names(resource_by_name(DID, "eduRoot", "VerifiableAuthorizationForTrustChain")));
    assert!(names(resource_by_name(DID, "eduRoot", "VerifiableAuthorisationForTrustChain")));
    assert!(!names(resource_by_name(DID, "other", "VerifiableAuthorizationForTrustChain")));
    assert!(!names(format!("{DID}/resources/00000000-0000-4000-8000-000000000000")));
    assert!(!names(format!("did:cheqd:testnet:00000000-0000-4000-8000-000000000000/resources/{ID}")));
}

#[test]
fn what_is_no_did_url_is_refused() {
    for text in [
        "",
        "x",
        "did:",
        "did:cheqd",
        "did::x",
        "did:Cheqd:x",
        "did:cheqd:",
        "did:cheqd:x:",
        "did:cheqd:te st",
        "did:cheqd:%zz",
        "https://example.com/",
        "https://example.com/1.0/identifiers/",
        "https:///1.0/identifiers/did:key:z",
        "https://user@h/1.0/identifiers/did:key:z",
        "https://h/x/1.0/identifiers/did:key:z",
        "ftp://h/1.0/identifiers/did:key:z",
        "javascript:did:key:z",
        "https://h/1.0/identifiers/did%3Acheqd%zz",
    ] {
        assert!(DidUrl::parse(text).is_err(), "{text}");
    }
    let long = format!("{DID}?a={}", "x".repeat(MAX_DID_URL_BYTES));
    assert_eq!(DidUrl::parse(&long), Err(DidUrlError::TooLong));
    assert_eq!(DidUrl::parse(&format!("{DID}?{}", "a=1&".repeat(40))), Err(DidUrlError::TooLong));
    assert!(is_did("did:web:example.com%3A3000") && !is_did("did:web:example.com%3"));
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics_and_what_parses_goes_round(text in ".{0,80}", tail in "[ -~]{0,60}") {
        for candidate in [text, format!("did:{tail}"), format!("{DID}{tail}"), format!("{RESOLVER}{DID}{tail}"), format!("{RESOLVER}did%3A{tail}")] {
            if let Ok(url) = DidUrl::parse(&candidate) {
                let again = DidUrl::parse(&url.to_string()).unwrap();
                prop_assert_eq!(again.resource(), url.resource());
                prop_assert_eq!(again, url);
            }
        }
    }

    #[test]
    fn every_name_survives_escaping(name in "\\PC{1,64}", kind in "\\PC{1,64}") {
        let url = DidUrl::parse(&resource_by_name(DID, &name, &kind)).unwrap();
        prop_assert_eq!(url.query_value("resourceName"), Some(name.as_str()));
        prop_assert_eq!(url.query_value("resourceType"), Some(kind.as_str()));
    }
}
