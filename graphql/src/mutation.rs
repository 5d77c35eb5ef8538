//! Mutations: one field per use case, refusals as data.

mod accreditation;
mod api_key;
mod credential;
mod did;
mod did_here;
mod job;
mod key;
mod operation;
mod people;
mod people_payload;
mod presentation;
mod resource;
mod session;
mod status_list;
mod subject;
mod trust;

use crate::{
    asking::asking,
    fault::{Result, UserError},
    loader::Version,
    reference::Kind,
    view::{
        Accreditation, ApiKey, Credential, Did, Job, Key, Operation, Resource, StatusList, load_did,
        load_job, load_operation, load_resource,
    },
    write::{Quote, Receipt},
};
use async_graphql::{ComplexObject, Context, ID, MergedObject, Object, SimpleObject};
use domain::id::{ApiKeyId, CredentialId, OperationId, ResourceId, StatusListId};
use serde_json::Value;

/// Everything that changes something.
#[derive(Default, MergedObject)]
pub(crate) struct Mutation(
    key::KeyMutation,
    api_key::ApiKeyMutation,
    people::PeopleMutation,
    subject::SubjectMutation,
    session::SessionMutation,
    did::DidMutation,
    did_here::DidHereMutation,
    resource::ResourceMutation,
    status_list::StatusListMutation,
    credential::CredentialMutation,
    presentation::PresentationMutation,
    accreditation::AccreditationMutation,
    operation::OperationMutation,
    job::JobMutation,
    trust::TrustMutation,
);

/// What every payload has.
struct Refusals(Receipt);

/// What every payload has.
#[Object]
impl Refusals {
    /// Why it was not done; empty if it was, or is on its way.
    async fn user_errors(&self) -> &[UserError] {
        &self.0.errors
    }

    /// Whether this is the answer that an earlier request with the same idempotency key got.
    async fn replayed(&self) -> bool {
        self.0.replayed
    }
}

/// What the payloads of ledger writes have besides.
struct Write {
    operation: Option<OperationId>,
    quote: Option<Quote>,
}

/// What the payloads of ledger writes have besides.
#[Object]
impl Write {
    /// The ledger operation; still `PENDING` or `SUBMITTED` if the ledger took longer than the caller wanted to wait.
    async fn operation(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        load_operation(ctx, self.operation).await
    }

    /// The price, for a dry run.
    async fn quote(&self) -> Option<Quote> {
        self.quote.clone()
    }
}

/// The payload of a mutation that does not reach the ledger.
macro_rules! payload {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(SimpleObject)]
        #[graphql(complex)]
        pub(crate) struct $name {
            #[graphql(flatten)]
            outcome: Refusals,
        }
        impl From<Receipt> for $name {
            fn from(receipt: Receipt) -> Self {
                Self { outcome: Refusals(receipt) }
            }
        }
    };
}

/// The payload of a mutation that writes to the ledger.
macro_rules! ledger_payload {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(SimpleObject)]
        #[graphql(complex)]
        pub(crate) struct $name {
            #[graphql(flatten)]
            outcome: Refusals,
            #[graphql(flatten)]
            write: Write,
        }
        impl From<Receipt> for $name {
            fn from(receipt: Receipt) -> Self {
                let write = Write { operation: receipt.operation, quote: receipt.quote.clone() };
                Self { outcome: Refusals(receipt), write }
            }
        }
    };
}

