//! `POST /1.0/createResource`, `POST /1.0/updateResource` and `POST /1.0/{did}/create-resource`.

use super::{
    Registration,
    answer::{DidUrlRegistration, ResourceRegistration, Shape},
    named_did, on, options,
};
use crate::{
    Answer, Ask, Input, Problem, check,
    input::invalid,
    schema::{AlternativeAddress, AnyObject},
};
use app::{
    Fault, FaultKind, act,
    data::any_base64,
    did,
    job::JobAct,
    port::resolver::{Freshness, ResourceMetadata},
    resource::CreateResource,
};
use domain::id::{Did, ResourceId};
use serde_json::Value;
use utoipa::ToSchema;

/// What stands before the id in `relativeDidUrl`.
const BELOW: &str = "/resources/";
const URL: &str = "relativeDidUrl";
const CONTENT: &str = "content";
const DATA: &str = "data";

/// The first version of a resource, or with `jobId` the signatures for it.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct RegisterContentBody {
    /// The registration that goes on; none begins one.
    pub job_id: Option<String>,
    /// The DID it hangs on.
    pub did: Option<String>,
    /// `/resources/<uuid>`: an id of the caller's choice.
    pub relative_did_url: Option<String>,
    /// Its bytes, base64.
    pub content: Option<String>,
    /// `name` and `type`; `versionId`, which becomes the version label; `alsoKnownAs`; `network`, which must be the DID's.
    #[schema(value_type = Option<AnyObject>)]
    pub options: Option<Value>,
    /// `signingResponse`: signatures by the names of `signingRequest`, or a list of them, each `{kid, signature}`.
    #[schema(value_type = Option<AnyObject>)]
    pub secret: Option<Value>,
}

/// The next version of a resource, or with `jobId` the signatures for it.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct RegisterContentsBody {
    /// The registration that goes on; none begins one.
    pub job_id: Option<String>,
    /// The DID it hangs on.
    pub did: Option<String>,
    /// `/resources/<uuid>`: an id of the caller's choice for this version.
    pub relative_did_url: Option<String>,
    /// `["setContent"]`, which is meant without it too.
    pub content_operation: Option<Vec<String>>,
    /// Its bytes, base64, as the only item.
    pub content: Option<Vec<String>>,
    /// `name` and `type` of the resource; `versionId`, which becomes the version label; `alsoKnownAs`; `network`, which must be the
    /// DID's.
    #[schema(value_type = Option<AnyObject>)]
    pub options: Option<Value>,
    /// `signingResponse`: signatures by the names of `signingRequest`, or a list of them, each `{kid, signature}`.
    #[schema(value_type = Option<AnyObject>)]
    pub secret: Option<Value>,
}

/// A resource version under the DID of the path, or with `jobId` the signatures for it.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct RegisterResourceBody {
    /// The registration that goes on; none begins one.
    pub job_id: Option<String>,
    /// Its bytes, base64.
    pub data: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its type.
    #[schema(rename = "type")]
    pub resource_type: Option<String>,
    /// Version label.
    pub version: Option<String>,
    /// Other addresses.
    #[schema(value_type = Option<Vec<AlternativeAddress>>)]
    pub also_known_as: Option<Vec<Value>>,
    /// `network`, which must be the DID's.
    #[schema(value_type = Option<AnyObject>)]
    pub options: Option<Value>,
    /// `signingResponse`: signatures by the names of `signingRequest`, or a list of them, each `{kid, signature}`.
    #[schema(value_type = Option<AnyObject>)]
    pub secret: Option<Value>,
}

/// Publishes a new resource of a DID whose keys the caller holds: first 200 with what is to be signed, then 201.
#[utoipa::path(post, path = "/1.0/createResource",
    params(("method" = Option<String>, Query, description = "`cheqd`.")),
    request_body = RegisterContentBody,
    responses((status = 200, body = DidUrlRegistration), (status = 201, body = DidUrlRegistration),
        (status = 202, body = DidUrlRegistration)))]
pub(crate) async fn create(ask: Ask) -> Result<Answer, Problem> {
    let registration = Registration { ask: &ask, shape: Shape::DidUrl, act: &act::RESOURCE_CREATE };
    registration.run(first(&ask)).await
}

/// Publishes the next version of a resource of a DID whose keys the caller holds: first 200 with what is to be signed, then 201.
#[utoipa::path(post, path = "/1.0/updateResource",
    params(("method" = Option<String>, Query, description = "`cheqd`.")),
    request_body = RegisterContentsBody,
    responses((status = 200, body = DidUrlRegistration), (status = 201, body = DidUrlRegistration),
        (status = 202, body = DidUrlRegistration)))]
pub(crate) async fn update(ask: Ask) -> Result<Answer, Problem> {
    let registration = Registration { ask: &ask, shape: Shape::DidUrl, act: &act::RESOURCE_CREATE };
    registration.run(next(&ask)).await
}

/// Publishes a resource version, be it the first of its name and type or not: first 200 with what is to be signed, then 201.
#[utoipa::path(post, path = "/1.0/{did}/create-resource",
    params(("did" = String, Path, description = "The DID it hangs on."),
        ("method" = Option<String>, Query, description = "`cheqd`.")),
    request_body = RegisterResourceBody,
    responses((status = 200, body = ResourceRegistration), (status = 201, body = ResourceRegistration),
        (status = 202, body = ResourceRegistration)))]
pub(crate) async fn create_below(ask: Ask) -> Result<Answer, Problem> {
    let registration = Registration { ask: &ask, shape: Shape::Resource, act: &act::RESOURCE_CREATE };
    registration.run(async { Ok(below(named_did(&ask)?, &ask.input)?) }).await
}

