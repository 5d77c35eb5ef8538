//! `POST /resource/create/{did}`.

use super::alternatives;
use crate::{
    Answer, Ask, Input, Problem, check, did::owns_public_keys, input::invalid, job,
    schema::AlternativeAddress,
};
use app::{
    Fault,
    data::{base64, base64url},
    job::JobAct,
    port::resolver::ResourceMetadata,
    resource::{CreateResource, template},
};
use axum::http::StatusCode;
use chrono::SecondsFormat;
use domain::id::Did;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A new resource version. JSON or form.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct CreateResourceBody {
    /// Its name.
    pub name: String,
    /// Its type; may be left out with a `template`, which has one.
    #[schema(rename = "type")]
    pub resource_type: Option<String>,
    /// The template whose type it has and whose contents its bytes must be; see `GET /resource/templates`.
    pub template: Option<String>,
    /// Its bytes, encoded.
    pub data: String,
    /// `hex`, `base64` or `base64url`; padding is optional.
    pub encoding: String,
    /// Version label.
    pub version: Option<String>,
    /// Other addresses.
    #[schema(value_type = Option<Vec<AlternativeAddress>>)]
    pub also_known_as: Option<Vec<Value>>,
    /// `mainnet` or `testnet`; must be the DID's.
    pub network: Option<String>,
    /// Keys that must be the caller's; they do not choose who signs.
    pub public_key_hexs: Option<Vec<String>>,
    /// `client` if the caller signs with keys of his own: 202 with a job. `custodian` by default.
    pub mode: Option<String>,
}

/// What was published.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedResource {
    /// The version.
    pub resource: ResourceView,
}

/// A resource version as the ledger describes it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceView {
    /// `<did>/resources/<id>`.
    #[serde(rename = "resourceURI")]
    pub resource_uri: String,
    /// The unique id of its DID.
    pub resource_collection_id: String,
    /// Its id.
    pub resource_id: String,
    /// Its name.
    pub resource_name: String,
    /// Its type.
    pub resource_type: String,
    /// Media type as the ledger detected it.
    pub media_type: String,
    /// Version label.
    pub resource_version: String,
    /// When it was written.
    pub created: String,
    /// Lower-case hex SHA-256 of its bytes.
    pub checksum: String,
    /// Version before.
    pub previous_version_id: Option<String>,
    /// Version after.
    pub next_version_id: Option<String>,
    /// Other addresses of it, as the ledger has them.
    pub also_known_as: Vec<AlternativeAddress>,
}

impl ResourceView {
    pub(crate) fn new(did: &Did, metadata: ResourceMetadata) -> Self {
        Self {
            resource_uri: format!("{did}/resources/{}", metadata.id),
            resource_collection_id: metadata.collection_id,
            resource_id: metadata.id,
            resource_name: metadata.name,
            resource_type: metadata.resource_type,
            media_type: metadata.media_type,
            resource_version: metadata.version,
            created: metadata.created.to_rfc3339_opts(SecondsFormat::Secs, true),
            checksum: metadata.checksum,
            previous_version_id: metadata.previous_version_id,
            next_version_id: metadata.next_version_id,
            also_known_as: alternatives(metadata.also_known_as),
        }
    }
}