payload!(
    /// What came of a change of keys.
    KeyPayload
);
payload!(
    /// What came of the end of a key.
    DeleteKeyPayload
);
payload!(
    /// What came of taking over a DID.
    ImportDidPayload
);
payload!(
    /// What came of calling a DID something.
    LabelDidPayload
);
payload!(
    /// What came of an export.
    ExportDidPayload
);
payload!(
    /// What came of the end of a job.
    CancelJobPayload
);
payload!(
    /// What came of a change of API keys.
    ApiKeyPayload
);
payload!(
    /// What came of signing a browser out.
    EndSessionPayload
);
payload!(
    /// What came of a change of members.
    MemberPayload
);
payload!(
    /// What came of leaving an account.
    LeaveAccountPayload
);
payload!(
    /// What came of a change of invitations.
    InvitationPayload
);
payload!(
    /// What came of a change of roles.
    RolePayload
);
payload!(
    /// What came of a change of the account.
    OrganisationPayload
);
payload!(
    /// What came of an erasure.
    EraseSubjectPayload
);
payload!(
    /// What came of signing a credential.
    IssueCredentialPayload
);
payload!(
    /// What came of making a presentation.
    PresentationPayload
);
payload!(
    /// What came of an intervention in a ledger operation.
    OperationPayload
);
payload!(
    /// What came of a change of the trusted roots.
    TrustedRootsPayload
);
ledger_payload!(
    /// What came of a change of a DID.
    DidPayload
);
ledger_payload!(
    /// What came of a change of a resource.
    ResourcePayload
);
ledger_payload!(
    /// What came of signatures.
    SignaturesPayload
);
ledger_payload!(
    /// What came of a change of a status list.
    StatusListPayload
);
ledger_payload!(
    /// What came of a change of a credential's status.
    CredentialPayload
);
ledger_payload!(
    /// What came of a change of an accreditation.
    AccreditationPayload
);

impl Receipt {
    /// The own id of the thing, where that is a UUID.
    fn uuid(&self, kind: Kind) -> Option<uuid::Uuid> {
        self.thing.as_deref().and_then(|thing| kind.uuid(thing))
    }
}

#[ComplexObject]
impl OperationPayload {
    /// The operation as it stands now.
    async fn operation(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        load_operation(ctx, self.outcome.0.operation).await
    }
}

/// A credential of the caller.
async fn load_credential(ctx: &Context<'_>, receipt: &Receipt) -> Result<Option<Credential>> {
    let Some(id) = receipt.uuid(Kind::Credential) else { return Ok(None) };
    Ok(asking(ctx)?.loaders.0.load_one(CredentialId(id)).await?.map(Credential))
}

#[ComplexObject]
impl IssueCredentialPayload {
    /// The credential.
    async fn credential(&self, ctx: &Context<'_>) -> Result<Option<Credential>> {
        load_credential(ctx, &self.outcome.0).await
    }

    /// The job, if the caller signs.
    async fn job(&self, ctx: &Context<'_>) -> Result<Option<Job>> {
        load_job(ctx, self.outcome.0.job).await
    }
}

#[ComplexObject]
impl PresentationPayload {
    /// The presentation with its proof. It is told once.
    async fn presentation(&self) -> Option<Value> {
        self.outcome.0.thing.as_deref().and_then(|text| serde_json::from_str(text).ok())
    }
}

#[ComplexObject]
impl KeyPayload {
    /// The key.
    async fn key(&self, ctx: &Context<'_>) -> Result<Option<Key>> {
        let Some(kid) = &self.outcome.0.thing else { return Ok(None) };
        let asking = asking(ctx)?;
        Ok(asking.views().accounts().key(asking.customer(), kid).await?.map(Key))
    }
}

#[ComplexObject]
impl DeleteKeyPayload {
    /// The id of the key that is no more.
    async fn deleted_kid(&self) -> Option<ID> {
        self.outcome.0.thing.clone().map(ID)
    }
}

#[ComplexObject]
impl ApiKeyPayload {
    /// The API key; the new one where another was replaced.
    async fn api_key(&self, ctx: &Context<'_>) -> Result<Option<ApiKey>> {
        let key = self.outcome.0.thing.as_deref().and_then(|thing| thing.parse().ok());
        let Some(key) = key.map(ApiKeyId) else { return Ok(None) };
        let asking = asking(ctx)?;
        Ok(asking.views().accounts().api_key(asking.customer(), key).await?.map(Into::into))
    }

    /// The secret of a key that was just made, for the only time: not for a repeat under the same idempotency key, and never
    /// again.
    async fn secret(&self) -> Option<&str> {
        self.outcome.0.secret.as_ref().map(|secret| secret.0.as_str())
    }
}

#[ComplexObject]
impl EndSessionPayload {
    /// Whether it is signed out now.
    async fn ended(&self) -> bool {
        self.outcome.0.errors.is_empty()
    }
}

#[ComplexObject]
impl EraseSubjectPayload {
    /// Whether what was kept about the subject is unreadable now.
    async fn erased(&self) -> bool {
        self.outcome.0.errors.is_empty()
    }
}

