//! What a registration answers: DIF's `didState`, and its kin for resources.

use super::{JOB, Registration, did_of};
use crate::{
    Answer, Problem, job,
    job::JobView,
    schema::{AlternativeAddress, AnyObject},
};
use app::{
    Fault, FaultKind,
    port::resolver::{Freshness, ResolvedResource},
};
use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    id::{Did, JobId, ResourceId},
    resource::ResourceDescription,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

const SECRET: &str = "secret";
const SIGN: &str = "Sign each serializedPayload, decoded from base64, with the key of its kid, and send the signatures in secret.signingResponse.";
const WAIT: &str = "The ledger has not answered yet. Send the jobId again to ask how it stands.";

/// How a registration is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `didState`.
    Did,
    /// `didUrlState`.
    DidUrl,
    /// `resourceState`.
    Resource,
}

impl Shape {
    const fn member(self) -> &'static str {
        match self {
            Self::Did => "didState",
            Self::DidUrl => "didUrlState",
            Self::Resource => "resourceState",
        }
    }
}

/// What a registration is asked to sign.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrarRequest {
    /// DID URL of the verification method.
    pub kid: String,
    /// `EdDSA`.
    pub alg: String,
    /// What the bytes say.
    #[schema(value_type = AnyObject)]
    pub payload: Value,
    /// The bytes to sign, base64.
    pub serialized_payload: String,
}

/// What is known of a registration beside its state.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationMetadata {
    /// `mainnet` or `testnet`.
    pub network: String,
    /// Until when signatures are taken.
    pub expires_at: String,
    /// What it was expected to cost when it was begun, in ncheq; `null` if the ledger could not be asked.
    pub fee_quoted: Option<String>,
    /// The ledger write that came of it; see `/operations/{id}`.
    pub operation_id: Option<String>,
    /// Its transaction.
    pub tx_hash: Option<String>,
}

/// Where the registration of a DID stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DidRegistration {
    /// What the next request names.
    pub job_id: String,
    /// Where it stands.
    pub did_state: RegistrationState,
    /// What is known beside it.
    pub did_registration_metadata: RegistrationMetadata,
    /// Empty.
    #[schema(value_type = AnyObject)]
    pub did_document_metadata: Map<String, Value>,
}

/// Where the registration of a DID URL stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DidUrlRegistration {
    /// What the next request names.
    pub job_id: String,
    /// Where it stands.
    pub did_url_state: RegistrationState,
    /// What is known beside it.
    pub did_registration_metadata: RegistrationMetadata,
    /// `created`, `checksum` and `mediaType` as the ledger has them, once it is written.
    #[schema(value_type = AnyObject)]
    pub content_metadata: Map<String, Value>,
}

/// Where the registration of a resource stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceRegistration {
    /// What the next request names.
    pub job_id: String,
    /// Where it stands.
    pub resource_state: RegistrationState,
    /// What is known beside it.
    pub did_registration_metadata: RegistrationMetadata,
}

/// Where something stands that is registered: how it goes on, and what it is.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationState {
    /// `action` (signatures are wanted), `wait` (the ledger has not answered yet) or `finished`.
    #[schema(example = "action")]
    pub state: &'static str,
    /// `signPayload` while signatures are wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<&'static str>,
    /// What is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'static str>,
    /// What is to be signed, while signatures are wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_request: Option<BTreeMap<String, RegistrarRequest>>,
    /// The place for the next request's `signingResponse`; once it is written, the signatures that came with this request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<AnyObject>)]
    pub secret: Option<Value>,
    /// The DID; not of a DID URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub did: Option<String>,
    /// The document of a DID, once it is written; after a deactivation its `id` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<AnyObject>)]
    pub did_document: Option<Value>,
    /// `<did>/resources/<id>`, of a DID URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub did_url: Option<String>,
    /// The content of a DID URL, once it is written: as it is if it is text, else base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// Its version label; may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The id of a resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// A resource version, once it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<RegisteredResource>,
}

/// A resource version as it was written.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegisteredResource {
    /// The unique id of its DID.
    pub collection_id: String,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its type.
    pub resource_type: String,
    /// Its version label; may be empty.
    pub version: String,
    /// Other addresses.
    #[schema(value_type = Vec<AlternativeAddress>)]
    pub also_known_as: Vec<Value>,
    /// Its bytes, base64.
    pub data: String,
}

/// Of each signature its key, algorithm and bytes: whatever else came with them may be worse.
pub(super) fn signatures_of(response: &Value) -> Value {
    match response {
        Value::Array(items) => items.iter().map(signatures_of).collect(),
        Value::Object(members) if members.contains_key("signature") => {
            let known = ["kid", "alg", "signature"];
            let members = members.iter().filter(|(name, _)| known.contains(&name.as_str()));
            members.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>().into()
        }
        Value::Object(members) => {
            let named = members.iter().filter(|(_, value)| value.is_object());
            named.map(|(name, value)| (name.clone(), signatures_of(value))).collect::<Map<_, _>>().into()
        }
        _ => Value::Null,
    }
}

