//! DIDs and their versions.
#![expect(clippy::unused_async, reason = "resolvers are async, whether they wait or not")]

use super::{
    Accreditation, Credential, Operation, Resource, StatusList,
    kind::{DidPhase, Network},
    ledger::{Inclusion, Rejection},
    load_operation,
};
use crate::{
    asking::asking,
    fault::Result,
    limits::page_cost,
    page::{Listed, Window},
    reference::Kind,
};
use async_graphql::{Context, ID, Object, SimpleObject};
use domain::{did::ControllerKey, id::Instant};
use projections::{
    AccreditationsOf, CredentialsOf, DidRow, DidVersionRow, ResourcesOf, StatusListsOf, VersionsOf,
};
use serde_json::Value;

/// A DID of the account.
pub(crate) struct Did(pub(crate) DidRow);

shows!(Did: DidRow);

/// A verification method's key.
#[derive(SimpleObject)]
pub(crate) struct VerificationKey {
    /// DID URL of the verification method, e.g. `did:cheqd:testnet:…#key-1`.
    verification_method: String,
    /// The vault's id of its key.
    kid: String,
}

impl From<&ControllerKey> for VerificationKey {
    fn from(key: &ControllerKey) -> Self {
        Self { verification_method: key.verification_method.clone(), kid: key.kid.0.clone() }
    }
}

/// A DID of the account.
#[Object]
impl Did {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Did.id(&self.0.did)
    }

    /// The DID.
    async fn did(&self) -> &str {
        self.0.did.as_str()
    }

    /// What it is called here.
    async fn name(&self) -> Option<&str> {
        Some(self.0.name.as_str()).filter(|name| !name.is_empty())
    }

    /// What it stands for: `organisation`, `agent`, or a word of the account's own.
    async fn kind(&self) -> Option<&str> {
        Some(self.0.kind.as_str()).filter(|kind| !kind.is_empty())
    }

    /// Its network.
    async fn network(&self) -> Network {
        self.0.network.into()
    }

    /// Where it stands.
    async fn phase(&self) -> DidPhase {
        self.0.phase.into()
    }

    /// The confirmed DID document; while creating, or if that failed, the requested one.
    async fn document(&self) -> &Value {
        &self.0.document
    }

    /// The version of that document.
    async fn version_id(&self) -> ID {
        ID(self.0.version.to_string())
    }

    /// The keys behind its verification methods.
    async fn keys(&self) -> Vec<VerificationKey> {
        self.0.keys.iter().map(Into::into).collect()
    }

    /// The change that is on its way, creation included.
    async fn pending_operation(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        load_operation(ctx, self.0.pending.as_ref().map(|pending| pending.operation)).await
    }

    /// Why the last write was refused, if it was.
    async fn rejection(&self) -> Option<Rejection> {
        self.0.rejection.clone().map(Into::into)
    }

    /// The block that created it.
    async fn created(&self) -> Option<Inclusion> {
        self.0.created.clone().map(Into::into)
    }

    /// The block of its newest version.
    async fn updated(&self) -> Option<Inclusion> {
        self.0.updated.clone().map(Into::into)
    }

    /// When it was asked for.
    async fn created_at(&self) -> Instant {
        self.0.created_at
    }

    /// When anything last happened to it.
    async fn updated_at(&self) -> Instant {
        self.0.updated_at
    }

    /// Its versions on the ledger, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn versions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<DidVersion>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let of = VersionsOf(self.0.did.clone());
        Listed::below(asking(ctx)?, "Did.versions", of, window)
    }

    /// The DID-Linked Resources that hang on it, newest first, status lists and accreditations included.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn resources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Resource>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let of = ResourcesOf::Did(self.0.did.clone());
        Listed::below(asking(ctx)?, "Did.resources", of, window)
    }

    /// Its status lists, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn status_lists(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<StatusList>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let of = StatusListsOf(self.0.did.clone());
        Listed::below(asking(ctx)?, "Did.statusLists", of, window)
    }

    /// Credentials it signed, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn credentials(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Credential>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let of = CredentialsOf::Issuer(self.0.did.clone());
        Listed::below(asking(ctx)?, "Did.credentials", of, window)
    }

    /// Accreditations this account granted to it, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn accreditations_received(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Accreditation>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let of = AccreditationsOf::Subject(self.0.did.clone());
        Listed::below(asking(ctx)?, "Did.accreditationsReceived", of, window)
    }

    /// Accreditations it granted, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn accreditations_granted(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Accreditation>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let of = AccreditationsOf::Issuer(self.0.did.clone());
        Listed::below(asking(ctx)?, "Did.accreditationsGranted", of, window)
    }
}

/// A version of a DID document on the ledger.
pub(crate) struct DidVersion(DidVersionRow);

shows!(DidVersion: DidVersionRow);

/// A version of a DID document on the ledger.
#[Object]
impl DidVersion {
    /// Its id.
    async fn version_id(&self) -> ID {
        ID(self.0.version.to_string())
    }

    /// Whether it deactivates the DID.
    async fn deactivates(&self) -> bool {
        self.0.deactivates
    }

    /// The block it is in.
    async fn inclusion(&self) -> Inclusion {
        self.0.inclusion.clone().into()
    }

    /// The write that made it.
    async fn operation(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        load_operation(ctx, Some(self.0.operation)).await
    }
}
