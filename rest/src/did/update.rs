//! `POST /did/update`.

use super::{DidChangeBody, Identifier, changes, owns_public_keys};
use crate::{
    Answer, Ask, Input, Problem, check,
    input::invalid,
    job,
    schema::{AnyObject, TextOrTexts},
};
use app::{
    Fault,
    did::{
        GivenDocument, GivenSections, UpdateDid,
        changes::{CHANGES_FIELD, not_alone},
        document::SECTIONS,
    },
    job::JobAct,
};
use axum::http::StatusCode;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A whole `didDocument`, or `did` with the sections to replace, or `did` with `changes`. JSON or form.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct UpdateDidBody {
    /// The whole new document.
    #[schema(value_type = Option<AnyObject>)]
    pub did_document: Option<Value>,
    /// The DID whose document changes; not beside `didDocument`, which has it.
    pub did: Option<String>,
    /// What shall be different, one after the other; the rest of the document stays. 1 to 32, with neither `didDocument` nor sections
    /// beside them.
    pub changes: Option<Vec<DidChangeBody>>,
    /// New services.
    #[schema(value_type = Option<Vec<AnyObject>>)]
    pub service: Option<Vec<Value>>,
    /// New verification methods.
    #[schema(value_type = Option<Vec<AnyObject>>)]
    pub verification_method: Option<Vec<Value>>,
    /// New authentication relationship.
    pub authentication: Option<Vec<String>>,
    /// New assertion methods: ids, or methods as objects.
    pub assertion_method: Option<Vec<Value>>,
    /// New capability invocations.
    pub capability_invocation: Option<Vec<Value>>,
    /// New capability delegations.
    pub capability_delegation: Option<Vec<Value>>,
    /// New key agreements.
    pub key_agreement: Option<Vec<Value>>,
    /// New controllers.
    pub controller: Option<TextOrTexts>,
    /// New other names.
    pub also_known_as: Option<Vec<String>>,
    /// New contexts.
    #[schema(rename = "@context")]
    pub context: Option<TextOrTexts>,
    /// Keys that must be the caller's; they do not choose who signs.
    pub public_key_hexs: Option<Vec<String>>,
    /// `client` if the caller signs with keys of his own: 202 with a job. `custodian` by default.
    pub mode: Option<String>,
}

/// Replaces a DID's document, or sections of it, or makes single changes.
#[utoipa::path(post, path = "/did/update",
    request_body(content((UpdateDidBody = "application/json"), (UpdateDidBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = Identifier), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn update(ask: Ask) -> Result<Answer, Problem> {
    let request = parse(&ask.input)?;
    owns_public_keys(&ask).await?;
    if job::is_by_client(&ask.input)? {
        return job::open(&ask, JobAct::DidUpdate(request)).await;
    }
    let written = ask.perform(request).await?;
    Answer::written(&ask, StatusCode::OK, written, Identifier::from).await
}

fn parse(input: &Input) -> Result<UpdateDid, Fault> {
    if input.has(CHANGES_FIELD) {
        if input.has("didDocument") || SECTIONS.iter().any(|name| input.has(name)) {
            return Err(not_alone());
        }
        let did = input.text("did", "DID should be a string")?;
        let did = check::required("did", did, "did is required: whose document changes")?;
        return changes::read(input, check::cheqd_did("did", did)?);
    }
    if let Some(document) = input.document("didDocument", "Should be JSON object")? {
        return GivenDocument::for_update(&document).map(UpdateDid::Document);
    }
    let mut sections = Map::new();
    for name in SECTIONS.into_iter().filter(|name| input.has(name)) {
        sections.insert(name.to_owned(), section(input, name)?);
    }
    let did = input.text("did", "DID should be a string")?;
    let nothing = || invalid("didDocument", "Provide a DID Document or atleast one field to update");
    let did = check::cheqd_did("did", did.ok_or_else(nothing)?)?;
    GivenSections::new(did, &sections).map(UpdateDid::Sections)
}

/// A section as JSON; a form's texts are read as what the section is.
fn section(input: &Input, name: &str) -> Result<Value, Fault> {
    let sentence = match name {
        "@context" | "controller" => return Ok(input.value(name).unwrap_or_default()),
        "service" => "Service should be an array",
        "verificationMethod" => {
            "VerificationMethod should be an array of objects for updating DID-VerificationMethod"
        }
        "authentication" => "Authentication should be an array of strings for updating DID-Authentication",
        _ => &format!("{name} should be an array"),
    };
    Ok(Value::Array(input.array(name, sentence)?.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DID: &str = "did:cheqd:testnet:7add15db-96b0-4ab0-8172-168277915658";

    fn read(body: &Value) -> Result<UpdateDid, String> {
        parse(&Input::json(body.as_object().unwrap().clone())).map_err(|fault| fault.public)
    }

    #[test]
    fn bad_requests_get_the_contracts_sentences() {
        let table = [
            (json!({}), "Provide a DID Document or atleast one field to update"),
            (json!({"did": DID}), "Provide a DID Document or atleast one field to update"),
            (
                json!({"did": "x", "service": []}),
                "Invalid format of DID. Expected to start with did:<method>",
            ),
            (json!({"did": DID, "service": 1}), "Service should be an array"),
            (
                json!({"did": DID, "verificationMethod": [1]}),
                "VerificationMethod should be an array of objects for updating DID-VerificationMethod",
            ),
            (
                json!({"did": DID, "verificationMethod": []}),
                "updateDID: error: [updateIdentifier]: VerificationMethod should be placed and not be empty",
            ),
            (
                json!({"did": DID, "authentication": "x"}),
                "Authentication should be an array of strings for updating DID-Authentication",
            ),
        ];
        for (body, sentence) in table {
            assert_eq!(read(&body).unwrap_err(), sentence, "{body}");
        }
    }

    #[test]
    fn changes_stand_alone_and_say_whose_they_are() {
        let list = json!([{"removeKey": "key-2"}]);
        let UpdateDid::Changes(given) = read(&json!({"did": DID, "changes": list})).unwrap() else {
            panic!("changes")
        };
        assert_eq!((given.did().as_str(), given.changes().len()), (DID, 1));
        for (body, sentence) in [
            (json!({"changes": list}), "did is required: whose document changes"),
            (
                json!({"did": "x", "changes": list}),
                "Invalid format of DID. Expected to start with did:<method>",
            ),
            (json!({"did": DID, "changes": list, "service": []}), "changes stand alone: "),
            (json!({"changes": list, "didDocument": {"id": DID}}), "changes stand alone: "),
            (json!({"did": DID, "changes": []}), "changes should be an array of 1 to 32 changes"),
            (json!({"did": DID, "changes": null}), "Provide a DID Document or atleast one field to update"),
        ] {
            let told = read(&body).unwrap_err();
            assert!(told.starts_with(sentence), "{body}: {told}");
        }
        let form = format!("did={DID}&changes=[{{\"removeKey\":\"key-2\"}}]");
        let input = Input::decode(Some("application/x-www-form-urlencoded"), form.as_bytes()).unwrap();
        assert!(matches!(parse(&input), Ok(UpdateDid::Changes(_))));
    }

    #[test]
    fn any_section_may_be_replaced() {
        let body =
            json!({"did": DID, "authentication": [format!("{DID}#key-1")], "alsoKnownAs": ["a:b"], "x": 1});
        let UpdateDid::Sections(given) = read(&body).unwrap() else { panic!("sections") };
        assert_eq!(given.sections().keys().collect::<Vec<_>>(), ["authentication", "alsoKnownAs"]);
    }
}
