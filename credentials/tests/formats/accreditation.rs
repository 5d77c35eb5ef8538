//! Trust-chain documents, scope rules and hops.

use chrono::DateTime;
use credentials::accreditation::{
    Accreditation, AccreditationError, AccreditationInput, AccreditedFor, HopCheckName, JurisdictionRule,
    Kind, Pointer, Question, Role, SchemaKey, ScopeViolation, Terms, build, check_hop, covers, kind_of_type,
    same_reference,
};
use credentials::did_url::{ResourceIdentity, resource_by_name};
use credentials::vc;
use domain::id::{Did, ResourceId, accreditation_id};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::vector_files::captures;

const ROOT: &str = "did:cheqd:testnet:b1eb1c3d-fc01-48a8-80d9-f284109a1881";
const TAO: &str = "did:cheqd:testnet:bc529603-457a-4bb2-a0c4-fda3b1286995";
const TI: &str = "did:cheqd:testnet:32b9e08a-07b3-4bf6-a7cf-1d4bc5d4a9b6";
const ID: &str = "5c6d5f32-4f96-46d8-becf-d813281f571e";
const OTHER_ID: &str = "00000000-0000-4000-8000-000000000000";

fn schema(name: &str) -> String {
    format!("{ROOT}?resourceName={name}&resourceType=JSONSchemaValidator2020")
}

fn grant(schema: &str, types: &[&str]) -> AccreditedFor {
    AccreditedFor::new(schema, types.iter().copied())
}

fn placed(mut entry: AccreditedFor, places: &[&str]) -> AccreditedFor {
    entry.limit_jurisdiction = Some(places.iter().map(|place| (*place).to_owned()).collect());
    entry
}

fn root_ref() -> String {
    format!("{ROOT}/resources/{ID}")
}

fn accreditation(
    kind: Option<Kind>,
    issuer: &str,
    subject: &str,
    scope: Vec<AccreditedFor>,
) -> Accreditation {
    let (parent, root) = (format!("{issuer}/resources/{OTHER_ID}"), root_ref());
    let terms = match kind {
        Some(Kind::Authorize) => Terms::TrustFramework {
            framework: "Edu".to_owned(),
            framework_id: "https://edu.example".to_owned(),
        },
        Some(_) => Terms::Accreditation { parent, root },
        None => Terms::Attestation { parent, root },
    };
    Accreditation { kind, issuer: issuer.to_owned(), subject: subject.to_owned(), scope, terms: Some(terms) }
}

fn failed(checks: &[credentials::accreditation::HopCheck]) -> Vec<HopCheckName> {
    checks.iter().filter(|check| check.failure.is_some()).map(|check| check.name).collect()
}

#[test]
fn building_gives_what_cheqd_studio_signed() {
    for (capture, kind) in [("223", Kind::Authorize), ("224", Kind::Accredit)] {
        let captures = captures();
        let (request, theirs) =
            (&captures[capture]["request"], &captures[capture]["response"]["accreditation"]);
        let member = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
        let terms = match kind {
            Kind::Authorize => Terms::TrustFramework {
                framework: member("trustFramework"),
                framework_id: member("trustFrameworkId"),
            },
            _ => Terms::Accreditation {
                parent: member("parentAccreditation"),
                root: member("rootAuthorization"),
            },
        };
        let issued = vc::normalise(theirs["proof"]["jwt"].as_str().unwrap()).unwrap();
        let credential = build(&AccreditationInput {
            kind,
            issuer_did: &member("issuerDid"),
            subject_did: &member("subjectDid"),
            scope: &AccreditedFor::parse_list(Some(&request["schemas"])).unwrap(),
            terms: &terms,
            attributes: request["attributes"].as_object().unwrap_or(&Map::new()),
            contexts: &[],
            types: &[],
            issuance_date: DateTime::parse_from_rfc3339(issued["issuanceDate"].as_str().unwrap())
                .unwrap()
                .to_utc(),
            expiration_date: None,
            credential_status: None,
            extra: &Map::new(),
        })
        .unwrap();
        let claims = vc::jwt_claims(&credential, &member("issuerDid")).unwrap();
        let compact = theirs["proof"]["jwt"].as_str().unwrap();
        let signed = Value::Object(credentials::jwt::parse(compact).unwrap().claims);
        assert_eq!(claims, signed, "{capture}");
        let read = Accreditation::parse(theirs).unwrap();
        assert_eq!(read.kind, Some(kind));
        assert_eq!(read.terms, Some(terms));
        assert_eq!(read.issuer, member("issuerDid"));
        assert_eq!(read.subject, member("subjectDid"));
    }
}

