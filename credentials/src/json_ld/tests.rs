use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::rdf::{Quad, Term, XSD_STRING};
use super::{LdError, canonical, canonical::canonical as canonical_quads, contexts};

const V1: &str = "https://www.w3.org/2018/credentials/v1";
const V2: &str = "https://www.w3.org/ns/credentials/v2";

fn fixture(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// An IRI without escapes.
fn plain(iri: &str) -> String {
    let mut parts = iri.split('\\');
    let mut plain = parts.next().unwrap().to_owned();
    for part in parts {
        let (code, rest) = part[1..].split_at(if part.starts_with('u') { 4 } else { 8 });
        plain.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
        plain.push_str(rest);
    }
    plain
}

/// Lines of the tests of RDFC-1.0, which use few forms.
fn read_lines(text: &str) -> Vec<Quad> {
    let mut names = std::collections::BTreeMap::new();
    let mut term = |rest: &mut &str| -> Option<Term> {
        *rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('<') {
            let (iri, after) = after.split_once('>')?;
            *rest = after;
            return Some(Term::Iri(plain(iri)));
        }
        if let Some(after) = rest.strip_prefix("_:") {
            let end = after.find(' ')?;
            let (label, after) = after.split_at(end);
            *rest = after;
            let next = names.len();
            return Some(Term::Blank(*names.entry(label.to_owned()).or_insert(next)));
        }
        let after = rest.strip_prefix('"')?;
        let mut value = String::new();
        let mut chars = after.char_indices();
        let end = loop {
            match chars.next()? {
                (at, '"') => break at,
                (_, '\\') => value.push(match chars.next()?.1 {
                    't' => '\t',
                    'b' => '\u{8}',
                    'n' => '\n',
                    'r' => '\r',
                    'f' => '\u{c}',
                    'u' => {
                        let code: String = (0..4).filter_map(|_| chars.next()).map(|(_, c)| c).collect();
                        char::from_u32(u32::from_str_radix(&code, 16).ok()?)?
                    }
                    'U' => {
                        let code: String = (0..8).filter_map(|_| chars.next()).map(|(_, c)| c).collect();
                        char::from_u32(u32::from_str_radix(&code, 16).ok()?)?
                    }
                    other => other,
                }),
                (_, c) => value.push(c),
            }
        };
        *rest = &after[end + 1..];
        if let Some(after) = rest.strip_prefix("^^<") {
            let (datatype, after) = after.split_once('>')?;
            *rest = after;
            return Some(Term::typed(value, plain(datatype)));
        }
        if let Some(after) = rest.strip_prefix('@') {
            let (tag, after) = after.split_once(' ')?;
            *rest = after;
            return Some(Term::Literal { value, datatype: String::new(), language: Some(tag.to_owned()) });
        }
        Some(Term::typed(value, XSD_STRING))
    };
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let mut rest = line;
            let subject = term(&mut rest).unwrap();
            let Some(Term::Iri(predicate)) = term(&mut rest) else { panic!("{line}") };
            let object = term(&mut rest).unwrap();
            let graph = term(&mut rest);
            Quad { subject, predicate, object, graph }
        })
        .collect()
}

#[test]
fn the_tests_of_rdfc_come_out_to_the_letter() {
    let mut passed = 0;
    for case in fixture("rdfc10.json")["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        // With another hash.
        if name == "test075" {
            continue;
        }
        let quads = read_lines(case["input"].as_str().unwrap());
        match (canonical_quads(&quads), case["output"].as_str()) {
            (Ok(lines), Some(expected)) => assert_eq!(lines, expected, "{name}"),
            (Err(LdError::TooAlike), None) => {}
            (outcome, expected) => panic!("{name}: {outcome:?}, {expected:?}"),
        }
        passed += 1;
    }
    assert_eq!(passed, 64);
}

#[test]
fn the_hashes_of_linked_data_vectors_are_those_of_veramo() {
    for vector in fixture("json-ld-vectors.json")["ld"].as_array().unwrap() {
        let mut document = vector["document"].clone();
        let mut proof = document.as_object_mut().unwrap().shift_remove("proof").unwrap();
        for name in ["proofValue", "jws"] {
            proof.as_object_mut().unwrap().shift_remove(name);
        }
        proof["@context"] = document["@context"].clone();
        assert_eq!(hash(&canonical(&document).unwrap()), vector["docHash"], "{}", vector["name"]);
        assert_eq!(hash(&canonical(&proof).unwrap()), vector["proofHash"], "{}", vector["name"]);
    }
}

