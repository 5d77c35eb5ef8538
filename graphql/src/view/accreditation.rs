//! Accreditations and the edges of the trust graph between them.
#![expect(clippy::unused_async, reason = "resolvers are async, whether they wait or not")]

use super::{
    Did, Operation, Resource,
    kind::{AccreditationKind, CredentialStatus, Network, PublicationPhase},
    ledger::Published,
    load_did, load_operation, load_resource,
    status_list::StatusReference,
};
use crate::{
    asking::asking,
    fault::Result,
    limits::page_cost,
    loader::{Line, Version},
    page::{Listed, Window, count_of, merged, page_of},
    reference::Kind,
};
use async_graphql::{Context, ID, Object, SimpleObject};
use credentials::accreditation::Pointer;
use domain::{accreditation::SchemaScope, id::Instant};
use projections::{AccreditationRow, AccreditationsOf};

/// The list of an accreditation's children.
const CHILDREN: &str = "Accreditation.children";

/// A version of an accreditation.
pub(crate) struct Accreditation(pub(crate) AccreditationRow);

shows!(Accreditation: AccreditationRow);

/// One entry of what a subject is accredited for.
#[derive(SimpleObject)]
pub(crate) struct AccreditedFor {
    /// DID URL or web address of the schema.
    schema_id: String,
    /// Credential types.
    types: Vec<String>,
    /// Jurisdictions, if limited.
    limit_jurisdiction: Option<Vec<String>>,
}

impl From<&SchemaScope> for AccreditedFor {
    fn from(scope: &SchemaScope) -> Self {
        let SchemaScope { schema_id, types, limit_jurisdiction } = scope.clone();
        Self { schema_id, types, limit_jurisdiction }
    }
}

/// The accreditation a reference points at, if it is the caller's.
async fn load(ctx: &Context<'_>, to: Option<Pointer>) -> Result<Option<Accreditation>> {
    let loader = &asking(ctx)?.loaders.0;
    let row = match to {
        None => None,
        Some(Pointer::Version(resource)) => loader.load_one(Version(resource)).await?,
        Some(Pointer::Line(line)) => loader.load_one(Line(line)).await?,
    };
    Ok(row.map(Accreditation))
}