#[test]
fn a_captured_chain_hangs_together_hop_by_hop() {
    let captures = captures();
    let credential = Accreditation::parse(&captures["228"]["response"]).unwrap();
    assert_eq!(credential.kind, None);
    let question = Question::of_document(&credential).unwrap();
    assert_eq!(question.role, Role::Attestation);
    let types = ["VerifiableCredential", "DegreeCredential"];
    let attest = accreditation(Some(Kind::Attest), TAO, TI, vec![grant(&schema("degree"), &types)]);
    assert_eq!(failed(&check_hop(&question, &attest, None)), []);

    let accredit = Accreditation::parse(&captures["224"]["response"]["accreditation"]).unwrap();
    let question = Question::of_document(&attest).unwrap();
    assert_eq!(question.role, Role::Accreditation);
    assert_eq!(failed(&check_hop(&question, &accredit, None)), []);
    let authorize = Accreditation::parse(&captures["223"]["response"]["accreditation"]).unwrap();
    let question = Question::of_document(&accredit).unwrap();
    assert_eq!(failed(&check_hop(&question, &authorize, None)), []);
    assert_eq!(Question::of_document(&authorize), None);
}

fn input_for<'a>(
    kind: Kind,
    terms: &'a Terms,
    attributes: &'a Map<String, Value>,
    types: &'a [String],
    extra: &'a Map<String, Value>,
) -> AccreditationInput<'a> {
    AccreditationInput {
        kind,
        issuer_did: ROOT,
        subject_did: TAO,
        scope: &[],
        terms,
        attributes,
        contexts: &[],
        types,
        issuance_date: DateTime::UNIX_EPOCH,
        expiration_date: None,
        credential_status: None,
        extra,
    }
}

#[test]
fn documents_that_would_be_ambiguous_are_not_built() {
    let none = Map::new();
    let framework = Terms::TrustFramework { framework: "a".to_owned(), framework_id: "b".to_owned() };
    let incomplete = Terms::TrustFramework { framework: "a".to_owned(), framework_id: String::new() };
    let below = Terms::Accreditation { parent: root_ref(), root: root_ref() };
    let no_parent = Terms::Accreditation { parent: String::new(), root: root_ref() };
    let attestation = Terms::Attestation { parent: root_ref(), root: root_ref() };
    let message = |kind, terms: &Terms| {
        build(&input_for(kind, terms, &none, &[], &none)).map_err(|error| error.to_string())
    };
    assert!(message(Kind::Authorize, &framework).is_ok());
    assert!(message(Kind::Accredit, &below).is_ok());
    assert_eq!(
        message(Kind::Authorize, &incomplete).unwrap_err(),
        "trustFramework and trustFrameworkId are required for an authorize operation"
    );
    assert_eq!(
        message(Kind::Authorize, &below).unwrap_err(),
        "parentAccreditation or rootAuthorization is not required for an authorize operation"
    );
    for (kind, terms) in
        [(Kind::Accredit, &framework), (Kind::Attest, &no_parent), (Kind::Attest, &attestation)]
    {
        assert!(message(kind, terms).is_err());
    }
    for name in ["id", "accreditedFor"] {
        let attributes = Map::from_iter([(name.to_owned(), json!("x"))]);
        let error = build(&input_for(Kind::Accredit, &below, &attributes, &[], &none)).unwrap_err();
        assert!(matches!(error, AccreditationError::ReservedAttribute(_)));
    }
    let types = ["VerifiableAuthorisationForTrustChain".to_owned()];
    assert!(build(&input_for(Kind::Accredit, &below, &none, &types, &none)).is_err());
    // A second place in a chain among the caller's own terms.
    let extra = Map::from_iter([("termsOfUse".to_owned(), json!([below.to_json()]))]);
    assert_eq!(
        build(&input_for(Kind::Accredit, &below, &none, &[], &extra)),
        Err(AccreditationError::SeveralTerms)
    );
    let extra = Map::from_iter([("termsOfUse".to_owned(), json!({"type": "IssuerPolicy"}))]);
    let credential = build(&input_for(Kind::Accredit, &below, &none, &[], &extra)).unwrap();
    assert_eq!(Accreditation::parse(&credential).unwrap().terms, Some(below.clone()));
    let extra = Map::from_iter([("issuer".to_owned(), json!(TI))]);
    assert!(build(&input_for(Kind::Accredit, &below, &none, &[], &extra)).is_err());
}

