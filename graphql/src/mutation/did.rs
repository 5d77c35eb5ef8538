//! `createDid`, `updateDid`, `deactivateDid`.

use super::{DidPayload, job};
use crate::{
    asking::asking,
    fault::Result,
    input::{self, CreateDidInput, DeactivateDidInput, ServiceInput, UpdateDidInput, invalid, members},
    view::kind::SigningMode,
    write::{Either, Options, Receipt, one_of, perform},
};
use app::{
    Call, Fault,
    did::{
        CreateDid, DeactivateDid, DidIdentifier, GivenDocument, GivenSections, NewDocument, UpdateDid,
        changes::not_alone,
    },
    job::JobAct,
};
use async_graphql::{Context, Object};
use domain::{
    did::DidLabel,
    id::{Did, KeyId},
};
use serde_json::Value;

#[derive(Default)]
pub(super) struct DidMutation;

#[Object]
impl DidMutation {
    /// Creates a DID on the ledger.
    async fn create_did(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CreateDidInput,
    ) -> Result<DidPayload> {
        let options = Options::from(&input.write);
        if input.mode.0 == SigningMode::Client {
            let act = new_did(input).map(JobAct::DidCreate);
            return job::open(ctx, options, act).await.map(Into::into);
        }
        let shown = |call: &Call, made: Option<DidIdentifier>| {
            made.map(|made| Receipt::of(&made.did)).unwrap_or_default().by(call.operation(""))
        };
        let receipt = perform(ctx, options, new_did(input), shown).await?;
        named(ctx, receipt).await.map(Into::into)
    }

    /// Writes a new version of a DID document.
    async fn update_did(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: UpdateDidInput,
    ) -> Result<DidPayload> {
        let options = Options::from(&input.write);
        let is_by_client = input.mode.0 == SigningMode::Client;
        let act = new_version(input);
        if is_by_client {
            return job::open(ctx, options, act.map(JobAct::DidUpdate)).await.map(Into::into);
        }
        let shown = of(act.as_ref().ok().map(UpdateDid::did));
        perform(ctx, options, act, |call, _| shown.by(call.operation(""))).await.map(Into::into)
    }

    /// Ends a DID for good. Asking again changes nothing and is no error.
    async fn deactivate_did(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: DeactivateDidInput,
    ) -> Result<DidPayload> {
        let act = input::did("did", &input.did).map(DeactivateDid);
        if input.mode.0 == SigningMode::Client {
            let act = act.map(JobAct::DidDeactivate);
            return job::open(ctx, (&input.write).into(), act).await.map(Into::into);
        }
        let shown = of(act.as_ref().ok().map(|DeactivateDid(did)| did));
        perform(ctx, &input.write, act, |call, _| shown.by(call.operation(""))).await.map(Into::into)
    }
}

fn of(did: Option<&Did>) -> Receipt {
    did.map(Receipt::of).unwrap_or_default()
}

/// The use case finds the DID of a write that goes on; its operation knows it.
async fn named(ctx: &Context<'_>, receipt: Receipt) -> Result<Receipt> {
    let Some(operation) = receipt.operation.filter(|_| receipt.thing.is_none() && receipt.errors.is_empty())
    else {
        return Ok(receipt);
    };
    let asking = asking(ctx)?;
    let found = asking.views().operations().get(asking.customer(), operation).await?;
    Ok(Receipt { thing: found.map(|found| found.operation.did), ..receipt })
}

pub(super) fn new_did(input: CreateDidInput) -> Result<CreateDid, Fault> {
    let (name, kind) = (input.name.clone(), input.kind.clone());
    let publish = input.publish_name.unwrap_or_default();
    without_name(input)?.called(name.as_deref(), kind.as_deref(), publish)
}