/// A version of an accreditation.
#[Object]
impl Accreditation {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Accreditation.id(self.0.resource)
    }

    /// This version's resource id.
    async fn resource_id(&self) -> ID {
        ID(self.0.resource.to_string())
    }

    /// The line: all versions with the same issuer, name and kind.
    async fn accreditation_id(&self) -> ID {
        ID(self.0.accreditation.to_string())
    }

    /// Which document.
    async fn kind(&self) -> AccreditationKind {
        self.0.kind.into()
    }

    /// DID URL of exactly this version.
    async fn url(&self) -> String {
        format!("{}/resources/{}", self.0.issuer, self.0.resource)
    }

    /// The DID that grants.
    async fn issuer(&self) -> &str {
        self.0.issuer.as_str()
    }

    /// That DID.
    async fn issuer_did(&self, ctx: &Context<'_>) -> Result<Option<Did>> {
        load_did(ctx, self.0.issuer.as_str()).await
    }

    /// The DID that receives.
    async fn subject(&self) -> &str {
        self.0.subject.as_str()
    }

    /// That DID, if it is the account's.
    async fn subject_did(&self, ctx: &Context<'_>) -> Result<Option<Did>> {
        load_did(ctx, self.0.subject.as_str()).await
    }

    /// The network of the issuer.
    async fn network(&self) -> Network {
        self.0.network.into()
    }

    /// The line's name, which is the resource name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The resource type on the ledger.
    async fn resource_type(&self) -> &str {
        &self.0.resource_type
    }

    /// What is granted.
    async fn accredited_for(&self) -> Vec<AccreditedFor> {
        self.0.description.accredited_for.iter().map(Into::into).collect()
    }

    /// DID URL of the granting accreditation; null for a root.
    async fn parent_accreditation(&self) -> Option<&str> {
        self.0.description.parent.as_deref()
    }

    /// DID URL of the root authorisation; null for a root.
    async fn root_authorization(&self) -> Option<&str> {
        self.0.description.root.as_deref()
    }

    /// The granting accreditation, if it is the account's; null for a root.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Accreditation>> {
        let version = self.0.parent_resource.map(Pointer::Version);
        load(ctx, version.or(self.0.parent_line.map(Pointer::Line))).await
    }

    /// The root authorisation, if it is the account's; null for a root.
    async fn root(&self, ctx: &Context<'_>) -> Result<Option<Accreditation>> {
        load(ctx, self.0.description.root.as_deref().and_then(Pointer::parse)).await
    }

    /// Accreditations of the account that hang on this version, newest first: those that name it exactly and, if it is the
    /// latest of its line, those that name the line.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn children(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Accreditation>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let asking = asking(ctx)?;
        let of_version = AccreditationsOf::ParentVersion(self.0.resource);
        if !self.0.latest {
            return Listed::below(asking, CHILDREN, of_version, window);
        }
        let of_line = AccreditationsOf::ParentLine(self.0.accreditation);
        let paging = window.paging(CHILDREN, &**asking)?;
        let pages = (page_of(asking, of_version.clone(), paging), page_of(asking, of_line.clone(), paging));
        let counts = (count_of(asking, of_version), count_of(asking, of_line));
        let page = async move {
            let (of_version, of_line) = futures::try_join!(pages.0, pages.1)?;
            Ok(merged(of_version, of_line, paging))
        };
        let total = async move {
            let (of_version, of_line) = futures::try_join!(counts.0, counts.1)?;
            Ok(of_version.saturating_add(of_line))
        };
        Ok(Listed::of(asking, CHILDREN, page, total))
    }

    /// All versions of its line, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn versions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "The last so many, instead of the first.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<Listed<Accreditation>> {
        let window = Window { first, after: after.as_deref(), last, before: before.as_deref() };
        let of = AccreditationsOf::Line(self.0.accreditation);
        Listed::below(asking(ctx)?, "Accreditation.versions", of, window)
    }

    /// Trust framework of a root.
    async fn trust_framework(&self) -> Option<&str> {
        self.0.description.trust_framework.as_deref()
    }

    /// Id of that framework.
    async fn trust_framework_id(&self) -> Option<&str> {
        self.0.description.trust_framework_id.as_deref()
    }

    /// The signed credential, a compact JWT.
    async fn credential(&self) -> &str {
        &self.0.description.credential
    }

    /// When its validity starts.
    async fn issuance_date(&self) -> Instant {
        self.0.description.issuance_date
    }

    /// When it ends.
    async fn expiration_date(&self) -> Option<Instant> {
        self.0.description.expiration_date
    }

    /// Its status, as the issuer decided it.
    async fn status(&self) -> CredentialStatus {
        self.0.status.into()
    }

    /// When that status last changed.
    async fn status_updated_at(&self) -> Option<Instant> {
        self.0.status_updated_at
    }

    /// The publication of the status list that shows the last change.
    async fn status_publication(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        load_operation(ctx, self.0.status_publication).await
    }

    /// Where its status stands, if it has one.
    async fn status_reference(&self) -> Option<StatusReference> {
        self.0.description.status.clone().map(StatusReference)
    }

    /// Where its publication stands.
    async fn publication(&self) -> PublicationPhase {
        self.0.publication.into()
    }

    /// Whether it is the newest published version of its line.
    async fn is_latest(&self) -> bool {
        self.0.latest
    }

    /// Its resource on the ledger.
    async fn resource(&self, ctx: &Context<'_>) -> Result<Option<Resource>> {
        load_resource(ctx, Some(self.0.resource)).await
    }

    /// The write that publishes it.
    async fn operation(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        load_operation(ctx, Some(self.0.operation)).await
    }

    #[graphql(flatten)]
    async fn published(&self, _ctx: &Context<'_>) -> Published {
        let inclusion = self.0.inclusion.clone().map(Into::into);
        let rejection = self.0.rejection.clone().map(Into::into);
        Published { inclusion, rejection, created_at: self.0.created_at, updated_at: self.0.updated_at }
    }
}