#[test]
fn old_spellings_are_the_same_kinds() {
    for (name, kind) in [
        ("VerifiableAuthorisationForTrustChain", Kind::Authorize),
        ("VerifiableAuthorizationForTrustChain", Kind::Authorize),
        ("VerifiableAccreditationToAccredit", Kind::Accredit),
        ("VerifiableAccreditationToAttest", Kind::Attest),
    ] {
        assert_eq!(kind_of_type(name), Some(kind));
    }
    let document = json!({
        "issuer": {"id": ROOT}, "type": ["VerifiableCredential", "VerifiableAuthorisationForTrustChain"],
        "credentialSubject": {"id": TAO, "accreditedFor": {"schemaId": schema("a"), "types": "A"}},
        "termsOfUse": {"type": "TrustFrameworkPolicy", "trustFramework": "https://x"},
    });
    let read = Accreditation::parse(&document).unwrap();
    assert_eq!(read.kind, Some(Kind::Authorize));
    assert_eq!(read.scope, [grant(&schema("a"), &["A"])]);
    let below = json!({
        "issuer": ROOT, "type": ["VerifiableCredential", "VerifiableAccreditationToAccredit"],
        "credentialSubject": {"id": TAO, "accreditedFor": []},
        "termsOfUse": [{"type": "AccreditationPolicy", "parentAccreditation": "p", "rootAuthorisation": "r"}],
    });
    assert_eq!(Accreditation::parse(&below).unwrap().terms.unwrap().root(), Some("r"));
}

#[test]
fn malformed_documents_are_refused() {
    let good = json!({
        "issuer": {"id": ROOT}, "type": ["VerifiableCredential", "VerifiableAccreditationToAccredit"],
        "credentialSubject": {"id": TAO, "accreditedFor": [{"schemaId": schema("a"), "types": ["A"]}]},
        "termsOfUse": {"type": "AccreditationPolicy", "parentAccreditation": "p", "rootAuthorization": "r"},
    });
    assert!(Accreditation::parse(&good).is_ok());
    for (pointer, value) in [
        ("/issuer", json!(null)),
        ("/credentialSubject", json!([])),
        ("/credentialSubject", json!([{"id": TAO}, {"id": TI}])),
        ("/credentialSubject/id", json!(null)),
        ("/credentialSubject/accreditedFor/0/schemaId", json!(" ")),
        ("/credentialSubject/accreditedFor/0/types", json!(["A", 1])),
        ("/credentialSubject/accreditedFor", json!(vec![json!({"schemaId": "x", "types": []}); 257])),
        ("/termsOfUse/parentAccreditation", json!("")),
        ("/type", json!(["VerifiableAccreditationToAccredit", "VerifiableAccreditationToAttest"])),
    ] {
        let mut document = good.clone();
        *document.pointer_mut(pointer).unwrap() = value.clone();
        assert!(Accreditation::parse(&document).is_err(), "{pointer}: {value}");
    }
    let mut without = good;
    without["credentialSubject"].as_object_mut().unwrap().remove("accreditedFor");
    assert!(Accreditation::parse(&without).is_err());
}

#[test]
fn schema_keys_compare_what_is_named_and_not_how() {
    let key = SchemaKey::parse(&schema("degree"));
    for same in [
        format!("https://resolver.cheqd.net/1.0/identifiers/{}", schema("degree")),
        format!("http://localhost:3000/1.0/identifiers/{}", schema("degree")),
        format!("{ROOT}?resourceType=JSONSchemaValidator2020&resourceName=degree"),
        schema("degree").replace("b1eb1c3d", "B1EB1C3D"),
    ] {
        assert_eq!(SchemaKey::parse(&same), key, "{same}");
    }
    for other in [
        schema("Degree"),
        schema("other"),
        schema("degree").replace(ROOT, TAO),
        "https://schema.org/x".to_owned(),
    ] {
        assert!(!key.covers(&SchemaKey::parse(&other)), "{other}");
    }
    assert_eq!(SchemaKey::parse("https://schema.org/x"), SchemaKey::Other("https://schema.org/x".to_owned()));
}

