//! Acts that wait for signatures from outside.

use super::{
    Did, Operation,
    kind::{DocumentSide, JobState, Network},
    load_did, load_operation,
};
use crate::{asking::asking, fault::Result, limits::JOB_CONTENT_COST, reference::Kind, scalar::Amount};
use app::job::{self, JobInside};
use async_graphql::{Context, ID, Object, SimpleObject};
use domain::{
    id::Instant,
    job::{Party, WantedSignature},
};
use projections::{JobRow, JobStanding, operation::OperationDetail};
use serde_json::Value;

/// An act that waits for signatures from outside, or waited.
pub(crate) struct Job(pub(crate) JobRow);

shows!(Job: JobRow);

/// Somebody who must sign.
#[derive(SimpleObject)]
pub(crate) struct SigningParty {
    /// The DID.
    did: String,
    /// In which of its documents the key stands.
    document: DocumentSide,
}

impl From<Party> for SigningParty {
    fn from(party: Party) -> Self {
        Self { did: party.did, document: party.side.into() }
    }
}

/// A signature that can be given.
#[derive(SimpleObject)]
pub(crate) struct SigningRequest {
    /// Its name: `signingRequest1`.
    id: String,
    /// DID URL of the verification method.
    kid: String,
    /// JOSE name of the algorithm: `EdDSA`.
    alg: String,
    /// Its public key, multibase.
    public_key_multibase: String,
    /// For whom it speaks. One signature for each party is enough.
    signs_for: Vec<SigningParty>,
}

impl From<&WantedSignature> for SigningRequest {
    fn from(wanted: &WantedSignature) -> Self {
        Self {
            id: wanted.request_id(),
            kid: wanted.verification_method.clone(),
            alg: wanted.algorithm.clone(),
            public_key_multibase: wanted.public_key.clone(),
            signs_for: wanted.parties.iter().cloned().map(Into::into).collect(),
        }
    }
}

/// What a job wants signed.
#[derive(SimpleObject)]
pub(crate) struct JobSigning {
    /// The bytes to sign, base64.
    serialized_payload: Option<String>,
    /// What they say.
    payload: Option<Value>,
    /// What can still be signed; empty once it is over.
    signing_request: Vec<SigningRequest>,
    /// The verification methods that have signed.
    signed_by: Vec<String>,
}

impl Job {
    /// The write that came of it.
    async fn written(&self, ctx: &Context<'_>) -> Result<Option<OperationDetail>> {
        match self.0.carried_by {
            Some(operation) => Ok(asking(ctx)?.loaders.0.load_one(operation).await?),
            None => Ok(None),
        }
    }

    /// The DID that it writes for: if none was named, that of the write.
    async fn written_for(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        match &self.0.did {
            Some(did) => Ok(Some(did.to_string())),
            None => Ok(self.written(ctx).await?.map(|detail| detail.operation.did)),
        }
    }

    async fn standing(&self, ctx: &Context<'_>) -> Result<JobStanding> {
        let asking = asking(ctx)?;
        let detail = self.written(ctx).await?;
        let operation = detail.as_ref().map(|detail| &detail.operation);
        Ok(self.0.standing(operation, asking.studio().clock.now()))
    }
}

/// An act that waits for signatures from outside, or waited.
#[Object]
impl Job {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Job.id(self.0.job)
    }

    /// Its own id.
    async fn job_id(&self) -> ID {
        ID(self.0.job.to_string())
    }

    /// What it does, by the name of the act: `did.create`.
    async fn act(&self) -> &str {
        &self.0.act
    }

    /// The DID it writes for.
    async fn did(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.written_for(ctx).await
    }

    /// That DID, once it is the account's.
    async fn controller(&self, ctx: &Context<'_>) -> Result<Option<Did>> {
        match self.written_for(ctx).await? {
            Some(did) => load_did(ctx, &did).await,
            None => Ok(None),
        }
    }

    /// Its network.
    async fn network(&self) -> Network {
        self.0.network.into()
    }

    /// Where it stands.
    async fn state(&self, ctx: &Context<'_>) -> Result<JobState> {
        Ok(self.standing(ctx).await?.state.into())
    }

    /// Why it failed, or what is in its way: a stable slug.
    async fn code(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.standing(ctx).await?.code)
    }

    /// The same as a sentence.
    async fn reason(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.standing(ctx).await?.reason)
    }

    /// What is to be signed.
    #[graphql(complexity = "JOB_CONTENT_COST")]
    async fn signing(&self, ctx: &Context<'_>) -> Result<JobSigning> {
        let asking = asking(ctx)?;
        let inside = job::read(asking.studio(), &asking.caller, self.0.job).await?;
        let JobInside { state: job, content, .. } = inside;
        let takes = self.standing(ctx).await?.state == projections::JobState::Action;
        let open = job.open_requests().filter(|_| takes);
        Ok(JobSigning {
            signing_request: open.map(Into::into).collect(),
            signed_by: job.signed_by().map(str::to_owned).collect(),
            serialized_payload: content.as_ref().map(|content| content.payload.clone()),
            payload: content.map(|content| content.told),
        })
    }

    /// The signed credential or accreditation, once a job that signs one is finished.
    #[graphql(complexity = "JOB_CONTENT_COST")]
    async fn credential(&self, ctx: &Context<'_>) -> Result<Option<Value>> {
        let asking = asking(ctx)?;
        Ok(job::read(asking.studio(), &asking.caller, self.0.job).await?.result)
    }

    /// What it was expected to cost when signatures were last asked for.
    async fn fee_quoted(&self) -> Option<Amount> {
        self.0.fee_quoted.as_deref().and_then(Amount::of_text)
    }

    /// Until when signatures are taken.
    async fn expires_at(&self) -> Instant {
        self.0.expires_at
    }

    /// The ledger write that came of it.
    async fn operation(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        load_operation(ctx, self.0.carried_by).await
    }

    /// When it was opened.
    async fn created_at(&self) -> Instant {
        self.0.created_at
    }

    /// When anything last happened to it.
    async fn updated_at(&self) -> Instant {
        self.0.updated_at
    }
}
