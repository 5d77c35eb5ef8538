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
        CreateDid, DeactivateDid, DidIdentifier, GivenDocument, GivenSections, NewDocument, ServiceRequest,
        UpdateDid,
    },
    job::JobAct,
};
use async_graphql::{Context, Object};
use domain::id::{Did, KeyId};
use serde_json::{Value, json};

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
    let document = if let Some(document) = input.did_document {
        if input.network.is_some() || input.services.is_some() || input.contexts.is_some() {
            let sentence = "didDocument stands alone: network, services and contexts are part of it.";
            return Err(invalid("didDocument", sentence));
        }
        let document = input::object("didDocument", document)?;
        if input.mode.0 == SigningMode::Client {
            let method = input.verification_method_type.map(Into::into);
            return CreateDid::by_client(&document, method, input.kid.map(KeyId));
        }
        NewDocument::Given(GivenDocument::for_creation(&document)?)
    } else {
        let network =
            input.network.ok_or_else(|| invalid("network", "Give either network or didDocument."))?;
        NewDocument::Template {
            network: network.into(),
            identifier: input.identifier_format.0.into(),
            services: input.services.unwrap_or_default().iter().map(service).collect::<Result<_, _>>()?,
            contexts: input.contexts.unwrap_or_default(),
        }
    };
    let method = input.verification_method_type.unwrap_or_default().into();
    Ok(CreateDid { document, method, key: input.kid.map(KeyId) })
}

fn service(input: &ServiceInput) -> Result<ServiceRequest, Fault> {
    input::required("idFragment", &input.id_fragment)?;
    input::required("type", &input.service_type)?;
    if input.service_endpoint.is_empty() {
        return Err(invalid("serviceEndpoint", "service.serviceEndpoint is required"));
    }
    let service = json!({
        "idFragment": input.id_fragment,
        "type": input.service_type,
        "serviceEndpoint": input.service_endpoint,
    });
    serde_json::from_value(service).map_err(|why| invalid("services", why.to_string()))
}

pub(super) fn new_version(input: UpdateDidInput) -> Result<UpdateDid, Fault> {
    let did = input::did("did", &input.did)?;
    let list = |items: Option<Vec<Value>>| items.map(Value::Array);
    let sections = members([
        ("verificationMethod", list(input.verification_method)),
        ("authentication", list(input.authentication)),
        ("assertionMethod", list(input.assertion_method)),
        ("service", list(input.service)),
    ]);
    let sections = (!sections.is_empty()).then_some(sections);
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
    use async_graphql::{InputType, Value as GraphValue};

    const DID: &str = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";

    fn parse<T: InputType>(value: Value) -> T {
        T::parse(Some(GraphValue::from_json(value).unwrap())).map_err(|_| "input").unwrap()
    }

    fn field(fault: &Fault) -> &str {
        fault.members["field"].as_str().unwrap()
    }

    #[test]
    fn a_new_did_comes_from_a_template_or_a_document_not_from_both() {
        let made = new_did(parse(json!({"network": "TESTNET", "services": [
            {"idFragment": "s", "type": "LinkedDomains", "serviceEndpoint": ["https://a.example"]}
        ]})));
        let NewDocument::Template { services, .. } = made.unwrap().document else { panic!("a template") };
        assert_eq!(services.len(), 1);
        let made = new_did(parse(json!({"didDocument": {"id": DID}, "kid": "k"}))).unwrap();
        assert!(matches!(made.document, NewDocument::Given(_)));
        assert_eq!(made.key, Some(KeyId("k".to_owned())));
        let table = [
            (json!({}), "network"),
            (json!({"didDocument": {"id": DID}, "network": "TESTNET"}), "didDocument"),
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
    fn an_update_is_a_document_or_sections_of_it() {
        let sections = new_version(parse(json!({"did": DID, "service": []}))).unwrap();
        let UpdateDid::Sections(given) = sections else { panic!("sections") };
        assert_eq!(given.sections(), json!({"service": []}).as_object().unwrap());
        let method = json!({
            "id": format!("{DID}#key-1"), "type": "Ed25519VerificationKey2020", "controller": DID,
            "publicKeyMultibase": "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd",
        });
        let document = json!({"id": DID, "verificationMethod": [method]});
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