/// A resource that is not there yet. Fault `resource/already-exists`.
async fn first(ask: &Ask) -> Result<JobAct, Problem> {
    let content = ask.input.text(CONTENT, "content should be a string")?;
    let wish = described(named_did(ask)?, &ask.input, content)?;
    if newest(ask, &wish).await?.is_some() {
        let sentence = "Resource already exists: /1.0/updateResource publishes its next version";
        return Err(Fault::new(FaultKind::Conflict, "resource/already-exists", sentence).into());
    }
    Ok(JobAct::ResourceCreate(wish))
}

/// The next version of a resource that is there. Faults `resource/not-found`, `resource/already-exists`.
async fn next(ask: &Ask) -> Result<JobAct, Problem> {
    let content = the_content(&ask.input)?;
    let wish = described(named_did(ask)?, &ask.input, content.as_deref())?;
    let newest = newest(ask, &wish).await?.ok_or_else(|| {
        let sentence = "Update resource name or type does not match existing resource";
        Fault::not_found("resource/not-found", sentence)
    })?;
    let is_taken = !wish.version.is_empty() && wish.version == newest.version;
    if is_taken || wish.id.is_some_and(|id| id.to_string() == newest.id) {
        let sentence = "Update resource version or id already exists";
        return Err(Fault::new(FaultKind::Conflict, "resource/already-exists", sentence).into());
    }
    Ok(JobAct::ResourceCreate(wish))
}

/// The newest version of the same DID, name and type on the ledger, which also knows those that were published elsewhere. Whose DID it
/// is comes first: of somebody else's nothing is told. Faults `did/not-found`, `ledger/…`.
async fn newest(ask: &Ask, wish: &CreateResource) -> Result<Option<ResourceMetadata>, Problem> {
    let studio = &ask.house.studio;
    did::owned(studio, &ask.call, &wish.did).await?;
    let (name, kind) = (&wish.name, &wish.resource_type);
    let found = studio.resolver.latest_resource(&wish.did, name, kind, Freshness::Fresh).await?;
    Ok(found.map(|found| found.metadata))
}

/// The only item of `content`, which is to be set.
fn the_content(input: &Input) -> Result<Option<String>, Fault> {
    const OPERATION: &str = "contentOperation should be [\"setContent\"]: only whole contents are set here";
    const SENTENCE: &str = "The content array must be provided and must have exactly one string";
    match input.array("contentOperation", OPERATION)? {
        None => {}
        Some(operations) if operations == ["setContent"] => {}
        Some(_) => return Err(invalid("contentOperation", OPERATION)),
    }
    match input.array(CONTENT, SENTENCE)?.as_deref() {
        None => Ok(None),
        Some([Value::String(text)]) => Ok(Some(text.clone())),
        Some(_) => Err(invalid(CONTENT, SENTENCE)),
    }
}

/// What `options` say of a content.
fn described(did: Did, input: &Input, content: Option<&str>) -> Result<CreateResource, Fault> {
    const SENTENCE: &str = "options.name, options.type and content are required";
    let options = options(input)?;
    on(did.network(), &options)?;
    Ok(CreateResource {
        name: named(&options, "name", SENTENCE)?,
        resource_type: named(&options, "type", SENTENCE)?,
        version: label(&options, "versionId")?,
        also_known_as: also_known_as(&options)?,
        data: decoded(CONTENT, content, SENTENCE)?,
        id: chosen(input)?,
        did,
    })
}

/// What the body says of its data.
fn below(did: Did, input: &Input) -> Result<JobAct, Fault> {
    const SENTENCE: &str = "name, type and data are required";
    on(did.network(), &options(input)?)?;
    Ok(JobAct::ResourceCreate(CreateResource {
        name: named(input, "name", SENTENCE)?,
        resource_type: named(input, "type", SENTENCE)?,
        version: label(input, "version")?,
        also_known_as: also_known_as(input)?,
        data: decoded(DATA, input.text(DATA, "data should be a string")?, SENTENCE)?,
        id: None,
        did,
    }))
}

fn named(input: &Input, field: &str, sentence: &str) -> Result<String, Fault> {
    let text = input.text(field, &format!("{field} should be a string"))?.filter(|text| !text.is_empty());
    let text = check::required(field, text, sentence)?;
    check::short(field, text).map(str::to_owned)
}

fn label(input: &Input, field: &str) -> Result<String, Fault> {
    let text = input.text(field, &format!("{field} should be a string"))?.unwrap_or_default();
    check::short(field, text).map(str::to_owned)
}

fn also_known_as(input: &Input) -> Result<Vec<domain::resource::AlternativeUri>, Fault> {
    let items = input.array("alsoKnownAs", "alsoKnownAs should be an array")?.unwrap_or_default();
    check::resource_also_known_as(&items)
}

fn decoded(field: &str, text: Option<&str>, missing: &str) -> Result<Vec<u8>, Fault> {
    let text = check::required(field, text.filter(|text| !text.is_empty()), missing)?;
    any_base64(text).ok_or_else(|| invalid(field, format!("{field} should be base64")))
}

/// The id that `relativeDidUrl` names.
fn chosen(input: &Input) -> Result<Option<ResourceId>, Fault> {
    const SENTENCE: &str = "relativeDidUrl should be /resources/ and a UUID";
    let Some(text) = input.text(URL, SENTENCE)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    let id = text.strip_prefix(BELOW).ok_or_else(|| invalid(URL, SENTENCE))?;
    // The ledger knows ids in lower case only.
    check::uuid(URL, id, SENTENCE).map(|id| Some(ResourceId(id)))
}
