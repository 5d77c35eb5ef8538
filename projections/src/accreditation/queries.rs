//! What the doors ask about accreditations.

use super::AccreditationRow;
use crate::{
    error::Result,
    page::{Filter, Page, Paging},
    views::{Below, Views, listed, listed_below},
};
use domain::{
    accreditation::{AccreditationKind, PublicationPhase},
    credential::CredentialStatus,
    id::{AccreditationId, CustomerId, Did, Network, ResourceId},
};
use uuid::Uuid;

/// Which accreditation versions to list.
#[derive(Debug, Clone, Default)]
pub struct AccreditationFilter {
    /// Only this document.
    pub kind: Option<AccreditationKind>,
    /// Only on this network.
    pub network: Option<Network>,
    /// Only granted by this DID (the contract's `did`: the DID the resource hangs on). Text, so that an unknown DID is an
    /// empty list.
    pub issuer: Option<String>,
    /// Only granted to this DID.
    pub subject: Option<String>,
    /// Only with this line name.
    pub name: Option<String>,
    /// Only with these publication phases; empty means all.
    pub publications: Vec<PublicationPhase>,
    /// Only with this status.
    pub status: Option<CredentialStatus>,
    /// Only the newest published version of each line, as the contract's list shows.
    pub latest_only: bool,
}

/// Queries about accreditations.
#[derive(Debug, Clone, Copy)]
pub struct Accreditations<'a>(&'a Views);

impl Views {
    /// Accreditations.
    pub fn accreditations(&self) -> Accreditations<'_> {
        Accreditations(self)
    }
}

/// What accreditation versions hang on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AccreditationsOf {
    /// Those a DID granted.
    Issuer(Did),
    /// Those that were granted to a DID.
    Subject(Did),
    /// The versions of a line.
    Line(AccreditationId),
    /// Those that name exactly this version as their parent.
    ParentVersion(ResourceId),
    /// Those that name this line as their parent.
    ParentLine(AccreditationId),
}

impl From<&AccreditationsOf> for Below {
    fn from(of: &AccreditationsOf) -> Self {
        let (column, value) = match of {
            AccreditationsOf::Issuer(did) => ("issuer", did.to_string()),
            AccreditationsOf::Subject(did) => ("subject", did.to_string()),
            AccreditationsOf::Line(line) => ("accreditation", line.to_string()),
            AccreditationsOf::ParentVersion(resource) => ("parent_resource", resource.to_string()),
            AccreditationsOf::ParentLine(line) => ("parent_line", line.to_string()),
        };
        Self { column, value }
    }
}

fn conditions(customer: CustomerId, filter: &AccreditationFilter) -> Filter {
    let kinds: Vec<AccreditationKind> = filter.kind.into_iter().collect();
    let statuses: Vec<CredentialStatus> = filter.status.into_iter().collect();
    Filter::of(customer)
        .one_of("kind", &kinds)
        .is("network", filter.network.map(Network::as_str))
        .is("issuer", filter.issuer.as_deref())
        .is("subject", filter.subject.as_deref())
        .is("name", filter.name.as_deref())
        .one_of("publication", &filter.publications)
        .one_of("status", &statuses)
        .is("latest", filter.latest_only.then_some(true))
}

listed!(Accreditations: AccreditationFilter => AccreditationRow);
listed_below!(Accreditations: AccreditationsOf => AccreditationRow, Filter::of);

impl Accreditations<'_> {
    /// A version of the customer by its resource id (UUID text; anything else is unknown).
    pub async fn by_resource(
        &self,
        customer: CustomerId,
        resource: &str,
    ) -> Result<Option<AccreditationRow>> {
        let Ok(resource) = Uuid::parse_str(resource) else { return Ok(None) };
        self.0.one(&Filter::of(customer).is("resource", Some(resource))).await
    }

    /// Several versions at once, for dataloaders.
    pub async fn get_many(
        &self,
        customer: CustomerId,
        resources: &[ResourceId],
    ) -> Result<Vec<AccreditationRow>> {
        self.0.many(Filter::of(customer), "resource", resources).await
    }

    /// The newest published version of a line of the customer.
    pub async fn latest(
        &self,
        customer: CustomerId,
        line: AccreditationId,
    ) -> Result<Option<AccreditationRow>> {
        let filter = Filter::of(customer).is("accreditation", Some(line.0)).is("latest", Some(true));
        self.0.one(&filter).await
    }

    /// All versions of a line of the customer.
    pub async fn versions(
        &self,
        customer: CustomerId,
        line: AccreditationId,
        paging: Paging,
    ) -> Result<Page<AccreditationRow>> {
        self.0.list(&Filter::of(customer).is("accreditation", Some(line.0)), paging).await
    }

    /// The newest published versions of several lines of the customer.
    pub async fn latest_many(
        &self,
        customer: CustomerId,
        lines: &[AccreditationId],
    ) -> Result<Vec<AccreditationRow>> {
        let filter = Filter::of(customer).is("latest", Some(true));
        self.0.many(filter, "accreditation", lines).await
    }

    /// Versions of the customer that hang on exactly this version of an accreditation.
    pub async fn children_of_version(
        &self,
        customer: CustomerId,
        parent: ResourceId,
        paging: Paging,
    ) -> Result<Page<AccreditationRow>> {
        self.0.list(&Filter::of(customer).is("parent_resource", Some(parent.0)), paging).await
    }

    /// Versions of the customer that hang on this line of accreditations by name and type.
    pub async fn children_of_line(
        &self,
        customer: CustomerId,
        parent: AccreditationId,
        paging: Paging,
    ) -> Result<Page<AccreditationRow>> {
        self.0.list(&Filter::of(customer).is("parent_line", Some(parent.0)), paging).await
    }
}
