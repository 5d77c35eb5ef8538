//! Issued credentials. What is personal in them comes out of the vault, many at once.
#![expect(clippy::unused_async, reason = "resolvers are async, whether they wait or not")]

use super::{
    Accreditation, Did, Operation,
    kind::{CredentialCategory, CredentialFormat, CredentialStatus, Network},
    load_did, load_operation,
    status_list::StatusReference,
};
use crate::{asking::asking, fault::Result, loader::Version, reference::Kind};
use app::{Fault, credential::SealedCredential};
use async_graphql::{Context, ID, Object};
use domain::id::Instant;
use projections::CredentialRow;
use serde_json::Value;
use std::sync::Arc;

/// A credential or accreditation this account signed.
pub(crate) struct Credential(pub(crate) CredentialRow);

shows!(Credential: CredentialRow);

impl Credential {
    async fn revealed(&self, ctx: &Context<'_>) -> Result<Option<Arc<SealedCredential>>> {
        let Some(sealed) = self.0.sealed.clone() else { return Ok(None) };
        Ok(asking(ctx)?.loaders.0.load_one(sealed).await?)
    }

    async fn accreditation(&self, ctx: &Context<'_>) -> Result<Option<Accreditation>> {
        let Some(resource) = self.0.resource else { return Ok(None) };
        Ok(asking(ctx)?.loaders.0.load_one(Version(resource)).await?.map(Accreditation))
    }
}

/// A credential or accreditation this account signed.
#[Object]
impl Credential {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Credential.id(self.0.credential)
    }

    /// Its own id; for an accreditation the resource id of the version.
    async fn credential_id(&self) -> ID {
        ID(self.0.credential.to_string())
    }

    /// What sort it is.
    async fn category(&self) -> CredentialCategory {
        self.0.category.into()
    }

    /// The DID that signed it.
    async fn issuer(&self) -> &str {
        self.0.issuer.as_str()
    }

    /// That DID.
    async fn issuer_did(&self, ctx: &Context<'_>) -> Result<Option<Did>> {
        load_did(ctx, self.0.issuer.as_str()).await
    }

    /// Whom it is about; null once that subject was erased.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        if self.0.sealed.is_some() {
            return Ok(self.revealed(ctx).await?.map(|plain| plain.subject_did.clone()));
        }
        Ok(self.accreditation(ctx).await?.map(|found| found.0.subject.to_string()))
    }

    /// The signed credential with its proof; null once its subject was erased. For accreditations, which are public, the
    /// compact JWT.
    async fn credential(&self, ctx: &Context<'_>) -> Result<Option<Value>> {
        if self.0.sealed.is_some() {
            return Ok(self.revealed(ctx).await?.map(|plain| plain.credential.clone()));
        }
        Ok(self.0.public_credential.clone().map(Value::String))
    }

    /// Whether its subject was erased, so that nobody can read it any more.
    async fn is_erased(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.0.sealed.is_some() && self.revealed(ctx).await?.is_none())
    }

    /// The network of the issuer.
    async fn network(&self) -> Network {
        self.0.network.into()
    }

    /// Its types, `VerifiableCredential` first.
    async fn types(&self) -> &[String] {
        &self.0.types
    }

    /// Its format.
    async fn format(&self) -> Result<CredentialFormat> {
        let format = CredentialFormat::of_text(&self.0.format);
        Ok(format.ok_or_else(|| Fault::bug(format!("a credential of format {}", self.0.format)))?)
    }

    /// Its status, as the issuer decided it.
    async fn status(&self) -> CredentialStatus {
        self.0.status.into()
    }

    /// When that status was last changed.
    async fn status_updated_at(&self) -> Option<Instant> {
        self.0.status_updated_at
    }

    /// The reason given for the last change.
    async fn status_reason(&self) -> Option<&str> {
        self.0.status_reason.as_deref()
    }

    /// The publication of the status list that shows the last change; null if it is not published.
    async fn status_publication(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        load_operation(ctx, self.0.status_publication).await
    }

    /// Where its status stands, if it has one.
    async fn status_reference(&self) -> Option<StatusReference> {
        self.0.status_reference.clone().map(StatusReference)
    }

    /// The accreditation version it is, if it is one.
    #[graphql(name = "accreditation")]
    async fn as_accreditation(&self, ctx: &Context<'_>) -> Result<Option<Accreditation>> {
        self.accreditation(ctx).await
    }

    /// When its validity starts.
    async fn issuance_date(&self) -> Instant {
        self.0.issuance_date
    }

    /// When it ends.
    async fn expiration_date(&self) -> Option<Instant> {
        self.0.expiration_date
    }

    /// When it was signed.
    async fn created_at(&self) -> Instant {
        self.0.created_at
    }

    /// When anything last happened to it.
    async fn updated_at(&self) -> Instant {
        self.0.updated_at
    }
}