fn without_name(input: CreateDidInput) -> Result<CreateDid, Fault> {
    let document = if let Some(document) = input.did_document {
        let is_template = input.network.is_some() || input.services.is_some() || input.contexts.is_some();
        if is_template || input.assertion_method.is_some() {
            let sentence =
                "didDocument stands alone: network, services, contexts and assertionMethod are part of it.";
            return Err(invalid("didDocument", sentence));
        }
        let document = input::object("didDocument", document)?;
        let (method, key) = (input.verification_method_type.map(Into::into), input.kid.clone().map(KeyId));
        if input.mode.0 == SigningMode::Client {
            return CreateDid::by_client(&document, method, key);
        }
        if let Some(request) = CreateDid::with_named_keys(&document, method, key.as_ref())? {
            return Ok(request);
        }
        NewDocument::Given(GivenDocument::for_creation(&document)?)
    } else {
        let network =
            input.network.ok_or_else(|| invalid("network", "Give either network or didDocument."))?;
        NewDocument::Template {
            network: network.into(),
            identifier: input.identifier_format.0.into(),
            services: input
                .services
                .unwrap_or_default()
                .into_iter()
                .map(ServiceInput::request)
                .collect::<Result<_, _>>()?,
            contexts: input.contexts.unwrap_or_default(),
            assertion_method: input.assertion_method.unwrap_or(true),
        }
    };
    let method = input.verification_method_type.unwrap_or_default().into();
    Ok(CreateDid { document, method, key: input.kid.map(KeyId), label: DidLabel::default() })
}