#[test]
fn an_unpinned_grant_covers_pinned_requests_but_not_the_reverse() {
    let unpinned = SchemaKey::parse(&schema("degree"));
    let pinned = SchemaKey::parse(&format!("{}&resourceId={ID}", schema("degree")));
    let other = SchemaKey::parse(&format!("{}&resourceId={OTHER_ID}", schema("degree")));
    let by_id = SchemaKey::parse(&format!("{ROOT}/resources/{ID}"));
    assert!(unpinned.covers(&pinned) && pinned.covers(&pinned));
    assert!(!pinned.covers(&unpinned) && !pinned.covers(&other));
    // An id alone is compared by the id, and by name once its name is known.
    assert!(pinned.covers(&by_id) && by_id.covers(&pinned) && by_id.covers(&by_id));
    assert!(!unpinned.covers(&by_id) && !by_id.covers(&unpinned));
    let known = by_id.with_name("degree", "JSONSchemaValidator2020");
    assert!(unpinned.covers(&known) && known == pinned);
    let version = SchemaKey::parse(&format!("{}&resourceVersion=1.0", schema("degree")));
    assert!(unpinned.covers(&version) && !version.covers(&unpinned) && !version.covers(&pinned));
}

#[test]
fn scope_needs_one_entry_with_all_types() {
    let rule = JurisdictionRule::Narrow;
    let parent = [
        grant(&schema("a"), &["VerifiableCredential", "A", "B"]),
        grant(&schema("a"), &["C"]),
        grant(&schema("b"), &["D"]),
    ];
    let ask = |name: &str, types: &[&str]| covers(&parent, &[grant(&schema(name), types)], rule);
    assert_eq!(ask("a", &["B", "A"]), Ok(()));
    assert_eq!(ask("a", &["C"]), Ok(()));
    assert!(matches!(ask("b", &["VerifiableCredential", "D"]), Err(ScopeViolation::Types { .. })));
    assert_eq!(ask("a", &["VerifiableCredential"]), Ok(()));
    assert!(matches!(ask("b", &["VerifiableCredential"]), Err(ScopeViolation::Types { .. })));
    assert_eq!(
        ask("a", &["A", "C"]),
        Err(ScopeViolation::Types { schema_id: schema("a"), types: vec!["C".to_owned()] }),
        "two entries do not add up"
    );
    assert_eq!(ask("c", &["A"]), Err(ScopeViolation::Schema { schema_id: schema("c") }));
    assert_eq!(covers(&parent, &[], rule), Ok(()));
    assert!(covers(&[], &[grant(&schema("a"), &["A"])], rule).is_err());
    let both = [grant(&schema("a"), &["A"]), grant(&schema("b"), &["X"])];
    assert!(covers(&parent, &both, rule).is_err(), "every entry must be covered");
}

#[test]
fn a_credential_is_held_against_its_specific_types() {
    let credential = |types: &[&str]| json!({"issuer": TI, "type": types, "credentialSubject": {"id": TAO}, "credentialSchema": schema("a")});
    let scope = |types: &[&str]| Accreditation::parse(&credential(types)).unwrap().scope;
    assert_eq!(scope(&["VerifiableCredential", "A"]), [grant(&schema("a"), &["A"])]);
    assert_eq!(scope(&["VerifiableCredential"]), [grant(&schema("a"), &["VerifiableCredential"])]);
    let mut object = credential(&["VerifiableCredential", "A"]);
    object["credentialSchema"] = json!([{"id": schema("b"), "type": "JsonSchema"}, schema("a")]);
    let both = [grant(&schema("b"), &["A"]), grant(&schema("a"), &["A"])];
    assert_eq!(Accreditation::parse(&object).unwrap().scope, both);
}

#[test]
fn places_only_narrow() {
    let everywhere = grant(&schema("a"), &["A"]);
    let here = placed(everywhere.clone(), &["DE", "FR"]);
    let narrower = placed(everywhere.clone(), &["DE"]);
    let elsewhere = placed(everywhere.clone(), &["DE", "US"]);
    let ask = |parent: &AccreditedFor, child: &AccreditedFor, rule| {
        covers(std::slice::from_ref(parent), std::slice::from_ref(child), rule).is_ok()
    };
    let (narrow, if_named) = (JurisdictionRule::Narrow, JurisdictionRule::IfNamed);
    assert!(
        ask(&everywhere, &elsewhere, narrow) && ask(&here, &narrower, narrow) && ask(&here, &here, narrow)
    );
    assert!(!ask(&here, &elsewhere, narrow) && !ask(&here, &everywhere, narrow));
    assert!(ask(&here, &everywhere, if_named) && !ask(&here, &elsewhere, if_named));
    let parent = [here, placed(grant(&schema("a"), &["A"]), &["US"])];
    assert!(covers(&parent, &[placed(everywhere, &["US"])], narrow).is_ok());
}