#[test]
fn the_hashes_of_data_integrity_vectors_are_those_of_w3c() {
    let vectors = fixture("data-integrity-vectors.json");
    for vector in vectors["vectors"].as_array().unwrap() {
        let name = vector["suite"].as_str().unwrap();
        if name == "employ" || name.contains("jcs") {
            continue;
        }
        let mut document = vector["signed"].clone();
        let mut proof = document.as_object_mut().unwrap().shift_remove("proof").unwrap();
        proof.as_object_mut().unwrap().shift_remove("proofValue");
        proof["@context"] = document["@context"].clone();
        let lines = canonical(&document).unwrap();
        assert_eq!(lines.trim(), vector["canonicalDocument"].as_str().unwrap().trim(), "{name}");
        assert_eq!(hash(&lines), vector["docHash"], "{name}");
        assert_eq!(hash(&canonical(&proof).unwrap()), vector["proofHash"], "{name}");
    }
}

#[test]
fn every_context_is_the_one_that_is_noted() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("contexts");
    let noted = std::fs::read_to_string(directory.join("SHA256SUMS")).unwrap();
    let readme = std::fs::read_to_string(directory.join("README.md")).unwrap();
    for line in noted.lines() {
        let (sum, file) = line.split_once("  ").unwrap();
        let text = std::fs::read_to_string(directory.join(file)).unwrap();
        assert_eq!(hash(&text), sum, "{file}");
        assert!(contexts::BUNDLED.iter().any(|(_, bundled)| *bundled == text), "{file} is not compiled in");
        assert!(readme.contains(file), "{file} is not in the README");
    }
    for (address, text) in contexts::BUNDLED {
        assert!(noted.contains(&hash(text)), "{address} is not noted");
        assert!(readme.contains(address), "{address} is not in the README");
        let document = json!({"@context": address, "@id": "urn:x"});
        assert_eq!(canonical(&document).as_deref(), Ok(""), "{address}");
    }
}

fn credential() -> Value {
    json!({
        "@context": [V1], "id": "urn:uuid:1", "type": ["VerifiableCredential"], "issuer": {"id": "did:example:a"},
        "issuanceDate": "2026-01-01T00:00:00Z", "credentialSubject": {"id": "did:example:b"},
    })
}

#[test]
fn what_no_context_defines_is_refused_wherever_it_stands() {
    assert!(canonical(&credential()).is_ok());
    let cases: [(&str, Value, &str); 9] = [
        ("/credentialSubject/id", json!("alice"), "alice"),
        ("/issuer/id", json!("not an iri"), "not an iri"),
        ("/credentialSubject", json!({"id": "did:example:b", "nickname": "Al"}), "nickname"),
        ("/credentialSubject", json!({"id": "did:example:b", "a b:c": "Al"}), "a b:c"),
        ("/credentialSubject", json!({"id": "did:example:b", "_:c": "Al"}), "_:c"),
        ("/credentialSubject", json!({"id": "did:example:b", "@index": "Al"}), "@index"),
        ("/credentialSubject", json!({"id": "did:example:b", "@unknown": "Al"}), "@unknown"),
        ("/type", json!(["VerifiableCredential", "Diploma"]), "Diploma"),
        ("/id", json!("relative"), "relative"),
    ];
    for (at, value, named) in cases {
        let mut document = credential();
        *document.pointer_mut(at).unwrap() = value;
        let refusal = canonical(&document).unwrap_err();
        assert!(refusal.to_string().contains(named), "{at}: {refusal}");
    }
}

#[test]
fn a_context_cannot_take_a_term_away_from_under_the_signature() {
    let nickname = json!({"nickname": "https://example.org/nickname"});
    let with = |context: Value| {
        let mut document = credential();
        document["@context"] = json!([V1, nickname, context]);
        document["credentialSubject"]["nickname"] = json!("Al");
        canonical(&document)
    };
    assert!(with(json!({})).is_ok());
    for context in [
        json!({"nickname": null}),
        json!({"nickname": {"@id": null}}),
        json!({"nickname": "_:b"}),
        json!({"nickname": "@index"}),
        json!({"nickname": "@nest"}),
        json!({"nickname": {"@id": "https://example.org/n", "@container": "@index"}}),
        json!({"@vocab": null}),
        json!({"@base": "https://example.org/"}),
        json!({"@import": "https://w3id.org/security/v1"}),
        json!({"@propagate": false}),
        json!({"nickname": {"@reverse": "https://example.org/n"}}),
        json!({"VerifiableCredential": "https://example.org/other"}),
        json!(null),
        json!(7),
    ] {
        assert!(with(context.clone()).is_err(), "{context}");
    }
}