impl Registration<'_> {
    /// The job as it stands: 200 while signatures are wanted, 202 while the ledger has not answered, 201 once it is written. A job
    /// that has failed is a fault: `job/failed`, with the code of what it failed of in `failure`.
    pub(super) async fn standing(&self, id: JobId) -> Result<Answer, Problem> {
        let view = job::shown(self.ask, id).await?;
        let status = match view.did_state.state {
            "action" => StatusCode::OK,
            "wait" => StatusCode::ACCEPTED,
            "finished" => StatusCode::CREATED,
            _ => return Err(failed(&view).into()),
        };
        let location = format!("/jobs/{id}");
        let answer = match self.shape {
            Shape::Did => Answer::new(status, &self.of_did(view).await?),
            Shape::DidUrl => Answer::new(status, &self.of_did_url(id, view).await?),
            Shape::Resource => Answer::new(status, &self.of_resource(id, view).await?),
        };
        Ok(answer?.at(location))
    }

    async fn of_did(&self, view: JobView) -> Result<DidRegistration, Problem> {
        let did = view.did_state.did.clone().unwrap_or_default();
        let is_end = self.act == &app::act::DID_DEACTIVATE;
        let did_document = match (view.did_state.state, view.did_state.did_document.clone()) {
            ("finished", _) if is_end => Some(json!({ "id": did })),
            // What the vault signed alone was shown to nobody who signs, so the job does not hold it.
            ("finished", None) => self.resolved(&did).await?,
            ("finished", known) => known,
            _ => None,
        };
        Ok(DidRegistration {
            job_id: view.job_id.clone(),
            did_registration_metadata: metadata(&view),
            did_state: RegistrationState { did: Some(did), did_document, ..self.course(view) },
            did_document_metadata: Map::new(),
        })
    }

    async fn of_did_url(&self, id: JobId, view: JobView) -> Result<DidUrlRegistration, Problem> {
        let (did, resource, found) = self.resource(id, &view).await?;
        let did_url = resource.map_or_else(|| did.clone(), |resource| format!("{did}/resources/{resource}"));
        let (job_id, did_registration_metadata) = (view.job_id.clone(), metadata(&view));
        let mut state = RegistrationState { did_url: Some(did_url), ..self.course(view) };
        let mut content_metadata = Map::new();
        if let Some(ResolvedResource { data, metadata }) = found {
            let text = String::from_utf8(data).unwrap_or_else(|bytes| STANDARD.encode(bytes.as_bytes()));
            state.content = Some(text);
            state.name = Some(metadata.name);
            state.resource_type = Some(metadata.resource_type);
            state.version = Some(metadata.version);
            content_metadata.insert("created".to_owned(), json!(metadata.created));
            content_metadata.insert("checksum".to_owned(), json!(metadata.checksum));
            content_metadata.insert("mediaType".to_owned(), json!(metadata.media_type));
        }
        Ok(DidUrlRegistration { job_id, did_url_state: state, did_registration_metadata, content_metadata })
    }

    async fn of_resource(&self, id: JobId, view: JobView) -> Result<ResourceRegistration, Problem> {
        let (did, resource, found) = self.resource(id, &view).await?;
        Ok(ResourceRegistration {
            job_id: view.job_id.clone(),
            did_registration_metadata: metadata(&view),
            resource_state: RegistrationState {
                did: Some(did),
                resource_id: resource.map(|resource| resource.to_string()),
                resource: found.map(RegisteredResource::from),
                ..self.course(view)
            },
        })
    }

    /// How it goes on. Beside signatures, nothing of `secret` is repeated: there may be worse in it.
    fn course(&self, view: JobView) -> RegistrationState {
        let nothing = RegistrationState::default();
        match view.did_state.state {
            "action" => {
                let requests = view.did_state.signing_request.unwrap_or_default().into_iter();
                let asked = |request: job::SigningRequestView| RegistrarRequest {
                    kid: request.kid,
                    alg: request.alg,
                    payload: request.payload,
                    serialized_payload: request.serialized_payload,
                };
                RegistrationState {
                    state: "action",
                    action: Some("signPayload"),
                    description: Some(SIGN),
                    signing_request: Some(requests.map(|(name, request)| (name, asked(request))).collect()),
                    secret: Some(json!({"signingResponse": {}})),
                    ..nothing
                }
            }
            "finished" => RegistrationState { state: "finished", secret: self.given(), ..nothing },
            _ => RegistrationState { state: "wait", reason: Some(WAIT), description: Some(WAIT), ..nothing },
        }
    }

    /// The signatures that came with this request.
    fn given(&self) -> Option<Value> {
        let secret = self.ask.input.value(SECRET)?;
        let response = secret.get(job::RESPONSE).filter(|response| !response.is_null())?;
        Some(json!({ job::RESPONSE: signatures_of(response) }))
    }

    /// The document as it stands on the ledger.
    async fn resolved(&self, did: &str) -> Result<Option<Value>, Problem> {
        let did = Did::parse(did)?;
        let found = self.ask.house.studio.resolver.did(&did, None, Freshness::Fresh).await?;
        Ok(found.map(|found| found.document))
    }

    /// The DID, the resource's id, and once it is written what the ledger has under it.
    async fn resource(
        &self,
        id: JobId,
        view: &JobView,
    ) -> Result<(String, Option<ResourceId>, Option<ResolvedResource>), Problem> {
        let did = view.did_state.did.clone().unwrap_or_default();
        let resource = self.resource_id(id, view).await?;
        let found = match resource.filter(|_| view.did_state.state == "finished") {
            Some(resource) => {
                let resolver = &self.ask.house.studio.resolver;
                resolver.resource(&Did::parse(&did)?, &resource.to_string()).await?
            }
            None => None,
        };
        Ok((did, resource, found))
    }

    /// From what is signed; where the vault signed alone, nobody was shown that, and the history knows.
    async fn resource_id(&self, id: JobId, view: &JobView) -> Result<Option<ResourceId>, Problem> {
        let (house, who) = (&self.ask.house, &self.ask.call.who);
        let content = app::job::read(&house.studio, who, id).await?.content;
        let told = content.and_then(|mut content| content.told.get_mut("resource").map(Value::take));
        if let Some(told) = told {
            let description: ResourceDescription = serde_json::from_value(told).map_err(Fault::bug)?;
            return Ok(Some(description.resource));
        }
        let Some(operation) = view.operation_id.as_ref().and_then(|id| id.parse().ok()) else {
            return Ok(None);
        };
        let deed = house.views.activities().get(who.customer, operation).await?;
        Ok(deed.and_then(|deed| deed.entity.parse().ok()).map(ResourceId))
    }

    /// The same problem, said in the registrar's words beside Studio's own.
    pub(super) fn failed(&self, problem: Problem) -> Problem {
        let (shape, ask) = (self.shape, self.ask);
        let fault = problem.fault();
        let job =
            fault.members.get(JOB).or_else(|| ask.input.raw(JOB)).filter(|job| job.is_string()).cloned();
        // A text where none is known: what reads `didUrlState` takes nothing else.
        let job = job.unwrap_or(if shape == Shape::DidUrl { json!("") } else { Value::Null });
        let document = ask.input.raw("didDocument").and_then(|document| document.get("id"));
        let named = did_of(ask).ok().flatten().map(|did| json!(did)).or_else(|| document.cloned());
        let named = named.filter(Value::is_string).unwrap_or_else(|| json!(""));
        let mut state = json!({
            "state": "failed",
            "reason": reason(fault),
            "description": description(fault),
            SECRET: {},
        });
        let subject = if shape == Shape::DidUrl { "didUrl" } else { "did" };
        if let Some(members) = state.as_object_mut() {
            members.insert(subject.to_owned(), named);
        }
        problem.with(JOB, job).with(shape.member(), state)
    }
}

