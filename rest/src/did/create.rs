//! `POST /did/create`.

use super::Identifier;
use crate::{
    Answer, Ask, Input, Problem, check,
    input::{invalid, without_nulls},
    job,
    schema::{AnyObject, ServiceRequests, TextOrTexts},
};
use app::{
    Act as _, Fault,
    did::{CreateDid, GivenDocument, NewDocument, document},
    job::JobAct,
};
use axum::http::StatusCode;
use credentials::did_document::{IdentifierFormat, VerificationMethodType};
use domain::{
    did::DidLabel,
    id::{KeyId, Network},
};
use serde_json::Value;
use utoipa::ToSchema;

/// Either `didDocument` with `options`, or the other members. JSON or form.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct CreateDidBody {
    /// `mainnet` or `testnet`; may be left out with `didDocument`.
    pub network: Option<String>,
    /// `uuid` (default) or `base58btc`.
    pub identifier_format_type: Option<String>,
    /// `Ed25519VerificationKey2018`, `Ed25519VerificationKey2020` or `JsonWebKey2020`.
    pub verification_method_type: Option<String>,
    /// A key of the caller's; a new one is made without.
    pub key: Option<String>,
    /// Services of the new document; not beside `didDocument`, which has its own.
    pub service: Option<ServiceRequests>,
    /// Its contexts; not beside `didDocument` either.
    #[schema(rename = "@context")]
    pub context: Option<TextOrTexts>,
    /// Whether the new key stands under `assertionMethod`, without `didDocument`. `true` by default.
    pub assertion_method: Option<bool>,
    /// A whole document. With a `verificationMethodType`, its verification methods are replaced by one `#key-1`; without, they name
    /// the keys, and the vault signs with those of them that it has.
    #[schema(value_type = Option<AnyObject>)]
    pub did_document: Option<Value>,
    /// The key, for a `didDocument`; wins over the members above.
    pub options: Option<CreateDidOptions>,
    /// What it is called here, as `/did/label` takes it.
    pub name: Option<String>,
    /// What it stands for here, as `/did/label` takes it.
    pub kind: Option<String>,
    /// Whether name and kind stand in the document too, where everybody reads them for ever. `false` by default; not beside
    /// `didDocument`, which has its own services.
    pub publish_name: Option<bool>,
    /// `studio`.
    pub provider_id: Option<String>,
    /// `client` if the caller signs with keys of his own: 202 with a job. `didDocument` then names them in its
    /// `verificationMethod`, and no `options` are given beside it. `custodian` by default.
    pub mode: Option<String>,
}

/// The key of a new DID.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct CreateDidOptions {
    /// `Ed25519VerificationKey2018`, `Ed25519VerificationKey2020` or `JsonWebKey2020`.
    pub verification_method_type: Option<String>,
    /// A key of the caller's; a new one is made without.
    pub key: Option<String>,
}

/// Creates a DID on the ledger.
#[utoipa::path(post, path = "/did/create",
    request_body(content((CreateDidBody = "application/json"), (CreateDidBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = Identifier)))]
pub(crate) async fn create(ask: Ask) -> Result<Answer, Problem> {
    let request = called(&ask.input, parse(&ask.input)?)?;
    if job::is_by_client(&ask.input)? {
        return job::open(&ask, JobAct::DidCreate(request)).await;
    }
    let written = ask.perform(request).await?;
    Answer::written(&ask, StatusCode::OK, written, Identifier::from).await
}

fn parse(input: &Input) -> Result<CreateDid, Fault> {
    let network = input.text("network", "Invalid network")?.map(check::network).transpose()?;
    if let Some(provider) =
        input.text("providerId", "Invalid value")?.filter(|provider| *provider != "studio")
    {
        return Err(invalid("providerId", format!("Unsupported provider: {provider}")));
    }
    let options = input.nested("options", "options should be an object")?.unwrap_or_default();
    let (method, key) = method_and_key(input, &options)?;
    let document = input.document("didDocument", "Should be JSON object")?;
    if document.is_some() {
        stands_alone(input)?;
    }
    if let (true, Some(document)) = (job::is_by_client(input)?, &document) {
        let request = CreateDid::by_client(document, method, key)?;
        on(network, &request)?;
        return Ok(request);
    }
    if let Some(document) = &document
        && let Some(request) = CreateDid::with_named_keys(document, method, key.as_ref())?
    {
        on(network, &request)?;
        return Ok(request);
    }
    let method = match (method, &document) {
        (Some(method), _) => method,
        (None, Some(given)) => {
            document::check(given)?;
            return Err(invalid("options", "Provide options section to create a DID"));
        }
        (None, None) => {
            let sentence = "Provide a DID Document or the VerificationMethodType to create a DID";
            return Err(invalid("verificationMethodType", sentence));
        }
    };
    let document = match document {
        Some(document) => NewDocument::Given(GivenDocument::for_creation(&document)?),
        None => template(input, network)?,
    };
    let request = CreateDid { document, method, key, label: DidLabel::default() };
    on(network, &request)?;
    Ok(request)
}