#[test]
fn a_context_that_is_not_bundled_is_named_wherever_it_stands() {
    let unknown = "https://example.org/contexts/1";
    let inside = json!({"t": {"@id": "https://example.org/t", "@context": unknown}});
    for context in [json!([V1, unknown]), json!([V1, inside])] {
        let mut document = credential();
        document["@context"] = context;
        document["credentialSubject"]["t"] = json!({"id": "urn:x"});
        assert_eq!(canonical(&document), Err(LdError::UnknownContext(unknown.to_owned())));
    }
}

#[test]
fn documents_that_say_the_same_are_signed_alike_and_others_are_not() {
    let of = |subject: Value| {
        canonical(&json!({"@context": [V2, "https://www.w3.org/ns/credentials/examples/v2"],
            "type": "VerifiableCredential", "credentialSubject": subject}))
    };
    let plain = of(json!({"name": "Al", "n": 1.0, "list": ["a", "b"]})).unwrap();
    assert_eq!(of(json!({"list": [["b"], null, "a"], "n": 1, "name": ["Al"]})).unwrap(), plain);
    for other in [
        json!({"name": "Al", "n": 1.5, "list": ["a", "b"]}),
        json!({"name": "Al", "n": "1", "list": ["a", "b"]}),
        json!({"name": "Al", "n": true, "list": ["a", "b"]}),
        json!({"name": {"@value": "Al", "@language": "en"}, "n": 1, "list": ["a", "b"]}),
        json!({"name": "Al", "n": 1, "list": ["a"]}),
        json!({"name": "Al", "n": 1, "list": {"@list": ["a", "b"]}}),
    ] {
        assert_ne!(of(other.clone()).unwrap(), plain, "{other}");
    }
    assert!(of(json!({"n": 5.5})).unwrap().contains("\"5.5E0\"^^<http://www.w3.org/2001/XMLSchema#double>"));
    assert!(of(json!({"n": 1e21})).unwrap().contains("\"1.0E21\""));
    assert!(of(json!({"n": 9_007_199_254_740_993_i64})).is_err(), "readers do not agree on it");
}

#[test]
fn what_would_take_too_long_is_refused() {
    // Every node leads to every other, and none has a name.
    let names: Vec<String> = (0..10).map(|n| format!("_:n{n}")).collect();
    let clique: Vec<Value> = names
        .iter()
        .map(|one| {
            let others: Vec<Value> =
                names.iter().filter(|other| *other != one).map(|other| json!({"@id": other})).collect();
            json!({"@id": one, "knows": others})
        })
        .collect();
    let poison = json!({"@context": "https://schema.org", "@id": "urn:x", "knows": clique});
    assert_eq!(canonical(&poison), Err(LdError::TooAlike));

    let mut deep = json!({"name": "x"});
    for _ in 0..200 {
        deep = json!({"knows": deep});
    }
    deep["@context"] = json!("https://schema.org");
    assert!(matches!(canonical(&deep), Err(LdError::TooMuch(..))));

    let again: Vec<Value> =
        (0..100).map(|_| json!({"@context": "https://schema.org", "name": "x"})).collect();
    let heavy = json!({"@context": "https://schema.org", "knows": again});
    assert!(matches!(canonical(&heavy), Err(LdError::TooMuch(..))));

    let wide: Vec<Value> = (0..30_000).map(Value::from).collect();
    let wide = json!({"@context": "https://schema.org", "name": wide});
    assert!(matches!(canonical(&wide), Err(LdError::TooMuch(..))));
}

#[test]
fn the_tests_of_json_ld_come_out_as_they_should() {
    for case in fixture("json-ld-to-rdf.json")["cases"].as_array().unwrap() {
        let expected = canonical_quads(&read_lines(case["output"].as_str().unwrap())).unwrap();
        assert_eq!(canonical(&case["input"]).as_deref(), Ok(expected.as_str()), "{}", case["name"]);
    }
}