#[test]
fn each_broken_invariant_is_named() {
    let scope = vec![grant(&schema("a"), &["A"])];
    let child = accreditation(Some(Kind::Accredit), TAO, TI, scope.clone());
    let question = Question::of_document(&child).unwrap();
    let parent = accreditation(Some(Kind::Accredit), ROOT, TAO, scope.clone());
    assert_eq!(failed(&check_hop(&question, &parent, None)), []);
    assert_eq!(check_hop(&question, &parent, None).len(), 5);

    let wrong_subject = accreditation(Some(Kind::Accredit), ROOT, TI, scope.clone());
    let checks = check_hop(&question, &wrong_subject, None);
    assert_eq!(failed(&checks), [HopCheckName::Subject]);
    assert_eq!(
        checks[1].failure.as_deref(),
        Some(format!("Expected accreditation to be linked to subject DID {TAO}, but found it linked to DID {TI} instead.").as_str())
    );
    let narrow = accreditation(Some(Kind::Accredit), ROOT, TAO, vec![grant(&schema("a"), &["B"])]);
    assert_eq!(failed(&check_hop(&question, &narrow, None)), [HopCheckName::Scope]);
    let attest = accreditation(Some(Kind::Attest), ROOT, TAO, scope.clone());
    assert_eq!(failed(&check_hop(&question, &attest, None)), [HopCheckName::Kind]);
    let mut other_root = parent.clone();
    other_root.terms =
        Some(Terms::Accreditation { parent: root_ref(), root: format!("{ROOT}/resources/{OTHER_ID}") });
    assert_eq!(failed(&check_hop(&question, &other_root, None)), [HopCheckName::Root]);
    let mut no_terms = parent.clone();
    no_terms.terms = None;
    assert_eq!(failed(&check_hop(&question, &no_terms, None)), [HopCheckName::References]);
    let mut root_with_parent = parent;
    root_with_parent.kind = Some(Kind::Authorize);
    assert_eq!(failed(&check_hop(&question, &root_with_parent, None)), [HopCheckName::References]);
    let attestation = accreditation(None, ROOT, TAO, scope.clone());
    assert_eq!(failed(&check_hop(&question, &attestation, None)), [HopCheckName::Kind]);

    // A credential needs the right to attest, and a verifier's question any of the three.
    let credential = Question::of_document(&accreditation(None, TAO, TI, scope.clone())).unwrap();
    let verifier = Question::of_verifier(TAO, scope.clone(), None);
    for kind in Kind::ALL {
        let document = accreditation(Some(kind), ROOT, TAO, scope.clone());
        let expected = if kind == Kind::Attest { vec![] } else { vec![HopCheckName::Kind] };
        assert_eq!(failed(&check_hop(&credential, &document, None)), expected);
        assert_eq!(failed(&check_hop(&verifier, &document, None)), []);
    }
    let no_schema = Question { scope: Vec::new(), ..credential };
    assert_eq!(failed(&check_hop(&no_schema, &attest, None)), [HopCheckName::Scope]);
    assert_eq!(failed(&check_hop(&Question { scope: Vec::new(), ..verifier }, &attest, None)), []);
}

#[test]
fn one_root_may_be_named_in_two_ways_once_it_is_known() {
    let by_id = root_ref();
    let by_name = format!("{ROOT}?resourceName=eduRoot&resourceType=VerifiableAuthorisationForTrustChain");
    let identity = ResourceIdentity {
        did: ROOT.to_owned(),
        id: Uuid::parse_str(ID).unwrap(),
        name: "eduRoot".to_owned(),
        resource_type: "VerifiableAuthorizationForTrustChain".to_owned(),
    };
    assert!(same_reference(&by_id, &format!("https://r.example/1.0/identifiers/{by_id}"), None));
    assert!(!same_reference(&by_id, &by_name, None));
    assert!(same_reference(&by_id, &by_name, Some(&identity)));
    let other = format!("{ROOT}/resources/{OTHER_ID}");
    assert!(!same_reference(&other, &by_name, Some(&identity)));
}

