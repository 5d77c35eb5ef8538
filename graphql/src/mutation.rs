//! Mutations: one field per use case, refusals as data.

mod accreditation;
mod credential;
mod did;
mod key;
mod operation;
mod resource;
mod status_list;
mod trust;

use crate::{
    asking::asking,
    fault::{Result, UserError},
    loader::Version,
    reference::Kind,
    view::{
        Accreditation, Credential, Did, Key, Operation, Resource, StatusList, load_did, load_operation,
        load_resource,
    },
    write::{Quote, Receipt},
};
use async_graphql::{ComplexObject, Context, MergedObject, Object, SimpleObject};
use domain::id::{CredentialId, ResourceId, StatusListId};

/// Everything that changes something.
#[derive(Default, MergedObject)]
pub(crate) struct Mutation(
    key::KeyMutation,
    did::DidMutation,
    resource::ResourceMutation,
    status_list::StatusListMutation,
    credential::CredentialMutation,
    accreditation::AccreditationMutation,
    operation::OperationMutation,
    trust::TrustMutation,
);

/// What every payload has.
pub(crate) struct Outcome(Receipt);

/// What every payload has.
#[Object]
impl Outcome {
    /// Why it was not done; empty if it was, or is on its way.
    async fn user_errors(&self) -> &[UserError] {
        &self.0.errors
    }

    /// The ledger operation; still `PENDING` or `SUBMITTED` if the ledger took longer than the caller wanted to wait.
    async fn operation(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        load_operation(ctx, self.0.operation).await
    }

    /// The price, for a dry run.
    async fn quote(&self) -> Option<Quote> {
        self.0.quote.clone()
    }

    /// Whether this is the answer that an earlier request with the same idempotency key got.
    async fn replayed(&self) -> bool {
        self.0.replayed
    }
}

impl Outcome {
    fn uuid(&self, kind: Kind) -> Option<uuid::Uuid> {
        self.0.thing.as_deref().and_then(|thing| kind.uuid(thing))
    }
}

macro_rules! payload {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(SimpleObject)]
        #[graphql(complex)]
        pub(crate) struct $name {
            #[graphql(flatten)]
            outcome: Outcome,
        }
        impl From<Receipt> for $name {
            fn from(receipt: Receipt) -> Self {
                Self { outcome: Outcome(receipt) }
            }
        }
    };
}

payload!(
    /// What came of a change of keys.
    KeyPayload
);
payload!(
    /// What came of a change of a DID.
    DidPayload
);
payload!(
    /// What came of a change of a resource.
    ResourcePayload
);
payload!(
    /// What came of a change of a status list.
    StatusListPayload
);
payload!(
    /// What came of a change of a credential.
    CredentialPayload
);
payload!(
    /// What came of a change of an accreditation.
    AccreditationPayload
);

/// What came of an intervention in a ledger operation, which is its `operation`.
#[derive(SimpleObject)]
pub(crate) struct OperationPayload {
    #[graphql(flatten)]
    outcome: Outcome,
}

impl From<Receipt> for OperationPayload {
    fn from(receipt: Receipt) -> Self {
        Self { outcome: Outcome(receipt) }
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
impl DidPayload {
    /// The DID.
    async fn did(&self, ctx: &Context<'_>) -> Result<Option<Did>> {
        let Some(did) = &self.outcome.0.thing else { return Ok(None) };
        load_did(ctx, did).await
    }
}

#[ComplexObject]
impl ResourcePayload {
    /// The resource version.
    async fn resource(&self, ctx: &Context<'_>) -> Result<Option<Resource>> {
        load_resource(ctx, self.outcome.uuid(Kind::Resource).map(ResourceId)).await
    }
}

#[ComplexObject]
impl StatusListPayload {
    /// The status list.
    async fn status_list(&self, ctx: &Context<'_>) -> Result<Option<StatusList>> {
        let Some(list) = self.outcome.uuid(Kind::StatusList) else { return Ok(None) };
        Ok(asking(ctx)?.loaders.0.load_one(StatusListId(list)).await?.map(StatusList))
    }
}

#[ComplexObject]
impl CredentialPayload {
    /// The credential.
    async fn credential(&self, ctx: &Context<'_>) -> Result<Option<Credential>> {
        let Some(id) = self.outcome.uuid(Kind::Credential) else { return Ok(None) };
        Ok(asking(ctx)?.loaders.0.load_one(CredentialId(id)).await?.map(Credential))
    }
}

#[ComplexObject]
impl AccreditationPayload {
    /// The accreditation version.
    async fn accreditation(&self, ctx: &Context<'_>) -> Result<Option<Accreditation>> {
        let Some(id) = self.outcome.uuid(Kind::Accreditation) else { return Ok(None) };
        Ok(asking(ctx)?.loaders.0.load_one(Version(ResourceId(id))).await?.map(Accreditation))
    }
}
