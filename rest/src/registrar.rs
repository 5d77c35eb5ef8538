//! DIF's DID Registration as cheqd's registrar driver speaks it: `/1.0/create` and its kin, for clients that hold their keys
//! themselves (docs/registrar.md).
//!
//! A registration is a job (ADR 24), in the words of that protocol: the request without a `jobId` opens one, the request with it
//! brings signatures or asks how it stands. Nothing is written here in any other way.

mod about;
mod answer;
mod create;
mod deactivate;
mod resource;
mod update;

pub use about::{KeyOfDocument, NewDidDocument, RegistrarProperties};
pub use answer::{
    DidRegistration, DidUrlRegistration, RegisteredResource, RegistrarRequest, RegistrationMetadata,
    RegistrationState, ResourceRegistration,
};
pub use create::RegisterDidBody;
pub use deactivate::RegisterEndBody;
pub use resource::{RegisterContentBody, RegisterContentsBody, RegisterResourceBody};
pub use update::RegisterUpdateBody;

use crate::{
    Answer, Ask, Input, Problem, check,
    input::{Query, invalid},
    job,
    openapi::Tagged,
    route::Endpoint,
};
use answer::Shape;
use app::{
    Fault, Written,
    act::{self, Spec},
    job::{JobAct, OpenJob},
};
use axum::{
    http::StatusCode,
    routing::{get, post},
};
use domain::{
    id::{Did, JobId, Network},
    job::{Job, JobPhase},
};
use utoipa::OpenApi;

/// The one DID method that is registered here.
const METHOD: &str = "cheqd";
const JOB: &str = "jobId";
const OPTIONS: &str = "options";

#[derive(OpenApi)]
#[openapi(paths(
    create::create,
    update::update,
    deactivate::deactivate,
    resource::create,
    resource::update,
    resource::create_below,
    about::methods,
    about::properties,
    about::traits,
    about::did_document
))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/1.0/create", &act::DID_CREATE, post(create::create)).takes_basic(),
        Endpoint::post("/1.0/update", &act::DID_UPDATE, post(update::update)).takes_basic(),
        Endpoint::post("/1.0/deactivate", &act::DID_DEACTIVATE, post(deactivate::deactivate)).takes_basic(),
        Endpoint::post("/1.0/createResource", &act::RESOURCE_CREATE, post(resource::create)).takes_basic(),
        Endpoint::post("/1.0/updateResource", &act::RESOURCE_CREATE, post(resource::update)).takes_basic(),
        Endpoint::post("/1.0/{did}/create-resource", &act::RESOURCE_CREATE, post(resource::create_below))
            .takes_basic(),
        Endpoint::public("/1.0/methods", get(about::methods)).strict(),
        Endpoint::public("/1.0/properties", get(about::properties)).strict(),
        Endpoint::public("/1.0/traits", get(about::traits)).strict(),
        Endpoint::public("/1.0/did-document", get(about::did_document)).strict(),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "DID Registrar", api: Docs::openapi() }
}

/// One request of a registration.
struct Registration<'a> {
    ask: &'a Ask,
    /// How it is answered.
    shape: Shape,
    /// Which act its jobs are of: a job of another one is none of this route's.
    act: &'static Spec,
}