impl From<ResolvedResource> for RegisteredResource {
    fn from(ResolvedResource { data, metadata }: ResolvedResource) -> Self {
        let also = metadata.also_known_as.into_iter();
        Self {
            collection_id: metadata.collection_id,
            id: metadata.id,
            name: metadata.name,
            resource_type: metadata.resource_type,
            version: metadata.version,
            also_known_as: also
                .map(|(uri, description)| json!({"uri": uri, "description": description}))
                .collect(),
            data: STANDARD.encode(data),
        }
    }
}

fn metadata(view: &JobView) -> RegistrationMetadata {
    RegistrationMetadata {
        network: view.network.clone(),
        expires_at: view.expires_at.clone(),
        fee_quoted: view.fee_quoted.clone(),
        operation_id: view.operation_id.clone(),
        tx_hash: view.tx_hash.clone(),
    }
}

/// What became of a job that can only be opened anew.
fn failed(view: &JobView) -> Fault {
    let state = &view.did_state;
    let code = state.code.clone().unwrap_or_default();
    let why = state.reason.clone().unwrap_or_default();
    let sentence = format!("This job has failed, with {code}: {why} Begin a new one.");
    let fault = Fault::new(FaultKind::Conflict, "job/failed", sentence);
    let fault = fault.with("failure", code).with(JOB, view.job_id.as_str());
    match &view.operation_id {
        Some(operation) => fault.with("operationId", operation.as_str()),
        None => fault,
    }
}

/// The registrar's sentence where it has one: clients show this and nothing else.
pub(super) fn reason(fault: &Fault) -> String {
    match fault.code {
        "job/not-found" | "job/expired" => "The jobId is either expired or not found".to_owned(),
        "did/not-found" | "did/deactivated" => "The DID does not exist or is Deactivated".to_owned(),
        "did/controller-not-found" | "did/controller-deactivated" => {
            "The Controller does not exist or is Deactivated".to_owned()
        }
        _ => fault.public.clone(),
    }
}

/// The whole sentence, behind the registrar's word for its kind.
pub(super) fn description(fault: &Fault) -> String {
    match fault.kind {
        FaultKind::Invalid | FaultKind::NotFound | FaultKind::Conflict | FaultKind::TooLarge => {
            format!("Invalid payload: {}", fault.public)
        }
        FaultKind::Bug => {
            format!("The operation failed due to an internal error. Please try again: {}", fault.public)
        }
        _ => fault.public.clone(),
    }
}