fn called(input: &Input, request: CreateDid) -> Result<CreateDid, Fault> {
    let name = input.text("name", "name should be a string")?;
    let kind = input.text("kind", "kind should be a string")?;
    let publish = input.flag("publishName", "publishName should be a boolean")?.unwrap_or_default();
    request.called(name, kind, publish)
}

/// A whole document has its services and contexts in it: beside it they would not be written. Fault `request/invalid`.
fn stands_alone(input: &Input) -> Result<(), Fault> {
    for name in ["service", "@context"] {
        let says_something = |value: Value| value.as_array().is_none_or(|items| !items.is_empty());
        if input.value(name).is_some_and(says_something) {
            return Err(invalid(
                name,
                format!("{name} is part of didDocument, and would not be written beside it"),
            ));
        }
    }
    Ok(())
}

/// `options` win over the top level.
fn method_and_key(
    input: &Input,
    options: &Input,
) -> Result<(Option<VerificationMethodType>, Option<KeyId>), Fault> {
    let read = |from: &Input, prefix: &str| {
        let method = from
            .text("verificationMethodType", "Unsupported verificationMethod type")?
            .map(str::parse::<VerificationMethodType>)
            .transpose()
            .map_err(|why| invalid("verificationMethodType", why.to_string()))?;
        let key = from.text("key", "key should be a string")?;
        if key.is_some() && method.is_none() {
            let sentence = format!("If key is provided, {prefix}verificationMethodType is required");
            return Err(invalid("verificationMethodType", sentence));
        }
        Ok::<_, Fault>((method, key.map(check::kid).transpose()?))
    };
    let (method, key) = read(input, "")?;
    let (options_method, options_key) = read(options, "options.")?;
    Ok((options_method.or(method), options_key.or(key)))
}

fn template(input: &Input, network: Option<Network>) -> Result<NewDocument, Fault> {
    let identifier = input
        .text("identifierFormatType", "Invalid identifierFormatType")?
        .map_or(Ok(IdentifierFormat::default()), str::parse)
        .map_err(|why| invalid("identifierFormatType", why.to_string()))?;
    let services =
        input.value("service").map(|given| check::service_for_create(&without_nulls(given))).transpose()?;
    let contexts = match input.value("@context") {
        None => Vec::new(),
        Some(Value::String(one)) => vec![one],
        Some(many) => {
            let items = many.as_array().map(Vec::as_slice).unwrap_or_default();
            let sentence = "@context should be a string or an array of strings";
            if items.is_empty() {
                return Err(invalid("@context", sentence));
            }
            check::texts("@context", items, sentence)?
        }
    };
    let network = check::required("network", network, "network is required: mainnet or testnet")?;
    let assertion_method =
        input.flag("assertionMethod", "assertionMethod should be a boolean")?.unwrap_or(true);
    let services = services.unwrap_or_default();
    Ok(NewDocument::Template { network, identifier, services, contexts, assertion_method })
}