impl Registration<'_> {
    /// Opens a job for the act or, where the request names a job, gives it the signatures that came. `act` is read only if a job is to
    /// be opened. A failure is said in the registrar's words too.
    async fn run(
        &self,
        act: impl Future<Output = Result<JobAct, Problem>> + Send,
    ) -> Result<Answer, Problem> {
        self.register(act).await.map_err(|problem| self.failed(problem))
    }

    async fn register(
        &self,
        act: impl Future<Output = Result<JobAct, Problem>> + Send,
    ) -> Result<Answer, Problem> {
        let ask = self.ask;
        method(&ask.query)?;
        // Each answer shows a job; whoever may not see one must not leave one behind.
        ask.call.who.may(&act::JOB_READ, None)?;
        let written = match job_of(&ask.input)? {
            Some(job) => self.go_on(job).await?,
            None => ask.perform(OpenJob::new(act.await?)).await?,
        };
        match written {
            Written::Done(job) => self.standing(job).await,
            other => Answer::written(ask, StatusCode::OK, other, |_| ()).await,
        }
    }

    /// Gives the job the signatures that came. Once it is carried out, and none came, its write is waited for.
    async fn go_on(&self, job: JobId) -> Result<Written<JobId>, Problem> {
        let ask = self.ask;
        let state = self.ours(job).await?;
        let act = job::signatures(job, &ask.input)?;
        if state.phase != JobPhase::Finished || !act.signatures.is_empty() {
            return ask.perform(act).await;
        }
        if let Some(operation) = state.carried_by {
            app::write::finish(&ask.house.studio, &ask.call, operation).await?;
        }
        Ok(Written::Done(job))
    }

    /// Fault `job/not-found` for a job of another act, and `request/invalid` for one of another DID than the request names.
    async fn ours(&self, job: JobId) -> Result<Job, Problem> {
        let state = app::job::read(&self.ask.house.studio, &self.ask.call.who, job).await?.state;
        let request = state.request.as_ref().filter(|request| request.act == self.act.name);
        let request = request.ok_or_else(|| app::job::not_found(job))?;
        match (did_of(self.ask)?, &request.did) {
            (Some(named), Some(own)) if named != *own => {
                let sentence = format!("did names {named}, and the job {job} writes for {own}");
                Err(invalid("did", sentence).into())
            }
            _ => Ok(state),
        }
    }
}

/// The job that a request goes on with. Fault `request/invalid`.
fn job_of(input: &Input) -> Result<Option<JobId>, Fault> {
    const SENTENCE: &str = "jobId should be a UUID";
    let text = input.text(JOB, SENTENCE)?.filter(|text| !text.is_empty());
    text.map(|text| check::uuid(JOB, text, SENTENCE).map(JobId::from)).transpose()
}

/// The DID that a request names, in its path or its body. Fault `request/invalid`.
fn did_of(ask: &Ask) -> Result<Option<Did>, Fault> {
    let in_path = Some(ask.path.get("did")).filter(|did| !did.is_empty());
    let text = in_path.or(ask.input.text("did", "DID should be a string")?);
    text.filter(|text| !text.is_empty()).map(|text| check::cheqd_did("did", text)).transpose()
}

/// As [`did_of`], where a DID is needed.
fn named_did(ask: &Ask) -> Result<Did, Fault> {
    check::required("did", did_of(ask)?, "did is required: the DID that is written for")
}

/// `method` of the query, which names this method if it is there. Fault `did/method-unsupported`.
fn method(query: &Query) -> Result<(), Fault> {
    if query.text("method").is_none_or(|method| method == METHOD) {
        return Ok(());
    }
    let sentence = "DIDs of this method are not registered here; method should be cheqd";
    Err(Fault::invalid("did/method-unsupported", sentence).with("field", "method"))
}

/// The options, if there are any. Their addresses of nodes and their fees are not read: Studio asks its own nodes, and pays what they
/// ask, up to `maxFee`.
fn options(input: &Input) -> Result<Input, Fault> {
    let options = input.nested(OPTIONS, "options should be an object")?.unwrap_or_default();
    // Whoever sends one of these does not want to pay.
    if let Some(name) = ["dryRun", "maxFee"].into_iter().find(|name| options.has(name)) {
        return Err(invalid(OPTIONS, format!("{name} is a parameter of the query, not of options")));
    }
    Ok(options)
}

/// `options.network` is that of the DID, if it is there. Fault `request/invalid`.
fn on(network: Network, options: &Input) -> Result<(), Fault> {
    let named = options.text("network", "Invalid network")?.map(check::network).transpose()?;
    if named.is_none_or(|named| named == network) {
        return Ok(());
    }
    Err(invalid("network", format!("options.network contradicts the DID, which is on {network}")))
}

/// A version of a document has an id that Studio derives from the request, so that a repeat writes the same one. Fault
/// `request/invalid` if the caller wants another.
fn without_version(options: &Input) -> Result<(), Fault> {
    if options.has("versionId") {
        let sentence = "options.versionId of a DID document cannot be chosen here: leave it out";
        return Err(invalid(OPTIONS, sentence));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