pub(super) fn new_version(input: UpdateDidInput) -> Result<UpdateDid, Fault> {
    let did = input::did("did", &input.did)?;
    let list = |items: Option<Vec<Value>>| items.map(Value::Array);
    let texts = |items: Option<Vec<String>>| items.map(Value::from);
    let sections = members([
        ("@context", texts(input.contexts)),
        ("controller", texts(input.controller)),
        ("verificationMethod", list(input.verification_method)),
        ("authentication", list(input.authentication)),
        ("assertionMethod", list(input.assertion_method)),
        ("capabilityInvocation", texts(input.capability_invocation)),
        ("capabilityDelegation", texts(input.capability_delegation)),
        ("keyAgreement", texts(input.key_agreement)),
        ("service", list(input.service)),
        ("alsoKnownAs", texts(input.also_known_as)),
    ]);
    let sections = (!sections.is_empty()).then_some(sections);
    if let Some(changes) = input.changes {
        let is_alone = input.did_document.is_none() && sections.is_none();
        return if is_alone {
            input::changes(did, changes).map(UpdateDid::Changes)
        } else {
            Err(not_alone())
        };
    }
    match one_of(("didDocument", input.did_document), ("sections of the document", sections))? {
        Either::First(document) => {
            let given = GivenDocument::for_update(&input::object("didDocument", document)?)?;
            if *given.did() != did {
                return Err(invalid("didDocument", "didDocument.id should be the DID"));
            }
            Ok(UpdateDid::Document(given))
        }
        Either::Second(sections) => Ok(UpdateDid::Sections(GivenSections::new(did, &sections)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::did::document::SECTIONS;
    use async_graphql::{InputType, Value as GraphValue};
    use serde_json::json;

    const DID: &str = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";

    fn parse<T: InputType>(value: Value) -> T {
        T::parse(Some(GraphValue::from_json(value).unwrap())).map_err(|_| "input").unwrap()
    }

    fn a_method() -> Value {
        json!({
            "id": format!("{DID}#key-1"), "type": "Ed25519VerificationKey2020", "controller": DID,
            "publicKeyMultibase": "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd",
        })
    }

    fn field(fault: &Fault) -> &str {
        fault.members["field"].as_str().unwrap()
    }

    #[test]
    fn a_new_did_comes_from_a_template_or_a_document_not_from_both() {
        let made = new_did(parse(json!({"network": "TESTNET", "services": [
            {"idFragment": "s", "type": "DIDCommMessaging", "serviceEndpoint": ["https://a.example"],
                "recipientKeys": ["did:key:z6Mk#a"], "routingKeys": ["did:key:z6Mk#b"], "priority": 2, "accept": ["didcomm/v2"]}
        ], "assertionMethod": false})));
        let NewDocument::Template { services, assertion_method, .. } = made.unwrap().document else {
            panic!("a template")
        };
        assert!(!assertion_method);
        let service = json!({"id": format!("{DID}#s"), "type": "DIDCommMessaging",
            "serviceEndpoint": ["https://a.example"], "recipientKeys": ["did:key:z6Mk#a"],
            "routingKeys": ["did:key:z6Mk#b"], "accept": ["didcomm/v2"], "priority": 2});
        assert_eq!(services.iter().map(|one| one.to_json(DID)).collect::<Vec<_>>(), [service]);
        let made = new_did(parse(json!({"didDocument": {"id": DID}, "kid": "k"}))).unwrap();
        assert!(matches!(made.document, NewDocument::Given(_)));
        assert_eq!(made.key, Some(KeyId("k".to_owned())));
        let named = json!({"id": DID, "verificationMethod": [a_method()]});
        let made = new_did(parse(json!({"didDocument": named}))).unwrap();
        assert!(matches!(made.document, NewDocument::Brought(_)), "its keys are named");
        let made = new_did(parse(json!({"didDocument": named, "kid": "k"}))).unwrap();
        assert!(matches!(made.document, NewDocument::Given(_)), "one is asked for");
        let table = [
            (json!({}), "network"),
            (json!({"didDocument": {"id": DID}, "network": "TESTNET"}), "didDocument"),
            (json!({"didDocument": {"id": DID}, "assertionMethod": true}), "didDocument"),
            (json!({"didDocument": "x"}), "didDocument"),
            (
                json!({"mode": "CLIENT", "kid": "k", "didDocument": {"id": DID, "verificationMethod": [{}]}}),
                "mode",
            ),
            (
                json!({"mode": "CLIENT", "verificationMethodType": "JSON_WEB_KEY_2020",
                    "didDocument": {"id": DID, "verificationMethod": [{}]}}),
                "mode",
            ),
            (json!({"mode": "CLIENT", "didDocument": {"id": DID}}), "verificationMethod"),
            (
                json!({"network": "TESTNET", "services": [{"idFragment": "", "type": "a", "serviceEndpoint": ["b"]}]}),
                "idFragment",
            ),
            (
                json!({"network": "TESTNET", "services": [{"idFragment": "a", "type": "a", "serviceEndpoint": []}]}),
                "serviceEndpoint",
            ),
        ];
        for (value, expected) in table {
            assert_eq!(field(&new_did(parse(value.clone())).unwrap_err()), expected, "{value}");
        }
    }

    #[test]
    fn an_update_is_changes_and_nothing_beside_them() {
        let changes = json!([
            {"addKey": {}},
            {"addKey": {"id": "key-9", "kid": "AB", "verificationMethodType": "JSON_WEB_KEY_2020", "relationships": ["KEY_AGREEMENT"]}},
            {"removeKey": "key-2"},
            {"rotateKey": {"id": format!("{DID}#key-1")}},
            {"addService": {"idFragment": "s", "type": "T", "serviceEndpoint": ["https://e.example"], "priority": 1}},
            {"removeService": "#s"},
            {"addController": DID},
            {"removeController": DID},
            {"addAlsoKnownAs": "a:b"},
            {"removeAlsoKnownAs": "a:b"},
            {"publishName": true},
            {"withdrawName": true},
        ]);
        let UpdateDid::Changes(given) = new_version(parse(json!({"did": DID, "changes": changes}))).unwrap()
        else {
            panic!("changes")
        };
        let usual = ["authentication", "assertionMethod"];
        let service =
            json!({"idFragment": "s", "type": "T", "serviceEndpoint": ["https://e.example"], "priority": 1});
        let expected = json!([
            {"addKey": {"id": null, "methodType": "Ed25519VerificationKey2020", "relationships": usual, "key": "minted"}},
            {"addKey": {"id": "key-9", "methodType": "JsonWebKey2020", "relationships": ["keyAgreement"], "key": {"held": "ab"}}},
            {"removeKey": "key-2"},
            {"rotateKey": {"id": "key-1", "methodType": null, "key": "minted"}},
            {"addService": service},
            {"removeService": "s"},
            {"addController": DID},
            {"removeController": DID},
            {"addAlsoKnownAs": "a:b"},
            {"removeAlsoKnownAs": "a:b"},
            {"publishName": null},
            "withdrawName",
        ]);
        assert_eq!(serde_json::to_value(given.changes()).unwrap(), expected);
        for (beside, sentence) in [
            (json!({"changes": []}), "changes should be an array of 1 to 32 changes"),
            (json!({"changes": changes, "service": []}), "changes stand alone: "),
            (json!({"changes": changes, "didDocument": {"id": DID}}), "changes stand alone: "),
            (json!({"changes": [{"publishName": false}]}), "changes[0]: publishName should be true"),
            (json!({"changes": [{"addKey": {"kid": "xyz"}}]}), "changes[0]: keyId should be"),
            (json!({"changes": [{"removeKey": "a"}, {"removeKey": ""}]}), "changes[1]: \"\" is no id"),
            (
                json!({"changes": [{"addService": {"idFragment": "", "type": "T", "serviceEndpoint": ["a"]}}]}),
                "changes[0]: idFragment is required",
            ),
        ] {
            let mut input = beside;
            input["did"] = json!(DID);
            let fault = new_version(parse(input.clone())).unwrap_err();
            assert_eq!((fault.code, field(&fault)), ("request/invalid", "changes"), "{input}");
            assert!(fault.public.starts_with(sentence), "{input}: {}", fault.public);
        }
        for no_change in
            [json!({}), json!({"removeKey": "a", "removeService": "b"}), json!({"removeKey": null})]
        {
            let input = GraphValue::from_json(json!({"did": DID, "changes": [no_change]})).unwrap();
            assert!(UpdateDidInput::parse(Some(input)).is_err(), "{no_change}");
        }
    }

    #[test]
    fn an_update_is_a_document_or_sections_of_it() {
        let sections = new_version(parse(json!({"did": DID, "service": []}))).unwrap();
        let UpdateDid::Sections(given) = sections else { panic!("sections") };
        assert_eq!(given.sections(), json!({"service": []}).as_object().unwrap());
        let all = json!({"did": DID, "verificationMethod": [a_method()], "authentication": [], "assertionMethod": [],
            "capabilityInvocation": [], "capabilityDelegation": [], "keyAgreement": [], "service": [],
            "controller": [DID], "alsoKnownAs": ["https://a.example"], "contexts": ["https://b.example"]});
        let UpdateDid::Sections(given) = new_version(parse(all)).unwrap() else { panic!("sections") };
        let mut names: Vec<_> = given.sections().keys().map(String::as_str).collect();
        let mut expected = SECTIONS;
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected);
        let document = json!({"id": DID, "verificationMethod": [a_method()]});
        assert!(matches!(
            new_version(parse(json!({"did": DID, "didDocument": document}))),
            Ok(UpdateDid::Document(_))
        ));
        let table = [
            (json!({"did": DID}), "didDocument"),
            (json!({"did": DID, "didDocument": {"id": DID}, "service": []}), "didDocument"),
            (json!({"did": DID, "didDocument": {"id": "did:cheqd:testnet:other"}}), "didDocument"),
            (json!({"did": "did:key:z", "service": []}), "did"),
        ];
        for (value, expected) in table {
            assert_eq!(field(&new_version(parse(value.clone())).unwrap_err()), expected, "{value}");
        }
    }
}