fn arbitrary_scope() -> impl Strategy<Value = Vec<AccreditedFor>> {
    let entry = (
        prop::sample::select(vec!["a", "b"]),
        prop::option::of(prop::sample::select(vec![ID, OTHER_ID])),
        prop::collection::vec(prop::sample::select(vec!["VerifiableCredential", "A", "B", "C"]), 1..4),
        prop::option::of(prop::collection::vec(prop::sample::select(vec!["DE", "FR"]), 0..3)),
    );
    prop::collection::vec(entry, 0..4).prop_map(|entries| {
        entries
            .into_iter()
            .map(|(name, pin, types, places)| {
                let pin = pin.map(|id| format!("&resourceId={id}")).unwrap_or_default();
                let entry = grant(&format!("{}{pin}", schema(name)), &types);
                match places {
                    Some(places) => placed(entry, &places),
                    None => entry,
                }
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn covering_is_reflexive_and_transitive(a in arbitrary_scope(), b in arbitrary_scope(), c in arbitrary_scope()) {
        let rule = JurisdictionRule::Narrow;
        prop_assert_eq!(covers(&a, &a, rule), Ok(()));
        if covers(&a, &b, rule).is_ok() && covers(&b, &c, rule).is_ok() {
            prop_assert_eq!(covers(&a, &c, rule), Ok(()));
        }
    }

    #[test]
    fn a_bigger_parent_never_covers_less(a in arbitrary_scope(), more in arbitrary_scope(), child in arbitrary_scope()) {
        let rule = JurisdictionRule::Narrow;
        if covers(&a, &child, rule).is_ok() {
            let bigger: Vec<_> = a.into_iter().chain(more).collect();
            prop_assert_eq!(covers(&bigger, &child, rule), Ok(()));
        }
    }

    #[test]
    fn arbitrary_schema_text_never_panics(text in ".{0,80}") {
        let key = SchemaKey::parse(&text);
        prop_assert!(key.covers(&key));
    }
}

/// docs/trust.md#the-walk: terms of the other kind of document declare no chain.
#[test]
fn a_document_hangs_where_the_terms_of_its_kind_say() {
    let above = |types: &[&str], policy: &str| {
        let document = json!({"issuer": {"id": TAO}, "type": types,
            "credentialSubject": {"id": TI, "accreditedFor": [{"schemaId": "did:cheqd:testnet:x?resourceName=a&resourceType=b",
                "types": ["Person"]}]},
            "termsOfUse": {"type": policy, "parentAccreditation": "did:x:parent", "rootAuthorization": "did:x:root"}});
        Accreditation::parse(&document).unwrap().above().map(str::to_owned)
    };
    let parent = Some("did:x:parent".to_owned());
    let accreditation = ["VerifiableCredential", "VerifiableAccreditationToAttest"];
    assert_eq!(above(&["VerifiableCredential"], "AttestationPolicy"), parent);
    assert_eq!(above(&["VerifiableCredential"], "AccreditationPolicy"), None);
    assert_eq!(above(&["VerifiableCredential"], "OtherPolicy"), None);
    assert_eq!(above(&accreditation, "AccreditationPolicy"), parent);
    assert_eq!(above(&accreditation, "AttestationPolicy"), None);
}

#[test]
fn a_reference_is_read_however_it_is_written() {
    let version = Some(Pointer::Version(ResourceId(Uuid::parse_str(ID).unwrap())));
    assert_eq!(Pointer::parse(&format!("{ROOT}/resources/{ID}")), version);
    assert_eq!(Pointer::parse(&format!("https://r.example/1.0/identifiers/{ROOT}/resources/{ID}")), version);
    let did = Did::parse(ROOT).unwrap();
    let line = accreditation_id(&did, "a b&c", "VerifiableAccreditationToAccredit");
    let query = "resourceName=a%20b%26c&resourceType=VerifiableAccreditationToAccredit";
    assert_eq!(Pointer::parse(&format!("{ROOT}?{query}")), Some(Pointer::Line(line)));
    for name in ["R&D", "x+y", "100%", "a=b", "#", ";", "ä"] {
        let (kind, line) = ("T", accreditation_id(&did, name, "T"));
        let url = resource_by_name(ROOT, name, kind);
        assert_eq!(Pointer::parse(&url), Some(Pointer::Line(line)), "verdicts 9: {url}");
    }
    for nothing in ["", "https://example.org", ROOT, "did:cheqd:testnet:x?resourceName=a", "did:cheqd:é%"] {
        assert_eq!(Pointer::parse(nothing), None, "{nothing}");
    }
}