/// Publishes a resource version on the ledger.
#[utoipa::path(post, path = "/resource/create/{did}",
    params(("did" = String, Path, description = "The DID it hangs on.")),
    request_body(content((CreateResourceBody = "application/json"), (CreateResourceBody = "application/x-www-form-urlencoded"))),
    responses((status = 201, body = CreatedResource), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn create(ask: Ask) -> Result<Answer, Problem> {
    let did = check::cheqd_did("did", ask.path.get("did"))?;
    let request = parse(did.clone(), &ask.input)?;
    owns_public_keys(&ask).await?;
    if job::is_by_client(&ask.input)? {
        return job::open(&ask, JobAct::ResourceCreate(request)).await;
    }
    let written = ask.perform(request).await?;
    let body = |metadata| CreatedResource { resource: ResourceView::new(&did, metadata) };
    Answer::written(&ask, StatusCode::CREATED, written, body).await
}

fn parse(did: Did, input: &Input) -> Result<CreateResource, Fault> {
    let name = required(input, "name", "Name should has string type", "Name should has string type")?;
    let template = input.text("template", "template is supposed to have type of String")?;
    let resource_type = match template {
        None => Some(required(input, "type", "type is required", "Invalid type")?),
        Some(_) => input.text("type", "Invalid type")?,
    };
    let data = required(input, "data", "data is required", "Data is supposed to have type of String")?;
    let encoding =
        required(input, "encoding", "encoding is required", "encoding is supposed to have type of String")?;
    let version = input.text("version", "version is supposed to have type of String")?.unwrap_or_default();
    let also_known_as =
        input.array("alsoKnownAs", "alsoKnownAs is supposed to be an array")?.unwrap_or_default();
    let network = input.text("network", "Invalid network")?.map(check::network).transpose()?;
    if network.is_some_and(|network| network != did.network()) {
        return Err(invalid(
            "network",
            format!("network contradicts the DID, which is on {}", did.network()),
        ));
    }
    let data = decode(data, encoding)?;
    let resource_type = match template {
        None => check::short("type", resource_type.unwrap_or_default())?,
        Some(template) => template::applied(template, resource_type, &data)?,
    };
    Ok(CreateResource {
        name: check::short("name", name)?.to_owned(),
        resource_type: resource_type.to_owned(),
        version: check::short("version", version)?.to_owned(),
        also_known_as: check::resource_also_known_as(&also_known_as)?,
        data,
        id: None,
        did,
    })
}

fn required<'a>(input: &'a Input, field: &str, missing: &str, not_text: &str) -> Result<&'a str, Fault> {
    let text = check::required(field, input.text(field, not_text)?, missing)?;
    check::required(field, Some(text).filter(|text| !text.is_empty()), missing)
}

/// Bytes of a text; cheqd Studio answers 500 for what cannot be decoded.
fn decode(data: &str, encoding: &str) -> Result<Vec<u8>, Fault> {
    let failed = |why: &str| invalid("data", format!("data is not valid {encoding}: {why}"));
    let no_base64 = || failed("Non-base64 character");
    match encoding {
        "hex" if !data.bytes().all(|byte| byte.is_ascii_hexdigit()) => Err(failed("Non-base16 character")),
        "hex" => hex::decode(data).map_err(|_| failed("Unexpected end of data")),
        "base64" => base64(data).ok_or_else(no_base64),
        "base64url" => base64url(data).ok_or_else(no_base64),
        _ => Err(invalid("encoding", "Invalid encoding value, should be one of hex, base64, base64url")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(change: &Value) -> Result<CreateResource, String> {
        let mut body =
            json!({"data": "eyJoZWxsbyI6IndvcmxkIn0", "encoding": "base64url", "name": "a", "type": "T"});
        for (name, value) in change.as_object().unwrap() {
            if value.is_null() {
                body.as_object_mut().unwrap().remove(name);
            } else {
                body[name] = value.clone();
            }
        }
        let did = Did::parse("did:cheqd:testnet:3097a653-f223-4d45-9d4a-3ad53f9f7727").unwrap();
        parse(did, &Input::json(body.as_object().unwrap().clone())).map_err(|fault| fault.public)
    }

    #[test]
    fn bad_requests_get_the_contracts_sentences() {
        let table = [
            (json!({"name": null}), "Name should has string type"),
            (json!({"data": null}), "data is required"),
            (json!({"data": 1}), "Data is supposed to have type of String"),
            (json!({"encoding": null}), "encoding is required"),
            (json!({"encoding": "utf8"}), "Invalid encoding value, should be one of hex, base64, base64url"),
            (json!({"data": "!!!", "encoding": "hex"}), "data is not valid hex: Non-base16 character"),
            (json!({"data": "!!!"}), "data is not valid base64url: Non-base64 character"),
            (json!({"alsoKnownAs": 1}), "alsoKnownAs is supposed to be an array"),
            (
                json!({"alsoKnownAs": [{"description": "x"}]}),
                "alsoKnownAs has validation errors: alsoKnownAs.uri field is required",
            ),
            (json!({"network": "mainnet"}), "network contradicts the DID, which is on testnet"),
        ];
        for (change, sentence) in table {
            assert_eq!(read(&change).unwrap_err(), sentence, "{change}");
        }
    }

    #[test]
    fn data_is_decoded_with_or_without_padding() {
        for (data, encoding) in [
            ("eyJoZWxsbyI6IndvcmxkIn0", "base64url"),
            ("eyJoZWxsbyI6IndvcmxkIn0=", "base64url"),
            ("eyJoZWxsbyI6IndvcmxkIn0=", "base64"),
            ("7B2268656c6c6f223a22776f726c64227d", "hex"),
        ] {
            let request = read(&json!({"data": data, "encoding": encoding})).unwrap();
            assert_eq!(request.data, b"{\"hello\":\"world\"}");
        }
    }
}
