//! `GET /jobs/{id}`, and a job as it is shown everywhere.

use crate::{Answer, Ask, Problem, key::milliseconds, schema::AnyObject};
use app::job;
use domain::{
    id::{Instant, JobId},
    job::{Party, Side, WantedSignature},
};
use projections::{JobRow, JobState, operation::Operation};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An act that waits for signatures, or waited, in the form of DIF's DID Registration.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Job)]
pub struct JobView {
    /// Its id.
    pub job_id: String,
    /// What it does, by the name of the act, as `did.create` or `credential.issue`.
    #[schema(example = "did.create")]
    pub act: String,
    /// Where it stands.
    pub did_state: DidStateView,
    /// `mainnet` or `testnet`.
    pub network: String,
    /// What it was expected to cost when signatures were last asked for, in ncheq; `null` if the ledger could not be asked, or if
    /// nothing of it goes to the ledger.
    pub fee_quoted: Option<String>,
    /// Until when signatures are taken.
    pub expires_at: String,
    /// The ledger write that came of it; see `/operations/{id}`.
    pub operation_id: Option<String>,
    /// Its transaction.
    pub tx_hash: Option<String>,
    /// The block it is in.
    pub height: Option<i64>,
    /// The signed credential or accreditation, once a job that signs one is finished; not in lists.
    #[schema(value_type = Option<AnyObject>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<Value>,
    /// When it was opened.
    pub created_at: String,
    /// When anything last happened to it.
    pub updated_at: String,
}

/// Where a job stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DidState)]
pub struct DidStateView {
    /// `action` (it wants signatures), `wait` (everybody has signed, the ledger has not answered yet), `finished` or `failed`.
    #[schema(example = "action")]
    pub state: &'static str,
    /// `signPayload` while it wants signatures.
    pub action: Option<&'static str>,
    /// The DID it writes for.
    pub did: Option<String>,
    /// The document that it writes, where it writes one; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub did_document: Option<Value>,
    /// What can be signed, while it wants signatures; not in lists. One signature for each party of `signsFor` is enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_request: Option<BTreeMap<String, SigningRequestView>>,
    /// The verification methods that have signed; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<Vec<String>>,
    /// Why it failed, or what is in its way: a stable slug.
    pub code: Option<String>,
    /// The same as a sentence.
    pub reason: Option<String>,
}

/// A signature that can be given.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SigningRequest)]
pub struct SigningRequestView {
    /// DID URL of the verification method.
    pub kid: String,
    /// `EdDSA`.
    pub alg: String,
    /// Its public key, multibase.
    pub public_key_multibase: String,
    /// For whom it speaks.
    pub signs_for: Vec<PartyView>,
    /// What the bytes say.
    pub payload: Value,
    /// The bytes to sign, base64.
    pub serialized_payload: String,
}

/// Somebody who must sign.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Party)]
pub struct PartyView {
    /// The DID.
    pub did: String,
    /// Where the key stands: in the document on the ledger (`present`), or in the one that is to be written (`new`).
    pub document: &'static str,
}

impl From<&Party> for PartyView {
    fn from(party: &Party) -> Self {
        let document = match party.side {
            Side::Present => "present",
            Side::New => "new",
        };
        Self { did: party.did.clone(), document }
    }
}

impl JobView {
    /// As lists show it.
    pub(super) fn of(row: JobRow, operation: Option<&Operation>, at: Instant) -> Self {
        let standing = row.standing(operation, at);
        let state = match standing.state {
            JobState::Action => "action",
            JobState::Wait => "wait",
            JobState::Finished => "finished",
            JobState::Failed => "failed",
        };
        Self {
            job_id: row.job.to_string(),
            act: row.act,
            did_state: DidStateView {
                state,
                action: (standing.state == JobState::Action).then_some("signPayload"),
                did: row.did.map_or_else(
                    || operation.map(|written| written.did.clone()),
                    |did| Some(did.to_string()),
                ),
                did_document: None,
                signing_request: None,
                signed_by: None,
                code: standing.code,
                reason: standing.reason,
            },
            network: row.network.to_string(),
            fee_quoted: row.fee_quoted,
            expires_at: milliseconds(row.expires_at),
            operation_id: row.carried_by.map(|operation| operation.to_string()),
            tx_hash: operation.and_then(|operation| operation.tx_hash.clone()),
            height: operation.and_then(|operation| operation.height),
            credential: None,
            created_at: milliseconds(row.created_at),
            updated_at: milliseconds(row.updated_at),
        }
    }

    /// With what it holds.
    fn with(mut self, inside: job::JobInside) -> Self {
        let job::JobInside { state: job, content, result } = inside;
        let content = content.as_ref();
        self.credential = result;
        let told = content.map(|content| content.told.clone()).unwrap_or_default();
        let state = &mut self.did_state;
        state.did_document = told.get("didDocument").cloned();
        state.signed_by = Some(job.signed_by().map(str::to_owned).collect());
        if state.state == "action"
            && let Some(content) = content
        {
            let open =
                job.open_requests().map(|wanted| (wanted.request_id(), request(wanted, content, &told)));
            state.signing_request = Some(open.collect());
        }
        self
    }
}

fn request(wanted: &WantedSignature, content: &job::JobContent, told: &Value) -> SigningRequestView {
    SigningRequestView {
        kid: wanted.verification_method.clone(),
        alg: wanted.algorithm.clone(),
        public_key_multibase: wanted.public_key.clone(),
        signs_for: wanted.parties.iter().map(PartyView::from).collect(),
        payload: told.clone(),
        serialized_payload: content.payload.clone(),
    }
}

/// A job of the caller; fault `job/not-found`.
pub(crate) async fn of(ask: &Ask, id: JobId) -> Result<JobView, Problem> {
    let (views, who) = (&ask.house.views, &ask.call.who);
    let inside = job::read(&ask.house.studio, who, id).await?;
    let row = views.jobs().get(who.customer, id).await?.ok_or_else(|| job::not_found(id))?;
    let operation = match row.carried_by {
        Some(operation) => views.operations().get(who.customer, operation).await?,
        None => None,
    };
    let operation = operation.map(|found| found.operation);
    Ok(JobView::of(row, operation.as_ref(), ask.call.at).with(inside))
}

/// An act of the caller's that waits for signatures, or waited.
#[utoipa::path(get, path = "/jobs/{id}",
    params(("id" = String, Path, description = "From `jobId` of a 202.")),
    responses((status = 200, body = JobView), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn read(ask: Ask) -> Result<Answer, Problem> {
    let id = super::id(&ask)?;
    Answer::ok(&of(&ask, id).await?)
}
