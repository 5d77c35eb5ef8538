//! Questions about resource versions.

use super::{ResourceCountRow, ResourceRow, ResourceSource};
use crate::{
    error::Result,
    order::{Order, Sortable, Sorting, columns},
    page::{Filter, Page, Paging, tag},
    views::{Below, Views, listed_below},
};
use chrono::SecondsFormat;
use domain::{
    accreditation::PublicationPhase,
    id::{CustomerId, Did, Instant, Network, ResourceId, resource_line_id},
};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// Which resource versions to list.
#[derive(Debug, Clone, Default)]
pub struct ResourceFilter {
    /// Only of this DID.
    pub did: Option<Did>,
    /// Only on this network.
    pub network: Option<Network>,
    /// Only with this name.
    pub name: Option<String>,
    /// Only of this type.
    pub resource_type: Option<String>,
    /// Only of this media type.
    pub media_type: Option<String>,
    /// Only with this version label.
    pub version: Option<String>,
    /// Only with this id.
    pub resource: Option<ResourceId>,
    /// Only in these states; empty means all. The contract's list shows `Published` ones.
    pub states: Vec<PublicationPhase>,
    /// Only made as these; empty means all.
    pub sources: Vec<ResourceSource>,
    /// Only versions that no published version follows.
    pub latest_only: bool,
    /// Asked for at or before.
    pub created_until: Option<Instant>,
}

impl ResourceFilter {
    /// Whether there are numbers for what it asks.
    fn is_tallied(&self) -> bool {
        let Self {
            did,
            network: _,
            name,
            resource_type,
            media_type,
            version,
            resource,
            states: _,
            sources: _,
            latest_only: _,
            created_until,
        } = self;
        let texts = [name, resource_type, media_type, version];
        did.is_none()
            && resource.is_none()
            && created_until.is_none()
            && texts.iter().all(|text| text.is_none())
    }
}

columns! {
    /// What lists of resource versions can be sorted by.
    ResourceColumn {
        /// When it was asked for.
        Created = "createdAt" => "created_at",
        /// Its name.
        Name = "resourceName" => "name",
        /// Its type.
        Type = "resourceType" => "resource_type",
        /// Its media type.
        MediaType = "mediaType" => "media_type",
        /// Its version label.
        Version = "resourceVersion" => "version",
        /// Its id.
        Resource = "resourceId" => "resource",
        /// The DID it hangs on.
        Did = "did" => "did",
        /// The network of that DID.
        Network = "network" => "network",
        /// Where its publication stands.
        State = "state" => "state",
    }
}

impl Sortable for ResourceRow {
    type Column = ResourceColumn;

    fn value(&self, column: ResourceColumn) -> String {
        match column {
            ResourceColumn::Created => self.created_at.to_rfc3339_opts(SecondsFormat::Micros, true),
            ResourceColumn::Name => self.name.clone(),
            ResourceColumn::Type => self.resource_type.clone(),
            ResourceColumn::MediaType => self.media_type.clone(),
            ResourceColumn::Version => self.version.clone(),
            ResourceColumn::Resource => self.resource.to_string(),
            ResourceColumn::Did => self.did.to_string(),
            ResourceColumn::Network => self.network.to_string(),
            ResourceColumn::State => tag(&self.state),
        }
    }
}

/// What resource versions hang on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ResourcesOf {
    /// All of a DID.
    Did(Did),
    /// All of a line: same DID, name and type.
    Line(Did, String, String),
}

impl From<&ResourcesOf> for Below {
    fn from(of: &ResourcesOf) -> Self {
        match of {
            ResourcesOf::Did(did) => Self { column: "did", value: did.to_string() },
            ResourcesOf::Line(did, name, resource_type) => {
                Self { column: "line", value: resource_line_id(did, name, resource_type).to_string() }
            }
        }
    }
}

fn tallied(customer: CustomerId, filter: &ResourceFilter) -> Filter {
    Filter::of(customer)
        .is("network", filter.network.map(Network::as_str))
        .one_of("state", &filter.states)
        .one_of("source", &filter.sources)
        .is("latest", filter.latest_only.then_some(true))
}