#[ComplexObject]
impl DidPayload {
    /// The DID.
    async fn did(&self, ctx: &Context<'_>) -> Result<Option<Did>> {
        let Some(did) = &self.outcome.0.thing else { return Ok(None) };
        load_did(ctx, did).await
    }

    /// The job, if the caller signs.
    async fn job(&self, ctx: &Context<'_>) -> Result<Option<Job>> {
        load_job(ctx, self.outcome.0.job).await
    }
}

#[ComplexObject]
impl ImportDidPayload {
    /// The DID.
    async fn did(&self, ctx: &Context<'_>) -> Result<Option<Did>> {
        let Some(did) = &self.outcome.0.thing else { return Ok(None) };
        load_did(ctx, did).await
    }
}

#[ComplexObject]
impl LabelDidPayload {
    /// The DID.
    async fn did(&self, ctx: &Context<'_>) -> Result<Option<Did>> {
        let Some(did) = &self.outcome.0.thing else { return Ok(None) };
        load_did(ctx, did).await
    }
}

#[ComplexObject]
impl ExportDidPayload {
    /// The DID.
    async fn did(&self, ctx: &Context<'_>) -> Result<Option<Did>> {
        let Some(did) = &self.outcome.0.thing else { return Ok(None) };
        load_did(ctx, did).await
    }

    /// The private keys of its verification methods: a JWK set as a compact JWE under the password (PBES2-HS512+A256KW, A256GCM). Not
    /// for a repeat under the same idempotency key.
    async fn encrypted_keys(&self) -> Option<&str> {
        self.outcome.0.secret.as_ref().map(|secret| secret.0.as_str())
    }
}

#[ComplexObject]
impl CancelJobPayload {
    /// The job as it stands now.
    async fn job(&self, ctx: &Context<'_>) -> Result<Option<Job>> {
        load_job(ctx, self.outcome.0.job).await
    }
}

#[ComplexObject]
impl ResourcePayload {
    /// The resource version.
    async fn resource(&self, ctx: &Context<'_>) -> Result<Option<Resource>> {
        load_resource(ctx, self.outcome.0.uuid(Kind::Resource).map(ResourceId)).await
    }

    /// The job, if the caller signs.
    async fn job(&self, ctx: &Context<'_>) -> Result<Option<Job>> {
        load_job(ctx, self.outcome.0.job).await
    }
}

#[ComplexObject]
impl SignaturesPayload {
    /// The job as it stands now.
    async fn job(&self, ctx: &Context<'_>) -> Result<Option<Job>> {
        load_job(ctx, self.outcome.0.job).await
    }
}

#[ComplexObject]
impl StatusListPayload {
    /// The status list.
    async fn status_list(&self, ctx: &Context<'_>) -> Result<Option<StatusList>> {
        let Some(list) = self.outcome.0.uuid(Kind::StatusList) else { return Ok(None) };
        Ok(asking(ctx)?.loaders.0.load_one(StatusListId(list)).await?.map(StatusList))
    }

    /// The job, if the caller signs.
    async fn job(&self, ctx: &Context<'_>) -> Result<Option<Job>> {
        load_job(ctx, self.outcome.0.job).await
    }
}

#[ComplexObject]
impl CredentialPayload {
    /// The credential.
    async fn credential(&self, ctx: &Context<'_>) -> Result<Option<Credential>> {
        load_credential(ctx, &self.outcome.0).await
    }

    /// The job, if the caller signs.
    async fn job(&self, ctx: &Context<'_>) -> Result<Option<Job>> {
        load_job(ctx, self.outcome.0.job).await
    }
}

#[ComplexObject]
impl AccreditationPayload {
    /// The accreditation version.
    async fn accreditation(&self, ctx: &Context<'_>) -> Result<Option<Accreditation>> {
        let Some(id) = self.outcome.0.uuid(Kind::Accreditation) else { return Ok(None) };
        Ok(asking(ctx)?.loaders.0.load_one(Version(ResourceId(id))).await?.map(Accreditation))
    }

    /// The job, if the caller signs.
    async fn job(&self, ctx: &Context<'_>) -> Result<Option<Job>> {
        load_job(ctx, self.outcome.0.job).await
    }
}