/// The document is on the network that was named. Fault `request/invalid`.
fn on(network: Option<Network>, request: &CreateDid) -> Result<(), Fault> {
    match (network, request.network()) {
        (Some(named), Some(own)) if named != own => {
            let sentence = format!("network contradicts didDocument.id, which is on {own}");
            Err(invalid("network", sentence))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DID: &str = "did:cheqd:testnet:7add15db-96b0-4ab0-8172-168277915658";

    fn read(body: &Value) -> Result<CreateDid, String> {
        parse(&Input::json(body.as_object().unwrap().clone())).map_err(|fault| fault.public)
    }

    fn refusal(body: &Value) -> String {
        read(body).err().unwrap_or_default()
    }

    #[test]
    fn bad_requests_get_the_contracts_sentences() {
        let kind = "Ed25519VerificationKey2018";
        let table = [
            (
                json!({"network": "testnet"}),
                "Provide a DID Document or the VerificationMethodType to create a DID",
            ),
            (json!({"network": "devnet"}), "Invalid network"),
            (
                json!({"network": "testnet", "identifierFormatType": "nope", "verificationMethodType": kind}),
                "Invalid identifierFormatType",
            ),
            (
                json!({"network": "testnet", "options": {"verificationMethodType": "x"}}),
                "Unsupported verificationMethod type",
            ),
            (
                json!({"network": "testnet", "key": "ab"}),
                "If key is provided, verificationMethodType is required",
            ),
            (
                json!({"network": "testnet", "options": {"key": "ab"}}),
                "If key is provided, options.verificationMethodType is required",
            ),
            (
                json!({"network": "testnet", "key": 1, "verificationMethodType": kind}),
                "key should be a string",
            ),
            (json!({"options": 1}), "options should be an object"),
            (json!({"didDocument": "x"}), "Should be JSON object"),
            (json!({"providerId": "dock"}), "Unsupported provider: dock"),
            (
                json!({"mode": "client", "options": {"verificationMethodType": kind}, "didDocument": {"id": DID, "verificationMethod": [{}]}}),
                "With mode client, verificationMethod of didDocument names the keys: a key of the vault or its type cannot be asked for beside it",
            ),
            (
                json!({"mode": "client", "didDocument": {"id": DID}}),
                "didDocument.verificationMethod should name the keys that are kept elsewhere",
            ),
            (
                json!({"didDocument": {"id": DID}, "service": {"idFragment": "s"}, "options": {"verificationMethodType": kind}}),
                "service is part of didDocument, and would not be written beside it",
            ),
            (
                json!({"didDocument": {"id": DID}, "service": [], "@context": "https://c.example"}),
                "@context is part of didDocument, and would not be written beside it",
            ),
            (
                json!({"didDocument": {"id": DID, "verificationMethod": []}}),
                "Provide options section to create a DID",
            ),
            (
                json!({"didDocument": {"id": "invalid_did", "verificationMethod": []}, "options": {"verificationMethodType": kind}}),
                "Invalid format of DID. Expected to start with did:<method>",
            ),
        ];
        for (body, sentence) in table {
            assert_eq!(refusal(&body), sentence, "{body}");
        }
    }

    #[test]
    fn a_given_document_is_completed_or_refused() {
        let options = json!({"verificationMethodType": "JsonWebKey2020"});
        let body = |extra: Value| {
            let mut document = json!({"id": DID, "verificationMethod": []});
            document.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            json!({"didDocument": document, "options": options})
        };
        let NewDocument::Given(given) = read(&body(json!({"controller": DID}))).unwrap().document else {
            panic!("document mode")
        };
        let document = given.document();
        assert_eq!(document["controller"], json!([DID]));
        assert_eq!(document["authentication"], json!([format!("{DID}#key-1")]));
        assert!(refusal(&body(json!({"authentication": []}))).contains("should name"));
        let mut contradiction = body(json!({}));
        contradiction["network"] = json!("mainnet");
        assert!(refusal(&contradiction).starts_with("network contradicts"));
    }

    #[test]
    fn a_document_that_names_its_keys_asks_for_none() {
        let method = json!({"id": format!("{DID}#mine"), "type": "Ed25519VerificationKey2020", "controller": DID,
            "publicKeyMultibase": "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd"});
        let document = json!({"id": DID, "verificationMethod": [method]});
        let NewDocument::Brought(given) = read(&json!({"didDocument": document})).unwrap().document else {
            panic!("as it is")
        };
        assert_eq!(given.document()["verificationMethod"], json!([method]));
        assert_eq!(given.document()["authentication"], json!([format!("{DID}#mine")]));
        let asked = json!({"didDocument": document, "options": {"verificationMethodType": "JsonWebKey2020"}});
        assert!(matches!(read(&asked).unwrap().document, NewDocument::Given(_)), "who asks for one gets one");
        let elsewhere = json!({"didDocument": document, "network": "mainnet"});
        assert!(refusal(&elsewhere).starts_with("network contradicts"));
        assert!(
            refusal(&json!({"didDocument": {"id": DID, "verificationMethod": [{}]}})).contains("is required")
        );
    }

    #[test]
    fn the_new_key_stands_under_assertion_method_unless_told_otherwise() {
        let asserts = |flag: Value| {
            let body = json!({"network": "testnet", "verificationMethodType": "JsonWebKey2020", "assertionMethod": flag});
            let NewDocument::Template { assertion_method, .. } = read(&body)?.document else {
                panic!("form mode")
            };
            Ok(assertion_method)
        };
        assert_eq!(asserts(Value::Null), Ok(true));
        assert_eq!(asserts(json!(true)), Ok(true));
        assert_eq!(asserts(json!(false)), Ok(false));
        assert_eq!(asserts(json!([])), Err("assertionMethod should be a boolean".to_owned()));
    }

    #[test]
    fn a_form_makes_the_same_request() {
        let body = "network=testnet&verificationMethodType=JsonWebKey2020&identifierFormatType=base58btc&key=12AB\
                    &service=[{\"idFragment\":\"s\",\"type\":\"T\",\"serviceEndpoint\":[\"https://e.org\"]}]\
                    &@context=https://a.org,https://b.org";
        let input = Input::decode(Some("application/x-www-form-urlencoded"), body.as_bytes()).unwrap();
        let request = parse(&input).unwrap();
        assert_eq!(request.key, Some(KeyId("12ab".to_owned())));
        let NewDocument::Template { services, identifier, .. } = request.document else {
            panic!("form mode")
        };
        assert_eq!(services.len(), 1);
        assert_eq!(identifier, IdentifierFormat::Base58btc);
    }
}