fn conditions(customer: CustomerId, filter: &ResourceFilter) -> Filter {
    tallied(customer, filter)
        .is("did", filter.did.as_ref().map(Did::as_str))
        .is("name", filter.name.as_deref())
        .is("resource_type", filter.resource_type.as_deref())
        .is("media_type", filter.media_type.as_deref())
        .is("version", filter.version.as_deref())
        .is("resource", filter.resource.map(|resource| resource.0))
        .until("created_at", filter.created_until)
}

/// A version that the customer wrote, and who asked for it.
#[derive(Debug, Clone)]
pub struct AuthoredRow {
    /// The version.
    pub row: ResourceRow,
    /// As in [`crate::ActivityRow`]; nothing while that model is behind.
    pub actor: Option<Value>,
}

/// Queries about resources.
#[derive(Debug, Clone, Copy)]
pub struct Resources<'a>(&'a Views);

impl Views {
    /// Resources.
    pub fn resources(&self) -> Resources<'_> {
        Resources(self)
    }
}

listed_below!(Resources: ResourcesOf => ResourceRow, Filter::of);

impl Resources<'_> {
    /// A page of the customer's that fit, newest first.
    pub async fn list(
        &self,
        customer: CustomerId,
        filter: &ResourceFilter,
        paging: Paging,
    ) -> Result<Page<ResourceRow>> {
        self.page(customer, filter, &Sorting::NEWEST, paging).await
    }

    /// A page of the customer's that fit, in this order.
    pub async fn sorted(
        &self,
        customer: CustomerId,
        filter: &ResourceFilter,
        order: &Order<ResourceColumn>,
        paging: Paging,
    ) -> Result<Page<ResourceRow>> {
        self.page(customer, filter, &Sorting::by(order.by.sql(), order), paging).await
    }

    async fn page(
        &self,
        customer: CustomerId,
        filter: &ResourceFilter,
        sorting: &Sorting<'_>,
        paging: Paging,
    ) -> Result<Page<ResourceRow>> {
        let page = self.0.sorted(&conditions(customer, filter), sorting, paging).await?;
        let total = if paging.counts() { Some(self.count(customer, filter).await?) } else { None };
        Ok(Page { total, ..page })
    }

    /// How many of the customer's fit.
    pub async fn count(&self, customer: CustomerId, filter: &ResourceFilter) -> Result<u64> {
        if filter.is_tallied() {
            return self.0.tallied::<ResourceCountRow>(&tallied(customer, filter)).await;
        }
        self.0.count::<ResourceRow>(&conditions(customer, filter)).await
    }

    /// A resource version of the customer; if it was refused and asked for again, the newest attempt.
    pub async fn get(&self, customer: CustomerId, resource: ResourceId) -> Result<Option<ResourceRow>> {
        self.0.one(&Filter::of(customer).is("resource", Some(resource.0))).await
    }

    /// Several at once, for dataloaders; may hold refused attempts beside the one that counts.
    pub async fn get_many(&self, customer: CustomerId, resources: &[ResourceId]) -> Result<Vec<ResourceRow>> {
        self.0.many(Filter::of(customer), "resource", resources).await
    }

    /// Who asked for these versions, of those that the customer wrote.
    pub async fn authored(
        &self,
        customer: CustomerId,
        resources: &[ResourceId],
    ) -> Result<HashMap<ResourceId, AuthoredRow>> {
        let mut rows = self.get_many(customer, resources).await?;
        rows.retain(|row| row.state != PublicationPhase::Rejected);
        let operations: Vec<Uuid> = rows.iter().map(|row| row.operation.0).collect();
        let deeds = self.0.activities().get_many(customer, &operations).await?;
        let mut actors: HashMap<Uuid, Value> =
            deeds.into_iter().map(|deed| (deed.activity, deed.actor)).collect();
        let authored = rows.into_iter().map(|row| {
            let actor = actors.remove(&row.operation.0);
            (row.resource, AuthoredRow { row, actor })
        });
        Ok(authored.collect())
    }

    /// All versions of a line (same DID, name and type), newest first.
    pub async fn versions(
        &self,
        customer: CustomerId,
        did: &Did,
        name: &str,
        resource_type: &str,
        paging: Paging,
    ) -> Result<Page<ResourceRow>> {
        let line = resource_line_id(did, name, resource_type);
        self.0.list(&Filter::of(customer).is("line", Some(line)), paging).await
    }
}
